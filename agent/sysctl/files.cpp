// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "agent/sysctl/key.h"
#include "agent/sysctl/parse.h"
#include "agent/sysctl/resolver.h"

namespace harden::sysctl {
namespace {

constexpr std::size_t kMostFiles = 2'000;
constexpr std::size_t kLargestFile = std::size_t{1} << 20;  // a longer line stops systemd as well
constexpr std::size_t kMostBytes = std::size_t{16} << 20;
constexpr std::size_t kMostStatements = 20'000;
constexpr int kMostLinks = 40;  // as the kernel's MAXSYMLINKS
constexpr const char* kNull = "/dev/null";

constexpr auto kDirectories = std::to_array<const char*>(
    {"/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d"});

// systemd.exec(5), LoadCredential=: the first that is there. Within its units hardend
// sees no credentials but theirs, so they load this one as systemd-sysctl.service does.
constexpr auto kCredentials = std::to_array<const char*>(
    {"/run/credentials/@system/sysctl.extra", "/run/credentials/hardend.service/sysctl.extra",
     "/run/credentials/hardend-report.service/sysctl.extra", "/etc/credstore/sysctl.extra",
     "/run/credstore/sysctl.extra", "/usr/lib/credstore/sysctl.extra"});

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

class Reader {
 public:
  Reader(const Host& host, const std::optional<Overlay>& overlay) : host_(host), overlay_(overlay) {}

  SysctlFiles read() {
    out_.no_globs = too_old_for_globs(host_);
    for (std::size_t rank = 0; rank < kDirectories.size(); ++rank) {
      const std::string directory = kDirectories[rank];
      if (directory == "/lib/sysctl.d" && host_.read_link("/lib")) continue;  // the same files once more
      for (const std::string& name : names_in(directory)) add(directory + "/" + name, rank, std::nullopt);
    }
    if (is_there("/etc/sysctl.conf")) add("/etc/sysctl.conf", kDirectories.size(), Applier::procps);
    const auto credential = std::ranges::find_if(kCredentials, [&](const char* path) { return is_there(path); });
    if (credential != kCredentials.end()) add(*credential, kDirectories.size(), Applier::systemd);
    return std::move(out_);
  }

 private:
  bool is_overlaid(const std::string& path) const { return overlay_ && overlay_->path == path; }

  bool is_there(const std::string& path) const {
    if (is_overlaid(path)) return overlay_->content.has_value();
    const auto kind = host_.kind(path);
    return kind || kind.error().code != Errc::absent;
  }

  std::vector<std::string> names_in(const std::string& directory) {
    std::vector<std::string> names;
    const auto entries = host_.list(directory);
    if (entries) {
      for (const DirEntry& entry : *entries) names.push_back(entry.name);
    } else if (entries.error().code != Errc::absent) {
      out_.errors.push_back(entries.error());
    }
    if (overlay_ && parent_of(overlay_->path) == directory) {
      const std::string name = overlay_->path.substr(directory.size() + 1);
      std::erase(names, name);
      if (overlay_->content) names.push_back(name);
    }
    std::erase_if(names, [](const std::string& name) { return !name.ends_with(".conf"); });
    std::ranges::sort(names);
    return names;
  }

  // Where the links of a file lead; the folders above it are left as they are.
  std::string followed(std::string path) const {
    for (int links = 0; links < kMostLinks && !is_overlaid(path); ++links) {
      const auto link = host_.read_link(path);
      if (!link) break;
      const auto real = target(link->starts_with('/') ? *link : parent_of(path) + "/" + *link);
      if (!real) break;
      path = "/" + *real;
    }
    return path;
  }

  Result<std::string> content_of(const std::string& path) const {
    if (is_overlaid(path)) {
      if (!overlay_->content) return fail(Errc::absent, "taken away", path);
      return *overlay_->content;
    }
    return host_.read(path, {.bytes = kLargestFile});
  }

  void add(const std::string& path, std::size_t rank, std::optional<Applier> only_of) {
    if (out_.files.size() == kMostFiles) {
      if (!std::exchange(full_, true)) out_.errors.push_back({Errc::too_large, "more files than can be read", path});
      return;
    }
    File file;
    file.path = path;
    file.name = path.substr(path.rfind('/') + 1);
    file.rank = rank;
    file.only_of = only_of;
    file.place = followed(path);
    fill(file);
    out_.files.push_back(std::move(file));
  }

  void fill(File& file) {
    file.masks = file.place == kNull;
    if (file.masks) return;
    const auto content = content_of(file.place);
    if (!content) {
      // A folder of that name holds no lines, for either applier.
      const auto kind = is_overlaid(file.place) ? fail(Errc::absent, "taken away") : host_.kind(file.place);
      const bool nothing_to_read = content.error().code == Errc::absent || (kind && *kind == DirEntry::Kind::directory);
      if (!nothing_to_read) file.error = Error{content.error().code, content.error().message, file.path};
      return;
    }
    file.masks = content->empty();
    parse_into(file, *content);
  }

  void parse_into(File& file, const std::string& content) {
    bytes_ += content.size();
    for (const Applier applier : kAppliers) {
      auto& statements = file.statements[static_cast<std::size_t>(applier)];
      if (bytes_ <= kMostBytes) statements = parse(content, applier);
      statements_ += statements.size();
      if (bytes_ <= kMostBytes && statements_ <= kAppliers.size() * kMostStatements) continue;
      file.statements = {};
      file.error = Error{Errc::too_large, "more than can be read of all files", file.path};
      return;
    }
  }

  const Host& host_;
  const std::optional<Overlay>& overlay_;
  SysctlFiles out_;
  std::size_t bytes_ = 0;
  std::size_t statements_ = 0;
  bool full_ = false;
};

}  // namespace

SysctlFiles resolve(const Host& host, const std::optional<Overlay>& overlay) { return Reader(host, overlay).read(); }

std::vector<Error> SysctlFiles::problems() const {
  std::vector<Error> problems = errors;
  for (const File& file : files) {
    if (file.error) problems.push_back(*file.error);
  }
  return problems;
}

}  // namespace harden::sysctl
