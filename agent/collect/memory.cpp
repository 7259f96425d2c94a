// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "agent/collect/reading.h"
#include "agent/core/text.h"
#include "harden/collector.h"

namespace harden::probe {
namespace {

constexpr const char* kPath = "/proc/meminfo";

// "MemTotal:       16316412 kB", where kB is 1024 bytes: proc_meminfo(5).
Result<std::int64_t> bytes_of(std::string_view meminfo, std::string_view name) {
  for (const auto line : text::lines(meminfo)) {
    if (!line.starts_with(name) || !line.substr(name.size()).starts_with(':')) continue;
    const auto words = text::words(line.substr(name.size() + 1));
    const auto number = words.size() == 2 && words[1] == "kB" ? text::to_int(words[0]) : std::nullopt;
    if (number && *number >= 0 && *number <= std::numeric_limits<std::int64_t>::max() / 1024) return *number * 1024;
    return fail(Errc::malformed, "not a size: " + text::quote(line.substr(0, 60)), kPath);
  }
  return fail(Errc::unsupported, "this kernel tells no " + std::string(name), kPath);
}

void collect(const Host& host, const Wanted&, FactSink& sink) {
  const auto text = read_text(host, kPath);
  for (const auto& [fact, name] : {std::pair{"memory.total", "MemTotal"},
                                   {"memory.available", "MemAvailable"},
                                   {"memory.swap_total", "SwapTotal"}}) {
    if (!text) {
      sink.fail(fact, text.error());
    } else {
      sink.set(fact, bytes_of(*text, name), kPath);
    }
  }
}

const RegisterCollector kRegister{{
    "memory",
    {{"memory.total", Type::Kind::integer, "bytes", "Memory the kernel manages: MemTotal of proc_meminfo(5)"},
     {"memory.available", Type::Kind::integer, "bytes",
      "What can be had without swapping: MemAvailable of proc_meminfo(5), since Linux 3.14"},
     {"memory.swap_total", Type::Kind::integer, "bytes", "Swap space: SwapTotal of proc_meminfo(5)"}},
    collect,
}};

}  // namespace
}  // namespace harden::probe
