// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/attributes.hpp>
#include <bespoke/core/ranking_evaluation.hpp>
#include <bespoke/core/recommender.hpp>
#include <bespoke/train/blend.hpp>
#include <bespoke/train/ease.hpp>
#include <bespoke/train/ials.hpp>
#include <bespoke/train/item_neighbors.hpp>
#include <bespoke/train/popularity.hpp>

#include <algorithm>
#include <limits>
#include <memory>
#include <stop_token>

#include "history_models.hpp"
#include "oracle.hpp"
#include "table_model.hpp"

using namespace bespoke;
using namespace bespoke_test;

namespace {

using models = std::vector<std::shared_ptr<const recommender_model>>;

models tables(const nlohmann::json& members) {
  models all;
  for (const auto& m : members) all.push_back(std::make_shared<table_model>(dense(m)));
  return all;
}

double largest_difference(const std::vector<double>& a, const nlohmann::json& b) {
  REQUIRE(a.size() == b.size());
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::fabs(a[i] - b[i].get<double>()));
  return most;
}

template <class Spec>
auto learn(const Spec& spec, const interaction_matrix& seen) {
  return spec.fit(seen, context({.threads = 2}));
}

// Two members that differ, one with nothing for users, and a blend in a blend.
auto neighbors() { return train::item_neighbors{.k = 5}; }
auto two() { return train::blend(train::ease{.l2 = 5}, neighbors()); }
auto nested() { return train::blend(two(), train::popularity{}, neighbors()); }

// Scores an item by the sum of its attributes, the same for all users.
struct by_attributes {
  static constexpr std::string_view kind = "by_attributes/1";
  class model final : public recommender_model {
   public:
    explicit model(std::vector<float> scores) : scores_(std::move(scores)) {}
    std::string_view kind() const noexcept override { return by_attributes::kind; }
    std::size_t items() const noexcept override { return scores_.size(); }
    profile_row profile(const asked_user& user, scratch&) const override { return user.history; }
    float score(const profile_row&, std::size_t item, scratch&) const override {
      return item < items() ? scores_[item] : 0.0f;
    }
    void score_all(const profile_row&, std::span<float> out, scratch&) const override {
      std::ranges::copy(scores_, out.begin());
    }
    void likeness(std::size_t, std::span<float> out, scratch&) const override { std::ranges::fill(out, 0.0f); }
    void parts(const asked_user&, std::size_t, std::span<float> out, scratch&) const override {
      std::ranges::fill(out, 0.0f);
    }
    void save(bundle_writer& w) const override { w.put("scores", std::span<const float>(scores_)); }
    void attribute_parts(const profile_row&, const sparse_row& about, std::span<float> out) const override {
      std::ranges::copy(about.values, out.begin());
    }
    std::shared_ptr<const recommender_model> with_items(const sparse_rows& about) const override {
      auto all = scores_;
      for (std::size_t i = 0; i < about.size(); ++i) all.push_back(sum(about[i]));
      return std::make_shared<model>(std::move(all));
    }
    static float sum(const sparse_row& about) {
      float all = 0;
      for (const float v : about.values) all += v;
      return all;
    }

   private:
    std::vector<float> scores_;
  };
  std::shared_ptr<const model> fit(const interaction_matrix& seen, const context& ctx) const {
    return fit(seen, {.users = {}, .items = sparse_rows(0, aligned_vector<std::uint64_t>(seen.items() + 1), {}, {})},
               ctx);
  }
  std::shared_ptr<const model> fit(const interaction_matrix& seen, const attribute_rows& about, const context&) const {
    std::vector<float> all;
    for (std::size_t i = 0; i < seen.items(); ++i) all.push_back(model::sum(about.items[i]));
    return std::make_shared<model>(std::move(all));
  }
  std::shared_ptr<const model> load(bundle_reader& r) const {
    const auto scores = r.tensor<float>("scores");
    return std::make_shared<model>(std::vector<float>(scores.begin(), scores.end()));
  }
};

