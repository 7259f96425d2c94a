// SPDX-License-Identifier: Apache-2.0
//
// The macros that look at every element of a list or every key of a map.
#include <array>

#include "agent/cel/evaluator.h"
#include "agent/cel/functions.h"
#include "agent/cel/operators.h"

namespace harden::cel {
namespace {

using Kind = Value::Kind;

bool collects_list(Macro macro) { return macro == Macro::transform_list || macro == Macro::filter; }
bool judges(Macro macro) { return macro == Macro::all || macro == Macro::exists || macro == Macro::exists_one; }

}  // namespace

// What the rounds have come to so far.
struct Evaluator::Tally {
  Value judgement;  // of all and exists; else a failure once there was one
  std::int64_t hits = 0;
  List list;
  std::vector<Map::Entry> entries;

  void fail(const Value& value) { judgement = is_failure(judgement) ? merged(judgement, value) : value; }
};

Value Evaluator::comprehension(const Node& node) {
  Value range = evaluate(node.child(0));
  if (is_failure(range)) return range;
  if (!range.is(Kind::list) && !range.is(Kind::map)) return no_overload(node.name, std::array{range});
  const bool pairs = node.path.size() == 2;
  Tally tally;
  tally.judgement = node.macro == Macro::all;
  bool more = true;
  if (range.is(Kind::list)) {
    const List& list = range.list();
    for (std::size_t i = 0; more && i < list.size(); ++i) {
      const Value index = static_cast<std::int64_t>(i);
      more = round(node, pairs ? Item{index, list[i]} : Item{list[i], list[i]}, tally);
    }
  } else {
    for (const auto& [key, value] : range.map().entries()) {
      if (more) more = round(node, pairs ? Item{key, value} : Item{key, key}, tally);
    }
  }
  return answer(node, tally);
}

// One element; false when there is nothing more to learn.
bool Evaluator::round(const Node& node, const Item& item, Tally& tally) {
  const bool pairs = node.path.size() == 2;
  locals_.push_back(item.first);
  if (pairs) locals_.push_back(item.second);
  if (observer_ != nullptr) observer_->begin_round(node);
  const bool more = judges(node.macro) ? judge(node, item, tally) : gather(node, item, tally);
  if (observer_ != nullptr) observer_->end_round(node);
  locals_.resize(node.local);
  return more && !budget_.spent();
}

bool Evaluator::judge(const Node& node, const Item&, Tally& tally) {
  const Value value = evaluate(node.child(1));
  if (node.macro != Macro::exists_one) {
    const bool stop = node.macro == Macro::exists;
    tally.judgement = logical(stop, tally.judgement, value);
    return !tally.judgement.is(Kind::boolean) || tally.judgement.boolean() != stop;
  }
  if (!value.is(Kind::boolean)) {
    tally.fail(is_failure(value) ? value : no_overload(node.name, std::array{value}));
  } else if (value.boolean()) {
    ++tally.hits;
  }
  return true;
}

// map, filter and the transforms are strict: one failure is the whole's.
bool Evaluator::gather(const Node& node, const Item& item, Tally& tally) {
  const bool filters = node.macro == Macro::filter || node.children.size() > 2;
  if (filters) {
    const Value wanted = evaluate(node.child(1));
    if (!wanted.is(Kind::boolean)) {
      tally.fail(is_failure(wanted) ? wanted : no_overload(node.name, std::array{wanted}));
      return true;
    }
    if (!wanted.boolean()) return true;
  }
  const Value value = node.macro == Macro::filter ? item.first : evaluate(*node.children.back());
  if (is_failure(value)) {
    tally.fail(value);
  } else if (node.macro == Macro::transform_map) {
    tally.entries.emplace_back(item.first, value);
  } else if (node.macro != Macro::transform_entry) {
    tally.list.push_back(value);
  } else if (value.is(Kind::map)) {
    const auto& entries = value.map().entries();
    tally.entries.insert(tally.entries.end(), entries.begin(), entries.end());
    budget_.spend(entries.size());
  } else {
    tally.fail(no_overload(node.name, std::array{value}));
  }
  return true;
}

Value Evaluator::answer(const Node& node, Tally& tally) {
  if (is_failure(tally.judgement)) return tally.judgement;
  if (node.macro == Macro::all || node.macro == Macro::exists) return tally.judgement;
  if (node.macro == Macro::exists_one) return tally.hits == 1;
  Value value;
  if (collects_list(node.macro)) {
    value = std::move(tally.list);
  } else {
    const std::size_t written = tally.entries.size();
    Map map(std::move(tally.entries));
    if (map.size() != written) return failure("'" + node.name + "' made the same key twice");
    value = std::move(map);
  }
  return budget_.allows(value) ? value : budget_.error();
}

}  // namespace harden::cel
