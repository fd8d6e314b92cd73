// SPDX-License-Identifier: Apache-2.0
// What holds for every model of ratings.
#include <bespoke/core/recommender.hpp>
#include <bespoke/train/bayesian_factorization.hpp>
#include <bespoke/train/biased_factorization.hpp>
#include <bespoke/train/rating_model.hpp>
#include <bespoke/train/svd_plus_plus.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>
#include <numeric>
#include <type_traits>

#include "../../src/train/rating_kernels.hpp"
#include "catch.hpp"
#include "rating_cases.hpp"

using namespace bespoke;
using namespace bespoke_test;

namespace {

#define MODELS train::biased_factorization, train::svd_plus_plus, train::bayesian_factorization

template <class Spec>
constexpr bool bayesian = std::is_same_v<Spec, train::bayesian_factorization>;

// Small and quick.
template <class Spec>
Spec small() {
  if constexpr (bayesian<Spec>) return {.factors = 6, .burn_in = 10, .samples = 3, .thinning = 2};
  else return {.factors = 6, .epochs = 15};
}

// Fits closely, and so predicts beyond what was seen.
template <class Spec>
Spec eager() {
  if constexpr (bayesian<Spec>) return {.factors = 6, .burn_in = 30, .samples = 3};
  else return {.factors = 6, .epochs = 100, .learning_rate = 0.05f, .l2 = 0.01f};
}

template <class Spec>
auto model_from(const interaction_matrix& seen, unsigned threads = 1) {
  return small<Spec>().fit(seen, context({.threads = threads}));
}

const interaction_matrix& usual() {
  static const interaction_matrix seen = ratings_of(61, 41, made_up_ratings(60, 40, 0.5, 3));  // the last have none
  return seen;
}

asked_user known(std::size_t u) { return {u, usual().by_user[u]}; }
asked_user unknown_with_history_of(std::size_t u) { return {.history = usual().by_user[u]}; }

}  // namespace

TEMPLATE_TEST_CASE("ratings: predicts better than means do", "", MODELS) {
  rating_list learned, held;
  random_numbers random(5);
  for (const auto& r : made_up_ratings(100, 60, 0.6, 3)) (random.unit() < 0.2 ? held : learned).push_back(r);
  const auto seen = ratings_of(100, 60, learned);
  const auto model = TestType{}.fit(seen, context({.threads = 1}));
  double sum = 0, squares = 0;
  for (const auto& [u, i, r] : held) sum += static_cast<double>(r), squares += static_cast<double>(r * r);
  const auto n = static_cast<double>(held.size());
  CHECK(rmse(*model, held) < 0.7 * std::sqrt(squares / n - sum / n * sum / n));
}

TEMPLATE_TEST_CASE("ratings: the same bytes for any number of threads", "", MODELS) {
  const auto seen = ratings_of(250, 180, made_up_ratings(250, 180, 0.8, 4));
  const std::string one = bytes_of(*model_from<TestType>(seen, 1));
  CHECK(one == bytes_of(*model_from<TestType>(seen, 2)));
  CHECK(one == bytes_of(*model_from<TestType>(seen, 4)));
}

TEMPLATE_TEST_CASE("ratings: another seed, another answer", "", MODELS) {
  const auto other = small<TestType>().fit(usual(), context({.threads = 1, .seed = 2}));
  CHECK(bytes_of(*model_from<TestType>(usual())) != bytes_of(*other));
}

TEMPLATE_TEST_CASE("ratings: a score is in the range that was seen, unless it is not clipped", "", MODELS) {
  auto spec = eager<TestType>();
  const auto clipped = spec.fit(usual(), context({.threads = 1}));
  spec.clip = false;
  const auto free = spec.fit(usual(), context({.threads = 1}));
  float most = 0;
  for (std::size_t u = 0; u < 61; ++u) {
    const auto a = scores_of(*clipped, known(u)), b = scores_of(*free, known(u));
    for (std::size_t i = 0; i < a.size(); ++i) {
      CHECK(a[i] == std::clamp(b[i], 1.0f, 5.0f));
      CHECK(a[i] == score_of(*clipped, known(u), i));
      most = std::max(most, b[i]);
    }
  }
  CHECK(most > 5);
}

TEMPLATE_TEST_CASE("ratings: the best are told apart by what was predicted before clipping", "", MODELS) {
  auto spec = eager<TestType>();
  const auto clipped = spec.fit(usual(), context({.threads = 1}));
  spec.clip = false;
  const auto free = spec.fit(usual(), context({.threads = 1}));
  auto& s = scratch::local();
  for (const std::size_t u : {0u, 7u, 33u}) {
    std::vector<scored> a(50), b(50);
    const auto even = [](std::size_t i) { return i % 2 == 0; };
    const auto best = clipped->best(clipped->profile(known(u), s), a, even, s);
    const auto wanted = top_k(std::span<const float>(scores_of(*free, known(u))), std::span(b), even);
    REQUIRE(best.size() == wanted.size());
    REQUIRE(best.size() == 21);
    for (std::size_t k = 0; k < best.size(); ++k) {
      CHECK(best[k].index == wanted[k].index);
      CHECK(best[k].score == std::clamp(wanted[k].score, 1.0f, 5.0f));
    }
    CHECK(clipped->best(clipped->profile(known(u), s), a, [](std::size_t) { return false; }, s).empty());
  }
}

