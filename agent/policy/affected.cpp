// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "agent/core/kernel_vendors.h"
#include "agent/core/text.h"
#include "agent/policy/parts.h"
#include "agent/policy/range.h"
#include "harden/version.h"

namespace harden {
namespace {

// Far more than there are stable branches; checks compare all with all.
constexpr std::size_t kMostReleases = 500;

// A release of [affected] with the place it was written at.
struct Placed {
  Release release;
  Position at;
};

struct Draft {
  Affected affected;
  std::vector<Placed> introduced;
  std::vector<Placed> fixed;  // of each entry its `earliest`
  bool since_ever = false;
  bool whole = true;  // every release could be read
};

std::optional<Placed> read_release(Reader& reader, const Node& node) {
  const std::string text = reader.text(node);
  if (text.empty()) return std::nullopt;
  auto release = parse_release(text);
  if (release) return Placed{std::move(*release), node.at};
  reader.complain(node.at, text::quote(text) + " is not an upstream release like 6.1.38, 4.11 or 4.11-rc3");
  return std::nullopt;
}

void read_introduced_one(Reader& reader, const Node& node, Draft& out) {
  if (node.kind == Node::Kind::string && node.text == kSinceEver) {
    out.affected.introduced.emplace_back(kSinceEver);
    out.since_ever = true;
    return;
  }
  auto placed = read_release(reader, node);
  out.whole = out.whole && placed.has_value();
  if (!placed) return;
  out.affected.introduced.push_back(placed->release.text);
  out.introduced.push_back(std::move(*placed));
}

bool too_many(Reader& reader, const Node& list) {
  if (list.items.size() <= kMostReleases) return false;
  reader.complain(list.at, "more than " + std::to_string(kMostReleases) + " releases");
  return true;
}

void read_introduced(Reader& reader, const Node& node, Draft& out) {
  if (node.kind != Node::Kind::array) return read_introduced_one(reader, node, out);
  if (too_many(reader, node)) return;
  for (const Node& item : node.items) read_introduced_one(reader, item, out);
}

struct Ends {
  std::optional<Placed> earliest;
  std::optional<Placed> latest;
};

constexpr Key<Ends> kEndKeys[] = {
    {"earliest", Need::required,
     [](Reader& reader, const Node& node, Ends& out) { out.earliest = read_release(reader, node); }},
    {"latest", Need::optional,
     [](Reader& reader, const Node& node, Ends& out) { out.latest = read_release(reader, node); }},
};

bool same_branch(const Release& one, const Release& other) {
  return one.stable == other.stable && (!one.stable || one.branch == other.branch);
}

void check_ends(Reader& reader, const Ends& ends) {
  if (!ends.earliest || !ends.latest) return;
  const Release& earliest = ends.earliest->release;
  const Release& latest = ends.latest->release;
  if (!same_branch(earliest, latest)) {
    reader.complain(ends.latest->at, latest.text + " is not of the same branch as " + earliest.text);
  } else if (kernel_vercmp(earliest.text, latest.text) > 0) {
    reader.complain(ends.latest->at, "latest, " + latest.text + ", is before earliest, " + earliest.text);
  }
}

void read_fixed_one(Reader& reader, const Node& node, Draft& out) {
  Ends ends;
  if (node.kind == Node::Kind::table) {
    read_table(reader, node, "an entry of fixed", kEndKeys, ends);
    check_ends(reader, ends);
  } else if (node.kind == Node::Kind::string) {
    ends.earliest = ends.latest = read_release(reader, node);
  } else {
    reader.complain(node.at, "expected a release in quotes or a table with earliest and latest, not " +
                                 std::string(described(node.kind)));
  }
  out.whole = out.whole && ends.earliest.has_value();
  if (!ends.earliest) return;
  FixedIn fix{ends.earliest->release.text, std::nullopt};
  if (ends.latest) fix.latest = ends.latest->release.text;
  out.affected.fixed.push_back(std::move(fix));
  out.fixed.push_back(std::move(*ends.earliest));
}

void read_fixed(Reader& reader, const Node& node, Draft& out) {
  out.whole = reader.is(node, Node::Kind::array) && out.whole;
  if (too_many(reader, node)) return;
  for (const Node& item : node.items) read_fixed_one(reader, item, out);
}

void read_distro(Reader& reader, const Node& node, VendorRule& out) {
  static const std::vector<std::string> kKnown(kKernelVendors.begin(), kKernelVendors.end());
  out.distro = reader.text(node);
  if (out.distro.empty() || std::ranges::find(kKnown, out.distro) != kKnown.end()) return;
  // The list of vendors is open, so only what looks like a slip is one.
  if (nearest(out.distro, kKnown).empty() && is_made_of(out.distro, "_-")) return;
  reader.complain_near(node.at, text::quote(out.distro) + " is not a known vendor of kernels", out.distro, kKnown);
}

void read_package(Reader& reader, const Node& node, VendorRule& out) {
  out.fixed = reader.text(node);
  if (out.fixed->empty() || is_made_of(*out.fixed, ".+~^:_-")) return;
  reader.complain(node.at, text::quote(*out.fixed) + " is not a package version");
}

void read_vendor_verdict(Reader& reader, const Node& node, VendorRule& out) {
  static constexpr std::string_view kWords[] = {"affected", "not_affected", "unknown"};
  static constexpr Verdict kVerdicts[] = {Verdict::exposed, Verdict::not_affected, Verdict::unknown};
  if (const auto index = reader.choice(node, kWords)) out.verdict = kVerdicts[*index];
}

constexpr Key<VendorRule> kVendorKeys[] = {
    {"distro", Need::required, read_distro},
    {"release", Need::optional, read_text<&VendorRule::release>},
    {"fixed", Need::optional, read_package},
    {"verdict", Need::optional, read_vendor_verdict},
    {"because", Need::required, read_text<&VendorRule::because>},
};

void read_vendors(Reader& reader, const Node& list, Draft& out) {
  std::set<std::pair<std::string, std::string>> seen;
  for (const Node* node : reader.list(list)) {
    VendorRule rule;
    read_table(reader, *node, "[[affected.vendor]]", kVendorKeys, rule);
    if (node->kind != Node::Kind::table) continue;
    if ((node->find("fixed") != nullptr) == (node->find("verdict") != nullptr)) {
      reader.complain(node->at, "[[affected.vendor]] needs either \"fixed\" or \"verdict\"");
    }
    if (!seen.emplace(rule.distro, rule.release).second) {
      reader.complain(node->at, "there is another rule for " + text::quote(rule.distro + " " + rule.release));
    }
    out.affected.vendors.push_back(std::move(rule));
  }
}

constexpr Key<Draft> kAffectedKeys[] = {
    {"introduced", Need::required, read_introduced},
    {"fixed", Need::required, read_fixed},
    {"vendor", Need::optional, read_vendors},
};

const Placed* mainline(const std::vector<Placed>& releases) {
  const auto found = std::ranges::find_if(releases, [](const Placed& one) { return !one.release.stable; });
  return found == releases.end() ? nullptr : &*found;
}

// Where a branch's releases have the fault from: its own backport, or what
// mainline had when the branch began.
bool brought_to(const Draft& draft, const Release& fix) {
  if (draft.since_ever) return true;
  return std::ranges::any_of(draft.introduced, [&](const Placed& one) {
    if (!one.release.stable) return kernel_vercmp(one.release.text, fix.stable ? fix.branch : fix.text) <= 0;
    return fix.stable && one.release.branch == fix.branch && kernel_vercmp(one.release.text, fix.text) < 0;
  });
}

void check_backport(Reader& reader, const Draft& draft, const Placed& backport) {
  const Placed* main = mainline(draft.introduced);
  const bool had_it =
      draft.since_ever || (main != nullptr && kernel_vercmp(main->release.text, backport.release.branch) <= 0);
  if (!had_it) return;
  reader.complain(backport.at, "the " + backport.release.branch + " branch has the fault from mainline, not since " +
                                   backport.release.text);
}

void check_introduced(Reader& reader, const Draft& draft) {
  std::set<std::string> branches;
  for (const Placed& one : draft.introduced) {
    const std::string branch = one.release.stable ? one.release.branch : "mainline";
    if (!branches.insert(branch).second || (branch == "mainline" && draft.since_ever)) {
      reader.complain(one.at, "there is another release of " + branch + " that brought the fault");
    } else if (one.release.stable) {
      check_backport(reader, draft, one);
    }
  }
}

void check_order(Reader& reader, const Placed& previous, const Placed& next) {
  if (kernel_vercmp(previous.release.text, next.release.text) >= 0) {
    reader.complain(next.at, next.release.text + " stands after " + previous.release.text + "; fixed must be sorted");
  } else if (!previous.release.stable) {
    reader.complain(previous.at, previous.release.text + " is a mainline release and must be the last of fixed");
  } else if (next.release.stable && previous.release.branch == next.release.branch) {
    reader.complain(next.at, "there is another fixed release of the " + next.release.branch + " branch");
  }
}

void check_brought(Reader& reader, const Draft& draft, const Placed& fix) {
  if (brought_to(draft, fix.release)) return;
  const std::string where = fix.release.stable ? "the " + fix.release.branch + " branch" : "mainline";
  reader.complain(fix.at, "introduced does not say that " + where + " had the fault before " + fix.release.text);
}

void check_fixed(Reader& reader, const Draft& draft) {
  for (std::size_t i = 1; i < draft.fixed.size(); ++i) check_order(reader, draft.fixed[i - 1], draft.fixed[i]);
  if (!draft.whole) return;
  for (const Placed& fix : draft.fixed) check_brought(reader, draft, fix);
  const bool mainline_had_it = draft.since_ever || mainline(draft.introduced) != nullptr;
  if (!draft.fixed.empty() && mainline_had_it && draft.fixed.back().release.stable) {
    reader.complain(draft.fixed.back().at, "the last of fixed must be the mainline release with the fix");
  }
}

}  // namespace

Affected read_affected(Reader& reader, const Node& table) {
  Draft draft;
  draft.whole = table.find("introduced") != nullptr && table.find("fixed") != nullptr;
  read_table(reader, table, "[affected]", kAffectedKeys, draft);
  check_introduced(reader, draft);
  check_fixed(reader, draft);
  if (draft.whole && draft.affected.introduced.empty() && draft.affected.vendors.empty()) {
    reader.complain(table.at, "[affected] names no kernel that has the fault");
  }
  return std::move(draft.affected);
}

}  // namespace harden
