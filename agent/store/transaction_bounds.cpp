// SPDX-License-Identifier: Apache-2.0
#include <zlib.h>

#include <algorithm>
#include <initializer_list>

#include "agent/store/store.h"
#include "agent/store/transactions.h"

namespace harden {
namespace {

// Each part is led by its length, so that no two lists of parts are alike.
class Sum {
 public:
  Sum& add(std::string_view text) {
    add(static_cast<std::int64_t>(text.size()));
    value_ = ::crc32_z(value_, reinterpret_cast<const Bytef*>(text.data()), text.size());
    return *this;
  }

  Sum& add(std::int64_t number) {
    unsigned char bytes[8];
    for (unsigned i = 0; i < 8; ++i)
      bytes[i] = static_cast<unsigned char>(static_cast<std::uint64_t>(number) >> (8 * i));
    value_ = ::crc32_z(value_, bytes, sizeof bytes);
    return *this;
  }

  Sum& add(const std::optional<std::string>& text) {
    add(std::int64_t{text.has_value()});
    return text ? add(std::string_view(*text)) : *this;
  }

  std::uint32_t value() const { return static_cast<std::uint32_t>(value_); }

 private:
  uLong value_ = 0;
};

std::size_t size_of(const std::optional<std::string>& text) { return text ? text->size() : 0; }

bool any_too_long(std::initializer_list<std::string_view> texts) {
  return std::ranges::any_of(texts, [](std::string_view text) { return text.size() > kMostText; });
}

bool too_long(const Transaction& transaction) {
  return any_too_long({transaction.digest, transaction.begun.boot_id, transaction.note}) ||
         std::ranges::any_of(transaction.items,
                             [](const auto& item) {
                               return any_too_long({item.policy, item.remedy});
                             }) ||
         std::ranges::any_of(transaction.changes, [](const Change& change) {
           return any_too_long({change.path, change.what});
         });
}

}  // namespace

std::size_t bytes_of(const Transaction& transaction) {
  std::size_t bytes = 0;
  for (const Change& change : transaction.changes) {
    bytes += change.path.size() + change.what.size() + size_of(change.before) + size_of(change.after);
  }
  return bytes;
}

std::uint32_t checksum_of(const Transaction& transaction) {
  Sum sum;
  sum.add(std::string_view(transaction.digest)).add(std::int64_t{transaction.uid});
  sum.add(transaction.begun.wall).add(transaction.begun.uptime).add(std::string_view(transaction.begun.boot_id));
  sum.add(transaction.confirm_within.value_or(-1));
  for (const auto& [policy, remedy] : transaction.items)
    sum.add(std::string_view(policy)).add(std::string_view(remedy));
  for (const Change& change : transaction.changes) {
    sum.add(to_string(change.layer)).add(std::string_view(change.path)).add(std::string_view(change.what));
    sum.add(change.before).add(change.after);
  }
  return sum.value();
}

Result<> check_bounds(const Transaction& transaction) {
  if (transaction.changes.size() > kMostChanges || transaction.items.size() > kMostChanges) {
    return fail(Errc::too_large, "a transaction of more than " + std::to_string(kMostChanges) + " changes");
  }
  if (bytes_of(transaction) > kMostChangeBytes) {
    return fail(Errc::too_large,
                "a transaction whose changes are of more than " + std::to_string(kMostChangeBytes >> 20U) + " MiB");
  }
  if (too_long(transaction)) {
    return fail(Errc::too_large, "a text of the transaction is longer than " + std::to_string(kMostText) + " bytes");
  }
  return {};
}

}  // namespace harden
