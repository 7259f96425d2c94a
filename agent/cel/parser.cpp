// SPDX-License-Identifier: Apache-2.0
#include "agent/cel/parser.h"

#include <algorithm>
#include <array>
#include <optional>

#include "agent/core/text.h"

namespace harden::cel {
namespace {

constexpr std::array<std::string_view, 17> kReserved{"as",        "break",  "const",  "continue", "else", "for",
                                                     "function",  "if",     "import", "let",      "loop", "package",
                                                     "namespace", "return", "var",    "void",     "while"};

struct BinaryForm {
  std::string_view sign;
  int precedence;
  Op op;
};

constexpr std::array<BinaryForm, 12> kBinary{{{"==", 1, Op::equal},
                                              {"!=", 1, Op::not_equal},
                                              {"<", 1, Op::less},
                                              {"<=", 1, Op::less_equal},
                                              {">", 1, Op::greater},
                                              {">=", 1, Op::greater_equal},
                                              {"in", 1, Op::in},
                                              {"+", 2, Op::add},
                                              {"-", 2, Op::subtract},
                                              {"*", 3, Op::multiply},
                                              {"/", 3, Op::divide},
                                              {"%", 3, Op::modulo}}};
constexpr int kTightest = 3;

class Parser {
 public:
  Parser(const std::vector<Token>& tokens, int depth, Mistakes& mistakes)
      : tokens_(tokens), deepest_(depth), mistakes_(mistakes) {}

  NodePtr run() {
    NodePtr root = expression();
    if (!panic_ && peek().word != Word::end) unexpected("an operator or the end");
    return root;
  }

 private:
  const Token& peek() const { return tokens_[at_]; }
  bool sees(std::string_view sign) const { return peek().word == Word::sign && peek().text == sign; }

  const Token& take() { return tokens_[peek().word == Word::end ? at_ : at_++]; }

  bool accept(std::string_view sign) {
    if (!sees(sign)) return false;
    ++at_;
    return true;
  }

  void expect(std::string_view sign) {
    if (!panic_ && !accept(sign)) unexpected("'" + std::string(sign) + "'");
  }

  void fail(std::size_t offset, std::string message, std::string hint = {}) {
    if (!panic_) mistakes_.add(offset, std::move(message), std::move(hint));
    panic_ = true;
  }

  void unexpected(const std::string& wanted) {
    const Token& token = peek();
    if (token.word == Word::end) return fail(token.span.begin, "expected " + wanted + ", but the expression ends");
    fail(token.span.begin, "expected " + wanted + ", but found " + shown(token));
  }

  static std::string shown(const Token& token) {
    switch (token.word) {
      case Word::integer: return "a number";
      case Word::literal: return "a " + std::string(type_name(token.value.kind()));
      case Word::end:
      case Word::name:
      case Word::quoted_name:
      case Word::sign: break;
    }
    return "'" + text::printable(token.text) + "'";
  }

  std::uint32_t last_end() const { return at_ == 0 ? 0 : tokens_[at_ - 1].span.end; }

  NodePtr close(NodePtr node, std::uint32_t begin) {
    node->span = {begin, std::max(begin, last_end())};
    if (node->height > deepest_) too_deep(node->at);
    return node;
  }

  // Nothing more is read: one mistake is enough said about such a text.
  void too_deep(std::size_t offset) {
    fail(offset, "the expression is nested more than " + std::to_string(deepest_) + " levels deep");
    at_ = tokens_.size() - 1;
  }

  NodePtr nothing() { return make_node(Op::literal, peek().span, peek().span.begin); }

  bool enter() {
    if (++level_ <= deepest_) return true;
    too_deep(peek().span.begin);
    return false;
  }

  NodePtr expression() {
    NodePtr node = enter() ? conditional() : nothing();
    --level_;
    return node;
  }

  NodePtr conditional() {
    const std::uint32_t begin = peek().span.begin;
    NodePtr condition = chain(Op::logical_or);
    const std::uint32_t at = peek().span.begin;
    if (panic_ || !accept("?")) return condition;
    NodePtr node = make_node(Op::conditional, {}, at);
    adopt(*node, std::move(condition));
    adopt(*node, chain(Op::logical_or));
    expect(":");
    adopt(*node, panic_ ? nothing() : expression());
    return close(std::move(node), begin);
  }

