// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/carry.h"

#include <algorithm>

#include "agent/core/text.h"
#include "agent/remedy/followers.h"
#include "agent/sysctl/key.h"

namespace harden {
namespace {

using Content = std::optional<std::string>;

constexpr std::string_view kProcSys = "/proc/sys/";

std::string_view below_proc_sys(const Change& change) { return std::string_view(change.path).substr(kProcSys.size()); }

// A note is for a person, and the journal bounds it.
constexpr std::size_t kLongestShown = 60;
constexpr std::size_t kMostTroubles = 10;

std::string shown(const Content& content) {
  if (!content) return "nothing";
  if (content->size() <= kLongestShown) return text::quote(*content);
  return text::quote(std::string_view(*content).substr(0, kLongestShown)) + "…";
}

// What did not go well with a change; a place that it names already is not said again.
std::string trouble_with(const Change& change, std::string_view doing, const Error& error) {
  return change.what + std::string(doing) + (error.place == change.what ? error.message : describe(error));
}

Result<> write(const Change& change, const Content& content, HostWriter& writer) {
  switch (change.layer) {
    case Layer::runtime:
      if (!content) return fail(Errc::invalid, "a sysctl cannot be taken away", change.path);
      return writer.set(change.path, *content);
    case Layer::file: return content ? writer.replace(change.path, *content) : writer.remove(change.path);
    case Layer::folder: return content ? writer.make_folder(change.path) : writer.remove_folder(change.path);
    case Layer::module:
      if (content) return fail(Errc::unsupported, "modules are not loaded again", change.path);
      return writer.unload(change.path.substr(change.path.rfind('/') + 1));
  }
  return {};
}

// What is to be done with each change of a transaction that is taken back.
class Return {
 public:
  Return(const Transaction& transaction, const Workbench& bench, const Moment& now, bool force)
      : transaction_(transaction), bench_(bench), force_(force) {
    same_boot_ = now.boot_id == transaction.begun.boot_id;
  }

  void run() {
    // Another boot has our values only if our file stood when it began. The
    // file is taken back last, so that this can be told again after a stop.
    if (same_boot_ || our_file_stood()) {
      each(Layer::runtime, [&](const Change& change) { back(change); });
      // Some values went with others; a second look sets them right.
      each(Layer::runtime, [&](const Change& change) { back(change); });
    }
    each(Layer::file, [&](const Change& change) { back(change); });
    each(Layer::file, [&](const Change& change) { tidy(change); });
    each(Layer::folder, [&](const Change& change) { back_to_no_folder(change); });
    each(Layer::folder, [&](const Change& change) { tidy(change); });
    if (same_boot_) each(Layer::module, [&](const Change& change) { look_after(change); });
  }

  std::vector<std::string> changed;
  std::vector<std::string> troubles;
  std::vector<std::string> left;

 private:
  template <typename Visit>
  void each(Layer layer, const Visit& visit) {
    for (auto change = transaction_.changes.rbegin(); change != transaction_.changes.rend(); ++change) {
      if (change->layer == layer) visit(*change);
    }
  }

  // A file that holds something else again, or cannot be read, may have.
  bool our_file_stood() const {
    return std::ranges::any_of(transaction_.changes, [&](const Change& change) {
      if (change.layer != Layer::file || !change.path.contains("/sysctl.d/")) return false;
      const auto now = content_of(bench_.host, change.layer, change.path);
      return !now || !same_content(change.layer, *now, change.before);
    });
  }

  void back(const Change& change) {
    const auto now = content_of(bench_.host, change.layer, change.path);
    if (!now) return trouble(trouble_with(change, " cannot be read: ", now.error()));
    if (same_content(change.layer, *now, change.before)) return;
    // A key that went with its interface or module has nothing to take back.
    if (change.layer == Layer::runtime && !*now) return;
    if (!is_ours(change, *now, transaction_.changes)) {
      // What we only kept as it was is not ours to take back.
      if (change.before == change.after) return;
      if (!force_) return foreign(change, *now);
    }
    const auto done = put(change, *now, change.before, bench_);
    if (!done) return trouble(trouble_with(change, " cannot be set back: ", done.error()));
    note(changed, change.what);
  }

  // What somebody else has put into a folder of ours since keeps it.
  void back_to_no_folder(const Change& change) {
    const auto now = content_of(bench_.host, change.layer, change.path);
    if (!now) return trouble(trouble_with(change, " cannot be looked at: ", now.error()));
    if (!*now || change.before) return;
    const auto done = bench_.writer.remove_folder(change.path);
    if (done) return note(changed, change.what);
    if (done.error().code != Errc::unavailable) {
      return trouble(trouble_with(change, " cannot be taken away: ", done.error()));
    }
    note(left, change.path + " was made for this and stays: something else is in it by now");
  }