std::string said_of(const train::blending& how) {
  try {
    learn(train::blend(how, train::ease{}, train::popularity{}), made_up(30, 20, 1));
  } catch (const error& e) {
    CHECK(e.code() == errc::invalid_argument);
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a blend for lists has the weights of the documented search over full rankings") {
  const auto& c = oracle("train/blend")["lists"];
  const std::size_t items = c["members"][0][0].size();
  const interaction_split split{.train = trained(c["known"].get<lists>(), items),
                                .held = rows_of_lists(c["held"].get<lists>(), items)};
  const context ctx({.threads = 2});
  const auto found = train::blend_weights({.cut_off = c["cut_off"]}, tables(c["members"]), split, ctx);
  CHECK(largest_difference(found, c["weights"]) < 1e-9);
  CHECK(c["quality"].get<double>() > c["best_of_tenths"].get<double>() - 0.005);
}

TEST_CASE("a blend for values has the weights of the least squared error") {
  for (const auto& c : oracle("train/blend")["values"]) {
    const std::size_t users = c["members"][0].size(), items = c["members"][0][0].size();
    const interaction_split split{.train = matrix_from({}, users, items),
                                  .held = matrix_from(c["held"].get<triples>(), users, items).by_user};
    const context ctx({.threads = 2});
    const auto found = train::blend_weights({.aim = train::blend_aim::values}, tables(c["members"]), split, ctx);
    CHECK(largest_difference(found, c["weights"]) < 1e-5);
  }
}

TEST_CASE("a blend is no worse than its best member on what was held") {
  const auto seen = made_up(120, 60, 4);
  const auto split = user_split(seen, 0.2, holding::drawn, 1);
  const context ctx({.threads = 2});
  const auto quality = [&](const recommender_model& m) {
    return evaluate_ranking(m, split.train, split.held, {}, ctx)["NDCG@10"].value.mean;
  };
  const auto blended =
      train::blend({.refit = false}, train::ease{.l2 = 5}, neighbors(), train::popularity{}).fit(seen, ctx);
  double best = 0;
  for (std::size_t m = 0; m < blended->members(); ++m) best = std::max(best, quality(blended->member(m)));
  CHECK(quality(*blended) > best - 1e-9);
}

TEST_CASE("weights by hand are of scores in standard deviations, or as they are") {
  const auto seen = made_up(50, 30, 2);
  const auto lists = learn(train::blend({.weights = {2, 6}}, train::ease{.l2 = 5}, train::popularity{}), seen);
  CHECK(lists->weights()[0] == Approx(0.25));
  CHECK(lists->weights()[1] == Approx(0.75));
  const auto values = learn(
      train::blend({.weights = {2, 6}, .aim = train::blend_aim::values}, train::ease{.l2 = 5}, train::popularity{}),
      seen);
  CHECK(values->factors()[1] == Approx(0.75));
  const asked_user user{3, seen.by_user[3]};
  for (const auto* model : {lists.get(), values.get()}) {
    std::vector<float> by_member(2);
    scratch& s = scratch::local();
    for (std::size_t i = 0; i < seen.items(); ++i) {
      model->parts_by_member(model->profile(user, s), i, by_member, s);
      CHECK(by_member[0] + by_member[1] == Approx(score(*model, user, i)).margin(1e-6));
      CHECK(by_member[1] == Approx(model->factors()[1] * static_cast<double>(score(model->member(1), user, i))));
    }
  }
  // Popularity is the same to all: its scale is the mean of its deviation over what users do not have.
  double scale = 0;
  for (std::size_t u = 0; u < seen.users(); ++u) {
    std::vector<double> other;
    const auto all = scores(lists->member(1), {u, seen.by_user[u]});
    for (std::size_t i = 0; i < all.size(); ++i)
      if (!std::ranges::binary_search(seen.by_user[u].columns, static_cast<std::uint32_t>(i)))
        other.push_back(static_cast<double>(all[i]));
    double mean = 0, squares = 0;
    for (const double v : other) mean += v / static_cast<double>(other.size());
    for (const double v : other) squares += (v - mean) * (v - mean) / static_cast<double>(other.size());
    scale += std::sqrt(squares) / 50;
  }
  CHECK(lists->factors()[1] == Approx(0.75 / scale));
}

TEST_CASE("a blend of one member ranks as the member does") {
  const auto seen = made_up(40, 30, 3);
  const auto alone = learn(train::ease{}, seen);
  const auto blended = learn(train::blend(train::ease{}), seen);
  CHECK(blended->weights()[0] == 1);
  for (std::size_t u = 0; u < seen.users(); ++u) {
    const asked_user user{u, seen.by_user[u]};
    const auto a = scores(*alone, user), b = scores(*blended, user);
    CHECK(std::ranges::max_element(a) - a.begin() == std::ranges::max_element(b) - b.begin());
  }
}

TEST_CASE("a blend answers as its members do: saved, nested, for users and for histories") {
  check_answers(two(), made_up(60, 35, 3), [](const sparse_row&, std::size_t) { return 0.0; });
  const auto seen = made_up(60, 35, 7);
  const auto model = learn(nested(), seen);
  check_answers(nested(), seen, [&](const sparse_row&, std::size_t item) {
    return model->factors()[1] * static_cast<double>(score(model->member(1), {}, item));
  });
  check_recommender(two());
  check_recommender(nested());
}

TEST_CASE("a blend is the same for any number of threads") {
  check_same_for_any_threads(nested(), made_up(200, 90, 1));
  check_same_for_any_threads(train::blend(train::ials{.factors = 8, .iterations = 2}, train::ease{}),
                             made_up(90, 70, 2));
}

TEST_CASE("a blend learns from attributes where a member does") {
  struct rating {
    int user{}, film{};
  };
  std::vector<rating> some;
  for (int u = 0; u < 20; ++u)
    for (int f = 0; f < 10; ++f)
      if ((u + f) % 3 == 0) some.push_back({u, f});
  attributes<int> about{.rows = sparse_rows(2), .columns = {"long", "new"}};
  const std::vector<std::uint32_t> both{0, 1};
  for (int f = 0; f < 12; ++f) {  // two that nobody has touched
    const std::vector<float> values{static_cast<float>(f), 0.5f};
    about.ids.add(f), about.rows.append({both, values, 2});
  }
  const auto seen = collect(interactions(&rating::user, &rating::film), some);
  const auto spec =
      train::blend({.weights = {1, 3}, .aim = train::blend_aim::values}, train::popularity{}, by_attributes{});
  const auto films = fit(spec, seen, {.items = about});
  CHECK(films.items().size() == 12);
  CHECK(films.score(1, 11) == Approx(0.75 * 11.5));
  const auto why = films.explain(1, 11, about);
  REQUIRE(why.size() == 2);
  CHECK(why[0].name == "long");
  CHECK(why[0].contribution == Approx(0.75 * 11));
  CHECK(why[1].contribution == Approx(0.75 * 0.5));
  attributes<int> later{.rows = sparse_rows(2), .columns = {"long", "new"}};
  const std::vector<float> values{100.0f, 0.0f};
  later.ids.add(99), later.rows.append({both, values, 2});
  CHECK_THROWS_WITH(films.with_items(later), contains("popularity"));
  const auto alone = fit(train::blend(by_attributes{}), seen, {.items = about}).with_items(later);
  CHECK(alone.recommend(1, 1).front().item == 99);
}

TEST_CASE("a blend of little and of odd data") {
  check_odd_data(two());
  check_odd_data(train::blend({.aim = train::blend_aim::values}, train::popularity{}, neighbors()));
}

TEST_CASE("a blend whose bundle was damaged, or is of others, is refused") {
  const auto seen = made_up(20, 12, 5);
  check_damage(two(), seen);
  const std::string bytes = saved(*learn(two(), seen));
  CHECK_THROWS_WITH(loaded(train::blend(neighbors(), train::ease{}), bytes), contains("ease/1"));
  CHECK_THROWS_WITH(loaded(train::blend(train::ease{}), bytes), contains("weights"));
}

TEST_CASE("a blend asks at most so many users, who are drawn by the seed") {
  const auto seen = made_up(60, 30, 6);
  const auto spec = train::blend({.users = 5}, train::ease{.l2 = 5}, neighbors());
  CHECK(saved(*spec.fit(seen, context({.seed = 3}))) == saved(*spec.fit(seen, context({.seed = 3}))));
  CHECK(saved(*spec.fit(seen, context({.seed = 3}))) != saved(*spec.fit(seen, context({.seed = 4}))));
}

TEST_CASE("a blend: bad input has its message") {
  CHECK_THAT(said_of({.weights = {1}}), contains("1 weights for 2 members"));
  CHECK_THAT(said_of({.weights = {1, -1}}), contains("weights of 0 or more, got -1"));
  CHECK_THAT(said_of({.weights = {0, 0}}), contains("some weight above 0"));
  CHECK_THAT(said_of({.cut_off = 0}), contains("a cut_off of 1 or more"));
  CHECK_THAT(said_of({.share = 1}), contains("a share between 0 and 1, got 1"));
  CHECK_THAT(said_of({.held = holding::latest}), contains("times"));
  CHECK_THAT(said_of({.relevant_from = std::numeric_limits<float>::quiet_NaN()}), contains("relevant_from"));
  CHECK_THAT(said_of({.users = 0}), contains("users of 1 or more"));
  CHECK_THROWS_WITH(learn(train::blend(train::popularity{}, train::ease{.l2 = -1}), made_up(30, 20, 1)),
                    contains("blend/member 2/ease"));
  const auto seen = made_up(30, 20, 1);
  const auto split = user_split(seen, 0.2, holding::drawn, 1);
  const context ctx;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const models nans{std::make_shared<table_model>(std::vector<std::vector<float>>(30, std::vector<float>(20, nan)))};
  for (const auto aim : {train::blend_aim::lists, train::blend_aim::values})
    CHECK_THROWS_WITH(train::blend_weights({.aim = aim}, nans, split, ctx),
                      contains("members whose scores are finite"));
  CHECK_THROWS_WITH(train::blend_weights({}, {}, split, ctx), contains("a member or more"));
  const models few{std::make_shared<table_model>(std::vector<std::vector<float>>(30, std::vector<float>(4)))};
  CHECK_THROWS_WITH(train::blend_weights({}, few, split, ctx), contains("members that know 20 items"));
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(two().fit(seen, context({.stop = stop.get_token()})), error);
}
