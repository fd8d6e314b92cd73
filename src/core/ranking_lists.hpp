// SPDX-License-Identifier: Apache-2.0
#pragma once
// The lists that an evaluation saw, and what they have only together: how much of the catalogue they show, and how evenly.

#include <bespoke/core/bootstrap.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bespoke::detail {

/// One list for each user, best first, of at most `longest` items.
class shown_lists {
 public:
  shown_lists(std::size_t users, std::size_t longest, std::size_t items)
      : longest_(longest), items_(items), lengths_(users), shown_(users * longest) {}

  /// Room for the list of a user, and how much of it was needed. Different users from different threads.
  std::span<std::uint32_t> room(std::size_t user) noexcept { return {shown_.data() + user * longest_, longest_}; }
  void set_length(std::size_t user, std::size_t n) noexcept { lengths_[user] = n; }
  std::span<const std::uint32_t> first(std::size_t user, std::size_t k) const noexcept;

  estimate coverage(std::size_t k, const bootstrap_options& options) const;
  estimate gini(std::size_t k, const bootstrap_options& options) const;

 private:
  template <class Figure>
  estimate around(std::size_t k, const bootstrap_options& options, Figure&& figure) const;

  std::size_t longest_, items_;
  std::vector<std::size_t> lengths_;
  std::vector<std::uint32_t> shown_;
};

}  // namespace bespoke::detail