  // a && b && c is one node, whatever its length: no limit of depth applies.
  NodePtr chain(Op op) {
    const std::string_view sign = op == Op::logical_or ? "||" : "&&";
    const std::uint32_t begin = peek().span.begin;
    NodePtr first = chain_part(op);
    if (panic_ || !sees(sign)) return first;
    NodePtr node = make_node(op, {}, peek().span.begin);
    adopt(*node, std::move(first));
    while (!panic_ && accept(sign)) adopt(*node, chain_part(op));
    return close(std::move(node), begin);
  }

  NodePtr chain_part(Op op) { return op == Op::logical_or ? chain(Op::logical_and) : binary(1); }

  const BinaryForm* binary_form(int precedence) const {
    const Token& token = peek();
    if (token.word != Word::sign && token.word != Word::name) return nullptr;
    const auto found = std::ranges::find_if(
        kBinary, [&](const BinaryForm& form) { return form.precedence == precedence && form.sign == token.text; });
    return found == kBinary.end() ? nullptr : &*found;
  }

  NodePtr binary(int precedence) {
    const std::uint32_t begin = peek().span.begin;
    NodePtr left = precedence == kTightest ? unary() : binary(precedence + 1);
    for (;;) {
      const BinaryForm* form = panic_ ? nullptr : binary_form(precedence);
      if (form == nullptr) return left;
      NodePtr node = make_node(form->op, {}, take().span.begin);
      adopt(*node, std::move(left));
      adopt(*node, precedence == kTightest ? unary() : binary(precedence + 1));
      left = close(std::move(node), begin);
    }
  }

  NodePtr unary() {
    const Token& sign = peek();
    if (!sees("!") && !sees("-")) return member();
    if (sees("-") && tokens_[at_ + 1].word == Word::integer) return member();
    if (sees("-") && tokens_[at_ + 1].word == Word::literal && tokens_[at_ + 1].value.is(Value::Kind::real))
      return member();
    ++at_;
    NodePtr node = make_node(sign.text == "!" ? Op::logical_not : Op::negate, {}, sign.span.begin);
    adopt(*node, enter() ? unary() : nothing());
    --level_;
    return close(std::move(node), sign.span.begin);
  }

  NodePtr member() {
    const std::uint32_t begin = peek().span.begin;
    NodePtr node = primary();
    while (!panic_) {
      if (accept(".")) {
        node = selection(std::move(node), begin);
      } else if (sees("[")) {
        node = indexing(std::move(node), begin);
      } else if (sees("{") && (node->op == Op::name || node->op == Op::select)) {
        fail(peek().span.begin, "messages cannot be built here", "a map is written {\"key\": value}");
      } else {
        break;
      }
    }
    return node;
  }

  NodePtr selection(NodePtr from, std::uint32_t begin) {
    const Token& field = peek();
    const bool is_word = field.word == Word::name && field.text != "in" && field.text != "true" &&
                         field.text != "false" && field.text != "null";
    if (!is_word && field.word != Word::quoted_name) {
      unexpected("the name of a field");
      return from;
    }
    ++at_;
    const bool call = is_word && sees("(");
    NodePtr node = make_node(call ? Op::call : Op::select, {}, field.span.begin);
    node->name = field.text;
    node->method = call;
    adopt(*node, std::move(from));
    if (call) arguments(*node, "(", ")");
    node = close(std::move(node), begin);
    return call && !panic_ ? expand_macro(std::move(node), mistakes_) : std::move(node);
  }

  NodePtr indexing(NodePtr from, std::uint32_t begin) {
    NodePtr node = make_node(Op::index, {}, take().span.begin);
    adopt(*node, std::move(from));
    adopt(*node, expression());
    expect("]");
    return close(std::move(node), begin);
  }

  NodePtr primary() {
    const Token& token = peek();
    switch (token.word) {
      case Word::integer: return integer();
      case Word::literal: ++at_; return literal(token.value, token.span.begin);
      case Word::name: return named();
      case Word::quoted_name:
      case Word::end: break;
      case Word::sign:
        if (token.text == "(") return parenthesised();
        if (token.text == "[" || token.text == "{") return aggregate();
        if (token.text == "." && tokens_[at_ + 1].word == Word::name) return named();
        if (token.text == "-") return negative();
        break;
    }
    unexpected("a value");
    return nothing();
  }

  NodePtr literal(Value value, std::uint32_t begin) {
    NodePtr node = make_node(Op::literal, {}, begin);
    node->literal = std::move(value);
    return close(std::move(node), begin);
  }

