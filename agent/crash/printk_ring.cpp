// SPDX-License-Identifier: Apache-2.0
//
// The lockless ring buffer. A descriptor's id tells its place in the arrays of
// descriptors and infos, and its state whether a record stands there; the
// record's text is a block of the text ring, behind the id of its descriptor.
// A block that would cross the ring's end lies at its start instead.
#include <array>
#include <cstdio>

#include "agent/crash/printk.h"

namespace harden {
namespace {

constexpr unsigned kMostCountBits = 26;  // for LOG_BUF_LEN_MAX, 2 GiB, at 32 bytes a record
constexpr unsigned kMostSizeBits = 31;
constexpr std::uint32_t kCallerIsCpu = 0x80000000;

// Members as VMCOREINFO gives them, the nested ones added up.
struct Layout {
  std::uint64_t ring_size, descs, infos, count_bits, head_id, tail_id, data, size_bits;
  std::uint64_t desc_size, state, begin, next;
  std::uint64_t info_size, nanoseconds, text_length, caller;
  bool has_caller = false;
};

class LayoutReader {
 public:
  explicit LayoutReader(const Vmcoreinfo& info) : info_(info) {}

  std::uint64_t size(std::string_view name) { return keep(info_.size(name), name); }

  std::uint64_t offset(std::string_view first, std::string_view second = {}, std::string_view third = {}) {
    std::uint64_t sum = keep(info_.offset(first), first);
    if (!second.empty()) sum += keep(info_.offset(second), second);
    if (!third.empty()) sum += keep(info_.offset(third), third);
    return sum;
  }

  const Result<>& state() const { return state_; }

 private:
  std::uint64_t keep(std::optional<std::uint64_t> value, std::string_view name) {
    const auto found = needed(value, name);
    if (!found && state_) state_ = std::unexpected(found.error());
    return found.value_or(0);
  }

  const Vmcoreinfo& info_;
  Result<> state_;
};

Result<Layout> layout_of(const Vmcoreinfo& info) {
  LayoutReader of(info);
  const std::string_view descriptors = "printk_ringbuffer.desc_ring";
  const std::string_view texts = "printk_ringbuffer.text_data_ring";
  Layout to{};
  to.ring_size = of.size("printk_ringbuffer");
  to.descs = of.offset(descriptors, "prb_desc_ring.descs");
  to.infos = of.offset(descriptors, "prb_desc_ring.infos");
  to.count_bits = of.offset(descriptors, "prb_desc_ring.count_bits");
  to.head_id = of.offset(descriptors, "prb_desc_ring.head_id", "atomic_long_t.counter");
  to.tail_id = of.offset(descriptors, "prb_desc_ring.tail_id", "atomic_long_t.counter");
  to.data = of.offset(texts, "prb_data_ring.data");
  to.size_bits = of.offset(texts, "prb_data_ring.size_bits");
  to.desc_size = of.size("prb_desc");
  to.state = of.offset("prb_desc.state_var", "atomic_long_t.counter");
  to.begin = of.offset("prb_desc.text_blk_lpos", "prb_data_blk_lpos.begin");
  to.next = of.offset("prb_desc.text_blk_lpos", "prb_data_blk_lpos.next");
  to.info_size = of.size("printk_info");
  to.nanoseconds = of.offset("printk_info.ts_nsec");
  to.text_length = of.offset("printk_info.text_len");
  if (!of.state()) return std::unexpected(of.state().error());
  to.has_caller = info.offset("printk_info.caller_id").has_value();
  to.caller = info.offset("printk_info.caller_id").value_or(0);
  return to;
}

// Numbers out of one structure that was read whole; one outside of it is 0,
// and makes the structure bad.
class Structure {
 public:
  Structure(const KernelMemory& memory, std::string_view bytes) : memory_(memory), bytes_(bytes) {}

  std::uint64_t number(std::uint64_t offset, std::size_t size) {
    if (offset > bytes_.size() || size > bytes_.size() - offset) {
      good_ = false;
      return 0;
    }
    return memory_.number(bytes_.substr(static_cast<std::size_t>(offset), size));
  }
  std::uint64_t word(std::uint64_t offset) { return number(offset, memory_.pointer_size()); }
  bool good() const { return good_; }

