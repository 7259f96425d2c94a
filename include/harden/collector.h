// SPDX-License-Identifier: Apache-2.0
//
// A collector reads one source of the host and states facts about it. Each
// is one file in agent/collect/ that declares its facts and registers itself;
// nothing else names it.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harden/facts.h"
#include "harden/host.h"
#include "harden/result.h"
#include "harden/type.h"

namespace harden {

struct FactDecl {
  std::string name;  // dotted, lower case: "cpu.possible"
  Type type;
  std::string unit;  // "bytes", "seconds", "" for none
  std::string doc;   // one line, with the kernel document it comes from
};

// Which facts somebody will look at, so that a check reads no more than it
// needs: /proc/sys has thousands of keys, and policies name a dozen.
class Wanted {
 public:
  static Wanted everything();

  void add(std::string_view fact);                        // the whole fact
  void add(std::string_view fact, std::string_view key);  // one entry of it

  bool has(std::string_view fact) const;
  // Whether every entry of a map fact is wanted.
  bool all_of(std::string_view fact) const;
  // The entries that were asked for by name, whether or not all are wanted.
  std::set<std::string, std::less<>> keys_of(std::string_view fact) const;

 private:
  bool everything_ = false;
  std::set<std::string, std::less<>> whole_;
  std::map<std::string, std::set<std::string, std::less<>>, std::less<>> keys_;
};

// Where a collector puts what it found. Of a fact stated twice the later is
// kept; one that it did not declare, or that nobody wants, is dropped; one that
// is wanted and that it says nothing about becomes unknown (Errc::failed).
class FactSink {
 public:
  void set(std::string_view fact, Value value, std::string source);
  void fail(std::string_view fact, Error error);  // unknown; source = error.place
  void set(Fact fact) { facts_.push_back(std::move(fact)); }
  // `set` or `fail`; an error without a place takes the source as its place.
  template <typename T>
  void set(std::string_view fact, Result<T> result, std::string source) {
    if (result) return set(fact, Value(std::move(*result)), std::move(source));
    if (result.error().place.empty()) result.error().place = std::move(source);
    fail(fact, std::move(result.error()));
  }

  std::vector<Fact> take() { return std::move(facts_); }

 private:
  std::vector<Fact> facts_;
};

struct Collector {
  std::string name;  // that of its file: "kernel"
  std::vector<FactDecl> facts;
  // Must not keep state; may run on any thread. What it throws makes the facts
  // it had still to state unknown (Errc::failed).
  void (*collect)(const Host& host, const Wanted& wanted, FactSink& sink) = nullptr;
  bool slow = false;  // takes longest, so it is begun first and the others run beside it
};

// Every collector linked into this program, in the order of their names.
const std::vector<Collector>& collectors();

// The declaration of every fact there is, in the order of their names.
const std::vector<FactDecl>& fact_declarations();

// At namespace scope in the collector's file. Two collectors that declare the
// same fact end the program at start: that is a mistake of the build.
struct RegisterCollector {
  explicit RegisterCollector(Collector collector);
};

// Runs the collectors that declare a wanted fact. A collector that takes
// longer than `patience` is left behind, its facts unknown (Errc::timeout);
// the host must therefore stay alive for as long as it is stuck in a read.
Facts collect(std::shared_ptr<const Host> host, const Wanted& wanted,
              std::chrono::milliseconds patience = std::chrono::seconds(5));

}  // namespace harden
