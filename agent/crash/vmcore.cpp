// SPDX-License-Identifier: Apache-2.0
#include "agent/crash/vmcore.h"

#include <libkdumpfile/kdumpfile.h>

#include <array>
#include <cstdlib>

#include "agent/core/text.h"

namespace harden {
namespace {

struct Free {
  void operator()(kdump_ctx_t* context) const { kdump_free(context); }
  void operator()(char* text) const { std::free(text); }
};
using Context = std::unique_ptr<kdump_ctx_t, Free>;

Errc code_of(kdump_status status) {
  switch (status) {
    case KDUMP_ERR_NOTIMPL: return Errc::unsupported;
    case KDUMP_OK:
    case KDUMP_ERR_SYSTEM:
    case KDUMP_ERR_BUSY: return Errc::failed;
    case KDUMP_ERR_NODATA:
    case KDUMP_ERR_CORRUPT:
    case KDUMP_ERR_INVALID:
    case KDUMP_ERR_NOKEY:
    case KDUMP_ERR_EOF:
    case KDUMP_ERR_ADDRXLAT: return Errc::malformed;
  }
  return Errc::failed;
}

// The library's own sentence may quote the file.
Error library_error(kdump_ctx_t* context, kdump_status status, const std::string& what, const std::string& place) {
  const char* said = kdump_get_err(context);
  const std::string why = said != nullptr ? text::printable(said) : kdump_strerror(status);
  return {code_of(status), what + ": " + why, place};
}

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
  Dump(std::unique_ptr<const OpenFile> file, std::string place) : file_(std::move(file)), place_(std::move(place)) {}

  // Without mmap(2), a file that is cut short while it is read is an error
  // and no SIGBUS.
  Result<> open() {
    context_.reset(kdump_new());
    if (!context_) return fail(Errc::failed, "out of memory", place_);
    kdump_status status = kdump_set_number_attr(context_.get(), KDUMP_ATTR_FILE_MMAP_POLICY, KDUMP_MMAP_NEVER);
    if (status == KDUMP_OK) status = kdump_open_fd(context_.get(), file_->descriptor());
    if (status != KDUMP_OK) return error(status, "not readable as a dump");
    status = kdump_set_string_attr(context_.get(), KDUMP_ATTR_OSTYPE, "linux");
    if (status != KDUMP_OK) return error(status, "its addresses cannot be translated");
    return learn();
  }

  Result<> read(std::uint64_t address, std::span<char> buffer) const override {
    std::size_t length = buffer.size();
    const kdump_status status = kdump_read(context_.get(), KDUMP_KVADDR, address, buffer.data(), &length);
    if (status != KDUMP_OK) return error(status, "a part of the kernel's log is not in it");
    if (length != buffer.size()) return fail(Errc::malformed, "a part of the kernel's log is not in it", place_);
    return {};
  }

  bool big_endian() const override { return big_endian_; }
  std::size_t pointer_size() const override { return pointer_size_; }
  const Vmcoreinfo& info() const { return info_; }
  const VmcoreFacts& facts() const { return facts_; }
  const std::string& place() const { return place_; }

 private:
  std::unexpected<Error> error(kdump_status status, const std::string& what) const {
    return std::unexpected(library_error(context_.get(), status, what, place_));
  }

  Result<> learn() {
    kdump_num_t order = KDUMP_LITTLE_ENDIAN;
    kdump_num_t size = 0;
    kdump_status status = kdump_get_number_attr(context_.get(), KDUMP_ATTR_BYTE_ORDER, &order);
    if (status == KDUMP_OK) status = kdump_get_number_attr(context_.get(), KDUMP_ATTR_PTR_SIZE, &size);
    if (status != KDUMP_OK) return error(status, "its machine is not known");
    big_endian_ = order == KDUMP_BIG_ENDIAN;
    pointer_size_ = size == 4 ? 4 : 8;
    char* raw = nullptr;
    status = kdump_vmcoreinfo_raw(context_.get(), &raw);
    const std::unique_ptr<char, Free> text(raw);
    if (status != KDUMP_OK) return error(status, "it has no VMCOREINFO");
    info_ = Vmcoreinfo(text.get());
    facts_ = {info_.value("OSRELEASE"), info_.crash_time()};
    return {};
  }

  std::unique_ptr<const OpenFile> file_;
  std::string place_;
  Context context_;
  Vmcoreinfo info_{""};
  VmcoreFacts facts_;
  bool big_endian_ = false;
  std::size_t pointer_size_ = 8;
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
  if (auto checked = check_vmcore(*file, *format, place, progress); !checked) return std::unexpected(checked.error());
  auto dump = std::make_unique<Dump>(std::move(file), place);
  if (auto opened = dump->open(); !opened) return std::unexpected(opened.error());
  return Vmcore(std::move(dump));
}

const VmcoreFacts& Vmcore::facts() const { return dump_->facts(); }

Result<> Vmcore::read(const TextConsumer& take, const Progress& progress, PrintkStyle style) const {
  auto done = read_printk(*dump_, dump_->info(), take, progress, style);
  if (!done)
    done.error().message += " (" + text::printable(done.error().place) + ")", done.error().place = dump_->place();
  return done;
}

}  // namespace harden
