// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fault_host.h"

#include <algorithm>

namespace harden::test {
namespace {

bool matches(std::string_view pattern, std::string_view path) {
  if (!pattern.ends_with('*')) return pattern == path;
  pattern.remove_suffix(1);
  return path.starts_with(pattern);
}

std::string all_bytes(std::size_t limit) {
  std::string bytes;
  for (int round = 0; round < 16; ++round) {
    for (int byte = 255; byte >= 0; --byte) bytes.push_back(static_cast<char>(byte));
  }
  return bytes.substr(0, limit);
}

}  // namespace

FaultHost& FaultHost::add(Fault fault) {
  faults_.push_back(std::move(fault));
  return *this;
}

FaultHost& FaultHost::fail(const std::string& path, Errc code) { return add({path, Way::error, code}); }
FaultHost& FaultHost::garbage(const std::string& path) { return add({path, Way::garbage, {}}); }
FaultHost& FaultHost::endless(const std::string& path) { return add({path, Way::endless, {}}); }
FaultHost& FaultHost::block(const std::string& path) { return add({path, Way::block, {}}); }

void FaultHost::release() {
  const std::scoped_lock lock(mutex_);
  released_ = true;
  changed_.notify_all();
}

void FaultHost::wait_until_blocked() const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return held_ > 0; });
}

void FaultHost::hold() const {
  std::unique_lock lock(mutex_);
  ++held_;
  changed_.notify_all();
  changed_.wait(lock, [&] { return released_; });
  --held_;
}

const FaultHost::Fault* FaultHost::fault_for(const std::string& path) const {
  const auto found = std::ranges::find_if(faults_, [&](const Fault& fault) { return matches(fault.path, path); });
  return found == faults_.end() ? nullptr : &*found;
}

Result<> FaultHost::admit(const std::string& path) const {
  const Fault* fault = fault_for(path);
  if (fault == nullptr) return {};
  switch (fault->way) {
    case Way::error: return harden::fail(fault->code, "made to fail", path);
    case Way::endless: return harden::fail(Errc::too_large, "longer than the limit", path);
    case Way::block: hold(); break;
    case Way::garbage: break;
  }
  return {};
}

Result<std::string> FaultHost::read(const std::string& path, Limit limit) const {
  if (const auto admitted = admit(path); !admitted) return std::unexpected(admitted.error());
  const Fault* fault = fault_for(path);
  if (fault != nullptr && fault->way == Way::garbage) return all_bytes(limit.bytes);
  return inner_->read(path, limit);
}

Result<std::vector<DirEntry>> FaultHost::list(const std::string& path, Limit limit) const {
  if (const auto admitted = admit(path); !admitted) return std::unexpected(admitted.error());
  return inner_->list(path, limit);
}

Result<std::string> FaultHost::read_link(const std::string& path) const {
  if (const auto admitted = admit(path); !admitted) return std::unexpected(admitted.error());
  return inner_->read_link(path);
}

Result<DirEntry::Kind> FaultHost::kind(const std::string& path) const {
  if (const auto admitted = admit(path); !admitted) return std::unexpected(admitted.error());
  return inner_->kind(path);
}

Result<HttpResponse> FaultHost::get(const std::string& socket, const std::string& target, Limit limit) const {
  if (const auto admitted = admit(socket); !admitted) return std::unexpected(admitted.error());
  const Fault* fault = fault_for(socket);
  if (fault != nullptr && fault->way == Way::garbage) return HttpResponse{200, all_bytes(limit.bytes)};
  return inner_->get(socket, target, limit);
}

Result<std::unique_ptr<const OpenFile>> FaultHost::open(const std::string& path) const {
  if (const auto admitted = admit(path); !admitted) return std::unexpected(admitted.error());
  return inner_->open(path);
}

}  // namespace harden::test
