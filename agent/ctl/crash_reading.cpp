// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/crash_reading.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <set>

#include "agent/core/text.h"
#include "agent/engine/diagnose.h"
#include "harden/collector.h"
#include "harden/crash_source.h"

namespace harden::ctl {
namespace {

// Large dumps take a while.
class ProgressLine {
 public:
  explicit ProgressLine(std::string name) : name_(text::printable(name)), shown_(::isatty(STDERR_FILENO) == 1) {}
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() {
    if (percent_ >= 0) std::fputs("\r\x1b[K", stderr);
  }

  void tell(std::uint64_t done, std::uint64_t total) {
    const int percent =
        total == 0 ? 0 : static_cast<int>(100.0 * static_cast<double>(done) / static_cast<double>(total));
    if (!shown_ || percent == percent_) return;
    percent_ = percent;
    std::fprintf(stderr, "\rreading %s: %d %%", name_.c_str(), percent);
    std::fflush(stderr);
  }

 private:
  std::string name_;
  bool shown_ = false;
  int percent_ = -1;
};

class CrashReader {
 public:
  CrashReader(CrashView& view, const std::vector<Policy>& policies)
      : view_(view), policies_(policies), patterns_(crash_patterns(policies)) {}

  // What was read before an error counts; the error is told too.
  void read(const CrashSource& source) {
    CrashParser parser;
    parser.watch_for(patterns_);
    ProgressLine line(source.name);
    const auto take = [&](std::string_view piece) {
      parser.feed(piece);
      return true;
    };
    const auto done = source.read(take, [&](std::uint64_t now, std::uint64_t total) { line.tell(now, total); });
    if (!done) view_.unread.push_back(done.error());
    if (!source.note.empty()) view_.notes.push_back(source.name + ": " + source.note);
    add(source, diagnose(parser.finish(), policies_, source.kernel));
  }

  void read(const Result<CrashSource>& source) {
    if (source) return read(*source);
    view_.unread.push_back(source.error());
  }

 private:
  void add(const CrashSource& source, Diagnoses found) {
    view_.sources.push_back(source.name);
    for (Diagnosis& one : found.crashes) {
      ShownCrash shown;
      shown.fingerprint = fingerprint(one.record);
      shown.source = source.name;
      shown.boot_id = source.boot_id;
      shown.time = source.time;
      shown.hint = look_into(one.record);
      shown.matches = std::move(one.matches);
      shown.related = std::move(one.related);
      shown.record = std::move(one.record);
      view_.crashes.push_back(std::move(shown));
    }
    for (CrashMatch& warning : found.warnings) view_.warnings.push_back({source.name, std::move(warning)});
    if (found.more) view_.notes.push_back(source.name + " has more crashes than are kept");
  }

  CrashView& view_;
  const std::vector<Policy>& policies_;
  std::vector<std::string> patterns_;
};

// The best first: what a person is to read before they are tired of reading.
void sort_remedies(std::vector<RemedyView>& remedies) { std::ranges::stable_sort(remedies, {}, &RemedyView::grade); }

std::set<std::string> policies_of(const CrashView& view) {
  std::set<std::string> ids;
  for (const ShownCrash& crash : view.crashes) {
    for (const CrashMatch& match : crash.matches) ids.insert(match.policy);
    for (const CrashMatch& match : crash.related) ids.insert(match.policy);
  }
  for (const ShownWarning& warning : view.warnings) ids.insert(warning.match.policy);
  return ids;
}

}  // namespace

CrashView read_files(const std::vector<std::string>& files, const std::vector<Policy>& policies) {
  CrashView view;
  view.source = files.size() > 1 ? std::to_string(files.size()) + " files" : files[0];
  if (view.source == "-") view.source = "standard input";
  CrashReader reader(view, policies);
  for (const std::string& file : files) {
    reader.read(file == "-" ? crash_source_of_standard_input() : crash_source_of_file(*live_host(), file));
  }
  return view;
}

CrashView read_host(const Host& host, const std::vector<Policy>& policies, bool last) {
  CrashView view;
  view.source = "what the kernels of " + host.name() + " left";
  CrashSources sources = find_crash_sources(host);
  view.unread = std::move(sources.unread);
  if (sources.more) view.notes.emplace_back("older sources were left out");
  CrashReader reader(view, policies);
  for (const CrashSource& source : sources.found) {
    reader.read(source);
    if (last && !view.crashes.empty()) break;
  }
  // Messages of a boot that did not crash are no news beside a crash that was asked for.
  if (last && !view.crashes.empty()) view.warnings.clear();
  return view;
}

void judge_bugs(CrashView& view, const std::shared_ptr<const Host>& host, const std::vector<Policy>& policies) {
  const std::set<std::string> ids = policies_of(view);
  std::vector<Policy> wanted;
  for (const Policy& policy : policies) {
    if (ids.contains(policy.id)) wanted.push_back(policy);
  }
  Wanted facts_wanted = wanted_by(wanted);
  for (const char* fact : {"os.pretty_name", "kernel.release", "kernel.vendor", "kernel.package"}) {
    facts_wanted.add(fact);
  }
  const Facts facts = collect(host, facts_wanted);
  CheckReport report = check(wanted, facts, host->name());
  view.host = report.host;
  for (Finding finding : report.findings) {
    const auto policy = std::ranges::find(wanted, finding.policy, &Policy::id);
    // A crash that was brought from another host has its cures too.
    if (finding.remedies.empty()) finding.remedies = remedy_views(*policy, facts);
    sort_remedies(finding.remedies);
    const std::string id = finding.policy;
    view.bugs[id] = {policy->title, policy->severity, policy->references, std::move(finding)};
  }
}

}  // namespace harden::ctl