  // A sign right before a number belongs to it, so that the least int can be written.
  NodePtr negative() {
    const std::uint32_t begin = take().span.begin;
    if (peek().word == Word::literal) {
      const double value = -peek().value.real();
      ++at_;
      return literal(value, begin);
    }
    const std::uint64_t magnitude = take().magnitude;
    if (magnitude > std::uint64_t{1} << 63U) fail(begin, "the number does not fit an int");
    return literal(static_cast<std::int64_t>(~magnitude + 1), begin);
  }

  NodePtr integer() {
    const Token& token = take();
    if (token.magnitude >> 63U != 0) {
      fail(token.span.begin, "the number does not fit an int", "an unsigned number ends in 'u'");
    }
    return literal(static_cast<std::int64_t>(token.magnitude), token.span.begin);
  }

  NodePtr parenthesised() {
    const std::size_t open = take().span.begin;
    NodePtr node = expression();
    node->enclosed = true;
    if (!panic_ && !accept(")")) {
      if (peek().word == Word::end) fail(open, "'(' is never closed");
      unexpected("')'");
    }
    return node;
  }

  NodePtr aggregate() {
    const Token& open = peek();
    NodePtr node = make_node(open.text == "[" ? Op::list : Op::map, {}, open.span.begin);
    arguments(*node, open.text, open.text == "[" ? "]" : "}");
    return close(std::move(node), open.span.begin);
  }

  NodePtr named() {
    const std::uint32_t begin = peek().span.begin;
    const bool absolute = accept(".");
    const Token& token = take();
    if (token.text == "true" || token.text == "false") return literal(token.text == "true", begin);
    if (token.text == "null") return literal(Value(), begin);
    if (token.text == "in" || std::ranges::find(kReserved, token.text) != kReserved.end()) {
      fail(token.span.begin, "'" + std::string(token.text) + "' is a reserved word");
      return nothing();
    }
    NodePtr node = make_node(sees("(") ? Op::call : Op::name, {}, token.span.begin);
    node->name = token.text;
    node->absolute = absolute;
    const bool call = node->op == Op::call;
    if (call) arguments(*node, "(", ")");
    node = close(std::move(node), begin);
    return call && !panic_ ? expand_macro(std::move(node), mistakes_) : std::move(node);
  }

  // The parts between brackets. A mistake in one part does not hide those in the next.
  void arguments(Node& parent, std::string_view open, std::string_view shut) {
    const std::size_t begin = peek().span.begin;
    expect(open);
    while (!panic_ && !accept(shut)) {
      adopt(parent, expression());
      if (parent.op == Op::map) {
        expect(":");
        if (!panic_) adopt(parent, expression());
      }
      if (panic_) recover(shut);
      if (panic_ || accept(shut)) return;
      if (peek().word == Word::end) return fail(begin, "'" + std::string(open) + "' is never closed");
      if (!accept(",")) unexpected("',' or '" + std::string(shut) + "'");
      if (sees(shut) && open == "(") return unexpected("an argument");
    }
  }

  // After a mistake: on to the next comma or the closing bracket of this
  // nesting, where there is one.
  void recover(std::string_view shut) {
    int nesting = 0;
    for (std::size_t i = at_; tokens_[i].word != Word::end; ++i) {
      if (tokens_[i].word != Word::sign) continue;
      const std::string_view sign = tokens_[i].text;
      if (nesting == 0 && (sign == shut || sign == ",")) return resume(i);
      if (sign == "(" || sign == "[" || sign == "{") ++nesting;
      if ((sign == ")" || sign == "]" || sign == "}") && --nesting < 0) return;
    }
  }

  void resume(std::size_t at) {
    at_ = at;
    panic_ = false;
  }

  const std::vector<Token>& tokens_;
  int deepest_;
  Mistakes& mistakes_;
  std::size_t at_ = 0;
  int level_ = 0;
  bool panic_ = false;
};

}  // namespace

NodePtr make_node(Op op, Span span, std::uint32_t at) {
  auto node = std::make_unique<Node>();
  node->op = op;
  node->span = span;
  node->at = at;
  return node;
}

void adopt(Node& parent, NodePtr child) {
  parent.height = std::max(parent.height, child->height + 1);
  parent.children.push_back(std::move(child));
}

NodePtr parse_tokens(const std::vector<Token>& tokens, int depth, Mistakes& mistakes) {
  return Parser(tokens, depth, mistakes).run();
}

}  // namespace harden::cel
