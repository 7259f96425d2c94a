// SPDX-License-Identifier: Apache-2.0
#include "agent/cel/code.h"
#include "agent/cel/evaluator.h"
#include "agent/cel/explain.h"
#include "agent/cel/lexer.h"
#include "agent/cel/parser.h"
#include "agent/cel/recorder.h"

namespace harden::cel {

std::expected<std::shared_ptr<const Program::Code>, Diagnostics> Program::Code::build(
    std::string_view source, const std::vector<Variable>* declared, const Origin& origin, const Limits& limits) {
  const std::string_view kept = source.substr(0, limits.source_bytes);
  auto code = std::make_shared<Code>(Code{{std::string(kept), Places(kept, origin), {}}, limits, {}, {}, {}, {}});
  Mistakes mistakes(code->text.places);
  if (source.size() > limits.source_bytes) {
    mistakes.add(0, "the expression is longer than " + std::to_string(limits.source_bytes) + " bytes");
    return std::unexpected(mistakes.take());
  }
  const std::vector<Token> tokens = lex(code->text.source, mistakes);
  if (mistakes.empty()) code->root = parse_tokens(tokens, limits.depth, mistakes);
  if (!mistakes.empty()) return std::unexpected(mistakes.take());
  resolve(code->root, declared, code->slots, mistakes);
  if (declared != nullptr) code->type = check(*code->root, *declared, code->slots, mistakes);
  if (!mistakes.empty()) return std::unexpected(mistakes.take());
  code->text.words.reserve(tokens.size());
  for (const Token& token : tokens) code->text.words.push_back(token.span);
  code->references = references_of(*code->root, code->slots);
  return code;
}

std::expected<Program, Diagnostics> Program::compile(std::string_view source, const std::vector<Variable>& variables,
                                                     const Origin& origin, const Limits& limits) {
  auto code = Code::build(source, &variables, origin, limits);
  if (!code) return std::unexpected(std::move(code).error());
  return Program(std::move(*code));
}

std::expected<Program, Diagnostics> Program::parse(std::string_view source, const Origin& origin,
                                                   const Limits& limits) {
  auto code = Code::build(source, nullptr, origin, limits);
  if (!code) return std::unexpected(std::move(code).error());
  return Program(std::move(*code));
}

Value Program::evaluate(const Bindings& bindings) const {
  return Evaluator(code_->slots, code_->limits, bindings).run(*code_->root);
}

std::vector<Step> Program::trace(const Bindings& bindings) const {
  Recorder recorder(code_->text);
  Evaluator(code_->slots, code_->limits, bindings, &recorder).run(*code_->root);
  return recorder.take();
}

Condition Program::explain(const Bindings& bindings) const {
  Evaluator evaluator(code_->slots, code_->limits, bindings);
  return explain_node(*code_->root, code_->text, code_->slots, bindings, evaluator);
}

Decision Program::decide(const Bindings& bindings) const {
  Evaluator evaluator(code_->slots, code_->limits, bindings);
  return decide_node(*code_->root, code_->text, code_->slots, bindings, evaluator);
}

const std::vector<Reference>& Program::references() const { return code_->references; }
const Type& Program::type() const { return code_->type; }
const std::string& Program::source() const { return code_->text.source; }

Bindings bind(const Facts& facts) {
  return [&facts](std::string_view name) { return facts.value(name); };
}

}  // namespace harden::cel
