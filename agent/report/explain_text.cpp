// SPDX-License-Identifier: Apache-2.0
//
// One policy on one host in full: what it is, the condition taken apart, the
// remedies with their worth and their price here.
#include <algorithm>

#include "agent/report/remedy_lines.h"
#include "agent/report/report.h"
#include "agent/report/terminal.h"

namespace harden {
namespace {

std::string heading(std::string_view text, const Style& style) {
  return "\n" + painted(text, Paint::bold, style) + "\n";
}

// A tick where a part of the condition speaks for exposure, a cross where it
// speaks against it, a question mark where it cannot be told.
std::string mark(const cel::Condition& part, const Style& style) {
  if (!part.value.is(Value::Kind::boolean)) return painted("?", Paint::yellow, style);
  return part.value.boolean() == part.wanted ? painted("✓", Paint::red, style) : painted("✗", Paint::green, style);
}

std::string seen_lines(const cel::Condition& leaf, const Facts& facts, std::size_t indent, const Style& style) {
  std::string out;
  for (const auto& seen : leaf.seen) {
    std::string text = cel::to_text(seen.reference) + " = ";
    text += seen.value.is(Value::Kind::unknown) ? std::string(to_string(seen.value.missing().front().error.code)) +
                                                      ": " + seen.value.missing().front().error.message
                                                : to_text(seen.value);
    const std::string source = facts.source(seen.reference.fact, seen.reference.key.value_or(""));
    if (!source.empty()) text += "   (from " + source + ")";
    out += paragraph(indent, "seen   ", text, style);
  }
  return out;
}

std::string condition_lines(const cel::Condition& part, const Facts& facts, std::size_t indent, const Style& style) {
  const std::string margin(indent, ' ');
  if (part.kind == cel::Condition::Kind::leaf) {
    std::string out = margin + mark(part, style) + " " + plain(part.text) + "\n";
    out += seen_lines(part, facts, indent + 4, style);
    out += paragraph(indent + 4, "wanted ", part.wanted_text, style);
    if (part.value.is(Value::Kind::error)) out += paragraph(indent + 4, "error  ", part.value.error(), style);
    return out;
  }
  const bool all = part.kind == cel::Condition::Kind::all;
  std::string out = margin + mark(part, style) + (all ? " all of\n" : " any of\n");
  for (const cel::Condition& child : part.children) out += condition_lines(child, facts, indent + 2, style);
  return out;
}

std::string evidence_lines(const Finding& finding, const Style& style) {
  std::string out;
  for (const Evidence& evidence : finding.evidence) {
    if (!evidence.fact.starts_with("kernel.")) continue;
    const bool unknown = evidence.value.is(Value::Kind::unknown);
    const std::string value = unknown ? describe(evidence.value.missing().front().error) : to_text(evidence.value);
    out += paragraph(2, "", evidence.fact + " = " + value + "   (from " + evidence.source + ")", style);
  }
  return out;
}

std::string kernel_section(const Policy& policy, const Facts& facts, const Finding& finding, const Style& style) {
  if (!policy.affected) return {};
  const Applicability kernel = applies(*policy.affected, facts);
  std::string out = heading("Is this kernel one that has the bug?", style);
  const std::string word = kernel.verdict == Verdict::exposed        ? "yes"
                           : kernel.verdict == Verdict::not_affected ? "no"
                                                                     : "unknown";
  out += paragraph(2, "", word + ": " + kernel.reason, style);
  return out + evidence_lines(finding, style);
}

// Paragraphs are parted by empty lines, as in the policy's file.
std::string paragraphs(std::string_view text, const Style& style) {
  std::string out;
  for (auto end = text.find("\n\n"); end != std::string_view::npos; end = text.find("\n\n")) {
    out += paragraph(0, "", text.substr(0, end), style) + "\n";
    text.remove_prefix(end + 2);
  }
  return out + paragraph(0, "", text, style);
}

std::string reference_lines(const Policy& policy, const Style& style) {
  if (policy.references.empty()) return {};
  std::string out = heading("References", style);
  for (const std::string& reference : policy.references) out += paragraph(2, "", reference, style);
  return out;
}

}  // namespace

std::string explain_text(const Policy& policy, const Facts& facts, const CheckReport& report, const Style& style) {
  const Finding& finding = report.findings.front();
  std::string out = painted(plain(policy.id), Paint::bold, style) + "  " + std::string(to_string(policy.severity)) +
                    "  " + painted(to_string(finding.verdict), paint_of(finding.verdict), style) + "\n";
  out += paragraph(0, "", policy.title, style) + "\n" + paragraphs(policy.description, style) + "\n";
  out += paragraph(0, "why   ", finding.reason, style);
  out += paragraph(0, "next  ", finding.next, style);
  if (finding.waiver) out += paragraph(0, "waived ", describe(*finding.waiver), style);
  for (const Waiver& waiver : report.expired) out += paragraph(0, "waiver over, ", describe(waiver), style);
  out += kernel_section(policy, facts, finding, style);
  if (policy.exposed) {
    out += heading("Can it be reached on this host?", style);
    out += condition_lines(policy.exposed->explain(cel::bind(facts)), facts, 2, style);
  }
  const auto remedies = remedy_views(policy, facts);
  if (!remedies.empty()) out += heading("Remedies", style);
  for (const RemedyView& remedy : remedies) out += remedy_lines(remedy, style);
  return out + reference_lines(policy, style);
}

}  // namespace harden
