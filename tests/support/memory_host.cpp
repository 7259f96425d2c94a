// SPDX-License-Identifier: Apache-2.0
#include "tests/support/memory_host.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "agent/core/text.h"

namespace harden::test {
namespace {

constexpr int kMaxLinks = 16;

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string joined(const std::string& folder, std::string_view name) {
  return (folder == "/" ? "" : folder) + "/" + std::string(name);
}

std::string below(const std::string& folder) { return folder == "/" ? "/" : folder + "/"; }

class MemoryFile final : public OpenFile {
 public:
  MemoryFile(std::string text, std::int64_t modified) : text_(std::move(text)), modified_(modified) {}
  ~MemoryFile() override {
    if (copy_ >= 0) ::close(copy_);
  }

  std::uint64_t size() const override { return text_.size(); }
  std::int64_t modified() const override { return modified_; }

  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> buffer) const override {
    if (offset >= text_.size()) return 0;
    return text_.copy(buffer.data(), buffer.size(), offset);
  }

  int descriptor() const override {
    if (copy_ < 0) {
      copy_ = ::memfd_create("memory-host", MFD_CLOEXEC);
      for (std::size_t at = 0; at < text_.size();) {
        const ssize_t count = ::write(copy_, text_.data() + at, text_.size() - at);
        if (count <= 0) break;
        at += static_cast<std::size_t>(count);
      }
    }
    return copy_;
  }

 private:
  std::string text_;
  std::int64_t modified_;
  mutable int copy_ = -1;
};

}  // namespace

MemoryHost::MemoryHost(std::initializer_list<std::pair<std::string, std::string>> files) {
  for (const auto& [path, content] : files) file(path, content);
}

MemoryHost::Node& MemoryHost::put(const std::string& path, Node::What what, std::string text) {
  for (std::string up = parent_of(path);; up = parent_of(up)) {
    nodes_.try_emplace(up);
    if (up == "/") break;
  }
  Node& node = nodes_[path];
  node = Node{what, std::move(text), {}, 0, {}, false};
  return node;
}

MemoryHost& MemoryHost::file(const std::string& path, std::string content) {
  put(path, Node::What::file, std::move(content));
  return *this;
}

MemoryHost& MemoryHost::modified(const std::string& path, std::int64_t seconds) {
  nodes_[path].modified = seconds;
  return *this;
}

MemoryHost& MemoryHost::folder(const std::string& path) {
  put(path, Node::What::folder);
  return *this;
}

MemoryHost& MemoryHost::link(const std::string& path, std::string target) {
  put(path, Node::What::link, std::move(target));
  return *this;
}

MemoryHost& MemoryHost::error(const std::string& path, Errc code) {
  put(path, Node::What::error).code = code;
  return *this;
}

MemoryHost& MemoryHost::socket(const std::string& path) {
  put(path, Node::What::socket);
  return *this;
}

MemoryHost& MemoryHost::serve(const std::string& path, const std::string& target, std::string body, int status) {
  if (const auto found = nodes_.find(path); found == nodes_.end() || found->second.what != Node::What::socket) {
    socket(path);
  }
  nodes_[path].answers[target] = {status, std::move(body)};
  return *this;
}

MemoryHost& MemoryHost::read_only(const std::string& path) {
  nodes_.at(path).read_only = true;
  return *this;
}

MemoryHost& MemoryHost::remove(const std::string& path) {
  std::erase_if(nodes_, [&](const auto& node) { return node.first == path || node.first.starts_with(below(path)); });
  return *this;
}

// The path with every link in it followed, component by component.
Result<std::string> MemoryHost::resolve(const std::string& path, int links) const {
  if (links > kMaxLinks) return fail(Errc::malformed, "too many links", path);
  if (!path.starts_with('/')) return fail(Errc::invalid, "not an absolute path", path);
  std::string at = "/";
  const auto parts = text::split(path, '/');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].empty() || parts[i] == ".") continue;
    if (parts[i] == "..") {
      at = parent_of(at);
      continue;
    }
    const std::string folder = std::exchange(at, joined(at, parts[i]));
    const auto node = nodes_.find(at);
    if (node == nodes_.end()) return fail(Errc::absent, "no such file or directory", path);
    if (node->second.what == Node::What::error) return fail(node->second.code, "made to fail", path);
    if (node->second.what != Node::What::link) continue;
    std::string target = node->second.text.starts_with('/') ? node->second.text : joined(folder, node->second.text);
    for (std::size_t rest = i + 1; rest < parts.size(); ++rest) target = joined(target, parts[rest]);
    return resolve(target, links + 1);
  }
  return at;
}

