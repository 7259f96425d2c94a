// SPDX-License-Identifier: Apache-2.0
//
// SQLite as the other files of this folder use it: errors are values, what is
// opened is closed, and rows are read with distrust.
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "harden/result.h"

namespace harden {

class Database {
 public:
  // `flags` as of sqlite3_open_v2. `immutable`: the file is read as if nobody
  // could change it, without locks, journals or a trace.
  static Result<std::unique_ptr<Database>> open(const std::string& path, int flags, bool immutable,
                                                std::chrono::milliseconds patience);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() { sqlite3_close(handle_); }

  sqlite3* handle() const { return handle_; }
  const std::string& path() const { return path_; }

  // One or several statements whose rows nobody wants.
  Result<> run(const char* sql) const;
  // The integer that a statement gives in its first column.
  Result<std::int64_t> number(const char* sql) const;

  // The error of the last call, with `doing` before it: "reading waivers".
  Error error(std::string_view doing) const;
  // What is in the file cannot have been written by this program.
  Error damaged(std::string_view what) const;

 private:
  Database(std::string path, sqlite3* handle) : path_(std::move(path)), handle_(handle) {}

  std::string path_;
  sqlite3* handle_;
};

// A prepared statement. What goes wrong in `bind` is told by `step`.
class Statement {
 public:
  Statement(const Database& database, const char* sql);
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(handle_); }

  // The next parameter's value. Texts must live until the next `reset`.
  Statement& bind(std::int64_t value);
  Statement& bind(std::string_view text);
  Statement& bind_bytes(const std::optional<std::string>& bytes);  // nothing: NULL
  Statement& bind(const std::optional<std::int64_t>& value);

  // Whether there is a row (or one more).
  Result<bool> step();
  // Runs it to its end.
  Result<> finish();
  void reset();

  // The columns of the row, from the left, each with what it may be. What is
  // anything else makes the row unsound, and comes as nothing or "".
  std::int64_t integer(std::int64_t least, std::int64_t most);
  std::string text(std::size_t most);
  std::optional<std::string> bytes(std::size_t most);
  std::optional<std::int64_t> maybe_integer(std::int64_t least, std::int64_t most);
  // A word that `from` knows; of an unknown one, what `Enum` begins with.
  template <typename Enum>
  Enum word(std::optional<Enum> (*from)(std::string_view)) {
    const auto found = from(text(32));
    if (!found) sound_ = false;
    return found.value_or(Enum{});
  }
  // Whether every column asked for was as it may be.
  bool sound() const { return sound_; }

 private:
  int next(int type);

  const Database& database_;
  sqlite3_stmt* handle_ = nullptr;
  int result_ = SQLITE_OK;
  std::optional<Error> unprepared_;  // kept, for the next call on the database forgets it
  int parameter_ = 0;
  int column_ = 0;
  bool sound_ = true;
};

// What is done between the two is done as a whole or not at all: undone on the
// way out unless it was committed. `begin` already is the one writer.
class Work {
 public:
  static Result<Work> begin(const Database& database);
  // For reading alone: what is read in between is of one moment.
  static Result<Work> snapshot(const Database& database);
  Work(Work&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Work& operator=(Work&&) = delete;
  ~Work();
  Result<> commit();

 private:
  explicit Work(const Database* database) : database_(database) {}
  const Database* database_;
};

}  // namespace harden
