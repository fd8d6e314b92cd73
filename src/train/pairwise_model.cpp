// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/random.hpp>
#include <bespoke/train/pairwise_model.hpp>

#include <algorithm>
#include <cmath>

#include "pairwise_descent.hpp"

namespace bespoke::train {

namespace {

constexpr std::size_t most_epochs = 25;
constexpr double most_boost = 4;

std::span<const float> row_of(const profile_row& profile) { return std::get<dense_row>(profile).values; }

bool likes(const sparse_row& history, std::size_t item) {
  const auto at = std::lower_bound(history.columns.begin(), history.columns.end(), item);
  return at != history.columns.end() && *at == item &&
         history.values[static_cast<std::size_t>(at - history.columns.begin())] > 0;
}

}  // namespace

// One step of the fold-in: x = keep·x + pull·(row of the history's item − row of the other item).
struct pairwise_model::step {
  std::uint32_t past, other;
  float keep, pull;
};

pairwise_model::pairwise_model(user_item_factors factors, const pairwise_fold_in& how)
    : factors_(std::move(factors)),
      how_(how),
      width_((factors_.width() + 15) / 16 * 16),
      stride_(width_ + pairwise::bias_room),
      item_rows_(items() * stride_) {
  for (std::size_t i = 0; i < items(); ++i) {
    const auto whole = std::span(item_rows_).subspan(i * stride_, stride_);
    factors_.items().row(i, whole.first(factors_.width()));
    whole[width_] = factors_.items().bias(i);
  }
}

// Somebody new on the way from x = 0.
struct pairwise_model::newcomer {
  const pairwise_model& model;
  const sparse_row& history;
  float* x;
  random_numbers random{1};
  const pairwise::kernels& fastest = pairwise::best_kernels();

  float score(std::size_t item) const {
    const float* const y = model.row(item);
    return fastest.dot(x, y, model.width_) + y[model.width_];
  }
  std::uint32_t draw() { return static_cast<std::uint32_t>(pairwise::quick_below(random, model.items())); }

  pairwise::violation opposite(std::uint32_t past) {
    const auto chosen = [&](std::size_t item) { return likes(history, item); };
    const float liked = score(past);
    if (model.how_.max_sampled != 0)
      return pairwise::first_violation(
          model.how_.max_sampled, model.items(), liked, [&] { return draw(); },
          [&](std::size_t item) { return score(item); }, chosen);
    std::uint32_t item = draw();
    for (int again = 1; again < pairwise::most_draws && chosen(item); ++again) item = draw();
    return {item, chosen(item) ? 0.0f : pairwise::logistic_slope(liked - score(item))};
  }

  // False where there is no step to make.
  bool move(std::uint32_t h, pairwise::step_size by, step& made) {
    const std::uint32_t past = history.columns[h];
    if (past >= model.items() || !(history.values[h] > 0)) return false;
    const pairwise::violation other = opposite(past);
    if (!(other.slope > 0)) return false;
    made = {h, other.item, 1 - by.rate * by.l2, by.rate * other.slope};
    const float *const y = model.row(past), *const z = model.row(other.item);
    for (std::size_t k = 0; k < model.width_; ++k) x[k] = made.keep * x[k] + made.pull * (y[k] - z[k]);
    return true;
  }
};

std::span<const pairwise_model::step> pairwise_model::walk(const sparse_row& history, std::span<float> x,
                                                           scratch& s) const {
  const std::size_t epochs = std::min(how_.epochs, most_epochs);
  const double boost = std::min(most_boost, static_cast<double>(how_.epochs) / static_cast<double>(epochs));
  const pairwise::settings going{"", 0, epochs, boost * how_.learning_rate, how_.l2};
  const auto steps = s.take<step>(epochs * history.size() + 1);
  std::fill(x.begin(), x.end(), 0.0f);
  newcomer somebody{*this, history, x.data()};
  std::size_t n = 0;
  for (std::size_t e = 0; e < epochs; ++e)
    for (std::uint32_t h = 0; h < history.size(); ++h)
      if (somebody.move(h, going.step(e), steps[n])) ++n;
  return steps.first(n);
}

void pairwise_model::fold_in(const sparse_row& history, std::span<float> out, scratch& s) const {
  const scratch::frame temporaries(s);
  const auto x = s.take<float>(width_);
  const bool moved = !walk(history, x, s).empty();
  const float* const found = moved ? x.data() : factors_.typical_user().values.data();
  std::copy_n(found, out.size(), out.begin());
}

profile_row pairwise_model::profile(const asked_user& user, scratch& s) const {
  if (user.number < factors_.users().size()) return factors_.user(user.number);
  const auto row = s.take<float>(factors_.width());
  fold_in(user.history, row, s);
  return dense_row{row};
}

float pairwise_model::score(const profile_row& profile, std::size_t item, scratch&) const {
  return factors_.score(row_of(profile), item);
}
void pairwise_model::score_all(const profile_row& profile, std::span<float> out, scratch&) const {
  factors_.score_all(row_of(profile), out);
}
std::span<scored> pairwise_model::best(const profile_row& profile, std::span<scored> room,
                                       function_ref<bool(std::size_t)> filter, scratch&) const {
  return factors_.best(row_of(profile), room, filter);
}
void pairwise_model::likeness(std::size_t item, std::span<float> out, scratch& s) const {
  factors_.likeness(item, out, s);
}

// Backwards, so that what is left of a step is the product of what later ones keep.
void pairwise_model::parts(const asked_user& user, std::size_t item, std::span<float> out, scratch& s) const {
  const scratch::frame temporaries(s);
  const auto x = s.take<float>(width_), asked = s.take<float>(width_);
  const auto sums = s.take<double>(out.size());
  std::fill(asked.begin(), asked.end(), 0.0f);
  std::fill(sums.begin(), sums.end(), 0.0);
  if (item < items()) std::copy_n(row(item), width_, asked.begin());
  else std::copy_n(factors_.typical_item().values.begin(), factors_.width(), asked.begin());
  const auto steps = walk(user.history, x, s);
  const auto dot = pairwise::best_kernels().dot;
  double left = 1;
  for (std::size_t n = steps.size(); n-- > 0;) {
    const step& one = steps[n];
    const float along =
        dot(asked.data(), row(user.history.columns[one.past]), width_) - dot(asked.data(), row(one.other), width_);
    sums[one.past] += left * static_cast<double>(one.pull * along);
    left *= static_cast<double>(one.keep);
  }
  for (std::size_t h = 0; h < out.size(); ++h) out[h] = static_cast<float>(sums[h]);
}

pairwise_fold_in pairwise::load_fold_in(const bundle_reader& r) {
  const std::int64_t epochs = r.integer("epochs"), sampled = r.integer("max_sampled");
  const double rate = r.number("learning_rate"), l2 = r.number("l2");
  if (epochs < 1) r.reject("epochs is not 1 or more");
  if (sampled < 0 || sampled > static_cast<std::int64_t>(most_sampled)) r.reject("max_sampled is out of its range");
  if (!(rate > 0 && std::isfinite(rate) && l2 >= 0 && rate * l2 < most_shrinking))
    r.reject("learning_rate or l2 is out of its range");
  return {static_cast<std::size_t>(epochs), rate, l2, static_cast<std::size_t>(sampled)};
}

void pairwise_model::save(bundle_writer& w) const {
  w.put("epochs", how_.epochs);
  w.put("learning_rate", how_.learning_rate);
  w.put("l2", how_.l2);
  w.put("max_sampled", how_.max_sampled);
  factors_.save(w);
}

}  // namespace bespoke::train
