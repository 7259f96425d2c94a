// SPDX-License-Identifier: Apache-2.0
#include "harden/change.h"

#include "agent/core/text.h"

namespace harden {

std::string module_stays_out(std::string_view name) {
  const std::string module(name);
  return "undo does not load " + module + " again: it comes back when something asks for it, or with modprobe " +
         module;
}

bool same_content(Layer layer, const std::optional<std::string>& left, const std::optional<std::string>& right) {
  if (!left || !right || layer != Layer::runtime) return left == right;
  return text::folded(*left) == text::folded(*right);
}

}  // namespace harden
