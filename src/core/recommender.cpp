// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/golden.hpp>
#include <bespoke/core/random.hpp>
#include <bespoke/core/recommender.hpp>
#include <bespoke/core/save.hpp>
#include <bespoke/core/version.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "saved_rows.hpp"

namespace bespoke {

std::span<scored> recommender_model::best(const profile_row& profile, std::span<scored> room,
                                          function_ref<bool(std::size_t)> filter, scratch& s) const {
  const scratch::frame temporaries(s);
  const auto scores = s.take<float>(items());
  score_all(profile, scores, s);
  best_of kept(room);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const scored one{i, scores[i]};
    if (kept.would_keep(one) && filter(i)) kept.offer(one);
  }
  return kept.ranked();
}

namespace detail {

namespace {

constexpr std::size_t golden_items = 4;

// A made-up history and some items.
golden_record made_up(std::size_t items, std::uint64_t seed) {
  random_numbers random(seed);
  golden_record g;
  const auto draw = [&](const char* name, std::size_t n) {
    auto& values = g.fields.emplace_back(name, text_form{}).second;
    for (std::size_t i = 0; i < n; ++i) values.push_back(std::to_string(random.below(items)));
  };
  draw("history", 1 + random.below(golden_items));
  draw("items", golden_items);
  return g;
}

std::vector<std::uint32_t> numbers_of(const golden_record& g, std::string_view name, std::size_t items) {
  std::vector<std::uint32_t> all;
  for (const auto& [field, values] : g.fields)
    for (const std::string& text : values) {
      std::uint32_t number = 0;
      if (field == name && scalar_from_text(text, number) && number < items) all.push_back(number);
    }
  return all;
}

golden_record answered(golden_record g, const recommender_model& model) {
  auto history = numbers_of(g, "history", model.items());
  std::vector<float> ones(history.size(), 1.0f);
  const std::size_t n = order_history(history, ones);
  scratch& s = scratch::local();
  const scratch::frame temporaries(s);
  const auto profile =
      model.profile({.history = {std::span(history).first(n), std::span(ones).first(n), model.items()}}, s);
  g.scores.clear();
  for (const std::uint32_t item : numbers_of(g, "items", model.items()))
    g.scores.push_back(static_cast<double>(model.score(profile, item, s)));
  return g;
}

}  // namespace

std::size_t order_history(std::span<std::uint32_t> items, std::span<float> values) {
  const std::size_t n = items.size();
  if (std::adjacent_find(items.begin(), items.end(), std::greater_equal<>()) == items.end()) return n;
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return items[a] < items[b]; });
  std::vector<std::pair<std::uint32_t, float>> kept;
  for (const std::size_t i : order) {
    if (!kept.empty() && kept.back().first == items[i]) kept.pop_back();
    kept.emplace_back(items[i], values[i]);
  }
  for (std::size_t i = 0; i < kept.size(); ++i) std::tie(items[i], values[i]) = kept[i];
  return kept.size();
}

std::span<scored> strongest_parts(std::span<const float> parts, std::span<scored> room) {
  best_of strongest(room);
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (std::fabs(parts[i]) > 0) strongest.offer({i, std::fabs(parts[i])});
  const auto kept = strongest.ranked();
  for (scored& one : kept) one.score = parts[one.index];
  return kept;
}

void write_recommender(bundle_writer w, const recommender_model& model, std::size_t records,
                       const std::filesystem::path& path) {
  bundle_writer section = w.stage(model.kind());
  model.save(section);
  bundle_summary summary;
  summary.library = version();
  summary.vector_width = machine_width();
  summary.records = records;
  summary.golden_source = "made up from the items";
  for (std::size_t i = 0; i < golden_count; ++i)
    summary.golden.push_back(answered(made_up(model.items(), mix(0, i)), model));
  w.write(path, summary);
}

void read_recommender(const std::filesystem::path& path,
                      function_ref<std::shared_ptr<const recommender_model>(bundle_reader&)> read) {
  try {
    bundle_reader file = bundle_reader::open(path);
    const auto model = read(file);
    const auto& golden = file.summary().golden;
    for (std::size_t i = 0; i < golden.size(); ++i) compare_golden(file, i, golden[i], answered(golden[i], *model));
  } catch (const error& e) {
    rethrow_from(path, e);
  }
}

void save_histories(bundle_writer& w, const sparse_rows& histories) { save_rows(w, "history", histories); }

sparse_rows saved_histories(const bundle_reader& r, std::size_t users, std::size_t items) {
  return load_rows(r, "history", users, items);
}

}  // namespace detail

}  // namespace bespoke
