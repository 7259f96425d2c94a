// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "agent/cel/code.h"
#include "agent/core/text.h"

namespace harden::cel {
namespace {

class Finder {
 public:
  explicit Finder(const std::vector<Slot>& slots) : slots_(slots) {}

  void walk(const Node& node) {
    if (node.op == Op::variable) return mention(node, nullptr);
    if (node.op == Op::index && is_name(node.child(0)) && is_word(node.child(1))) {
      return mention(node.child(0), &node.child(1).literal.string());
    }
    if (node.op == Op::in && is_name(node.child(1)) && is_word(node.child(0))) {
      return mention(node.child(1), &node.child(0).literal.string());
    }
    for (const NodePtr& child : node.children) walk(*child);
  }

  std::vector<Reference> take() {
    std::ranges::sort(found_);
    const auto twice = std::ranges::unique(found_);
    found_.erase(twice.begin(), twice.end());
    return std::move(found_);
  }

 private:
  static bool is_name(const Node& node) { return node.op == Op::variable; }
  static bool is_word(const Node& node) { return node.op == Op::literal && node.literal.is(Value::Kind::string); }

  void mention(const Node& name, const std::string* index) {
    if (name.candidates.empty()) return;
    const Candidate& candidate = name.candidates.front();
    const Slot& slot = slots_[candidate.slot];
    Reference reference{slot.name, std::nullopt};
    if (slot.map) {
      if (candidate.length < name.path.size()) {
        reference.key = name.path[candidate.length];
      } else if (index != nullptr) {
        reference.key = *index;
      }
    }
    found_.push_back(std::move(reference));
  }

  const std::vector<Slot>& slots_;
  std::vector<Reference> found_;
};

}  // namespace

std::vector<Reference> references_of(const Node& node, const std::vector<Slot>& slots) {
  Finder finder(slots);
  finder.walk(node);
  return finder.take();
}

std::string to_text(const Reference& reference) {
  return reference.key ? reference.fact + "[" + text::quote(*reference.key) + "]" : reference.fact;
}

std::string text_of(const Text& text, Span span) {
  std::string out;
  std::uint32_t last = span.begin;
  auto word = std::ranges::lower_bound(text.words, span.begin, {}, &Span::begin);
  for (; word != text.words.end() && word->end <= span.end; ++word) {
    if (word->begin > last) out += ' ';
    harden::text::append_printable(out, std::string_view(text.source).substr(word->begin, word->end - word->begin));
    last = word->end;
  }
  return out;
}

}  // namespace harden::cel
