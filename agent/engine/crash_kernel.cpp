// SPDX-License-Identifier: Apache-2.0
//
// A crash is judged by the kernel it names, which need not be the one that
// runs now. That kernel is looked at as a machine of which nothing is known
// but the two strings that an oops prints, so that vendors and versions are
// told apart by the very code that does so for a running host.
#include <algorithm>
#include <array>
#include <memory>

#include "agent/engine/evidence.h"
#include "agent/remedy/remedy.h"
#include "harden/collector.h"
#include "harden/crash_match.h"

namespace harden {
namespace {

// What says who built a kernel. The other facts of it (kernel.config) are not
// in the text of a crash at all.
constexpr std::array<std::string_view, 4> kBuildFacts{"kernel.vendor", "kernel.vendor_release", "kernel.package",
                                                      "kernel.upstream"};

class NamedKernel : public Host {
 public:
  NamedKernel(std::string release, std::string version) : release_(std::move(release)), version_(std::move(version)) {}

  Result<std::string> read(const std::string& path, Limit /*limit*/) const override {
    if (path == "/proc/sys/kernel/osrelease" && !release_.empty()) return release_;
    if (path == "/proc/sys/kernel/version" && !version_.empty()) return version_;
    return not_told(path);
  }
  Result<std::vector<DirEntry>> list(const std::string& path, Limit /*limit*/) const override { return not_told(path); }
  Result<std::string> read_link(const std::string& path) const override { return not_told(path); }
  Result<DirEntry::Kind> kind(const std::string& path) const override { return not_told(path); }
  Result<HttpResponse> get(const std::string& socket, const std::string& /*target*/, Limit /*limit*/) const override {
    return not_told(socket);
  }
  std::string name() const override { return "a crash"; }

 private:
  static std::unexpected<Error> not_told(const std::string& path) {
    return fail(Errc::unavailable, "the text of the crash does not tell", path);
  }

  std::string release_;
  std::string version_;
};

bool is_build_fact(const Missing& missing) {
  return std::ranges::find(kBuildFacts, std::string_view(missing.fact)) != kBuildFacts.end();
}

// What [exposed] asks of the kernel itself; what it asks of the host stays open.
void consider_condition(const Policy& policy, const Facts& kernel, Applicability& found) {
  if (!policy.exposed || found.verdict == Verdict::not_affected) return;
  const cel::Decision decision = policy.exposed->decide(cel::bind(kernel));
  const Answer answer = answer_of(decision.value, policy.exposed->source());
  if (answer.yes == false) {
    found.verdict = Verdict::not_affected;
    found.reason = deciding_leaf(decision);
  } else if (!answer.yes && std::ranges::any_of(answer.missing, is_build_fact)) {
    std::vector<Missing> missing = answer.missing;
    std::erase_if(missing, [](const Missing& one) { return !is_build_fact(one); });
    found.verdict = Verdict::unknown;
    found.reason = "the policy's condition cannot be decided without " + describe_missing(missing);
  }
}

}  // namespace

Facts facts_of_kernel(const std::string& release, const std::string& version) {
  Wanted wanted;
  for (const char* fact : {"kernel.release", "kernel.version"}) wanted.add(fact);
  for (const std::string_view fact : kBuildFacts) wanted.add(fact);
  return collect(std::make_shared<NamedKernel>(release, version), wanted);
}

Applicability judge_kernel(const Policy& policy, const Facts& kernel) {
  Applicability found{
      Verdict::unknown, "the policy names no releases, and its condition does not rule this one out", {}};
  if (text_of(kernel, "kernel.release").empty()) {
    return {Verdict::unknown, "the text does not name its kernel in a way that can be read", {}};
  }
  if (policy.affected) found = applies(*policy.affected, kernel);
  consider_condition(policy, kernel, found);
  return found;
}

}  // namespace harden
