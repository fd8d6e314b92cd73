// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/folds.hpp>
#include <bespoke/features/target_encode.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace bespoke::features {

namespace {

constexpr const char* stage = "target_encode";

/// Weight, mean and sum of squared deviations of some targets (West, 1979).
struct moments {
  double weight = 0, mean = 0, deviations = 0;

  void add(double target, double w) {
    if (w == 0) return;
    weight += w;
    const double delta = target - mean;
    mean += delta * w / weight;
    deviations += w * delta * (target - mean);
  }
};

double target_of(const detail::encoding_data& d, std::size_t record, std::size_t column) {
  if (d.names.empty()) return d.numbers[record];
  return d.labels[record] == (d.columns() == 1 ? 1 : column) ? 1.0 : 0.0;
}

double average(const moments& category, const moments& all, const std::optional<double>& smoothing) {
  if (category.weight == 0 || all.deviations == 0) return all.mean;
  const double variance = all.deviations / all.weight;
  const double m = smoothing ? *smoothing : category.deviations / category.weight / variance;
  const double lambda = category.weight / (category.weight + m);
  return lambda * category.mean + (1 - lambda) * all.mean;
}

/// The averages of all categories and, after them, the overall ones, from the records that `used(record)` names.
template <class Used>
std::vector<double> averages_of(const detail::encoding_data& d, const std::optional<double>& smoothing,
                                const context& ctx, Used&& used) {
  const std::size_t columns = d.columns();
  std::vector<moments> categories(d.slots * columns), all(columns);
  for (std::size_t i = 0; i < d.categories.size(); ++i) {
    if (i % block_size == 0) ctx.check();
    if (!used(i)) continue;
    const double weight = d.weights.empty() ? 1.0 : static_cast<double>(d.weights[i]);
    for (std::size_t c = 0; c < columns; ++c) {
      categories[d.categories[i] * columns + c].add(target_of(d, i, c), weight);
      all[c].add(target_of(d, i, c), weight);
    }
  }
  std::vector<double> out;
  out.reserve((d.slots + 1) * columns);
  for (std::size_t k = 0; k < categories.size(); ++k)
    out.push_back(average(categories[k], all[k % columns], smoothing));
  for (const moments& m : all) out.push_back(m.mean);
  return out;
}

[[noreturn]] void out_of_range(std::string expected, std::string got) {
  throw error(errc::invalid_argument, {.stage = stage, .expected = std::move(expected), .got = std::move(got)});
}

}  // namespace

void target_encode::check(std::size_t records, std::size_t targets) const {
  if (smoothing && !(std::isfinite(*smoothing) && *smoothing >= 0))
    out_of_range("smoothing of 0 or more", fmt::format("{}", *smoothing));
  if (folds < 2 || folds > 1000) out_of_range("folds from 2 to 1000", fmt::format("{}", folds));
  if (records == 0) throw error(errc::empty_input, {.stage = stage, .problem = "there are no records to learn from"});
  if (records != targets)
    throw error(errc::shape, {.stage = stage,
                              .expected = fmt::format("a target for each of {} records", records),
                              .got = fmt::format("{} targets", targets)});
}

detail::encoding target_encode::learn(detail::encoding_data data, const context& ctx) const {
  if (data.names.size() == 1) out_of_range("two or more labels", "one");
  auto averages = averages_of(data, smoothing, ctx, [](std::size_t) { return true; });
  return {std::move(averages), data.columns(), data.columns() == 1 ? std::vector<std::string>{} : data.names};
}

dense_rows target_encode::out_of_fold(const detail::encoding_data& data, const context& ctx) const {
  const std::size_t n = data.categories.size(), columns = data.columns();
  dense_rows rows(n, columns);
  const auto parts = random_folds(n, std::min(folds, n), ctx.seed());
  ctx.parallel(parts.size(), [&](std::size_t f, scratch&) {
    std::vector<bool> left_out(n);
    // The only record of all has no others to learn from: it is encoded with itself.
    for (const std::size_t i : parts[f]) left_out[i] = parts.size() > 1;
    const auto averages = averages_of(data, smoothing, ctx, [&](std::size_t i) { return !left_out[i]; });
    for (const std::size_t i : parts[f])
      for (std::size_t c = 0; c < columns; ++c)
        rows.writable(i)[c] = static_cast<float>(averages[data.categories[i] * columns + c]);
  });
  return rows;
}

void target_encode::save(bundle_writer& w) const {
  w.put("smoothing", smoothing.value_or(-1.0));
  w.put("numbers", numbers);
}

void target_encode::must_equal(const bundle_reader& r) const {
  r.must_equal("smoothing", smoothing.value_or(-1.0));
  r.must_equal("numbers", numbers);
}

namespace detail {

void encoding::save(bundle_writer& w) const {
  w.put("columns", columns());
  w.put("averages", std::span<const double>(learned_->averages));
  w.put("names", std::span<const std::string>(learned_->names));
}

encoding encoding::load(const bundle_reader& r, std::size_t slots) {
  const std::int64_t columns = r.integer("columns");
  const auto averages = r.tensor<double>("averages");
  auto names = r.strings("names");
  const std::size_t wanted = names.empty() ? 1 : names.size();
  if (columns < 1 || static_cast<std::size_t>(columns) != wanted) r.reject("the columns are not those of the labels");
  if (averages.size() / wanted != slots + 1 || averages.size() % wanted != 0)
    r.reject("there are not the averages of each category");
  if (!std::all_of(averages.begin(), averages.end(), [](double v) { return std::isfinite(v); }))
    r.reject("an average is not finite");
  return {{averages.begin(), averages.end()}, wanted, std::move(names)};
}

}  // namespace detail

}  // namespace bespoke::features
