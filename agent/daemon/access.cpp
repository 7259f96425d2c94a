// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/access.h"

#include <grp.h>
#include <pwd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <optional>

#include "agent/core/text.h"

namespace harden::daemon {
namespace {

// What getpwnam_r(3) and getgrnam_r(3) may need for one entry: a group can have
// thousands of members.
constexpr std::size_t kLargestEntry = std::size_t{4} << 20;

// Both functions grow their buffer alike. Nothing where there is no such entry
// or it could not be asked for.
template <typename Entry, typename Lookup>
std::optional<Entry> look_up(const std::string& name, Lookup lookup, std::vector<char>& buffer) {
  Entry entry{};
  for (std::size_t size = 4096; size <= kLargestEntry; size *= 4) {
    buffer.resize(size);
    Entry* found = nullptr;
    const int error = lookup(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (error == ERANGE) continue;
    if (error != 0 || found == nullptr) return std::nullopt;
    return entry;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> number_in(const std::string& name) {
  const bool digits = !name.empty() && std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
  const auto number = digits ? text::to_int(name) : std::nullopt;
  // (uid_t)-1 means "nobody" to the system calls, never a user.
  if (!number || *number >= std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

std::optional<uid_t> user_of(const std::string& name) {
  if (const auto number = number_in(name)) return number;
  std::vector<char> buffer;
  const auto entry = look_up<passwd>(name, ::getpwnam_r, buffer);
  return entry ? std::optional(entry->pw_uid) : std::nullopt;
}

std::optional<gid_t> group_of(const std::string& name) {
  if (const auto number = number_in(name)) return number;
  std::vector<char> buffer;
  const auto entry = look_up<group>(name, ::getgrnam_r, buffer);
  return entry ? std::optional(entry->gr_gid) : std::nullopt;
}

// "group hardend and user monitor have it", "nobody but root has it".
std::string who_has(const std::vector<std::string>& names) {
  if (names.empty()) return "nobody but root has it";
  std::string list;
  for (const auto& name : names) {
    if (!list.empty()) list += &name == &names.back() ? " and " : ", ";
    list += name.starts_with(":") ? "group " + name.substr(1) : "user " + name;
  }
  return text::printable(list) + (names.size() == 1 ? " has it" : " have it");
}

}  // namespace

std::string_view to_string(Role role) {
  switch (role) {
    case Role::read: return "read";
    case Role::apply: return "apply";
  }
  return "";
}

Access::Access(AccessLists lists) : lists_(std::move(lists)) {
  read_ = resolve(lists_.read, Role::read);
  apply_ = resolve(lists_.apply, Role::apply);
}

Access::Holders Access::resolve(const std::vector<std::string>& names, Role role) {
  Holders holders;
  for (const auto& name : names) {
    const bool is_group = name.starts_with(":");
    const auto group = is_group ? group_of(name.substr(1)) : std::nullopt;
    const auto user = is_group ? std::nullopt : user_of(name);
    if (group) holders.groups.insert(*group);
    if (user) holders.users.insert(*user);
    if (group || user) continue;
    mistakes_.push_back(
        {lists_.file,
         {},
         "[access] " + std::string(to_string(role)) + ": there is no " +
             (is_group ? "group " + text::quote(name.substr(1)) : "user " + text::quote(name)),
         is_group ? "" : "a group is written with a colon before it: \":" + text::printable(name) + "\""});
  }
  return holders;
}

bool Access::holds(const Holders& holders, const Peer& peer) const {
  return holders.users.contains(peer.uid) || holders.groups.contains(peer.gid) ||
         std::ranges::any_of(peer.groups, [&](gid_t group) { return holders.groups.contains(group); });
}

Decision Access::decide(const Peer& peer, Role role) const {
  if (!peer.known) return {false, "it cannot be told who the caller is: ask over the unix socket"};
  if (peer.uid == 0 || holds(apply_, peer)) return {true, ""};
  const bool reader = holds(read_, peer);
  if (reader && role == Role::read) return {true, ""};
  const auto& names = role == Role::read ? lists_.read : lists_.apply;
  return {false, "the caller (uid " + std::to_string(peer.uid) + ") " +
                     (reader ? "may read and not apply" : "is in neither role") +
                     ": an administrator can add it to [access] " + std::string(to_string(role)) + " in " +
                     text::printable(lists_.file) + "; " + who_has(names)};
}

}  // namespace harden::daemon
