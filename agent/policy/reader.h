// SPDX-License-Identifier: Apache-2.0
//
// Reading a policy's tables against a list of the keys each may have. What is
// wrong is noted and reading goes on, so that one run finds every mistake.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/policy/document.h"
#include "harden/cel.h"
#include "harden/policy.h"

namespace harden {

enum class Need { optional, required };

struct KeyName {
  std::string_view name;
  Need need;
};

class Reader {
 public:
  Reader(std::string file, const std::vector<cel::Variable>& variables)
      : file_(std::move(file)), variables_(variables) {}

  const std::string& file() const { return file_; }
  const std::vector<cel::Variable>& variables() const { return variables_; }

  void complain(Position at, std::string message, std::string hint = {});
  // "did you mean 'x'?" for the one of `known` that is near to `word`.
  void complain_near(Position at, std::string message, std::string_view word, const std::vector<std::string>& known);

  // Whether the value is of that kind; if not, a complaint.
  bool is(const Node& node, Node::Kind wanted);

  // Each of these complains, and returns nothing or less, where the value is
  // of another type, empty, or not well-formed.
  std::string text(const Node& node);                             // not empty
  std::vector<const Node*> list(const Node& node);                // not empty
  std::vector<const Node*> strings(const Node& node);             // a string, or a list of them; none empty
  std::optional<cel::Program> condition(const Node& node);        // CEL of type bool
  std::optional<cel::Program> list_expression(const Node& node);  // CEL of type list
  std::optional<std::string> pattern(const Node& node);           // RE2
  std::optional<std::size_t> choice(const Node& node, std::span<const std::string_view> words);

  // Complaints about keys that a table may not have, or has to have.
  void check_keys(const Node& table, std::string_view what, std::span<const KeyName> keys);

  std::size_t mistakes() const { return diagnostics_.size() + untold_; }
  Diagnostics take();  // sorted by place; of very many the first found

 private:
  std::optional<cel::Program> expression(const Node& node, const std::string& what, Type::Kind wanted,
                                         const char* name);

  std::string file_;
  const std::vector<cel::Variable>& variables_;
  Diagnostics diagnostics_;
  std::size_t untold_ = 0;
};

// The value among `all` whose word this string is.
template <typename Enum, std::size_t Size>
std::optional<Enum> read_word(Reader& reader, const Node& node, const std::array<Enum, Size>& all) {
  std::array<std::string_view, Size> words;
  for (std::size_t i = 0; i < Size; ++i) words[i] = to_string(all[i]);
  const auto index = reader.choice(node, words);
  if (!index) return std::nullopt;
  return all[*index];
}

// One key that a table may have, and what reads it into `T`.
template <typename T>
struct Key {
  std::string_view name;
  Need need;
  void (*read)(Reader& reader, const Node& node, T& out);
};

// Reads the keys of a table; `what` names the table in complaints.
template <typename T, std::size_t Size>
void read_table(Reader& reader, const Node& table, std::string_view what, const Key<T> (&keys)[Size], T& out) {
  if (!reader.is(table, Node::Kind::table)) return;
  std::array<KeyName, Size> names;
  for (std::size_t i = 0; i < Size; ++i) {
    names[i] = {keys[i].name, keys[i].need};
    if (const Node::Entry* entry = table.find(keys[i].name)) keys[i].read(reader, entry->value, out);
  }
  reader.check_keys(table, what, names);
}

template <typename T>
struct Owner;
template <typename T, typename M>
struct Owner<M T::*> {
  using Type = T;
};

// Reads a string that is not empty into a member.
template <auto Member>
void read_text(Reader& reader, const Node& node, typename Owner<decltype(Member)>::Type& out) {
  out.*Member = reader.text(node);
}

// Reads a list of strings into a member.
template <auto Member>
void read_texts(Reader& reader, const Node& node, typename Owner<decltype(Member)>::Type& out) {
  for (const Node* item : reader.list(node)) (out.*Member).push_back(reader.text(*item));
}

template <auto Member>
void read_condition(Reader& reader, const Node& node, typename Owner<decltype(Member)>::Type& out) {
  out.*Member = reader.condition(node);
}

template <auto Member>
void read_list_expression(Reader& reader, const Node& node, typename Owner<decltype(Member)>::Type& out) {
  out.*Member = reader.list_expression(node);
}

// Whether a text is not empty and has letters, digits and these alone.
bool is_made_of(std::string_view text, std::string_view others);

}  // namespace harden
