// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the tests of all stages ask of a stage: its file, its answers after loading, its messages.

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/error.hpp>
#include <bespoke/core/stage.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace bespoke_test {

/// A bundle with this one stage.
template <class F>
std::string saved(const F& fitted) {
  bespoke::bundle_writer w;
  auto section = w.stage(F::kind);
  fitted.save(section);
  return w.bytes({});
}

/// The stage of such a bundle.
template <class In, class Y = bespoke::none, class S>
auto loaded(const S& spec, const std::string& bytes) {
  using fitted = bespoke::fitted_t<S, In, Y>;
  auto r = bespoke::bundle_reader::from_bytes(std::as_bytes(std::span(bytes)));
  auto section = r.stage(fitted::kind);
  auto f = spec.template load<In, Y>(section);
  r.finish();
  return f;
}

/// The message of the error that `f` throws; empty if it throws none.
template <class F>
std::string message(F&& f) {
  try {
    f();
  } catch (const bespoke::error& e) {
    return e.what();
  }
  return {};
}

/// Targets of nothing, for stages that learn without.
inline bespoke::blocks<bespoke::none> no_targets(std::size_t n) { return bespoke::own(std::vector<bespoke::none>(n)); }

/// A row's numbers, column by column.
inline std::vector<float> numbers(const bespoke::dense_row& r) { return {r.values.begin(), r.values.end()}; }
inline std::vector<float> numbers(const bespoke::sparse_row& r) {
  std::vector<float> all(r.width());
  bespoke::for_each_value(r, [&](std::size_t c, float v) { all[c] = v; });
  return all;
}

/// The numbers a stage gives for one value.
template <class F, class In>
std::vector<float> row_of(const F& fitted, const In& x) {
  bespoke::scratch& s = bespoke::scratch::local();
  const bespoke::scratch::frame frame(s);
  return numbers(bespoke::apply(fitted, x, s));
}

/// Rows from nested lists; a sparse matrix leaves zeros out.
inline bespoke::dense_rows dense(const std::vector<std::vector<float>>& table) {
  bespoke::dense_rows rows(table.size(), table.empty() ? 0 : table[0].size());
  for (std::size_t i = 0; i < table.size(); ++i) std::copy(table[i].begin(), table[i].end(), rows.writable(i).begin());
  return rows;
}
inline bespoke::sparse_rows sparse(const std::vector<std::vector<float>>& table) {
  bespoke::sparse_rows rows(table.empty() ? 0 : table[0].size());
  for (const auto& values : table) {
    std::vector<std::uint32_t> columns;
    std::vector<float> kept;
    for (std::size_t c = 0; c < values.size(); ++c)
      if (values[c] != 0) columns.push_back(static_cast<std::uint32_t>(c)), kept.push_back(values[c]);
    rows.append({columns, kept, values.size()});
  }
  return rows;
}

/// The same as blocks that own their rows.
inline auto dense_blocks(const std::vector<std::vector<float>>& table) {
  return bespoke::rows_as_blocks(std::make_shared<const bespoke::dense_rows>(dense(table)));
}
inline auto sparse_blocks(const std::vector<std::vector<float>>& table) {
  return bespoke::rows_as_blocks(std::make_shared<const bespoke::sparse_rows>(sparse(table)));
}

}  // namespace bespoke_test
