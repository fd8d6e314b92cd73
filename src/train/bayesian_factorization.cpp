// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/bayesian_factorization.hpp>

#include <bespoke/core/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "gibbs.hpp"
#include "rating_descent.hpp"

namespace bespoke::train {

namespace {

using detail::draw;
using detail::gibbs_side;

constexpr const char* stage = "bayesian_factorization";

void require(bool holds, const char* expected, std::size_t got) {
  if (!holds)
    throw error(errc::invalid_argument, {.stage = stage, .expected = expected, .got = fmt::format("{}", got)});
}

void check(const bayesian_factorization& spec, const interaction_matrix& seen) {
  require(spec.factors >= 1 && spec.factors <= 256, "factors of 1 to 256", spec.factors);
  require(spec.samples >= 1 && spec.samples <= 4096, "1 to 4096 samples", spec.samples);
  require(spec.thinning >= 1, "a thinning of 1 or more", spec.thinning);
  if (seen.size() == 0) throw error(errc::empty_input, {.stage = stage, .problem = "there are no ratings"});
}

sparse_rows scaled(const sparse_rows& rows, const detail::rating_scale& scale) {
  aligned_vector<float> values(rows.values().begin(), rows.values().end());
  for (float& v : values) v = static_cast<float>((static_cast<double>(v) - scale.mean) / scale.deviation);
  return sparse_rows(rows.width(), {rows.offsets().begin(), rows.offsets().end()},
                     {rows.columns().begin(), rows.columns().end()}, std::move(values));
}

// One draw after the other, of which some are written down.
class sampler {
 public:
  sampler(const bayesian_factorization& spec, const interaction_matrix& seen, const context& ctx)
      : spec_(spec),
        seen_(seen),
        ctx_(ctx),
        scale_(detail::scale_of(seen, false)),
        by_user_(scaled(seen.by_user, scale_)),
        by_item_(scaled(seen.by_item, scale_)),
        users_(detail::begin_side(by_user_, spec.factors, spec.history, ctx.seed())),
        items_(detail::begin_side(by_item_, spec.factors, spec.history, ctx.seed() + 1)) {
    begin_rows();
  }

  rating_rows run() {
    const std::size_t draws = spec_.burn_in + spec_.samples * spec_.thinning;
    for (std::size_t i = 0; i < draws; ++i) {
      ctx_.check();
      next({ctx_.seed(), i + 1});
      const std::size_t after = i + 1 > spec_.burn_in ? i + 1 - spec_.burn_in : 0;
      if (after > 0 && after % spec_.thinning == 0) keep(after / spec_.thinning - 1);
      ctx_.report(stage, i + 1, draws);
    }
    return std::move(rows_);
  }

 private:
  void next(const draw& which) {
    noise_ = detail::draw_noise(users_, items_.rows, which, ctx_);
    detail::draw_prior(users_, which, 1);
    detail::draw_history(users_, which, 2, ctx_);
    detail::draw_rows(users_, items_.rows, noise_, which, 3, ctx_);
    detail::draw_prior(items_, which, 4);
    detail::draw_history(items_, which, 5, ctx_);
    detail::draw_rows(items_, users_.rows, noise_, which, 6, ctx_);
  }

  void begin_rows() {
    rows_.factors = spec_.factors, rows_.samples = spec_.samples;
    rows_.lowest = scale_.lowest, rows_.highest = scale_.highest, rows_.clip = spec_.clip;
    const std::size_t size = spec_.factors + 1;
    rows_.items = dense_rows(seen_.items(), rows_.width());
    rows_.history = dense_rows(spec_.history ? seen_.items() : 0, rows_.width());
    rows_.any_user.resize(rows_.width());
    rows_.any_item.resize(rows_.width());
    rows_.penalties.resize(spec_.samples * size * size);
  }

  // An item's block of one sample: what meets p, 1 and the bias.
  void write_item(std::span<float> row, std::size_t sample, const double* v) const {
    const std::size_t d = spec_.factors;
    const auto block = row.subspan(sample * rating_rows::block(d));
    for (std::size_t k = 0; k < d; ++k) block[k] = static_cast<float>(v[k]);
    block[d] = 1;
    block[d + 1] = static_cast<float>(scale_.deviation * v[d]);
  }

  // A user's factors and bias, in the unit of the ratings.
  void write_user(std::span<float> row, std::size_t sample, const double* v, double mean) const {
    const auto block = row.subspan(sample * rating_rows::block(spec_.factors));
    for (std::size_t k = 0; k < users_.size(); ++k) block[k] = static_cast<float>(scale_.deviation * v[k]);
    block[spec_.factors] = static_cast<float>(mean + scale_.deviation * v[spec_.factors]);
  }

  void keep(std::size_t sample) {
    write_item(rows_.any_item, sample, items_.mean.data());
    write_user(rows_.any_user, sample, users_.mean.data(), scale_.mean);
    rows_.any_user[sample * rating_rows::block(spec_.factors) + spec_.factors + 1] = 1;
    for (std::size_t i = 0; i < seen_.items(); ++i) {
      const bool rated = by_item_[i].size() > 0;
      write_item(rows_.items.writable(i), sample, rated ? items_.rows.row(i) : items_.mean.data());
      if (spec_.history && rated) write_user(rows_.history.writable(i), sample, users_.y.row(i), 0);
    }
    const auto& precision = users_.precision.values;
    float* const to = rows_.penalties.data() + sample * precision.size();
    for (std::size_t k = 0; k < precision.size(); ++k) to[k] = static_cast<float>(precision[k] / noise_);
  }

  const bayesian_factorization& spec_;
  const interaction_matrix& seen_;
  const context& ctx_;
  detail::rating_scale scale_;
  sparse_rows by_user_, by_item_;
  gibbs_side users_, items_;
  double noise_ = 1;
  rating_rows rows_;
};

// Of every user, as somebody new with the same history would get it.
dense_rows folded_users(const rating_rows& rows, const interaction_matrix& seen, const context& ctx) {
  constexpr std::size_t users_a_unit = 16;
  const bayesian_factorization::model fold(rows);
  dense_rows users(seen.users(), rows.width());
  ctx.parallel((users.size() + users_a_unit - 1) / users_a_unit, [&](std::size_t unit, scratch& s) {
    for (std::size_t u = unit * users_a_unit; u < std::min(users.size(), (unit + 1) * users_a_unit); ++u) {
      const scratch::frame temporaries(s);
      const auto row = std::get<dense_row>(fold.profile({.history = seen.by_user[u]}, s)).values;
      std::copy(row.begin(), row.end(), users.writable(u).begin());
    }
  });
  return users;
}

}  // namespace

std::shared_ptr<const bayesian_factorization::model> bayesian_factorization::fit(const interaction_matrix& seen,
                                                                                 const context& ctx) const {
  check(*this, seen);
  rating_rows rows = sampler(*this, seen, ctx).run();
  rows.users = folded_users(rows, seen, ctx);
  return std::make_shared<const model>(std::move(rows));
}

std::shared_ptr<const bayesian_factorization::model> bayesian_factorization::load(bundle_reader& r) const {
  return std::make_shared<const model>(detail::read_rows(r, {.history = r.flag("with_history"), .penalties = true}));
}

}  // namespace bespoke::train
