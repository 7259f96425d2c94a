// SPDX-License-Identifier: Apache-2.0
#include "agent/store/database.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "agent/core/system_error.h"
#include "agent/store/store.h"

namespace harden {
namespace {

// A row holds a change at most: a path, a before and an after.
constexpr int kLargestRow = static_cast<int>(2 * kMostChangeBytes);

constexpr const char* kWhatToDo =
    "; move it aside, with its -wal, and a new one is made; what is lost is the waivers and the way back from "
    "what was applied";

Errc code_of(int result, int number) {
  switch (result & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL: return Errc::timeout;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_SCHEMA:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
    case SQLITE_ERROR: return Errc::malformed;  // our statements are right, so the tables are not
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY: return Errc::denied;
    case SQLITE_CANTOPEN:
      if (number == ENOENT) return Errc::absent;
      return number == EACCES || number == EPERM || number == EROFS ? Errc::denied : Errc::failed;
    default: return Errc::failed;
  }
}

// SQLite's words may be several lines.
std::string damage(std::string_view what) {
  std::string text = "the store is damaged (" + std::string(what) + ")" + kWhatToDo;
  std::ranges::replace(text, '\n', ' ');
  return text;
}

std::string sentence(Errc code, int result, const char* message, int number) {
  if (code == Errc::timeout) return "somebody else is writing to the store and did not finish in time";
  if (code == Errc::malformed) return damage(message);
  if ((result & 0xff) == SQLITE_FULL) return message_of(ENOSPC);
  std::string text = message;
  const bool of_system = (result & 0xff) == SQLITE_CANTOPEN || (result & 0xff) == SQLITE_IOERR;
  if (of_system && number != 0) text += ": " + message_of(number);
  if (code == Errc::denied) text += "; only root may use the store, on a file system that can be written";
  return text;
}

// A URI, so that `immutable` can be said; the path is then percent-encoded.
std::string uri_of(const std::string& path, bool immutable) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string uri = "file:";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/';
    if (plain) {
      uri += c;
    } else {
      uri += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
    }
  }
  return uri + (immutable ? "?immutable=1" : "");
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(const std::string& path, int flags, bool immutable,
                                                 std::chrono::milliseconds patience) {
  sqlite3* handle = nullptr;
  const int result = sqlite3_open_v2(uri_of(path, immutable).c_str(), &handle,
                                     flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOFOLLOW, nullptr);
  std::unique_ptr<Database> database(new Database(path, handle));
  if (handle == nullptr) return fail(Errc::failed, "out of memory", path);
  if (result != SQLITE_OK) return std::unexpected(database->error("opening it"));
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, static_cast<int>(patience.count()));
  // The file may have been made to harm: sqlite.org/security.html.
  sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, kLargestRow);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  if (auto set = database->run("PRAGMA cell_size_check=1; PRAGMA mmap_size=0; PRAGMA foreign_keys=1"); !set) {
    return std::unexpected(set.error());
  }
  return database;
}

Result<> Database::run(const char* sql) const {
  if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return std::unexpected(error(""));
}

Result<std::int64_t> Database::number(const char* sql) const {
  Statement statement(*this, sql);
  const auto row = statement.step();
  if (!row) return std::unexpected(row.error());
  const std::int64_t value = *row ? statement.integer(INT64_MIN, INT64_MAX) : 0;
  if (!*row || !statement.sound()) return std::unexpected(damaged("a number is missing"));
  return value;
}

Error Database::error(std::string_view doing) const {
  const int result = sqlite3_extended_errcode(handle_);
  const int number = sqlite3_system_errno(handle_);
  const Errc code = code_of(result, number);
  Error error{code, sentence(code, result, sqlite3_errmsg(handle_), number), path_};
  return doing.empty() ? error : with_context(std::move(error), doing);
}

Error Database::damaged(std::string_view what) const { return {Errc::malformed, damage(what), path_}; }

