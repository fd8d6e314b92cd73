// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/folds.hpp>
#include <bespoke/core/sigmoid.hpp>
#include <bespoke/train/kernel_svm.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numeric>

#include "checks.hpp"
#include "kernel_machine.hpp"
#include "kernel_rows.hpp"
#include "smo.hpp"

namespace bespoke::train {

namespace {

constexpr const char* stage = "kernel_svm";
constexpr std::size_t folds = 5;

template <class Rows>
double scale(const Rows& rows) {
  const double cells = static_cast<double>(rows.size()) * static_cast<double>(rows.width());
  double sum = 0, squares = 0, stored = 0;
  for (const float v : rows.values()) sum += static_cast<double>(v), ++stored;
  const double mean = sum / cells;
  for (const float v : rows.values()) squares += (static_cast<double>(v) - mean) * (static_cast<double>(v) - mean);
  const double variance = (squares + (cells - stored) * mean * mean) / cells;
  return variance > 0 ? 1 / (static_cast<double>(rows.width()) * variance) : 1.0;
}

// The records of two labels, those of the first before those of the second, each in order.
struct pair_of_labels {
  std::size_t first = 0, second = 0;
  std::vector<std::uint32_t> records{};
  std::vector<std::uint8_t> positive{};  // of the first label
};

std::vector<pair_of_labels> all_pairs(std::span<const std::uint32_t> targets, std::span<const float> weights,
                                      std::size_t labels) {
  std::vector<std::vector<std::uint32_t>> of_label(labels);
  for (std::size_t i = 0; i < targets.size(); ++i)
    if (weights.empty() || weights[i] > 0) of_label[targets[i]].push_back(static_cast<std::uint32_t>(i));
  for (const auto& records : of_label)
    if (records.empty())
      throw error(errc::invalid_argument, {.stage = stage,
                                           .expected = "a record with a weight above 0 for every label",
                                           .got = "a label whose records all weigh 0"});
  std::vector<pair_of_labels> pairs;
  for (std::size_t a = 0; a < labels; ++a)
    for (std::size_t b = a + 1; b < labels; ++b) {
      pair_of_labels p{a, b, of_label[a], std::vector<std::uint8_t>(of_label[a].size(), 1)};
      p.records.insert(p.records.end(), of_label[b].begin(), of_label[b].end());
      p.positive.resize(p.records.size(), 0);
      pairs.push_back(std::move(p));
    }
  return pairs;
}

template <row R>
class trainer {
 public:
  trainer(const kernel_svm& spec, detail::kernel_function kernel, const bespoke::rows_of<R>& rows,
          std::span<const float> weights, std::size_t units, const context& ctx)
      : spec_(spec), kernel_(kernel), rows_(rows), weights_(weights), alone_(units == 1), ctx_(ctx) {
    const std::size_t together = std::min<std::size_t>(units, ctx.threads());
    cache_bytes_ = spec.cache_mb * 1024 * 1024 / static_cast<double>(together);
  }

  struct part {
    detail::kernel_rows<R> rows{};
    detail::smo_solution solution{};
  };

  // The machine of some records of a pair.
  part train(std::span<const std::uint32_t> records, std::span<const std::uint8_t> positive) const {
    part made{{detail::chosen(rows_, records), kernel_}, {}};
    std::vector<double> costs, diagonal;
    for (std::size_t t = 0; t < records.size(); ++t) {
      costs.push_back(spec_.c * weight(records[t]));
      diagonal.push_back(made.rows.diagonal(t));
    }
    detail::kernel_cache cache(records.size(), cache_bytes_);
    std::vector<double> laid_out(made.rows.columns());
    const auto compute = [&](std::size_t i, std::span<float> room) { fill(made.rows, i, laid_out, room); };
    const auto kernel_row = [&](std::size_t i) { return cache.row(i, compute); };
    made.solution =
        detail::solve_smo({positive, costs, diagonal, spec_.tolerance, spec_.max_iterations, kernel_row}, ctx_);
    return made;
  }

