// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/reader.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <utility>

#include "agent/core/text.h"

namespace harden {
namespace {

constexpr std::size_t kMostTold = 1000;

// Whether it is one without making the program that matches it, which takes RE2
// most of the time. Where nothing is repeated a number of times that program is no
// longer than a multiple of the text, so that its syntax alone decides.
bool is_plainly_a_pattern(const std::string& source) {
  constexpr std::size_t kLongest = 500;
  if (source.size() > kLongest || source.contains('{')) return false;
  RE2::Set parsed(RE2::Quiet, RE2::UNANCHORED);
  return parsed.Add(source, nullptr) >= 0;
}

}  // namespace

void Reader::complain(Position at, std::string message, std::string hint) {
  if (diagnostics_.size() >= kMostTold) {
    ++untold_;
    return;
  }
  diagnostics_.push_back({file_, at, std::move(message), std::move(hint)});
}

void Reader::complain_near(Position at, std::string message, std::string_view word,
                           const std::vector<std::string>& known) {
  const std::string near = diagnostics_.size() < kMostTold ? nearest(word, known) : "";
  complain(at, std::move(message), near.empty() ? "" : "did you mean '" + near + "'?");
}

bool Reader::is(const Node& node, Node::Kind wanted) {
  if (node.kind == wanted) return true;
  complain(node.at, "expected " + std::string(described(wanted)) + ", not " + std::string(described(node.kind)));
  return false;
}

std::string Reader::text(const Node& node) {
  if (!is(node, Node::Kind::string)) return {};
  if (text::trim(node.text).empty()) complain(node.at, "this string is empty");
  return node.text;
}

std::vector<const Node*> Reader::list(const Node& node) {
  std::vector<const Node*> items;
  if (!is(node, Node::Kind::array)) return items;
  if (node.items.empty()) complain(node.at, "this list is empty");
  for (const Node& item : node.items) items.push_back(&item);
  return items;
}

std::vector<const Node*> Reader::strings(const Node& node) {
  std::vector<const Node*> items;
  if (node.kind != Node::Kind::array && node.kind != Node::Kind::string) {
    complain(node.at, "expected a string or a list of strings, not " + std::string(described(node.kind)));
    return items;
  }
  if (node.kind == Node::Kind::string) return text(node).empty() ? items : std::vector<const Node*>{&node};
  for (const Node* item : list(node)) {
    if (!text(*item).empty()) items.push_back(item);
  }
  return items;
}

std::optional<cel::Program> Reader::condition(const Node& node) {
  return expression(node, "condition", Type::Kind::boolean, "bool");
}

std::optional<cel::Program> Reader::list_expression(const Node& node) {
  return expression(node, "expression", Type::Kind::list, "list");
}

std::optional<cel::Program> Reader::expression(const Node& node, const std::string& what, Type::Kind wanted,
                                               const char* name) {
  if (!is(node, Node::Kind::string)) return std::nullopt;
  if (text::trim(node.text).empty()) {
    complain(node.at, "the " + what + " is empty");
    return std::nullopt;
  }
  auto program = cel::Program::compile(node.text, variables_, {file_, node.content});
  if (!program) {
    for (Diagnostic& mistake : program.error()) {
      complain(node.escaped ? node.at : mistake.at, std::move(mistake.message), std::move(mistake.hint));
    }
    return std::nullopt;
  }
  const Type& type = program->type();
  if (type.kind() != wanted && type.kind() != Type::Kind::dyn) {
    complain(node.at, "the " + what + " is of type " + to_text(type) + ", not " + name);
    return std::nullopt;
  }
  return std::move(*program);
}

std::optional<std::string> Reader::pattern(const Node& node) {
  std::string source = text(node);
  if (source.empty()) return std::nullopt;
  if (is_plainly_a_pattern(source)) return source;
  const RE2 compiled(source, RE2::Quiet);
  if (compiled.ok()) return source;
  complain(node.at, "not an RE2 regular expression: " + text::printable(compiled.error()));
  return std::nullopt;
}

std::optional<std::size_t> Reader::choice(const Node& node, std::span<const std::string_view> words) {
  if (!is(node, Node::Kind::string)) return std::nullopt;
  const auto found = std::ranges::find(words, node.text);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  std::string all;
  for (const std::string_view word : words) all.append(all.empty() ? "" : ", ").append(word);
  complain_near(node.at, text::quote(node.text) + " is not one of " + all, node.text, {words.begin(), words.end()});
  return std::nullopt;
}

void Reader::check_keys(const Node& table, std::string_view what, std::span<const KeyName> keys) {
  for (const Node::Entry& entry : table.entries) {
    if (std::ranges::find(keys, entry.key, &KeyName::name) != keys.end()) continue;
    std::vector<std::string> known;
    for (const KeyName& key : keys) known.emplace_back(key.name);
    complain_near(entry.at, "unknown key " + text::quote(entry.key) + " in " + std::string(what), entry.key, known);
  }
  for (const KeyName& key : keys) {
    if (key.need == Need::optional || table.find(key.name) != nullptr) continue;
    complain(table.at, std::string(what) + " has no \"" + std::string(key.name) + "\"");
  }
}

Diagnostics Reader::take() {
  std::ranges::stable_sort(diagnostics_, {},
                           [](const Diagnostic& one) { return std::pair(one.at.line, one.at.column); });
  if (untold_ > 0) {
    const Position last = diagnostics_.back().at;
    diagnostics_.push_back({file_, last, "and " + std::to_string(untold_) + " more mistakes", ""});
  }
  return std::move(diagnostics_);
}

bool is_made_of(std::string_view text, std::string_view others) {
  const auto allowed = [&](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || others.find(c) != std::string_view::npos;
  };
  return !text.empty() && std::ranges::all_of(text, allowed);
}

}  // namespace harden
