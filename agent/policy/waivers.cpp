// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <utility>

#include "agent/core/text.h"
#include "agent/policy/reader.h"
#include "harden/waiver.h"

namespace harden {
namespace {

constexpr std::size_t kMostFiles = 1000;
constexpr std::size_t kMostWaivers = 10'000;
constexpr std::size_t kLongest = 4096;

void read_policy(Reader& reader, const Node& node, Waiver& out) {
  out.policy = reader.text(node);
  if (out.policy.empty() || is_made_of(out.policy, "-")) return;
  reader.complain(node.at, text::quote(out.policy) + " is not the id of a policy");
}

template <auto Member>
void read_bounded(Reader& reader, const Node& node, Waiver& out) {
  out.*Member = reader.text(node);
  if ((out.*Member).size() > kLongest) reader.complain(node.at, "longer than 4096 bytes");
}

void read_until(Reader& reader, const Node& node, Waiver& out) {
  if (node.kind != Node::Kind::string && node.kind != Node::Kind::date) {
    return reader.complain(node.at, "expected a date or time, not " + std::string(described(node.kind)));
  }
  const auto until = parse_until(node.text);
  if (!until) return reader.complain(node.at, until.error().message);
  out.until = *until;
}

constexpr Key<Waiver> kWaiverKeys[] = {
    {"policy", Need::required, read_policy},
    {"reason", Need::required, read_bounded<&Waiver::reason>},
    {"until", Need::required, read_until},
    {"owner", Need::optional, read_bounded<&Waiver::owner>},
};

void read_waivers(Reader& reader, const Node& list, std::vector<Waiver>& out) {
  for (const Node* node : reader.list(list)) {
    Waiver waiver;
    waiver.source = reader.file();
    read_table(reader, *node, "[[waiver]]", kWaiverKeys, waiver);
    if (!waiver.policy.empty() && std::ranges::find(out, waiver.policy, &Waiver::policy) != out.end()) {
      reader.complain(node->at, "this file waives " + text::quote(waiver.policy) + " twice");
    }
    out.push_back(std::move(waiver));
  }
}

constexpr Key<std::vector<Waiver>> kFileKeys[] = {
    {"waiver", Need::optional, read_waivers},
};

std::expected<std::vector<Waiver>, Diagnostics> parse_waivers(std::string_view text, const std::string& file) {
  const auto root = parse_document(text, file);
  if (!root) return std::unexpected(root.error());
  static const std::vector<cel::Variable> no_variables;
  Reader reader(file, no_variables);
  std::vector<Waiver> waivers;
  read_table(reader, *root, "the file", kFileKeys, waivers);
  Diagnostics mistakes = reader.take();
  if (!mistakes.empty()) return std::unexpected(std::move(mistakes));
  return waivers;
}

void read_file(const Host& host, const std::string& path, WaiverSet& set) {
  const auto text = host.read(path, {.bytes = kLargestPolicy});
  if (!text) return set.diagnostics.push_back({path, {}, text.error().message, ""});
  auto waivers = parse_waivers(*text, path);
  if (!waivers) {
    std::ranges::move(waivers.error(), std::back_inserter(set.diagnostics));
  } else if (set.waivers.size() + waivers->size() > kMostWaivers) {
    set.diagnostics.push_back({path, {}, "more than 10,000 waivers; these are left out", ""});
  } else {
    std::ranges::move(*waivers, std::back_inserter(set.waivers));
  }
}

}  // namespace

WaiverSet load_waivers(const Host& host, const std::string& directory) {
  WaiverSet set;
  const auto entries = host.list(directory);
  if (!entries && entries.error().code != Errc::absent) {
    set.diagnostics.push_back({directory, {}, entries.error().message, ""});
  }
  if (!entries) return set;
  std::size_t files = 0;
  for (const DirEntry& entry : *entries) {
    if (!entry.name.ends_with(".toml") || entry.name.starts_with('.')) continue;
    const std::string path = directory + "/" + entry.name;
    if (++files > kMostFiles) {
      set.diagnostics.push_back({path, {}, "this and the following are too many: the limit is 1,000 files", ""});
      break;
    }
    read_file(host, path, set);
  }
  return set;
}

}  // namespace harden
