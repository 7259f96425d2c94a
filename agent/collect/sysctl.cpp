// SPDX-License-Identifier: Apache-2.0
//
// Documentation/admin-guide/sysctl/. Net sysctls are those of the network
// namespace this program runs in.
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "agent/collect/reading.h"
#include "agent/core/sysctl_pattern.h"
#include "agent/core/text.h"
#include "harden/collector.h"

namespace harden::probe {
namespace {

constexpr const char* kFact = "sysctl";
constexpr const char* kReadOnly = "sysctl_read_only";
constexpr const char* kRoot = "/proc/sys";
constexpr std::size_t kMaxKeys = 20'000;
constexpr int kMaxDepth = 16;
constexpr std::size_t kMaxName = 1024;
constexpr std::chrono::milliseconds kMaxTime{3000};

// Not settings, and left alone by the walk: what can only be written, what
// does something when it is read, what is another value each time, and an
// automount point.
constexpr auto kSkipped = std::to_array<std::string_view>({
    "fs.binfmt_misc",
    "kernel.random.uuid",
    "net.ipv4.route.flush",
    "net.ipv6.route.flush",
    "vm.compact_memory",
    "vm.drop_caches",
    "vm.stat_refresh",
});

// What the kernel lets only root read because it is a key: ip-sysctl.rst. It is
// no setting, and what hardend knows others are shown.
bool is_secret(std::string_view key) {
  return key == "net.ipv4.tcp_fastopen_key" || (key.starts_with("net.ipv6.conf.") && key.ends_with(".stable_secret"));
}

// Nothing where a name would leave /proc/sys or names no file.
std::optional<std::string> path_of(std::string_view key) {
  if (key.empty() || key.size() > kMaxName || key.contains('\0')) return std::nullopt;
  const std::string below = text::separators_swapped(key);
  for (const auto part : text::split(below, '/')) {
    if (part.empty() || part == "." || part == "..") return std::nullopt;
  }
  return std::string(kRoot) + "/" + below;
}

std::string joined_words(std::string_view text) {
  std::string out;
  for (const auto word : text::words(text)) {
    if (!out.empty()) out += ' ';
    out += word;
  }
  return out;
}

// kernel.shmmax is beyond what a signed number holds.
Value value_of(std::string_view text) {
  if (!text.starts_with('+')) {
    if (const auto number = text::to_int(text)) return *number;
  }
  std::uint64_t large = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), large);
  if (error == std::errc() && end == text.data() + text.size()) return large;
  return joined_words(text);
}

class Reader {
 public:
  explicit Reader(const Host& host) : host_(host) {}

  void read_key(const std::string& key);
  void ask_to_write(const std::string& key);
  void ask_for_all();
  Result<> walk(const std::string& folder, int depth);
  Fact take();
  Fact take_read_only();

 private:
  void add(const std::string& key, const std::string& path, Value value);
  void add_error(const std::string& key, const std::string& path, Error error);
  Result<> visit(const std::string& path, const DirEntry& entry, int depth);

  const Host& host_;
  std::vector<Map::Entry> read_only_;
  std::map<std::string, Value, std::less<>> values_;
  std::map<std::string, std::string, std::less<>> sources_;
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::now() + kMaxTime;
};

void Reader::add(const std::string& key, const std::string& path, Value value) {
  values_.insert_or_assign(key, std::move(value));
  sources_.insert_or_assign(key, path);
}

void Reader::add_error(const std::string& key, const std::string& path, Error error) {
  add(key, path, Value::unknown(std::string(kFact) + "[" + text::quote(key) + "]", std::move(error)));
}

void Reader::read_key(const std::string& key) {
  const auto path = path_of(key);
  if (!path) return add_error(key, kRoot, {Errc::invalid, "not the name of a sysctl", kRoot});
  if (is_secret(key)) {
    if (host_.kind(*path)) add_error(key, *path, {Errc::denied, "it is a secret, which is not read", *path});
    return;
  }
  auto text = read_text(host_, *path);
  if (text) return add(key, *path, value_of(*text));
  if (text.error().code != Errc::absent) add_error(key, *path, std::move(text.error()));
}

