// SPDX-License-Identifier: Apache-2.0
//
// Messages of the kernel and of engines, whole, cut, and made to hurt.
#include "agent/daemon/watch_messages.h"

#include <doctest/doctest.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <cstring>
#include <random>

using namespace harden;
using namespace harden::daemon;
using namespace std::string_literals;

namespace {

std::string bytes_of(const auto& value) {
  std::string out(sizeof value, '\0');
  std::memcpy(out.data(), &value, sizeof value);
  return out;
}

std::string padded(std::string text) {
  text.resize((text.size() + 3) & ~std::size_t{3}, '\0');
  return text;
}

std::string attribute(unsigned short type, const std::string& value) {
  const rtattr header{static_cast<unsigned short>(sizeof(rtattr) + value.size()), type};
  return padded(bytes_of(header) + value);
}

std::string link_message(unsigned short type, const std::string& attributes) {
  ifinfomsg info{};
  info.ifi_index = 7;
  const std::string body = bytes_of(info) + attributes;
  const nlmsghdr header{static_cast<unsigned>(sizeof(nlmsghdr) + body.size()), type, 0, 0, 0};
  return padded(bytes_of(header) + body);
}

std::string link(const std::string& name, unsigned short type = RTM_NEWLINK) {
  return link_message(type, attribute(IFLA_MTU, "\x01\x02\x03\x04"s) + attribute(IFLA_IFNAME, name + '\0'));
}

std::optional<std::string> module_in(const std::string& datagram) {
  const auto event = parse_uevent(datagram);
  return event ? module_of(*event) : std::nullopt;
}

std::string uevent(const std::string& head, const std::string& variables) { return head + '\0' + variables; }

const std::string kHead = "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string chunk(const std::string& text) {
  char size[32];
  std::snprintf(size, sizeof size, "%zx\r\n", text.size());
  return size + text + "\r\n";
}

std::string event(const std::string& type, const std::string& action) {
  return R"({"status":"x","Type":")" + type + R"(","Action":")" + action + R"(","Actor":{"ID":"1"},"time":1})" + "\n";
}

// All that a stream gives, fed in pieces of `size`.
struct Read {
  std::vector<std::string> events;
  std::uint64_t odd = 0;
  bool opened = false;
  bool ended = false;
  std::optional<Errc> error;
};
Read read(const std::string& text, std::size_t size) {
  Read out;
  EngineStream stream;
  for (std::size_t at = 0; at < text.size(); at += size) {
    auto piece = stream.feed(std::string_view(text).substr(at, size));
    if (!piece) {
      out.error = piece.error().code;
      return out;
    }
    for (const EngineEvent& one : piece->events) out.events.push_back(one.type + " " + one.action);
    out.odd += piece->odd;
    out.opened |= piece->opened;
    out.ended |= piece->ended;
  }
  return out;
}

}  // namespace

TEST_CASE("a module that comes or goes is told by its name") {
  CHECK(module_in(uevent("add@/module/sctp", "ACTION=add\0DEVPATH=/module/sctp\0SUBSYSTEM=module\0SEQNUM=1\0"s)) ==
        "sctp");
  CHECK(module_in(uevent("remove@/module/nf_nat", "SUBSYSTEM=module\0"s)) == "nf_nat");
  CHECK_FALSE(module_in(uevent("change@/module/sctp", "SUBSYSTEM=module\0"s)));
  CHECK_FALSE(module_in(uevent("add@/devices/virtual/net/lo", "SUBSYSTEM=net\0"s)));
  CHECK_FALSE(module_in(uevent("add@/module/sctp", "SUBSYSTEM=drivers\0"s)));
}

TEST_CASE("an event of the kernel that is no event is passed over") {
  const std::vector<std::string> odd{"",
                                     "\0"s,
                                     "add",
                                     "add@/module/x",
                                     "@/module/x\0SUBSYSTEM=module\0"s,
                                     "add@module/x\0SUBSYSTEM=module\0"s,
                                     "libudev\0\xfe\xed\xca\xfe"s};
  for (const std::string& datagram : odd) {
    CAPTURE(datagram);
    CHECK_FALSE(parse_uevent(datagram));
  }
  const std::string subsystem = "SUBSYSTEM=module\0"s;
  CHECK_FALSE(module_in(uevent("add@/module/", subsystem)));
  CHECK_FALSE(module_in(uevent("add@/module/a/b", subsystem)));
  CHECK_FALSE(module_in(uevent("add@/module/" + std::string(100, 'a'), subsystem)));
  CHECK(module_in(uevent("add@/module/a\x1b[2J", subsystem)) == "a\\x1b[2J");
}

TEST_CASE("links come and go, several in one datagram") {
  const Links found = parse_links(link("eth0") + link("veth1a2b", RTM_DELLINK) + link("br-0"));
  REQUIRE(found.links.size() == 3);
  CHECK(found.links[0].name == "eth0");
  CHECK(found.links[0].index == 7);
  CHECK_FALSE(found.links[0].gone);
  CHECK(found.links[1].name == "veth1a2b");
  CHECK(found.links[1].gone);
  CHECK_FALSE(found.malformed);
  CHECK_FALSE(found.overrun);
}

TEST_CASE("messages about other things are passed over, errors are not") {
  const auto plain = [](unsigned short type) { return bytes_of(nlmsghdr{sizeof(nlmsghdr), type, 0, 0, 0}); };
  CHECK(parse_links("").links.empty());
  CHECK_FALSE(parse_links("").malformed);
  CHECK_FALSE(parse_links(plain(RTM_NEWADDR)).malformed);
  CHECK(parse_links(plain(NLMSG_OVERRUN)).overrun);
  CHECK(parse_links(plain(NLMSG_ERROR)).overrun);
}

