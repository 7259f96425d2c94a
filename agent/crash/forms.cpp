// SPDX-License-Identifier: Apache-2.0
#include "agent/crash/forms.h"

#include <vector>

namespace harden::crash {

std::span<const Form* const> all_forms() {
  static const std::vector<const Form*> kForms = [] {
    std::vector<const Form*> all;
    for (const auto group :
         {sanitizer_forms(), stall_forms(), bug_forms(), warning_forms(), fault_forms(), last_forms()}) {
      for (const Form& form : group) all.push_back(&form);
    }
    return all;
  }();
  return kForms;
}

}  // namespace harden::crash
