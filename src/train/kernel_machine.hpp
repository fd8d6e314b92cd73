// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a kernel machine holds.

#include <bespoke/core/sigmoid.hpp>
#include <bespoke/train/kernel_svm.hpp>

#include <cstddef>
#include <vector>

#include "kernel_rows.hpp"

namespace bespoke::train {

template <row R>
struct kernel_machine<R>::learned {
  detail::kernel_rows<R> vectors{};
  std::vector<std::size_t> of_label{};  // vectors of each label
  std::vector<double> coefficients{};   // [vector][other label]
  std::vector<double> intercepts{};     // of each pair
  std::vector<double> objectives{};     // of each pair
  std::vector<sigmoid> sigmoids{};      // of each pair, or none
  bool converged = false;

  std::size_t labels() const noexcept { return of_label.size(); }
};

namespace detail {

inline std::size_t pairs_of(std::size_t labels) { return labels * (labels - 1) / 2; }
/// The number of the pair of labels a < b.
inline std::size_t pair_number(std::size_t a, std::size_t b, std::size_t labels) {
  return a * (2 * labels - a - 1) / 2 + (b - a - 1);
}

}  // namespace detail

}  // namespace bespoke::train
