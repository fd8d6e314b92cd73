// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/row_search.hpp>

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

namespace bespoke {

namespace {

constexpr std::size_t few_numbers = std::size_t{1} << 17;
constexpr std::string_view names[] = {"automatic", "exact", "quantized", "approximate"};

}  // namespace

row_search::row_search(const dot_rows& rows, retrieval how, const context& ctx) : how_(how) {
  const bool large = rows.width() > 0 && rows.size() >= few_numbers / rows.width();
  if (how == retrieval::approximate) by_.emplace<row_graph>(rows, row_graph_options{}, ctx);
  else if (how == retrieval::quantized || (how == retrieval::automatic && large)) by_.emplace<quantized_rows>(rows);
}

std::span<scored> row_search::top_k(const dot_rows& rows, std::span<const float> query, std::span<scored> room,
                                    function_ref<bool(std::size_t)> filter) const {
  if (const auto* const small = std::get_if<quantized_rows>(&by_)) return small->top_k(rows, query, room, filter);
  if (const auto* const graph = std::get_if<row_graph>(&by_)) return graph->top_k(rows, query, room, filter);
  return rows.top_k(query, room, filter);
}

void row_search::save(bundle_writer& w) const {
  w.put("retrieval", names[static_cast<std::size_t>(how_)]);
  if (const auto* const graph = std::get_if<row_graph>(&by_)) graph->save(w);
}

row_search row_search::load(const bundle_reader& r, const dot_rows& rows) {
  const std::string name = r.text("retrieval");
  const auto at = std::find(std::begin(names), std::end(names), name);
  if (at == std::end(names)) r.reject("there is no retrieval \"" + name + "\"");
  const auto how = static_cast<retrieval>(at - std::begin(names));
  if (how != retrieval::approximate) return row_search(rows, how, context({.threads = 1}));
  row_search found;
  found.how_ = how;
  found.by_ = row_graph::load(r, rows);
  return found;
}

}  // namespace bespoke
