// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <bit>

#include "agent/collect/net_sockets.h"

using namespace harden;

namespace {

// The rows below are those of a little-endian machine, as nearly all are.
static_assert(std::endian::native == std::endian::little);

const std::string kHead =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

// A row with these four columns, the others as they are for an idle socket.
std::string row(const std::string& local, const std::string& remote, const std::string& state,
                const std::string& inode) {
  return "   0: " + local + " " + remote + " " + state + " 00000000:00000000 00:00000000 00000000     0        0 " +
         inode + " 1 0000000000000000 100 0 0 10 0\n";
}

const std::string kNobody4 = "00000000:0000";
const std::string kNobody6 = "00000000000000000000000000000000:0000";

Result<std::vector<ListeningSocket>> tcp(const std::string& rows) {
  return parse_sockets(kHead + rows, SocketTable::tcp, "/proc/net/tcp");
}

}  // namespace

TEST_CASE("an address is in the byte order of the machine, word by word") {
  struct Case {
    const char* endpoint;
    const char* address;
    int port;
    bool loopback;
  };
  const std::vector<Case> cases{
      {"00000000:07E8", "0.0.0.0", 2024, false},
      {"0100007F:0277", "127.0.0.1", 631, true},
      {"3500007F:0035", "127.0.0.53", 53, true},
      {"0101A8C0:0016", "192.168.1.1", 22, false},
      {"0000007E:FFFF", "126.0.0.0", 65535, false},
      {"00000000000000000000000000000000:0050", "::", 80, false},
      {"00000000000000000000000001000000:0277", "::1", 631, true},
      {"000080FE00000000FF005450B6B0F1FE:0222", "fe80::5054:ff:fef1:b0b6", 546, false},
      {"B80D0120000000000000000001000000:01BB", "2001:db8::1", 443, false},
      {"0000000000000000FFFF00000100007F:1F90", "::ffff:127.0.0.1", 8080, true},
      {"0000000000000000FFFF00000101A8C0:1F90", "::ffff:192.168.1.1", 8080, false},
      {"00000000000000000000000002000000:0277", "::2", 631, false},
  };
  for (const Case& expected : cases) {
    CAPTURE(expected.endpoint);
    const bool ipv6 = std::string(expected.endpoint).size() > 20;
    const auto sockets = tcp(row(expected.endpoint, ipv6 ? kNobody6 : kNobody4, "0A", "4711"));
    REQUIRE(sockets);
    REQUIRE(sockets->size() == 1);
    CHECK(sockets->front().address == expected.address);
    CHECK(sockets->front().port == expected.port);
    CHECK(sockets->front().loopback == expected.loopback);
    CHECK(sockets->front().ipv6 == ipv6);
    CHECK(sockets->front().inode == 4711);
  }
}

TEST_CASE("of a tcp table only the state 0A listens") {
  std::string rows;
  for (const char* state : {"01", "02", "03", "04", "05", "06", "07", "08", "09", "0B", "0C"}) {
    rows += row("0100007F:0001", kNobody4, state, "1");
  }
  CHECK(tcp(rows)->empty());
  CHECK(tcp(rows + row("0100007F:0002", kNobody4, "0A", "2"))->size() == 1);
}

TEST_CASE("of a udp table the unconnected sockets listen") {
  const auto sockets = parse_sockets(
      kHead + row("00000000:0044", kNobody4, "07", "1") + row("00000000:1000", "0100007F:0035", "01", "2") +
          row("00000000:1001", "0100007F:0000", "07", "3") + row("00000000:1002", "00000000:0035", "07", "4") +
          row(kNobody6.substr(0, 32) + ":0222", kNobody6, "07", "5"),
      SocketTable::udp, "/proc/net/udp");
  REQUIRE(sockets);
  REQUIRE(sockets->size() == 2);
  CHECK(sockets->at(0).port == 68);
  CHECK(sockets->at(1).port == 546);
  CHECK(sockets->at(1).ipv6);
}

