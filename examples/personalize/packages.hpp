// SPDX-License-Identifier: Apache-2.0
#pragma once
// The main job's chain and its task: this computer's catalogue, and the packages its user chose.

#include <algorithm>
#include <bespoke/bespoke.hpp>
#include <bespoke/features/one_hot.hpp>
#include <bespoke/features/standardize.hpp>
#include <bespoke/features/tfidf.hpp>
#include <cmath>

#include "arguments.hpp"
#include "catalogue.hpp"
#include "job.hpp"

/// A package as a row of numbers. What it depends on is no feature. The words of its name are; the name itself is one only
/// with --ids.
inline auto package_features() {
  using namespace bespoke;
  using features::one_hot, features::standardize, features::tfidf;
  const auto logarithm = map("log1p/1", [](double kb) { return std::log1p(std::max(kb, 0.0)); });
  const auto third = map("third/1", [](const dense_row& r) { return r[0] / 3; });  // what it is counts for more
  return fuse(field("name", &package::name) | tfidf{.min_df = 2},
              field("description", &package::description) | tfidf{.ngrams = {1, 2}, .min_df = 2},
              field("name of", &package::name) | map("words_of_name/1", words_of_name) | one_hot{},
              field("section", &package::section) | one_hot{}, field("tag", &package::tags) | one_hot{.min_count = 2},
              field("size", &package::size) | logarithm | standardize{} | third, field("id", &package::id) | one_hot{});
}

/// Reads the catalogue and the history. Throws bespoke::error where there is nothing to learn from.
task<package> package_task(const arguments& args, stopwatch& clock);
