// SPDX-License-Identifier: Apache-2.0
//
// The check as a page for a browser, for paper and for a screen reader.
#include "agent/report/html.h"
#include "agent/report/markup.h"
#include "agent/report/report.h"

namespace harden {
namespace {

using html::Look;

int count_of(const Summary& sum, Verdict verdict) {
  switch (verdict) {
    case Verdict::exposed: return sum.exposed;
    case Verdict::unknown: return sum.unknown;
    case Verdict::mitigated: return sum.mitigated;
    case Verdict::not_affected: return sum.not_affected;
  }
  return 0;
}

// The bar is a picture of the numbers below it, which say the same in words.
std::string picture(const CheckReport& report) {
  std::string bar;
  std::string cards;
  for (const Look& look : html::looks()) {
    const std::string count = std::to_string(count_of(report.summary, look.verdict));
    if (count != "0") bar += "<span class=\"" + std::string(look.name) + "\" style=\"flex-grow:" + count + "\"></span>";
    cards += "<li class=\"" + std::string(look.name) + "\"><b>" + count + "</b> " + look.words + "</li>\n";
  }
  cards += "<li class=\"waived\"><b>" + std::to_string(report.summary.waived) + "</b> of them waived</li>\n";
  return "<section aria-labelledby=\"summary\">\n<h2 id=\"summary\">Verdicts</h2>\n<div class=\"bar\" "
         "aria-hidden=\"true\">" +
         bar + "</div>\n<ul class=\"cards\">\n" + cards + "</ul>\n</section>\n";
}

std::string evidence_table(const Finding& finding) {
  if (finding.evidence.empty()) return {};
  std::string out = "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"What was seen for " +
                    marked_up(finding.policy) +
                    "\">\n<table>\n<caption>What was seen</caption>\n"
                    "<tr><th scope=\"col\">Fact</th><th scope=\"col\">Value</th><th scope=\"col\">Source</th></tr>\n";
  for (const Evidence& one : finding.evidence) {
    out += "<tr><td><code>" + marked_up(one.fact) + "</code></td><td>" + marked_up(to_text(one.value)) + "</td><td>" +
           marked_up(one.source) + "</td></tr>\n";
  }
  return out + "</table>\n</div>\n";
}

std::string heading(const Finding& finding) {
  const Look& look = html::look_of(finding.verdict);
  const std::string struck = finding.struck ? html::badge("exposed", "has struck") + " " : "";
  return "<article class=\"" + std::string(look.name) + "\">\n<h3>" + html::badge(look.name, look.words) + " " +
         struck + html::badge("severity", to_string(finding.severity)) + " " + marked_up(finding.policy) + "</h3>\n";
}

std::string finding_of(const Finding& finding) {
  std::string out = heading(finding) + "<p class=\"what\">" + marked_up(finding.title) + "</p>\n" +
                    html::line("Why:", finding.reason);
  if (finding.struck) out += html::line("Struck:", describe(*finding.struck));
  out += html::line("Next:", finding.next);
  if (finding.waiver) out += html::line("Waived", describe(*finding.waiver));
  const bool open = finding.verdict == Verdict::exposed || finding.verdict == Verdict::unknown;
  return out +
         html::folded("Evidence and remedies", finding.policy,
                      evidence_table(finding) + html::remedies(finding.remedies), open) +
         "</article>\n";
}

std::string expired(const CheckReport& report) {
  if (report.expired.empty()) return {};
  std::string out = "<section aria-labelledby=\"over\">\n<h2 id=\"over\">Waivers whose time is over</h2>\n<ul>\n";
  for (const Waiver& waiver : report.expired) {
    out += "<li>" + marked_up(waiver.policy + " was waived " + describe(waiver)) + "</li>\n";
  }
  return out + "</ul>\n</section>\n";
}

std::string render(const CheckReport& report, const Style&) {
  std::string out = html::head("Known kernel crash bugs on this host", report.host) + picture(report) +
                    "<section aria-labelledby=\"findings\">\n<h2 id=\"findings\">Findings</h2>\n";
  for (const Finding& finding : report.findings) out += finding_of(finding);
  return out + "</section>\n" + expired(report) + html::foot();
}

const RegisterFormat registered(CheckFormat{"html", render});

}  // namespace
}  // namespace harden
