// SPDX-License-Identifier: Apache-2.0
//
// Transactions, and the store they are kept in, for tests.
#pragma once

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <memory>
#include <string>

#include "agent/store/store.h"
#include "agent/store/waivers.h"
#include "tests/support/temporary_folder.h"

namespace harden::test {

inline Transaction sample_transaction(const std::string& word = "1") {
  Transaction transaction;
  transaction.digest = "sha256:" + word;
  transaction.items = {{"ip6mr-sk-done", "boot-without-ipv6"}, {"setting", word}};
  transaction.changes = {
      {Layer::runtime, "/proc/sys/net/ipv4/tcp_sack", "net.ipv4.tcp_sack", "1", "0"},
      {Layer::file, "/etc/sysctl.d/99-zz-hardend.conf", "file", std::nullopt, "net.ipv4.tcp_sack = " + word + "\n"},
      {Layer::file, "/etc/not-utf-8-\xff", "file", std::string("\0\xff bytes", 8), std::string()},
      {Layer::module, "/sys/module/sctp", "module sctp", "", std::nullopt}};
  transaction.begun = {1'800'000'000, 1234, "9a1f"};
  transaction.confirm_within = 300;
  transaction.ended = 1'800'000'001;
  transaction.uid = 1000;
  transaction.note = "a note";
  return transaction;
}

inline Waiver sample_waiver(const std::string& policy = "ip6mr-sk-done", std::int64_t until = 2'000'000'000) {
  return {policy, "we wait for the maintenance window", "Alice", until, 1'800'000'000, ""};
}

inline std::unique_ptr<Store> opened(const std::string& path) {
  auto store = open_store(path);
  REQUIRE_MESSAGE(store.has_value(), describe(store.error()));
  return std::move(*store);
}

// What another program could do to the file.
inline void sql(const std::string& path, const std::string& statements) {
  sqlite3* handle = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &handle) == SQLITE_OK);
  char* message = nullptr;
  const int result = sqlite3_exec(handle, statements.c_str(), nullptr, nullptr, &message);
  const std::string said = message == nullptr ? "" : message;
  sqlite3_free(message);
  sqlite3_close(handle);
  REQUIRE_MESSAGE(result == SQLITE_OK, said);
}

// The code of a result that should be an error.
template <typename T>
Errc code_of(const Result<T>& result) {
  REQUIRE_FALSE(result.has_value());
  CHECK_FALSE(result.error().message.empty());
  return result.error().code;
}

}  // namespace harden::test
