// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/golden.hpp>
#include <bespoke/train/online_factorization.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "normal_numbers.hpp"

namespace bespoke::train {

namespace {

constexpr const char* stage = "online_factorization";
constexpr std::size_t most_factors = 4096;
constexpr double too_far = 1e12;  // an error that only diverging predictions have

[[noreturn]] void refuse_divergence() {
  throw error(errc::invalid_argument, {.stage = stage,
                                       .problem = "predictions have diverged",
                                       .advice = "lower the rates, or bring values to a smaller scale"});
}

void check_parameter(const char* name, float value) {
  if (!std::isfinite(value) || value < 0)
    throw error(errc::invalid_argument,
                {.stage = stage, .expected = fmt::format("{} of 0 or more", name), .got = fmt::format("{}", value)});
}

void check(const online_factorization& spec) {
  constexpr float infinite = std::numeric_limits<float>::infinity();
  if (spec.factors > most_factors)
    throw error(errc::invalid_argument, {.stage = stage,
                                         .expected = fmt::format("at most {} factors", most_factors),
                                         .got = fmt::format("{}", spec.factors)});
  check_parameter("bias_rate", spec.bias_rate);
  check_parameter("factor_rate", spec.factor_rate);
  check_parameter("deviation", spec.deviation);
  check_parameter("bias_l2", spec.bias_l2);
  check_parameter("factor_l2", spec.factor_l2);
  if (!(spec.low <= spec.high) || !(spec.low < infinite) || !(spec.high > -infinite))
    throw error(errc::invalid_argument,
                {.stage = stage, .expected = "low at most high", .got = fmt::format("{} and {}", spec.low, spec.high)});
}

std::size_t up_to(std::size_t multiple, std::size_t n) { return (n + multiple - 1) / multiple * multiple; }

}  // namespace

// A row is factors, zeros up to `lanes_` and beyond, then the bias and whether it has learned: with 10 factors one cache line.
online_factorization::learner::learner(online_factorization spec)
    : spec_(spec), lanes_(up_to(4, spec.factors)), stride_(up_to(16, lanes_ + 2)) {
  check(spec_);
  users_.seed = bespoke::detail::mix(spec_.seed, 0), items_.seed = bespoke::detail::mix(spec_.seed, 1);
  nothing_.resize(stride_);
}

const float* online_factorization::learner::row(const table& t, std::size_t number) const noexcept {
  return number < t.values.size() / stride_ ? t.values.data() + number * stride_ : nothing_.data();
}

// Sums of four lanes: one fixed order, which compilers turn into vector instructions.
double online_factorization::learner::beside_mean(const float* user, const float* item) const noexcept {
  float sum[4] = {};
  for (std::size_t f = 0; f < lanes_; f += 4)
    for (std::size_t lane = 0; lane < 4; ++lane) sum[lane] += user[f + lane] * item[f + lane];
  return static_cast<double>(user[stride_ - 2] + item[stride_ - 2] + ((sum[0] + sum[2]) + (sum[1] + sum[3])));
}

float online_factorization::learner::predict(std::uint32_t user, std::uint32_t item) const noexcept {
  constexpr auto largest = static_cast<double>(std::numeric_limits<float>::max());
  const double mean = learned_ == 0 ? 0 : sum_ / static_cast<double>(learned_);
  const double rest = beside_mean(row(users_, user), row(items_, item));
  const double found = std::clamp(std::isfinite(rest) ? mean + rest : mean, -largest, largest);
  return std::clamp(static_cast<float>(found), spec_.low, spec_.high);
}

float* online_factorization::learner::grown(table& t, std::size_t number) {
  if (number == std::numeric_limits<std::uint32_t>::max())
    throw error(errc::limit, {.stage = stage, .problem = "there are more than 2^32 - 1 users or items"});
  if (t.values.size() < (number + 1) * stride_) t.values.resize((number + 1) * stride_);
  return t.values.data() + number * stride_;
}

void online_factorization::learner::start(float* row, const table& t, std::size_t number) const {
  detail::normal_numbers normal(bespoke::detail::mix(t.seed, number));
  for (std::size_t f = 0; f < spec_.factors; ++f)
    row[f] = static_cast<float>(static_cast<double>(spec_.deviation) * normal());
  row[stride_ - 1] = 1;
}

void online_factorization::learner::step(float* user, float* item, float gradient) const noexcept {
  const float rate = spec_.factor_rate, l2 = spec_.factor_l2;
  for (std::size_t f = 0; f < lanes_; f += 4)
    for (std::size_t lane = f; lane < f + 4; ++lane) {
      const float u = user[lane], i = item[lane];
      user[lane] = u - rate * (gradient * i + l2 * u);
      item[lane] = i - rate * (gradient * u + l2 * i);
    }
  user[stride_ - 2] -= spec_.bias_rate * (gradient + spec_.bias_l2 * user[stride_ - 2]);
  item[stride_ - 2] -= spec_.bias_rate * (gradient + spec_.bias_l2 * item[stride_ - 2]);
}

void online_factorization::learner::learn(std::uint32_t user, std::uint32_t item, float value) {
  if (!std::isfinite(value))
    throw error(errc::invalid_argument, {.stage = stage,
                                         .expected = fmt::format("a finite value of user {} for item {}", user, item),
                                         .got = fmt::format("{}", value)});
  float *u = grown(users_, user), *i = grown(items_, item);
  const bool new_user = u[stride_ - 1] == 0, new_item = i[stride_ - 1] == 0;
  if (new_user) start(u, users_, user);
  if (new_item) start(i, items_, item);
  const double sum = sum_ + static_cast<double>(value), mean = sum / static_cast<double>(learned_ + 1);
  const double off = mean + beside_mean(u, i) - static_cast<double>(value);
  if (!(std::fabs(off) < too_far)) {
    if (new_user) std::fill_n(u, stride_, 0.0f);
    if (new_item) std::fill_n(i, stride_, 0.0f);
    refuse_divergence();
  }
  sum_ = sum;
  ++learned_;
  step(u, i, static_cast<float>(2 * off));
}

void online_factorization::learner::save(bundle_writer& w) const {
  w.put("factors", spec_.factors);
  w.put("seed", spec_.seed);
  w.put("low", static_cast<double>(spec_.low));
  w.put("high", static_cast<double>(spec_.high));
  w.put("learned", learned_);
  w.put("sum", sum_);
  w.put("users", std::span<const float>(users_.values));
  w.put("items", std::span<const float>(items_.values));
}

online_factorization::learner online_factorization::load(const bundle_reader& r) const {
  learner all(*this);
  r.must_equal("factors", factors);
  r.must_equal("seed", seed);
  r.must_equal("low", static_cast<double>(low));
  r.must_equal("high", static_cast<double>(high));
  const auto read = [&](const char* name) {
    const auto values = r.tensor<float>(name);
    if (values.size() % all.stride_ != 0) r.reject(fmt::format("{} are not whole rows", name));
    if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); }))
      r.reject(fmt::format("{} have a number that is not finite", name));
    return aligned_vector<float>(values.begin(), values.end());
  };
  all.users_.values = read("users"), all.items_.values = read("items");
  all.sum_ = r.number("sum");
  const std::int64_t learned = r.integer("learned");
  if (learned < 0 || !std::isfinite(all.sum_)) r.reject("the mean is damaged");
  all.learned_ = static_cast<std::size_t>(learned);
  return all;
}

}  // namespace bespoke::train
