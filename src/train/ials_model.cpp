// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/train/ials.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cholesky.hpp"
#include "ials_solve.hpp"

namespace bespoke::train {

namespace {

constexpr std::size_t unit = 256;  // users whose losses are summed together

std::span<const float> row_of(const profile_row& profile) { return std::get<dense_row>(profile).values; }

// Of a history that was not learned from, and may have any value.
double confidence_of(const ials& settings, float value) {
  return std::min(als::confidence(settings, value), als::most_confidence);
}

double sum_of_products(const linear::matrix& a, const linear::matrix& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i) sum += a.values[i] * b.values[i];
  return sum;
}

}  // namespace

// (shared + Σ weight·y·yᵀ + λI)·x = Σ c·y, the matrix as its Cholesky factor, for the interactions that count.
struct ials::model::system {
  std::span<double> matrix, target, row;  // row: room for one item's factors
  bool counts = false;

  void solve(std::span<double> b) const {
    detail::solve_transposed(matrix.data(), b.size(), b.data());
    detail::solve_upper(matrix.data(), b.size(), b.data());
  }
};

ials::model::model(user_item_factors factors, const ials& settings, const context& ctx)
    : factors_(std::move(factors)), settings_(settings), size_((factors_.width() + 7) / 8 * 8), shared_(size_ * size_) {
  const auto items = factors_.items().rows();
  const auto gram = linear::gram(linear::down(items), ctx);
  for (std::size_t i = 0; i < gram.rows; ++i)
    for (std::size_t j = 0; j < gram.columns; ++j) shared_[i * size_ + j] = settings_.unobserved_weight * gram.at(i, j);
}

ials::model::system ials::model::system_of(const sparse_row& history, scratch& s) const {
  system a{s.take<double>(size_ * size_), s.take<double>(size_), s.take<double>(size_)};
  std::copy(shared_.begin(), shared_.end(), a.matrix.begin());
  std::fill(a.target.begin(), a.target.end(), 0.0);
  std::fill(a.row.begin(), a.row.end(), 0.0);
  std::size_t n = 0;
  als::outer_sums products(a.matrix, size_, s);
  for_each_value(history, [&](std::size_t item, float value) {
    if (item >= items() || !(value >= 0)) return;
    const double c = confidence_of(settings_, value);
    ++n;
    a.counts = a.counts || c > 0;
    for (std::size_t k = 0; k < factors_.width(); ++k) a.row[k] = static_cast<double>(factors_.items().value(item, k));
    for (std::size_t k = 0; k < size_; ++k) a.target[k] += c * a.row[k];
    products.add(c - als::counted_twice(settings_), a.row);
  });
  products.finish();
  const double l2 = als::penalty(settings_, n, items());
  for (std::size_t k = 0; k < size_; ++k) a.matrix[k * size_ + k] += l2;
  if (a.counts) detail::cholesky(a.matrix.data(), size_);
  return a;
}

void ials::model::fold_in(const sparse_row& history, std::span<float> out, scratch& s) const {
  const scratch::frame temporaries(s);
  const system a = system_of(history, s);
  if (!a.counts) return void(std::copy_n(factors_.typical_user().values.begin(), out.size(), out.begin()));
  a.solve(a.target);
  for (std::size_t k = 0; k < out.size(); ++k) out[k] = static_cast<float>(a.target[k]);
}

profile_row ials::model::profile(const asked_user& user, scratch& s) const {
  if (user.number < factors_.users().size()) return factors_.user(user.number);
  if (user.history.columns.empty()) return factors_.typical_user();
  const auto row = s.take<float>(factors_.width());
  fold_in(user.history, row, s);
  return dense_row{row};
}

float ials::model::score(const profile_row& profile, std::size_t item, scratch&) const {
  return factors_.score(row_of(profile), item);
}
void ials::model::score_all(const profile_row& profile, std::span<float> out, scratch&) const {
  factors_.score_all(row_of(profile), out);
}
std::span<scored> ials::model::best(const profile_row& profile, std::span<scored> room,
                                    function_ref<bool(std::size_t)> filter, scratch&) const {
  return factors_.best(row_of(profile), room, filter);
}
void ials::model::likeness(std::size_t item, std::span<float> out, scratch& s) const {
  factors_.likeness(item, out, s);
}

