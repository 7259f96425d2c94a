// SPDX-License-Identifier: Apache-2.0
#include "tests/support/machine.h"

#include <algorithm>
#include <utility>

#include "agent/core/text.h"

namespace harden::test {
namespace {

constexpr std::string_view kProcSys = "/proc/sys/";
constexpr const char* kOwnFile = "/etc/sysctl.d/99-zz-hardend.conf";
constexpr const char* kBootId = "/proc/sys/kernel/random/boot_id";

std::string draft_of(const std::string& path) {
  const auto slash = path.rfind('/') + 1;
  return path.substr(0, slash) + "." + path.substr(slash) + ".hardend";
}

std::string path_of(std::string_view key) {
  std::string path(kProcSys);
  for (const char c : key) path += c == '.' ? '/' : c;
  return path;
}

}  // namespace

Result<> Machine::step(const std::string& path) {
  ++steps;
  wrote_ = true;
  if (steps == stop_at) throw Stopped();
  if (steps == fail_at) return fail(Errc::failed, "No space left on device", path);
  return {};
}

void Machine::put_file(const std::string& path, const std::string& content) {
  cache[path] = content;
  disk[path] = content;
}

void Machine::look() {
  if (std::exchange(wrote_, false)) return;
  if (++looks == meddle_at) meddle(meddle_path);
}

// A kernel that takes the value of all interfaces to each of them.
void Machine::put_runtime(const std::string& path, const std::string& value) {
  runtime[path] = value;
  if (path != "/proc/sys/net/ipv6/conf/all/disable_ipv6") return;
  for (auto& [other, present] : runtime) {
    if (other.starts_with("/proc/sys/net/ipv6/conf/") && other.ends_with("/disable_ipv6")) present = value;
  }
}

bool Machine::is_folder(const std::string& path) const {
  const auto found = cache.find(path);
  return found != cache.end() && found->second == kFolder;
}

void Machine::meddle(const std::string& path) {
  if (path == meddle_folder) {
    put_file(path, kFolder);
    put_file(path + "/foreign", kForeign);
  } else if (path.starts_with(kProcSys)) {
    runtime[path] = kForeign;
  } else {
    put_file(path, kForeign);
  }
}

void Machine::recover(Stop stop) {
  steps = stop_at = fail_at = looks = meddle_at = 0;
  if (stop == Stop::killed) return;
  if (stop == Stop::power) cache = disk;
  if (stop == Stop::power_with_luck) disk = cache;
  runtime = at_boot;
  ++boots;
  apply_own_file();
}

void Machine::apply_own_file() {
  const auto file = cache.find(kOwnFile);
  if (file == cache.end()) return;
  for (const std::string_view line : text::lines(file->second)) {
    const auto equals = line.find('=');
    if (line.starts_with('#') || equals == std::string_view::npos) continue;
    const std::string path = path_of(text::trim(line.substr(0, equals)));
    if (runtime.contains(path)) put_runtime(path, std::string(text::trim(line.substr(equals + 1))));
  }
}

Result<std::string> MachineHost::read(const std::string& path, Limit) const {
  machine_.look();
  if (path == kBootId) return "boot-" + std::to_string(machine_.boots) + "\n";
  if (path == "/proc/uptime") return std::string("100.5 90.1\n");
  const auto& place = path.starts_with(kProcSys) ? machine_.runtime : machine_.cache;
  const auto found = place.find(path);
  if (found == place.end()) return fail(Errc::absent, "No such file or directory", path);
  return path.starts_with(kProcSys) ? found->second + "\n" : found->second;
}

Result<std::vector<DirEntry>> MachineHost::list(const std::string& path, Limit) const {
  std::vector<DirEntry> entries;
  for (const auto& [other, value] : machine_.runtime) {
    if (!other.starts_with(path)) continue;
    const std::string rest = other.substr(path.size() + (path.ends_with('/') ? 0 : 1));
    const std::string name = rest.substr(0, rest.find('/'));
    if (std::ranges::find(entries, name, &DirEntry::name) == entries.end()) {
      entries.push_back({name, DirEntry::Kind::directory});
    }
  }
  if (entries.empty()) return fail(Errc::absent, "No such file or directory", path);
  return entries;
}

Result<std::string> MachineHost::read_link(const std::string& path) const {
  return fail(Errc::malformed, "not a symbolic link", path);
}

Result<DirEntry::Kind> MachineHost::kind(const std::string& path) const {
  machine_.look();
  if (machine_.is_folder(path)) return DirEntry::Kind::directory;
  const std::string module = path.substr(path.rfind('/') + 1);
  if (path.starts_with("/sys/module/") && std::ranges::find(machine_.modules, module) != machine_.modules.end()) {
    return DirEntry::Kind::directory;
  }
  return fail(Errc::absent, "No such file or directory", path);
}

Result<HttpResponse> MachineHost::get(const std::string& socket, const std::string&, Limit) const {
  return fail(Errc::absent, "No such file or directory", socket);
}

Result<> MachineWriter::replace(const std::string& path, std::string_view content) {
  const std::string draft = draft_of(path);
  if (auto made = machine_.step(path); !made) return made;
  machine_.cache[draft] = content.substr(0, content.size() / 2);
  if (auto half = machine_.step(path); !half) return machine_.cache.erase(draft), half;
  machine_.cache[draft] = content;
  if (auto whole = machine_.step(path); !whole) return machine_.cache.erase(draft), whole;
  machine_.disk[draft] = content;
  if (auto synced = machine_.step(path); !synced) {
    machine_.cache.erase(draft);
    machine_.disk.erase(draft);
    return synced;
  }
  machine_.cache.erase(draft);
  machine_.cache[path] = content;
  if (auto renamed = machine_.step(path); !renamed) return renamed;
  machine_.disk.erase(draft);
  machine_.disk[path] = content;
  return machine_.step(path);
}

Result<> MachineWriter::remove(const std::string& path) {
  if (auto begun = machine_.step(path); !begun) return begun;
  machine_.cache.erase(path);
  if (auto gone = machine_.step(path); !gone) return gone;
  machine_.disk.erase(path);
  return machine_.step(path);
}

Result<> MachineWriter::make_folder(const std::string& path) {
  if (auto begun = machine_.step(path); !begun) return begun;
  machine_.cache[path] = Machine::kFolder;
  if (auto made = machine_.step(path); !made) return made;
  machine_.disk[path] = Machine::kFolder;
  return machine_.step(path);
}

Result<> MachineWriter::remove_folder(const std::string& path) {
  const auto inside = [&](const auto& file) { return file.first.starts_with(path + "/"); };
  if (std::ranges::any_of(machine_.cache, inside)) return fail(Errc::unavailable, "the folder is not empty", path);
  if (auto begun = machine_.step(path); !begun) return begun;
  machine_.cache.erase(path);
  if (auto gone = machine_.step(path); !gone) return gone;
  machine_.disk.erase(path);
  return machine_.step(path);
}

Result<> MachineWriter::set(const std::string& path, std::string_view value) {
  if (auto begun = machine_.step(path); !begun) return begun;
  machine_.put_runtime(path, std::string(value));
  return {};
}

Result<> MachineWriter::unload(const std::string& module) {
  if (auto begun = machine_.step(module); !begun) return begun;
  std::erase(machine_.modules, module);
  return {};
}

Result<> MachineWriter::tidy(const std::string& path) {
  if (auto begun = machine_.step(path); !begun) return begun;
  machine_.cache.erase(draft_of(path));
  if (auto gone = machine_.step(path); !gone) return gone;
  machine_.disk.erase(draft_of(path));
  if (const auto now = machine_.cache.find(path); now != machine_.cache.end()) {
    machine_.disk[path] = now->second;
  } else {
    machine_.disk.erase(path);
  }
  return {};
}

Result<std::int64_t> MachineJournal::begin(const Transaction& transaction) {
  if (auto begun = machine_.step("journal"); !begun) return std::unexpected(begun.error());
  Transaction one = transaction;
  one.id = static_cast<std::int64_t>(written_.size() + unwritten_.size()) + 1;
  (write_ahead_ ? written_ : unwritten_)[one.id] = one;
  if (auto after = machine_.step("journal"); !after) {
    written_.erase(one.id);
    return std::unexpected(after.error());
  }
  return one.id;
}

Result<> MachineJournal::move(std::int64_t id, TransactionState state, const std::string& note, std::int64_t wall) {
  if (auto begun = machine_.step("journal"); !begun) return begun;
  if (const auto found = unwritten_.find(id); found != unwritten_.end()) written_.insert(unwritten_.extract(found));
  Transaction& one = written_.at(id);
  one.state = state;
  one.note = note;
  one.ended = wall;
  return {};
}

Result<> MachineJournal::resolve(std::int64_t id, const std::string& note, std::int64_t wall) {
  written_.at(id).note = note;
  written_.at(id).resolved = wall;
  return {};
}

Result<Transaction> MachineJournal::find(std::int64_t id) const {
  for (const auto* place : {&written_, &unwritten_}) {
    if (const auto found = place->find(id); found != place->end()) return found->second;
  }
  return fail(Errc::absent, "no transaction has that number");
}

Result<std::vector<Transaction>> MachineJournal::newest(std::size_t most) const {
  std::vector<Transaction> list;
  for (auto one = written_.rbegin(); one != written_.rend() && list.size() < most; ++one) list.push_back(one->second);
  return list;
}

Result<std::vector<Transaction>> MachineJournal::standing() const {
  std::vector<Transaction> list;
  for (const auto& [id, one] : written_) {
    if (one.state != TransactionState::undone && !one.resolved) list.push_back(one);
  }
  return list;
}

}  // namespace harden::test