Result<const MemoryHost::Node*> MemoryHost::find(const std::string& path) const {
  auto resolved = resolve(path);
  if (!resolved) return fail(resolved.error().code, resolved.error().message, path);
  return &nodes_.at(*resolved);
}

Result<std::string> MemoryHost::read(const std::string& path, Limit limit) const {
  note("read " + path);
  const auto node = find(path);
  if (!node) return std::unexpected(node.error());
  if ((*node)->what != Node::What::file) return fail(Errc::malformed, "not a file", path);
  if ((*node)->text.size() > limit.bytes) return fail(Errc::too_large, "longer than the limit", path);
  return (*node)->text;
}

Result<std::vector<DirEntry>> MemoryHost::list(const std::string& path, Limit limit) const {
  note("list " + path);
  const auto folder = resolve(path);
  if (!folder) return fail(folder.error().code, folder.error().message, path);
  if (nodes_.at(*folder).what != Node::What::folder) return fail(Errc::malformed, "not a directory", path);
  std::vector<DirEntry> entries;
  std::size_t bytes = 0;
  const std::string prefix = below(*folder);
  for (auto it = nodes_.upper_bound(prefix); it != nodes_.end() && it->first.starts_with(prefix); ++it) {
    const std::string name = it->first.substr(prefix.size());
    if (name.find('/') != std::string::npos) continue;
    bytes += name.size() + 1;
    DirEntry entry{name, DirEntry::Kind::other};
    switch (it->second.what) {
      case Node::What::file: entry.kind = DirEntry::Kind::file; break;
      case Node::What::folder: entry.kind = DirEntry::Kind::directory; break;
      case Node::What::link: entry.kind = DirEntry::Kind::link; break;
      case Node::What::error: entry.kind = DirEntry::Kind::file; break;
      case Node::What::socket: break;
    }
    entries.push_back(std::move(entry));
  }
  if (bytes > limit.bytes) return fail(Errc::too_large, "more entries than the limit", path);
  std::ranges::sort(entries, {}, &DirEntry::name);
  return entries;
}

Result<std::string> MemoryHost::read_link(const std::string& path) const {
  note("link " + path);
  const auto folder = resolve(parent_of(path));
  if (!folder) return fail(folder.error().code, folder.error().message, path);
  const auto node = nodes_.find(joined(*folder, path.substr(path.rfind('/') + 1)));
  if (node == nodes_.end()) return fail(Errc::absent, "no such file or directory", path);
  if (node->second.what == Node::What::error) return fail(node->second.code, "made to fail", path);
  if (node->second.what != Node::What::link) return fail(Errc::malformed, "not a link", path);
  return node->second.text;
}

Result<DirEntry::Kind> MemoryHost::kind(const std::string& path) const {
  note("kind " + path);
  const auto node = find(path);
  if (!node) return std::unexpected(node.error());
  switch ((*node)->what) {
    case Node::What::file: return DirEntry::Kind::file;
    case Node::What::folder: return DirEntry::Kind::directory;
    case Node::What::link: return DirEntry::Kind::link;
    case Node::What::socket:
    case Node::What::error: break;
  }
  return DirEntry::Kind::other;
}

Result<> MemoryHost::may_write(const std::string& path) const {
  const auto node = find(path);
  if (!node) return std::unexpected(node.error());
  if ((*node)->read_only) return fail(Errc::denied, "it can only be read", path);
  return {};
}

Result<HttpResponse> MemoryHost::get(const std::string& socket, const std::string& target, Limit limit) const {
  note("get " + socket + " " + target);
  const auto node = find(socket);
  if (!node) return std::unexpected(node.error());
  if ((*node)->what != Node::What::socket || (*node)->answers.empty()) {
    return fail(Errc::unavailable, "connection refused", socket);
  }
  const auto answer = (*node)->answers.find(target);
  if (answer == (*node)->answers.end()) return HttpResponse{404, ""};
  if (answer->second.body.size() > limit.bytes) return fail(Errc::too_large, "longer than the limit", socket);
  return answer->second;
}

Result<std::unique_ptr<const OpenFile>> MemoryHost::open(const std::string& path) const {
  note("open " + path);
  const auto node = find(path);
  if (!node) return std::unexpected(node.error());
  if ((*node)->what != Node::What::file) return fail(Errc::malformed, "not a file", path);
  return std::make_unique<const MemoryFile>((*node)->text, (*node)->modified);
}

void MemoryHost::note(std::string what) const {
  const std::scoped_lock lock(mutex_);
  asked_.push_back(std::move(what));
}

std::vector<std::string> MemoryHost::asked() const {
  const std::scoped_lock lock(mutex_);
  return asked_;
}

bool MemoryHost::was_asked(const std::string& what) const { return std::ranges::count(asked(), what) > 0; }

}  // namespace harden::test
