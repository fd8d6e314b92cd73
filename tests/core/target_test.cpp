// SPDX-License-Identifier: Apache-2.0
#include <bespoke/bespoke.hpp>
#include <bespoke/core/held.hpp>
#include <bespoke/core/target.hpp>

#include <string>
#include <vector>

#include "catch.hpp"
#include "stage_properties.hpp"

using namespace bespoke;
using bespoke_test::message;

namespace {

struct ticket {
  std::string body{};
  float importance{};
  std::string queue{};
};

const std::vector<ticket> tickets{
    {"my card was stolen", 1, "card"},       {"a stolen card", 2, "card"}, {"late transfer", 0, "transfer"},
    {"transfer to a friend", 3, "transfer"}, {"card transfer", 1, "card"},
};

auto spec() { return field("body", &ticket::body) | features::tfidf{} | train::linear_svm{.tolerance = 1e-12}; }

std::vector<ticket> tickets_repeated() {
  std::vector<ticket> all;
  for (const ticket& t : tickets) all.insert(all.end(), static_cast<std::size_t>(t.importance), t);
  return all;
}

class_targets<std::string> targets(const std::vector<weighted<std::string>>& y, bool balanced) {
  return class_targets<std::string>::of(own(y), balanced, context());
}

}  // namespace

TEST_CASE("a weight of two counts as the record twice, of none as no record") {
  const auto features = fit(field("body", &ticket::body) | features::tfidf{}, tickets);
  const train::linear_svm svm{.tolerance = 1e-10, .max_iterations = 100'000};
  std::vector<weighted<std::string>> y;
  std::vector<std::string> y_repeated;
  for (const ticket& t : tickets) y.push_back({t.queue, t.importance});
  for (const ticket& t : tickets_repeated()) y_repeated.push_back(t.queue);
  const auto rows = [&](const std::vector<ticket>& of) {
    return rows_as_blocks(std::make_shared<const sparse_rows>(features(of)));
  };
  const auto a = svm.fit(rows(tickets), own(y), context());
  const auto b = svm.fit(rows(tickets_repeated()), own(y_repeated), context());
  REQUIRE(a.converged());
  for (std::size_t c = 0; c < a.width(); ++c)
    CHECK(a.linear().weights()[c] == Approx(b.linear().weights()[c]).margin(1e-5));
}

TEST_CASE("a chain learns from weighted targets, and its file loads by the plain target") {
  const auto f = fit(spec(), tickets, with_weight(&ticket::queue, &ticket::importance));
  const auto path = std::filesystem::temp_directory_path() / "bespoke_weighted.safetensors";
  save(f, path);
  const auto g = load(spec(), path, &ticket::queue);
  std::filesystem::remove(path);
  for (const ticket& t : tickets) CHECK(f(t) == g(t));
  CHECK(f.summary().training_digest != fit(spec(), tickets, &ticket::queue).summary().training_digest);
}

TEST_CASE("balanced weights give every label the same sum") {
  const auto t = targets({{"a", 1}, {"a", 1}, {"a", 1}, {"b", 1}}, true);
  CHECK(t.weights == std::vector<float>{4.0f / 6, 4.0f / 6, 4.0f / 6, 2});
  CHECK(targets({{"a", 1}, {"b", 3}}, false).weights == std::vector<float>{1, 3});
}

TEST_CASE("bad weights and targets say which") {
  CHECK(message([] { targets({{"a", 1}, {"b", -1}}, false); }).find("a weight of 0 or more") != std::string::npos);
  CHECK(message([] { targets({{"a", NAN}}, false); }).find("record 0") != std::string::npos);
  CHECK(message([] { targets({{"a", 0}, {"b", 0}}, false); }).find("no record has a weight above 0") !=
        std::string::npos);
  CHECK(message([] { number_targets::of(own(std::vector<double>{1, INFINITY}), context()); }).find("record 1") !=
        std::string::npos);
  CHECK(message([] { number_targets::of(own(std::vector<double>{}), context()); }).find("no targets") !=
        std::string::npos);
}

TEST_CASE("the scores of a function are a decision for every label") {
  const auto f = fit(spec(), tickets, &ticket::queue);
  for (const ticket& t : tickets) {
    const auto all = f.scores(t);
    REQUIRE(all.size() == 2);
    CHECK(all[0].label() == "card");
    CHECK(all[1].label() == "transfer");
    CHECK(all[0].score() == -all[1].score());
    CHECK(all[f(t).index()] == f(t));
  }
}

TEST_CASE("parts of held values") {
  const context ctx;
  std::vector<std::vector<float>> table;
  for (int i = 0; i < 3000; ++i) table.push_back({static_cast<float>(i), 1});
  const held<dense_row> rows(bespoke_test::dense_blocks(table), ctx);
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < 2000; ++i) chosen.push_back((i * 7) % 3000);
  const dense_rows part = collect(rows.part(chosen), ctx);
  REQUIRE(part.size() == 2000);
  for (std::size_t i = 0; i < 2000; ++i) CHECK(part[i][0] == static_cast<float>(chosen[i]));

  const held<ticket> borrowed{std::span<const ticket>(tickets)};
  std::vector<std::string> seen;
  borrowed.part({3, 0, 0}).for_each(ctx, [&](const block<ticket>& b) {
    for (const ticket& t : b) seen.push_back(t.body);
  });
  CHECK(seen == std::vector<std::string>{"transfer to a friend", "my card was stolen", "my card was stolen"});

  const held<bool> flags(values_of(own(std::vector<weighted<bool>>{{true, 1}, {false, 1}})), ctx);
  CHECK(flags.all().size() == 2);
}
