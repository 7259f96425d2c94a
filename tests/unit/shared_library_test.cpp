// SPDX-License-Identifier: Apache-2.0
#include "agent/core/shared_library.h"

#include <doctest/doctest.h>

namespace harden {
namespace {

TEST_CASE("a function of a library is found by its name") {
  SharedLibrary library("libz.so.1");
  const auto version = library.function<const char*()>("zlibVersion");
  REQUIRE(version);
  CHECK(std::string_view((*version)()).starts_with("1."));
}

TEST_CASE("a library that is not there, and a function that is not in it") {
  SharedLibrary absent("libno-such-thing.so.7");
  const auto nothing = absent.function<void()>("anything");
  REQUIRE(!nothing);
  CHECK(nothing.error().code == Errc::unsupported);
  CHECK(nothing.error().message == "the library libno-such-thing.so.7 is not installed on this machine");
  SharedLibrary library("libz.so.1");
  CHECK(library.function<void()>("no_such_function").error().message ==
        "the library libz.so.1 has no function no_such_function");
}

}  // namespace
}  // namespace harden
