// SPDX-License-Identifier: Apache-2.0
#include "agent/crash/watch.h"

#include <re2/filtered_re2.h>

namespace harden::crash {

namespace {

constexpr int kShortestWord = 4;

RE2::Options options() {
  RE2::Options options(RE2::Quiet);
  options.set_encoding(RE2::Options::EncodingLatin1);  // logs hold any bytes
  return options;
}

}  // namespace

Watch::Watch(const std::vector<std::string>& patterns) {
  re2::FilteredRE2 filter(kShortestWord);
  auto set = std::make_unique<RE2::Set>(options(), RE2::UNANCHORED);
  for (const std::string& pattern : patterns) {
    int id = 0;
    if (set->Add(pattern, nullptr) >= 0) filter.Add(pattern, options(), &id);
  }
  if (filter.NumRegexps() == 0 || !set->Compile()) return;
  filter.Compile(&words_);
  std::vector<int> without_words;
  filter.AllPotentials({}, &without_words);
  every_line_ = !without_words.empty();
  set_ = std::move(set);
}

bool Watch::matches(std::string_view message) const {
  return set_ != nullptr && set_->Match(re2::StringPiece(message.data(), message.size()), nullptr);
}

}  // namespace harden::crash
