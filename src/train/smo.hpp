// SPDX-License-Identifier: Apache-2.0
#pragma once
// The dual of a support vector machine for two labels, two variables at a time.

#include <bespoke/core/context.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bespoke::train::detail {

/// Kernel rows that were asked for lately: as many as fit into `bytes`, two at least.
class kernel_cache {
 public:
  kernel_cache(std::size_t rows, double bytes);

  /// Row i, computed by `compute(i, room)` unless it is kept. Valid until the next but one call.
  std::span<const float> row(std::size_t i, function_ref<void(std::size_t, std::span<float>)> compute);

 private:
  static constexpr std::uint32_t none = static_cast<std::uint32_t>(-1);
  struct slot {
    std::vector<float> values{};
    std::uint32_t row = none, older = none, newer = none;
  };

  std::uint32_t free_slot();
  void unlink(std::uint32_t s);
  void make_newest(std::uint32_t s);

  std::size_t rows_, most_;
  std::vector<slot> slots_;
  std::vector<std::uint32_t> slot_of_;
  std::uint32_t oldest_ = none, newest_ = none;
};

/// A problem in y·α, called β here: each moves between 0 and its record's cost on its own side.
struct smo_problem {
  std::span<const std::uint8_t> positive;  ///< whether each record is of the pair's first label
  std::span<const double> costs;           ///< the bound of each α
  std::span<const double> diagonal;        ///< K(i, i)
  double tolerance = 1e-3;
  std::size_t max_iterations = 0;
  function_ref<std::span<const float>(std::size_t)> kernel_row;  ///< K(i, ·); two calls' rows are valid together
};

struct smo_solution {
  std::vector<double> betas{};
  double intercept = 0, objective = 0;
  bool converged = false;
};

/// Steps along the pair of variables of the largest second-order gain (Fan, Chen, Lin 2005).
smo_solution solve_smo(const smo_problem& p, const context& ctx);

}  // namespace bespoke::train::detail
