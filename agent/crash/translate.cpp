// SPDX-License-Identifier: Apache-2.0
#include "agent/crash/translate.h"

#include <algorithm>
#include <array>

namespace harden {
namespace {

using Stretch = DumpFile::Stretch;
constexpr std::uint64_t kAll = ~std::uint64_t{0};

Result<Stretch> by_headers(const DumpFile& dump, std::uint64_t address) {
  if (const auto found = dump.stretch_at(address)) return *found;
  return fail(Errc::malformed, "the dump does not tell where an address of the kernel lies", "");
}

class ByHeaders final : public Translator {
 public:
  explicit ByHeaders(const DumpFile& dump) : dump_(dump) {}
  Result<Stretch> stretch_at(std::uint64_t address) const override { return by_headers(dump_, address); }

 private:
  const DumpFile& dump_;
};

// Addresses from `first` to `last` are `first` at `physical`.
struct Linear {
  std::uint64_t first, last, physical;
};

// Machines that map memory in one piece or two, each moved by a number.
class ByPieces final : public Translator {
 public:
  ByPieces(const DumpFile& dump, std::vector<Linear> pieces) : dump_(dump), pieces_(std::move(pieces)) {}

  Result<Stretch> stretch_at(std::uint64_t address) const override {
    for (const Linear& one : pieces_) {
      if (address < one.first || address > one.last) continue;
      const std::uint64_t length = one.last - address;
      return Stretch{address - one.first + one.physical, length == kAll ? kAll : length + 1};
    }
    return by_headers(dump_, address);
  }

 private:
  const DumpFile& dump_;
  std::vector<Linear> pieces_;
};

// x86-64 (Documentation/arch/x86/x86_64/mm.rst): the kernel itself is mapped by
// its physical base; everything else by page tables of four or five levels.
class ByPageTables final : public Translator {
 public:
  ByPageTables(const DumpFile& dump, const Vmcoreinfo& info) : dump_(dump) {
    base_ = info.number("phys_base");
    if (!base_) base_ = dump.machine().physical_base;
    for (const char* name : {"swapper_pg_dir", "init_top_pgt", "init_level4_pgt"}) {
      if (!tables_) tables_ = info.symbol(name);
    }
    levels_ = info.number("pgtable_l5_enabled") == 1 ? 5 : 4;
    encryption_ = info.number("sme_mask").value_or(0);
  }

  Result<Stretch> stretch_at(std::uint64_t address) const override {
    if (base_ && address >= kText && address <= kTextEnd)
      return Stretch{address - kText + *base_, kTextEnd - address + 1};
    if (base_ && tables_ && *tables_ >= kText && *tables_ <= kTextEnd) {
      if (const auto walked = walk(address)) return *walked;
    }
    return by_headers(dump_, address);
  }

 private:
  static constexpr std::uint64_t kText = 0xffffffff80000000;     // __START_KERNEL_map
  static constexpr std::uint64_t kTextEnd = 0xffffffffbfffffff;  // KERNEL_IMAGE_SIZE, 1 GiB
  static constexpr std::uint64_t kPresent = 1;
  static constexpr std::uint64_t kHuge = 1 << 7;  // PAT in the last level, where it is not looked at
  static constexpr std::uint64_t kFrame = 0x000ffffffffff000;

  Result<Stretch> walk(std::uint64_t address) const {
    std::uint64_t table = *tables_ - kText + *base_;
    for (int level = levels_; level > 0; --level) {
      const int shift = 12 + 9 * (level - 1);
      const auto entry = entry_at(table + (address >> shift & 0x1ff) * 8);
      if (!entry) return std::unexpected(entry.error());
      if ((*entry & kPresent) == 0) return fail(Errc::malformed, "an address of the kernel is not mapped", "");
      table = *entry & kFrame & ~encryption_;
      if (level == 1 || (level <= 3 && (*entry & kHuge) != 0)) {
        const std::uint64_t inside = address & ((std::uint64_t{1} << shift) - 1);
        return Stretch{(table & ~((std::uint64_t{1} << shift) - 1)) + inside, (std::uint64_t{1} << shift) - inside};
      }
    }
    return fail(Errc::malformed, "an address of the kernel is not mapped", "");
  }

