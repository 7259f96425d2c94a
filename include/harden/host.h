// SPDX-License-Identifier: Apache-2.0
//
// The one door to the machine. Everything hardend learns about a host goes
// through a Host, so a folder tree, a map in memory and a live machine are
// the same to everybody else. All paths are absolute ("/proc/modules").
//
// Every call is bounded in size and in time; what it could not give is one
// of the codes of result.h. The text that comes back is not to be trusted.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harden/result.h"

namespace harden {

// The most that one read, listing or request may take.
struct Limit {
  std::size_t bytes = std::size_t{8} << 20;  // more is Errc::too_large
  std::chrono::milliseconds time{2000};      // longer is Errc::timeout
};

struct DirEntry {
  enum class Kind { file, directory, link, other };
  std::string name;
  Kind kind = Kind::file;

  friend bool operator==(const DirEntry&, const DirEntry&) = default;
};

// The answer to an HTTP request; `body` is whole, decoded, within the limit.
struct HttpResponse {
  int status = 0;
  std::string body;
};

// A file held open, for what is too large to be read whole.
class OpenFile {
 public:
  virtual ~OpenFile() = default;

  // Bytes, as of the opening; 0 for what has no size, such as a pipe.
  virtual std::uint64_t size() const = 0;

  // When it was last written, seconds since 1970; 0 where that is not known.
  virtual std::int64_t modified() const = 0;

  // Fills `buffer` from `offset` on, and says how much of it: less than its
  // size at the end of the file alone. A pipe is read from front to back: any
  // offset but where the last reading ended is Errc::unsupported there.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<char> buffer) const = 0;

  // For a library that reads by itself; it stays this object's.
  virtual int descriptor() const = 0;
};

// For a library that closes what it was given: `take` gets a descriptor of its
// own for each file, and says whether it keeps them; otherwise they are closed.
Result<> hand_over(std::span<const OpenFile* const> files, const std::function<bool(std::span<int>)>& take);

class Host {
 public:
  virtual ~Host() = default;

  // The whole content of a file. A directory is Errc::malformed.
  virtual Result<std::string> read(const std::string& path, Limit limit = {}) const = 0;

  // The entries of a directory, in the order of their names, without "." and
  // "..". A file that is no directory is Errc::malformed.
  virtual Result<std::vector<DirEntry>> list(const std::string& path, Limit limit = {}) const = 0;

  // The text of a symbolic link, as it stands, not resolved.
  virtual Result<std::string> read_link(const std::string& path) const = 0;

  // What a path is once links are followed; Errc::absent where it is not.
  virtual Result<DirEntry::Kind> kind(const std::string& path) const = 0;

  // Whether root may write to a file that is there: Errc::denied where its file
  // system is mounted read-only, or the file can only be read. Asked as another
  // user it says what can be told of root. A host that cannot tell has no
  // objection. Nothing is written.
  virtual Result<> may_write(const std::string&) const { return {}; }

  // GET `target` over HTTP/1.0 from the server listening on a unix socket.
  // Every status a server may answer is a success here. A socket that nobody
  // listens on is Errc::unavailable, an answer that is not HTTP
  // Errc::malformed.
  virtual Result<HttpResponse> get(const std::string& socket, const std::string& target, Limit limit = {}) const = 0;

  // Opens a file for reading. A directory or a socket is Errc::malformed; a
  // host that holds nothing open says Errc::unsupported.
  virtual Result<std::unique_ptr<const OpenFile>> open(const std::string& path) const;

  // How this host is called in reports: "/" or the folder of a tree.
  virtual std::string name() const = 0;
};

// The running machine.
std::shared_ptr<const Host> live_host();

// What this process is given on its standard input.
Result<std::unique_ptr<const OpenFile>> open_standard_input();

// The machine that a folder tree describes, as `--root DIR` means it.
// Links are resolved inside the tree, also those that point outside it.
//  - A unix socket is a folder: the file run/docker.sock/networks is the body
//    of `GET /networks`; a target without a file answers 404; a plain file in
//    the socket's place is a socket that nobody listens on.
//  - A folder that holds a file named ".error" stands for something that
//    cannot be read; the first word of that file is the code ("denied").
Result<std::shared_ptr<const Host>> tree_host(const std::string& directory);

}  // namespace harden
