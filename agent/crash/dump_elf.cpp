// SPDX-License-Identifier: Apache-2.0
//
// ELF cores (elf(5)): a PT_LOAD segment is a stretch of physical memory, and
// says by which of the kernel's addresses it is used; VMCOREINFO is a note.
#include <elf.h>

#include <algorithm>
#include <array>

#include "agent/crash/dump_bytes.h"
#include "agent/crash/dump_file.h"

namespace harden {
namespace {

constexpr std::uint64_t kMostHeaders = 65536;
constexpr std::uint64_t kMostNotes = 16 << 20;
constexpr std::uint64_t kKernelText = 0xffffffff80000000;  // __START_KERNEL_map of x86-64

struct Segment {
  std::uint64_t at = 0;      // the first address
  std::uint64_t length = 0;  // bytes
  std::uint64_t to = 0;      // where they are: in the file, or in physical memory

  std::uint64_t end() const { return at + length; }
};

// Segments may name the same memory twice, as those of /proc/vmcore do with the
// kernel's own. The first one by address counts, so that one search finds it.
void make_disjoint(std::vector<Segment>& segments) {
  std::ranges::sort(segments, {}, &Segment::at);
  std::vector<Segment> apart;
  std::uint64_t covered = 0;
  for (Segment one : segments) {
    if (one.length > ~std::uint64_t{0} - one.at) one.length = ~std::uint64_t{0} - one.at;
    if (one.at < covered) {
      const std::uint64_t skip = std::min(covered - one.at, one.length);
      one = {one.at + skip, one.length - skip, one.to + skip};
    }
    if (one.length == 0) continue;
    covered = one.end();
    apart.push_back(one);
  }
  segments = std::move(apart);
}

const Segment* segment_at(const std::vector<Segment>& segments, std::uint64_t address) {
  const auto after = std::ranges::upper_bound(segments, address, {}, &Segment::at);
  if (after == segments.begin()) return nullptr;
  const Segment& one = *std::prev(after);
  return address < one.end() ? &one : nullptr;
}

// Offsets of members, of 64 and of 32 bits.
struct Layout {
  std::size_t phoff, shoff, phnum, word;
  std::size_t program, offset, vaddr, paddr, filesz, memsz;
  std::size_t section, info;
};
constexpr Layout kWide{32, 40, 56, 8, sizeof(Elf64_Phdr), 8, 16, 24, 32, 40, sizeof(Elf64_Shdr), 44};
constexpr Layout kNarrow{28, 32, 44, 4, sizeof(Elf32_Phdr), 4, 8, 12, 16, 20, sizeof(Elf32_Shdr), 28};

std::string machine_name(std::uint64_t number, bool wide, bool big) {
  switch (number) {
    case EM_X86_64: return "x86_64";
    case EM_386: return "i686";
    case EM_AARCH64: return "aarch64";
    case EM_S390: return wide ? "s390x" : "";
    case EM_RISCV: return wide ? "riscv64" : "";
    case EM_PPC64: return big ? "ppc64" : "ppc64le";
    default: return "";
  }
}

class ElfDump final : public DumpFile {
 public:
  ElfDump(std::unique_ptr<const OpenFile> file, std::string place) : file_(std::move(file)), place_(std::move(place)) {}

  Result<> open() {
    const auto ident = dump_bytes(*file_, place_, 0, EI_NIDENT, false);
    if (!ident) return std::unexpected(ident.error());
    const bool wide = ident->number(EI_CLASS, 1) == ELFCLASS64;
    machine_.big_endian = ident->number(EI_DATA, 1) == ELFDATA2MSB;
    machine_.pointer_size = wide ? 8 : 4;
    const auto header = dump_bytes(*file_, place_, 0, wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr), big());
    if (!header) return std::unexpected(header.error());
    machine_.name = machine_name(header->number(18, 2), wide, big());
    return segments(*header, wide ? kWide : kNarrow);
  }

