// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/fit.hpp>
#include <bespoke/infer/live.hpp>
#include <bespoke/infer/rerank.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "oracle.hpp"
#include "table_recommender.hpp"

using namespace bespoke;
using bespoke_test::contains;
using bespoke_test::oracle;
using bespoke_test::table_recommender;

namespace {

using list = infer::recommendations<int>;

constexpr float no_number = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();

std::vector<int> items(const list& some) {
  std::vector<int> all;
  for (const auto& one : some) all.push_back(one.item);
  return all;
}

using ids = std::vector<int>;

// Items 0, 1, …, each with a score of one less than the one before.
list falling(int n) {
  list all;
  for (int i = 0; i < n; ++i) all.push_back({i, static_cast<float>(-i)});
  return all;
}

recommender<int, int> falling_recommender(int n, std::uint32_t known) {
  std::vector<float> scores;
  for (const auto& one : falling(n)) scores.push_back(one.score);
  return table_recommender(std::move(scores), known);
}

const auto odd = [](int i) { return i % 2 == 1; };

}  // namespace

TEST_CASE("rules put a list in order") {
  CHECK(items(infer::exclude(odd)(falling(5))) == ids{0, 2, 4});
  CHECK(items(infer::bury(odd)(falling(5))) == ids{0, 2, 4, 1, 3});
  CHECK(items(infer::first(3)(falling(5))) == ids{0, 1, 2});
  CHECK(items(infer::first(9)(falling(5))) == ids{0, 1, 2, 3, 4});
  CHECK(items(infer::limit_per([](int i) { return i / 3; }, 2)(falling(7))) == ids{0, 1, 3, 4, 6});
  CHECK(infer::limit_per([](int) { return 0; }, 0)(falling(7)).empty());
  CHECK(infer::pin(ids{3, 9, 3, 0})(falling(5)) == list{{3, -3}, {9, 0}, {0, 0}, {1, -1}, {2, -2}, {4, -4}});
  CHECK(infer::pin(ids{3})(list{}) == list{{3, 0}});
  const auto boosted = infer::boost([](int i) { return i == 3 ? 2.5 : 0; })(falling(5));
  CHECK(boosted == list{{0, 0}, {3, -0.5f}, {1, -1}, {2, -2}, {4, -4}});
}

TEST_CASE("a boost keeps equal scores in order, and puts what is no number last") {
  const list mixed{{4, 1}, {7, no_number}, {2, 3}, {9, 1}, {1, no_number}, {0, 1}, {5, infinity}};
  CHECK(items(infer::boost([](int) { return 1; })(mixed)) == ids{5, 2, 4, 9, 0, 7, 1});
}

TEST_CASE("rules in a row are a rule, and behind a recommender a function of the user") {
  const auto movies = falling_recommender(30, 2);
  const auto rules = infer::exclude(odd) | infer::limit_per([](int i) { return i / 10; }, 2) | infer::first(5);
  const auto page = infer::answers(movies, 25) | rules | infer::pin(ids{7}) |
                    infer::rerank([](list some) { return some.pop_back(), some; });
  CHECK(items(page(1)) == ids{7, 0, 4, 10, 12});
  CHECK(items(page(99)) == ids{7, 0, 2, 10, 12});
  const auto shown = infer::answers(movies, 3, [](int i) { return i != 1; }, known_items::shown) | infer::first(9);
  CHECK(items(shown(1)) == ids{0, 2, 3});
  const auto limited = infer::answers(movies, 4, at_most(1, [](int i) { return i / 10; })) | infer::first(9);
  CHECK(items(limited(1)) == ids{0, 10, 20});
}

TEST_CASE("rules stand behind the host's own function, in a live function, and in a chain") {
  struct request {
    int user{};
    std::string shop{};
  };
  const auto movies = falling_recommender(30, 2);
  const auto page = [movies](const request& r) {
    return movies.recommend(r.user, 10, [&](int i) { return r.shop == "all" || i % 3 == 0; });
  } | infer::first(3);
  CHECK(items(page({1, "all"})) == ids{0, 1, 3});
  CHECK(items(page({1, "few"})) == ids{0, 3, 6});

  const infer::live desk{model<request, list>(page)};
  std::vector<std::thread> readers;
  std::vector<ids> read(4);
  for (auto& one : read) readers.emplace_back([&] { one = items(desk({1, "few"})); });
  for (auto& one : readers) one.join();
  for (const auto& one : read) CHECK(one == ids{0, 3, 6});
  infer::live by_user{infer::answers(movies, 2)};
  CHECK(items(by_user(1)) == ids{0, 1});

  const std::vector<request> asked{{1, "all"}, {1, "few"}};
  const auto chain =
      fit(map("page/1", page) | map("size/1", [](const list& some) { return static_cast<float>(some.size()); }), asked);
  CHECK(chain(request{1, "few"}) == 3);
}

