// SPDX-License-Identifier: Apache-2.0
//
// A host in front of another that misbehaves where it is told to. A path that
// ends in '*' means every path that starts with what stands before it.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "harden/host.h"

namespace harden::test {

class FaultHost : public Host {
 public:
  explicit FaultHost(std::shared_ptr<const Host> inner) : inner_(std::move(inner)) {}
  ~FaultHost() override { release(); }

  FaultHost& fail(const std::string& path, Errc code);
  // Bytes that are no text, with every byte value and no line end in time.
  FaultHost& garbage(const std::string& path);
  // Data without an end: as much as the caller's limit allows, and then more.
  FaultHost& endless(const std::string& path);
  // Whoever asks is held until `release`, then answered as without the fault.
  FaultHost& block(const std::string& path);
  void release();
  // Waits until somebody is held.
  void wait_until_blocked() const;

  Result<std::string> read(const std::string& path, Limit limit = {}) const override;
  Result<std::vector<DirEntry>> list(const std::string& path, Limit limit = {}) const override;
  Result<std::string> read_link(const std::string& path) const override;
  Result<DirEntry::Kind> kind(const std::string& path) const override;
  Result<> may_write(const std::string& path) const override { return inner_->may_write(path); }
  Result<HttpResponse> get(const std::string& socket, const std::string& target, Limit limit = {}) const override;
  Result<std::unique_ptr<const OpenFile>> open(const std::string& path) const override;
  std::string name() const override { return inner_->name(); }

 private:
  enum class Way { error, garbage, endless, block };
  struct Fault {
    std::string path;
    Way way = Way::error;
    Errc code = Errc::failed;
  };

  FaultHost& add(Fault fault);
  const Fault* fault_for(const std::string& path) const;
  void hold() const;
  // The error that a question about `path` is answered with, after it was held
  // where it is to be; nothing where the inner host may answer.
  Result<> admit(const std::string& path) const;

  std::shared_ptr<const Host> inner_;
  std::vector<Fault> faults_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable int held_ = 0;
  bool released_ = false;
};

}  // namespace harden::test
