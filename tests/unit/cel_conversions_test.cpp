// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cmath>

#include "tests/support/cel.h"

using namespace harden;
using test::check;
using test::run;

TEST_CASE("to int") {
  check({
      {"int(5)", "5"},
      {"int(5u)", "5"},
      {"int(9223372036854775808u)", "error"},
      {"int(-2.9)", "-2"},
      {"int(2.9)", "2"},
      {"int(9223372036854775807.0)", "error"},
      {"int(9223372036854774784.0)", "9223372036854774784"},
      {"int(-9223372036854775808.0)", "error"},
      {"int(1e99)", "error"},
      {"int(double('NaN'))", "error"},
      {"int(double('-inf'))", "error"},
      {"int('-12')", "-12"},
      {"int('+12')", "12"},
      {"int('+-12')", "error"},
      {"int('9223372036854775808')", "error"},
      {"int('')", "error"},
      {"int(' 1')", "error"},
      {"int('1x')", "error"},
      {"int('0x10')", "error"},
      {"int(true)", "error"},
      {"int(null)", "error"},
  });
}

TEST_CASE("to uint") {
  check({
      {"uint(5)", "5u"},
      {"uint(-1)", "error"},
      {"uint(1.9)", "1u"},
      {"uint(-0.5)", "error"},
      {"uint(18446744073709551615.0)", "error"},
      {"uint(18446744073709549568.0)", "18446744073709549568u"},
      {"uint('18446744073709551615')", "18446744073709551615u"},
      {"uint('18446744073709551616')", "error"},
      {"uint('-1')", "error"},
      {"uint('1u')", "error"},
      {"uint(double('NaN'))", "error"},
  });
}

TEST_CASE("to double") {
  check({
      {"double(5)", "5.0"},
      {"double(5u)", "5.0"},
      {"double('1e3')", "1000.0"},
      {"double('-0.5')", "-0.5"},
      {"double('+0.5')", "0.5"},
      {"double('+-0.5')", "error"},
      {"double('inf')", "inf"},
      {"double('-Infinity')", "-inf"},
      {"double('1e999')", "error"},
      {"double('-1e999')", "error"},
      {"double('1e-999')", "0.0"},
      {"double('1.5x')", "error"},
      {"double('')", "error"},
      {"double(true)", "error"},
  });
  CHECK(std::isnan(run("double('NaN')").real()));
}

TEST_CASE("to string, bytes and bool") {
  check({
      {"string('a')", "\"a\""},
      {"string(true)", "\"true\""},
      {"string(-5)", "\"-5\""},
      {"string(5u)", "\"5\""},
      {"string(1.0)", "\"1\""},
      {"string(1.5)", "\"1.5\""},
      {"string(1e300)", "\"1e+300\""},
      {"string(double('NaN'))", "\"NaN\""},
      {"string(b'\\xc3\\xbf')", "\"ÿ\""},
      {"string(b'\\xff')", "error"},
      {"string(null)", "error"},
      {"string([])", "error"},
      {"bytes('ÿ')", "b\"\\xc3\\xbf\""},
      {"bytes(b'x')", "b\"x\""},
      {"bytes(1)", "error"},
      {"bool(true)", "true"},
      {"[bool('true'), bool('True'), bool('TRUE'), bool('t'), bool('1')]", "[true, true, true, true, true]"},
      {"[bool('false'), bool('False'), bool('FALSE'), bool('f'), bool('0')]", "[false, false, false, false, false]"},
      {"bool('yes')", "error"},
      {"bool('TrUe')", "error"},
      {"bool(1)", "error"},
  });
}

TEST_CASE("type, dyn and size") {
  check({
      {"type(1)", "int"},     {"type(1u)", "uint"},         {"type(1.0)", "double"},     {"type('')", "string"},
      {"type(b'')", "bytes"}, {"type(true)", "bool"},       {"type(null)", "null_type"}, {"type([])", "list"},
      {"type({})", "map"},    {"type(type(1))", "type"},    {"type(1 / 0)", "error"},    {"dyn(1) + 1", "2"},
      {"size('añ')", "2"},    {"size(b'\\xff\\xff')", "2"}, {"size([1, 2])", "2"},       {"{'a': 1}.size()", "1"},
      {"'añ'.size()", "2"},   {"size(1)", "error"},         {"size('a', 'b')", "error"}, {"size()", "error"},
  });
}

TEST_CASE("contains, startsWith, endsWith") {
  check({
      {"'abc'.contains('b')", "true"},
      {"'abc'.contains('')", "true"},
      {"'abc'.contains('ac')", "false"},
      {"'abc'.startsWith('ab')", "true"},
      {"'abc'.startsWith('abcd')", "false"},
      {"'abc'.endsWith('bc')", "true"},
      {"'abc'.endsWith('ab')", "false"},
      {"'abc'.contains(1)", "error"},
      {"contains('abc', 'b')", "error"},
      {"b'abc'.contains(b'b')", "error"},
  });
}