  // What a machine trained on the records outside a fold says of those in it, into `values` by their place in the pair.
  void say_of_fold(const pair_of_labels& pair, std::span<const std::size_t> fold, std::span<double> values) const {
    std::vector<std::uint32_t> records;
    std::vector<std::uint8_t> positive;
    for (std::size_t t = 0, f = 0; t < pair.records.size(); ++t) {
      if (f < fold.size() && fold[f] == t) {
        ++f;
        continue;
      }
      records.push_back(pair.records[t]);
      positive.push_back(pair.positive[t]);
    }
    const auto of_first = static_cast<std::size_t>(std::count(positive.begin(), positive.end(), std::uint8_t{1}));
    // Without both labels there is no border: libsvm's answer is the one label's margin.
    if (of_first == 0 || of_first == positive.size()) {
      for (const std::size_t t : fold) values[t] = positive.empty() ? 0.0 : of_first == 0 ? -1.0 : 1.0;
      return;
    }
    const part made = train(records, positive);
    std::vector<double> laid_out(made.rows.columns()), kernels(records.size());
    for (const std::size_t t : fold) {
      const R x = rows_[pair.records[t]];
      made.rows.lay_out(x, laid_out);
      made.rows.values(std::span<const double>(laid_out), made.rows.size_of(x), 0, std::span<double>(kernels));
      values[t] =
          std::inner_product(kernels.begin(), kernels.end(), made.solution.betas.begin(), made.solution.intercept);
    }
  }

  double weight(std::size_t record) const { return weights_.empty() ? 1.0 : double{weights_[record]}; }

 private:
  // A single machine has the threads for the parts of its kernel rows; several have them for themselves.
  void fill(const detail::kernel_rows<R>& rows, std::size_t i, std::span<double> laid_out,
            std::span<float> room) const {
    rows.lay_out(rows.rows()[i], laid_out);
    constexpr std::size_t run = 512, worthwhile = 200'000;  // rows; stored values that pay for waking a thread
    if (!alone_ || rows.rows().values().size() < worthwhile)
      return rows.values(std::span<const double>(laid_out), rows.row_size(i), 0, room);
    ctx_.parallel((room.size() + run - 1) / run, [&](std::size_t u, scratch&) {
      const std::size_t first = u * run;
      rows.values(std::span<const double>(laid_out), rows.row_size(i), first,
                  room.subspan(first, std::min(run, room.size() - first)));
    });
  }

  const kernel_svm& spec_;
  detail::kernel_function kernel_;
  const bespoke::rows_of<R>& rows_;
  std::span<const float> weights_;
  bool alone_;
  const context& ctx_;
  double cache_bytes_ = 0;
};

// The machines of all pairs in one: records that any pair stands on, label by label.
template <row R>
void gather(typename kernel_machine<R>::learned& l, const bespoke::rows_of<R>& rows, detail::kernel_function kernel,
            std::span<const pair_of_labels> pairs, std::span<const detail::smo_solution> solutions,
            std::span<const std::uint32_t> targets) {
  const std::size_t labels = l.of_label.size(), others = labels - 1;
  std::vector<double> of_record(rows.size() * others);
  for (std::size_t p = 0; p < pairs.size(); ++p)
    for (std::size_t t = 0; t < pairs[p].records.size(); ++t) {
      const bool first = pairs[p].positive[t] != 0;
      const std::size_t other = first ? pairs[p].second - 1 : pairs[p].first;
      of_record[pairs[p].records[t] * others + other] = solutions[p].betas[t];
    }
  std::vector<std::uint32_t> vectors;
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    const auto own = std::span(of_record).subspan(i * others, others);
    if (std::any_of(own.begin(), own.end(), [](double v) { return v != 0; })) vectors.push_back(i);
  }
  std::stable_sort(vectors.begin(), vectors.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return targets[a] < targets[b]; });
  for (const std::uint32_t i : vectors) {
    ++l.of_label[targets[i]];
    const auto own = std::span(of_record).subspan(i * others, others);
    l.coefficients.insert(l.coefficients.end(), own.begin(), own.end());
  }
  l.vectors = {detail::chosen(rows, vectors), kernel};
}

