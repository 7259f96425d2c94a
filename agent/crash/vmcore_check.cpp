// SPDX-License-Identifier: Apache-2.0
//
// libkdumpfile believes a dump's headers: it allocates what they say, and it
// keeps 24 bytes for every stretch of pages in the bitmap, which a hostile
// or a very large dump may have by the million. So the headers are looked at
// first, and the stretches counted.
#include <elf.h>

#include <array>
#include <bit>
#include <cstring>

#include "agent/crash/vmcore.h"

namespace harden {
namespace {

constexpr std::uint64_t kMostNotes = 16 << 20;
constexpr std::uint64_t kMostHeaders = 65536;
constexpr std::uint64_t kBytesPerStretch = 24;

// Numbers of either byte order out of a piece of the file.
class Piece {
 public:
  Piece(std::string bytes, bool big) : bytes_(std::move(bytes)), big_(big) {}

  std::uint64_t number(std::size_t offset, std::size_t size) const {
    if (offset + size > bytes_.size()) return 0;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      value = value << 8 | static_cast<unsigned char>(bytes_[offset + (big_ ? i : size - 1 - i)]);
    }
    return value;
  }
  std::size_t size() const { return bytes_.size(); }

 private:
  std::string bytes_;
  bool big_;
};

class Check {
 public:
  Check(const OpenFile& file, const std::string& place, const Progress& progress)
      : file_(file), place_(place), progress_(progress) {}

  Result<> elf() {
    const auto ident = piece(0, EI_NIDENT, false);
    if (!ident) return std::unexpected(ident.error());
    const bool wide = ident->number(EI_CLASS, 1) == ELFCLASS64;
    const bool big = ident->number(EI_DATA, 1) == ELFDATA2MSB;
    const auto header = piece(0, wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr), big);
    if (!header) return std::unexpected(header.error());
    const Elf at = wide ? Elf{32, 40, 54, 8, sizeof(Elf64_Phdr), sizeof(Elf64_Shdr)}
                        : Elf{28, 32, 42, 4, sizeof(Elf32_Phdr), sizeof(Elf32_Shdr)};
    const std::uint64_t sections = header->number(at.phentsize + 6, 2);
    if (auto good = table(header->number(at.shoff, at.word), sections, at.section); !good) return good;
    // Names of sections: read whole by the library.
    if (sections > 0) {
      if (auto good = names(*header, at, big); !good) return good;
    }
    return segments(*header, at, wide, big);
  }

  Result<> kdump() {
    for (const bool big : {false, true}) {
      for (const std::size_t at : {std::size_t{428}, std::size_t{416}}) {  // 64 and 32 bits
        const auto header = piece(0, at + 24, big);
        if (!header) return std::unexpected(header.error());
        const std::uint64_t block = header->number(at, 4);
        if (block < 4096 || block > (1 << 18) || !std::has_single_bit(block)) continue;
        return kdump_parts(*header, at, block, big);
      }
    }
    return fail(Errc::malformed, "its header has no size of a page", place_);
  }

 private:
  struct Elf {
    std::size_t phoff, shoff, phentsize, word, program, section;
  };

  Result<Piece> piece(std::uint64_t offset, std::size_t size, bool big) const {
    std::string bytes(size, '\0');
    const auto count = file_.read_at(offset, bytes);
    if (!count) return std::unexpected(count.error());
    if (*count != size) return fail(Errc::malformed, "cut off within its headers", place_);
    return Piece(std::move(bytes), big);
  }

  Result<> within(std::uint64_t offset, std::uint64_t size, std::uint64_t most, const char* what) const {
    if (size > most || offset > file_.size() || size > file_.size() - offset) {
      return fail(Errc::malformed, std::string(what) + " do not lie within the file", place_);
    }
    return {};
  }

  Result<> table(std::uint64_t offset, std::uint64_t count, std::uint64_t size) const {
    if (count > kMostHeaders) return fail(Errc::malformed, "it has too many headers", place_);
    if (count == 0) return {};
    return within(offset, count * size, ~std::uint64_t{0}, "headers");
  }

  Result<> names(const Piece& header, const Elf& at, bool big) const {
    const std::uint64_t index = header.number(at.phentsize + 8, 2);
    const auto one = piece(header.number(at.shoff, at.word) + index * at.section, at.section, big);
    if (!one) return std::unexpected(one.error());
    const std::size_t where = at.word == 8 ? 24 : 16;  // sh_offset, and sh_size behind it
    if (one->number(4, 4) != SHT_STRTAB) return {};
    return within(one->number(where, at.word), one->number(where + at.word, at.word), kMostNotes, "names of sections");
  }

