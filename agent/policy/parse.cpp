// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "agent/core/text.h"
#include "agent/policy/parts.h"

namespace harden {
namespace {

// "ip6mr-sk-done" of ".../crash/ip6mr-sk-done.toml"; "" for what is no policy
// file, such as standard input.
std::string stem(std::string_view file) {
  constexpr std::string_view kEnding = ".toml";
  if (!file.ends_with(kEnding)) return {};
  file.remove_suffix(kEnding.size());
  return std::string(file.substr(file.rfind('/') + 1));
}

void read_id(Reader& reader, const Node& node, Policy& out) {
  out.id = reader.text(node);
  if (out.id.empty()) return;
  if (!is_made_of(out.id, "-")) return reader.complain(node.at, "an id has letters, digits and '-' alone");
  const std::string name = stem(reader.file());
  if (name.empty() || name == out.id) return;
  reader.complain(node.at, "the id " + text::quote(out.id) + " is not the file's name, " + text::quote(name));
}

void read_kind(Reader& reader, const Node& node, Policy& out) {
  using enum PolicyKind;
  out.kind = read_word(reader, node, std::array{crash, setting}).value_or(crash);
}

void read_severity(Reader& reader, const Node& node, Policy& out) {
  using enum Severity;
  out.severity = read_word(reader, node, std::array{low, medium, high, critical}).value_or(medium);
}

void read_aliases(Reader& reader, const Node& node, Policy& out) {
  if (!reader.is(node, Node::Kind::array)) return;
  for (const Node& item : node.items) out.aliases.push_back(reader.text(item));
}

constexpr Key<Policy> kExposedKeys[] = {
    {"when", Need::required, read_condition<&Policy::exposed>},
};

void read_exposed(Reader& reader, const Node& node, Policy& out) {
  read_table(reader, node, "[exposed]", kExposedKeys, out);
}

void read_frames(Reader& reader, const Node& list, CrashSignature& out) {
  for (const Node* node : reader.list(list)) {
    const std::string frame = reader.text(*node);
    if (!frame.empty() && !is_made_of(frame, "_.")) {
      reader.complain(node->at, text::quote(frame) + " is not the name of a function");
    }
    out.frames.push_back(frame);
  }
}

void read_precursors(Reader& reader, const Node& list, CrashSignature& out) {
  for (const Node* node : reader.list(list)) out.precursors.push_back(reader.pattern(*node).value_or(""));
}

void read_titles(Reader& reader, const Node& node, CrashSignature& out) {
  for (const Node* title : reader.strings(node)) {
    if (title->text.find_first_not_of("* ") == std::string::npos) {
      reader.complain(title->at, "this title fits every crash");
    }
    out.titles.push_back(title->text);
  }
}

void read_samples(Reader& reader, const Node& list, CrashSignature& out) {
  for (const Node* node : reader.list(list)) {
    const std::string file = reader.text(*node);
    if (!file.empty() && (!is_made_of(file, "._-") || file.starts_with('.'))) {
      reader.complain(node->at, text::quote(file) + " is not the name of a file");
    }
    out.samples.push_back({file, node->at});
  }
}

constexpr Key<CrashSignature> kCrashKeys[] = {
    {"title", Need::required, read_titles},
    {"frames", Need::optional, read_frames},
    {"precursors", Need::optional, read_precursors},
    {"samples", Need::optional, read_samples},
};

void read_crash(Reader& reader, const Node& node, Policy& out) {
  read_table(reader, node, "[crash]", kCrashKeys, out.crash.emplace());
}

void read_examples(Reader& reader, const Node& list, Policy& policy) {
  const std::size_t mistakes = reader.mistakes();
  policy.examples = read_examples(reader, list);
  if (reader.mistakes() != mistakes) return;
  for (const Verdict verdict : {Verdict::exposed, Verdict::not_affected, Verdict::unknown}) {
    const auto shows = [&](const Example& example) { return example.verdict == verdict; };
    if (std::ranges::any_of(policy.examples, shows)) continue;
    reader.complain(list.at, "no [[example]] has the verdict " + text::quote(to_string(verdict)));
  }
}

constexpr Key<Policy> kPolicyKeys[] = {
    {"id", Need::required, read_id},
    {"kind", Need::required, read_kind},
    {"title", Need::required, read_text<&Policy::title>},
    {"severity", Need::required, read_severity},
    {"description", Need::required, read_text<&Policy::description>},
    {"references", Need::required, read_texts<&Policy::references>},
    {"aliases", Need::optional, read_aliases},
    {"affected", Need::optional,
     [](Reader& reader, const Node& node, Policy& out) { out.affected = read_affected(reader, node); }},
    {"exposed", Need::optional, read_exposed},
    {"crash", Need::optional, read_crash},
    {"remedy", Need::optional,
     [](Reader& reader, const Node& node, Policy& out) { out.remedies = read_remedies(reader, node); }},
    {"example", Need::required, read_examples},
};

void check_scope(Reader& reader, const Node& root, const Policy& policy) {
  if (policy.kind != PolicyKind::crash) return;
  if (root.find("affected") != nullptr || root.find("exposed") != nullptr) return;
  reader.complain(root.at, "a crash policy needs [affected] or [exposed]");
}

}  // namespace

std::expected<Policy, Diagnostics> parse_policy(std::string_view text, const std::string& file,
                                                const std::vector<cel::Variable>& variables) {
  const auto root = parse_document(text, file);
  if (!root) return std::unexpected(root.error());
  Reader reader(file, variables);
  Policy policy;
  policy.file = file;
  read_table(reader, *root, "the policy", kPolicyKeys, policy);
  check_scope(reader, *root, policy);
  Diagnostics mistakes = reader.take();
  if (!mistakes.empty()) return std::unexpected(std::move(mistakes));
  return policy;
}

}  // namespace harden