TEST_CASE("a datagram cut anywhere is malformed, and what stood whole before is kept") {
  const std::string first = link("eth0");
  const std::string both = first + link("eth1");
  for (std::size_t size = 1; size < both.size(); ++size) {
    CAPTURE(size);
    const Links found = parse_links(std::string_view(both).substr(0, size));
    CHECK(found.links.size() == (size >= first.size() ? 1U : 0U));
    CHECK(found.malformed == (size != first.size()));
  }
}

TEST_CASE("lengths that lie are not followed") {
  std::string message = link("eth0");
  for (const unsigned length : {0U, 1U, 15U, 17U, 0xffffU, 0xffffffffU}) {
    std::memcpy(message.data(), &length, sizeof length);
    CAPTURE(length);
    CHECK(parse_links(message).malformed);
  }
  for (const int lie : {0, 1, 3, 0x7fff}) {
    const auto length = static_cast<unsigned short>(lie);
    std::string bad = attribute(IFLA_IFNAME, "eth0\0"s);
    std::memcpy(bad.data(), &length, sizeof length);
    CAPTURE(length);
    CHECK(parse_links(link_message(RTM_NEWLINK, bad)).malformed);
  }
  CHECK(parse_links(link(std::string(16, 'x'))).malformed);
  CHECK(parse_links(link("")).malformed);
  CHECK(parse_links(link_message(RTM_NEWLINK, "")).malformed);
  CHECK(parse_links(link("a\nb")).links.front().name == "a\\nb");
}

TEST_CASE("events of an engine come in pieces of any size") {
  const std::string text =
      kHead + chunk(event("network", "create")) + chunk(event("container", "exec_start: sh -c 'x'") + "{\"Ty") +
      chunk("pe\":\"daemon\",\"Action\":\"reload\"}\n\n") + chunk(event("container", "start")) + "0\r\n\r\n";
  for (const std::size_t size : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{64}, text.size()}) {
    CAPTURE(size);
    const Read got = read(text, size);
    CHECK(got.events ==
          std::vector<std::string>{"network create", "container exec_start", "daemon reload", "container start"});
    CHECK(got.odd == 0);
    CHECK(got.opened);
    CHECK(got.ended);
    CHECK_FALSE(got.error);
  }
}

TEST_CASE("a stream without chunks ends with the connection") {
  const Read got = read("HTTP/1.0 200 OK\r\n\r\n" + event("network", "destroy") + "{\"Type\":\"x", 5);
  CHECK(got.events == std::vector<std::string>{"network destroy"});
  CHECK(got.opened);
  CHECK_FALSE(got.ended);
}

TEST_CASE("answers that are no streams of events are errors") {
  const std::vector<std::pair<std::string, Errc>> cases{
      {"HTTP/1.1 404 Not Found\r\n\r\n", Errc::unavailable},
      {"HTTP/1.1 500 \x1b[2J\r\n\r\n", Errc::unavailable},
      {"SSH-2.0-OpenSSH_9.2\r\n\r\n", Errc::malformed},
      {"HTTP/1.1\r\n\r\n", Errc::malformed},
      {"\r\n\r\n", Errc::malformed},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", Errc::malformed},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x'), Errc::malformed},
      {kHead + "zz\r\n", Errc::malformed},
      {kHead + "-1\r\n", Errc::malformed},
      {kHead + "\r\n", Errc::malformed},
      {kHead + "ffffffffffffffff\r\n", Errc::malformed},
      {kHead + "11111111111111111\r\n", Errc::malformed},
      {kHead + std::string(1000, '0'), Errc::malformed},
      {kHead + "2\r\nabcdef\r\n", Errc::malformed},
  };
  for (const auto& [text, code] : cases) {
    for (const std::size_t size : {std::size_t{1}, text.size()}) {
      CAPTURE(text.substr(0, 200));
      CAPTURE(size);
      const Read got = read(text, size);
      REQUIRE(got.error);
      CHECK(*got.error == code);
    }
  }
}

TEST_CASE("lines that are no events are counted, and those after them are read") {
  const std::vector<std::string> odd{"x",
                                     "[]",
                                     "{}",
                                     "null",
                                     "{\"Type\":1,\"Action\":\"a\"}",
                                     "{\"Type\":\"network\"}",
                                     "{\"Type\":\"network\",\"Action\":\"\\u001b[2J\"}",
                                     "{\"Type\":\"network\",\"Action\":\"\"}",
                                     "{\"Type\":\"" + std::string(100, 'a') + "\",\"Action\":\"b\"}",
                                     std::string(500, '['),
                                     std::string(EngineStream::kLongestLine * 3, 'x')};
  for (const std::string& line : odd) {
    CAPTURE(line.substr(0, 60));
    const Read got = read(kHead + chunk(line + "\n") + chunk(event("network", "create")), 4096);
    CHECK(got.odd == 1);
    CHECK(got.events == std::vector<std::string>{"network create"});
  }
}

TEST_CASE("random damage to a stream never does more than end it") {
  const std::string text = kHead + chunk(event("network", "create")) + chunk(event("container", "die")) + "0\r\n\r\n";
  std::minstd_rand random(7);
  std::size_t errors = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = text;
    for (int i = 0; i < 3; ++i) damaged[random() % damaged.size()] = static_cast<char>(random() % 256);
    const Read got = read(damaged, 1 + random() % 50);
    CHECK(got.events.size() <= 2);
    if (got.error) ++errors;
  }
  CHECK(errors > 0);
}
