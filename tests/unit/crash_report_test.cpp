// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>

#include "agent/core/text.h"
#include "agent/report/crash_report.h"
#include "tests/support/sample_crash.h"

using namespace harden;
namespace json = boost::json;

namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

RemedyView remedy(const std::string& name, Grade grade) {
  RemedyView view;
  view.name = name;
  view.grade = grade;
  view.action = "do " + name;
  view.because = "it is so";
  view.in_force = false;
  return view;
}

CrashView incident_view() {
  CrashView view;
  view.source = "vmcore-dmesg.txt";
  view.sources = {"vmcore-dmesg.txt"};
  view.host = {"/", "CentOS Linux 7 (Core)", "3.10.0-862.el7.x86_64", "rhel"};
  ShownCrash crash;
  crash.record = test::incident();
  crash.fingerprint = "0123456789abcdef";
  crash.source = "vmcore-dmesg.txt";
  crash.hint = look_into(crash.record);
  crash.matches = {{"ip6mr-sk-done", Confidence::certain, {"its title is the policy's", "a second reason"}}};
  crash.related = {{"rhel7-kmem-leak", Confidence::possible, {"the kernel said so"}}};
  view.crashes = {crash};
  ShownBug bug;
  bug.title = "NULL dereference in ip6mr_sk_done";
  bug.severity = Severity::high;
  bug.here.policy = "ip6mr-sk-done";
  bug.here.verdict = Verdict::exposed;
  bug.here.reason = "it can be reached";
  bug.here.next = "boot with ipv6.disable=1 (prevents)";
  bug.here.remedies = {remedy("boot-without-ipv6", Grade::prevents), remedy("addresses", Grade::ineffective)};
  bug.here.remedies[0].impacts = {"IPv6 stops"};
  bug.here.remedies[0].needs_reboot = true;
  view.bugs["ip6mr-sk-done"] = bug;
  bug.here.policy = "rhel7-kmem-leak";
  bug.here.verdict = Verdict::unknown;
  view.bugs["rhel7-kmem-leak"] = bug;
  return view;
}

}  // namespace

TEST_CASE("a person reads what crashed, why, which bug it is and what helps") {
  const std::string text = crash_text(incident_view(), {});
  CHECK(contains(text, "CRASH  BUG: unable to handle kernel NULL pointer dereference in ip6mr_sk_done\n"));
  CHECK(contains(text, "at        ip6mr_sk_done+0x60/0xf0, at the address 0x20"));
  CHECK(contains(text, "task      exe, process 12345, CPU 3"));
  CHECK(contains(text, "led to it an allocation of kernel memory had failed before"));
  CHECK(contains(text, "called by rawv6_close <- inet_release"));
  CHECK(contains(text, "KNOWN BUG  ip6mr-sk-done (certain)"));
  CHECK(contains(text, "because   its title is the policy's\n"));
  CHECK(contains(text, "this host EXPOSED now: it can be reached"));
  CHECK(contains(text, "hardenctl plan ip6mr-sk-done"));
  CHECK(contains(text, "ALSO  rhel7-kmem-leak"));
  CHECK(contains(text, "prevents  boot-without-ipv6\n"));
  CHECK(contains(text, "price     IPv6 stops"));
  CHECK(contains(text, "ineffective  addresses\n"));
  CHECK(contains(text, "1 crash in vmcore-dmesg.txt, 1 of a known bug\n"));
  CHECK_FALSE(contains(text, "What helps against rhel7-kmem-leak"));
}

TEST_CASE("a crash of another kernel than the host's is said to be one") {
  CrashView view = incident_view();
  view.host.kernel = "6.1.0-21-amd64";
  view.bugs["ip6mr-sk-done"].here.verdict = Verdict::not_affected;
  const std::string text = crash_text(view, {});
  CHECK(contains(text, "this host not affected: it can be reached; this host runs 6.1.0-21-amd64"));
  CHECK(contains(text, "hardenctl check --policy ip6mr-sk-done"));
}

TEST_CASE("a crash that no policy knows has where to look and what to search for") {
  CrashView view = incident_view();
  view.crashes[0].matches.clear();
  view.crashes[0].related.clear();
  view.crashes[0].record.corrupted = true;
  view.crashes[0].record.corrupted_why = "its end is missing";
  const std::string text = crash_text(view, {});
  CHECK(contains(text, "NO KNOWN BUG"));
  CHECK(contains(text, "likely in IPv6 multicast routing, because the name of ip6mr_sk_done begins with ip6mr_"));
  CHECK(contains(text, "look at   ip6mr_sk_done"));
  CHECK(contains(text, "search    \"BUG: unable to handle kernel NULL pointer dereference in ip6mr_sk_done\""));
  CHECK(contains(text, "doubt     its end is missing"));
  CHECK(contains(text, "0 of a known bug"));
  CHECK_FALSE(contains(text, "What helps against"));
}

