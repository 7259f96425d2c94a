// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <functional>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "agent/core/parallel.h"
#include "agent/policy/document.h"
#include "harden/policy.h"

namespace harden {
namespace {

constexpr std::size_t kMostFiles = 20'000;
constexpr std::size_t kMostBytes = std::size_t{256} << 20;

class Loader {
 public:
  explicit Loader(const Host& host) : host_(host), variables_(policy_variables()) {}

  // The policies of a folder and, where asked, of the folders in it.
  void folder(const std::string& path, bool descend) {
    const auto entries = host_.list(path);
    if (!entries) return complain(path, entries.error().message);
    for (const DirEntry& entry : *entries) {
      if (full_) return;
      if (!entry.name.starts_with('.')) take(path + "/" + entry.name, entry, descend);
    }
  }

  PolicySet finish() {
    std::vector<Policy> read = parse_all();
    std::ranges::stable_sort(read, {}, &Policy::id);
    for (Policy& policy : read) {
      if (set_.policies.empty() || set_.policies.back().id != policy.id) {
        set_.policies.push_back(std::move(policy));
      } else {
        complain(policy.file, "the id '" + policy.id + "' is also that of " + set_.policies.back().file);
      }
    }
    std::ranges::stable_sort(set_.diagnostics, {}, &Diagnostic::file);
    return std::move(set_);
  }

 private:
  void complain(const std::string& file, std::string message) {
    set_.diagnostics.push_back({file, {}, std::move(message), ""});
  }

  void take(const std::string& path, const DirEntry& entry, bool descend) {
    const bool is_policy = entry.name.ends_with(".toml");
    DirEntry::Kind kind = entry.kind;
    if (kind == DirEntry::Kind::link) {
      const auto target = host_.kind(path);
      if (!target && is_policy) complain(path, target.error().message);
      if (!target) return;
      kind = *target;
    }
    if (kind == DirEntry::Kind::directory && descend) return folder(path, false);
    if (kind == DirEntry::Kind::file && is_policy) read(path);
  }

  void read(const std::string& path) {
    Limit limit;
    limit.bytes = kLargestPolicy;
    auto text = host_.read(path, limit);
    if (!text) return complain(path, text.error().message);
    bytes_ += text->size();
    full_ = set_.texts.size() >= kMostFiles || bytes_ > kMostBytes;
    if (full_) return complain(path, "this and the following are too many: the limit is 20,000 policies of 256 MiB");
    set_.texts.emplace(path, std::move(*text));
    files_.push_back(path);
  }

  const std::string& text_of(std::size_t file) const { return set_.texts.find(files_[file])->second; }

  // Parsing is most of the work of a check, and each file is its own. The longest
  // are begun first, so that nobody waits for one at the end.
  std::vector<Policy> parse_all() {
    std::vector<std::size_t> order(files_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::greater(), [&](std::size_t file) { return text_of(file).size(); });
    std::vector<std::expected<Policy, Diagnostics>> parsed(files_.size(), std::unexpected(Diagnostics()));
    for_each_index(files_.size(), [&](std::size_t i) {
      parsed[order[i]] = parse_policy(text_of(order[i]), files_[order[i]], variables_);
    });
    std::vector<Policy> policies;
    policies.reserve(parsed.size());
    for (auto& one : parsed) {
      if (one) {
        policies.push_back(std::move(*one));
      } else {
        std::ranges::move(one.error(), std::back_inserter(set_.diagnostics));
      }
    }
    return policies;
  }

  const Host& host_;
  std::vector<cel::Variable> variables_;
  PolicySet set_;
  std::vector<std::string> files_;  // those of set_.texts, in the order in which they were found
  std::size_t bytes_ = 0;
  bool full_ = false;
};

}  // namespace

PolicySet load_policies(const Host& host, const std::string& directory) {
  Loader loader(host);
  loader.folder(directory, true);
  return loader.finish();
}

}  // namespace harden
