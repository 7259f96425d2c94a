// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/support/cel.h"

using namespace harden;
using test::check;
using test::run;

TEST_CASE("positions count code points") {
  check({
      {"'añb🐱'.charAt(1)", "\"ñ\""},
      {"'añb🐱'.charAt(3)", "\"🐱\""},
      {"'añb🐱'.charAt(4)", "\"\""},
      {"'añb🐱'.charAt(5)", "error"},
      {"'abc'.charAt(-1)", "error"},
      {"''.charAt(0)", "\"\""},
      {"'añbñ'.indexOf('ñ')", "1"},
      {"'añbñ'.indexOf('ñ', 2)", "3"},
      {"'añbñ'.indexOf('ñ', 4)", "-1"},
      {"'añbñ'.indexOf('ñ', 5)", "error"},
      {"'añbñ'.indexOf('ñ', -1)", "error"},
      {"'abc'.indexOf('')", "0"},
      {"'abc'.indexOf('', 2)", "2"},
      {"'añbñ'.lastIndexOf('ñ')", "3"},
      {"'añbñ'.lastIndexOf('ñ', 3)", "3"},
      {"'añbñ'.lastIndexOf('ñ', 2)", "1"},
      {"'añbñ'.lastIndexOf('ñ', 0)", "-1"},
      {"'abc'.lastIndexOf('')", "3"},
      {"'abc'.lastIndexOf('', 1)", "1"},
      {"'abc'.lastIndexOf('a', -1)", "error"},
      {"'abc'.lastIndexOf('a', 30)", "error"},
      {"'añb'.substring(1)", "\"ñb\""},
      {"'añb'.substring(3)", "\"\""},
      {"'añb'.substring(4)", "error"},
      {"'añb'.substring(1, 2)", "\"ñ\""},
      {"'añb'.substring(2, 1)", "error"},
      {"'añb'.substring(-1, 1)", "error"},
      {"'añb'.substring(0, 4)", "error"},
      {"'🐱ab'.reverse()", "\"ba🐱\""},
      {"size('🐱ab')", "3"},
  });
}

TEST_CASE("replace, split and join") {
  check({
      {"'aaa'.replace('a', 'b')", "\"bbb\""},
      {"'aaa'.replace('a', 'b', 2)", "\"bba\""},
      {"'aaa'.replace('a', 'b', 0)", "\"aaa\""},
      {"'aaa'.replace('a', 'b', -1)", "\"bbb\""},
      {"'aaa'.replace('aa', '')", "\"a\""},
      {"'añ'.replace('', '-')", "\"-a-ñ-\""},
      {"'añ'.replace('', '-', 2)", "\"-a-ñ\""},
      {"''.replace('', 'x')", "\"x\""},
      {"'abc'.replace('x', 'y')", "\"abc\""},
      {"'a,b,c'.split(',')", R"(["a", "b", "c"])"},
      {"'a,b,c'.split(',', 2)", R"(["a", "b,c"])"},
      {"'a,b,c'.split(',', 1)", R"(["a,b,c"])"},
      {"'a,b,c'.split(',', 0)", "[]"},
      {"'a,b,c'.split(',', -1)", R"(["a", "b", "c"])"},
      {"',a,'.split(',')", R"(["", "a", ""])"},
      {"''.split(',')", R"([""])"},
      {"''.split('')", "[]"},
      {"'añ🐱'.split('')", R"(["a", "ñ", "🐱"])"},
      {"'añ🐱'.split('', 2)", R"(["a", "ñ🐱"])"},
      {"['a', 'b'].join()", "\"ab\""},
      {"['a', 'b'].join(', ')", "\"a, b\""},
      {"[].join('x')", "\"\""},
      {"['', ''].join('x')", "\"x\""},
      {"['a', 1].join()", "error"},
      {"['a'].join(1)", "error"},
  });
}

TEST_CASE("case, white space and quoting") {
  check({
      {"'AzÄ'.lowerAscii()", "\"azÄ\""},
      {"'aZä@[`{'.upperAscii()", "\"AZä@[`{\""},
      {R"(' \t\n\u0085\u00a0\u1680\u2003x \u3000'.trim())", "\"x\""},
      {R"('\u200b x'.trim() == '\u200b x')", "true"},
      {"'   '.trim()", "\"\""},
      {R"(strings.quote('a"b\\\a\b\f\n\r\t\v') == '"a\\"b\\\\\\a\\b\\f\\n\\r\\t\\v"')", "true"},
      {"strings.quote('é') == '\"é\"'", "true"},
      {"strings.quote(1)", "error"},
      {"strings.other('a')", "error"},
  });
  CHECK(run("strings.quote(s)", {{"s", "a\xff\xfe"}}).string() == "\"a\xef\xbf\xbd\"");
  CHECK(run("strings.quote(s)", {{"s",
                                  "\xff"
                                  "a\xc3"}})
            .string() ==
        "\"\xef\xbf\xbd"
        "a\xef\xbf\xbd\"");
}

TEST_CASE("text that is not UTF-8 does no harm") {
  const test::Bound bound{{"s",
                           "\x80\x80"
                           "a\xf0\x9f"}};
  for (const char* expression :
       {"s.charAt(0)", "s.reverse()", "s.split('')", "s.substring(1)", "s.indexOf('a')", "s.lastIndexOf('a')",
        "s.replace('', '-')", "s.trim()", "size(s)", "s.matches('a')", "'%s'.format([s])", "s.upperAscii()"}) {
    CAPTURE(expression);
    CHECK_FALSE(run(expression, bound).is(Value::Kind::unknown));
  }
}

