// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/recommender_comparison.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace bespoke {

namespace {

constexpr const char* stage = "recommender_comparison";

template <class Rows>
auto find(const Rows& rows, std::string_view name) {
  return std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.name == name; });
}

template <class Evaluate>
recommender_comparison compared(const std::vector<named_model>& models, Evaluate&& evaluate) {
  recommender_comparison all;
  for (const auto& [name, model] : models) {
    if (find(all.rows, name) != all.rows.end())
      throw error(errc::invalid_argument,
                  {.stage = stage, .expected = "different names", .got = in_quotes(name) + " twice"});
    if (!model)
      throw error(errc::invalid_argument, {.stage = stage, .problem = "there is no model " + in_quotes(name)});
    try {
      all.rows.push_back({name, evaluate(*model)});
    } catch (const error& e) {
      throw e.within(name);
    }
  }
  return all;
}

std::string cell(const estimate& e, int digits) {
  return fmt::format("{:.{}f} ({:.{}f}–{:.{}f})", e.mean, digits, e.low, digits, e.high, digits);
}

}  // namespace

const recommender_evaluation& recommender_comparison::operator[](std::string_view name) const {
  if (const auto at = find(rows, name); at != rows.end()) return at->found;
  throw error(errc::invalid_argument, {.stage = stage, .problem = "there is no model " + in_quotes(name)});
}

estimate recommender_comparison::difference(std::string_view a, std::string_view b, std::string_view figure,
                                            const bootstrap_options& options) const {
  return bootstrap_difference((*this)[a], (*this)[b], figure, options);
}

std::string recommender_comparison::text(const std::vector<std::string>& figures, int digits) const {
  std::vector<std::string> names = figures;
  if (names.empty() && !rows.empty())
    for (const user_figure& f : rows[0].found.figures) names.push_back(f.name);
  std::string all = "| model |", line = "\n|---|";
  for (const std::string& name : names) all += " " + name + " |", line += "---|";
  all += line + "\n";
  for (const row& r : rows) {
    all += "| " + r.name + " |";
    for (const std::string& name : names) all += " " + cell(r.found[name].value, digits) + " |";
    all += "\n";
  }
  return all;
}

recommender_comparison compare_ranking(const std::vector<named_model>& models, const interaction_matrix& train,
                                       const sparse_rows& held, const ranking_options& options, const context& ctx) {
  return compared(models, [&](const recommender_model& m) { return evaluate_ranking(m, train, held, options, ctx); });
}

recommender_comparison compare_ratings(const std::vector<named_model>& models, const interaction_matrix& train,
                                       const sparse_rows& held, const rating_options& options, const context& ctx) {
  return compared(models, [&](const recommender_model& m) { return evaluate_ratings(m, train, held, options, ctx); });
}

}  // namespace bespoke