TEST_CASE("MMR chooses what its definition chooses") {
  for (const auto& c : oracle("infer/mmr")["cases"]) {
    const auto scores = c["scores"].get<std::vector<float>>();
    const auto table = c["rows"].get<std::vector<std::vector<float>>>();
    dense_rows rows(table.size(), table[0].size());
    for (std::size_t i = 0; i < table.size(); ++i)
      std::copy(table[i].begin(), table[i].end(), rows.writable(i).begin());
    const auto from = table_recommender(scores, 1000);
    const infer::mmr_options options{.k = c["k"], .trade_off = c["trade_off"], .scaled = c["scaled"]};
    const auto page = infer::answers(from, scores.size()) | infer::mmr(from, options, cosine_of(rows));
    CHECK(items(page(1)) == c["order"].get<ids>());
  }
}

TEST_CASE("MMR by the model's own likeness, and of nothing") {
  const auto movies = falling_recommender(100, 1000);  // alike: both odd or both even
  const auto few = infer::answers(movies, 100, [](int i) { return i % 2 == 0 || i == 51 || i == 61; });
  CHECK(items((few | infer::mmr(movies, {.k = 4, .trade_off = 0.5}))(1)) == ids{0, 51, 2, 4});
  CHECK(items((few | infer::mmr(movies, {.k = 4, .trade_off = 1}))(1)) == ids{0, 2, 4, 6});
  const auto spread = infer::rerank([](const list&) { return list{{0, 9}, {10, 8}, {1, 1}}; }) |
                      infer::mmr(movies, {.k = 9, .trade_off = 0.5});
  CHECK(items(spread(list{})) == ids{0, 1, 10});
  CHECK(infer::mmr(movies)(list{}).empty());
  CHECK(infer::mmr(movies, {.k = 0})(falling(3)).empty());
}

TEST_CASE("MMR of equal scores, of no numbers, and of items that nobody knows") {
  const auto movies = falling_recommender(100, 1000);
  const auto by = [&](list some, bool scaled = true) {
    return items(infer::mmr(movies, {.k = 9, .trade_off = 0.5, .scaled = scaled})(std::move(some)));
  };
  CHECK(by({{5, 1}, {15, 1}, {6, 1}, {16, 1}}) == ids{5, 6, 15, 16});
  CHECK(by({{5, no_number}, {15, no_number}, {6, no_number}}) == ids{5, 6, 15});
  CHECK(by({{5, no_number}, {1, 2}, {2, 3}}) == ids{2, 5, 1});
  CHECK(by({{5, -infinity}, {1, 2}, {2, infinity}}) == ids{2, 1, 5});
  CHECK(by({{5, -infinity}, {1, 2}, {2, infinity}}, false) == ids{2, 1, 5});
  CHECK(by({{-3, 5}, {-4, 5}, {5, 5}, {15, 5}}) == ids{-3, -4, 5, 15});
  const auto no_likeness = [](std::uint32_t, std::span<const std::uint32_t>, std::span<float> out, scratch&) {
    std::fill(out.begin(), out.end(), no_number);
  };
  CHECK(items(infer::mmr(movies, {.k = 3}, no_likeness)(falling(4))) == ids{0, 1, 2});
}

TEST_CASE("MMR refuses a trade-off that is none") {
  const auto movies = falling_recommender(3, 0);
  for (const double wrong : {-0.1, 1.1, static_cast<double>(no_number)})
    CHECK_THROWS_WITH(infer::mmr(movies, {.trade_off = wrong}), contains("0 to 1"));
}

TEST_CASE("rules of text ids view what they came from") {
  interaction_table<int, std::string> seen;
  seen.users.add(1);
  for (const char* name : {"alien", "brazil", "casino"}) seen.items.add(name);
  seen.matrix.by_user = sparse_rows(3);
  seen.matrix.by_user.append({{}, {}, 3});
  const recommender<int, std::string> films(
      seen, std::make_shared<const bespoke_test::table_model>(std::vector<std::vector<float>>{{3, 2, 1}}));
  const auto page = infer::answers(films, 3) | infer::mmr(films, {.k = 3}) |
                    infer::limit_per([](std::string_view name) { return name.size(); }, 1) |
                    infer::pin(std::vector<std::string>{"dune"});
  const auto some = page(1);
  REQUIRE(some.size() == 3);
  CHECK(some[0].item == "dune");
  CHECK(some[1].item == "alien");
  CHECK(some[2].item == "brazil");
}
