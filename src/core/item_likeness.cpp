// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/item_likeness.hpp>

#include <cmath>
#include <cstddef>
#include <utility>

namespace bespoke {

namespace {

double product(const dense_row& a, const dense_row& b) { return dot(a, b.values); }

double product(const sparse_row& a, const sparse_row& b) {
  double sum = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a.columns[i] == b.columns[j]) sum += static_cast<double>(a.values[i]) * static_cast<double>(b.values[j]);
    const bool forward = a.columns[i] <= b.columns[j], both = a.columns[i] >= b.columns[j];
    i += forward, j += both;
  }
  return sum;
}

template <class Row>
float cosine_between(const Row& a, const Row& b) {
  const double lengths = std::sqrt(squared_norm(a) * squared_norm(b));
  return lengths > 0 ? static_cast<float>(product(a, b) / lengths) : 0.0f;
}

template <class Rows>
item_likeness cosines(const Rows& items) {
  return [&items](std::uint32_t item, std::span<const std::uint32_t> others, std::span<float> out, scratch&) {
    const auto row = items[item];
    for (std::size_t i = 0; i < others.size(); ++i) out[i] = cosine_between(row, items[others[i]]);
  };
}

}  // namespace

float cosine(const sparse_row& a, const sparse_row& b) { return cosine_between(a, b); }

item_likeness cosine_of(const dense_rows& items) { return cosines(items); }
item_likeness cosine_of(const sparse_rows& items) { return cosines(items); }

item_likeness likeness_of(std::shared_ptr<const recommender_model> model) {
  return [model = std::move(model)](std::uint32_t item, std::span<const std::uint32_t> others, std::span<float> out,
                                    scratch& s) {
    const scratch::frame temporaries(s);
    const auto all = s.take<float>(model->items());
    model->likeness(item, all, s);
    for (std::size_t i = 0; i < others.size(); ++i) out[i] = all[others[i]];
  };
}

}  // namespace bespoke
