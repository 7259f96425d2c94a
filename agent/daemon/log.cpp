// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/log.h"

#include <utility>

namespace harden::daemon {
namespace {

std::function<void(const Record&)>& sink() {
  static std::function<void(const Record&)> one;
  return one;
}

}  // namespace

std::string_view message_id(Message message) {
  switch (message) {
    case Message::started: return "8ce7c4edaf0b4809b64b99b6ad2583fe";
    case Message::stopping: return "d4b9d51cbc1a421a9fce93048b99afb9";
    case Message::reloaded: return "2cd1b69f17bd4293ada355c108ca5345";
    case Message::reload_refused: return "663ded7049064ceeac98d1c42ae8ae07";
    case Message::changed: return "e8917658e99141c2a3f241082d56eeac";
    case Message::change_refused: return "59e772422f294bd3b565acec5e099627";
    case Message::noted: return "18b47cd8491f26b447056e3c56a621c2";
    case Message::settled: return "87360869640d4865b3c16e10b63809cd";
    case Message::drifted: return "6587d7a080b64535883129f2a9e3a4f8";
    case Message::put_back: return "7ae54b60161f49339fe4f988a96e0311";
    case Message::contested: return "90c1e1be3b9c4db19c7cf1df9c25b8e3";
    case Message::finding: return "ac3145d8cff5411c9ea988c3fcd7e834";
    case Message::crashed: return "1f6c53b2a0d94c6e8a7f0c3d5b9e42d7";
    case Message::trouble: return "4922b5cb7274406eb60817cf9e342965";
    case Message::notice: return "c6d2953898f34984b2721efc59ab8db7";
  }
  return "";
}

void log(const Record& record) {
  if (sink()) sink()(record);
}

void set_log(std::function<void(const Record&)> to) { sink() = std::move(to); }

}  // namespace harden::daemon
