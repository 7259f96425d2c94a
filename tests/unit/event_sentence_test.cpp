// SPDX-License-Identifier: Apache-2.0
#include "agent/answer/events.h"

#include <doctest/doctest.h>

#include <utility>

using harden::answer::event_sentence;

TEST_CASE("events are sentences") {
  const std::pair<std::pair<const char*, const char*>, const char*> rows[] = {
      {{"drift",
        R"({"what":"net.ipv4.tcp_sack","transaction":3,"wanted":"0","before":"0","now":"1","pid":47,"comm":"sysctl"})"},
       "net.ipv4.tcp_sack is 1 now, transaction 3 had set it to 0; written by sysctl (process 47)"},
      {{"drift", R"({"what":"/etc/x","transaction":3,"wanted":"a\nb\n","now":null,"pid":null,"comm":null})"},
       "/etc/x is not there now, transaction 3 had set it to other text"},
      {{"drift.cleared", R"({"what":"a.b","transaction":3,"now":"0","pid":9,"comm":""})"},
       "a.b holds again as transaction 3 had set it; written by a process that is gone (process 9)"},
      {{"drift.put_back", R"({"what":"a.b","transaction":3,"done":true,"why":null})"},
       "a.b was put back as transaction 3 had set it"},
      {{"drift.put_back", R"({"what":"a.b","transaction":3,"done":false,"why":"read-only"})"},
       "a.b could not be put back: read-only"},
      {{"sysctl", R"({"key":"a.b","before":null,"now":"1","pid":null,"comm":null})"}, "a.b is 1 now, it was not there"},
      {{"finding.appeared", R"({"policy":"p","before":null,"verdict":"exposed","waived":false,"reason":"x holds"})"},
       "p is exposed: x holds"},
      {{"finding.changed", R"({"policy":"p","before":"exposed","verdict":"unknown","waived":true,"reason":""})"},
       "p cannot be told, it was exposed, and waived"},
      {{"finding.changed", R"({"policy":"p","before":"exposed","verdict":"exposed","waived":true,"reason":""})"},
       "p is exposed as before, and waived now"},
      {{"finding.cleared", R"({"policy":"p","before":"exposed","verdict":null,"reason":"gone"})"},
       "p is judged no more: gone"},
      {{"transaction", R"({"id":3,"state":"undone","policies":["p","q"],"note":"in time"})"},
       "transaction 3 is undone (p, q): in time"},
      {{"events.lost", R"({"first":3,"last":9})"}, "the events 3 to 9 are not kept any more"},
      {{"policies", R"({"count":14,"mistakes":0})"}, "14 policies were read"},
      {{"policies", R"({"count":14,"mistakes":2})"},
       "14 policies were read, with 2 mistakes: hardenctl status has them"},
      {{"config", R"({"taken":false})"}, "the new configuration was not taken, the old one goes on"},
      {{"crash", R"({"title":"BUG: x","source":"/dev/kmsg","policies":[{"policy":"p","confidence":"likely"}]})"},
       "the kernel crashed: BUG: x, seen in /dev/kmsg; it looks like p"},
      {{"crash.warning", R"({"policy":"p","source":"/dev/kmsg","evidence":[]})"},
       "what comes before p was seen in /dev/kmsg"},
  };
  for (const auto& [event, wanted] : rows) CHECK(event_sentence(event.first, event.second) == wanted);
}

TEST_CASE("what is not known has its members named, and what is no event is shown as it is") {
  CHECK(event_sentence("of.tomorrow", R"({"a":1,"b":"c"})") == "a=1 b=c");
  CHECK(event_sentence("drift", R"({"line":true})") == "line=true");
  CHECK(event_sentence("drift", "[1]") == "[1]");
  CHECK(event_sentence("drift", "{") == "{");
}
