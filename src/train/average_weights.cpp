// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/train/voting.hpp>

#include <fmt/format.h>
#include <Eigen/Cholesky>
#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace bespoke::detail {

namespace {

using matrix = Eigen::MatrixXd;
using vector = Eigen::VectorXd;

// Added to each member's squared error: of weights that are as good as each other the most even ones become the best, and
// no system of equations is singular.
constexpr double evenness = 1e-9;
// A squared error below it, relative to the largest of one record, is none.
constexpr double no_error = 1e-300;

/// The errors that the members make for held-out records, [record][member], and the weights of the records.
struct held_errors {
  std::vector<double> errors;
  std::span<const float> weights;
  Eigen::Index members;
};

held_errors errors_of(std::span<const double> numbers, std::size_t members, std::span<const double> targets,
                      std::span<const float> weights) {
  held_errors out{{numbers.begin(), numbers.end()}, weights, static_cast<Eigen::Index>(members)};
  double most = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const double e = out.errors[i] -= targets[i / members];
    if (!std::isfinite(e))
      throw error(errc::invalid_argument,
                  {.stage = "vote",
                   .record = i / members,
                   .expected = "members that answer finite numbers for records that they have not seen",
                   .got = fmt::format("{} from member {}", numbers[i], i % members + 1)});
    most = std::max(most, std::abs(e));
  }
  if (most > 0)
    for (double& e : out.errors) e /= most;
  return out;
}

/// The sums over the records of the products of the members' errors.
matrix products(const held_errors& data) {
  matrix sum = matrix::Zero(data.members, data.members);
  const std::size_t n = data.errors.size() / static_cast<std::size_t>(data.members);
  for (std::size_t i = 0; i < n; ++i) {
    const Eigen::Map<const vector> e(data.errors.data() + static_cast<Eigen::Index>(i) * data.members, data.members);
    sum += (data.weights.empty() ? 1.0 : static_cast<double>(data.weights[i])) * e * e.transpose();
  }
  return sum;
}

/// The x ≥ 0 with the smallest ½·xᵀ·a·x − bᵀ·x, for a positive definite `a` with a diagonal of about 1: members come in one
/// by one, the most useful first, and those whose number would be below 0 leave (Lawson and Hanson, 1974).
class active_set {
 public:
  active_set(const matrix& a, const vector& b) : a_(a), b_(b), x_(vector::Zero(b.size())) {}

  vector solve() {
    // Each round but those that rounding spoils is better than the one before, so no set of members comes twice.
    for (Eigen::Index round = 0; round < 100 * b_.size() && enter(); ++round)
      while (!settle()) {
      }
    return x_;
  }

 private:
  bool enter() {
    vector gain = b_ - a_ * x_;
    for (const Eigen::Index m : in_) gain[m] = 0;
    Eigen::Index best = 0;
    const double most = gain.maxCoeff(&best);
    if (!(most > 1e-12 * std::max(b_.maxCoeff(), x_.maxCoeff()))) return false;
    in_.push_back(best);
    return true;
  }

  // Goes to the lowest point for the members that are in; false where one had to leave on the way.
  bool settle() {
    const vector b = b_(in_);
    const matrix a = a_(in_, in_);
    const vector lowest = a.llt().solve(b);
    const vector here = x_(in_);
    double step = 1;
    Eigen::Index stops = -1;
    for (Eigen::Index i = 0; i < here.size(); ++i)
      if (const double to = here[i] > 0 ? here[i] / (here[i] - lowest[i]) : 0; lowest[i] <= 0 && to <= step)
        step = to, stops = i;
    x_(in_) = here + step * (lowest - here);
    if (stops < 0) return true;
    x_[in_[static_cast<std::size_t>(stops)]] = 0;
    std::erase_if(in_, [&](Eigen::Index m) { return !(x_[m] > 0); });
    return in_.empty();
  }

  const matrix& a_;
  const vector& b_;
  vector x_;
  std::vector<Eigen::Index> in_;
};

}  // namespace

std::vector<double> average_weights(std::span<const double> numbers, std::size_t members,
                                    std::span<const double> targets, std::span<const float> weights) {
  const matrix sums = products(errors_of(numbers, members, targets, weights));
  vector found = (sums.diagonal().array() < no_error).cast<double>().matrix();
  if (found.sum() == 0) {
    // With weights of sum 1 the squared error is weightsᵀ·sums·weights. Without that condition the lowest point of half of
    // it less the sum of the weights is the same point, times a number; as members may differ much, by lengths of 1.
    const vector inverse = sums.diagonal().cwiseSqrt().cwiseInverse();
    matrix cosines = inverse.asDiagonal() * sums * inverse.asDiagonal();
    cosines.diagonal().setConstant(1 + evenness);
    found = active_set(cosines, inverse).solve().cwiseProduct(inverse);
  }
  found /= found.sum();
  return {found.begin(), found.end()};
}

}  // namespace bespoke::detail