TEMPLATE_TEST_CASE("ratings: what is not known has the mean and the bias that is", "", MODELS) {
  const auto model = model_from<TestType>(usual());
  double mean = 0;
  for (const float r : usual().by_user.values()) mean += static_cast<double>(r);
  mean /= static_cast<double>(usual().size());
  const double margin = bayesian<TestType> ? 0.3 : 1e-5;  // a Bayesian prior has a mean of its own
  CHECK(score_of(*model, {}, 40) == Approx(mean).margin(margin));
  CHECK(score_of(*model, {}, 41) == score_of(*model, {}, 40));
  CHECK(score_of(*model, known(60), 99) == score_of(*model, {}, 40));
  CHECK(score_of(*model, {}, 5) == score_of(*model, known(60), 5));
  CHECK(score_of(*model, {}, 5) != score_of(*model, {}, 6));
  CHECK(score_of(*model, known(3), 40) == score_of(*model, known(3), 41));
  CHECK(score_of(*model, known(3), 41) != score_of(*model, known(4), 41));
}

TEMPLATE_TEST_CASE("ratings: somebody new is folded in close to what would have been learned", "", MODELS) {
  const auto model = TestType{}.fit(usual(), context({.threads = 1}));
  double apart = 0;
  for (std::size_t u = 0; u < 60; ++u) {
    const auto a = scores_of(*model, known(u)), b = scores_of(*model, unknown_with_history_of(u));
    for (std::size_t i = 0; i < 40; ++i) apart += static_cast<double>((a[i] - b[i]) * (a[i] - b[i])) / (60 * 40);
  }
  CHECK(std::sqrt(apart) < 0.12);
}

// The gradient, by the user's row, of what the fold-in minimises: its largest component beside that of nobody's row.
double steepness(const train::rating_rows& rows, const sparse_row& history, std::span<const float> user) {
  const std::size_t size = rows.factors + 1, block = train::rating_rows::block(rows.factors);
  double steepest = 0;
  std::vector<float> start(rows.any_user.begin(), rows.any_user.end());
  if (rows.history.size() > 0)
    for (const std::uint32_t j : history.columns)
      for (std::size_t k = 0; k < start.size(); ++k)
        start[k] += rows.history[j][k] / std::sqrt(static_cast<float>(history.size()));
  for (std::size_t sample = 0; sample < rows.samples; ++sample)
    for (std::size_t k = 0; k < size; ++k) {
      double slope = 0;
      for (std::size_t l = 0; l < size; ++l) {
        const double delta =
            static_cast<double>(user[sample * block + l]) - static_cast<double>(start[sample * block + l]);
        if (!rows.penalties.empty())
          slope += static_cast<double>(rows.penalties[(sample * size + k) * size + l]) * delta;
        else if (k == l) slope += static_cast<double>(rows.l2) * static_cast<double>(history.size()) * delta;
      }
      for (std::size_t j = 0; j < history.size(); ++j) {
        const auto x = rows.items[history.columns[j]].values.subspan(sample * block, block);
        double error = static_cast<double>(history.values[j]);
        for (std::size_t l = 0; l < block; ++l)
          error -= static_cast<double>(user[sample * block + l]) * static_cast<double>(x[l]);
        slope -= error * static_cast<double>(x[k]);
      }
      steepest = std::max(steepest, std::fabs(slope));
    }
  return steepest;
}

TEMPLATE_TEST_CASE("ratings: the fold-in is the minimum, with fewer ratings than factors and with more", "", MODELS) {
  const auto model = model_from<TestType>(usual());
  auto& s = scratch::local();
  for (const std::size_t n : {1u, 4u, 6u, 7u, 8u, 15u}) {
    const sparse_row all = usual().by_user[9];
    REQUIRE(all.size() >= n);
    const sparse_row history{all.columns.first(n), all.values.first(n), 41};
    const auto user = std::get<dense_row>(model->profile({.history = history}, s)).values;
    INFO(n);
    CHECK(steepness(model->rows(), history, user) < 2e-5);
    CHECK(steepness(model->rows(), history, model->rows().any_user) > 1e-2);
  }
  std::vector<std::uint32_t> columns;
  std::vector<float> values;
  for (std::uint32_t i = 0; i < 40; ++i) columns.push_back(i), values.push_back(static_cast<float>(1 + i % 5));
  const sparse_row history{columns, values, 41};
  CHECK(steepness(model->rows(), history, std::get<dense_row>(model->profile({.history = history}, s)).values) < 1e-4);
}