 private:
  const KernelMemory& memory_;
  std::string_view bytes_;
  bool good_ = true;
};

struct Ring {
  std::uint64_t descs, infos, data;  // addresses
  std::uint64_t count, size;         // of descriptors, of bytes of text
  std::uint64_t head, tail;          // ids
};

std::uint64_t id_mask(const KernelMemory& memory) { return ~std::uint64_t{0} >> (66 - 8 * memory.pointer_size()); }

Result<Ring> ring_of(const KernelMemory& memory, const Vmcoreinfo& info, const Layout& layout) {
  const auto address = variable(memory, info, "prb", memory.pointer_size());
  if (!address) return std::unexpected(address.error());
  std::string bytes(static_cast<std::size_t>(layout.ring_size), '\0');
  if (auto done = memory.read(*address, bytes); !done) return std::unexpected(done.error());
  Structure ring(memory, bytes);
  const auto count_bits = ring.number(layout.count_bits, 4);
  const auto size_bits = ring.number(layout.size_bits, 4);
  Ring to{ring.word(layout.descs),   ring.word(layout.infos),  ring.word(layout.data), 0, 0,
          ring.word(layout.head_id), ring.word(layout.tail_id)};
  if (!ring.good()) return fail(Errc::malformed, "its members lie outside of printk_ringbuffer", "VMCOREINFO");
  if (count_bits > kMostCountBits || size_bits == 0 || size_bits > kMostSizeBits) {
    return fail(Errc::malformed, "the ring buffer says that it is impossibly large", "printk_ringbuffer");
  }
  to.count = std::uint64_t{1} << count_bits;
  to.size = std::uint64_t{1} << size_bits;
  return to;
}

std::string caller_text(std::uint64_t caller) {
  const auto id = static_cast<std::uint32_t>(caller);
  return ((id & kCallerIsCpu) != 0 ? "C" : "T") + std::to_string(id & ~kCallerIsCpu);
}

class RingReader {
 public:
  RingReader(const KernelMemory& memory, const Layout& layout, const Ring& ring, PrintkText& text, PrintkStyle style)
      : memory_(memory),
        layout_(layout),
        ring_(ring),
        text_(text),
        callers_(style.callers && layout.has_caller),
        descs_(memory, ring.descs, ring.count * layout.desc_size),
        infos_(memory, ring.infos, ring.count * layout.info_size),
        data_(memory, ring.data, ring.size) {}

  Result<> run(const Progress& progress) {
    const std::uint64_t mask = id_mask(memory_);
    const std::uint64_t records = ((ring_.head - ring_.tail) & mask) + 1;
    if (records > ring_.count) {
      return fail(Errc::malformed, "the ring buffer holds more records than it has room for", "printk_ringbuffer");
    }
    for (std::uint64_t i = 0; i < records && more_; ++i) {
      if (auto done = record((ring_.tail + i) & mask); !done) return done;
      if (progress && (i % 1024 == 0 || i + 1 == records)) progress(i + 1, records);
    }
    return {};
  }

 private:
  Result<> record(std::uint64_t id) {
    const auto bytes = descs_.at(id % ring_.count * layout_.desc_size, static_cast<std::size_t>(layout_.desc_size));
    if (!bytes) return std::unexpected(bytes.error());
    Structure desc(memory_, *bytes);
    const std::uint64_t state = desc.word(layout_.state);
    const std::uint64_t begin = desc.word(layout_.begin) % ring_.size;
    const std::uint64_t next = desc.word(layout_.next) % ring_.size;
    if (!desc.good()) return fail(Errc::malformed, "its members lie outside of prb_desc", "VMCOREINFO");
    if (!holds_a_record(id, state) || begin == next) return {};  // begin == next: without text
    return with_text(id, begin > next ? 0 : begin, next);
  }

  // Committed (1) or finalized (2): reserved is unfinished, reusable is void.
  bool holds_a_record(std::uint64_t id, std::uint64_t state) const {
    const std::uint64_t mask = id_mask(memory_);
    const std::uint64_t flags = (state & ~mask) >> (8 * memory_.pointer_size() - 2);
    return (state & mask) == id && (flags == 1 || flags == 2);
  }

  Result<> with_text(std::uint64_t id, std::uint64_t begin, std::uint64_t next) {
    const auto bytes = infos_.at(id % ring_.count * layout_.info_size, static_cast<std::size_t>(layout_.info_size));
    if (!bytes) return std::unexpected(bytes.error());
    Structure info(memory_, *bytes);
    const std::uint64_t nanoseconds = info.number(layout_.nanoseconds, 8);
    std::uint64_t length = info.number(layout_.text_length, 2);
    const std::string caller = callers_ ? caller_text(info.number(layout_.caller, 4)) : "";
    if (!info.good()) return fail(Errc::malformed, "its members lie outside of printk_info", "VMCOREINFO");
    begin += memory_.pointer_size();  // the id of the block's descriptor
    length = next > begin ? std::min(length, next - begin) : 0;
    // No two records share a block, so their texts together fit into the ring.
    taken_ += length;
    if (taken_ > ring_.size) return fail(Errc::malformed, "records of the ring buffer overlap", "printk_ringbuffer");
    const auto text = data_.at(begin, static_cast<std::size_t>(length));
    if (!text) return std::unexpected(text.error());
    more_ = text_.record(nanoseconds, caller, *text);
    return {};
  }

  const KernelMemory& memory_;
  const Layout& layout_;
  const Ring& ring_;
  PrintkText& text_;
  bool callers_;
  MemoryWindow descs_, infos_, data_;
  std::uint64_t taken_ = 0;
  bool more_ = true;
};

}  // namespace

Result<> read_printk_ring(const KernelMemory& memory, const Vmcoreinfo& info, PrintkText& text,
                          const Progress& progress, PrintkStyle style) {
  const auto layout = layout_of(info);
  if (!layout) return std::unexpected(layout.error());
  const auto ring = ring_of(memory, info, *layout);
  if (!ring) return std::unexpected(ring.error());
  return RingReader(memory, *layout, *ring, text, style).run(progress);
}

}  // namespace harden
