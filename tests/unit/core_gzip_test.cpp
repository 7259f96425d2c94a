// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "agent/core/gzip.h"
#include "tests/support/gzipped.h"

using namespace harden;
using harden::test::gzipped;

TEST_CASE("what was packed comes back, at every size around the buffer's") {
  for (const std::size_t size : {0U, 1U, 100U, 65535U, 65536U, 65537U, 300000U}) {
    const std::string text(size, 'x');
    CHECK(gunzip(gzipped(text), 1 << 20) == text);
  }
}

TEST_CASE("the limit holds to the byte") {
  const std::string packed = gzipped(std::string(100'000, 'x'));
  CHECK(gunzip(packed, 100'000)->size() == 100'000);
  CHECK(gunzip(packed, 99'999).error().code == Errc::too_large);
  CHECK(gunzip(packed, 0).error().code == Errc::too_large);
}

TEST_CASE("a bomb is not unpacked") {
  const std::string packed = gzipped(std::string(std::size_t{64} << 20, '\0'));
  CHECK(packed.size() < (std::size_t{1} << 20));
  CHECK(gunzip(packed, 1 << 20).error().code == Errc::too_large);
}

TEST_CASE("what is no whole gzip file is malformed") {
  const std::string packed = gzipped("some text that is long enough to be packed");
  CHECK(gunzip("", 100).error().code == Errc::malformed);
  CHECK(gunzip("no gzip at all", 100).error().code == Errc::malformed);
  for (std::size_t length = 1; length < packed.size(); ++length) {
    CHECK(gunzip(packed.substr(0, length), 100).error().code == Errc::malformed);
  }
  std::string broken = packed;
  broken[broken.size() - 8] = static_cast<char>(broken[broken.size() - 8] ^ 1);
  CHECK(gunzip(broken, 100).error().code == Errc::malformed);
}

TEST_CASE("what follows the file is not looked at") { CHECK(gunzip(gzipped("a") + "trailing", 100) == "a"); }
