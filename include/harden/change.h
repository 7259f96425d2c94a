// SPDX-License-Identifier: Apache-2.0
//
// A change: one place on the host with what it holds before and what it is to
// hold after. Everything that is ever applied is a list of these, so applying,
// verifying and undoing are each written once.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace harden {

// Where a change is made, which says how it is written and how long it holds.
enum class Layer {
  runtime,  // a value under /proc/sys: written in place, gone with the next boot
  file,     // a file: replaced as a whole, survives a boot
  folder,   // a folder that a file needs: there or not; taken away again only where it is empty
  module,   // a loaded module, as /sys/module/NAME: there or not, gone with the next boot
};

// What a change of a module that is loaded has as its content.
inline constexpr const char* kModuleLoaded = "loaded";

// What a change of a folder that is there has as its content.
inline constexpr const char* kFolderThere = "folder";

std::string_view to_string(Layer layer);
std::optional<Layer> layer_from(std::string_view word);

struct Change {
  Layer layer = Layer::file;
  std::string path;                   // absolute, "/proc/sys/net/ipv4/tcp_sack"
  std::string what;                   // for a person: "net.ipv4.tcp_sack", "module sctp"
  std::optional<std::string> before;  // its bytes, of a runtime value without the last newline; nothing: not there
  std::optional<std::string> after;   // the same; nothing: removed

  friend bool operator==(const Change&, const Change&) = default;
};

// What is said of a module that was unloaded, before and after.
std::string module_stays_out(std::string_view name);

// Whether two contents of a place are the same to the kernel: a runtime value
// is compared with white space folded, as the kernel hands it back; the bytes
// of everything else.
bool same_content(Layer layer, const std::optional<std::string>& left, const std::optional<std::string>& right);

}  // namespace harden
