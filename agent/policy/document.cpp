// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/document.h"

// Off, as in the library that Debian builds of these headers: some assertions
// fail on text that the parser goes on to refuse with an error.
#define TOML_ASSERT(expr) static_cast<void>(0)
#include <toml++/toml.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include "agent/core/text.h"

namespace harden {
namespace {

constexpr std::size_t kDeepest = 200;

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

// The offset after the string that begins at `at`. A multi-line string may
// end in up to two quotes of its own before the three that close it.
std::size_t after_string(std::string_view text, std::size_t at) {
  const char quote = text[at];
  const std::string three(3, quote);
  const bool multi_line = text.substr(at, 3) == three;
  std::size_t i = at + (multi_line ? 3 : 1);
  for (; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (!multi_line && (text[i] == quote || text[i] == '\n')) {
      return text[i] == quote ? i + 1 : i;
    } else if (multi_line && text[i] == quote && text.substr(i, 3) == three) {
      for (i += 3; i < text.size() && text[i] == quote;) ++i;
      return i;
    }
  }
  return text.size();
}

struct Misplaced {
  std::size_t at;
  const char* what;
};

// What the TOML library must not see outside of strings and comments. It bounds
// brackets alone and frees its tables by recursion, so that a key of 100,000 dots
// would end the program; and it holds some characters unreachable that TOML has
// only there.
std::optional<Misplaced> misplaced_in(std::string_view text) {
  std::size_t brackets = 0;
  std::size_t dots = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '#': i = std::min(text.find('\n', i), text.size()) - 1; break;
      case '"':
      case '\'': i = after_string(text, i) - 1; break;
      case '[':
      case '{': ++brackets; break;
      case ']':
      case '}': brackets -= brackets > 0 ? 1 : 0; break;
      case '.': ++dots; break;
      case '\n': dots = brackets == 0 ? 0 : dots; break;
      default:
        if (!is_ascii(text[i])) return Misplaced{i, "only strings and comments may have such a character"};
    }
    if (brackets + dots > kDeepest) return Misplaced{i, "nested too deeply"};
  }
  return std::nullopt;
}

// The library counts lines and code points; we count lines and bytes.
class Places {
 public:
  explicit Places(std::string_view text) : text_(text), ascii_(std::ranges::all_of(text, is_ascii)) {
    lines_.push_back(0);
    if (ascii_) {
      find_lines();
    } else {
      find_points();
    }
  }

  std::size_t offset(const toml::source_position& at) const {
    if (at.line == 0 || at.line > lines_.size()) return text_.size();
    const std::size_t index = lines_[at.line - 1] + (at.column > 0 ? at.column - 1 : 0);
    if (ascii_) return std::min(index, text_.size());
    return index < points_.size() ? points_[index] : text_.size();
  }

  Position position(const toml::source_position& at) const {
    if (at.line == 0 || at.line > lines_.size()) return {};
    const std::size_t first = offset({at.line, 1});
    return {static_cast<int>(at.line), static_cast<int>(offset(at) - std::min(first, offset(at)) + 1)};
  }

  std::string_view between(const toml::source_region& region) const {
    const std::size_t from = offset(region.begin);
    return text_.substr(from, std::max(offset(region.end), from) - from);
  }

 private:
  void find_lines() {
    for (auto end = text_.find('\n'); end != std::string_view::npos; end = text_.find('\n', end + 1))
      lines_.push_back(end + 1);
  }

  void find_points() {
    for (std::size_t i = 0; i < text_.size(); ++i) {
      if (is_start(text_[i])) points_.push_back(i);
      if (text_[i] == '\n') lines_.push_back(points_.size());
    }
  }

  static bool is_start(char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80; }

  std::string_view text_;
  bool ascii_;
  std::vector<std::size_t> lines_;   // where each begins: an offset, or an index into points_
  std::vector<std::size_t> points_;  // where each code point begins, unless the text is ASCII
};

// The line end right after the three quotes is not part of the string.
void place_content(Node& node, std::string_view written) {
  const bool multi_line = written.starts_with("'''") || written.starts_with("\"\"\"");
  node.escaped = written.starts_with('"') && written.find('\\') != std::string_view::npos;
  node.content = {node.at.line, node.at.column + (multi_line ? 3 : 1)};
  const std::string_view rest = written.substr(std::min<std::size_t>(written.size(), 3));
  if (multi_line && (rest.starts_with('\n') || rest.starts_with("\r\n"))) node.content = {node.at.line + 1, 1};
}

