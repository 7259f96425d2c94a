// SPDX-License-Identifier: Apache-2.0
//
// VMCOREINFO: what a kernel tells about itself for whoever reads its dump
// (Documentation/admin-guide/kdump/vmcoreinfo.rst): lines KEY=VALUE.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace harden {

class Vmcoreinfo {
 public:
  // Lines that are none are left out; of a key twice the first counts. At most
  // the first MiB is looked at.
  explicit Vmcoreinfo(std::string_view text);

  // "OSRELEASE"; "" where it is not there.
  std::string value(std::string_view key) const;
  std::optional<std::uint64_t> symbol(std::string_view name) const;  // SYMBOL(name), an address
  std::optional<std::uint64_t> size(std::string_view name) const;    // SIZE(name), below 1 MiB
  std::optional<std::uint64_t> offset(std::string_view name) const;  // OFFSET(struct.member), below 1 MiB
  // NUMBER(name), in decimal with a sign or in hexadecimal behind "0x"; a negative one
  // as it lies in 64 bits.
  std::optional<std::uint64_t> number(std::string_view name) const;
  std::int64_t crash_time() const;  // CRASHTIME; 0 where it is not there

 private:
  std::map<std::string, std::string, std::less<>> lines_;
};

}  // namespace harden
