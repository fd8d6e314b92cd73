// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/random.hpp>
#include <bespoke/train/search.hpp>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

namespace bespoke::detail {

namespace {

/// What stands behind the last :: that is not inside <>, and what stands before it.
std::pair<std::string_view, std::string_view> last_part(std::string_view name) {
  std::size_t depth = 0;
  for (std::size_t i = name.size(); i-- > 1;) {
    if (name[i] == '>') ++depth;
    if (name[i] == '<') --depth;
    if (depth == 0 && name[i] == ':' && name[i - 1] == ':') return {name.substr(0, i - 1), name.substr(i + 1)};
  }
  return {{}, name};
}

bool better(double a, double b, bool larger_is_better) { return larger_is_better ? a > b : a < b; }

/// A part's records in an order in which each beginning has the labels as all of them do.
std::vector<std::size_t> spread(const std::vector<std::size_t>& part, label_numbers labels, random_numbers& random) {
  std::map<std::uint32_t, std::vector<std::size_t>> members;
  for (const std::size_t i : part) members[labels.empty() ? 0 : labels[i]].push_back(i);
  std::vector<std::pair<double, std::size_t>> places;
  for (auto& [label, own] : members) {
    const std::size_t n = own.size();
    own = sample(std::move(own), n, random);
    for (std::size_t i = 0; i < n; ++i)
      places.emplace_back((static_cast<double>(i) + 0.5) / static_cast<double>(n), own[i]);
  }
  std::stable_sort(places.begin(), places.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::size_t> order;
  for (const auto& p : places) order.push_back(p.second);
  return order;
}

}  // namespace

std::string short_member_name(std::string_view pretty) {
  // g++: "… [with auto Member = &a::b; …]", clang: "… [Member = &a::b]"
  const std::size_t begin = pretty.find("Member = &");
  if (begin == std::string_view::npos) return std::string(pretty);
  const std::string_view from = pretty.substr(begin + 10);
  const auto [stage, member] = last_part(from.substr(0, from.find_first_of(";]")));
  return std::string(last_part(stage).second) + "." + std::string(member);
}

std::string short_type_name(std::string_view pretty) {
  const std::size_t begin = pretty.find("L = ");
  if (begin == std::string_view::npos) return std::string(pretty);
  const std::string_view from = pretty.substr(begin + 4);
  return std::string(last_part(from.substr(0, from.find_first_of(";]"))).second);
}

void throw_no_stage(const std::string& axis) {
  throw error(errc::invalid_argument, {.stage = "axis " + axis,
                                       .problem = "there is no such stage where it says",
                                       .advice = "name the field at the beginning of the stage's branch"});
}

void throw_bad_range(const std::string& axis, double low, double high, bool logarithmic) {
  throw error(errc::invalid_argument,
              {.stage = "axis " + axis,
               .expected = logarithmic ? "two ends above 0, the smaller first" : "two ends, the smaller first",
               .got = scalar_to_text(low) + " and " + scalar_to_text(high)});
}

std::vector<std::size_t> all_numbers(std::size_t n) {
  std::vector<std::size_t> all(n);
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

value_numbers grid_of(std::span<const std::size_t> sizes) {
  value_numbers all{{}};
  for (const std::size_t size : sizes) {
    value_numbers longer;
    for (const auto& values : all)
      for (std::size_t i = 0; i < size; ++i) {
        longer.push_back(values);
        longer.back().push_back(i);
      }
    all = std::move(longer);
  }
  return all;
}

value_numbers draws_of(std::span<const std::size_t> sizes, std::span<const bool> ranges, std::size_t n,
                       random_numbers& random) {
  value_numbers all;
  std::set<std::vector<std::size_t>> seen;
  for (std::size_t tries = 0; all.size() < n && tries < 100 * n; ++tries) {
    std::vector<std::size_t> values;
    for (std::size_t a = 0; a < sizes.size(); ++a) values.push_back(ranges[a] ? all.size() : random.below(sizes[a]));
    if (seen.insert(values).second) all.push_back(std::move(values));
  }
  if (all.empty())
    throw error(errc::invalid_argument, {.stage = "random_search", .expected = "a candidate or more", .got = "0"});
  return all;
}

stage_keys keys_of(const value_numbers& candidates, std::span<const std::size_t> depths, std::size_t stages) {
  std::vector<std::map<std::vector<std::size_t>, std::uint32_t>> known(stages);
  stage_keys keys;
  for (const auto& values : candidates) {
    std::vector<std::vector<std::size_t>> at(stages);
    for (std::size_t a = 0; a < depths.size(); ++a) at[depths[a]].push_back(values[a]);
    auto& key = keys.emplace_back();
    for (std::size_t s = 0; s < stages; ++s)
      key.push_back(known[s].try_emplace(at[s], static_cast<std::uint32_t>(known[s].size())).first->second);
  }
  return keys;
}

void check_axis(const std::string& name, std::size_t size, bool is_range, bool may_be_range) {
  if (is_range && !may_be_range)
    throw error(errc::invalid_argument, {.stage = "axis " + name,
                                         .expected = "values to try",
                                         .got = "a range",
                                         .advice = "give values, axis<...>({...}), or use random_search"});
  if (!is_range && size == 0)
    throw error(errc::invalid_argument, {.stage = "axis " + name, .expected = "a value or more", .got = "none"});
}

void check_factor(std::size_t factor) {
  if (factor < 2)
    throw error(errc::invalid_argument,
                {.stage = "halving_search", .expected = "a factor of 2 or more", .got = std::to_string(factor)});
}

std::vector<std::size_t> best_few(const std::vector<trial>& all, std::span<const std::size_t> among, std::size_t n,
                                  bool larger_is_better) {
  std::vector<std::size_t> order(among.begin(), among.end());
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (all[a].error.empty() != all[b].error.empty()) return all[a].error.empty();
    return all[a].error.empty() && better(all[a].score.mean, all[b].score.mean, larger_is_better);
  });
  order.resize(std::min(n, order.size()));
  std::sort(order.begin(), order.end());
  return order;
}

std::size_t best_of(const std::vector<trial>& all, std::span<const std::size_t> among, bool larger_is_better) {
  const std::size_t best = best_few(all, among, 1, larger_is_better).front();
  if (all[best].error.empty()) return best;
  throw error(errc::invalid_argument, {.stage = "search",
                                       .problem = "none of the candidates could be judged",
                                       .got = all[best].settings + ": " + all[best].error});
}

std::size_t rounds_of(std::size_t candidates, std::size_t factor) {
  std::size_t rounds = 1;
  for (; candidates >= factor; candidates /= factor) ++rounds;
  return rounds;
}

std::vector<fold> share_of(const std::vector<fold>& folds, label_numbers labels, double share, std::uint64_t seed) {
  constexpr std::size_t enough_to_judge = 1000;
  std::vector<fold> some;
  random_numbers random(seed);
  for (const fold& f : folds) {
    const auto taken = [&](const std::vector<std::size_t>& part, std::size_t least) {
      auto order = spread(part, labels, random);
      const auto n = static_cast<std::size_t>(share * static_cast<double>(part.size()) + 0.5);
      order.resize(std::min(part.size(), std::max({n, least, std::size_t{1}})));
      std::sort(order.begin(), order.end());
      return order;
    };
    auto train = taken(f.train, 1);
    some.push_back({std::move(train), taken(f.test, enough_to_judge)});
  }
  return some;
}

}  // namespace bespoke::detail