void ials::model::parts(const asked_user& user, std::size_t item, std::span<float> out, scratch& s) const {
  const scratch::frame temporaries(s);
  std::fill(out.begin(), out.end(), 0.0f);
  const system a = system_of(user.history, s);
  if (!a.counts) return;
  const auto value = [&](std::size_t i, std::size_t k) { return static_cast<double>(factors_.items().value(i, k)); };
  const auto asked = s.take<double>(size_);
  std::fill(asked.begin(), asked.end(), 0.0);
  for (std::size_t k = 0; k < factors_.width(); ++k)
    asked[k] = item < items() ? value(item, k) : static_cast<double>(factors_.typical_item()[k]);
  a.solve(asked);
  for (std::size_t h = 0; h < out.size(); ++h) {
    const std::size_t past = user.history.columns[h];
    if (past >= items()) continue;
    double product = 0;
    for (std::size_t k = 0; k < factors_.width(); ++k) product += asked[k] * value(past, k);
    out[h] = static_cast<float>(confidence_of(settings_, user.history.values[h]) * product);
  }
}

double ials::model::objective(const interaction_matrix& seen, const context& ctx) const {
  const dense_rows& x = factors_.users();
  const dense_rows y = factors_.items().rows();
  if (seen.users() != x.size() || seen.items() != y.size())
    throw error(errc::shape, {.stage = "ials",
                              .expected = fmt::format("{} users and {} items", x.size(), y.size()),
                              .got = fmt::format("{} and {}", seen.users(), seen.items())});
  double loss = 0;
  const auto losses = [&](std::size_t u, scratch&) {
    double sum = 0;
    for (std::size_t i = u * unit; i < std::min(x.size(), (u + 1) * unit); ++i) {
      sum += als::penalty(settings_, seen.by_user[i].size(), y.size()) * squared_norm(x[i]);
      for_each_value(seen.by_user[i], [&](std::size_t item, float value) {
        const double score = dot(x[i], y[item].values);
        sum += als::confidence(settings_, value) * (1 - score) * (1 - score) -
               als::counted_twice(settings_) * score * score;
      });
    }
    return sum;
  };
  ctx.reduce((x.size() + unit - 1) / unit, losses, [&](double sum) { loss += sum; });
  for (std::size_t i = 0; i < y.size(); ++i)
    loss += als::penalty(settings_, seen.by_item[i].size(), x.size()) * squared_norm(y[i]);
  const auto of_users = linear::gram(linear::down(x), ctx), of_items = linear::gram(linear::down(y), ctx);
  return loss + settings_.unobserved_weight * sum_of_products(of_users, of_items);
}

void ials::model::save(bundle_writer& w) const {
  w.put("unobserved_weight", settings_.unobserved_weight);
  w.put("regularization", settings_.regularization);
  w.put("reg_exponent", settings_.reg_exponent);
  w.put("alpha", settings_.alpha);
  w.put("by_value", settings_.by_value);
  w.put("only_unobserved", settings_.only_unobserved);
  factors_.save(w);
}

std::shared_ptr<const ials::model> ials::load(bundle_reader& r) const {
  ials settings;
  settings.unobserved_weight = r.number("unobserved_weight");
  settings.regularization = r.number("regularization");
  settings.reg_exponent = r.number("reg_exponent");
  settings.alpha = r.number("alpha");
  settings.by_value = r.flag("by_value");
  settings.only_unobserved = r.flag("only_unobserved");
  const auto in_range = [](double v) { return v >= 0 && std::isfinite(v); };
  if (!(settings.unobserved_weight >= 0 && settings.unobserved_weight <= als::most_confidence) ||
      !in_range(settings.regularization) || settings.regularization == 0 || !in_range(settings.reg_exponent) ||
      !in_range(settings.alpha))
    r.reject("a parameter is out of its range");
  auto learned = user_item_factors::load(r);
  const std::size_t most = std::max(learned.users().size(), learned.items().size());
  if (learned.width() == 0 || learned.width() > als::most_factors)
    r.reject(fmt::format("there are {} factors instead of 1 to {}", learned.width(), als::most_factors));
  if (!(als::penalty(settings, most, most) < als::most_penalty)) r.reject("the penalty of a user is too large");
  settings.factors = learned.width();
  return std::make_shared<const model>(std::move(learned), settings, context());
}

}  // namespace bespoke::train
