// SPDX-License-Identifier: Apache-2.0
#pragma once
// Looks for the place where to cut a node, in a histogram.

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <limits>

#include "boosting_histogram.hpp"

namespace bespoke::train::detail {

constexpr double least_hessian = 1e-3;  // of a side of a split

/// Where a node is cut.
struct cut {
  double gain = 0;
  std::uint32_t column = 0, bin = 0;
  bool missing_left = false, only_missing_right = false;
  cell left{};

  bool found() const { return gain > 0; }
  bool better_than(const cut& other) const { return gain > other.gain; }  // columns come in ascending order
};

/// What gains are made of: the sums of a node, and what is added to each side's hessian.
struct whole {
  double gradient = 0, hessian = 0, l2 = 0;
};

/// Whether a cut with these sums on the left may gain what `bar` was made of, or more: `cutter::gain` compared without a
/// division, and with room for what both round. 1 or 0, as a number, so that compilers do several at once.
inline double reaches(double bar, double g, double h, const whole& all) {
  const double right = all.gradient - g, a = h + all.l2, b = all.hessian - h + all.l2;
  return g * g * b + right * right * a < bar * a * b ? 0.0 : 1.0;
}

inline bool any_reaches(double bar, const double* g, const double* h, std::size_t n, const whole all) {
  std::int64_t any = 0;
  for (std::size_t i = 0; i < n; ++i) any |= std::bit_cast<std::int64_t>(reaches(bar, g[i], h[i], all));
  return any != 0;
}

/// Looks for the best cut in one column of a node.
class cutter {
 public:
  cutter(const scale& by, const boosting& rules, const cell& total)
      : by_(by), rules_(rules), total_(total), all_{by.gradient_of(total), by.hessian_of(total), rules.l2} {
    without_ = all_.gradient * all_.gradient / (all_.hessian + rules.l2);
  }

  void look(const cell* cells, std::size_t known, bool missing, std::uint32_t column, cut& best) const {
    const cell nothing{}, absent = missing ? cells[known] : nothing;
    sweep(cells, absent.count() != 0 ? known : known - 1, nothing, false, column, best);
    if (absent.count() != 0) sweep(cells, known - 1, absent, true, column, best);
    if (best.column == column && best.found()) best.only_missing_right = !best.missing_left && best.bin + 1 == known;
  }

  // Places where a node may be cut: in columns, so that several are weighed at once.
  struct places {
    std::array<std::int64_t, binned_rows::bins> gradient, rest;  // of a cell; what is not used is not cleared either
    std::array<std::uint8_t, binned_rows::bins> bin;
    std::array<double, binned_rows::bins> g, h;
    std::size_t size = 0;
  };

 private:
  // Looks at all places before bin `last`, the left side beginning with `left`.
  void sweep(const cell* cells, std::size_t last, cell left, bool missing_left, std::uint32_t column, cut& best) const {
    places p;
    collect(cells, last, left, p);
    const double bar = (best.gain + without_) * (1 - 1e-12);
    if (!any_reaches(bar, p.g.data(), p.h.data(), p.size, all_)) return;
    for (std::size_t i = 0; i < p.size; ++i) {
      if (reaches(bar, p.g[i], p.h[i], all_) == 0) continue;
      const double found = gain(p.g[i], p.h[i]);
      if (found > best.gain) best = {found, column, p.bin[i], missing_left, false, {p.gradient[i], p.rest[i]}};
    }
  }

  void collect(const cell* cells, std::size_t last, cell left, places& p) const {
    const auto least = static_cast<std::int64_t>(rules_.min_samples_leaf), all = total_.count();
    std::size_t n = 0;
    for (std::size_t b = 0; b < last; ++b) {
      left.add(cells[b]);
      const std::int64_t here = left.count();
      if (all - here < least) break;
      p.gradient[n] = left.gradient;
      p.rest[n] = left.rest;
      p.bin[n] = static_cast<std::uint8_t>(b);
      n += static_cast<std::size_t>((cells[b].rest != 0) & (here >= least));  // no record: as the place before
    }
    const double by_gradient = 1 / by_.gradient, by_hessian = 1 / by_.hessian;
    for (std::size_t i = 0; i < n; ++i) {
      p.g[i] = static_cast<double>(p.gradient[i]) * by_gradient;
      p.h[i] = static_cast<double>(p.rest[i] >> count_bits) * by_hessian;
    }
    p.size = n;
  }

  double gain(double g, double h) const {
    const double right = all_.gradient - g, rest = all_.hessian - h;
    if (std::min(h, rest) < least_hessian) return -std::numeric_limits<double>::infinity();
    return g * g / (h + all_.l2) + right * right / (rest + all_.l2) - without_;
  }

  const scale& by_;
  const boosting& rules_;
  cell total_;
  whole all_;
  double without_;
};

}  // namespace bespoke::train::detail
