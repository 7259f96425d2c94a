// SPDX-License-Identifier: Apache-2.0
#include "agent/report/report.h"

#include <algorithm>

namespace harden {
namespace {

template <typename Format>
std::vector<Format>& registry() {
  static std::vector<Format> formats;
  return formats;
}

template <typename Format>
void add(const Format& format) {
  auto& formats = registry<Format>();
  formats.insert(std::ranges::upper_bound(formats, format.name, {}, &Format::name), format);
}

}  // namespace

RegisterFormat::RegisterFormat(const CheckFormat& format) { add(format); }
RegisterFormat::RegisterFormat(const FactsFormat& format) { add(format); }

const std::vector<CheckFormat>& check_formats() { return registry<CheckFormat>(); }
const std::vector<FactsFormat>& facts_formats() { return registry<FactsFormat>(); }

}  // namespace harden
