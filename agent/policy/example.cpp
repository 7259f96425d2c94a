// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <utility>

#include "agent/core/text.h"
#include "agent/policy/parts.h"

namespace harden {
namespace {

// `sysctl["net.ipv4.tcp_sack"]` is the entry of a map fact.
struct FactName {
  std::string_view fact;
  bool entry = false;
};

std::optional<FactName> take_apart(std::string_view text) {
  const auto bracket = text.find('[');
  if (bracket == std::string_view::npos) return FactName{text, false};
  const std::string_view key = text.substr(bracket);
  if (key.size() < 5 || !key.starts_with("[\"") || !key.ends_with("\"]")) return std::nullopt;
  if (key.substr(2, key.size() - 4).find_first_of("\"\\") != std::string_view::npos) return std::nullopt;
  return FactName{text.substr(0, bracket), true};
}

bool is_map(const Type& type) {
  return type.kind() == Type::Kind::map || type.kind() == Type::Kind::record || type.kind() == Type::Kind::dyn;
}

bool fits(Node::Kind kind, Type::Kind type) {
  switch (kind) {
    case Node::Kind::string: return type == Type::Kind::string;
    case Node::Kind::integer: return type == Type::Kind::integer || type == Type::Kind::uinteger;
    case Node::Kind::real: return type == Type::Kind::real;
    case Node::Kind::boolean: return type == Type::Kind::boolean;
    case Node::Kind::array: return type == Type::Kind::list;
    case Node::Kind::table: return type == Type::Kind::map || type == Type::Kind::record;
    case Node::Kind::date: return false;
  }
  return false;
}

Type field_type(Reader& reader, const Node::Entry& entry, const Type& type) {
  if (type.kind() != Type::Kind::record) return type.element();
  if (const Type::Field* field = type.field(entry.key)) return field->type;
  std::vector<std::string> known;
  for (const Type::Field& field : type.fields()) known.push_back(field.name);
  reader.complain_near(entry.at, "no field " + text::quote(entry.key) + " in " + to_text(type), entry.key, known);
  return {};
}

Value container(Reader& reader, const Node& node, const Type& type) {
  if (node.kind == Node::Kind::array) {
    List list;
    for (const Node& item : node.items) list.push_back(read_fact_value(reader, item, type.element()));
    return list;
  }
  std::vector<Map::Entry> entries;
  for (const Node::Entry& entry : node.entries) {
    entries.emplace_back(entry.key, read_fact_value(reader, entry.value, field_type(reader, entry, type)));
  }
  return Map(std::move(entries));
}

void read_host(Reader& reader, const Node& node, Example& out) {
  out.host = reader.text(node);
  if (out.host.empty() || (is_made_of(out.host, "._-") && !out.host.starts_with('.'))) return;
  reader.complain(node.at, text::quote(out.host) + " is not the name of a folder");
}

void read_verdict(Reader& reader, const Node& node, Example& out) {
  using enum Verdict;
  out.verdict = read_word(reader, node, std::array{exposed, mitigated, not_affected, unknown}).value_or(unknown);
}

void read_facts(Reader& reader, const Node& node, Example& out) {
  if (!reader.is(node, Node::Kind::table)) return;
  for (const Node::Entry& entry : node.entries) {
    const auto type = read_fact_name(reader, entry.at, entry.key);
    if (type) out.facts[entry.key] = read_fact_value(reader, entry.value, *type);
  }
}

void read_unreadable(Reader& reader, const Node& node, Example& out) {
  for (const Node* item : reader.strings(node)) {
    read_fact_name(reader, item->at, item->text);
    out.unreadable.push_back(item->text);
  }
}

constexpr Key<Example> kExampleKeys[] = {
    {"host", Need::required, read_host},
    {"verdict", Need::required, read_verdict},
    {"facts", Need::optional, read_facts},
    {"unreadable", Need::optional, read_unreadable},
};

}  // namespace

std::vector<Example> read_examples(Reader& reader, const Node& list) {
  std::vector<Example> examples;
  for (const Node* node : reader.list(list)) {
    Example example;
    example.at = node->at;
    read_table(reader, *node, "[[example]]", kExampleKeys, example);
    examples.push_back(std::move(example));
  }
  return examples;
}

std::optional<Type> read_fact_name(Reader& reader, Position at, std::string_view text) {
  const auto name = take_apart(text);
  if (!name) {
    reader.complain(at, text::quote(text) + " is neither a fact nor an entry like sysctl[\"net.ipv4.tcp_sack\"]");
    return std::nullopt;
  }
  const auto& variables = reader.variables();
  const auto found = std::ranges::find(variables, name->fact, &cel::Variable::name);
  if (found == variables.end()) {
    std::vector<std::string> known;
    for (const cel::Variable& variable : variables) known.push_back(variable.name);
    reader.complain_near(at, "there is no fact " + text::quote(name->fact), name->fact, known);
    return std::nullopt;
  }
  if (!name->entry) return found->type;
  if (is_map(found->type)) return found->type.element();
  reader.complain(at, "the fact " + text::quote(name->fact) + " has no entries");
  return std::nullopt;
}

Value read_fact_value(Reader& reader, const Node& node, const Type& type) {
  if (node.kind == Node::Kind::date || (type.kind() != Type::Kind::dyn && !fits(node.kind, type.kind()))) {
    reader.complain(node.at, "expected " + to_text(type) + ", not " + std::string(described(node.kind)));
    return {};
  }
  switch (node.kind) {
    case Node::Kind::string: return node.text;
    case Node::Kind::integer:
      return type.kind() == Type::Kind::uinteger ? Value(static_cast<std::uint64_t>(node.integer))
                                                 : Value(node.integer);
    case Node::Kind::real: return node.real;
    case Node::Kind::boolean: return node.boolean;
    case Node::Kind::array:
    case Node::Kind::table: return container(reader, node, type);
    case Node::Kind::date: break;
  }
  return {};
}

}  // namespace harden