Statement::Statement(const Database& database, const char* sql) : database_(database) {
  result_ = sqlite3_prepare_v2(database.handle(), sql, -1, &handle_, nullptr);
  if (result_ != SQLITE_OK) unprepared_ = database.error("");
}

Statement& Statement::bind(std::int64_t value) {
  if (result_ == SQLITE_OK) result_ = sqlite3_bind_int64(handle_, ++parameter_, value);
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  if (result_ != SQLITE_OK) return *this;
  const char* data = text.data() == nullptr ? "" : text.data();  // a null pointer would be NULL
  result_ = sqlite3_bind_text64(handle_, ++parameter_, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind_bytes(const std::optional<std::string>& bytes) {
  if (result_ != SQLITE_OK) return *this;
  result_ = bytes ? sqlite3_bind_blob64(handle_, ++parameter_, bytes->data(), bytes->size(), SQLITE_STATIC)
                  : sqlite3_bind_null(handle_, ++parameter_);
  return *this;
}

Statement& Statement::bind(const std::optional<std::int64_t>& value) {
  if (value) return bind(*value);
  if (result_ == SQLITE_OK) result_ = sqlite3_bind_null(handle_, ++parameter_);
  return *this;
}

Result<bool> Statement::step() {
  if (unprepared_) return std::unexpected(*unprepared_);
  column_ = 0;
  sound_ = true;
  if (result_ == SQLITE_OK) result_ = sqlite3_step(handle_);
  if (result_ != SQLITE_ROW && result_ != SQLITE_DONE) return std::unexpected(database_.error(""));
  const bool row = result_ == SQLITE_ROW;
  result_ = SQLITE_OK;
  return row;
}

Result<> Statement::finish() {
  for (;;) {
    const auto row = step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
  }
}

void Statement::reset() {
  parameter_ = 0;
  sqlite3_reset(handle_);
}

int Statement::next(int type) {
  if (sqlite3_column_type(handle_, column_) != type) sound_ = false;
  return column_++;
}

std::int64_t Statement::integer(std::int64_t least, std::int64_t most) {
  const std::int64_t value = sqlite3_column_int64(handle_, next(SQLITE_INTEGER));
  if (value < least || value > most) sound_ = false;
  return sound_ ? value : 0;
}

std::string Statement::text(std::size_t most) {
  const int column = next(SQLITE_TEXT);
  const unsigned char* data = sqlite3_column_text(handle_, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_, column));
  if (size > most) sound_ = false;
  if (!sound_ || data == nullptr) return {};
  return {reinterpret_cast<const char*>(data), size};
}

std::optional<std::string> Statement::bytes(std::size_t most) {
  if (sqlite3_column_type(handle_, column_) == SQLITE_NULL) {
    ++column_;
    return std::nullopt;
  }
  const int column = next(SQLITE_BLOB);
  const void* data = sqlite3_column_blob(handle_, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_, column));
  if (size > most) sound_ = false;
  if (!sound_ || data == nullptr) return std::string();
  return std::string(static_cast<const char*>(data), size);
}

std::optional<std::int64_t> Statement::maybe_integer(std::int64_t least, std::int64_t most) {
  if (sqlite3_column_type(handle_, column_) != SQLITE_NULL) return integer(least, most);
  ++column_;
  return std::nullopt;
}

Result<Work> Work::begin(const Database& database) {
  if (auto begun = database.run("BEGIN IMMEDIATE"); !begun) return std::unexpected(begun.error());
  return Work(&database);
}

Result<Work> Work::snapshot(const Database& database) {
  if (auto begun = database.run("BEGIN"); !begun) return std::unexpected(begun.error());
  return Work(&database);
}

Work::~Work() {
  // Where SQLite has already rolled back, this changes nothing.
  if (database_ != nullptr) (void)database_->run("ROLLBACK");
}

Result<> Work::commit() {
  if (auto done = database_->run("COMMIT"); !done) return done;
  database_ = nullptr;
  return {};
}

}  // namespace harden
