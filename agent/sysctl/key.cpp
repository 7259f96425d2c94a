// SPDX-License-Identifier: Apache-2.0
#include "agent/sysctl/key.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <vector>

#include "agent/core/text.h"

namespace harden::sysctl {
namespace {

constexpr std::size_t kLongestKey = 1024;
constexpr std::size_t kLongestPattern = 4096;  // PATH_MAX
constexpr std::size_t kMostAlternatives = 256;
constexpr auto kInterfaceFolders =
    std::to_array<std::string_view>({"net/ipv4/conf", "net/ipv4/neigh", "net/ipv6/conf", "net/ipv6/neigh"});

std::string joined(const std::vector<std::string_view>& parts) {
  std::string out;
  for (const std::string_view part : parts) {
    if (!out.empty()) out += '/';
    out += part;
  }
  return out;
}

// Where the brace of `open` closes, and the commas of its own level.
struct Brace {
  std::size_t open = 0;
  std::size_t close = 0;
  std::vector<std::size_t> commas;
};

std::optional<Brace> closed(std::string_view text, std::size_t open) {
  Brace brace{open, 0, {}};
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '{') {
      ++depth;
    } else if (text[i] == ',' && depth == 1) {
      brace.commas.push_back(i);
    } else if (text[i] == '}' && --depth == 0) {
      brace.close = i;
      return brace;
    }
  }
  return std::nullopt;
}

// glibc leaves "{}" alone, as find(1) needs it.
std::optional<Brace> first_brace(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' || text.substr(i).starts_with("{}")) {
      ++i;
    } else if (text[i] == '{') {
      return closed(text, i);
    }
  }
  return std::nullopt;
}

// Nothing where there are too many.
std::vector<std::string> alternatives(std::string_view pattern) {
  std::vector<std::string> done;
  std::vector<std::string> open{std::string(pattern)};
  while (!open.empty()) {
    const std::string text = std::move(open.back());
    open.pop_back();
    const auto brace = first_brace(text);
    if (!brace) {
      done.push_back(text);
    } else {
      std::size_t from = brace->open + 1;
      auto ends = brace->commas;
      ends.push_back(brace->close);
      for (const std::size_t end : ends) {
        open.push_back(text.substr(0, brace->open) + text.substr(from, end - from) + text.substr(brace->close + 1));
        from = end + 1;
      }
    }
    if (open.size() + done.size() > kMostAlternatives) return {};
  }
  return done;
}

bool matches(const std::string& pattern, const std::string& path) {
  return ::fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0;
}

}  // namespace

std::string path_form(std::string_view written) {
  const auto first = written.find_first_of("/.");
  if (first == std::string_view::npos || written[first] == '/') return std::string(written);
  return text::separators_swapped(written);
}

std::string dotted(std::string_view path) { return text::separators_swapped(path); }

std::string simplified(std::string_view path) {
  std::vector<std::string_view> parts;
  for (const auto part : text::split(path, '/')) {
    if (!part.empty() && part != ".") parts.push_back(part);
  }
  return joined(parts);
}

std::optional<std::string> target(std::string_view path) {
  std::vector<std::string_view> parts;
  for (const auto part : text::split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (parts.empty()) {
      return std::nullopt;
    } else {
      parts.pop_back();
    }
  }
  if (parts.empty()) return std::nullopt;
  return joined(parts);
}

std::optional<std::string> key_path(std::string_view written) {
  if (written.size() > kLongestKey || written.contains('\0') || is_glob(written)) return std::nullopt;
  std::string path = simplified(path_form(written));
  const auto parts = text::split(path, '/');
  if (path.empty() || std::ranges::find(parts, "..") != parts.end()) return std::nullopt;
  return path;
}

bool is_glob(std::string_view text) { return text.find_first_of("*?[") != std::string_view::npos; }

bool glob_matches(std::string_view pattern, std::string_view path, bool braces) {
  if (pattern.size() > kLongestPattern) return false;
  const std::string wanted(path);
  if (!braces) return matches(std::string(pattern), wanted);
  return std::ranges::any_of(alternatives(pattern), [&](const std::string& one) { return matches(one, wanted); });
}

std::optional<InterfaceKey> interface_key(std::string_view path) {
  for (const std::string_view folder : kInterfaceFolders) {
    if (!path.starts_with(folder) || !path.substr(folder.size()).starts_with('/')) continue;
    const std::string_view rest = path.substr(folder.size() + 1);
    const auto slash = rest.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    return InterfaceKey{folder, rest.substr(0, slash), rest.substr(slash + 1)};
  }
  return std::nullopt;
}

}  // namespace harden::sysctl