  Result<> segments(const Piece& header, const Elf& at, bool wide, bool big) const {
    std::uint64_t count = header.number(at.phentsize + 2, 2);
    const std::uint64_t table_at = header.number(at.phoff, at.word);
    if (count == PN_XNUM) {  // then the first section's sh_info has it
      const auto first = piece(header.number(at.shoff, at.word), at.section, big);
      if (!first) return std::unexpected(first.error());
      count = first->number(wide ? 44 : 28, 4);
    }
    if (count == 0) return fail(Errc::malformed, "it has no segments", place_);
    if (auto good = table(table_at, count, at.program); !good) return good;
    const auto all = piece(table_at, static_cast<std::size_t>(count * at.program), big);
    if (!all) return std::unexpected(all.error());
    std::uint64_t notes = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t one = i * at.program;
      if (all->number(one, 4) != PT_NOTE) continue;
      const std::uint64_t size = all->number(one + (wide ? 32 : 16), at.word);
      if (auto good = within(all->number(one + (wide ? 8 : 4), at.word), size, kMostNotes, "notes"); !good) return good;
      if ((notes += size) > kMostNotes) return fail(Errc::malformed, "it has too many notes", place_);
    }
    return {};
  }

  // Behind the size of a page: the sub-header's size and the bitmaps', in pages,
  // and how many pages there are.
  Result<> kdump_parts(const Piece& header, std::size_t at, std::uint64_t block, bool big) {
    const std::uint64_t sub = header.number(at + 4, 4);
    const std::uint64_t blocks = header.number(at + 8, 4);
    const std::uint64_t bitmaps = (1 + sub) * block;
    if (auto good = within(bitmaps, blocks * block, ~std::uint64_t{0}, "page bitmaps"); !good) return good;
    if (blocks >= INT32_MAX || sub >= INT32_MAX) return fail(Errc::malformed, "its headers are too large", place_);
    if (auto good = notes(block, big, at == 428); !good) return good;
    return stretches(bitmaps, blocks * block);
  }

  // Sizes of the sub-header's parts: at most 16 MiB each, wherever they lie.
  Result<> notes(std::uint64_t block, bool big, bool wide) const {
    if (!wide) return {};  // 32 bits: sizes of 32 bits, which the library bounds by what the file has
    const auto sub = piece(block, 96, big);
    if (!sub) return std::unexpected(sub.error());
    for (const std::size_t at : {32U, 48U, 64U}) {  // vmcoreinfo, notes, eraseinfo
      if (sub->number(at + 8, 8) == 0) continue;
      if (auto good = within(sub->number(at, 8), sub->number(at + 8, 8), kMostNotes, "notes"); !good) return good;
    }
    return {};
  }

  // The second half says which pages are there; a dump without one has all of
  // it in the first. Both are counted, so that either is bounded.
  Result<> stretches(std::uint64_t offset, std::uint64_t size) {
    std::string bytes(64 << 10, '\0');
    std::uint64_t count = 0;
    std::uint64_t carry = 0;
    for (std::uint64_t done = 0; done < size; done += bytes.size()) {
      if (size - done < bytes.size()) bytes.resize(static_cast<std::size_t>(size - done));
      const auto got = file_.read_at(offset + done, bytes);
      if (!got) return std::unexpected(got.error());
      for (std::size_t i = 0; i + 8 <= *got; i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data() + i, 8);
        count += static_cast<unsigned>(std::popcount(word & ~(word << 1 | carry)));
        carry = word >> 63;
      }
      if (progress_) progress_(done, size);
    }
    if (size / 2 + count * kBytesPerStretch <= kMostVmcoreMemory) return {};
    return fail(
        Errc::too_large,
        "its pages lie in " + std::to_string(count) +
            " stretches, which takes too much memory; extract the log with `makedumpfile --dump-dmesg` and read that",
        place_);
  }

  const OpenFile& file_;
  const std::string& place_;
  const Progress& progress_;
};

}  // namespace

Result<> check_vmcore(const OpenFile& file, VmcoreFormat format, const std::string& place, const Progress& progress) {
  Check check(file, place, progress);
  return format == VmcoreFormat::elf ? check.elf() : check.kdump();
}

}  // namespace harden