template <row R>
sigmoid sigmoid_of(const trainer<R>& t, const pair_of_labels& pair, std::span<const double> values) {
  std::vector<float> weights;
  for (const std::uint32_t i : pair.records) weights.push_back(static_cast<float>(t.weight(i)));
  return fit_sigmoid(values, pair.positive, weights);
}

template <row R>
kernel_machine<R> solve_any(const kernel_svm& spec, const bespoke::rows_of<R>& rows,
                            std::span<const std::uint32_t> targets, std::span<const float> weights, std::size_t labels,
                            const context& ctx) {
  detail::check_labels(stage, labels, targets.size());
  detail::check_counts(stage, rows.size(), targets.size());
  detail::check_rows(stage, rows);
  const detail::kernel_function kernel{spec.kernel, spec.gamma ? *spec.gamma : scale(rows), spec.coef0, spec.degree};
  const auto pairs = all_pairs(targets, weights, labels);
  const std::size_t machines = spec.probability ? folds + 1 : 1, units = pairs.size() * machines;
  const trainer<R> t(spec, kernel, rows, weights, units, ctx);
  std::vector<detail::smo_solution> solutions(pairs.size());
  std::vector<std::vector<double>> values(pairs.size());
  for (std::size_t p = 0; p < pairs.size(); ++p) values[p].resize(pairs[p].records.size());
  std::atomic<std::size_t> done = 0;
  ctx.parallel(units, [&](std::size_t u, scratch&) {
    const std::size_t p = u / machines, fold = u % machines;
    if (fold == 0) solutions[p] = t.train(pairs[p].records, pairs[p].positive).solution;
    else t.say_of_fold(pairs[p], random_folds(pairs[p].records.size(), folds, ctx.seed() + p)[fold - 1], values[p]);
    ctx.report(stage, ++done, units);
  });
  typename kernel_machine<R>::learned l;
  l.of_label.resize(labels);
  l.converged = true;
  for (std::size_t p = 0; p < pairs.size(); ++p) {
    l.intercepts.push_back(solutions[p].intercept);
    l.objectives.push_back(solutions[p].objective);
    l.converged = l.converged && solutions[p].converged;
    if (spec.probability) l.sigmoids.push_back(sigmoid_of(t, pairs[p], values[p]));
  }
  gather<R>(l, rows, kernel, pairs, solutions, targets);
  return kernel_machine<R>(std::make_shared<const typename kernel_machine<R>::learned>(std::move(l)));
}

}  // namespace

kernel_machine<dense_row> kernel_svm::solve(const dense_rows& rows, std::span<const std::uint32_t> targets,
                                            std::span<const float> weights, std::size_t labels,
                                            const context& ctx) const {
  return solve_any<dense_row>(*this, rows, targets, weights, labels, ctx);
}
kernel_machine<sparse_row> kernel_svm::solve(const sparse_rows& rows, std::span<const std::uint32_t> targets,
                                             std::span<const float> weights, std::size_t labels,
                                             const context& ctx) const {
  return solve_any<sparse_row>(*this, rows, targets, weights, labels, ctx);
}

void kernel_svm::check(std::size_t records, std::size_t targets) const {
  detail::check_positive(stage, "c", c);
  if (gamma) detail::check_positive(stage, "gamma", *gamma);
  detail::check_positive(stage, "degree", static_cast<double>(degree));
  if (!std::isfinite(coef0))
    throw error(errc::invalid_argument,
                {.stage = stage, .expected = "coef0 that is finite", .got = fmt::format("{}", coef0)});
  detail::check_positive(stage, "tolerance", tolerance);
  detail::check_positive(stage, "max_iterations", static_cast<double>(max_iterations));
  detail::check_positive(stage, "cache_mb", cache_mb);
  detail::check_counts(stage, records, targets);
}

}  // namespace bespoke::train
