// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the models of ratings that are learned by gradient descent share.

#include <bespoke/core/context.hpp>
#include <bespoke/core/interactions.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/train/rating_model.hpp>

#include <cstddef>
#include <cstdint>

namespace bespoke::train::detail {

/// The parameters that they have in common.
struct descent {
  const char* stage = "";
  std::size_t factors = 0, epochs = 0;
  float learning_rate = 0, l2 = 0, spread = 0;
  bool constant_rate = false, biases = true, clip = true;

  float rate(std::size_t epoch) const noexcept {
    return constant_rate ? learning_rate : learning_rate * (1 - static_cast<float>(epoch) / static_cast<float>(epochs));
  }
};

/// The parameters of a way to learn, which all have these names.
template <class Spec>
descent descent_of(const char* stage, const Spec& s, bool biases) {
  return {.stage = stage,
          .factors = s.factors,
          .epochs = s.epochs,
          .learning_rate = s.learning_rate,
          .l2 = s.l2,
          .spread = s.spread,
          .constant_rate = s.constant_rate,
          .biases = biases,
          .clip = s.clip};
}

/// Throws errc::invalid_argument for what is out of range, errc::empty_input without ratings.
void check(const descent& spec, const interaction_matrix& seen);

/// How ratings are brought to mean 0 and deviation 1.
struct rating_scale {
  double mean = 0, deviation = 1;
  float lowest = 0, highest = 0;
};
rating_scale scale_of(const interaction_matrix& seen, bool as_they_are);

/// Factors and biases while they are learned. The factors' rows are filled up with 0 to a multiple of 8.
struct rating_state {
  dense_rows p{}, q{}, y{};  // y: of svd_plus_plus
  aligned_vector<float> b_user{}, b_item{};
};
/// Normal numbers: p user by user, q item by item, then y where there is one.
rating_state start(const descent& spec, const interaction_matrix& seen, std::uint64_t seed, bool with_history);

/// The rows of the answer; throws errc::invalid_argument where they are not finite. With y, p is p + z.
rating_rows rows_of(const descent& spec, const rating_state& state, const rating_scale& scale,
                    const interaction_matrix& seen);

/// z = n^−½ Σ y_j of a history, added to `out`, of the width of `y`.
void add_history(const dense_rows& y, const sparse_row& history, std::span<float> out, scratch& s);

/// What a model's rows have beside those of users and items.
struct holds {
  bool history = false, penalties = false;
};
/// What rating_model::save wrote. Throws errc::bad_bundle. (rating_model.cpp)
rating_rows read_rows(const bundle_reader& r, holds what);

}  // namespace bespoke::train::detail