TEST_CASE("a table with its head alone has no sockets, and neither has an empty one") {
  CHECK(tcp("")->empty());
  CHECK(parse_sockets("", SocketTable::udp, "p")->empty());
}

TEST_CASE("a row that is none is said to be malformed, with its line") {
  const std::string good = row("00000000:0016", kNobody4, "0A", "1");
  const std::vector<std::string> bad{
      "\n",
      "garbage\n",
      row("0000000:0016", kNobody4, "0A", "1"),
      row("000000000:0016", kNobody4, "0A", "1"),
      row("0000000G:0016", kNobody4, "0A", "1"),
      row("-0000001:0016", kNobody4, "0A", "1"),
      row("00000000:00016", kNobody4, "0A", "1"),
      row("00000000", kNobody4, "0A", "1"),
      row("00000000:", kNobody4, "0A", "1"),
      row("00000000:0016", "x", "0A", "1"),
      row("00000000:0016", kNobody4, "0AA", "1"),
      row("00000000:0016", kNobody4, "0A", "-1"),
      row("00000000:0016", kNobody4, "0A", "99999999999999999999"),
      "   0: 00000000:0016 00000000:0000 0A\n",
      std::string("\0\xff\x1b[31m\n", 8),
  };
  for (const std::string& line : bad) {
    CAPTURE(line);
    const auto sockets = tcp(good + line + good);
    REQUIRE_FALSE(sockets);
    CHECK(sockets.error().code == Errc::malformed);
    CHECK(sockets.error().place == "/proc/net/tcp:3");
  }
}

TEST_CASE("a socket without an inode is a listener all the same") {
  CHECK(tcp(row("00000000:0016", kNobody4, "0A", "0"))->front().inode == 0);
}

TEST_CASE("a hundred thousand connections hide no listener") {
  std::string rows;
  for (int i = 0; i < 100'000; ++i) rows += row("0100007F:0050", "0100007F:C350", "01", "7");
  const auto sockets = tcp(rows + row("00000000:0050", kNobody4, "0A", "8"));
  REQUIRE(sockets);
  REQUIRE(sockets->size() == 1);
  CHECK(sockets->front().inode == 8);
}

namespace {

const std::string kSctpHead = " ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS\n";

Result<std::vector<ListeningSocket>> sctp(const std::string& rows) {
  return parse_sctp_endpoints(kSctpHead + rows, "/proc/net/sctp/eps");
}

}  // namespace

TEST_CASE("an sctp endpoint listens on each of its addresses") {
  const auto sockets = sctp(
      "00000000 00000000 2   10  29   36412     0 29528 10.0.0.1 127.0.0.1 \n"
      "00000000 00000000 2   10  29   38412     0 29529 0000:0000:0000:0000:0000:0000:0000:0000 \n"
      "00000000 00000000 2   1   29   38413     0 29530 10.0.0.1 \n");
  REQUIRE(sockets);
  REQUIRE(sockets->size() == 3);
  CHECK(sockets->at(0).address == "10.0.0.1");
  CHECK(sockets->at(0).port == 36412);
  CHECK(sockets->at(0).inode == 29528);
  CHECK_FALSE(sockets->at(0).loopback);
  CHECK(sockets->at(1).loopback);
  CHECK(sockets->at(2).address == "::");
  CHECK(sockets->at(2).ipv6);
}

TEST_CASE("sctp rows that are none") {
  for (const std::string row :
       {"x\n", "e s 2 10 29 -1 0 5 10.0.0.1\n", "e s 2 10 29 65536 0 5 10.0.0.1\n", "e s 2 10 29 1 0 i 10.0.0.1\n",
        "e s 2 10 29 1 0 5 10.0.0\n", "e s 2 10 29 1 0 5 ::g\n"}) {
    CAPTURE(row);
    const auto sockets = sctp(row);
    REQUIRE_FALSE(sockets);
    CHECK(sockets.error().code == Errc::malformed);
    CHECK(sockets.error().place == "/proc/net/sctp/eps:2");
  }
  CHECK(sctp("")->empty());
}