Node convert(toml::node& from, const Places& places);

void convert_table(toml::table& from, const Places& places, Node& to) {
  to.entries.reserve(from.size());
  for (auto&& [key, value] : from) {
    to.entries.push_back({std::string(key.str()), places.position(key.source().begin), convert(value, places)});
  }
  std::ranges::stable_sort(to.entries, {},
                           [](const Node::Entry& entry) { return std::pair(entry.at.line, entry.at.column); });
}

Node convert(toml::node& from, const Places& places) {
  Node to;
  to.at = places.position(from.source().begin);
  if (auto* text = from.as_string()) {
    to.kind = Node::Kind::string;
    to.text = std::move(text->get());
    place_content(to, places.between(from.source()));
  } else if (auto* integer = from.as_integer()) {
    to.kind = Node::Kind::integer;
    to.integer = integer->get();
  } else if (auto* real = from.as_floating_point()) {
    to.kind = Node::Kind::real;
    to.real = real->get();
  } else if (auto* boolean = from.as_boolean()) {
    to.kind = Node::Kind::boolean;
    to.boolean = boolean->get();
  } else if (auto* array = from.as_array()) {
    to.kind = Node::Kind::array;
    to.items.reserve(array->size());
    for (toml::node& item : *array) to.items.push_back(convert(item, places));
  } else if (auto* table = from.as_table()) {
    convert_table(*table, places, to);
  } else {
    to.kind = Node::Kind::date;
    to.text = text::trim(places.between(from.source()));
  }
  return to;
}

Position position_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line_start = before.rfind('\n');
  const std::size_t column = line_start == std::string_view::npos ? offset : offset - line_start - 1;
  return {static_cast<int>(std::ranges::count(before, '\n')) + 1, static_cast<int>(column) + 1};
}

// The first byte that is not UTF-8 is in the first line that is not.
std::optional<Position> not_utf8_at(std::string_view text) {
  if (text::is_utf8(text)) return std::nullopt;
  int line = 1;
  for (const std::string_view part : text::split(text, '\n')) {
    if (!text::is_utf8(part)) return Position{line, 1};
    ++line;
  }
  return Position{line, 1};
}

std::optional<Diagnostic> unreadable(std::string_view text, const std::string& file) {
  if (text.size() > kLargestPolicy) return Diagnostic{file, {}, "the file is larger than 1 MiB", ""};
  if (const auto at = not_utf8_at(text)) return Diagnostic{file, *at, "this line is not UTF-8", ""};
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    return Diagnostic{file, position_of(text, nul), "there is a NUL byte here", ""};
  }
  if (const auto wrong = misplaced_in(text)) return Diagnostic{file, position_of(text, wrong->at), wrong->what, ""};
  return std::nullopt;
}

}  // namespace

const Node::Entry* Node::find(std::string_view key) const {
  const auto found = std::ranges::find(entries, key, &Entry::key);
  return found == entries.end() ? nullptr : &*found;
}

std::string_view described(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::string: return "a string";
    case Node::Kind::integer: return "an integer";
    case Node::Kind::real: return "a floating-point number";
    case Node::Kind::boolean: return "a boolean";
    case Node::Kind::date: return "a date or time";
    case Node::Kind::array: return "a list";
    case Node::Kind::table: return "a table";
  }
  return "";
}

std::expected<Node, Diagnostics> parse_document(std::string_view text, const std::string& file) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (auto mistake = unreadable(text, file)) return std::unexpected(Diagnostics{std::move(*mistake)});
  const Places places(text);
  try {
    toml::table root = toml::parse(text);
    return convert(root, places);
  } catch (const toml::parse_error& error) {
    const std::string message = text::printable(error.description());
    return std::unexpected(Diagnostics{{file, places.position(error.source().begin), message, ""}});
  } catch (const std::exception& error) {
    return std::unexpected(Diagnostics{{file, {}, text::printable(error.what()), ""}});
  }
}

}  // namespace harden
