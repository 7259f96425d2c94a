// SPDX-License-Identifier: Apache-2.0
#include "agent/report/html.h"

#include <algorithm>

#include "agent/report/html_style.h"
#include "agent/report/markup.h"

namespace harden::html {
namespace {

std::string items(const char* label, const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += item(label, text);
  return out;
}

std::string remedy_item(const RemedyView& remedy) {
  const bool weak = remedy.grade == Grade::ineffective || remedy.grade == Grade::unproven;
  std::string out = "<li>\n<p><b>" + marked_up(remedy.name) + "</b> " +
                    badge(weak ? "weak" : "grade", to_string(remedy.grade)) + " <code>" + marked_up(remedy.action) +
                    "</code></p>\n<ul>\n";
  out += item("Why:", remedy.because) + items("Breaks here:", remedy.impacts) +
         items("May break here:", remedy.possible_impacts) + item("Cannot be applied:", remedy.obstacle);
  if (remedy.needs_reboot) out += "<li>Takes a reboot.</li>\n";
  if (remedy.irreversible) out += "<li>Cannot be taken back before the next boot.</li>\n";
  if (remedy.in_force == true) out += "<li><b>In force.</b></li>\n";
  return out + "</ul>\n</li>\n";
}

}  // namespace

const std::vector<Look>& looks() {
  static const std::vector<Look> all{{Verdict::exposed, "exposed", "exposed"},
                                     {Verdict::unknown, "unknown", "unknown"},
                                     {Verdict::mitigated, "mitigated", "mitigated"},
                                     {Verdict::not_affected, "clear", "not affected"}};
  return all;
}

const Look& look_of(Verdict verdict) {
  const auto found = std::ranges::find(looks(), verdict, &Look::verdict);
  return found == looks().end() ? looks()[1] : *found;
}

std::string badge(const char* name, std::string_view words) {
  return "<span class=\"badge " + std::string(name) + "\">" + marked_up(words) + "</span>";
}

std::string line(const char* label, std::string_view text) {
  return text.empty() ? "" : "<p><b>" + std::string(label) + "</b> " + marked_up(text) + "</p>\n";
}

std::string item(const char* label, std::string_view text) {
  return text.empty() ? "" : "<li><b>" + std::string(label) + "</b> " + marked_up(text) + "</li>\n";
}

std::string remedies(const std::vector<RemedyView>& remedies) {
  if (remedies.empty()) return {};
  std::string out = "<h4>Remedies and their price</h4>\n<ul class=\"remedies\">\n";
  for (const RemedyView& remedy : remedies) out += remedy_item(remedy);
  return out + "</ul>\n";
}

std::string folded(std::string_view title, std::string_view of, const std::string& content, bool open) {
  if (content.empty()) return {};
  return std::string("<details") + (open ? " open" : "") + "><summary>" + marked_up(title) +
         "<span class=\"hidden\"> of " + marked_up(of) + "</span></summary>\n" + content + "</details>\n";
}

std::string head(std::string_view title, const HostSummary& host) {
  const std::string kernel = host.kernel.empty() ? "not readable" : host.kernel;
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n";
  out += "<title>" + marked_up("hardend: kernel " + kernel) + "</title>\n<style>" + kHtmlStyle +
         "</style>\n</head>\n<body>\n<header>\n<h1>" + marked_up(title) + "</h1>\n<dl class=\"host\">\n";
  const auto row = [&](const char* name, const std::string& value) {
    if (!value.empty()) out += "<div><dt>" + std::string(name) + "</dt><dd>" + marked_up(value) + "</dd></div>\n";
  };
  row("System", host.os);
  row("Kernel", kernel);
  row("Package", host.package);
  row("Read from", host.root);
  return out + "</dl>\n</header>\n<main>\n";
}

std::string foot() {
  return "</main>\n<footer><p>hardend " HARDEN_VERSION
         ". What could not be read is unknown, never fine.</p></footer>\n</body>\n</html>\n";
}

}  // namespace harden::html
