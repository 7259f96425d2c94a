// SPDX-License-Identifier: Apache-2.0
//
// Of the "v0" mangling (RFC 2603) the parts that kernel functions have: paths,
// inherent and trait implementations, generics, references and pointers.
// Constants and function types are not read; such a symbol stays as it is.
#include "agent/crash/rust_name.h"

#include <array>
#include <utility>

namespace harden::crash {

namespace {

constexpr int kDeepest = 24;
constexpr std::size_t kLongest = 512;

constexpr std::array<std::pair<char, std::string_view>, 20> kBasicTypes = {{
    {'a', "i8"},    {'b', "bool"},  {'c', "char"}, {'d', "f64"}, {'e', "str"},  {'f', "f32"},  {'h', "u8"},
    {'i', "isize"}, {'j', "usize"}, {'l', "i32"},  {'m', "u32"}, {'n', "i128"}, {'o', "u128"}, {'p', "_"},
    {'s', "i16"},   {'t', "u16"},   {'u', "()"},   {'x', "i64"}, {'y', "u64"},  {'z', "!"},
}};

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::optional<std::string> path() {
    const Deeper deeper(depth_);
    if (depth_ > kDeepest) return std::nullopt;
    switch (take()) {
      case 'C': return identifier();
      case 'M': return implementation();
      case 'X': return implementation() ? trait_of(type_) : std::nullopt;
      case 'Y': {
        const auto self = type();
        return self ? trait_of(*self) : std::nullopt;
      }
      case 'N': return nested();
      case 'I': return generic();
      case 'B': return again([](Reader& reader) { return reader.path(); });
      default: return std::nullopt;
    }
  }

 private:
  struct Deeper {
    explicit Deeper(int& depth) : depth_(depth) { ++depth_; }
    ~Deeper() { --depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;
    int& depth_;
  };
  using Text = std::optional<std::string>;

  char take() { return at_ < text_.size() ? text_[at_++] : '\0'; }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::optional<std::size_t> base62() {
    std::size_t value = 0;
    if (take('_')) return 0;
    for (int count = 0; count < 16; ++count) {
      const char c = take();
      if (c == '_') return value + 1;
      const bool number = c >= '0' && c <= '9';
      const bool small = c >= 'a' && c <= 'z';
      if (!number && !small && !(c >= 'A' && c <= 'Z')) return std::nullopt;
      value = value * 62 + static_cast<std::size_t>(number ? c - '0' : small ? c - 'a' + 10 : c - 'A' + 36);
    }
    return std::nullopt;
  }

  void disambiguator() {
    if (take('s')) base62();
  }

  Text identifier() {
    disambiguator();
    if (take('u')) return std::nullopt;  // Punycode
    std::size_t length = 0;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9' && length < kLongest) {
      length = length * 10 + static_cast<std::size_t>(take() - '0');
    }
    take('_');
    if (length == 0 || length > text_.size() - at_) return std::nullopt;
    at_ += length;
    return std::string(text_.substr(at_ - length, length));
  }

  Text implementation() {
    disambiguator();
    if (!path()) return std::nullopt;  // where it was written: not part of the name
    const auto self = type();
    if (!self) return std::nullopt;
    type_ = *self;
    return "<" + *self + ">";
  }

  Text trait_of(const std::string& self) {
    const std::string begun = "<" + self + " as ";  // path() may write what `self` is
    const auto trait = path();
    return trait ? Text(begun + *trait + ">") : std::nullopt;
  }

  Text nested() {
    const char space = take();
    auto parent = path();
    const auto name = parent ? identifier() : std::nullopt;
    if (!name || parent->size() + name->size() > kLongest) return std::nullopt;
    if (space == 'C') return *parent + "::{closure}";
    return *parent + "::" + *name;
  }

  Text generic() {
    auto out = path();
    if (!out) return std::nullopt;
    *out += "<";
    for (bool first = true; !take('E'); first = false) {
      if (take('L')) {  // a lifetime
        base62();
        continue;
      }
      const auto argument = type();
      if (!argument || out->size() > kLongest) return std::nullopt;
      *out += (first ? "" : ", ") + *argument;
    }
    return *out + ">";
  }

  Text prefixed(std::string_view prefix) {
    if (take('L')) base62();
    const auto inner = type();
    return inner ? Text(std::string(prefix) + *inner) : std::nullopt;
  }

  Text type() {
    const Deeper deeper(depth_);
    if (depth_ > kDeepest || at_ >= text_.size()) return std::nullopt;
    const char c = text_[at_];
    for (const auto& [tag, name] : kBasicTypes) {
      if (tag == c) return ++at_, std::string(name);
    }
    if (take('R')) return prefixed("&");
    if (take('Q')) return prefixed("&mut ");
    if (take('P')) return prefixed("*const ");
    if (take('O')) return prefixed("*mut ");
    if (take('S')) {
      const auto inner = type();
      return inner ? Text("[" + *inner + "]") : std::nullopt;
    }
    if (take('B')) return again([](Reader& reader) { return reader.type(); });
    return path();
  }

  // What was spelled before, at the place the number says; always earlier, so it ends.
  template <typename Read>
  Text again(Read read) {
    const std::size_t before = at_;
    const auto place = base62();
    if (!place || *place + 1 >= before || ++repeats_ > 64) return std::nullopt;
    const std::size_t after = std::exchange(at_, *place);
    auto out = read(*this);
    at_ = after;
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  int repeats_ = 0;
  std::string type_;
};

}  // namespace

std::optional<std::string> rust_path(std::string_view symbol) {
  if (!symbol.starts_with("_R") || symbol.size() > kLongest) return std::nullopt;
  Reader reader(symbol.substr(2));
  auto path = reader.path();
  if (path && path->size() > kLongest) return std::nullopt;
  return path;
}

}  // namespace harden::crash
