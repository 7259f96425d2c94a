// SPDX-License-Identifier: Apache-2.0
#include "agent/answer/events.h"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace harden::answer {
namespace {

namespace json = boost::json;

// A member as a person would write it; "" where it is not there.
std::string text(const json::object& data, std::string_view name) {
  const json::value* value = data.if_contains(name);
  if (value == nullptr || value->is_null()) return {};
  return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

bool flag(const json::object& data, std::string_view name) {
  const json::value* value = data.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

// A value that was read; files are long and are only said to be others.
std::string value_text(const json::object& data, std::string_view name) {
  const std::string value = text(data, name);
  if (value.empty()) return "not there";
  return value.contains('\n') ? "other text" : value;
}

std::string who(const json::object& data) {
  const std::string pid = text(data, "pid");
  if (pid.empty()) return {};
  const std::string comm = text(data, "comm");
  return "; written by " + (comm.empty() ? "a process that is gone" : comm) + " (process " + pid + ")";
}

std::string because(const json::object& data) {
  const std::string reason = text(data, "reason");
  return reason.empty() ? "" : ": " + reason;
}

std::string finding(const json::object& data) {
  const std::string verdict = text(data, "verdict");
  const std::string before = text(data, "before");
  if (verdict.empty()) return text(data, "policy") + " is judged no more" + because(data);
  const std::string now = text(data, "policy") + (verdict == "unknown" ? " cannot be told" : " is " + verdict);
  const bool waived = flag(data, "waived");
  if (before == verdict) return now + " as before, and waived " + (waived ? "now" : "no more") + because(data);
  return now + (before.empty() ? "" : ", it was " + before) + (waived ? ", and waived" : "") + because(data);
}

std::string drift(const json::object& data) {
  return text(data, "what") + " is " + value_text(data, "now") + " now, transaction " + text(data, "transaction") +
         " had set it to " + value_text(data, "wanted") + who(data);
}

std::string drift_cleared(const json::object& data) {
  return text(data, "what") + " holds again as transaction " + text(data, "transaction") + " had set it" + who(data);
}

std::string put_back(const json::object& data) {
  if (flag(data, "done")) {
    return text(data, "what") + " was put back as transaction " + text(data, "transaction") + " had set it";
  }
  return text(data, "what") + " could not be put back: " + text(data, "why");
}

std::string contested(const json::object& data) {
  return text(data, "what") + " was put back " + text(data, "times") +
         " times, and somebody changes it again each time; it is put back less and less often";
}

std::string sysctl(const json::object& data) {
  return text(data, "key") + " is " + value_text(data, "now") + " now, it was " + value_text(data, "before") +
         who(data);
}

std::string transaction(const json::object& data) {
  std::string policies;
  if (const json::value* list = data.if_contains("policies"); list != nullptr && list->is_array()) {
    for (const json::value& one : list->get_array()) {
      if (one.is_string()) policies.append(policies.empty() ? "" : ", ").append(one.get_string());
    }
  }
  const std::string note = text(data, "note");
  return "transaction " + text(data, "id") + " is " + text(data, "state") +
         (policies.empty() ? "" : " (" + policies + ")") + (note.empty() ? "" : ": " + note);
}

std::string engine(const json::object& data) { return text(data, "what"); }

std::string watch_lost(const json::object& data) {
  return "some of what happened was not seen (" + text(data, "what") + " overran); everything is looked at again";
}

std::string events_lost(const json::object& data) {
  return "the events " + text(data, "first") + " to " + text(data, "last") + " are not kept any more";
}

std::string policies(const json::object& data) {
  const std::string mistakes = text(data, "mistakes");
  return text(data, "count") + " policies were read" +
         (mistakes == "0" ? "" : ", with " + mistakes + " mistakes: hardenctl status has them");
}

std::string config(const json::object& data) {
  return flag(data, "taken") ? "the configuration was read again"
                             : "the new configuration was not taken, the old one goes on";
}

std::string crash(const json::object& data) {
  std::string policies;
  if (const json::value* list = data.if_contains("policies"); list != nullptr && list->is_array()) {
    for (const json::value& one : list->get_array()) {
      const json::object* match = one.if_object();
      if (match == nullptr) continue;
      policies += (policies.empty() ? "; it looks like " : ", ") + text(*match, "policy");
    }
  }
  return "the kernel crashed: " + text(data, "title") + ", seen in " + text(data, "source") + policies;
}

std::string warning(const json::object& data) {
  return "what comes before " + text(data, "policy") + " was seen in " + text(data, "source");
}

std::string members(const json::object& data) {
  std::string out;
  for (const auto& one : data) {
    out.append(out.empty() ? "" : " ").append(one.key()).append("=").append(text(data, one.key()));
  }
  return out;
}

struct Wording {
  std::string_view type;
  std::string_view subject;  // the member without which there is no sentence
  std::string (*sentence)(const json::object& data);
};
constexpr std::array<Wording, 16> kWordings{{{"finding.appeared", "policy", finding},
                                             {"finding.cleared", "policy", finding},
                                             {"finding.changed", "policy", finding},
                                             {"drift", "what", drift},
                                             {"drift.cleared", "what", drift_cleared},
                                             {"drift.put_back", "what", put_back},
                                             {"drift.contested", "what", contested},
                                             {"sysctl", "key", sysctl},
                                             {"transaction", "id", transaction},
                                             {"engine", "what", engine},
                                             {"watch.lost", "what", watch_lost},
                                             {"events.lost", "first", events_lost},
                                             {"policies", "count", policies},
                                             {"config", "taken", config},
                                             {"crash", "title", crash},
                                             {"crash.warning", "policy", warning}}};

}  // namespace

std::string event_sentence(std::string_view type, std::string_view data) {
  boost::system::error_code wrong;
  const json::value document = json::parse(json::string_view(data.data(), data.size()), wrong);
  const json::object* object = wrong ? nullptr : document.if_object();
  if (object == nullptr) return std::string(data);
  for (const Wording& one : kWordings) {
    if (one.type == type && object->contains(one.subject)) return one.sentence(*object);
  }
  return members(*object);
}

}  // namespace harden::answer
