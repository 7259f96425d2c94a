// SPDX-License-Identifier: Apache-2.0
//
// A store is made beside its place and put there when it is whole, so that a
// file without tables or without content is always a damaged one, never one
// that somebody began to make.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "agent/core/system_error.h"
#include "agent/store/schema.h"
#include "agent/store/store.h"

namespace harden {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

// As sqlite.org/wal.html wants it: with FULL every commit is synced. A large
// transaction must not leave a large log behind.
constexpr const char* kForWriting = "PRAGMA synchronous=FULL; PRAGMA journal_size_limit=1048576";

std::unexpected<Error> system_failure(int number, const std::string& place) {
  Error error = system_error(number, place);
  if (number == EACCES || number == EPERM) error.message += "; only root may use the store";
  return std::unexpected(std::move(error));
}

// Links may lead to the folder (/var may be one), but not from it.
Result<std::string> real_path(const std::string& path) {
  const fs::path given(path);
  if (given.filename().empty()) return fail(Errc::invalid, "not the name of a file", path);
  std::error_code error;
  const fs::path folder = fs::canonical(given.parent_path().empty() ? "." : given.parent_path(), error);
  if (error) return system_failure(error.value(), path);
  return (folder / given.filename()).string();
}

// Errc::absent where there is none.
Result<> look_at(const std::string& path) {
  struct stat status = {};
  if (::lstat(path.c_str(), &status) != 0) return system_failure(errno, path);
  if (S_ISLNK(status.st_mode)) return fail(Errc::invalid, "a symbolic link, and a store is not behind one", path);
  if (!S_ISREG(status.st_mode)) return fail(Errc::invalid, "not a file", path);
  return {};
}

// SQLite takes a part of a page at the end for a page with zeros.
Result<> check_end(const Database& database) {
  const auto page = database.number("PRAGMA page_size");
  if (!page) return std::unexpected(page.error());
  std::error_code error;
  const auto size = fs::file_size(database.path(), error);
  if (!error && *page > 0 && size % static_cast<std::uintmax_t>(*page) == 0) return {};
  return std::unexpected(database.damaged("its end is missing"));
}

// Reads the header without touching anything: opening another program's
// database for writing could roll back what that program was doing.
Result<> check_owner(const std::string& path) {
  const auto database = Database::open(path, SQLITE_OPEN_READONLY, true, milliseconds(0));
  if (!database) return std::unexpected(database.error());
  const auto id = (*database)->number("PRAGMA application_id");
  if (!id) return std::unexpected(id.error());
  if (*id == kApplicationId) return check_end(**database);
  const auto pages = (*database)->number("PRAGMA page_count");
  if (pages && *pages == 0) return std::unexpected((*database)->damaged("not even its first page is there"));
  return fail(Errc::invalid, "the database of another program, not a store of hardend; name another file", path);
}

Result<> make_tables(const std::string& path, milliseconds patience) {
  const auto database = Database::open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, false, patience);
  if (!database) return std::unexpected(database.error());
  if (::chmod(path.c_str(), 0600) != 0) return system_failure(errno, path);
  const std::string mark = "PRAGMA synchronous=EXTRA; PRAGMA application_id=" + std::to_string(kApplicationId);
  if (auto marked = (*database)->run(mark.c_str()); !marked) return marked;
  return upgrade(**database, schema_steps());
}

// The folder's own sync comes with the first commit: SQLite syncs it when it
// makes the log, and before that there is nothing to lose.
Result<> create(const std::string& path, milliseconds patience) {
  std::string folder = path + ".XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) return system_failure(errno, path);
  const std::string made = folder + "/new";
  auto done = make_tables(made, patience);
  // Somebody who made one at the same time is as good.
  if (done && ::link(made.c_str(), path.c_str()) != 0 && errno != EEXIST) {
    done = system_failure(errno, path);
  }
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  if (!done) done.error().place = path;
  return done;
}

Result<> make_folder(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  if (folder.empty() || ::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return system_failure(errno, folder.string());
}

Result<> check_pages(const Database& database) {
  Statement statement(database, "PRAGMA quick_check(1)");
  const auto row = statement.step();
  if (!row) return std::unexpected(row.error());
  const std::string found = *row ? statement.text(kMostText) : "";
  if (found != "ok") return std::unexpected(database.damaged(found));
  return {};
}

Result<> prepare(const Database& database) {
  // The version first: a newer store is not even switched to WAL.
  const auto version = version_of(database, schema_steps());
  if (!version) return std::unexpected(version.error());
  // Nothing of ours ever lacked its tables.
  if (*version == 0) return std::unexpected(database.damaged("it has no tables"));
  if (auto whole = check_pages(database); !whole) return whole;
  if (auto set = database.run(kForWriting); !set) return set;
  if (auto current = upgrade(database, schema_steps()); !current) return current;
  Statement wal(database, "PRAGMA journal_mode=WAL");
  const auto row = wal.step();
  if (!row) return std::unexpected(row.error());
  if (*row && wal.text(32) == "wal") return {};
  return fail(Errc::failed, "this file system cannot hold SQLite's log", database.path());
}

bool has_log(const std::string& path) {
  struct stat status = {};
  return ::lstat((path + "-wal").c_str(), &status) == 0;
}

Result<std::unique_ptr<Store>> wrapped(Result<std::unique_ptr<Database>> database, Result<> prepared) {
  if (!prepared) return std::unexpected(prepared.error());
  return std::make_unique<Store>(std::move(*database));
}

}  // namespace

Result<std::unique_ptr<Store>> open_store(const std::string& path, milliseconds patience) {
  if (auto made = make_folder(path); !made) return std::unexpected(made.error());
  const auto real = real_path(path);
  if (!real) return std::unexpected(real.error());
  auto there = look_at(*real);
  if (!there && there.error().code == Errc::absent) there = create(*real, patience);
  if (there) there = look_at(*real);
  if (there) there = check_owner(*real);
  if (!there) return std::unexpected(there.error());
  auto database = Database::open(*real, SQLITE_OPEN_READWRITE, false, patience);
  if (!database) return std::unexpected(database.error());
  if (sqlite3_db_readonly((*database)->handle(), "main") == 1) {
    return system_failure(::access(real->c_str(), W_OK) != 0 ? errno : EACCES, *real);
  }
  auto prepared = prepare(**database);
  return wrapped(std::move(database), std::move(prepared));
}

// Without a log nobody has it open, and it can be read without leaving the
// files that a reader of a log makes.
Result<std::unique_ptr<Store>> open_store_for_reading(const std::string& path, milliseconds patience) {
  const auto real = real_path(path);
  if (!real) return std::unexpected(real.error());
  auto there = look_at(*real);
  if (there) there = check_owner(*real);
  if (!there) return std::unexpected(there.error());
  auto database = Database::open(*real, SQLITE_OPEN_READONLY, !has_log(*real), patience);
  if (!database) return std::unexpected(database.error());
  auto prepared = check_version(**database, schema_steps());
  return wrapped(std::move(database), std::move(prepared));
}

}  // namespace harden
