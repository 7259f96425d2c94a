// SPDX-License-Identifier: Apache-2.0
//
// The Common Expression Language (github.com/google/cel-spec/doc/langdef.md)
// without protobuf messages, timestamps and durations, with the `strings`
// extension, `matches` on RE2 and the version functions kernel.vercmp,
// deb.vercmp and rpm.vercmp. Expressions have no side effects and always end.
//
// A fact that could not be read is `unknown`. `&&`, `||`, `?:` and the
// macros absorb it as they absorb errors: false && unknown is false.
#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harden/diagnostic.h"
#include "harden/facts.h"
#include "harden/type.h"

namespace harden::cel {

// What an expression may cost. Exceeding the first two is a diagnostic,
// exceeding the others makes the expression's value an `error`.
struct Limits {
  std::size_t source_bytes = 64 << 10;
  int depth = 256;                     // of nesting
  std::size_t steps = 1'000'000;       // of evaluation
  std::size_t value_bytes = 16 << 20;  // of one string or list being built
};

// The names an expression may use. An expression that uses another is refused
// by `compile`, with the nearest declared name as the hint.
struct Variable {
  std::string name;  // may be qualified: "net.ipv6.enabled"
  Type type;
};

// Where the text of an expression stands, so that diagnostics point into the
// file it came from: `at` is the position of its first character.
struct Origin {
  std::string file = "<expression>";
  Position at{1, 1};
};

// A fact, or an entry of a map fact with a constant key, that an expression
// mentions: `sysctl["net.ipv4.tcp_sack"]` is {"sysctl", "net.ipv4.tcp_sack"}.
struct Reference {
  std::string fact;
  std::optional<std::string> key;

  friend auto operator<=>(const Reference&, const Reference&) = default;
};

// `sysctl["net.ipv4.tcp_sack"]`
std::string to_text(const Reference& reference);

// The value of a variable, or nullptr where it has none (an error when used).
using Bindings = std::function<const Value*(std::string_view name)>;

// One subexpression with what it came to. Steps stand in the order of
// evaluation: what an expression is made of comes before it.
struct Step {
  int depth = 0;     // of nesting; the whole expression is 0
  std::string text;  // as written, on one line, cut where it is very long
  Position at;
  Value value;
};

// A condition taken apart at its `&&`, `||`, `!` and `?:` for a person.
struct Condition {
  enum class Kind { all, any, leaf };
  struct Seen {
    Reference reference;
    Value value;
  };
  Kind kind = Kind::leaf;
  std::string text;                 // of a leaf: as written, on one line
  bool wanted = true;               // false below a `!`: the value that helps to make the whole true
  Value value;                      // what it came to; not negated
  std::string wanted_text;          // of a leaf: what it should have been, ">= 2", "true"
  std::vector<Seen> seen;           // of a leaf: the facts it looked at
  std::vector<Condition> children;  // of all and any
};

// What a whole condition came to, and the leaf that made it so.
struct Decision {
  Value value;
  std::optional<Condition> decider;  // nothing where no single leaf decided, or the value is no bool
};

class Program {
 public:
  // Parses and checks. Every mistake found is in the list, not only the first.
  static std::expected<Program, Diagnostics> compile(std::string_view source, const std::vector<Variable>& variables,
                                                     const Origin& origin = {}, const Limits& limits = {});

  // Parses only: names and types are left to evaluation, as CEL allows.
  static std::expected<Program, Diagnostics> parse(std::string_view source, const Origin& origin = {},
                                                   const Limits& limits = {});

  // Never fails: what goes wrong is a value of kind `error` or `unknown`.
  Value evaluate(const Bindings& bindings) const;

  // Evaluates and says what every subexpression but literals came to. Of what
  // a macro runs for each element, the first 100 rounds are told; of the
  // whole, 10,000 steps.
  std::vector<Step> trace(const Bindings& bindings) const;

  // Looks also at the parts that evaluation would skip, so the value of one may
  // be an error that the whole absorbs. `c ? a : b` is told as any of
  // (c && a) and (!c && b). An entry that a map fact does not have is seen as
  // unknown (Errc::absent).
  Condition explain(const Bindings& bindings) const;

  // The value that `evaluate` gives, with its reason: of the leaves that came
  // to what the whole came to, the first.
  Decision decide(const Bindings& bindings) const;

  // What this expression may look at, sorted, each once.
  const std::vector<Reference>& references() const;

  // The type the checker found; dyn after `parse`.
  const Type& type() const;
  const std::string& source() const;

 private:
  struct Code;
  explicit Program(std::shared_ptr<const Code> code) : code_(std::move(code)) {}
  std::shared_ptr<const Code> code_;
};

// Bindings that look names up among facts. The facts must outlive them.
Bindings bind(const Facts& facts);

}  // namespace harden::cel
