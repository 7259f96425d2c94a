// SPDX-License-Identifier: Apache-2.0
//
// Parts of a page that stands on its own: no script, nothing fetched, light and
// dark, fit for a telephone, for paper and for a screen reader (WCAG 2.1 AA:
// every colour has a word beside it, and contrasts of at least 4.5). Every text
// given may hold anything.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harden/finding.h"

namespace harden::html {

// How a verdict looks.
struct Look {
  Verdict verdict;
  const char* name;   // of the class
  const char* words;  // for a person
};
const std::vector<Look>& looks();  // the worst first
const Look& look_of(Verdict verdict);

std::string badge(const char* name, std::string_view words);
// "<p><b>LABEL</b> TEXT</p>"; nothing where there is no text.
std::string line(const char* label, std::string_view text);
// The same as an item of a list.
std::string item(const char* label, std::string_view text);
// Remedies with grade, reason and price, under a heading; nothing where there are none.
std::string remedies(const std::vector<RemedyView>& remedies);
// What is folded away; `of` names it for those who do not see what stands around it.
std::string folded(std::string_view title, std::string_view of, const std::string& content, bool open);

// To the beginning of <main>, and from its end.
std::string head(std::string_view title, const HostSummary& host);
std::string foot();

}  // namespace harden::html
