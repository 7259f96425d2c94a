// SPDX-License-Identifier: Apache-2.0
//
// The kdump-compressed format (makedumpfile's diskdump_mod.h and IMPLEMENTATION):
//   block 0   disk_dump_header: the machine, sizes
//   block 1…  kdump_sub_header: where VMCOREINFO is
//   then      two bitmaps of pages: those that are memory, those that are here
//   then      a descriptor for each page that is here, in order
//   then      the pages
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <list>

#include "agent/crash/dump_bytes.h"
#include "agent/crash/dump_file.h"
#include "agent/crash/unpack_page.h"

namespace harden {
namespace {

constexpr std::uint64_t kMostBitmap = 512 << 20;  // 16 TiB of pages of 4 KiB
constexpr std::size_t kStep = 4 << 10;            // bytes of the bitmap that are counted as one
constexpr std::size_t kDescriptor = 24;
constexpr std::size_t kMachineAt = 12 + 4 * 65;  // new_utsname, its fifth member
constexpr std::size_t kNameSize = 65;
constexpr std::size_t kKeptPages = 16;

// Offsets of members, of 64 and of 32 bits (i386, whose 64-bit numbers lie on four bytes).
struct Layout {
  std::size_t block_size;  // behind it: sub-header's blocks, bitmaps' blocks, pages
  std::size_t word;        // bytes of a long
  std::size_t split, vmcoreinfo, vmcoreinfo_size, max_mapnr_64;
};
constexpr Layout kWide{428, 8, 12, 32, 40, 96};
constexpr Layout kNarrow{416, 4, 8, 20, 28, 72};

bool is_block_size(std::uint64_t size) { return size >= 4096 && size <= (1 << 18) && std::has_single_bit(size); }

// Eight bytes at a time: most processors that are compiled for count them with a call.
std::uint64_t bits_in(std::span<const char> bytes) {
  std::uint64_t count = 0;
  while (!bytes.empty()) {
    std::uint64_t word = 0;
    const std::size_t length = std::min(sizeof word, bytes.size());
    std::memcpy(&word, bytes.data(), length);
    count += static_cast<unsigned>(std::popcount(word));
    bytes = bytes.subspan(length);
  }
  return count;
}

class KdumpDump final : public DumpFile {
 public:
  KdumpDump(std::unique_ptr<const OpenFile> file, std::string place)
      : file_(std::move(file)), place_(std::move(place)) {}

  // The size of a page lies where the machine's own words say, and is a power of
  // two in one byte order alone.
  Result<> open(const Progress& progress) {
    for (const bool big : {false, true}) {
      for (const Layout& at : {kWide, kNarrow}) {
        const auto header = dump_bytes(*file_, place_, 0, at.block_size + 16, big);
        if (!header) return std::unexpected(header.error());
        if (!is_block_size(header->number(at.block_size, 4))) continue;
        machine_.big_endian = big;
        machine_.pointer_size = at.word;
        return headers(*header, at, progress);
      }
    }
    return fail(Errc::malformed, "its header has no size of a page", place_);
  }

  Result<> read(std::uint64_t physical, std::span<char> buffer) const override {
    while (!buffer.empty()) {
      const auto page = page_at(physical / block_);
      if (!page) return std::unexpected(page.error());
      const auto skip = static_cast<std::size_t>(physical % block_);
      const std::string_view part = std::string_view(**page).substr(skip, buffer.size());
      std::ranges::copy(part, buffer.begin());
      buffer = buffer.subspan(part.size());
      physical += part.size();
    }
    return {};
  }

 private:
  struct Kept {
    std::uint64_t number;
    std::string page;
  };

  Result<> headers(const DumpBytes& header, const Layout& at, const Progress& progress) {
    machine_.name = header.text(kMachineAt, kNameSize);
    block_ = header.number(at.block_size, 4);
    const std::uint64_t sub_blocks = header.number(at.block_size + 4, 4);
    const std::uint64_t bitmap_blocks = header.number(at.block_size + 8, 4);
    pages_ = header.number(at.block_size + 12, 4);
    if (sub_blocks == 0 || sub_blocks > INT32_MAX || bitmap_blocks > INT32_MAX) {
      return fail(Errc::malformed, "its headers have no size", place_);
    }
    if (auto good = sub_header(header.number(8, 4), at); !good) return good;
    return bitmaps((1 + sub_blocks) * block_, bitmap_blocks * block_, progress);
  }

  Result<> sub_header(std::uint64_t version, const Layout& at) {
    const auto sub = dump_bytes(*file_, place_, block_, at.max_mapnr_64 + 8, machine_.big_endian);
    if (!sub) return std::unexpected(sub.error());
    if (version >= 2 && sub->number(at.split, 4) != 0) {
      return fail(
          Errc::unsupported,
          "one part of a dump that was split; put the parts together with `makedumpfile --reassemble` and read that",
          place_);
    }
    if (version >= 6) pages_ = sub->number(at.max_mapnr_64, 8);
    if (machine_.name == "x86_64" && version >= 1) machine_.physical_base = sub->number(0, 8);
    return vmcoreinfo(version < 3 ? 0 : sub->number(at.vmcoreinfo, 8), sub->number(at.vmcoreinfo_size, at.word));
  }