Result<> Reader::visit(const std::string& path, const DirEntry& entry, int depth) {
  const std::string key = text::separators_swapped(path.substr(std::string_view(kRoot).size() + 1));
  if (std::ranges::find(kSkipped, key) != kSkipped.end()) return {};
  if (entry.kind == DirEntry::Kind::directory) return walk(path, depth + 1);
  if (values_.size() >= kMaxKeys) return fail(Errc::too_large, "more keys than can be", kRoot);
  if (std::chrono::steady_clock::now() > deadline_) return fail(Errc::timeout, "not read in time", kRoot);
  read_key(key);
  return {};
}

// A folder that cannot be looked into is an entry itself: what is below it is
// not known not to be there.
Result<> Reader::walk(const std::string& folder, int depth) {
  if (depth > kMaxDepth) return fail(Errc::too_large, "folders too deep", folder);
  const auto entries = host_.list(folder);
  if (!entries) {
    if (depth == 0) return std::unexpected(entries.error());
    if (entries.error().code != Errc::absent) {
      add_error(text::separators_swapped(folder.substr(std::string_view(kRoot).size() + 1)), folder, entries.error());
    }
    return {};
  }
  if (values_.size() + entries->size() > kMaxKeys) return fail(Errc::too_large, "more keys than can be", kRoot);
  for (const DirEntry& entry : *entries) {
    if (auto visited = visit(folder + "/" + entry.name, entry, depth); !visited) return visited;
  }
  return {};
}

Fact Reader::take() {
  std::vector<Map::Entry> entries;
  entries.reserve(values_.size());
  for (auto& [key, value] : values_) entries.emplace_back(key, std::move(value));
  return {kFact, Map(std::move(entries)), kRoot, std::move(sources_)};
}

// A key that is not there cannot be written either, and that is no news.
void Reader::ask_to_write(const std::string& key) {
  const auto path = path_of(key);
  if (!path) return;
  const auto may = host_.may_write(*path);
  if (!may && may.error().code == Errc::denied) read_only_.emplace_back(key, may.error().message);
}

void Reader::ask_for_all() {
  for (const auto& [key, value] : values_) ask_to_write(key);
}

Fact Reader::take_read_only() { return {kReadOnly, Map(std::move(read_only_)), kRoot, {}}; }

void collect(const Host& host, const Wanted& wanted, FactSink& sink) {
  if (const auto kind = host.kind(kRoot); !kind) {
    sink.fail(kFact, kind.error());
    return sink.fail(kReadOnly, kind.error());
  }
  Reader reader(host);
  if (wanted.all_of(kFact)) {
    if (const auto walked = reader.walk(kRoot, 0); !walked) {
      sink.fail(kFact, walked.error());
      return sink.fail(kReadOnly, walked.error());
    }
  }
  for (const std::string& key : wanted.keys_of(kFact)) {
    for (const std::string& one : expanded_keys(host, key)) reader.read_key(one);
  }
  if (wanted.all_of(kReadOnly)) reader.ask_for_all();
  for (const std::string& key : wanted.keys_of(kReadOnly)) {
    for (const std::string& one : expanded_keys(host, key)) reader.ask_to_write(one);
  }
  sink.set(reader.take_read_only());
  sink.set(reader.take());
}

const RegisterCollector kRegister{{
    "sysctl",
    {{kFact, Type::map_of(Type::Kind::string, Type{}), "",
      "Kernel settings by dotted name, a number where the text is one: /proc/sys, admin-guide/sysctl/"},
     {kReadOnly, Type::map_of(Type::Kind::string, Type::Kind::string), "",
      "Those that root cannot write here, each with why: /proc/sys read-only in a container, mode 0444"}},
    collect,
}};

}  // namespace
}  // namespace harden::probe