TEMPLATE_TEST_CASE("ratings: parts add up to the score, less everybody's", "", MODELS) {
  auto spec = small<TestType>();
  spec.clip = false;
  const auto model = spec.fit(usual(), context({.threads = 1}));
  const sparse_row history = usual().by_user[9], few{history.columns.first(3), history.values.first(3), 41};
  for (const asked_user& user : {asked_user{9, history}, asked_user{.history = few}})
    for (const std::size_t item : {0u, 11u, 40u, 77u}) {
      const auto parts = parts_of(*model, user, item);
      const float all = score_of(*model, {.history = user.history}, item) - score_of(*model, {}, item);
      CHECK(std::accumulate(parts.begin(), parts.end(), 0.0f) == Approx(all).margin(1e-4));
    }
  CHECK(parts_of(*model, {}, 3).empty());
}

TEMPLATE_TEST_CASE("ratings: likeness is a cosine", "", MODELS) {
  const auto model = model_from<TestType>(usual());
  std::vector<float> alike(41), back(41);
  model->likeness(4, alike, scratch::local());
  CHECK(alike[4] == 1);
  if (!bayesian<TestType>) CHECK(alike[40] == 0);
  for (const float x : alike) CHECK(std::fabs(x) <= 1.0001f);
  model->likeness(9, back, scratch::local());
  CHECK(alike[9] == Approx(back[4]).epsilon(1e-5));
  model->likeness(1000, alike, scratch::local());
  CHECK(std::all_of(alike.begin(), alike.end(), [](float x) { return x == 0; }));
}

TEMPLATE_TEST_CASE("ratings: read back as written, bit by bit", "", MODELS) {
  const auto model = model_from<TestType>(usual());
  const auto again = read_back<TestType>(bytes_of(*model));
  for (std::size_t u = 0; u < 61; ++u) {
    CHECK(scores_of(*model, known(u)) == scores_of(*again, known(u)));
    CHECK(scores_of(*model, unknown_with_history_of(u)) == scores_of(*again, unknown_with_history_of(u)));
    CHECK(parts_of(*model, known(u), 8) == parts_of(*again, known(u), 8));
  }
  CHECK(bytes_of(*model) == bytes_of(*again));
}

TEMPLATE_TEST_CASE("ratings: damaged rows are refused", "", MODELS) {
  const auto model = model_from<TestType>(usual());
  const auto refused = [&](auto&& damage) {
    train::rating_rows rows = model->rows();
    damage(rows);
    const std::string bytes = bytes_of(typename TestType::model(std::move(rows)));
    try {
      read_back<TestType>(bytes);
    } catch (const error& e) {
      return e.code() == errc::bad_bundle;
    }
    return false;
  };
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinite = std::numeric_limits<float>::infinity();
  CHECK_FALSE(refused([](train::rating_rows&) {}));
  CHECK(refused([&](train::rating_rows& r) { r.users.writable(2)[1] = nan; }));
  CHECK(refused([&](train::rating_rows& r) { r.items.writable(2)[1] = infinite; }));
  CHECK(refused([&](train::rating_rows& r) { r.any_user[0] = nan; }));
  CHECK(refused([&](train::rating_rows& r) { r.any_item[0] = nan; }));
  CHECK(refused([&](train::rating_rows& r) { r.any_user.resize(r.any_user.size() + 8); }));
  CHECK(refused([&](train::rating_rows& r) { r.any_item.pop_back(); }));
  CHECK(refused([&](train::rating_rows& r) { r.users = dense_rows(3, r.width() + 8); }));
  CHECK(refused([&](train::rating_rows& r) { r.highest = r.lowest - 1; }));
  CHECK(refused([&](train::rating_rows& r) { r.lowest = nan; }));
  CHECK(refused([&](train::rating_rows& r) { r.l2 = -1; }));
  if (model->rows().history.size() > 0) {
    CHECK(refused([&](train::rating_rows& r) { r.history.writable(2)[1] = nan; }));
    CHECK(refused([&](train::rating_rows& r) { r.history = dense_rows(3, r.width()); }));
  }
  for (std::size_t n = 0; n < bytes_of(*model).size(); n += 997)
    CHECK_THROWS_AS(read_back<TestType>(bytes_of(*model).substr(0, n)), error);
}