  Result<> vmcoreinfo(std::uint64_t offset, std::uint64_t size) {
    if (offset == 0 || size == 0) return {};
    if (auto good = dump_part(*file_, place_, offset, size, kMostVmcoreinfo, "its notes"); !good) return good;
    const auto text = dump_bytes(*file_, place_, offset, static_cast<std::size_t>(size), false);
    if (!text) return std::unexpected(text.error());
    machine_.vmcoreinfo = text->text(0, text->size());
    return {};
  }

  // The second bitmap says which pages are here. A dump of diskdump has one alone.
  Result<> bitmaps(std::uint64_t offset, std::uint64_t size, const Progress& progress) {
    if (auto good = dump_part(*file_, place_, offset, size, ~std::uint64_t{0}, "page bitmaps"); !good) return good;
    descriptors_at_ = offset + size;
    const std::uint64_t needed = pages_ / 8 + (pages_ % 8 != 0 ? 1 : 0);
    if (needed > size) return fail(Errc::malformed, "its page bitmaps are too small for its pages", place_);
    if (needed > kMostBitmap) {
      return fail(Errc::too_large,
                  "it is of more than 16 TiB; extract the log with `makedumpfile --dump-dmesg` and read that", place_);
    }
    bitmap_at_ = needed <= size / 2 ? offset + size / 2 : offset;
    return count_pages(needed, progress);
  }

  // How many pages are here before each step of the bitmap.
  Result<> count_pages(std::uint64_t size, const Progress& progress) {
    std::string bytes;
    std::uint64_t count = 0;
    for (std::uint64_t done = 0; done < size; done += kStep) {
      before_.push_back(count);
      bytes.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kStep, size - done)));
      if (auto got = fill(bitmap_at_ + done, bytes); !got) return got;
      count += bits_in(bytes);
      if (progress) progress(done + bytes.size(), size);
    }
    return {};
  }

  Result<> fill(std::uint64_t offset, std::span<char> buffer) const {
    const auto count = file_->read_at(offset, buffer);
    if (!count) return std::unexpected(count.error());
    if (*count != buffer.size())
      return fail(Errc::malformed, "cut off: a part of the kernel's log is not in it", place_);
    return {};
  }

  std::unexpected<Error> not_here() const {
    return fail(Errc::malformed, "a part of the kernel's log is not in it", place_);
  }

  // Which of the pages that are here it is. Bit 0 of a byte is its first page.
  Result<std::uint64_t> place_of(std::uint64_t number) const {
    if (number >= pages_) return not_here();
    const std::uint64_t step = number / 8 / kStep;
    std::array<char, kStep> bytes;
    const std::span<char> part = std::span(bytes).first(static_cast<std::size_t>(number / 8 - step * kStep + 1));
    if (auto got = fill(bitmap_at_ + step * kStep, part); !got) return std::unexpected(got.error());
    const auto last = static_cast<unsigned char>(part.back());
    if ((last >> number % 8 & 1) == 0) return not_here();
    const std::uint64_t count = before_[static_cast<std::size_t>(step)] + bits_in(part.first(part.size() - 1));
    return count + static_cast<unsigned>(std::popcount(last & ((1U << number % 8) - 1)));
  }

  // The pages that were asked for last are kept: those of page tables are asked
  // for again and again.
  Result<const std::string*> page_at(std::uint64_t number) const {
    const auto found = std::ranges::find(kept_, number, &Kept::number);
    if (found != kept_.end()) {
      kept_.splice(kept_.begin(), kept_, found);
      return &kept_.front().page;
    }
    auto page = unpacked(number);
    if (!page) return std::unexpected(page.error());
    if (kept_.size() == kKeptPages) kept_.pop_back();
    kept_.push_front({number, std::move(*page)});
    return &kept_.front().page;
  }

  Result<std::string> unpacked(std::uint64_t number) const {
    const auto place = place_of(number);
    if (!place) return std::unexpected(place.error());
    const auto descriptor =
        dump_bytes(*file_, place_, descriptors_at_ + *place * kDescriptor, kDescriptor, machine_.big_endian);
    if (!descriptor) return std::unexpected(descriptor.error());
    const std::uint64_t size = descriptor->number(8, 4);
    if (size > block_) return fail(Errc::malformed, "a page of it is larger than a page", place_);
    std::string packed(static_cast<std::size_t>(size), '\0');
    if (auto got = fill(descriptor->number(0, 8), packed); !got) return std::unexpected(got.error());
    std::string page(static_cast<std::size_t>(block_), '\0');
    auto done = unpack_page(static_cast<std::uint32_t>(descriptor->number(12, 4)), packed, page);
    if (!done) return fail(done.error().code, done.error().message, place_);
    return page;
  }

  std::unique_ptr<const OpenFile> file_;
  std::string place_;
  std::uint64_t block_ = 0;  // bytes of a page
  std::uint64_t pages_ = 0;
  std::uint64_t bitmap_at_ = 0;
  std::uint64_t descriptors_at_ = 0;
  std::vector<std::uint64_t> before_;
  mutable std::list<Kept> kept_;
};

}  // namespace

Result<std::unique_ptr<const DumpFile>> open_kdump_dump(std::unique_ptr<const OpenFile> file, const std::string& place,
                                                        const Progress& progress) {
  auto dump = std::make_unique<KdumpDump>(std::move(file), place);
  if (auto opened = dump->open(progress); !opened) return std::unexpected(opened.error());
  return dump;
}

}  // namespace harden
