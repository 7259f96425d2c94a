// SPDX-License-Identifier: Apache-2.0
//
// Documentation/ABI/testing/sysfs-devices-system-cpu.
#include "agent/collect/reading.h"
#include "agent/core/text.h"
#include "harden/collector.h"

namespace harden::probe {
namespace {

constexpr const char* kFolder = "/sys/devices/system/cpu";
// CONFIG_NR_CPUS ends at 8192; more is not a count of processors.
constexpr std::int64_t kMaxCpu = 65'535;

// How many numbers a list such as "0-3,8" names; nothing where it is no list.
std::optional<std::int64_t> count_ranges(std::string_view list) {
  std::int64_t count = 0;
  std::int64_t previous = -1;
  for (const auto range : text::split(list, ',')) {
    const auto dash = range.find('-');
    const auto first = text::to_int(range.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : text::to_int(range.substr(dash + 1));
    if (!first || !last || *first <= previous || *last < *first || *last > kMaxCpu) return std::nullopt;
    count += *last - *first + 1;
    previous = *last;
  }
  return count;
}

void set_count(const Host& host, FactSink& sink, const char* fact, const char* file) {
  const std::string path = std::string(kFolder) + "/" + file;
  const auto text = read_text(host, path);
  if (!text) return sink.fail(fact, text.error());
  const auto count = count_ranges(*text);
  if (!count) return sink.fail(fact, {Errc::malformed, "not a list of processors", path});
  sink.set(fact, *count, path);
}

// The folder came with Linux 4.15: a kernel without it names no weakness.
void set_vulnerabilities(const Host& host, FactSink& sink) {
  constexpr const char* kFact = "cpu.vulnerabilities";
  const std::string folder = std::string(kFolder) + "/vulnerabilities";
  const auto entries = host.list(folder);
  if (!entries && (entries.error().code != Errc::absent || host.kind(kFolder) != DirEntry::Kind::directory)) {
    return sink.fail(kFact, entries.error());
  }
  Fact fact{kFact, {}, folder, {}};
  std::vector<Map::Entry> values;
  for (const DirEntry& entry : entries.value_or(std::vector<DirEntry>{})) {
    const std::string path = folder + "/" + entry.name;
    values.emplace_back(
        entry.name, value_or_unknown(read_text(host, path), std::string(kFact) + "[" + text::quote(entry.name) + "]"));
    fact.entry_sources.emplace(entry.name, path);
  }
  fact.value = Map(std::move(values));
  sink.set(std::move(fact));
}

void collect(const Host& host, const Wanted& wanted, FactSink& sink) {
  set_count(host, sink, "cpu.possible", "possible");
  set_count(host, sink, "cpu.online", "online");
  if (wanted.has("cpu.vulnerabilities")) set_vulnerabilities(host, sink);
}

const RegisterCollector kRegister{{
    "cpu",
    {{"cpu.possible", Type::Kind::integer, "",
      "Processors this kernel may ever have: /sys/devices/system/cpu/possible"},
     {"cpu.online", Type::Kind::integer, "", "Processors at work: /sys/devices/system/cpu/online"},
     {"cpu.vulnerabilities", Type::map_of(Type::Kind::string, Type::Kind::string), "",
      "What the kernel says about each weakness of the processor: admin-guide/hw-vuln, empty before Linux 4.15"}},
    collect,
}};

}  // namespace
}  // namespace harden::probe