TEST_CASE("nothing found, warnings and what was not read are told") {
  CrashView view;
  view.source = "a file";
  CHECK(crash_text(view, {}) == "no crash in a file\n");
  view.unread = {{Errc::denied, "not permitted", "/var/crash"}};
  CHECK(contains(crash_text(view, {}), "nothing could be read of a file\n"));
  view.sources = {"a file"};
  view.warnings = {{"a file", {"ip6mr-sk-done", Confidence::possible, {"the kernel said 'x'"}}}};
  view.notes = {"a file is cut off"};
  const std::string text = crash_text(view, {});
  CHECK(contains(text, "WARNING  ip6mr-sk-done: the messages that come before this crash, without the crash"));
  CHECK(contains(text, "note: a file is cut off"));
  CHECK(contains(text, "not read: /var/crash: not permitted"));
  CHECK(contains(text, "no crash in what could be read of a file, but warnings\n"));
}

TEST_CASE("the document has every list, and numbers of 64 bits as text") {
  CrashView empty;
  empty.source = "a file";
  const json::object none = json::parse(crash_json(empty)).as_object();
  CHECK(none.at("schema") == 1);
  for (const char* list : {"sources", "crashes", "warnings", "bugs", "notes", "unread"}) {
    CAPTURE(list);
    CHECK(none.at(list).as_array().empty());
  }
  CrashView view = incident_view();
  view.crashes[0].record.fault_address = 0xffff'ffff'ffff'fff0;
  view.crashes[0].record.frames[0].reliable = false;
  const json::value document = json::parse(crash_json(view));
  const json::object& crash = document.at("crashes").at(0).as_object();
  CHECK(crash.at("title") == "BUG: unable to handle kernel NULL pointer dereference in ip6mr_sk_done");
  CHECK(crash.at("fault_address") == "0xfffffffffffffff0");
  CHECK(crash.at("frames").at(0).at("function") == "rawv6_close");
  CHECK(crash.at("frames").at(0).at("reliable") == false);
  CHECK(crash.at("matches").at(0).at("confidence") == "certain");
  CHECK(crash.at("matches").at(0).at("evidence").as_array().size() == 2);
  CHECK(crash.at("related").at(0).at("policy") == "rhel7-kmem-leak");
  CHECK(crash.at("time").is_null());
  CHECK(document.at("bugs").as_array().size() == 2);
  CHECK(document.at("bugs").at(0).at("remedies").at(1).at("grade") == "ineffective");
}

TEST_CASE("hostile text reaches neither the terminal nor a document raw") {
  CrashView view = incident_view();
  const std::string evil = "\x1b[2J\xff\xe2\x80\xae\a";
  ShownCrash& crash = view.crashes[0];
  crash.record.title = crash.record.comm = crash.record.kernel = crash.record.hardware = evil;
  crash.record.at->function = crash.record.at->module = crash.record.at->where = evil;
  crash.record.corrupted = true;
  crash.record.corrupted_why = crash.source = crash.fingerprint = evil;
  for (Frame& frame : crash.record.frames) frame.place.function = evil;
  for (Precursor& precursor : crash.record.precursors) precursor.text = evil;
  crash.hint = look_into(crash.record);
  crash.matches = {{evil, Confidence::likely, {evil}}};
  crash.related = {{evil, Confidence::likely, {evil}}};
  view.warnings = {{evil, {evil, Confidence::possible, {evil}}}};
  view.notes = {evil};
  view.source = evil;
  view.unread = {{Errc::failed, evil, evil}};
  for (bool matched : {true, false}) {
    if (!matched) crash.matches.clear();
    const std::string text = crash_text(view, {});
    CHECK_FALSE(contains(text, "\x1b"));
    CHECK_FALSE(contains(text, "\xe2\x80\xae"));
    CHECK_FALSE(contains(text, "\a"));
    CHECK(text::is_utf8(text));
    const std::string document = crash_json(view);
    CHECK(text::is_utf8(document));
    CHECK_FALSE(contains(document, "\x1b"));
    CHECK(json::parse(document).is_object());
  }
}
