// SPDX-License-Identifier: Apache-2.0
//
// The report for a person: worst first, each finding with why and what next.
#include <algorithm>

#include "agent/report/report.h"
#include "agent/report/terminal.h"

namespace harden {
namespace {

constexpr std::size_t kVerdictWidth = 14;
constexpr std::size_t kSeverityWidth = 10;
constexpr std::size_t kMargin = 2;

std::string shown(Verdict verdict) {
  switch (verdict) {
    case Verdict::exposed: return "EXPOSED";
    case Verdict::unknown: return "UNKNOWN";
    case Verdict::mitigated: return "mitigated";
    case Verdict::not_affected: return "not affected";
  }
  return {};
}

std::string head_of(const HostSummary& host, const Style& style) {
  std::string text = host.os.empty() ? "an unnamed system" : host.os;
  text += ", kernel " + (host.kernel.empty() ? "not readable" : host.kernel);
  if (!host.package.empty()) text += " (" + host.package + ")";
  if (host.root != "/") text += ", read from " + host.root;
  return paragraph(0, "", text, style) + "\n";
}

// The price of the remedy that `next` names is told where it has one.
std::string prices(const Finding& finding, const Style& style) {
  std::string out;
  for (const RemedyView& remedy : finding.remedies) {
    if (!finding.next.starts_with(remedy.action) || remedy.action.empty()) continue;
    for (const std::string& impact : remedy.impacts) out += paragraph(kMargin, "price  ", impact, style);
    for (const std::string& impact : remedy.possible_impacts) out += paragraph(kMargin, "price? ", impact, style);
    break;
  }
  return out;
}

std::string waiver_line(const Finding& finding, const Style& style) {
  return finding.waiver ? paragraph(kMargin, "waived ", describe(*finding.waiver), style) : "";
}

std::string struck_line(const Finding& finding, const Style& style) {
  if (!finding.struck) return {};
  return painted(paragraph(kMargin, "struck ", describe(*finding.struck), style), Paint::red, style);
}

std::string in_full(const Finding& finding, const Style& style) {
  const std::string verdict = plain(shown(finding.verdict), kVerdictWidth);
  std::string out = painted(verdict, paint_of(finding.verdict), style) +
                    plain(to_string(finding.severity), kSeverityWidth) +
                    painted(plain(finding.policy), Paint::bold, style) + "\n";
  out += paragraph(kMargin, "what   ", finding.title, style);
  out += paragraph(kMargin, "why    ", finding.reason, style);
  out += struck_line(finding, style);
  out += paragraph(kMargin, "next   ", finding.next, style);
  out += prices(finding, style);
  out += waiver_line(finding, style);
  return out + "\n";
}

std::string in_a_line(const Finding& finding, std::size_t id_width, const Style& style) {
  const std::string verdict = plain(shown(finding.verdict), kVerdictWidth);
  const std::size_t used = kVerdictWidth + id_width + 2;
  const auto width = static_cast<std::size_t>(std::max(style.width, 1));
  const std::string reason = shortened(finding.reason, width > used + 10 ? width - used : 10);
  return painted(verdict, paint_of(finding.verdict), style) + plain(finding.policy, id_width) + "  " + reason + "\n" +
         struck_line(finding, style) + waiver_line(finding, style);
}

std::string total(const CheckReport& report, const Style& style) {
  const Summary& sum = report.summary;
  const auto part = [&](int count, const char* word, Paint paint) {
    return painted(std::to_string(count) + " " + word, count > 0 ? paint : Paint::none, style);
  };
  const std::size_t count = report.findings.size();
  return std::to_string(count) + (count == 1 ? " policy: " : " policies: ") + part(sum.exposed, "exposed", Paint::red) +
         ", " + part(sum.unknown, "unknown", Paint::yellow) + ", " + part(sum.mitigated, "mitigated", Paint::cyan) +
         ", " + part(sum.not_affected, "not affected", Paint::green) + ", " + part(sum.waived, "waived", Paint::dim) +
         "\n";
}

std::string expired(const CheckReport& report, const Style& style) {
  std::string out;
  for (const Waiver& waiver : report.expired) {
    out += paragraph(0, "waiver over   ", waiver.policy + " was waived " + describe(waiver), style);
  }
  return out + (out.empty() ? "" : "\n");
}

std::string render(const CheckReport& report, const Style& style) {
  std::string out = head_of(report.host, style);
  std::size_t id_width = 0;
  for (const Finding& finding : report.findings) id_width = std::max(id_width, cells(plain(finding.policy)));
  bool lines = false;
  for (const Finding& finding : report.findings) {
    if (finding.verdict == Verdict::not_affected) {
      out += in_a_line(finding, id_width, style);
      lines = true;
    } else {
      out += in_full(finding, style);
    }
  }
  return out + (lines ? "\n" : "") + expired(report, style) + total(report, style);
}

const RegisterFormat registered(CheckFormat{"text", render});

}  // namespace
}  // namespace harden
