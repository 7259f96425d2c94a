// SPDX-License-Identifier: Apache-2.0
#include "agent/store/schema.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace harden {
namespace {

std::vector<SchemaStep>& registry() {
  static std::vector<SchemaStep> steps;
  return steps;
}

}  // namespace

RegisterStep::RegisterStep(SchemaStep step) {
  auto& steps = registry();
  const auto place = std::ranges::lower_bound(steps, step.version, {}, &SchemaStep::version);
  if (place != steps.end() && place->version == step.version) {
    std::fprintf(stderr, "two steps of the store's schema have the number %d\n", step.version);
    std::abort();
  }
  steps.insert(place, step);
}

const std::vector<SchemaStep>& schema_steps() { return registry(); }

Result<std::int64_t> version_of(const Database& database, const std::vector<SchemaStep>& steps) {
  const auto version = database.number("PRAGMA user_version");
  if (!version) return version;
  if (*version < 0) return std::unexpected(database.damaged("its version is " + std::to_string(*version)));
  const int known = steps.empty() ? 0 : steps.back().version;
  if (*version <= known) return version;
  return fail(Errc::unsupported,
              "the store was written by a newer hardend (version " + std::to_string(*version) +
                  " of its tables; this one knows up to " + std::to_string(known) +
                  "); use that hardend, or move the store aside to begin a new one",
              database.path());
}

Result<> check_version(const Database& database, const std::vector<SchemaStep>& steps) {
  const auto version = version_of(database, steps);
  if (!version) return std::unexpected(version.error());
  if (steps.empty() || *version == steps.back().version) return {};
  return fail(Errc::unsupported,
              "the store was written by an older hardend; the next command that writes to it brings it up to date",
              database.path());
}

Result<> upgrade(const Database& database, const std::vector<SchemaStep>& steps) {
  if (const auto version = version_of(database, steps); !version) return std::unexpected(version.error());
  if (check_version(database, steps)) return {};  // most often: then no lock is taken
  auto work = Work::begin(database);
  if (!work) return std::unexpected(work.error());
  const auto version = version_of(database, steps);  // somebody may have been faster
  if (!version) return std::unexpected(version.error());
  for (const SchemaStep& step : steps) {
    if (step.version <= *version) continue;
    if (auto done = database.run(step.sql); !done) return done;
    const std::string mark = "PRAGMA user_version=" + std::to_string(step.version);
    if (auto done = database.run(mark.c_str()); !done) return done;
  }
  return work->commit();
}

}  // namespace harden
