// SPDX-License-Identifier: Apache-2.0
#include "agent/crash/printk.h"

#include <array>
#include <cstdio>

namespace harden {
namespace {

constexpr std::size_t kPassOnAt = 64 << 10;
constexpr std::uint64_t kLargestBuffer = std::uint64_t{1} << 31;  // LOG_BUF_LEN_MAX

constexpr bool stays(unsigned char byte) {
  return (byte >= ' ' && byte <= '~') || (byte >= '\t' && byte <= '\r' && byte != '\n');
}

constexpr std::array<bool, 256> kStays = [] {
  std::array<bool, 256> table{};
  for (unsigned i = 0; i < 256; ++i) table[i] = stays(static_cast<unsigned char>(i));
  return table;
}();

// makedumpfile prints a char with %02x, and a char of x86-64 has a sign.
void append_escaped(std::string& out, char byte) {
  std::array<char, 16> text{};
  const unsigned value = static_cast<unsigned char>(byte);
  std::snprintf(text.data(), text.size(), "\\x%02x", value < 0x80 ? value : value | 0xffffff00U);
  out += text.data();
}

void append_lines(std::string& out, std::string_view text, std::size_t indent) {
  while (!text.empty()) {
    std::size_t run = 0;
    while (run < text.size() && kStays[static_cast<unsigned char>(text[run])]) ++run;
    out.append(text.substr(0, run));
    if (run == text.size()) return;
    if (text[run] == '\n') {
      out.push_back('\n');
      out.append(indent, ' ');
    } else {
      append_escaped(out, text[run]);
    }
    text.remove_prefix(run + 1);
  }
}

// Before 3.5: `log_end` counts every character ever written.
Result<> read_plain(const KernelMemory& memory, const Vmcoreinfo& info, PrintkText& text) {
  const auto start = variable(memory, info, "log_buf", memory.pointer_size());
  if (!start) return std::unexpected(start.error());
  const auto size = variable(memory, info, "log_buf_len", 4);
  if (!size) return std::unexpected(size.error());
  const auto end = variable(memory, info, "log_end", 4);
  if (!end) return std::unexpected(end.error());
  if (*size == 0 || *size > kLargestBuffer) return fail(Errc::malformed, "log_buf_len is no length", "log_buf_len");
  const bool wrapped = *end > *size;
  MemoryWindow window(memory, *start, *size);
  std::uint64_t at = wrapped ? *end % *size : 0;
  for (std::uint64_t left = wrapped ? *size : *end; left > 0;) {
    const auto piece = std::min({left, *size - at, std::uint64_t{MemoryWindow::kPiece}});
    const auto bytes = window.at(at, static_cast<std::size_t>(piece));
    if (!bytes) return std::unexpected(bytes.error());
    if (!text.plain(*bytes)) return {};
    left -= piece;
    at = (at + piece) % *size;
  }
  return {};
}

}  // namespace

bool PrintkText::record(std::uint64_t nanoseconds, std::string_view caller, std::string_view text) {
  std::array<char, 64> prefix{};
  const auto seconds = static_cast<long long>(nanoseconds / 1'000'000'000);
  const auto micros = static_cast<long>(nanoseconds % 1'000'000'000 / 1000);
  auto length = std::snprintf(prefix.data(), prefix.size(), "[%5lld.%06ld] ", seconds, micros);
  const std::size_t begin = pending_.size();
  pending_.append(prefix.data(), static_cast<std::size_t>(length));
  if (!caller.empty()) {
    length = std::snprintf(prefix.data(), prefix.size(), "[%6.*s] ", static_cast<int>(caller.size()), caller.data());
    pending_.append(prefix.data(), static_cast<std::size_t>(length));
  }
  append_lines(pending_, text, pending_.size() - begin);
  pending_.push_back('\n');
  return pending_.size() < kPassOnAt || pass_on();
}

bool PrintkText::plain(std::string_view text) {
  pending_ += text;
  return pass_on();
}

bool PrintkText::finish() { return pending_.empty() || pass_on(); }

bool PrintkText::pass_on() {
  const bool more = take_(pending_);
  pending_.clear();
  return more;
}

Result<std::uint64_t> needed(std::optional<std::uint64_t> value, std::string_view what) {
  if (value) return *value;
  return fail(Errc::unsupported, "the kernel's VMCOREINFO lacks " + std::string(what), "VMCOREINFO");
}

Result<std::uint64_t> variable(const KernelMemory& memory, const Vmcoreinfo& info, const std::string& name,
                               std::size_t bytes) {
  const auto address = needed(info.symbol(name), "SYMBOL(" + name + ")");
  if (!address) return std::unexpected(address.error());
  return memory.number_at(*address, bytes);
}

Result<> read_printk(const KernelMemory& memory, const Vmcoreinfo& info, const TextConsumer& take,
                     const Progress& progress, PrintkStyle style) {
  PrintkText text(take);
  Result<> done;
  if (info.symbol("prb")) {
    done = read_printk_ring(memory, info, text, progress, style);
  } else if (info.symbol("log_first_idx")) {
    done = read_printk_records(memory, info, text, progress);
  } else if (info.symbol("log_buf") && info.symbol("log_end")) {
    done = read_plain(memory, info, text);
  } else {
    return fail(Errc::unsupported, "the kernel's VMCOREINFO does not say where its log is", "VMCOREINFO");
  }
  text.finish();
  return done;
}

}  // namespace harden
