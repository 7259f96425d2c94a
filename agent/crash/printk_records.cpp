// SPDX-License-Identifier: Apache-2.0
//
// The record buffer of 3.5 to 5.9: a header, then its text, then the next
// header. A header of length 0 says that the next record lies at the start.
#include "agent/crash/printk.h"

namespace harden {
namespace {

constexpr std::uint64_t kLargestBuffer = std::uint64_t{1} << 31;  // LOG_BUF_LEN_MAX

struct Layout {
  std::uint64_t header, nanoseconds, length, text_length;
  std::uint64_t buffer, size, first, next;
};

// struct log was renamed to struct printk_log in 3.11.
Result<Layout> layout_of(const Vmcoreinfo& info) {
  const std::string name = info.size("printk_log") ? "printk_log" : "log";
  Layout to{};
  const auto header = needed(info.size(name), "SIZE(printk_log)");
  if (!header) return std::unexpected(header.error());
  to.header = *header;
  for (const auto& [member, into, bytes] :
       {std::tuple{".ts_nsec", &to.nanoseconds, 8U}, {".len", &to.length, 2U}, {".text_len", &to.text_length, 2U}}) {
    const auto offset = needed(info.offset(name + member), "OFFSET(" + name + member + ")");
    if (!offset) return std::unexpected(offset.error());
    if (*offset + bytes > to.header)
      return fail(Errc::malformed, "its members lie outside of printk_log", "VMCOREINFO");
    *into = *offset;
  }
  return to;
}

Result<> find_buffer(const KernelMemory& memory, const Vmcoreinfo& info, Layout& to) {
  for (const auto& [name, into, bytes] : {std::tuple{"log_buf", &to.buffer, memory.pointer_size()},
                                          {"log_buf_len", &to.size, std::size_t{4}},
                                          {"log_first_idx", &to.first, std::size_t{4}},
                                          {"log_next_idx", &to.next, std::size_t{4}}}) {
    const auto value = variable(memory, info, name, bytes);
    if (!value) return std::unexpected(value.error());
    *into = *value;
  }
  if (to.size > kLargestBuffer || to.size < to.header) {
    return fail(Errc::malformed, "log_buf_len is no length", "log_buf_len");
  }
  return {};
}

class RecordReader {
 public:
  RecordReader(const KernelMemory& memory, const Layout& layout, PrintkText& text)
      : memory_(memory), layout_(layout), text_(text), window_(memory, layout.buffer, layout.size) {}

  // A way round the buffer is at most its size: more is a loop.
  Result<> run(const Progress& progress) {
    std::uint64_t walked = 0;
    for (std::uint64_t at = layout_.first; at != layout_.next;) {
      auto length = length_at(at);
      if (length && *length == 0) {
        at = 0;
        length = length_at(at);
      }
      if (!length) return std::unexpected(length.error());
      if (*length < layout_.header) return fail(Errc::malformed, "a record is shorter than its header", "log_buf");
      walked += *length;
      if (walked > layout_.size) return fail(Errc::malformed, "the records go round in a circle", "log_buf");
      const auto more = record(at, *length);
      if (!more) return std::unexpected(more.error());
      if (!*more) return {};
      at += *length;
      if (progress) progress(walked, layout_.size);
    }
    return {};
  }

 private:
  Result<std::uint64_t> length_at(std::uint64_t at) {
    const auto bytes = window_.at(at, static_cast<std::size_t>(layout_.header));
    if (!bytes) return std::unexpected(bytes.error());
    return memory_.number(bytes->substr(static_cast<std::size_t>(layout_.length), 2));
  }

  Result<bool> record(std::uint64_t at, std::uint64_t length) {
    const auto bytes = window_.at(at, static_cast<std::size_t>(length));
    if (!bytes) return std::unexpected(bytes.error());
    const auto nanoseconds = memory_.number(bytes->substr(static_cast<std::size_t>(layout_.nanoseconds), 8));
    const auto text_length = memory_.number(bytes->substr(static_cast<std::size_t>(layout_.text_length), 2));
    if (text_length > length - layout_.header)
      return fail(Errc::malformed, "a text is longer than its record", "log_buf");
    const auto text = bytes->substr(static_cast<std::size_t>(layout_.header), static_cast<std::size_t>(text_length));
    return text_.record(nanoseconds, "", text);
  }

  const KernelMemory& memory_;
  const Layout& layout_;
  PrintkText& text_;
  MemoryWindow window_;
};

}  // namespace

Result<> read_printk_records(const KernelMemory& memory, const Vmcoreinfo& info, PrintkText& text,
                             const Progress& progress) {
  auto layout = layout_of(info);
  if (!layout) return std::unexpected(layout.error());
  if (auto found = find_buffer(memory, info, *layout); !found) return found;
  return RecordReader(memory, *layout, text).run(progress);
}

}  // namespace harden
