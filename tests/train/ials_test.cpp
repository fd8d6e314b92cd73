// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/ials.hpp>

#include <limits>
#include <stop_token>

#include "history_models.hpp"
#include "oracle.hpp"

using namespace bespoke;
using namespace bespoke_test;

namespace {

constexpr float no_number = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();

train::ials spec_from(const nlohmann::json& s) {
  return {.factors = s["factors"],
          .iterations = s["iterations"],
          .unobserved_weight = s["unobserved_weight"],
          .regularization = s["regularization"],
          .reg_exponent = s["reg_exponent"],
          .alpha = s["alpha"],
          .only_unobserved = s["only_unobserved"],
          .by_value = s["by_value"],
          .stddev = s["stddev"],
          .cg_steps = s["cg_steps"],
          .block = s["block"]};
}

double most_apart(std::span<const float> a, std::span<const float> b) {
  double most = a.size() == b.size() ? 0 : infinity;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    most = std::max(most, std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  return most;
}

double objective(const train::ials& spec, const interaction_matrix& seen) {
  return model_from(spec, seen)->objective(seen, context());
}

bool all_finite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

const train::ials exact{.factors = 12, .iterations = 4, .alpha = 0.5, .block = 12};

}  // namespace

TEST_CASE("iALS: objectives and scores are those of the formulas in double, and implicit's") {
  double objectives = 0, scores_apart = 0;
  for (const auto& c : oracle("train/ials")) {
    INFO(c["name"]);
    const auto seen = matrix_from(c["ratings"].get<triples>(), c["users"], c["items"]);
    train::ials spec = spec_from(c["spec"]);
    const context ctx({.threads = 2, .seed = c["spec"]["seed"]});
    const auto after = c["objectives"].get<std::vector<double>>();
    for (const std::size_t n : {std::size_t{1}, after.size()}) {
      spec.iterations = n;
      const auto model = spec.fit(seen, ctx);
      const double apart = std::fabs(model->objective(seen, ctx) / after[n - 1] - 1);
      objectives = std::max(objectives, apart);
      if (n != after.size()) continue;
      for (std::size_t u = 0; 6 * u < seen.users(); ++u) {
        std::vector<float> all(seen.items());
        model->factors().items().scores(model->factors().users()[6 * u].values, all);
        scores_apart = std::max(scores_apart, most_apart(all, c["scores"][u].get<std::vector<float>>()));
      }
    }
    CHECK(objectives < 2e-6);
    CHECK(scores_apart < 1e-4);
  }
}

TEST_CASE("iALS: every iteration lowers the objective, by gradients, by blocks and exactly") {
  const auto seen = made_up(70, 45, 3);
  for (const std::size_t block : {0u, 5u, 10u})
    for (const bool only_unobserved : {false, true}) {
      train::ials spec{.factors = 10, .alpha = 1, .only_unobserved = only_unobserved, .block = block};
      double before = infinity;
      for (spec.iterations = 1; spec.iterations < 7; ++spec.iterations) {
        const double now = objective(spec, seen);
        CHECK(now < before);
        before = now;
      }
    }
}

TEST_CASE("iALS: many steps of gradients end where exact least squares do") {
  const auto seen = made_up(60, 50, 4);
  train::ials steps = exact;
  steps.block = 0;
  steps.cg_steps = 40;
  const auto a = model_from(exact, seen), b = model_from(steps, seen);
  for (std::size_t u = 0; u < seen.users(); ++u) {
    const asked_user user{u, seen.by_user[u]};
    CHECK(most_apart(scores(*a, user), scores(*b, user)) < 1e-4);
  }
  CHECK(b->objective(seen, context()) == Approx(a->objective(seen, context())).epsilon(1e-6));
}

TEST_CASE("iALS: a known user's history folded in is that user's row, where rows are exact") {
  const auto seen = made_up(50, 40, 5);
  for (const bool only_unobserved : {false, true}) {
    train::ials spec = exact;
    spec.only_unobserved = only_unobserved;
    const auto model = model_from(spec, seen);
    std::vector<float> row(12);
    double apart = 0;
    for (std::size_t u = 0; u < seen.users(); ++u) {
      model->fold_in(seen.by_user[u], row, scratch::local());
      apart = std::max(apart, most_apart(row, model->factors().users()[u].values));
    }
    CHECK(apart < 2e-6);
  }
}

TEST_CASE("iALS: one score is that of all, the best are those of all, and parts sum to it") {
  const auto seen = made_up(30, 150, 6);
  const auto model = model_from(train::ials{.factors = 9, .iterations = 3, .alpha = 2}, seen);
  scratch& s = scratch::local();
  for (std::size_t u = 0; u < seen.users(); ++u) {
    const asked_user known{u, seen.by_user[u]}, somebody_new{.history = seen.by_user[u]};
    const auto all = scores(*model, known), as_new = scores(*model, somebody_new);
    const scratch::frame temporaries(s);
    std::vector<scored> room(200);
    const auto even = [](std::size_t i) { return i % 2 == 0; };
    const auto best = model->best(model->profile(known, s), room, even, s);
    CHECK(std::vector<scored>(best.begin(), best.end()) == top_k(std::span<const float>(all), 200, even));
    CHECK(model->best(model->profile(known, s), room, [](std::size_t) { return false; }, s).empty());
    for (std::size_t i = 0; i <= seen.items(); i += 10) {
      if (i < seen.items()) REQUIRE(score(*model, known, i) == all[i]);
      double sum = 0;
      for (const float part : parts(*model, known, i)) sum += static_cast<double>(part);
      CHECK(sum == Approx(i < seen.items() ? as_new[i] : score(*model, somebody_new, i)).margin(1e-5));
    }
  }
}

TEST_CASE("iALS: likeness is the cosine of rows") {
  const auto model = model_from(train::ials{.factors = 7, .iterations = 3},
                                matrix_from({{0, 0, 1}, {0, 1, 1}, {1, 0, 1}, {1, 3, 1}}, 2, 4));
  const auto rows = model->factors().items().rows();
  for (std::size_t i = 0; i < 4; ++i) {
    const auto alike = likeness(*model, i);
    CHECK(alike[i] == 1);
    for (std::size_t j = 0; j < 4; ++j) {
      if (i == j) continue;
      const double lengths = std::sqrt(squared_norm(rows[i]) * squared_norm(rows[j]));
      CHECK(alike[j] == Approx(lengths > 0 ? dot(rows[i], rows[j].values) / lengths : 0).margin(1e-6));
    }
  }
  CHECK(likeness(*model, 4) == std::vector<float>(4));
}

TEST_CASE("iALS: the same bytes for any number of threads") {
  const auto seen = made_up(150, 90, 7);
  check_same_for_any_threads(train::ials{.iterations = 3, .alpha = 0.5}, seen);
  check_same_for_any_threads(train::ials{.factors = 20, .iterations = 2, .only_unobserved = true, .block = 8}, seen);
}

TEST_CASE("iALS: another seed is another beginning") {
  const auto seen = made_up(20, 20, 8);
  const train::ials spec{.factors = 4, .iterations = 1};
  CHECK(saved(*spec.fit(seen, context({.seed = 1}))) != saved(*spec.fit(seen, context({.seed = 2}))));
}

TEST_CASE("iALS is read back as it was written") {
  const auto seen = made_up(40, 30, 9);
  for (const train::ials& spec : {train::ials{.factors = 5}, train::ials{.factors = 8, .by_value = true, .block = 4},
                                  train::ials{.factors = 16, .alpha = 3, .only_unobserved = true}}) {
    const auto model = model_from(spec, seen);
    const auto again = loaded(train::ials{}, saved(*model));
    CHECK(saved(*again) == saved(*model));
    CHECK(again->objective(seen, context()) == model->objective(seen, context()));
    for (std::size_t u = 0; u < seen.users(); ++u)
      for (const asked_user& user : {asked_user{u, seen.by_user[u]}, asked_user{.history = seen.by_user[u]}}) {
        CHECK(scores(*again, user) == scores(*model, user));
        CHECK(parts(*again, user, 3) == parts(*model, user, 3));
      }
    CHECK(likeness(*again, 2) == likeness(*model, 2));
  }
}

TEST_CASE("iALS refuses damaged bundles") {
  const auto seen = made_up(12, 10, 10);
  check_damage(train::ials{.factors = 4, .iterations = 2}, seen);
  struct written {
    std::size_t users = 2, items = 3, width = 4, item_width = 4;
    double unobserved_weight = 0.3, regularization = 0.1, reg_exponent = 1, alpha = 0;
    bool refused() const {
      bundle_writer w;
      bundle_writer section = w.stage(train::ials::kind);
      section.put("unobserved_weight", unobserved_weight);
      section.put("regularization", regularization);
      section.put("reg_exponent", reg_exponent);
      section.put("alpha", alpha);
      section.put("by_value", false);
      section.put("only_unobserved", false);
      const std::vector<float> x(users * width, 0.5f), y(items * item_width, 0.5f);
      section.put("user_factors", std::span<const float>(x), {users, width});
      section.put("item_factors", std::span<const float>(y), {items, item_width});
      section.put("has_item_biases", false);
      section.put("retrieval", "automatic");
      return is_bad_bundle(train::ials{}, w.bytes({}));
    }
  };
  CHECK_FALSE(written{}.refused());
  CHECK(written{.item_width = 3}.refused());
  CHECK(written{.users = 0}.refused());
  CHECK(written{.items = 0}.refused());
  CHECK(written{.width = 0, .item_width = 0}.refused());
  CHECK(written{.users = 0, .items = 0, .width = std::size_t{1} << 40, .item_width = std::size_t{1} << 40}.refused());
  CHECK(written{.users = 1, .items = 1, .width = 4097, .item_width = 4097}.refused());
  for (const double odd : {-1.0, 1e300, std::nan(""), static_cast<double>(infinity)}) {
    CHECK(written{.unobserved_weight = odd}.refused());
    CHECK(written{.regularization = odd}.refused());
    CHECK(written{.reg_exponent = odd}.refused());
    if (!(odd > 0 && odd < 1e301)) CHECK(written{.alpha = odd}.refused());
  }
  CHECK(written{.regularization = 0}.refused());
}

TEST_CASE("iALS: histories of all kinds have answers") {
  const auto seen = made_up(30, 20, 11);
  const auto model = model_from(train::ials{.factors = 6, .iterations = 4, .alpha = 1}, seen);
  const auto of = [&](std::vector<std::uint32_t> items, std::vector<float> values) {
    return scores(*model, {.history = {items, values, 20}});
  };
  const auto everybody = of({}, {});
  CHECK(all_finite(everybody));
  CHECK(everybody[0] > 0.1f);
  CHECK(of({77}, {1}) == everybody);
  CHECK(of({2, 3}, {-1, no_number}) == everybody);
  CHECK(of({2, 3, 99}, {1, no_number, 4}) == of({2}, {1}));
  CHECK(of({2}, {infinity}) == of({2}, {1e12f}));
  CHECK(all_finite(of({2, 3}, {infinity, 1e38f})));
  CHECK(scores(*model, {30, {}}) == everybody);
  std::vector<std::uint32_t> both{2, 3};
  std::vector<float> values{-1, no_number};
  CHECK(parts(*model, {.history = {both, values, 20}}, 4) == std::vector<float>(2));
  const auto by_value = model_from(train::ials{.factors = 6, .iterations = 4, .by_value = true}, seen);
  values = {0, 0};
  CHECK(scores(*by_value, {.history = {both, values, 20}}) == scores(*by_value, {.history = {{}, {}, 20}}));
}

TEST_CASE("iALS: little and odd data") {
  for (const bool by_value : {false, true})
    for (const bool only_unobserved : {false, true})
      for (const std::size_t block : {0u, 3u})
        for (const auto& seen :
             {matrix_from({{0, 0, 2}, {0, 1, 3}, {0, 2, 1}}, 1, 3), matrix_from({{0, 0, 2}, {1, 0, 3}}, 2, 1),
              matrix_from({{0, 0, 4}}, 1, 1), matrix_from({{0, 0, 0}, {0, 1, 0}, {1, 1, 0}}, 2, 2),
              matrix_from({{0, 0, 3}, {0, 1, 3}, {1, 1, 3}, {2, 0, 3}}, 3, 2),
              matrix_from({{1, 2, 1e9f}, {3, 2, 1}, {3, 4, 1e-30f}}, 5, 6)}) {
          const train::ials spec{
              .factors = 5, .iterations = 3, .only_unobserved = only_unobserved, .by_value = by_value, .block = block};
          const auto model = model_from(spec, seen);
          check_same_for_any_threads(spec, seen);
          for (std::size_t u = 0; u < seen.users(); ++u) {
            CHECK(all_finite(scores(*model, {u, seen.by_user[u]})));
            CHECK(all_finite(scores(*model, {.history = seen.by_user[u]})));
          }
          for (std::size_t u = 0; u < seen.users(); ++u)
            if (seen.by_user[u].size() == 0) CHECK(squared_norm(model->factors().users()[u]) == 0);
          for (std::size_t i = 0; i < seen.items(); ++i)
            if (seen.by_item[i].size() == 0) CHECK(squared_norm(model->factors().items().rows()[i]) == 0);
        }
}

TEST_CASE("iALS through a recommender") {
  check_recommender(train::ials{.factors = 6});
  check_recommender(train::ials{.factors = 4, .alpha = 1, .only_unobserved = true, .block = 4});
}

TEST_CASE("iALS: bad input has its message") {
  const auto seen = made_up(30, 20, 12);
  CHECK_THROWS_WITH(model_from(train::ials{.factors = 0}, seen), contains("factors of 1 or more"));
  CHECK_THROWS_WITH(model_from(train::ials{.factors = 4097}, seen), contains("factors of at most 4096"));
  CHECK_THROWS_WITH(model_from(train::ials{.iterations = 0}, seen), contains("iterations of 1 or more"));
  CHECK_THROWS_WITH(model_from(train::ials{.cg_steps = 0}, seen), contains("cg_steps of 1 or more"));
  CHECK_THROWS_WITH(model_from(train::ials{.unobserved_weight = -1}, seen), contains("unobserved_weight"));
  CHECK_THROWS_WITH(model_from(train::ials{.unobserved_weight = 1e10}, seen), contains("unobserved_weight of at most"));
  CHECK_THROWS_WITH(model_from(train::ials{.regularization = 0}, seen), contains("regularization"));
  CHECK_THROWS_WITH(model_from(train::ials{.reg_exponent = std::nan("")}, seen), contains("reg_exponent"));
  CHECK_THROWS_WITH(model_from(train::ials{.reg_exponent = 50}, seen), contains("a penalty below"));
  CHECK_THROWS_WITH(model_from(train::ials{.alpha = -0.1}, seen), contains("alpha"));
  CHECK_THROWS_WITH(model_from(train::ials{.stddev = 0}, seen), contains("stddev"));
  CHECK_THROWS_WITH(model_from(train::ials{.stddev = 1e30}, seen), contains("stddev of at most 100"));
  CHECK_THROWS_WITH(model_from(train::ials{}, matrix_from({}, 3, 4)), contains("there are no interactions"));
  const auto negative = matrix_from({{0, 0, 1}, {2, 1, -3}}, 3, 2);
  for (const bool by_value : {false, true})
    CHECK_THROWS_WITH(model_from(train::ials{.alpha = 1, .by_value = by_value}, negative),
                      contains("the value -3 of user 2 and item 1"));
  CHECK_THROWS_WITH(model_from(train::ials{.by_value = true}, matrix_from({{0, 0, 1}, {1, 1, 2e9f}}, 2, 2)),
                    contains("of user 1 and item 1"));
  CHECK_THROWS_WITH(model_from(train::ials{}, seen)->objective(made_up(30, 19, 1), context()),
                    contains("30 users and 20 items"));
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(train::ials{}.fit(seen, context({.stop = stop.get_token()})), error);
}
