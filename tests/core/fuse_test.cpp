// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"

#include <bespoke/core/save.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using namespace bespoke;

namespace {

struct Point {
  float x{};
  int n{};
  std::string name{};
};

const std::vector<Point> points{{1, 2, "a"}, {0, -3, "bb"}, {2.5f, 0, ""}};

std::vector<std::string> fitted_in_order;

/// x and its square, as a dense row; notes when it is fitted.
struct powers {
  std::string name{};
  struct fitted {
    static constexpr std::string_view kind = "powers/1";
    using output_type = dense_row;
    dense_row operator()(float x, scratch& s) const {
      auto out = s.take<float>(2);
      out[0] = x;
      out[1] = x * x;
      return {out};
    }
    std::size_t width() const { return 2; }
    std::string column_name(std::size_t c) const { return c == 0 ? "itself" : "square"; }
    void save(bundle_writer&) const {}
  };
  template <class Y>
  fitted fit(const blocks<float>&, const blocks<Y>&, const context&) const {
    fitted_in_order.push_back(name);
    return {};
  }
  template <class In, class Y>
  fitted load(bundle_reader&) const {
    return {};
  }
};

/// The length of a text as a column of its own, up to four; a sparse row that stores a zero too.
struct lengths {
  std::string name{};
  struct fitted {
    static constexpr std::string_view kind = "lengths/1";
    using output_type = sparse_row;
    sparse_row operator()(const std::string& t, scratch& s) const {
      auto columns = s.take<std::uint32_t>(2);
      auto values = s.take<float>(2);
      columns[0] = static_cast<std::uint32_t>(t.size());
      columns[1] = 3;
      values[0] = 1;
      values[1] = 0;
      return {columns, values, 4};
    }
    std::size_t width() const { return 4; }
    void save(bundle_writer&) const {}
  };
  template <class Y>
  fitted fit(const blocks<std::string>&, const blocks<Y>&, const context&) const {
    fitted_in_order.push_back(name);
    return {};
  }
  template <class In, class Y>
  fitted load(bundle_reader&) const {
    return {};
  }
};

template <class Rows>
std::vector<float> dense(const Rows& rows, std::size_t i) {
  std::vector<float> all(rows.width());
  for_each_value(rows[i], [&](std::size_t c, float v) { all[c] = v; });
  return all;
}

}  // namespace

TEST_CASE("dense branches give one dense row, numbers being rows of one") {
  const auto spec = fuse(field("x", &Point::x) | powers{}, field("n", &Point::n));
  const auto f = fit(spec, points);
  const auto rows = f(points);
  static_assert(std::is_same_v<decltype(rows), const dense_rows>);
  REQUIRE(rows.size() == 3);
  CHECK(rows.width() == 3);
  CHECK(dense(rows, 0) == std::vector<float>{1, 1, 2});
  CHECK(dense(rows, 1) == std::vector<float>{0, 0, -3});
  CHECK(dense(rows, 2) == std::vector<float>{2.5f, 6.25f, 0});
}

TEST_CASE("any sparse branch gives one sparse row, without its zeros") {
  const auto spec =
      fuse(field("x", &Point::x) | powers{}, field("name", &Point::name) | lengths{}, field("n", &Point::n));
  const auto rows = fit(spec, points)(points);
  static_assert(std::is_same_v<decltype(rows), const sparse_rows>);
  CHECK(rows.width() == 7);
  CHECK(dense(rows, 0) == std::vector<float>{1, 1, 0, 1, 0, 0, 2});
  CHECK(dense(rows, 1) == std::vector<float>{0, 0, 0, 0, 1, 0, -3});
  CHECK(dense(rows, 2) == std::vector<float>{2.5f, 6.25f, 1, 0, 0, 0, 0});
  const auto columns = rows[0].columns;
  CHECK(std::vector<std::uint32_t>(columns.begin(), columns.end()) == std::vector<std::uint32_t>{0, 1, 3, 6});
}

TEST_CASE("branches are fitted in the order they are written") {
  fitted_in_order.clear();
  const auto spec = fuse(field("x", &Point::x) | powers{"first"}, field("name", &Point::name) | lengths{"second"},
                         field("x", &Point::x) | powers{"third"});
  (void)fit(spec, points);
  CHECK(fitted_in_order == std::vector<std::string>{"first", "second", "third"});
  fitted_in_order.clear();
  (void)fit_rows(spec, points);
  CHECK(fitted_in_order == std::vector<std::string>{"first", "second", "third"});
}

TEST_CASE("columns are named by field and by the stage's own name") {
  const auto f = fit(
      fuse(field("x", &Point::x) | powers{}, field("n", &Point::n), field("name", &Point::name) | lengths{}), points);
  CHECK(f.stage().column_name(0) == "x: itself");
  CHECK(f.stage().column_name(1) == "x: square");
  CHECK(f.stage().column_name(2) == "n");
  CHECK(f.stage().column_name(3) == "name: column 0");
  CHECK(f.stage().column_name(6) == "name: column 3");
}

TEST_CASE("fit_rows gives what fit and then the function give, over many blocks") {
  std::vector<Point> many;
  for (int i = 0; i < 3000; ++i) many.push_back({float(i) / 7, i % 5, std::string(std::size_t(i % 3), 'a')});
  const auto spec =
      fuse(field("x", &Point::x) | powers{}, field("name", &Point::name) | lengths{}, field("n", &Point::n));
  for (const unsigned threads : {1u, 2u, 4u}) {
    const auto [function, rows] = fit_rows(spec, many, {.threads = threads});
    const auto again = fit(spec, many)(many);
    REQUIRE(rows.size() == many.size());
    CHECK(std::vector<float>(rows.values().begin(), rows.values().end()) ==
          std::vector<float>(again.values().begin(), again.values().end()));
    CHECK(std::vector<std::uint32_t>(rows.columns().begin(), rows.columns().end()) ==
          std::vector<std::uint32_t>(again.columns().begin(), again.columns().end()));
    CHECK(std::vector<std::uint64_t>(rows.offsets().begin(), rows.offsets().end()) ==
          std::vector<std::uint64_t>(again.offsets().begin(), again.offsets().end()));
    CHECK(function.stage().width() == rows.width());
  }
}

TEST_CASE("a fusion inside a fusion stands side by side with the rest") {
  const auto inner = fuse(field("n", &Point::n), field("x", &Point::x));
  const auto f = fit(fuse(inner, field("x", &Point::x) | powers{}), points);
  CHECK(dense(f(points), 0) == std::vector<float>{2, 1, 1, 1});
  CHECK(f.stage().column_name(0) == "n");
  CHECK(f.stage().column_name(3) == "x: square");
}