TEST_CASE("matches is RE2, anywhere in the text") {
  check(
      {
          {"'hubba'.matches('ubb')", "true"},
          {"'hubba'.matches('^ubb')", "false"},
          {"matches('hubba', 'a$')", "true"},
          {R"('6.1.0-13-amd64'.matches(r'^6\.1\.\d+'))", "true"},
          {"'é'.matches('^.$')", "true"},
          {"'a\\nb'.matches('^b')", "false"},
          {"'a\\nb'.matches('(?m)^b')", "true"},
          {"'x'.matches('[')", "error"},
          {"'x'.matches('(?=x)')", "error"},
          {"'x'.matches(p)", "true"},
          {"'x'.matches(p + '[')", "error"},
          {"1.matches('1')", "error"},
          {"'1'.matches(1)", "error"},
      },
      {{"p", "^x$"}});
}

TEST_CASE("format: %s of every type") {
  check({
      {"'%s'.format(['a'])", "\"a\""},
      {"'%s'.format([true])", "\"true\""},
      {"'%s %s'.format([-5, 5u])", "\"-5 5\""},
      {"'%s'.format([1.0])", "\"1\""},
      {"'%s'.format([1.5e-7])", "\"0.00000015\""},
      {"'%s'.format([1e21])", "\"1000000000000000000000\""},
      {"size('%s'.format([1.7976931348623157e308]))", "309"},
      {"'%s'.format([-0.0])", "\"-0\""},
      {"'%s'.format([null])", "\"null\""},
      {"'%s'.format([b'ab'])", "\"ab\""},
      {R"('%s'.format([b'a\xff\xfeb']) == 'a\ufffdb')", "true"},
      {"'%s'.format([int])", "\"int\""},
      {"'%s'.format([[1, 'a', [null]]])", "\"[1, a, [null]]\""},
      {"'%s'.format([{'b': 1, 'a': [2]}])", "\"{a: [2], b: 1}\""},
      {"'%s'.format([{2: 1, 10: 2, true: 3}])", "\"{10: 2, 2: 1, true: 3}\""},
      {"'%s'.format([{}])", "\"{}\""},
      {"'%.3s'.format(['abcdef'])", "\"abcdef\""},
  });
}

TEST_CASE("format: numbers") {
  check({
      {"'%d %d'.format([-9223372036854775808, 18446744073709551615u])",
       "\"-9223372036854775808 18446744073709551615\""},
      {"'%d'.format([3.5])", "\"3.5\""},
      {"'%d'.format(['3'])", "error"},
      {"'%d'.format([true])", "error"},
      {"'%f %.0f %.1f'.format([1.5, 2.5, 0.25])", "\"1.500000 2 0.2\""},
      {"'%f %f'.format([1, 2u])", "\"1.000000 2.000000\""},
      {"'%f'.format(['1'])", "error"},
      {"'%.f'.format([1.5])", "error"},
      {"'%.1001f'.format([1.5])", "error"},
      {"'%.99999999999f'.format([1.5])", "error"},
      {"size('%.1000f'.format([1.5]))", "1002"},
      {"size('%.1000f'.format([1e308]))", "1310"},
      {"'%e %.2e %e'.format([1234.5678, -0.00012345, 1e100])", "\"1.234568e+03 -1.23e-04 1.000000e+100\""},
      {"'%e'.format([double('NaN')])", "\"NaN\""},
      {"'%x %X %x'.format([255, 255, -255])", "\"ff FF -ff\""},
      {"'%x'.format([-9223372036854775808])", "\"-8000000000000000\""},
      {"'%x %X'.format(['aÿ', b'\\xab'])", "\"61c3bf AB\""},
      {"'%x'.format([1.0])", "error"},
      {"'%o %o %o'.format([8, -8, 8u])", "\"10 -10 10\""},
      {"'%b %b %b %b'.format([5, -5, 5u, true])", "\"101 -101 101 1\""},
      {"'%b'.format([false])", "\"0\""},
      {"'%o'.format([true])", "error"},
  });
}

TEST_CASE("format: the pattern") {
  check({
      {"''.format([])", "\"\""},
      {"'100%%'.format([])", "\"100%\""},
      {"'%'.format([1])", "error"},
      {"'%.'.format([1])", "error"},
      {"'%.2'.format([1])", "error"},
      {"'%q'.format([1])", "error"},
      {"'%s'.format([])", "error"},
      {"'%s %s'.format([1])", "error"},
      {"'%s'.format([1, 2])", "\"1\""},
      {"'%s'.format('a')", "error"},
      {"'é%sé'.format(['ü'])", "\"éüé\""},
  });
}

TEST_CASE("versions compare in the three orders") {
  check(
      {
          {"kernel.vercmp('4.11-rc3', '4.11')", "-1"},
          {"kernel.vercmp('4.11', '4.11.0')", "0"},
          {"kernel.vercmp('5.10.200', '5.9')", "1"},
          {"deb.vercmp('6.1.99-1~deb12u1', '6.1.99-1') < 0", "true"},
          {"rpm.vercmp('3.10.0-1160.el7', '3.10.0-862.el7') > 0", "true"},
          {"kernel.vercmp('1')", "error"},
          {"kernel.vercmp(1, '2')", "error"},
          {"kernel.vercmp(kernel.release, '6.1') >= 0", "true"},
      },
      {{"kernel.release", "6.1.5"}});
}
