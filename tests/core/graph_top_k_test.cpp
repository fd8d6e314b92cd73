// SPDX-License-Identifier: Apache-2.0
#include "../../src/core/graph_top_k.hpp"

#include <bespoke/core/graph_top_k.hpp>
#include <bespoke/core/random.hpp>

#include <cmath>
#include <functional>
#include <limits>
#include <stop_token>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace bespoke;
using bespoke_test::contains;

namespace {

constexpr float no_number = std::numeric_limits<float>::quiet_NaN();

// Factors as learned ones are: the first numbers tell rows apart most.
dense_rows factors(std::size_t rows, std::size_t width, std::uint64_t seed) {
  random_numbers random(seed);
  dense_rows all(rows, width);
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t k = 0; k < width; ++k)
      all.writable(i)[k] = static_cast<float>((random.unit() + random.unit() + random.unit() - 1.5) /
                                              std::sqrt(1 + static_cast<double>(k) / 4));
  return all;
}

std::string bytes(const row_graph& g) {
  bundle_writer w;
  auto section = w.stage("graph/1");
  g.save(section);
  return w.bytes({});
}

row_graph from_bytes(const std::string& file, const dot_rows& rows) {
  auto r = bundle_reader::from_bytes(std::as_bytes(std::span(file)));
  return row_graph::load(r.stage("graph/1"), rows);
}

std::vector<scored> best(const row_graph& g, const dot_rows& rows, std::span<const float> query, std::size_t k,
                         function_ref<bool(std::size_t)> filter = any_index{}) {
  std::vector<scored> room(k);
  room.resize(g.top_k(rows, query, room, filter).size());
  return room;
}

std::vector<scored> exactly(const dot_rows& rows, std::span<const float> query, std::size_t k,
                            function_ref<bool(std::size_t)> filter = any_index{}) {
  std::vector<scored> room(k);
  room.resize(rows.top_k(query, room, filter).size());
  return room;
}

double shared(const std::vector<scored>& some, const std::vector<scored>& others) {
  double n = 0;
  for (const scored& one : some) n += static_cast<double>(std::count(others.begin(), others.end(), one));
  return n / static_cast<double>(others.size());
}

struct planted {
  explicit planted(std::size_t n = 5000)
      : rows(factors(n, 32, 1)), queries(factors(100, 32, 2)), graph(rows, {}, context({.threads = 1})) {}
  double recall(std::size_t k, function_ref<bool(std::size_t)> filter = any_index{}) const {
    double sum = 0;
    for (std::size_t q = 0; q < queries.size(); ++q)
      sum += shared(best(graph, rows, queries[q].values, k, filter), exactly(rows, queries[q].values, k, filter));
    return sum / static_cast<double>(queries.size());
  }

  dot_rows rows;
  dense_rows queries;
  row_graph graph;
};

}  // namespace

TEST_CASE("row_graph: products of rows are the same by all instruction sets") {
  const auto rows = factors(2, 160, 3);
  for (const auto dot : {graph::portable_dot(), graph::avx2_dot(), graph::best_dot()})
    for (std::size_t width = 0; width <= 160; width += 16)
      if (dot != nullptr)
        CHECK(dot(rows[0].values.data(), rows[1].values.data(), width) ==
              Approx(bespoke::dot(dense_row{rows[0].values.first(width)}, rows[1].values)).margin(1e-5));
}

TEST_CASE("row_graph: finds nearly all of the best") {
  const planted p;
  CHECK(p.recall(10) >= 0.95);
  CHECK(p.recall(1) >= 0.95);
  CHECK(p.recall(200) >= 0.95);
}

TEST_CASE("row_graph: scores are exact, and the order is that of scores") {
  const planted p;
  for (std::size_t q = 0; q < 20; ++q) {
    const auto query = p.queries[q].values;
    const auto some = best(p.graph, p.rows, query, 20);
    REQUIRE(some.size() == 20);
    CHECK(std::is_sorted(some.begin(), some.end(), ranks_before));
    for (const scored& one : some) CHECK(one.score == p.rows.score(query, one.index));
    CHECK(some == best(p.graph, p.rows, query, 20));
  }
}

TEST_CASE("row_graph: a filter that lets little through, or nothing") {
  const planted p;
  CHECK(p.recall(10, [](std::size_t i) { return i % 10 == 3; }) >= 0.95);
  CHECK(p.recall(10, [](std::size_t i) { return i % 400 == 7; }) == 1);  // so few that all rows are looked at
  const auto query = p.queries[0].values;
  CHECK(best(p.graph, p.rows, query, 5, [](std::size_t) { return false; }).empty());
  CHECK(best(p.graph, p.rows, query, 5, [](std::size_t i) { return i == 77 || i == 99; }).size() == 2);
  CHECK(best(p.graph, p.rows, query, 6000) == exactly(p.rows, query, 6000));
  CHECK(best(p.graph, p.rows, query, 0).empty());
}

TEST_CASE("row_graph: biases are part of scores") {
  std::vector<float> biases(5000);
  for (std::size_t i = 0; i < biases.size(); ++i) biases[i] = static_cast<float>(i % 17) / 17;
  const dot_rows rows(factors(5000, 32, 1), biases);
  const row_graph g(rows, {}, context());
  const auto queries = factors(50, 32, 2);
  double sum = 0;
  for (std::size_t q = 0; q < 50; ++q)
    sum += shared(best(g, rows, queries[q].values, 10), exactly(rows, queries[q].values, 10));
  CHECK(sum / 50 >= 0.95);
}

