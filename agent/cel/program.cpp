// SPDX-License-Identifier: Apache-2.0
#include "agent/cel/code.h"
#include "agent/cel/evaluator.h"
#include "agent/cel/lexer.h"
#include "agent/cel/parser.h"

namespace harden::cel {

std::expected<std::shared_ptr<const Program::Code>, Diagnostics> Program::Code::build(
    std::string_view source, const std::vector<Variable>* declared, const Origin& origin, const Limits& limits) {
  auto code = std::make_shared<Code>(source.substr(0, limits.source_bytes), origin, limits);
  Mistakes mistakes(code->places);
  if (source.size() > limits.source_bytes) {
    mistakes.add(0, "the expression is longer than " + std::to_string(limits.source_bytes) + " bytes");
    return std::unexpected(mistakes.take());
  }
  const std::vector<Token> tokens = lex(code->source, mistakes);
  if (mistakes.empty()) code->root = parse_tokens(tokens, limits.depth, mistakes);
  if (!mistakes.empty()) return std::unexpected(mistakes.take());
  resolve(code->root, declared, code->slots, mistakes);
  if (declared != nullptr) code->type = check(*code->root, *declared, code->slots, mistakes);
  if (!mistakes.empty()) return std::unexpected(mistakes.take());
  code->words.reserve(tokens.size());
  for (const Token& token : tokens) code->words.push_back(token.span);
  code->references = references_of(*code->root, declared, code->slots);
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

const std::vector<Reference>& Program::references() const { return code_->references; }
const Type& Program::type() const { return code_->type; }
const std::string& Program::source() const { return code_->source; }

Bindings bind(const Facts& facts) {
  return [&facts](std::string_view name) { return facts.value(name); };
}

}  // namespace harden::cel
