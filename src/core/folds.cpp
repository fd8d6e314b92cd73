// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/folds.hpp>
#include <bespoke/core/random.hpp>

#include <algorithm>
#include <numeric>

namespace bespoke {

std::vector<std::vector<std::size_t>> random_folds(std::size_t n, std::size_t folds, std::uint64_t seed) {
  if (folds == 0)
    throw error(errc::invalid_argument, {.stage = "random_folds", .expected = "at least one fold", .got = "0"});
  std::vector<std::size_t> all(n);
  std::iota(all.begin(), all.end(), std::size_t{0});
  random_numbers random(seed);
  all = sample(std::move(all), n, random);
  std::vector<std::vector<std::size_t>> parts(folds);
  for (std::size_t i = 0; i < n; ++i) parts[i % folds].push_back(all[i]);
  for (auto& part : parts) std::sort(part.begin(), part.end());
  return parts;
}

}  // namespace bespoke
