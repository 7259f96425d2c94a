// SPDX-License-Identifier: Apache-2.0
#include <boost/json.hpp>

#include <set>
#include <utility>

#include "agent/core/text.h"
#include "agent/policy/parts.h"

namespace harden {
namespace {

using Compare = SysctlWant::Compare;

// "net.ipv4.conf.eth0/100.forwarding": a '/' stands for a '.' in a component,
// as sysctl(8) has it. A component may be "*".
bool is_sysctl_key(std::string_view key) {
  if (!is_made_of(key, "._-/:@*") || key.find('.') == std::string_view::npos) return false;
  const auto parts = text::split(key, '.');
  return std::ranges::none_of(
      parts, [](std::string_view part) { return part.empty() || part == "/" || (part.contains('*') && part != "*"); });
}

// What a kernel command line holds without quoting, and no shell or boot
// loader reads as anything else.
bool is_cmdline_word(std::string_view word) {
  return is_made_of(word, "_-.=,:/+@") && is_made_of(word.substr(0, 1), "_");
}

// A value as /proc/sys takes it: one line of printable text.
std::optional<std::string> sysctl_value(Reader& reader, const Node& node) {
  if (node.kind == Node::Kind::integer) return std::to_string(node.integer);
  if (node.kind != Node::Kind::string) {
    reader.complain(node.at,
                    "expected an integer, a string or a table with a bound, not " + std::string(described(node.kind)));
    return std::nullopt;
  }
  std::string value = reader.text(node);
  if (value.empty()) return std::nullopt;
  if (text::printable(value) == value) return value;
  reader.complain(node.at, "a sysctl's value is one line of printable text");
  return std::nullopt;
}

template <Compare Wanted>
void read_bound(Reader& reader, const Node& node, SysctlWant& out) {
  if (!reader.is(node, Node::Kind::integer)) return;
  out.compare = Wanted;
  out.value = std::to_string(node.integer);
}

void read_value(Reader& reader, const Node& node, SysctlWant& out) {
  out.value = sysctl_value(reader, node).value_or("");
}

void read_if_present(Reader& reader, const Node& node, SysctlWant& out) {
  if (!reader.is(node, Node::Kind::boolean)) return;
  if (!node.boolean) reader.complain(node.at, "if_present is true, or left out");
  out.if_present = node.boolean;
}

constexpr Key<SysctlWant> kBoundKeys[] = {
    {"value", Need::optional, read_value},
    {"at_least", Need::optional, read_bound<Compare::at_least>},
    {"at_most", Need::optional, read_bound<Compare::at_most>},
    {"bits_set", Need::optional, read_bound<Compare::bits_set>},
    {"bits_clear", Need::optional, read_bound<Compare::bits_clear>},
    {"if_present", Need::optional, read_if_present},
};

std::size_t bounds_in(const Node& table) {
  return table.entries.size() - static_cast<std::size_t>(table.find("if_present") != nullptr);
}

void read_sysctl(Reader& reader, const Node::Entry& entry, Remedy& out) {
  SysctlWant want;
  want.key = entry.key;
  if (!is_sysctl_key(entry.key)) {
    reader.complain(entry.at, text::quote(entry.key) + " is not the name of a sysctl, like net.ipv4.tcp_sack");
  }
  if (entry.value.kind == Node::Kind::table) {
    read_table(reader, entry.value, "a sysctl's bound", kBoundKeys, want);
    if (bounds_in(entry.value) != 1) {
      reader.complain(entry.value.at, "needs one of value, at_least, at_most, bits_set and bits_clear");
    }
  } else {
    want.value = sysctl_value(reader, entry.value).value_or("");
  }
  out.sysctls.push_back(std::move(want));
}

void read_sysctls(Reader& reader, const Node& node, Remedy& out) {
  out.kind = RemedyKind::sysctl;
  if (!reader.is(node, Node::Kind::table)) return;
  if (node.entries.empty()) reader.complain(node.at, "this table is empty");
  for (const Node::Entry& entry : node.entries) read_sysctl(reader, entry, out);
}

void read_modules(Reader& reader, const Node& node, Remedy& out) {
  out.kind = RemedyKind::module;
  for (const Node* item : reader.strings(node)) {
    if (!is_made_of(item->text, "_-")) {
      reader.complain(item->at, text::quote(item->text) + " is not the name of a module");
    }
    out.modules.push_back(text::underscored(item->text));
  }
}

void read_cmdline(Reader& reader, const Node& node, Remedy& out) {
  out.kind = RemedyKind::cmdline;
  for (const Node* item : reader.strings(node)) {
    if (!is_cmdline_word(item->text)) {
      reader.complain(item->at, text::quote(item->text) + " is not one word of a kernel command line");
    }
    out.cmdline.push_back(item->text);
  }
}

boost::json::value to_json(Reader& reader, const Node& node) {
  switch (node.kind) {
    case Node::Kind::string: return boost::json::string(node.text);
    case Node::Kind::integer: return node.integer;
    case Node::Kind::real: return node.real;
    case Node::Kind::boolean: return node.boolean;
    case Node::Kind::array: {
      boost::json::array items;
      for (const Node& item : node.items) items.push_back(to_json(reader, item));
      return items;
    }
    case Node::Kind::table: {
      boost::json::object entries;
      for (const Node::Entry& entry : node.entries) entries[entry.key] = to_json(reader, entry.value);
      return entries;
    }
    case Node::Kind::date: break;
  }
  reader.complain(node.at, "JSON has no dates");
  return nullptr;
}

void read_docker(Reader& reader, const Node& node, Remedy& out) {
  out.kind = RemedyKind::docker;
  if (!reader.is(node, Node::Kind::table)) return;
  if (node.entries.empty()) reader.complain(node.at, "this table is empty");
  for (const Node::Entry& entry : node.entries) {
    if (!is_made_of(entry.key, "-_")) {
      reader.complain(entry.at, text::quote(entry.key) + " is not a key of docker's daemon.json");
    }
    out.docker[entry.key] = boost::json::serialize(to_json(reader, entry.value));
  }
}

void read_upgrade(Reader& reader, const Node& node, Remedy& out) {
  out.kind = RemedyKind::upgrade;
  if (reader.is(node, Node::Kind::string)) out.upgrade = node.text;
}

void read_advice(Reader& reader, const Node& node, Remedy& out) {
  out.kind = RemedyKind::advice;
  out.advice = reader.text(node);
}

void read_name(Reader& reader, const Node& node, Remedy& out) {
  out.name = reader.text(node);
  if (out.name.empty() || is_made_of(out.name, "-")) return;
  reader.complain(node.at, "a remedy's name has letters, digits and '-' alone");
}

void read_grade(Reader& reader, const Node& node, Remedy& out) {
  using enum Grade;
  const auto grade = read_word(reader, node, std::array{prevents, removes_trigger, reduces, unproven, ineffective});
  out.grade = grade.value_or(unproven);
}

constexpr Key<Impact> kImpactKeys[] = {
    {"when", Need::optional, read_condition<&Impact::when>},
    {"message", Need::required, read_text<&Impact::message>},
    {"names", Need::optional, read_list_expression<&Impact::names>},
};

void read_impacts(Reader& reader, const Node& list, Remedy& out) {
  for (const Node* node : reader.list(list)) {
    read_table(reader, *node, "[[remedy.impact]]", kImpactKeys, out.impacts.emplace_back());
  }
}

constexpr Key<Remedy> kRemedyKeys[] = {
    {"name", Need::required, read_name},
    {"sysctl", Need::optional, read_sysctls},
    {"module", Need::optional, read_modules},
    {"cmdline", Need::optional, read_cmdline},
    {"docker", Need::optional, read_docker},
    {"upgrade", Need::optional, read_upgrade},
    {"advice", Need::optional, read_advice},
    {"grade", Need::required, read_grade},
    {"because", Need::required, read_text<&Remedy::because>},
    {"in_force", Need::optional, read_condition<&Remedy::in_force>},
    {"impact", Need::optional, read_impacts},
};

// Exactly one key says what kind of remedy it is.
void check_kind(Reader& reader, const Node& table) {
  using enum RemedyKind;
  std::string names;
  const Node::Entry* first = nullptr;
  for (const RemedyKind kind : {sysctl, module, cmdline, docker, upgrade, advice}) {
    const std::string_view name = to_string(kind);
    names.append(names.empty() ? "" : ", ").append(name);
    const Node::Entry* entry = table.find(name);
    if (entry != nullptr && first != nullptr) {
      reader.complain(entry->at, "a remedy is of one kind; this one is " + text::quote(first->key) + " already");
    }
    if (first == nullptr) first = entry;
  }
  if (first == nullptr) reader.complain(table.at, "[[remedy]] needs one of " + names);
}

}  // namespace

std::vector<Remedy> read_remedies(Reader& reader, const Node& list) {
  std::vector<Remedy> remedies;
  std::set<std::string> names;
  for (const Node* node : reader.list(list)) {
    Remedy remedy;
    read_table(reader, *node, "[[remedy]]", kRemedyKeys, remedy);
    if (node->kind == Node::Kind::table) check_kind(reader, *node);
    if (!remedy.name.empty() && !names.insert(remedy.name).second) {
      reader.complain(node->at, "there is another remedy named " + text::quote(remedy.name));
    }
    remedies.push_back(std::move(remedy));
  }
  return remedies;
}

}  // namespace harden
