// SPDX-License-Identifier: Apache-2.0
#include "agent/crash/vmcore.h"

#include <array>

#include "agent/core/text.h"
#include "agent/crash/translate.h"

namespace harden {
namespace {

std::string flattened_sentence(const std::string& place) {
  const std::string name = text::printable(place);
  return "a flattened dump, whose pages lie in the order of their writing; put them in order with `makedumpfile -R " +
         name + ".unflattened < " + name + "` and read that";
}

Result<VmcoreFormat> format_of(const OpenFile& file, const std::string& place) {
  std::array<char, kVmcoreFirstBytes> first{};
  const auto count = file.read_at(0, first);
  if (!count) return std::unexpected(count.error());
  switch (const VmcoreFormat format = vmcore_format({first.data(), *count})) {
    case VmcoreFormat::elf:
    case VmcoreFormat::kdump: return format;
    case VmcoreFormat::flattened: return fail(Errc::unsupported, flattened_sentence(place), place);
    case VmcoreFormat::none: return fail(Errc::malformed, "no dump of a kernel's memory", place);
    case VmcoreFormat::other: break;
  }
  return fail(Errc::unsupported, "no dump of a Linux kernel that kdump writes", place);
}

}  // namespace

class Vmcore::Dump final : public KernelMemory {
 public:
  Dump(std::unique_ptr<const DumpFile> file, std::string place)
      : file_(std::move(file)),
        place_(std::move(place)),
        info_(file_->machine().vmcoreinfo),
        facts_{info_.value("OSRELEASE"), info_.crash_time()},
        translator_(translator_of(*file_, info_)) {}

  Result<> read(std::uint64_t address, std::span<char> buffer) const override {
    while (!buffer.empty()) {
      const auto stretch = translator_->stretch_at(address);
      if (!stretch) return fail(stretch.error().code, stretch.error().message, place_);
      const auto part = buffer.first(static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), stretch->length)));
      if (auto done = file_->read(stretch->physical, part); !done) return done;
      buffer = buffer.subspan(part.size());
      address += part.size();
    }
    return {};
  }

  bool big_endian() const override { return file_->machine().big_endian; }
  std::size_t pointer_size() const override { return file_->machine().pointer_size; }
  const Vmcoreinfo& info() const { return info_; }
  const VmcoreFacts& facts() const { return facts_; }
  const std::string& place() const { return place_; }

 private:
  std::unique_ptr<const DumpFile> file_;
  std::string place_;
  Vmcoreinfo info_;
  VmcoreFacts facts_;
  std::unique_ptr<const Translator> translator_;
};

VmcoreFormat vmcore_format(std::string_view first_bytes) {
  if (first_bytes.starts_with("KDUMP   ") || first_bytes.starts_with("DISKDUMP")) return VmcoreFormat::kdump;
  if (first_bytes.starts_with("makedumpfile")) return VmcoreFormat::flattened;
  // An s390 dump, LKCD's in both byte orders.
  using std::string_view_literals::operator""sv;
  for (const std::string_view magic : {"\xa8\x19\x01\x73\x61\x8f\x23\xfd"sv, "\xed\x23\x8f\x61\x73\x01\x19\xa8"sv}) {
    if (first_bytes.starts_with(magic)) return VmcoreFormat::other;
  }
  if (!first_bytes.starts_with("\x7f"
                               "ELF")) {
    return VmcoreFormat::none;
  }
  if (first_bytes.size() < 18) return VmcoreFormat::other;
  const bool big = first_bytes[5] == 2;
  const bool core = first_bytes[big ? 17 : 16] == 4 && first_bytes[big ? 16 : 17] == 0;  // ET_CORE
  return core ? VmcoreFormat::elf : VmcoreFormat::other;
}

Vmcore::Vmcore(std::unique_ptr<Dump> dump) : dump_(std::move(dump)) {}
Vmcore::Vmcore(Vmcore&&) noexcept = default;
Vmcore& Vmcore::operator=(Vmcore&&) noexcept = default;
Vmcore::~Vmcore() = default;

Result<Vmcore> Vmcore::open(std::unique_ptr<const OpenFile> file, const std::string& place, const Progress& progress) {
  const auto format = format_of(*file, place);
  if (!format) return std::unexpected(format.error());
  auto dump = *format == VmcoreFormat::elf ? open_elf_dump(std::move(file), place)
                                           : open_kdump_dump(std::move(file), place, progress);
  if (!dump) return std::unexpected(dump.error());
  if ((*dump)->machine().vmcoreinfo.empty()) return fail(Errc::malformed, "it has no VMCOREINFO", place);
  return Vmcore(std::make_unique<Dump>(std::move(*dump), place));
}

const VmcoreFacts& Vmcore::facts() const { return dump_->facts(); }

Result<> Vmcore::read(const TextConsumer& take, const Progress& progress, PrintkStyle style) const {
  auto done = read_printk(*dump_, dump_->info(), take, progress, style);
  if (!done)
    done.error().message += " (" + text::printable(done.error().place) + ")", done.error().place = dump_->place();
  return done;
}

}  // namespace harden
