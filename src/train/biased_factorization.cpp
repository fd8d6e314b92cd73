// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/biased_factorization.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

#include "rating_descent.hpp"
#include "rating_kernels.hpp"

namespace bespoke::train {

namespace {

using detail::descent;
using detail::rating_state;

struct visit {
  std::uint32_t user, item;
  float rating;
};

// Ratings in groups × groups blocks, each in the order of users and items. Block (a, b) has the users and items whose numbers
// leave a and b when divided by the groups: blocks (a, a + s) of one s share neither.
struct blocked_ratings {
  std::size_t groups = 1;
  std::vector<visit> all{};
  std::vector<std::size_t> begin{};  // of block a·groups + b

  std::span<const visit> block(std::size_t a, std::size_t b) const {
    const std::size_t i = a * groups + b;
    return std::span(all).subspan(begin[i], begin[i + 1] - begin[i]);
  }
};

// Enough blocks for many threads, each of a few thousand ratings.
std::size_t groups_for(std::size_t ratings) {
  return std::clamp<std::size_t>(static_cast<std::size_t>(std::sqrt(static_cast<double>(ratings) / 4096)), 1, 32);
}

blocked_ratings blocked(const interaction_matrix& seen, const detail::rating_scale& scale) {
  blocked_ratings r{.groups = groups_for(seen.size())};
  r.begin.resize(r.groups * r.groups + 1);
  const auto each = [&](auto&& f) {
    for (std::size_t u = 0; u < seen.users(); ++u) {
      const sparse_row row = seen.by_user[u];
      for (std::size_t k = 0; k < row.size(); ++k)
        f(u % r.groups * r.groups + row.columns[k] % r.groups,
          visit{static_cast<std::uint32_t>(u), row.columns[k],
                static_cast<float>((static_cast<double>(row.values[k]) - scale.mean) / scale.deviation)});
    }
  };
  each([&](std::size_t block, const visit&) { ++r.begin[block + 1]; });
  for (std::size_t i = 1; i < r.begin.size(); ++i) r.begin[i] += r.begin[i - 1];
  r.all.resize(seen.size());
  auto place = r.begin;
  each([&](std::size_t block, const visit& v) { r.all[place[block]++] = v; });
  return r;
}

void learn(std::span<const visit> some, rating_state& state, const descent& spec, float rate) {
  const auto& kernels = detail::best_rating_kernels();
  const std::size_t width = state.p.width();
  const float keep = 1 - rate * spec.l2;
  for (const visit& v : some) {
    float* const p = state.p.writable(v.user).data();
    float* const q = state.q.writable(v.item).data();
    float &b_user = state.b_user[v.user], &b_item = state.b_item[v.item];
    const float e = v.rating - (b_user + b_item + kernels.dot(p, q, width));
    if (spec.biases) {
      b_user = keep * b_user + rate * e;
      b_item = keep * b_item + rate * e;
    }
    kernels.step(p, q, width, keep, rate * e, rate * e);
  }
}

}  // namespace

std::shared_ptr<const biased_factorization::model> biased_factorization::fit(const interaction_matrix& seen,
                                                                             const context& ctx) const {
  const descent spec = detail::descent_of("biased_factorization", *this, biases);
  detail::check(spec, seen);
  const auto scale = detail::scale_of(seen, !biases);
  const blocked_ratings ratings = blocked(seen, scale);
  rating_state state = detail::start(spec, seen, ctx.seed(), false);
  for (std::size_t epoch = 0; epoch < epochs; ++epoch) {
    for (std::size_t shift = 0; shift < ratings.groups; ++shift)
      ctx.parallel(ratings.groups, [&](std::size_t a, scratch&) {
        learn(ratings.block(a, (a + shift + epoch) % ratings.groups), state, spec, spec.rate(epoch));
      });
    ctx.report(spec.stage, epoch + 1, epochs);
  }
  return std::make_shared<const model>(detail::rows_of(spec, state, scale, seen));
}

std::shared_ptr<const biased_factorization::model> biased_factorization::load(bundle_reader& r) const {
  return std::make_shared<const model>(detail::read_rows(r, {}));
}

}  // namespace bespoke::train
