// SPDX-License-Identifier: Apache-2.0
#include "agent/crash/frame.h"

#include <algorithm>
#include <array>

#include "agent/core/text.h"
#include "agent/crash/rust_name.h"

namespace harden::crash {

namespace {

constexpr std::size_t kLongestName = 256;

// Most lines do not, and are done with here.
bool may_name_place(std::string_view text) {
  return text.find("+0x") != std::string_view::npos || text.find("inline") != std::string_view::npos ||
         text.find(".c:") != std::string_view::npos || text.find(".h:") != std::string_view::npos;
}

bool hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.'; }

bool name_part(char c) { return name_start(c) || (c >= '0' && c <= '9') || c == '$'; }

void skip_spaces(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
}

bool skip(std::string_view& text, std::string_view what) {
  if (!text.starts_with(what)) return false;
  text.remove_prefix(what.size());
  return true;
}

std::string_view take_name(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && name_part(text[end])) ++end;
  if (end == 0 || end > kLongestName || !name_start(text.front())) return {};
  const std::string_view name = text.substr(0, end);
  text.remove_prefix(end);
  return name;
}

std::optional<std::uint64_t> take_hex(std::string_view& text) {
  std::string_view rest = text;
  if (!skip(rest, "0x")) return std::nullopt;
  std::size_t end = 0;
  while (end < rest.size() && hex(rest[end])) ++end;
  const auto value = text::to_hex(rest.substr(0, end));
  if (value) text = rest.substr(end);
  return value;
}

// "[<ffffffff894dfb20>]", "[c000000000123456]", "[<0xffff...>]", twice on PowerPC, "(____ptrval____)" too; "[]" where a
// web page took the rest for a tag.
bool skip_address(std::string_view& text) {
  if (!text.starts_with('[')) return false;
  if (skip(text, "[] ")) {
    skip_spaces(text);
    return true;
  }
  std::string_view rest = text;
  if (!skip(rest, "[")) return false;
  const bool angled = skip(rest, "<");
  skip(rest, "0x");
  std::size_t end = 0;
  while (end < rest.size() && (hex(rest[end]) || rest[end] == '(' || rest[end] == ')' || rest[end] == '_')) ++end;
  rest.remove_prefix(end);
  skip(rest, ">");
  if (end < (angled ? 1U : 8U) || !skip(rest, "]")) return false;
  text = rest;
  skip_spaces(text);
  return true;
}

// PowerPC's debugger shows the second address bare: "[c00000009a9b7810] c00000000007b578 func+0xf8/0x1b0".
void skip_bare_address(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  if ((word.size() != 8 && word.size() != 16) || !std::ranges::all_of(word, hex)) return;
  text.remove_prefix(word.size());
  skip_spaces(text);
}

// ":dvb_core:func+0xb5/0x100", of kernels before 2.6.27.
std::string_view take_module(std::string_view& text) {
  std::string_view rest = text;
  if (!skip(rest, ":")) return {};
  const std::string_view module = take_name(rest);
  if (!skip(rest, ":")) return {};
  text = rest;
  return module;
}

// "[<     inline     >]" and "[<      none      >]" in place of an address, as symbolizers write.
bool skip_tag(std::string_view& text, std::string_view tag) {
  std::string_view rest = text;
  if (!skip(rest, "[<")) return false;
  skip_spaces(rest);
  if (!skip(rest, tag)) return false;
  skip_spaces(rest);
  if (!skip(rest, ">]")) return false;
  text = rest;
  skip_spaces(text);
  return true;
}

// "net/ipv6/ip6mr.c:1618" with nothing strange in it.
bool file_and_line(std::string_view word) {
  const std::size_t colon = word.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == word.size() || word.size() > kLongestName) return false;
  const std::string_view file = word.substr(0, colon);
  const bool number = std::ranges::all_of(word.substr(colon + 1), [](char c) { return c >= '0' && c <= '9'; });
  return number && (file.find(".c") != std::string_view::npos || file.find(".h") != std::string_view::npos ||
                    file.find(".S") != std::string_view::npos || file.find(".rs") != std::string_view::npos);
}

void read_rest(std::string_view rest, CodePlace& place) {
  for (const std::string_view word : text::words(rest.substr(0, 2 * kLongestName))) {
    if (word.size() > 2 && word.front() == '[' && word.back() == ']' && word != "[inline]") {
      place.module = word.substr(1, word.size() - 2);
    } else if (file_and_line(word)) {
      place.where = word;
    }
  }
}

// "(func) from [<…>] (caller+0x2c/0x34)" and "func from caller+0x2c/0x34",
// 32-bit ARM's: of the two the caller has the place.
std::optional<Frame> read_arm_frame(std::string_view text) {
  const std::size_t from = text.substr(0, kLongestName).find(" from ");
  if (from == std::string_view::npos) return std::nullopt;
  std::string_view callee = text.substr(0, from);
  skip(callee, "(");
  if (take_name(callee).empty()) return std::nullopt;
  text.remove_prefix(from + 6);
  skip_address(text);
  skip(text, "(");
  auto place = read_place(text);
  if (!place) return std::nullopt;
  return Frame{std::move(*place), true, false};
}

// "context_switch kernel/sched/core.c:5178", of a line that says that it is inlined
std::optional<Frame> read_inlined(std::string_view text) {
  const std::string_view symbol = text.substr(0, text.find(' '));
  std::string_view rest = symbol;
  if (take_name(rest).empty() && !symbol.starts_with('<')) return std::nullopt;
  CodePlace place;
  place.function = bare_name(symbol);
  read_rest(text.substr(symbol.size()), place);
  if (place.where.empty()) return std::nullopt;
  return Frame{std::move(place), true, true};
}

