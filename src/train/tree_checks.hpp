// SPDX-License-Identifier: Apache-2.0
#pragma once
// What decision_tree and random_forest share: the checks of their parameters, and their part of a bundle.

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/error.hpp>

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <vector>

#include "checks.hpp"
#include "core/tree_growth.hpp"

namespace bespoke::train::detail {

using bespoke::detail::tree_growth;
using bespoke::detail::tree_sample;

inline void check_at_least(const char* stage, const char* name, std::size_t least, std::size_t got) {
  if (got >= least) return;
  throw error(
      errc::invalid_argument,
      {.stage = stage, .expected = fmt::format("{} of {} or more", name, least), .got = fmt::format("{}", got)});
}

/// What limits the growth of one tree, taken from a spec.
template <class Spec>
tree_growth growth_of(const Spec& s) {
  tree_growth g{.max_depth = s.max_depth,
                .min_samples_split = s.min_samples_split,
                .min_samples_leaf = s.min_samples_leaf,
                .max_leaves = s.max_leaves,
                .max_features = s.max_features,
                .ccp_alpha = s.ccp_alpha};
  if constexpr (requires { s.measure; }) g.measure = s.measure;
  else g.measure = split_measure::squared_error;
  return g;
}

template <class Spec>
void check_growth(const char* stage, const Spec& s) {
  check_at_least(stage, "min_samples_split", 2, s.min_samples_split);
  check_at_least(stage, "min_samples_leaf", 1, s.min_samples_leaf);
  check_positive(stage, "ccp_alpha", s.ccp_alpha, true);
  if constexpr (requires { s.measure; })
    if (s.measure != split_measure::gini && s.measure != split_measure::entropy)
      throw error(errc::invalid_argument,
                  {.stage = stage, .expected = "measure gini or entropy", .got = "squared_error"});
}

template <class Spec>
void save_growth(const Spec& s, bundle_writer& w) {
  if constexpr (requires { s.measure; }) w.put("measure", s.measure == split_measure::gini ? "gini" : "entropy");
  w.put("max_depth", s.max_depth);
  w.put("min_samples_split", s.min_samples_split);
  w.put("min_samples_leaf", s.min_samples_leaf);
  w.put("max_leaves", s.max_leaves);
  w.put("max_features", s.max_features);
  w.put("ccp_alpha", s.ccp_alpha);
}

/// A size that a file says a model was trained with: none of them changes an answer.
inline std::size_t saved_size(const bundle_reader& r, const char* name) {
  return static_cast<std::size_t>(r.integer(name));
}

template <class Spec>
Spec saved_growth(const bundle_reader& r) {
  Spec s;
  if constexpr (requires { s.measure; })
    s.measure = r.text("measure") == "gini" ? split_measure::gini : split_measure::entropy;
  s.max_depth = saved_size(r, "max_depth");
  s.min_samples_split = saved_size(r, "min_samples_split");
  s.min_samples_leaf = saved_size(r, "min_samples_leaf");
  s.max_leaves = saved_size(r, "max_leaves");
  s.max_features = saved_size(r, "max_features");
  s.ccp_alpha = r.number("ccp_alpha");
  return s;
}

}  // namespace bespoke::train::detail
