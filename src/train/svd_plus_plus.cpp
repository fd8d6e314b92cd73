// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/svd_plus_plus.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

#include "rating_descent.hpp"
#include "rating_kernels.hpp"

namespace bespoke::train {

namespace {

using detail::descent;
using detail::rating_state;

// One pass over the ratings of a user after the other.
//
// While they pass, a step moves p to keep·p + g with g = rate·e·q, every y_j to keep·y_j + g/√n, and so z to keep·z + g. What
// meets an item is w = p + z, which moves to keep·w + 2·g. After all n steps, p and z are keepⁿ times what they were, plus the
// same h; w tells what h is, and every y_j is keepⁿ times what it was, plus h/√n.
class history_descent {
 public:
  history_descent(const interaction_matrix& seen, const detail::rating_scale& scale, const descent& spec,
                  rating_state& state)
      : seen_(seen), scale_(scale), spec_(spec), state_(state), w_(state.p.width()), before_(w_), h_(w_) {}

  void user(std::size_t u, float rate, scratch& s) {
    const sparse_row row = seen_.by_user[u];
    if (row.size() == 0) return;
    const auto p = state_.p[u].values;
    std::copy(p.begin(), p.end(), w_.begin());
    detail::add_history(state_.y, row, w_, s);
    before_ = w_;
    const float keep = 1 - rate * spec_.l2;
    for (std::size_t k = 0; k < row.size(); ++k) step(u, row.columns[k], row.values[k], rate, keep);
    spread(u, row, std::pow(keep, static_cast<float>(row.size())));
  }

 private:
  void step(std::size_t u, std::size_t i, float rating, float rate, float keep) {
    float* const q = state_.q.writable(i).data();
    float &b_user = state_.b_user[u], &b_item = state_.b_item[i];
    const auto r = static_cast<float>((static_cast<double>(rating) - scale_.mean) / scale_.deviation);
    const float e = r - (b_user + b_item + kernels_.dot(w_.data(), q, w_.size()));
    b_user = keep * b_user + rate * e;
    b_item = keep * b_item + rate * e;
    kernels_.step(w_.data(), q, w_.size(), keep, 2 * rate * e, rate * e);
  }

  void spread(std::size_t u, const sparse_row& row, float kept) {
    for (std::size_t k = 0; k < w_.size(); ++k) h_[k] = (w_[k] - kept * before_[k]) / 2;
    kernels_.move(state_.p.writable(u).data(), h_.data(), h_.size(), kept);
    const float share = 1 / std::sqrt(static_cast<float>(row.size()));
    for (float& x : h_) x *= share;
    for (const std::uint32_t j : row.columns) kernels_.move(state_.y.writable(j).data(), h_.data(), h_.size(), kept);
  }

  const interaction_matrix& seen_;
  const detail::rating_scale& scale_;
  const descent& spec_;
  rating_state& state_;
  aligned_vector<float> w_, before_, h_;
  const detail::rating_kernels& kernels_ = detail::best_rating_kernels();
};

}  // namespace

std::shared_ptr<const svd_plus_plus::model> svd_plus_plus::fit(const interaction_matrix& seen,
                                                               const context& ctx) const {
  const descent spec = detail::descent_of("svd_plus_plus", *this, true);
  detail::check(spec, seen);
  const auto scale = detail::scale_of(seen, false);
  rating_state state = detail::start(spec, seen, ctx.seed(), true);
  history_descent learner(seen, scale, spec, state);
  for (std::size_t epoch = 0; epoch < epochs; ++epoch) {
    for (std::size_t u = 0; u < seen.users(); ++u) {
      if (u % 256 == 0) ctx.check();
      learner.user(u, spec.rate(epoch), scratch::local());
    }
    ctx.report(spec.stage, epoch + 1, epochs);
  }
  return std::make_shared<const model>(detail::rows_of(spec, state, scale, seen));
}

std::shared_ptr<const svd_plus_plus::model> svd_plus_plus::load(bundle_reader& r) const {
  return std::make_shared<const model>(detail::read_rows(r, {.history = true}));
}

}  // namespace bespoke::train