  Result<std::uint64_t> entry_at(std::uint64_t physical) const {
    std::array<char, 8> bytes{};
    if (auto done = dump_.read(physical, bytes); !done) return std::unexpected(done.error());
    std::uint64_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
  }

  const DumpFile& dump_;
  std::optional<std::uint64_t> base_;
  std::optional<std::uint64_t> tables_;  // the kernel's address of the first one
  int levels_ = 4;
  std::uint64_t encryption_ = 0;  // a bit of an entry that is no address (AMD's SME)
};

// arm64 (Documentation/arch/arm64/memory.rst): since 5.4 memory lies in the lower
// half of the kernel's addresses and the kernel in the upper one; before, the
// other way round. _stext tells which.
std::vector<Linear> arm64_pieces(const Vmcoreinfo& info) {
  const auto bits = info.number("VA_BITS");
  const auto memory = info.number("PHYS_OFFSET");
  const auto offset = info.number("kimage_voffset");
  const auto text = info.symbol("_stext");
  if (!bits || !memory || !text || *bits < 36 || *bits > 52) return {};
  const std::uint64_t start = kAll << *bits;
  const std::uint64_t half = kAll << (std::min<std::uint64_t>(*bits, 48) - 1);
  const bool kernel_above = (*text & (std::uint64_t{1} << (std::min<std::uint64_t>(*bits, 48) - 1))) != 0;
  std::vector<Linear> pieces = {kernel_above ? Linear{start, half - 1, *memory} : Linear{half, kAll, *memory}};
  if (offset) {
    const Linear kernel = kernel_above ? Linear{half, kAll, half - *offset} : Linear{start, half - 1, start - *offset};
    pieces.push_back(kernel);
  }
  return pieces;
}

// riscv64 (Documentation/arch/riscv/vm-layout.rst).
std::vector<Linear> riscv64_pieces(const Vmcoreinfo& info) {
  const auto memory = info.number("phys_ram_base");
  const auto page_offset = info.number("PAGE_OFFSET");
  const auto kernel = info.number("KERNEL_LINK_ADDR");
  const auto moved = info.number("va_kernel_pa_offset");
  std::vector<Linear> pieces;
  if (kernel && moved) pieces.push_back({*kernel, kAll, *kernel - *moved});
  if (memory && page_offset) pieces.push_back({*page_offset, kernel ? *kernel - 1 : kAll, *memory});
  return pieces;
}

// i386: memory begins at a gigabyte that VMSPLIT chooses, the same the kernel
// itself lies in; its log is never in high memory.
std::vector<Linear> i386_pieces(const Vmcoreinfo& info) {
  const auto text = info.symbol("_stext");
  if (!text) return {};
  return {{*text & 0xc0000000, 0xffffffff, 0}};
}

}  // namespace

std::unique_ptr<const Translator> translator_of(const DumpFile& dump, const Vmcoreinfo& info) {
  const std::string& name = dump.machine().name;
  const auto pieces = [&](std::vector<Linear> all) { return std::make_unique<ByPieces>(dump, std::move(all)); };
  if (name == "x86_64") return std::make_unique<ByPageTables>(dump, info);
  if (name == "aarch64") return pieces(arm64_pieces(info));
  if (name == "riscv64") return pieces(riscv64_pieces(info));
  if (name == "i686" || name == "i586" || name == "i386") return pieces(i386_pieces(info));
  if (name == "s390x") return pieces({{0, kAll, 0}});
  if (name == "ppc64" || name == "ppc64le") return pieces({{0xc000000000000000, 0xcfffffffffffffff, 0}});
  return std::make_unique<ByHeaders>(dump);
}

}  // namespace harden