TEMPLATE_TEST_CASE("ratings: factors and samples of a bundle are checked", "", MODELS) {
  for (const auto& [factors, samples] : {std::pair{0, 1}, {5000, 1}, {-1, 1}, {6, 0}, {6, 1 << 20}, {60, 1}}) {
    bundle_writer w;
    bundle_writer section = w.stage(TestType::kind);
    section.put("factors", factors);
    section.put("samples", samples);
    section.put("clip", true);
    section.put("with_history", true);
    const float range[] = {1, 5, 0.1f};
    section.put("range", std::span<const float>(range));
    const std::vector<float> rows(80);
    for (const char* name : {"users", "items", "history"}) section.put(name, std::span<const float>(rows), {10, 8});
    for (const char* name : {"any_user", "any_item"}) section.put(name, std::span(rows).first(8));
    section.put("penalties", std::span(rows).first(49));
    const std::string bytes = w.bytes({});
    INFO(factors << " " << samples);
    CHECK_THROWS_AS(read_back<TestType>(bytes), error);
  }
}

TEMPLATE_TEST_CASE("ratings: all equal, one user, one item, one rating", "", MODELS) {
  rating_list equal;
  for (const auto& [u, i, r] : made_up_ratings(12, 9, 0.6, 1)) equal.emplace_back(u, i, 4.0f);
  const auto same = model_from<TestType>(ratings_of(12, 9, equal));
  for (const float r : scores_of(*same, {.number = 5})) CHECK(r == 4);
  for (const auto& [users, items] : {std::pair{1u, 9u}, {12u, 1u}, {1u, 1u}}) {
    const auto model = model_from<TestType>(ratings_of(users, items, made_up_ratings(users, items, 1, 1)));
    for (const float r : scores_of(*model, {.number = users - 1})) CHECK((r >= 1 && r <= 5));
    CHECK(std::isfinite(score_of(*model, {}, 0)));
    CHECK(std::isfinite(score_of(*model, {}, 10)));
  }
}

TEMPLATE_TEST_CASE("ratings: what is out of range has its message", "", MODELS) {
  const context ctx({.threads = 1});
  CHECK_THROWS_WITH(model_from<TestType>(ratings_of(3, 3, {})), contains("there are no ratings"));
  CHECK_THROWS_WITH(model_from<TestType>(ratings_of(0, 0, {})), contains("there are no ratings"));
  CHECK_THROWS_WITH(TestType{.factors = 0}.fit(usual(), ctx), contains("factors of 1 to "));
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(small<TestType>().fit(usual(), context({.stop = stop.get_token(), .threads = 1})), error);
}

struct stars {
  int user{};
  int film{};
  float value{};
};

TEMPLATE_TEST_CASE("ratings: through a recommender and its file", "", MODELS) {
  std::vector<stars> all;
  for (const auto& [u, i, r] : made_up_ratings(60, 40, 0.5, 3))
    all.push_back({static_cast<int>(u) + 100, static_cast<int>(i), r});
  const auto films = fit(small<TestType>(), collect(interactions(&stars::user, &stars::film, &stars::value), all));
  const auto path = std::filesystem::temp_directory_path() / "bespoke_ratings.safetensors";
  save(films, path);
  const auto again = load_recommender<int, int>(TestType{}, path);
  std::filesystem::remove(path);
  CHECK(films.recommend(103, 100) == again.recommend(103, 100));
  CHECK(films.recommend(103, 100).size() + films.history(103).size() == 40);
  CHECK(films.recommend(5, 3).size() == 3);
  CHECK(films.recommend_for(std::vector<past<int>>{{3, 5}, {7, 1}}, 3) ==
        again.recommend_for(std::vector<past<int>>{{3, 5}, {7, 1}}, 3));
  CHECK(films.similar(3, 4).size() == 4);
  CHECK(films.explain(103, 6).size() == 5);
}

TEST_CASE("the kernels of ratings agree for every processor") {
  const auto &all = train::detail::portable_rating_kernels(), &best = train::detail::best_rating_kernels();
  for (std::size_t width : {8u, 16u, 24u, 104u}) {
    std::vector<float> a(width), b(width);
    random_numbers random(width);
    for (std::size_t k = 0; k < width; ++k)
      a[k] = static_cast<float>(random.unit()), b[k] = static_cast<float>(random.unit() - 0.5);
    CHECK(all.dot(a.data(), b.data(), width) == Approx(best.dot(a.data(), b.data(), width)).margin(1e-5));
    auto a2 = a, b2 = b;
    all.step(a.data(), b.data(), width, 0.9f, 0.3f, -0.2f);
    best.step(a2.data(), b2.data(), width, 0.9f, 0.3f, -0.2f);
    all.move(a.data(), b.data(), width, 0.7f);
    best.move(a2.data(), b2.data(), width, 0.7f);
    for (std::size_t k = 0; k < width; ++k) {
      CHECK(a[k] == Approx(a2[k]).margin(1e-6));
      CHECK(b[k] == Approx(b2[k]).margin(1e-6));
    }
  }
}
