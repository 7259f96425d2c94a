// SPDX-License-Identifier: Apache-2.0
//
// The documents that dist/schema/waivers.schema.json, waiver.schema.json and
// unwaived.schema.json describe.
#include "agent/answer/waivers.h"

#include <algorithm>
#include <boost/json/array.hpp>

#include "agent/core/calendar.h"
#include "agent/core/text.h"
#include "agent/report/json.h"
#include "agent/report/terminal.h"

namespace harden::answer {
namespace {

namespace json = boost::json;

std::unexpected<Refusal> misuse(std::string message) {
  return std::unexpected(Refusal{ExitStatus::usage, Errc::invalid, std::move(message)});
}

json::object waiver_json(const Waiver& waiver, std::int64_t now) {
  json::object object = to_json(waiver);
  object["expired"] = waiver.until <= now;
  return object;
}

std::string list_json(const std::vector<Waiver>& waivers, std::int64_t now) {
  json::array array;
  for (const Waiver& waiver : waivers) array.push_back(waiver_json(waiver, now));
  return pretty(json::object{{"schema", kSchemaVersion}, {"waivers", std::move(array)}});
}

std::string list_text(const std::vector<Waiver>& waivers, std::int64_t now, const Style& style) {
  std::size_t width = 0;
  for (const Waiver& waiver : waivers) width = std::max(width, cells(plain(waiver.policy)));
  std::string out;
  for (const Waiver& waiver : waivers) {
    const std::string label = plain(waiver.policy, width) + (waiver.until <= now ? "  over   " : "  waived ");
    out += paragraph(0, label, describe(waiver), style);
  }
  return out.empty() ? "nothing is waived\n" : out;
}

Result<std::int64_t> end_of(const WaiverRequest& request, std::int64_t now) {
  if (!request.until.empty()) return parse_until(request.until);
  const auto length = parse_duration(request.length);
  if (!length) return length;
  return now + *length;
}

}  // namespace

std::expected<Waiver, Refusal> waiver_of(const WaiverRequest& request, std::int64_t now) {
  if (request.until.empty() == request.length.empty()) {
    return misuse("say --until DATE or --for TIME, one of them");
  }
  const auto until = end_of(request, now);
  if (!until) return misuse(until.error().message);
  if (*until <= now) return misuse("until " + until_text(*until) + " is in the past");
  if (text::trim(request.reason).empty()) return misuse("--reason says nothing");
  return Waiver{request.policy, request.reason, request.owner, *until, now, ""};
}

Answered waivers_answer(std::vector<Waiver> waivers, std::int64_t now, bool complete, const Show& show) {
  const auto json = is_json(show.format);
  if (!json) return std::unexpected(json.error());
  std::ranges::stable_sort(waivers, {}, &Waiver::policy);
  return shown(*json ? list_json(waivers, now) : list_text(waivers, now, show.style), show.format,
               complete ? ExitStatus::clean : ExitStatus::bad_data);
}

Answered waived_answer(const Waiver& waiver, std::int64_t now, const Show& show) {
  const auto json = is_json(show.format);
  if (!json) return std::unexpected(json.error());
  if (!*json) return shown(plain(waiver.policy + " is waived " + describe(waiver)) + "\n", show.format);
  return shown(pretty(json::object{{"schema", kSchemaVersion}, {"waiver", waiver_json(waiver, now)}}), show.format);
}

Answered unwaived_answer(const std::string& policy, const std::string& files, const Show& show) {
  const auto json = is_json(show.format);
  if (!json) return std::unexpected(json.error());
  Answer answer;
  if (*json) {
    answer =
        shown(pretty(json::object{
                  {"schema", kSchemaVersion}, {"policy", json_text(policy)}, {"still_waived_in", json_text(files)}}),
              show.format);
  } else {
    answer = shown(plain(policy + " is waived no more" + (files.empty() ? "" : " by the store")) + "\n", show.format);
  }
  if (!files.empty()) answer.warnings.push_back("'" + policy + "' is still waived in " + files);
  return answer;
}

}  // namespace harden::answer
