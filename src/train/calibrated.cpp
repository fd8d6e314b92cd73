// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/isotonic.hpp>
#include <bespoke/core/sigmoid.hpp>
#include <bespoke/train/calibrated.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bespoke::train {

struct score_curves::learned {
  calibration method = calibration::sigmoid;
  std::size_t labels = 0;
  std::vector<bespoke::sigmoid> sigmoids{};  // one of the two lists is empty
  std::vector<isotonic> isotonics{};
};

namespace {

std::size_t curves_for(std::size_t labels) { return labels == 2 ? 1 : labels; }

/// The label whose score a curve takes.
std::size_t label_of(std::size_t curve, std::size_t labels) { return labels == 2 ? 1 : curve; }

std::vector<double> column(std::span<const double> scores, std::size_t label, std::size_t labels) {
  std::vector<double> one(scores.size() / labels);
  for (std::size_t i = 0; i < one.size(); ++i) one[i] = scores[i * labels + label];
  return one;
}

template <class T>
std::vector<T> is_label(std::span<const std::uint32_t> targets, std::size_t label) {
  std::vector<T> one(targets.size());
  for (std::size_t i = 0; i < one.size(); ++i) one[i] = targets[i] == label ? T{1} : T{0};
  return one;
}

bool finite(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

void save_isotonics(bundle_writer& w, const std::vector<isotonic>& all) {
  std::vector<double> at, value;
  std::vector<std::uint64_t> ends;
  for (const isotonic& f : all) {
    at.insert(at.end(), f.at.begin(), f.at.end());
    value.insert(value.end(), f.value.begin(), f.value.end());
    ends.push_back(at.size());
  }
  w.put("at", std::span<const double>(at));
  w.put("value", std::span<const double>(value));
  w.put("ends", std::span<const std::uint64_t>(ends));
}

std::vector<isotonic> load_isotonics(const bundle_reader& r, std::size_t curves) {
  const auto at = r.tensor<double>("at"), value = r.tensor<double>("value", at.size());
  const auto ends = r.tensor<std::uint64_t>("ends", curves);
  if (!finite(at) || !finite(value)) r.reject("a point of a calibration is not finite");
  std::vector<isotonic> all;
  std::size_t first = 0;
  for (const std::uint64_t end : ends) {
    if (end <= first || end > at.size()) r.reject("the points of a calibration do not fit together");
    const auto n = static_cast<std::size_t>(end) - first;
    const auto a = at.subspan(first, n), v = value.subspan(first, n);
    for (std::size_t i = 1; i < n; ++i)
      if (!(a[i - 1] < a[i]) || v[i - 1] > v[i]) r.reject("a calibration falls");
    if (v.front() < 0 || v.back() > 1) r.reject("a calibration gives no probabilities");
    all.push_back({{a.begin(), a.end()}, {v.begin(), v.end()}});
    first = static_cast<std::size_t>(end);
  }
  if (first != at.size()) r.reject("the points of a calibration do not fit together");
  return all;
}

std::vector<bespoke::sigmoid> load_sigmoids(const bundle_reader& r, std::size_t curves) {
  const auto a = r.tensor<double>("a", curves), b = r.tensor<double>("b", curves);
  if (!finite(a) || !finite(b)) r.reject("a calibration is not finite");
  std::vector<bespoke::sigmoid> all;
  for (std::size_t i = 0; i < curves; ++i) all.push_back({a[i], b[i]});
  return all;
}

void save_sigmoids(bundle_writer& w, const std::vector<bespoke::sigmoid>& all) {
  std::vector<double> a, b;
  for (const auto& f : all) a.push_back(f.a), b.push_back(f.b);
  w.put("a", std::span<const double>(a));
  w.put("b", std::span<const double>(b));
}

/// Each divided by their sum; all equal where that is 0.
void normalise(std::span<double> probabilities) {
  double sum = 0;
  for (const double p : probabilities) sum += p;
  for (double& p : probabilities) p = sum == 0 ? 1 / static_cast<double>(probabilities.size()) : p / sum;
}

}  // namespace

score_curves score_curves::fit(calibration method, std::span<const double> scores,
                               std::span<const std::uint32_t> targets, std::span<const float> weights,
                               std::size_t labels, const context& ctx) {
  learned l{method, labels};
  const std::size_t curves = curves_for(labels);
  if (method == calibration::sigmoid) l.sigmoids.resize(curves);
  else l.isotonics.resize(curves);
  ctx.parallel(curves, [&](std::size_t c, scratch&) {
    const std::size_t label = label_of(c, labels);
    const auto own = column(scores, label, labels);
    if (method == calibration::sigmoid)
      l.sigmoids[c] = fit_sigmoid(own, is_label<std::uint8_t>(targets, label), weights);
    else l.isotonics[c] = fit_isotonic(own, is_label<double>(targets, label), weights);
  });
  return score_curves(std::make_shared<const learned>(std::move(l)));
}

double score_curves::at(std::size_t curve, double score) const noexcept {
  return learned_->method == calibration::sigmoid ? learned_->sigmoids[curve](score)
                                                  : learned_->isotonics[curve](score);
}

void score_curves::operator()(std::span<const double> scores, std::span<double> probabilities) const noexcept {
  if (labels() == 2) {
    probabilities[1] = at(0, scores[1]);
    probabilities[0] = 1 - probabilities[1];
    return;
  }
  for (std::size_t c = 0; c < labels(); ++c) probabilities[c] = at(c, scores[c]);
  normalise(probabilities);
}

std::size_t score_curves::labels() const noexcept { return learned_->labels; }
calibration score_curves::method() const noexcept { return learned_->method; }

void score_curves::save(bundle_writer& w) const {
  w.put("method", learned_->method == calibration::sigmoid ? "sigmoid" : "isotonic");
  w.put("labels", learned_->labels);
  if (learned_->method == calibration::sigmoid) save_sigmoids(w, learned_->sigmoids);
  else save_isotonics(w, learned_->isotonics);
}

score_curves score_curves::load(const bundle_reader& r) {
  const std::string method = r.text("method");
  const std::int64_t labels = r.integer("labels");
  if (labels < 2 || labels > std::int64_t{1} << 31) r.reject("it has no two labels");
  learned l{calibration::sigmoid, static_cast<std::size_t>(labels)};
  const std::size_t curves = curves_for(l.labels);
  if (method == "sigmoid") {
    l.sigmoids = load_sigmoids(r, curves);
  } else if (method == "isotonic") {
    l.method = calibration::isotonic;
    l.isotonics = load_isotonics(r, curves);
  } else {
    r.reject("its method is neither sigmoid nor isotonic");
  }
  return score_curves(std::make_shared<const learned>(std::move(l)));
}

}  // namespace bespoke::train
