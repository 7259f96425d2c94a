// SPDX-License-Identifier: Apache-2.0
//
// A machine that can lose power between any two of its steps. It has files
// with a page cache over a disk, sysctls that are gone with the next boot and
// set again from our own file, and modules. Every write, sync and rename is a
// step, and so is every commit of its journal.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harden/host.h"
#include "harden/host_writer.h"
#include "harden/journal.h"

namespace harden::test {

// Thrown at the step that the machine stops at.
struct Stopped {};

class Machine {
 public:
  enum class Stop {
    killed,          // the process died: memory and page cache stay
    power,           // what was not synced is lost
    power_with_luck  // what was not synced reached the disk all the same
  };

  std::map<std::string, std::string> cache;    // files as a reader sees them
  std::map<std::string, std::string> disk;     // files as they are after a power cut
  std::map<std::string, std::string> runtime;  // below /proc/sys
  std::map<std::string, std::string> at_boot;  // what the kernel begins with
  std::vector<std::string> modules;
  int boots = 1;

  int steps = 0;    // so far
  int stop_at = 0;  // the step that throws; 0: none
  int fail_at = 0;  // the step that gives an error; 0: none
  int looks = 0;    // reads so far, without those that verify a write
  // A foreign writer writes before that look. Between a look and the write
  // that rests on it nobody can keep one out.
  int meddle_at = 0;
  std::string meddle_path;
  std::string meddle_folder;  // the place of a folder, where a foreign writer puts a file into it

  // One step. An error where it is to fail.
  Result<> step(const std::string& path);
  void look();
  // Starts again after a stop.
  void recover(Stop stop);
  void put_file(const std::string& path, const std::string& content);
  void put_runtime(const std::string& path, const std::string& value);
  void meddle(const std::string& path);

  static constexpr const char* kForeign = "77";
  // The content of what is a folder. Only a folder that may come and go is in
  // the maps; those of all other files are simply there.
  static constexpr const char* kFolder = "<folder>";
  bool is_folder(const std::string& path) const;

 private:
  void apply_own_file();

  bool wrote_ = false;
};

class MachineHost final : public Host {
 public:
  explicit MachineHost(Machine& machine) : machine_(machine) {}
  Result<std::string> read(const std::string& path, Limit limit = {}) const override;
  Result<std::vector<DirEntry>> list(const std::string& path, Limit limit = {}) const override;
  Result<std::string> read_link(const std::string& path) const override;
  Result<DirEntry::Kind> kind(const std::string& path) const override;
  Result<HttpResponse> get(const std::string& socket, const std::string& target, Limit limit = {}) const override;
  std::string name() const override { return "machine"; }

 private:
  Machine& machine_;
};

class MachineWriter final : public HostWriter {
 public:
  explicit MachineWriter(Machine& machine) : machine_(machine) {}
  Result<> replace(const std::string& path, std::string_view content) override;
  Result<> remove(const std::string& path) override;
  Result<> make_folder(const std::string& path) override;
  Result<> remove_folder(const std::string& path) override;
  Result<> set(const std::string& path, std::string_view value) override;
  Result<> unload(const std::string& module) override;
  Result<> tidy(const std::string& path) override;

 private:
  Machine& machine_;
};

// Keeps its transactions over every stop, as a synced store does.
// `write_ahead` false is a mutation: a transaction is written down only with
// its first change of state.
class MachineJournal final : public Journal {
 public:
  explicit MachineJournal(Machine& machine, bool write_ahead = true) : machine_(machine), write_ahead_(write_ahead) {}
  Result<std::int64_t> begin(const Transaction& transaction) override;
  Result<> move(std::int64_t id, TransactionState state, const std::string& note, std::int64_t wall) override;
  Result<> resolve(std::int64_t id, const std::string& note, std::int64_t wall) override;
  Result<Transaction> find(std::int64_t id) const override;
  Result<std::vector<Transaction>> newest(std::size_t most) const override;
  Result<std::vector<Transaction>> standing() const override;
  void forget_unwritten() { unwritten_.clear(); }

 private:
  Machine& machine_;
  bool write_ahead_;
  std::map<std::int64_t, Transaction> written_;
  std::map<std::int64_t, Transaction> unwritten_;
};

}  // namespace harden::test
