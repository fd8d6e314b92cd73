// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the tests of votes and stacks share: records with three numbers, and a classifier and a regression of one number
// that are small enough to be written again beside their oracle.

#include <bespoke/core/random.hpp>
#include <bespoke/core/save.hpp>
#include <bespoke/core/target.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "oracle.hpp"

namespace bespoke_test {

struct Triple {
  int a{}, b{}, c{};
  int label{};
  std::string name{};
  float amount{};
};

/// The share of each label among the training records with the same number, with one record of each label added.
struct shares {
  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = std::is_same_v<In, int>;

  template <bespoke::label Label>
  struct fitted {
    static constexpr std::string_view kind = "shares/1";
    static constexpr bool gives_probabilities = true;
    using output_type = bespoke::decision<Label>;
    using table = std::map<int, std::vector<double>>;

    bespoke::labels<Label> names;
    std::shared_ptr<const table> counts;

    const bespoke::labels<Label>& labels() const { return names; }
    std::span<const double> scores(int x, bespoke::scratch& s) const {
      const auto out = s.take<double>(names.size());
      double sum = 0;
      const auto at = counts->find(x);
      for (std::size_t i = 0; i < out.size(); ++i) sum += out[i] = 1 + (at == counts->end() ? 0 : at->second[i]);
      for (double& p : out) p /= sum;
      return out;
    }
    output_type operator()(int x, bespoke::scratch& s) const { return bespoke::decide(names, scores(x, s)); }
    int golden(std::uint64_t random) const { return static_cast<int>(random % 6); }
    void save(bespoke::bundle_writer& w) const {
      names.save(w);
      std::vector<double> all;
      for (const auto& [value, of] : *counts) {
        all.push_back(value);
        all.insert(all.end(), of.begin(), of.end());
      }
      w.put("counts", std::span<const double>(all));
    }
  };

  template <class In, bespoke::class_target Y>
  fitted<bespoke::target_value<Y>> fit(const bespoke::blocks<In>& x, const bespoke::blocks<Y>& y,
                                       const bespoke::context& ctx) const {
    const auto targets = bespoke::class_targets<bespoke::target_value<Y>>::of(y, false, ctx);
    std::map<int, std::vector<double>> counts;
    bespoke::scratch s;
    for (std::size_t b = 0; b < x.count(); ++b)
      x.visit(b, s, [&](const bespoke::block<In>& values) {
        for (std::size_t i = 0; i < values.size(); ++i) {
          const std::size_t record = values.first() + i;
          auto& of = counts[values[i]];
          of.resize(targets.names.size());
          of[targets.numbers[record]] += targets.weights.empty() ? 1.0 : double{targets.weights[record]};
        }
      });
    return {targets.names, std::make_shared<const std::map<int, std::vector<double>>>(std::move(counts))};
  }
  template <class In, bespoke::class_target Y>
  fitted<bespoke::target_value<Y>> load(bespoke::bundle_reader& r) const {
    auto names = bespoke::labels<bespoke::target_value<Y>>::load(r);
    const auto all = r.template tensor<double>("counts");
    std::map<int, std::vector<double>> counts;
    const std::size_t n = names.size() + 1;
    for (std::size_t i = 0; i + n <= all.size(); i += n)
      counts[static_cast<int>(all[i])].assign(all.begin() + i + 1, all.begin() + i + n);
    return {std::move(names), std::make_shared<const std::map<int, std::vector<double>>>(std::move(counts))};
  }
};

/// The mean target of the training records with the same number, with one record of 0 added; 0 for other numbers.
struct means {
  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = std::is_same_v<In, int>;

  struct fitted {
    static constexpr std::string_view kind = "means/1";
    using output_type = double;
    using table = std::map<int, double>;

    std::shared_ptr<const table> of;

    double operator()(int x) const {
      const auto at = of->find(x);
      return at == of->end() ? 0 : at->second;
    }
    int golden(std::uint64_t random) const { return static_cast<int>(random % 6); }
    void save(bespoke::bundle_writer& w) const {
      std::vector<double> all;
      for (const auto& [value, mean] : *of) all.insert(all.end(), {static_cast<double>(value), mean});
      w.put("means", std::span<const double>(all));
    }
  };

  template <class In, bespoke::number_target Y>
  fitted fit(const bespoke::blocks<In>& x, const bespoke::blocks<Y>& y, const bespoke::context& ctx) const {
    const auto targets = bespoke::number_targets::of(y, ctx);
    fitted::table sums, counts;
    bespoke::scratch s;
    for (std::size_t b = 0; b < x.count(); ++b)
      x.visit(b, s, [&](const bespoke::block<In>& values) {
        for (std::size_t i = 0; i < values.size(); ++i) {
          const std::size_t record = values.first() + i;
          const double weight = targets.weights.empty() ? 1.0 : double{targets.weights[record]};
          sums[values[i]] += weight * targets.values[record];
          counts[values[i]] += weight;
        }
      });
    for (auto& [value, sum] : sums) sum /= counts[value] + 1;
    return {std::make_shared<const fitted::table>(std::move(sums))};
  }
  template <class In, bespoke::number_target Y>
  fitted load(bespoke::bundle_reader& r) const {
    const auto all = r.template tensor<double>("means");
    fitted::table of;
    for (std::size_t i = 0; i + 2 <= all.size(); i += 2) of[static_cast<int>(all[i])] = all[i + 1];
    return {std::make_shared<const fitted::table>(std::move(of))};
  }
};

inline auto member_a() { return bespoke::field("a", &Triple::a) | shares{}; }
inline auto member_b() { return bespoke::field("b", &Triple::b) | shares{}; }
inline auto member_c() { return bespoke::field("c", &Triple::c) | shares{}; }

inline std::vector<Triple> triples(const nlohmann::json& x, const nlohmann::json& y = {}) {
  std::vector<Triple> all;
  for (std::size_t i = 0; i < x.size(); ++i)
    all.push_back({x[i][0], x[i][1], x[i][2], y.empty() ? 0 : y[i].get<int>()});
  return all;
}

inline std::vector<bespoke::fold> folds_of(const nlohmann::json& c) {
  std::vector<bespoke::fold> folds;
  for (const std::vector<std::size_t> test : c["folds"]) folds.push_back({bespoke::others(test, c["x"].size()), test});
  return folds;
}

/// Records of which the amount, the name and two numbers say something about the label.
inline std::vector<Triple> made_up_triples(std::size_t n, int labels) {
  bespoke::random_numbers random(8);
  const auto below = [&](std::size_t m) { return static_cast<int>(random.below(m)); };
  std::vector<Triple> all(n);
  for (Triple& t : all) {
    t.label = below(static_cast<std::size_t>(labels));
    t.a = below(3) == 0 ? below(4) : t.label;
    t.b = below(2) == 0 ? below(4) : t.label;
    t.c = below(4);
    t.name = std::string(below(3) == 0 ? "same" : "word") + std::to_string(t.label) + " " + std::to_string(below(9));
    t.amount = static_cast<float>(t.label) + static_cast<float>(random.unit());
  }
  return all;
}

}  // namespace bespoke_test
