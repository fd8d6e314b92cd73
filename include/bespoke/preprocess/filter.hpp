// SPDX-License-Identifier: Apache-2.0
#pragma once
// Keeps the records of a flow that satisfy a predicate.
//
//     auto paid = tickets | preprocess::filter([](const Ticket& t) { return t.amount > 0; });
//     auto open = tickets | preprocess::filter(&Ticket::open);

#include <bespoke/core/chain.hpp>
#include <functional>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke::preprocess {

using bespoke::operator|;

/// A record stage that drops records for which `keep(record)` is false; the others stay in order. `keep` is a function of
/// a record or a pointer to a member; an optional member counts as whether it has a value. It is called once a record, in order, on one thread.
template <class Keep>
class filter {
 public:
  explicit filter(Keep keep) : keep_(std::move(keep)) {}

  template <class Record>
    requires requires(const Keep& keep, const Record& r) { static_cast<bool>(std::invoke(keep, r)); }
  void operator()(std::vector<Record>& records) const {
    std::erase_if(records, [&](const Record& r) { return !static_cast<bool>(std::invoke(keep_, r)); });
  }
  void reset() const noexcept {}

 private:
  Keep keep_;
};

}  // namespace bespoke::preprocess
