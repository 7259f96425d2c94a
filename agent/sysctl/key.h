// SPDX-License-Identifier: Apache-2.0
//
// The names of sysctls. A path stands below /proc/sys ("net/ipv4/conf/eth0.1/tag"),
// a dotted name is what people write ("net.ipv4.conf.eth0/1.tag").
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace harden::sysctl {

// sysctl.d(5): where the first separator is a dot, dots and slashes change
// places; where it is a slash, or there is none, the text stays as it is.
std::string path_form(std::string_view written);

std::string dotted(std::string_view path);

// Without empty and "." components: one name for one file. ".." stays.
std::string simplified(std::string_view path);

// simplified(), with ".." taken as the kernel takes it. Nothing for what
// leaves /proc/sys or is /proc/sys itself.
std::optional<std::string> target(std::string_view path);

// The path of a key in any form that sysctl(8) takes. Nothing for what can be
// no key: empty, longer than 1024 bytes, with a NUL, a ".." or a glob in it.
std::optional<std::string> key_path(std::string_view written);

// Both appliers take a key with one of * ? [ in it for a glob.
bool is_glob(std::string_view text);

// glob(3) of the C locale: a star does not match a slash or a leading dot.
// `braces` is GLOB_BRACE. A pattern longer than a path can be, or one of more
// than 256 alternatives, matches nothing.
bool glob_matches(std::string_view pattern, std::string_view path, bool braces);

// "FOLDER/NAME" of an interface's own key: net/{ipv4,ipv6}/{conf,neigh}/NAME/….
struct InterfaceKey {
  std::string_view folder;     // "net/ipv4/conf"
  std::string_view interface;  // "eth0", "default", "all"
  std::string_view setting;    // "rp_filter"
};
std::optional<InterfaceKey> interface_key(std::string_view path);

}  // namespace harden::sysctl