  // Loading is running code, which an undo does not do.
  void look_after(const Change& change) {
    const auto now = content_of(bench_.host, change.layer, change.path);
    if (!change.before || change.after || !now || *now) return;
    note(left, module_stays_out(change.path.substr(change.path.rfind('/') + 1)));
  }

  // What an earlier boot left in memory is gone; a value that is neither is
  // this boot's own, and nobody came between.
  void foreign(const Change& change, const Content& now) {
    if (change.layer == Layer::runtime && !same_boot_) return;
    trouble(change.what + " was changed by somebody else: it holds " + shown(now) + ", we left " + shown(change.after) +
            (change.what == change.path ? "" : " (" + change.path + ")"));
  }

  // A write that was cut short may have been seen and not be on the disk.
  void tidy(const Change& change) {
    const auto done = bench_.writer.tidy(change.path);
    if (!done) trouble("the folder of " + change.path + " cannot be synced: " + describe(done.error()));
  }

  void trouble(std::string text) { note(troubles, std::move(text)); }

  static void note(std::vector<std::string>& list, std::string text) {
    if (std::ranges::find(list, text) == list.end()) list.push_back(std::move(text));
  }

  const Transaction& transaction_;
  const Workbench& bench_;
  bool force_;
  bool same_boot_ = true;
};

// Whether nobody would bring it to an end if the journal kept it so.
bool is_settled(TransactionState state) {
  return state == TransactionState::confirmed || state == TransactionState::stuck;
}

std::string joined(const std::string& why, const std::vector<std::string>& troubles) {
  std::string out = why;
  for (std::size_t i = 0; i < std::min(troubles.size(), kMostTroubles); ++i) {
    out += (out.empty() ? "" : "; ") + troubles[i];
  }
  if (troubles.size() > kMostTroubles) out += "; and " + std::to_string(troubles.size() - kMostTroubles) + " more";
  return out;
}

}  // namespace

bool is_of_interface(const std::string& path) {
  if (!path.starts_with(kProcSys)) return false;
  const auto key = sysctl::interface_key(std::string_view(path).substr(kProcSys.size()));
  return key && key->interface != "all" && key->interface != "default";
}

bool is_ours(const Change& change, const Content& now, const std::vector<Change>& changes) {
  const auto same = [&](const Content& content) { return same_content(change.layer, now, content); };
  if (same(change.before) || same(change.after)) return true;
  if (change.layer != Layer::runtime) return false;
  return std::ranges::any_of(changes, [&](const Change& head) {
    if (head.layer != Layer::runtime || !head.before || !head.after) return false;
    const auto one = follower_value(below_proc_sys(change), below_proc_sys(head), *head.before);
    const auto other = follower_value(below_proc_sys(change), below_proc_sys(head), *head.after);
    return (one && same(one)) || (other && same(other));
  });
}

Result<> put(const Change& change, const Content& now, const Content& content, const Workbench& bench) {
  if (same_content(change.layer, now, content)) return {};
  if (auto written = write(change, content, bench.writer); !written) return written;
  const auto after = content_of(bench.host, change.layer, change.path);
  if (!after) return std::unexpected(after.error());
  if (same_content(change.layer, *after, content)) return {};
  // A kernel that took something else must not keep it: nobody would know it
  // for ours later.
  (void)write(change, now, bench.writer);
  return fail(Errc::invalid, "was given " + shown(content) + " and held " + shown(*after), change.path);
}

Result<Outcome> take_back(const Transaction& transaction, const Workbench& bench, const Moment& now, bool force,
                          const std::string& why) {
  Outcome outcome{transaction.id, TransactionState::undoing, why, {}, {}};
  const auto begun = bench.journal.move(transaction.id, TransactionState::undoing, why, now.wall);
  if (!begun && is_settled(transaction.state)) {
    return std::unexpected(with_context(begun.error(), "nothing was changed: the journal cannot be written"));
  }
  Return way_back(transaction, bench, now, force);
  way_back.run();
  outcome.changed = way_back.changed;
  outcome.left = way_back.left;
  outcome.note = joined(why, way_back.troubles);
  const TransactionState end = way_back.troubles.empty() ? TransactionState::undone : TransactionState::stuck;
  const auto ended = bench.journal.move(transaction.id, end, outcome.note, now.wall);
  outcome.state = ended ? end : TransactionState::undoing;
  if (!ended) outcome.note = joined(outcome.note, {"the journal could not be written: " + describe(ended.error())});
  return outcome;
}

}  // namespace harden
