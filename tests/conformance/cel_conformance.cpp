// SPDX-License-Identifier: Apache-2.0
//
// cel_conformance FILE.jsonl [KNOWN_MISSES.txt]
//
// Evaluates cases of the CEL specification's own suite, one JSON document a
// line: {"name", "expr", "bindings"?, "value" | "error"}. Exit status: 0 when
// at least 97 % pass and the misses are exactly those of KNOWN_MISSES.txt,
// 1 when not, 77 where the file is absent.
#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "agent/core/text.h"
#include "harden/cel.h"

namespace {

using harden::List;
using harden::Map;
using harden::Value;
namespace json = boost::json;

constexpr int kSkipped = 77;
constexpr std::size_t kLeastPercent = 97;

std::string text(const json::value& value) {
  const json::string& string = value.as_string();
  return {string.data(), string.size()};
}

template <typename Number>
Number number(const std::string& text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) throw std::runtime_error("not a number: " + text);
  return value;
}

std::string bytes_of(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(harden::text::to_hex(hex.substr(i, 2)).value());
  }
  return bytes;
}

Value value_of(const json::value& document);

Value list_of(const json::array& elements) {
  List list;
  for (const json::value& element : elements) list.push_back(value_of(element));
  return list;
}

Value map_of(const json::array& pairs) {
  std::vector<Map::Entry> entries;
  for (const json::value& pair : pairs) {
    entries.emplace_back(value_of(pair.as_array().at(0)), value_of(pair.as_array().at(1)));
  }
  return Map(std::move(entries));
}

Value value_of(const json::value& document) {
  const auto& [kind, content] = *document.as_object().begin();
  if (kind == "bool") return content.as_bool();
  if (kind == "int") return number<std::int64_t>(text(content));
  if (kind == "uint") return number<std::uint64_t>(text(content));
  if (kind == "double") return number<double>(text(content));
  if (kind == "string") return text(content);
  if (kind == "bytes") return harden::Bytes{bytes_of(text(content))};
  if (kind == "list") return list_of(content.as_array());
  if (kind == "map") return map_of(content.as_array());
  if (kind == "type") return harden::TypeName{text(content)};
  return {};
}

// Sameness, not CEL's equality: 1 is not 1u, and NaN is NaN.
bool same(const Value& left, const Value& right) {
  if (left.kind() != right.kind()) return false;
  if (left.is(Value::Kind::real) && std::isnan(left.real())) return std::isnan(right.real());
  if (left.is(Value::Kind::list)) return std::ranges::equal(left.list(), right.list(), same);
  if (left.is(Value::Kind::map)) {
    return std::ranges::equal(left.map().entries(), right.map().entries(), [](const auto& one, const auto& other) {
      return same(one.first, other.first) && same(one.second, other.second);
    });
  }
  return left == right;
}

using Bound = std::map<std::string, Value, std::less<>>;

Bound bindings_of(const json::object& test) {
  Bound bound;
  if (const json::value* bindings = test.if_contains("bindings")) {
    for (const auto& [name, value] : bindings->as_object()) bound[std::string(name)] = value_of(value);
  }
  return bound;
}

Value evaluated(const std::string& expression, const Bound& bound) {
  const auto program = harden::cel::Program::parse(expression);
  if (!program) return harden::EvalError{program.error().front().message};
  return program->evaluate([&](std::string_view name) {
    const auto found = bound.find(name);
    return found == bound.end() ? nullptr : &found->second;
  });
}

bool refused(const std::string& expression, const Bound& bound) {
  std::vector<harden::cel::Variable> variables;
  for (const auto& [name, value] : bound) variables.push_back({name, {}});
  return !harden::cel::Program::compile(expression, variables);
}

// What was got where that is wrong, or "".
std::string miss(const json::object& test) {
  const std::string expression = text(test.at("expr"));
  const Bound bound = bindings_of(test);
  const Value got = evaluated(expression, bound);
  if (test.contains("error")) {
    return got.is(Value::Kind::error) || refused(expression, bound) ? "" : harden::to_text(got);
  }
  return same(got, value_of(test.at("value"))) ? "" : harden::to_text(got);
}

// Lines of "NAME  reason"; '#' begins a comment.
std::set<std::string> known_misses(const char* file) {
  std::set<std::string> names;
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    const auto end = line.find("  ");
    if (end == std::string::npos) throw std::runtime_error("a known miss without a reason: " + line);
    names.insert(line.substr(0, end));
  }
  return names;
}

struct Tally {
  std::size_t passed = 0;
  std::size_t failed = 0;
  bool surprised = false;  // a miss nobody expected, or an expected one that passed
};

void run(const std::string& line, const std::set<std::string>& known, Tally& tally) {
  const json::value document = json::parse(line);
  const std::string name = text(document.at("name"));
  const std::string got = miss(document.as_object());
  ++(got.empty() ? tally.passed : tally.failed);
  if (!got.empty()) std::printf("%s: got %s\n", name.c_str(), got.c_str());
  if (got.empty() != known.contains(name)) return;
  std::printf("%s: %s\n", name.c_str(), got.empty() ? "is listed as a miss, and passes" : "is not a known miss");
  tally.surprised = true;
}

int judge(const char* cases, const char* misses) {
  const std::set<std::string> known = misses != nullptr ? known_misses(misses) : std::set<std::string>();
  std::ifstream stream(cases);
  Tally tally;
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty()) run(line, known, tally);
  }
  std::printf("%zu passed, %zu failed\n", tally.passed, tally.failed);
  const bool enough = tally.passed > 0 && tally.passed * 100 >= kLeastPercent * (tally.passed + tally.failed);
  return enough && !(misses != nullptr && tally.surprised) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fputs("usage: cel_conformance FILE.jsonl [KNOWN_MISSES.txt]\n", stderr);
    return 1;
  }
  if (!std::filesystem::exists(argv[1])) {
    std::fprintf(stderr, "%s is not there\n", argv[1]);
    return argc == 3 ? kSkipped : 1;
  }
  try {
    return judge(argv[1], argc == 3 ? argv[2] : nullptr);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "cel_conformance: %s\n", problem.what());
    return 1;
  }
}