TEST_CASE("row_graph: few rows, rows of zeros, all rows the same, queries that are no numbers") {
  const std::vector<float> ones(8, 1), none(8, no_number);
  for (const std::size_t n : {0u, 1u, 2u, 50u, 3000u}) {
    dense_rows same(n, 8);
    const dot_rows zeros(same);
    CHECK(best(row_graph(zeros, {}, context()), zeros, ones, 5).size() == std::min<std::size_t>(n, 5));
    for (std::size_t i = 0; i < n; ++i) std::copy(ones.begin(), ones.end(), same.writable(i).begin());
    const dot_rows equal(same);
    const row_graph g(equal, {}, context());
    CHECK(best(g, equal, ones, 5).size() == std::min<std::size_t>(n, 5));
    CHECK(best(g, equal, none, 5).size() == std::min<std::size_t>(n, 5));
  }
  const dot_rows empty;
  CHECK(best(row_graph(), empty, {}, 5).empty());
}

TEST_CASE("row_graph: the same bytes for any number of threads, and after it was saved") {
  const dot_rows rows(factors(3000, 20, 4));
  const std::string one = bytes(row_graph(rows, {}, context({.threads = 1})));
  for (const unsigned threads : {2u, 4u}) CHECK(bytes(row_graph(rows, {}, context({.threads = threads}))) == one);
  const row_graph g(rows, {.links = 8, .build_width = 30, .search_width = 50}, context());
  const row_graph again = from_bytes(bytes(g), rows);
  CHECK(bytes(again) == bytes(g));
  CHECK(again.options().links == 8);
  const auto queries = factors(20, 20, 5);
  for (std::size_t q = 0; q < 20; ++q)
    CHECK(best(again, rows, queries[q].values, 10) == best(g, rows, queries[q].values, 10));
}

TEST_CASE("row_graph: damaged files are refused") {
  const dot_rows rows(factors(200, 4, 4));
  const row_graph g(rows, {.links = 2}, context());
  const auto near = std::vector<std::uint32_t>(800), far = std::vector<std::uint32_t>(2);
  auto levels = std::vector<std::uint8_t>(200);
  levels[0] = 1;
  const auto written = [&](const std::function<void(bundle_writer&)>& damage, const char* damaged) {
    const std::string name = damaged;
    bundle_writer w;
    auto section = w.stage("graph/1");
    damage(section);
    if (name != "graph_near") section.put("graph_near", std::span<const std::uint32_t>(near));
    if (name != "graph_far") section.put("graph_far", std::span<const std::uint32_t>(far));
    if (name != "graph_levels") section.put("graph_levels", std::span<const std::uint8_t>(levels));
    for (const char* number : {"graph_entry", "graph_links", "graph_build_width", "graph_search_width"})
      if (name != number) section.put(number, name == "graph_entry" || std::string(number) != "graph_entry" ? 2 : 0);
    return w.bytes({});
  };
  CHECK_NOTHROW(from_bytes(written([](bundle_writer&) {}, ""), rows));
  const auto refused = [&](const char* name, const auto& value) {
    const std::string file = written([&](bundle_writer& w) { w.put(name, value); }, name);
    CHECK_THROWS_AS(from_bytes(file, rows), error);
  };
  const auto with = [](auto all, std::size_t at, auto value) { return all[at] = value, all; };
  const auto tensor = [](const auto& all) { return std::span(all.data(), all.size()); };
  for (const std::uint32_t nowhere : {200u, 0xffffffffu}) {
    const auto a = with(near, 799, nowhere), b = with(far, 1, nowhere);
    refused("graph_near", std::span<const std::uint32_t>(tensor(a)));
    refused("graph_far", std::span<const std::uint32_t>(tensor(b)));
  }
  const auto below = with(far, 0, 5u);  // has no upper level
  refused("graph_far", std::span<const std::uint32_t>(below));
  refused("graph_near", std::span<const std::uint32_t>(near).first(796));
  refused("graph_far", std::span<const std::uint32_t>(far).first(1));
  const auto more = with(levels, 3, std::uint8_t{255});
  refused("graph_levels", std::span<const std::uint8_t>(more));
  refused("graph_levels", std::span<const std::uint8_t>(levels).first(199));
  for (const int wrong : {-1, 200}) refused("graph_entry", wrong);
  for (const int wrong : {-1, 0, 65}) refused("graph_links", wrong);
  for (const int wrong : {-1, 0}) refused("graph_search_width", wrong);
}

TEST_CASE("row_graph: what cannot be is refused, and building can be stopped") {
  auto some = factors(50, 4, 1);
  const dot_rows rows(some);
  for (const row_graph_options& wrong :
       {row_graph_options{.links = 1}, {.links = 65}, {.build_width = 0}, {.search_width = 0}})
    CHECK_THROWS_AS(row_graph(rows, wrong, context()), error);
  some.writable(7)[2] = no_number;
  CHECK_THROWS_WITH(row_graph(dot_rows(some), {}, context()), contains("row 7"));
  some.writable(7)[2] = std::numeric_limits<float>::infinity();
  CHECK_THROWS_WITH(row_graph(dot_rows(some), {}, context()), contains("row 7"));
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(row_graph(rows, {}, context({.stop = stop.get_token()})), error);
  const row_graph g(rows, {}, context());
  CHECK_THROWS_WITH(best(g, dot_rows(factors(51, 4, 1)), some[0].values, 3), contains("50 rows"));
  CHECK_THROWS_AS(best(g, dot_rows(factors(50, 40, 1)), factors(1, 40, 1)[0].values, 3), error);
}
