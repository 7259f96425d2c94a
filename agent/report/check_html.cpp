// SPDX-License-Identifier: Apache-2.0
//
// A page that stands on its own: no script, nothing fetched, light and dark,
// fit for a telephone, for paper and for a screen reader (WCAG 2.1 AA: every
// colour has a word beside it, and contrasts of at least 4.5).
#include <array>

#include "agent/core/text.h"
#include "agent/report/html_style.h"
#include "agent/report/markup.h"
#include "agent/report/report.h"

namespace harden {
namespace {

struct Look {
  Verdict verdict;
  const char* name;   // of the class
  const char* words;  // for a person
};
constexpr std::array<Look, 4> kLooks{{
    {Verdict::exposed, "exposed", "exposed"},
    {Verdict::unknown, "unknown", "unknown"},
    {Verdict::mitigated, "mitigated", "mitigated"},
    {Verdict::not_affected, "clear", "not affected"},
}};

const Look& look_of(Verdict verdict) {
  for (const Look& look : kLooks) {
    if (look.verdict == verdict) return look;
  }
  return kLooks[1];
}

int count_of(const Summary& sum, Verdict verdict) {
  switch (verdict) {
    case Verdict::exposed: return sum.exposed;
    case Verdict::unknown: return sum.unknown;
    case Verdict::mitigated: return sum.mitigated;
    case Verdict::not_affected: return sum.not_affected;
  }
  return 0;
}

std::string element(const std::string& tag, std::string_view content) {
  return "<" + tag + ">" + marked_up(content) + "</" + tag.substr(0, tag.find(' ')) + ">";
}

std::string badge(const char* name, std::string_view words) {
  return "<span class=\"badge " + std::string(name) + "\">" + marked_up(words) + "</span>";
}

std::string head(const CheckReport& report) {
  const std::string kernel = report.host.kernel.empty() ? "not readable" : report.host.kernel;
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n";
  out += element("title", "hardend: kernel " + kernel) + "\n<style>" + kHtmlStyle + "</style>\n</head>\n<body>\n";
  out += "<header>\n<h1>Known kernel crash bugs on this host</h1>\n<dl class=\"host\">\n";
  const auto row = [&](const char* name, const std::string& value) {
    if (!value.empty()) out += "<div><dt>" + std::string(name) + "</dt><dd>" + marked_up(value) + "</dd></div>\n";
  };
  row("System", report.host.os);
  row("Kernel", kernel);
  row("Package", report.host.package);
  row("Read from", report.host.root);
  return out + "</dl>\n</header>\n<main>\n";
}

// The bar is a picture of the numbers below it, which say the same in words.
std::string picture(const CheckReport& report) {
  std::string bar;
  std::string cards;
  for (const Look& look : kLooks) {
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

std::string items(const char* label, const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += "<li><b>" + std::string(label) + "</b> " + marked_up(text) + "</li>\n";
  return out;
}

std::string remedy_item(const RemedyView& remedy) {
  std::string out = "<li>\n<p><b>" + marked_up(remedy.name) + "</b> " +
                    badge(remedy.grade == Grade::ineffective || remedy.grade == Grade::unproven ? "weak" : "grade",
                          to_string(remedy.grade)) +
                    " <code>" + marked_up(remedy.action) + "</code></p>\n<ul>\n";
  out += items("Why:", {remedy.because}) + items("Breaks here:", remedy.impacts) +
         items("May break here:", remedy.possible_impacts);
  if (!remedy.obstacle.empty()) out += items("Cannot be applied:", {remedy.obstacle});
  if (remedy.needs_reboot) out += "<li>Takes a reboot.</li>\n";
  if (remedy.irreversible) out += "<li>Cannot be taken back before the next boot.</li>\n";
  if (remedy.in_force == true) out += "<li><b>In force.</b></li>\n";
  return out + "</ul>\n</li>\n";
}

std::string remedies_of(const Finding& finding) {
  if (finding.remedies.empty()) return {};
  std::string out = "<h4>Remedies and their price</h4>\n<ul class=\"remedies\">\n";
  for (const RemedyView& remedy : finding.remedies) out += remedy_item(remedy);
  return out + "</ul>\n";
}

std::string finding_of(const Finding& finding) {
  const Look& look = look_of(finding.verdict);
  std::string out = "<article class=\"" + std::string(look.name) + "\">\n<h3>" + badge(look.name, look.words) + " " +
                    badge("severity", to_string(finding.severity)) + " " + marked_up(finding.policy) + "</h3>\n";
  out +=
      "<p class=\"what\">" + marked_up(finding.title) + "</p>\n<p><b>Why:</b> " + marked_up(finding.reason) + "</p>\n";
  if (!finding.next.empty()) out += "<p><b>Next:</b> " + marked_up(finding.next) + "</p>\n";
  if (finding.waiver) out += "<p><b>Waived</b> " + marked_up(describe(*finding.waiver)) + "</p>\n";
  const std::string more = evidence_table(finding) + remedies_of(finding);
  const bool open = finding.verdict == Verdict::exposed || finding.verdict == Verdict::unknown;
  if (!more.empty()) {
    out += std::string("<details") + (open ? " open" : "") +
           "><summary>Evidence and remedies<span class=\"hidden\"> of " + marked_up(finding.policy) +
           "</span></summary>\n" + more + "</details>\n";
  }
  return out + "</article>\n";
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
  std::string out =
      head(report) + picture(report) + "<section aria-labelledby=\"findings\">\n<h2 id=\"findings\">Findings</h2>\n";
  for (const Finding& finding : report.findings) out += finding_of(finding);
  out += "</section>\n" + expired(report) +
         "</main>\n<footer><p>hardend " HARDEN_VERSION
         ". What could not be read is unknown, never fine.</p></footer>\n</body>\n</html>\n";
  return out;
}

const RegisterFormat registered(CheckFormat{"html", render});

}  // namespace
}  // namespace harden
