// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/tree.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"
#include "stage_properties.hpp"

using namespace bespoke;
using namespace bespoke_test;

namespace {

constexpr float missing = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

// x0 <= 2 ? (x1 <= 5, missing left ? 10 : 20) : 30
grown_tree small_tree() {
  return {{{2, 0, 1, 2}, {5, 1 | tree_node::missing_bit, 3, 4}, {}, {}, {}}, {18, 12, 30, 10, 20}};
}

double sum_of(const trees& all, const std::vector<float>& row) {
  double sum = 0;
  all.add_up(dense_row{row}, {&sum, 1});
  return sum;
}

std::string bytes_of(const trees& all) {
  bundle_writer w;
  auto section = w.stage("trees/1");
  all.save(section);
  return w.bytes({});
}

trees read(const std::string& bytes) {
  auto r = bundle_reader::from_bytes(std::as_bytes(std::span(bytes)));
  return trees::load(r.stage("trees/1"));
}

// What a file may hold in place of the small tree.
struct stored {
  std::int64_t width = 2, outputs = 1, turns = 1;
  std::vector<std::uint32_t> columns{0, 1, 0, 0, 0}, left{1, 3, 0, 0, 0}, right{2, 4, 0, 0, 0}, roots{0, 5};
  std::vector<float> thresholds{2, 5, 0, 0, 0}, values{18, 12, 30, 10, 20};
  std::vector<std::uint8_t> missing_left{0, 1, 0, 0, 0};
  std::vector<double> base{0};
};

std::string problem_of(const stored& s) {
  bundle_writer w;
  auto section = w.stage("trees/1");
  section.put("width", s.width);
  section.put("outputs", s.outputs);
  section.put("turns", s.turns);
  const auto put = [&]<class T>(const char* name, const std::vector<T>& v) {
    section.put(name, std::span<const T>(v));
  };
  put("columns", s.columns);
  put("left", s.left);
  put("right", s.right);
  put("roots", s.roots);
  put("thresholds", s.thresholds);
  put("values", s.values);
  put("missing_left", s.missing_left);
  put("base", s.base);
  return message([&] { read(w.bytes({})); });
}

}  // namespace

TEST_CASE("trees: a row goes left up to the threshold, a missing value where the node says") {
  trees all(2, 1);
  all.append(small_tree());
  CHECK(sum_of(all, {2, 5}) == 10);
  CHECK(sum_of(all, {-infinity, 5.1f}) == 20);
  CHECK(sum_of(all, {2.1f, 0}) == 30);
  CHECK(sum_of(all, {missing, 0}) == 30);
  CHECK(sum_of(all, {0, missing}) == 10);
  CHECK(sum_of(all, {infinity, missing}) == 30);
  CHECK(all.leaves() == 3);
  CHECK(message([&] { sum_of(all, {1}); }) == "trees: expected a row of 2 columns, got 1");
}

TEST_CASE("trees: sums begin with the base, and trees take turns") {
  trees all(2, 1, 2, {100, 200});
  for (int i = 0; i < 3; ++i) all.append(small_tree());
  std::vector<double> sums(2);
  const std::vector<float> row{2, 5};
  all.add_up(dense_row{row}, sums);
  CHECK(sums == std::vector<double>{120, 210});
  all.keep(2);
  CHECK(all.size() == 2);
  all.add_up(dense_row{row}, sums);
  CHECK(sums == std::vector<double>{110, 210});
}

TEST_CASE("trees: contributions lead from the roots to the sum") {
  trees all(2, 1, 1, {7});
  all.append(small_tree());
  all.append(small_tree());
  const std::vector<float> row{2, 6};
  CHECK(all.contributions(dense_row{row}, 0) == std::vector<double>{-12, 16});
  CHECK(7 + 2 * 18 - 12 + 16 == sum_of(all, row));
}

