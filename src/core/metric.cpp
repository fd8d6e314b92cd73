// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/metric.hpp>

#include <utility>

namespace bespoke {

namespace {

template <class T>
std::vector<T> chosen(const std::vector<T>& all, std::span<const std::size_t> records, std::size_t columns = 1) {
  std::vector<T> some;
  if (all.empty()) return some;
  some.reserve(records.size() * columns);
  for (const std::size_t r : records)
    for (std::size_t c = 0; c < columns; ++c) some.push_back(all[r * columns + c]);
  return some;
}

template <class T>
void extend(std::vector<T>& all, const std::vector<T>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

template <class F>
metric of_labels(std::string name, bool larger_is_better, F f) {
  return {name, larger_is_better, [name, f](const predictions& p) {
            if (p.label_count == 0)
              throw error(errc::invalid_argument,
                          {.stage = "metric", .expected = "predicted labels for " + name, .got = "values"});
            return f(p);
          }};
}

template <class F>
metric of_probabilities(std::string name, F f) {
  return of_labels(name, false, [name, f](const predictions& p) {
    if (!p.probabilities)
      throw error(errc::invalid_argument, {.stage = "metric",
                                           .expected = "probabilities for " + name,
                                           .got = "scores of another kind",
                                           .advice = "take a learner that gives probabilities, or calibrate this one"});
    return f(p);
  });
}

template <class F>
metric of_values(std::string name, bool larger_is_better, F f) {
  return {name, larger_is_better, [name, f](const predictions& p) {
            if (p.label_count != 0)
              throw error(errc::invalid_argument,
                          {.stage = "metric", .expected = "predicted values for " + name, .got = "labels"});
            return f(p.values, p.actual_values, p.weights);
          }};
}

template <class Take>
metric of_quality(std::string name, averaging how, double beta, Take take) {
  name = (how == averaging::macro ? "macro " : how == averaging::micro ? "micro " : "weighted ") + name;
  return of_labels(std::move(name), true, [how, beta, take](const predictions& p) {
    return take(averaged(confusion(p.labels, p.actual_labels, p.label_count, p.weights), how, beta));
  });
}

std::string f_name(double beta) {
  std::string text = std::to_string(beta);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return "F" + text;
}

}  // namespace

predictions predictions::part(std::span<const std::size_t> records) const {
  predictions p;
  p.labels = chosen(labels, records);
  p.actual_labels = chosen(actual_labels, records);
  p.scores = chosen(scores, records, label_count);
  p.probabilities = probabilities;
  p.label_count = label_count;
  p.values = chosen(values, records);
  p.actual_values = chosen(actual_values, records);
  p.weights = chosen(weights, records);
  return p;
}

void predictions::append(const predictions& more) {
  extend(labels, more.labels);
  extend(actual_labels, more.actual_labels);
  extend(scores, more.scores);
  probabilities = more.probabilities;
  label_count = more.label_count;
  extend(values, more.values);
  extend(actual_values, more.actual_values);
  extend(weights, more.weights);
}

metric metric::accuracy() {
  return of_labels("accuracy", true,
                   [](const predictions& p) { return bespoke::accuracy(p.labels, p.actual_labels, p.weights); });
}
metric metric::balanced_accuracy() {
  return of_labels("balanced accuracy", true, [](const predictions& p) {
    return bespoke::balanced_accuracy(confusion(p.labels, p.actual_labels, p.label_count, p.weights));
  });
}
metric metric::f(double beta, averaging how) {
  return of_quality(f_name(beta), how, beta, [](const label_quality& q) { return q.f; });
}
metric metric::precision(averaging how) {
  return of_quality("precision", how, 1, [](const label_quality& q) { return q.precision; });
}
metric metric::recall(averaging how) {
  return of_quality("recall", how, 1, [](const label_quality& q) { return q.recall; });
}
metric metric::roc_auc() {
  return of_labels("ROC-AUC", true,
                   [](const predictions& p) { return bespoke::roc_auc(p.scores, p.actual_labels, p.weights); });
}
metric metric::average_precision() {
  return of_labels("average precision", true, [](const predictions& p) {
    return bespoke::average_precision(p.scores, p.actual_labels, p.weights);
  });
}
metric metric::log_loss() {
  return of_probabilities("log loss",
                          [](const predictions& p) { return bespoke::log_loss(p.scores, p.actual_labels, p.weights); });
}
metric metric::brier() {
  return of_probabilities("Brier score",
                          [](const predictions& p) { return bespoke::brier(p.scores, p.actual_labels, p.weights); });
}
metric metric::rmse() {
  return of_values("RMSE", false, [](const auto& p, const auto& a, const auto& w) { return bespoke::rmse(p, a, w); });
}
metric metric::mae() {
  return of_values("MAE", false, [](const auto& p, const auto& a, const auto& w) { return bespoke::mae(p, a, w); });
}
metric metric::r_squared() {
  return of_values("R²", true, [](const auto& p, const auto& a, const auto& w) { return bespoke::r_squared(p, a, w); });
}

metric or_default(const metric& m, bool labels) {
  if (m.of) return m;
  return labels ? metric::accuracy() : metric::rmse();
}

estimate bootstrap(const predictions& p, const metric& m, const bootstrap_options& options) {
  return bootstrap(p.size(), [&](std::span<const std::size_t> records) { return m(p.part(records)); }, options);
}

estimate bootstrap_difference(const predictions& a, const predictions& b, const metric& m,
                              const bootstrap_options& options) {
  if (a.size() != b.size())
    throw error(errc::shape, {.stage = "bootstrap_difference",
                              .expected = std::to_string(a.size()) + " predictions, as of the other",
                              .got = std::to_string(b.size())});
  return bootstrap(
      a.size(), [&](std::span<const std::size_t> records) { return m(a.part(records)) - m(b.part(records)); }, options);
}

}  // namespace bespoke
