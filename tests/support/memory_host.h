// SPDX-License-Identifier: Apache-2.0
//
// A machine made of a map, with the promises of harden/host.h: links are
// followed, folders are there because something stands in them, limits hold.
// It remembers what was asked of it.
#pragma once

#include <initializer_list>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "harden/host.h"

namespace harden::test {

class MemoryHost : public Host {
 public:
  MemoryHost() = default;
  // The same machine, of which nothing was asked yet.
  MemoryHost(const MemoryHost& other) : nodes_(other.nodes_) {}
  MemoryHost(std::initializer_list<std::pair<std::string, std::string>> files);

  MemoryHost& file(const std::string& path, std::string content);
  MemoryHost& modified(const std::string& path, std::int64_t seconds);  // of a file that is there
  MemoryHost& folder(const std::string& path);
  MemoryHost& link(const std::string& path, std::string target);
  // This path, and everything below it, answers with an error; it is still
  // an entry of its folder.
  MemoryHost& error(const std::string& path, Errc code);
  // A server on a unix socket. A socket without any answer is one that nobody
  // listens on; a target without an answer is 404.
  MemoryHost& socket(const std::string& path);
  MemoryHost& serve(const std::string& path, const std::string& target, std::string body, int status = 200);
  // It can only be read.
  MemoryHost& read_only(const std::string& path);
  MemoryHost& remove(const std::string& path);  // with everything below it

  Result<std::string> read(const std::string& path, Limit limit = {}) const override;
  Result<std::vector<DirEntry>> list(const std::string& path, Limit limit = {}) const override;
  Result<std::string> read_link(const std::string& path) const override;
  Result<DirEntry::Kind> kind(const std::string& path) const override;
  Result<> may_write(const std::string& path) const override;
  Result<HttpResponse> get(const std::string& socket, const std::string& target, Limit limit = {}) const override;
  // Of a file; its descriptor is that of a copy in memory.
  Result<std::unique_ptr<const OpenFile>> open(const std::string& path) const override;
  std::string name() const override { return "memory"; }

  // "read /proc/modules", "list /sys", "get /run/docker.sock /info", in order.
  std::vector<std::string> asked() const;
  bool was_asked(const std::string& what) const;

 private:
  struct Node {
    enum class What { file, folder, link, socket, error };
    What what = What::folder;
    std::string text;  // content or target
    Errc code = Errc::failed;
    std::int64_t modified = 0;
    std::map<std::string, HttpResponse> answers;
    bool read_only = false;
  };

  Node& put(const std::string& path, Node::What what, std::string text = {});
  Result<std::string> resolve(const std::string& path, int links = 0) const;
  Result<const Node*> find(const std::string& path) const;
  void note(std::string what) const;

  std::map<std::string, Node> nodes_{{"/", {}}};
  mutable std::mutex mutex_;
  mutable std::vector<std::string> asked_;
};

}  // namespace harden::test