TEST_CASE("trees: what does not fit together is refused") {
  CHECK_THAT(message([] { trees(2, 0); }), contains("one output and one turn"));
  CHECK_THAT(message([] { trees(std::size_t{1} << 31, 1); }), contains("fewer than 2^31 columns"));
  CHECK_THAT(message([] { trees(2, 1, 2, {1}); }), contains("a base of 2 numbers"));
  trees all(2, 2);
  CHECK_THAT(message([&] { all.append(small_tree()); }), contains("values do not fit"));
}

TEST_CASE("trees are read back as they were written") {
  trees all(2, 1, 1, {0.1});
  all.append(small_tree());
  all.append({{{}}, {3}});
  const trees again = read(bytes_of(all));
  CHECK(bytes_of(again) == bytes_of(all));
  for (const std::vector<float>& row : {std::vector<float>{1, 2}, {1, 9}, {3, 3}, {missing, missing}})
    CHECK(sum_of(again, row) == sum_of(all, row));
  CHECK(bytes_of(read(bytes_of(trees(5, 3)))) == bytes_of(trees(5, 3)));
}

TEST_CASE("trees: a file whose nodes would lead astray is refused") {
  CHECK(problem_of({}) == "");
  const auto expect = [](auto change, const char* words) {
    stored s;
    change(s);
    CHECK_THAT(problem_of(s), contains(words));
  };
  expect([](stored& s) { s.left[1] = 0, s.right[1] = 4; }, "children of node 1");
  expect([](stored& s) { s.left[1] = 1; }, "children of node 1");      // itself
  expect([](stored& s) { s.right[2] = 1, s.left[2] = 4; }, "node 2");  // back to a node before
  expect([](stored& s) { s.right[1] = 3; }, "children of node 1");     // the same one twice
  expect([](stored& s) { s.right[1] = 5; }, "children of node 1");     // outside
  expect([](stored& s) { s.right[1] = 4000000000u; }, "children of node 1");
  expect([](stored& s) { s.columns[0] = 2; }, "asks for column 2 of 2");
  expect([](stored& s) { s.columns[0] = tree_node::missing_bit; }, "node 0 is malformed");
  expect([](stored& s) { s.missing_left[0] = 7; }, "node 0 is malformed");
  expect([](stored& s) { s.thresholds[1] = missing; }, "threshold of node 1");
  expect([](stored& s) { s.values[4] = infinity; }, "not finite");
  expect([](stored& s) { s.base[0] = missing; }, "not finite");
  expect([](stored& s) { s.roots = {0, 3, 5}; }, "children of node 1");  // a child in the next tree
  expect([](stored& s) { s.roots = {0, 5, 5}; }, "tree 1 has no node");
  expect([](stored& s) { s.roots = {0, 4}; }, "roots do not fit");
  expect([](stored& s) { s.roots = {1, 5}; }, "roots do not fit");
  expect([](stored& s) { s.roots = {}; }, "roots do not fit");
  expect([](stored& s) { s.left.pop_back(); }, "left");
  expect([](stored& s) { s.values.pop_back(); }, "values");
  expect([](stored& s) { s.outputs = 0; }, "outputs is 0");
  expect([](stored& s) { s.outputs = std::int64_t{1} << 40; }, "outputs is");
  expect([](stored& s) { s.turns = -1; }, "turns is -1");
  expect([](stored& s) { s.width = std::int64_t{1} << 31; }, "width is");
}

TEST_CASE("trees: a file with a flipped bit or a cut end never leads astray") {
  trees all(2, 1);
  all.append(small_tree());
  const std::string good = bytes_of(all);
  std::size_t refused = 0;
  for (std::size_t i = 0; i < good.size(); ++i)
    for (const int bit : {0, 3, 7}) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
      try {
        const trees t = read(bad);
        std::vector<float> row(t.width() <= 1000 ? t.width() : 0);
        std::vector<double> sums(t.sums());
        if (row.size() == t.width()) t.add_up(dense_row{row}, sums);
      } catch (const error& e) {
        CHECK((e.code() == errc::bad_bundle || e.code() == errc::bundle_mismatch));
        ++refused;
      }
    }
  CHECK(refused > 100);
  for (std::size_t n = 0; n < good.size(); n += 7) CHECK(message([&] { read(good.substr(0, n)); }) != "");
}
