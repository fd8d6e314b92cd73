// SPDX-License-Identifier: Apache-2.0
#pragma once
// Factorization that learns one rating at a time, as ratings come: for hosts that never stop learning, and for prequential
// evaluation (core/prequential.hpp).
//
//     train::online_factorization::learner taste({.low = 1, .high = 5});
//     taste.predict(user, item);
//     taste.learn(user, item, 4.5f);

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/rows.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace bespoke::train {

/// mean + user's bias + item's bias + user's factors · item's factors, by one step of gradient descent on the squared error
/// (not halved) for each rating. The mean is that of all ratings so far, the one being learned among them.
///
/// The same as BiasedMF of River (river/reco/biased_mf.py), with the parameters of its documentation's MovieLens example as defaults; but a user
/// or item is without factors until the first rating of it, where River's random ones already add noise.
struct online_factorization {
  std::size_t factors = 10;  ///< at most 4,096
  float bias_rate = 0.025f;  ///< learning rate of biases
  float factor_rate = 0.05f;
  float deviation = 0.1f;  ///< of the normal distribution that factors start from
  float bias_l2 = 0;       ///< pulls towards 0 at each step
  float factor_l2 = 0;
  /// Predictions are clipped to this range, errors that are learned from are not.
  float low = -std::numeric_limits<float>::infinity(), high = std::numeric_limits<float>::infinity();
  std::uint64_t seed = 1;  ///< the first factors of a user or item follow from this and the number alone

  static constexpr std::string_view kind = "online_factorization/1";

  class learner;
  /// What `learner::save` wrote, to go on learning at this spec's rates. Factors, range and seed must be the file's:
  /// errc::bundle_mismatch. Throws errc::bad_bundle.
  learner load(const bundle_reader& r) const;
};

/// The state that learns. Users and items have numbers from 0 (core/ids.hpp gives them); one beyond the largest so far makes
/// room for all up to it, 64 bytes each with 10 factors. Thread safety: one thread learns, nobody reads meanwhile; between
/// that const calls from any thread. Deterministic: the same ratings in the same order give the same bytes.
class online_factorization::learner {
 public:
  /// Throws errc::invalid_argument for parameters that are not finite, negative, or out of range, and for low above high.
  explicit learner(online_factorization spec = {});

  /// Of any numbers; what is not known of a user or item is 0, so that of two unknown ones it is the mean, and before the
  /// first rating 0, in the range. Always finite. O(factors).
  float predict(std::uint32_t user, std::uint32_t item) const noexcept;

  /// Throws errc::invalid_argument for a value that is not finite, and where predictions have diverged (the rates are too
  /// large for the values' scale); errc::limit for the number 2³² − 1. Predictions are then what they were before.
  /// O(factors), amortised.
  void learn(std::uint32_t user, std::uint32_t item, float value);

  std::size_t users() const noexcept { return users_.values.size() / stride_; }  ///< the largest number so far, and 1
  std::size_t items() const noexcept { return items_.values.size() / stride_; }
  std::size_t learned() const noexcept { return learned_; }  ///< ratings

  void save(bundle_writer& w) const;

 private:
  friend online_factorization;
  struct table {
    aligned_vector<float> values{};  // rows of factors, zeros, the bias, and 1 once it has learned
    std::uint64_t seed = 0;
  };

  double beside_mean(const float* user, const float* item) const noexcept;
  const float* row(const table& t, std::size_t number) const noexcept;
  float* grown(table& t, std::size_t number);
  void start(float* row, const table& t, std::size_t number) const;
  void step(float* user, float* item, float gradient) const noexcept;

  online_factorization spec_;
  std::size_t lanes_, stride_;  // floats of factors, a multiple of 4, and of a row
  table users_, items_;
  aligned_vector<float> nothing_;  // the row of who is not known
  double sum_ = 0;
  std::size_t learned_ = 0;
};

}  // namespace bespoke::train
