// SPDX-License-Identifier: Apache-2.0
//
// Whether a crash of this host would leave something to look at.
#include "agent/collect/reading.h"
#include "harden/collector.h"

namespace harden::probe {
namespace {

constexpr const char* kReserved = "/sys/kernel/kexec_crash_size";
constexpr const char* kLoaded = "/sys/kernel/kexec_crash_loaded";
constexpr const char* kBackend = "/sys/module/pstore/parameters/backend";
constexpr const char* kPanicOnOops = "/proc/sys/kernel/panic_on_oops";
constexpr const char* kPanic = "/proc/sys/kernel/panic";

// Absent where the kernel was built without CONFIG_KEXEC (CONFIG_CRASH_DUMP
// since 6.9): nothing can be reserved or loaded then.
void set_kexec(const Host& host, FactSink& sink) {
  const auto reserved = read_int_feature(host, kReserved, "/sys/kernel");
  if (reserved) {
    sink.set("crash.kernel_reserved", reserved->value_or(0), kReserved);
  } else {
    sink.fail("crash.kernel_reserved", reserved.error());
  }
  const auto loaded = read_int_feature(host, kLoaded, "/sys/kernel");
  if (loaded) {
    sink.set("crash.kernel_loaded", loaded->value_or(0) != 0, kLoaded);
  } else {
    sink.fail("crash.kernel_loaded", loaded.error());
  }
}

void set_pstore(const Host& host, FactSink& sink) {
  const auto backend = read_feature(host, kBackend, "/sys/module");
  if (!backend) return sink.fail("crash.pstore", backend.error());
  const std::string name = backend->value_or("");
  sink.set("crash.pstore", name == "(null)" ? "" : name, kBackend);
}

void collect(const Host& host, const Wanted&, FactSink& sink) {
  set_kexec(host, sink);
  set_pstore(host, sink);
  sink.set("crash.panic_on_oops", read_int(host, kPanicOnOops), kPanicOnOops);
  sink.set("crash.panic_timeout", read_int(host, kPanic), kPanic);
}

const RegisterCollector kRegister{{
    "crash_readiness",
    {{"crash.kernel_reserved", Type::Kind::integer, "bytes",
      "Memory set aside for a crash kernel: /sys/kernel/kexec_crash_size, admin-guide/kdump/kdump.rst"},
     {"crash.kernel_loaded", Type::Kind::boolean, "",
      "Whether a crash kernel is loaded: /sys/kernel/kexec_crash_loaded, admin-guide/kdump/kdump.rst"},
     {"crash.pstore", Type::Kind::string, "",
      "Where pstore keeps the last messages, \"\" for nowhere: /sys/module/pstore/parameters/backend"},
     {"crash.panic_on_oops", Type::Kind::integer, "",
      "Whether an oops becomes a panic: kernel.panic_on_oops, admin-guide/sysctl/kernel.rst"},
     {"crash.panic_timeout", Type::Kind::integer, "seconds",
      "From panic to reboot, 0 never, negative at once: kernel.panic, admin-guide/sysctl/kernel.rst"}},
    collect,
}};

}  // namespace
}  // namespace harden::probe
