// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/features/ordinal.hpp>

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace bespoke::features::detail {

namespace {

constexpr const char* stage = "ordinal";

[[noreturn]] void bad_order(std::string expected, const std::string& got) {
  throw error(errc::invalid_argument, {.stage = stage, .expected = std::move(expected), .got = in_quotes(got)});
}

template <class Key>
void no_key_twice(std::vector<Key> keys, const std::vector<std::string>& order) {
  auto sorted = keys;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice == sorted.end()) return;
  const auto at = std::find(keys.begin(), keys.end(), *twice) - keys.begin();
  bad_order("an order with each category once", order[static_cast<std::size_t>(at)]);
}

}  // namespace

std::vector<std::string> ordered_keys(const std::vector<std::string>& order, const std::string*) {
  no_key_twice(order, order);
  return order;
}

std::vector<std::int64_t> ordered_keys(const std::vector<std::string>& order, const std::int64_t*) {
  std::vector<std::int64_t> keys;
  for (const std::string& text : order) {
    std::int64_t key = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), key);
    if (end.ec != std::errc{} || end.ptr != text.data() + text.size())
      bad_order("an order of whole numbers, as the categories are", text);
    keys.push_back(key);
  }
  no_key_twice(keys, order);
  return keys;
}

void throw_unseen(const char* what, std::size_t record) {
  throw error(errc::invalid_argument, {.stage = what,
                                       .record = record,
                                       .problem = "the category is absent or has no number",
                                       .advice = "pass .unseen = -1 to give such ones a number"});
}

void check_ordinal(std::size_t records, const std::optional<float>& unseen) {
  if (unseen && !std::isfinite(*unseen))
    throw error(errc::invalid_argument,
                {.stage = stage, .expected = "a finite unseen", .got = fmt::format("{}", *unseen)});
  if (records == 0) throw error(errc::empty_input, {.stage = stage, .problem = "there are no records to learn from"});
}

std::vector<std::uint32_t> load_positions(const bundle_reader& r, std::size_t n) {
  const auto stored = r.tensor<std::uint32_t>("positions", n);
  std::vector<bool> taken(n);
  for (const std::uint32_t p : stored) {
    if (p >= n || taken[p]) r.reject("the positions are not each number once");
    taken[p] = true;
  }
  return {stored.begin(), stored.end()};
}

}  // namespace bespoke::features::detail