  Result<> read(std::uint64_t physical, std::span<char> buffer) const override {
    while (!buffer.empty()) {
      const Segment* one = segment_at(memory_, physical);
      if (one == nullptr) {
        const std::size_t left_out = zeros_at(physical, buffer.size());
        if (left_out == 0) return fail(Errc::malformed, "a part of the kernel's log is not in it", place_);
        std::ranges::fill(buffer.first(left_out), '\0');
        buffer = buffer.subspan(left_out);
        physical += left_out;
        continue;
      }
      const std::uint64_t skip = physical - one->at;
      const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), one->length - skip));
      const auto count = file_->read_at(one->to + skip, buffer.first(length));
      if (!count) return std::unexpected(count.error());
      if (*count != length) return fail(Errc::malformed, "cut off: a part of the kernel's log is not in it", place_);
      buffer = buffer.subspan(length);
      physical += length;
    }
    return {};
  }

  std::optional<Stretch> stretch_at(std::uint64_t address) const override {
    const Segment* one = segment_at(addresses_, address);
    if (one == nullptr) return std::nullopt;
    return Stretch{one->to + (address - one->at), one->end() - address};
  }

 private:
  bool big() const { return machine_.big_endian; }

  // How many bytes from here on, at most `most`, are memory that the file leaves out: makedumpfile does that to
  // pages of zeros.
  std::size_t zeros_at(std::uint64_t physical, std::size_t most) const {
    const Segment* one = segment_at(claimed_, physical);
    if (one == nullptr) return 0;
    const auto next = std::ranges::upper_bound(memory_, physical, {}, &Segment::at);
    const std::uint64_t end = next == memory_.end() ? one->end() : std::min(one->end(), next->at);
    return static_cast<std::size_t>(std::min<std::uint64_t>(most, end - physical));
  }

  // More than 65,534: then the first section's sh_info says how many.
  Result<std::uint64_t> count_of(const DumpBytes& header, const Layout& at) const {
    const std::uint64_t count = header.number(at.phnum, 2);
    if (count != PN_XNUM) return count;
    const auto first = dump_bytes(*file_, place_, header.number(at.shoff, at.word), at.section, big());
    if (!first) return std::unexpected(first.error());
    return first->number(at.info, 4);
  }

  Result<> segments(const DumpBytes& header, const Layout& at) {
    const auto count = count_of(header, at);
    if (!count) return std::unexpected(count.error());
    if (*count == 0) return fail(Errc::malformed, "it has no segments", place_);
    if (*count > kMostHeaders) return fail(Errc::malformed, "it has too many headers", place_);
    const auto all = dump_bytes(*file_, place_, header.number(at.phoff, at.word),
                                static_cast<std::size_t>(*count) * at.program, big());
    if (!all) return std::unexpected(all.error());
    for (std::size_t i = 0; i < *count; ++i) {
      const std::size_t one = i * at.program;
      const std::uint64_t offset = all->number(one + at.offset, at.word);
      const std::uint64_t size = all->number(one + at.filesz, at.word);
      const std::uint64_t type = all->number(one, 4);
      if (type == PT_NOTE) {
        if (auto good = notes(offset, size); !good) return good;
      } else if (type == PT_LOAD) {
        load({all->number(one + at.paddr, at.word), size, offset}, all->number(one + at.vaddr, at.word),
             all->number(one + at.memsz, at.word));
      }
    }
    make_disjoint(memory_);
    make_disjoint(claimed_);
    make_disjoint(addresses_);
    return {};
  }

  void load(const Segment& part, std::uint64_t address, std::uint64_t size) {
    memory_.push_back(part);
    claimed_.push_back({part.at, std::max(size, part.length), 0});
    addresses_.push_back({address, std::max(size, part.length), part.at});
    const bool text = machine_.name == "x86_64" && address >= kKernelText;
    if (text && !machine_.physical_base) machine_.physical_base = part.at - (address - kKernelText);
  }

  // A note: sizes of its name and of what it says, its type, and both, each
  // filled up to four bytes.
  Result<> notes(std::uint64_t offset, std::uint64_t size) {
    if (auto good = dump_part(*file_, place_, offset, size, kMostNotes - notes_, "notes"); !good) return good;
    notes_ += size;
    const auto all = dump_bytes(*file_, place_, offset, static_cast<std::size_t>(size), big());
    if (!all) return std::unexpected(all.error());
    for (std::size_t at = 0; at + 12 <= all->size();) {
      const auto name_size = static_cast<std::size_t>(all->number(at, 4));
      const auto text_size = static_cast<std::size_t>(all->number(at + 4, 4));
      const std::size_t name_at = at + 12;
      const std::size_t text_at = name_at + (name_size + 3) / 4 * 4;
      if (all->text(name_at, name_size) == "VMCOREINFO" && text_at < all->size() && machine_.vmcoreinfo.empty()) {
        machine_.vmcoreinfo = all->text(text_at, std::min<std::size_t>(text_size, kMostVmcoreinfo));
      }
      at = text_at + (text_size + 3) / 4 * 4;
    }
    return {};
  }

  std::unique_ptr<const OpenFile> file_;
  std::string place_;
  std::uint64_t notes_ = 0;
  std::vector<Segment> memory_;     // physical memory, where it is in the file
  std::vector<Segment> claimed_;    // the same, and what the segments are longer than what the file has of them
  std::vector<Segment> addresses_;  // the kernel's addresses, where they are in physical memory
};

}  // namespace

Result<std::unique_ptr<const DumpFile>> open_elf_dump(std::unique_ptr<const OpenFile> file, const std::string& place) {
  auto dump = std::make_unique<ElfDump>(std::move(file), place);
  if (auto opened = dump->open(); !opened) return std::unexpected(opened.error());
  return dump;
}

}  // namespace harden