// "kfree (mm/slub.c:3567 mm/slub.c:4558)", as the kernel's scripts/decode_stacktrace.sh writes in place of an offset.
std::optional<CodePlace> read_decoded(std::string_view text) {
  const std::string_view name = take_name(text);
  if (name.empty() || !skip(text, " (")) return std::nullopt;
  const std::string_view where = text.substr(0, text.find_first_of(" )"));
  if (!file_and_line(where)) return std::nullopt;
  CodePlace place;
  place.function = bare_name(name);
  place.where = where;
  return place;
}

// What stands before the function on a line with the instruction pointer.
constexpr std::array<std::string_view, 17> kPointers = {
    "RIP: ",    "RIP  ", "IP: ",  "EIP: ",       "EIP is at ", "PC is at ", "pc : ", "pc: ",  "epc : ",
    "epc   : ", "NIP: ", "NIP [", "Krnl PSW : ", "PC: ",       "ip  : ",    "era: ", "TPC: <"};

}  // namespace

std::string bare_name(std::string_view symbol) {
  if (symbol.starts_with("_R")) {
    if (auto path = rust_path(symbol)) return *path;
  }
  if (symbol.starts_with('.')) symbol.remove_prefix(1);
  return std::string(symbol.substr(0, symbol.find_first_of(".$", 1)));
}

std::optional<CodePlace> read_place(std::string_view text) {
  const std::string_view name = take_name(text);
  if (name.empty() || !skip(text, "+")) return std::nullopt;
  CodePlace place;
  place.offset = take_hex(text);
  if (!place.offset) return std::nullopt;
  if (skip(text, "/")) place.size = take_hex(text);
  place.function = bare_name(name);
  read_rest(text, place);
  return place;
}

std::optional<Frame> read_frame(std::string_view text) {
  if (!may_name_place(text)) return std::nullopt;
  Frame frame;
  skip_spaces(text);
  for (const std::string_view mark : {"<IRQ>", "<EOI>", "<NMI>", "<TASK>", "#0:", "#1:"}) {
    if (mark.front() == '<' && skip(text, mark)) skip_spaces(text);
  }
  if (skip(text, "([<")) {  // s390 puts what it is not sure of in brackets
    text.remove_prefix(std::min(text.find(">]") + 2, text.size()));
    skip_spaces(text);
    frame.reliable = false;
  }
  const bool inlined = skip_tag(text, "inline");
  skip_tag(text, "none");
  if (skip_address(text)) {
    while (skip_address(text)) {}
    skip_bare_address(text);
  }
  if (skip(text, "? ")) {
    skip_spaces(text);
    frame.reliable = false;
  }
  const std::string_view module = take_module(text);
  if (auto place = read_place(text)) {
    frame.place = std::move(*place);
    if (!module.empty()) frame.place.module = module;
    frame.reliable = frame.reliable && text.find("(unreliable)") == std::string_view::npos;
    return frame;
  }
  if (auto arm = read_arm_frame(text)) return arm;
  if (auto decoded = read_decoded(text)) {
    frame.place = std::move(*decoded);
    return frame;
  }
  if (!inlined && !text.ends_with("[inline]")) return std::nullopt;
  return read_inlined(text);
}

namespace {

// What a line with the instruction pointer begins with; null for other lines.
const std::string_view* pointer_mark(std::string_view text) {
  const auto* const mark =
      std::ranges::find_if(kPointers, [&](std::string_view start) { return text.starts_with(start); });
  return mark == kPointers.end() ? nullptr : mark;
}

}  // namespace

bool says_instruction_pointer(std::string_view text) {
  skip_spaces(text);
  const std::string_view* const mark = pointer_mark(text);
  if (mark == nullptr) return false;
  text.remove_prefix(mark->size());
  skip_spaces(text);
  text.remove_prefix(std::min(text.find_first_not_of("0123456789"), text.size()));
  return text.starts_with(":0x") || text.starts_with("x") || text.find("(null)") != std::string_view::npos;
}

std::optional<CodePlace> read_instruction_pointer(std::string_view text) {
  if (!may_name_place(text)) return std::nullopt;
  skip_spaces(text);
  const std::string_view* const pointer = pointer_mark(text);
  if (pointer == nullptr) return std::nullopt;
  text.remove_prefix(pointer->size() - (pointer->ends_with('[') ? 1 : 0));
  // What is left holds addresses and segments: the function is the word with an offset.
  for (std::string_view word : text::words(text.substr(0, 2 * kLongestName))) {
    if (word.starts_with("0033:") || word.starts_with("0023:")) return std::nullopt;  // user space
    const std::size_t offset = word.find("+0x");
    if (offset == std::string_view::npos) continue;
    const std::size_t start = word.find_last_of(":(]>", offset);
    if (start != std::string_view::npos) word.remove_prefix(start + 1);
    return read_place(std::string_view(word.begin(), text.end()));
  }
  const std::size_t colon = text.find("0010:");
  if (colon != std::string_view::npos) text.remove_prefix(colon + 5);
  if (auto decoded = read_decoded(text)) return decoded;
  if (!text.ends_with("[inline]")) return std::nullopt;
  if (auto frame = read_inlined(text)) return frame->place;
  return std::nullopt;
}

bool begins_trace(std::string_view text) {
  skip_spaces(text);
  return text.starts_with("Call Trace:") || text.starts_with("Call trace:") || text.starts_with("Backtrace:") ||
         text.starts_with("stack backtrace:") || text.starts_with("Stack traceback:") ||
         text.starts_with("Stack Trace:") || text.ends_with(":mon> t");
}

}  // namespace harden::crash
