// SPDX-License-Identifier: Apache-2.0
//
// What the files of sysctl.d(5) say, as the programs that apply them read
// them: systemd-sysctl(8), and `sysctl --system` of procps. The two differ in
// more places than their manual pages tell; tests/oracle/sysctl.py compares
// both with this. The behaviour is that of systemd 252 and procps 4.0.2:
//
//  - /etc/sysctl.d, /run/sysctl.d, /usr/local/lib/sysctl.d, /usr/lib/sysctl.d
//    and, where /lib is no link, /lib/sysctl.d. Of one name only the file of
//    the first directory is read, whatever it is. systemd takes no name that
//    begins with a dot; procps takes a name for a glob(3) pattern.
//  - By name in byte order, whatever the directory. procps reads
//    /etc/sysctl.conf last, systemd only where a link in sysctl.d leads to it;
//    systemd reads the credential sysctl.extra last.
//  - The last assignment of a key wins, and a glob gives way to any line that
//    names the key itself, with or without a value, before or after it.
//  - systemd keeps one assignment for each key or glob: `-key` behind
//    `key = 1` takes it back, and a glob that is said again with the same
//    value keeps its first place. procps carries out every line in its order,
//    and `-key` only keeps globs away.
//  - systemd expands {a,b} in a glob, refuses "..", ends lines at \n, \r and
//    NUL, and strips spaces and tabs; procps does neither, ends lines at \n
//    alone, and strips what isspace() names. It takes "x/" for a folder, and
//    compares names as they are written: "net//ipv4/x" does not keep a glob
//    from net/ipv4/x.
//
// systemd before 244 and procps before 4.0 know no globs and no `-key`: what of
// these stands in the files has no effect then. Their age is told by the names
// of the libraries they come with, for no program is started. The
// kernel may refuse a value; procps then leaves what an earlier line wrote.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harden/host.h"

namespace harden::sysctl {

enum class Applier { systemd, procps };
inline constexpr std::array kAppliers{Applier::systemd, Applier::procps};
std::string_view to_string(Applier applier);  // "systemd-sysctl", "procps"

// One line that is neither empty nor a comment, as one applier takes it.
struct Statement {
  enum class What { assignment, exclusion, malformed };
  What what = What::malformed;
  std::size_t line = 0;          // from 1
  std::string written;           // the key, or the whole line where it is malformed
  std::string path;              // below /proc/sys, as this applier builds it
  std::string value;             // of an assignment; may be empty
  bool ignores_failure = false;  // -key = value
};

struct File {
  std::string path;
  std::string name;                // its last component
  std::size_t rank = 0;            // of its directory, the highest first
  std::optional<Applier> only_of;  // read last, by this one alone
  std::string place;               // where its links lead, as far as they do; `path` for a file
  bool masks = false;              // it is empty, or leads to /dev/null
  std::optional<Error> error;      // why it could not be read
  std::array<std::vector<Statement>, kAppliers.size()> statements;  // by applier
};

// Why an applier of this host is too old for globs, by applier: a sentence that
// names what tells its age, or "" where it knows them or its age cannot be told.
using TooOld = std::array<std::string, kAppliers.size()>;
TooOld too_old_for_globs(const Host& host);

struct SysctlFiles {
  TooOld no_globs;            // by applier
  std::vector<File> files;    // by directory, then by name
  std::vector<Error> errors;  // what could not be listed, or was left out

  // Everything that was not read; the answers may be wrong by it.
  std::vector<Error> problems() const;
};

// A file put in the place of what stands at `path`; no content: taken away.
struct Overlay {
  std::string path;
  std::optional<std::string> content;
};

// Reads everything once. At most 2,000 files of 1 MiB, 16 MiB and 20,000
// lines in all; what is beyond that is an error of the value, as is what could
// not be read. A link that leads nowhere is an empty file that does not mask.
SysctlFiles resolve(const Host& host, const std::optional<Overlay>& overlay = std::nullopt);

// Which part a line plays for a key.
enum class Role {
  effective,   // names the key, and gives its value
  overridden,  // another line that names the key comes later
  shadowed,    // its file is not read: one of that name stands in a higher directory
  masked,      // as shadowed, by an empty file or a link to /dev/null
  excluded,    // `-key`: keeps globs from the key
  glob,        // a glob that matches the key; `effective` where it gives the value. Neither that nor
               // beaten by another line: this applier is too old for globs
  not_read,    // this applier does not read the file at all
};
std::string_view to_string(Role role);  // "effective", "not-read", …

struct Line {
  std::string file;
  std::size_t number = 0;            // from 1
  std::string written;               // the key, or the glob
  std::optional<std::string> value;  // nothing for an exclusion
  Role role = Role::effective;
  bool effective = false;        // it gives the value; of an exclusion: it is in force
  bool ignores_failure = false;  // -key = value
  // What took it out: "FILE:LINE", or the file of the same name. Of a file
  // that is not read: the link through which it is read all the same.
  std::string by;
};

// What an applier makes of the files for one key.
struct Answer {
  Applier applier = Applier::systemd;
  std::vector<Line> lines;            // in the order of the names; a shadowed file behind the one that shadows it
  std::optional<std::size_t> winner;  // of `lines`; nothing: the kernel's own value stays

  const Line* winning() const { return winner ? &lines[*winner] : nullptr; }
};

// `path` as key_path() gives it. Whether the key exists is not asked: a glob
// counts for every key that it matches.
Answer answer(const SysctlFiles& files, Applier applier, std::string_view path);

// The paths of all keys that an applier would write, globs aside; sorted.
std::vector<std::string> keys(const SysctlFiles& files, Applier applier);

// A line that an applier reads and can make nothing of.
struct Malformed {
  std::string file;
  std::size_t number = 0;
  std::string text;
};
std::vector<Malformed> malformed(const SysctlFiles& files, Applier applier);

// Whether an applier runs when this host boots, and how that can be told.
struct Use {
  Applier applier = Applier::systemd;
  bool in_use = false;
  std::string because;
};
std::array<Use, kAppliers.size()> appliers_of(const Host& host);

// The appliers whose word counts at the next boot: those in use, and both
// where it cannot be told which one is.
std::vector<Applier> appliers_that_count(const Host& host);

// The value a key has now, with white space folded.
Result<std::string> running_value(const Host& host, std::string_view path);

// The module that is known to bring a key, or "".
std::string_view module_of(std::string_view path);

// A key that an applier in use would write and the kernel does not have now.
struct Pending {
  std::string path;
  Line line;                // the one that would give the value
  std::string_view module;  // as module_of()
};
struct PendingKeys {
  std::vector<Pending> keys;  // by path; at most 256
  std::vector<Error> errors;  // what could not be asked for, and that there are more
};
PendingKeys pending(const Host& host, const SysctlFiles& files);

}  // namespace harden::sysctl
