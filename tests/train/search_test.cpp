// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/fuse.hpp>
#include <bespoke/core/random.hpp>
#include <bespoke/features/tfidf.hpp>
#include <bespoke/train/linear_svm.hpp>
#include <bespoke/train/search.hpp>
#include <bespoke/train/vote.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "stage_properties.hpp"

using namespace bespoke;
using bespoke_test::contains;
using bespoke_test::message;

namespace {

struct note {
  std::string title{};
  std::string text{};
  std::string kind{};
  float x{};
  double y{};
};

std::vector<note> notes(std::size_t n) {
  random_numbers random(7);
  std::vector<note> all;
  for (std::size_t i = 0; i < n; ++i) {
    const bool card = random.below(2) == 0, lies = random.below(8) == 0;
    std::string text = card != lies ? "card swallowed" : "transfer late";
    for (int w = 0; w < 4; ++w) text += " w" + std::to_string(random.below(60));
    const auto x = static_cast<float>(random.unit());
    all.push_back({"t" + std::to_string(random.below(3)), text, card ? "card" : "transfer", x, 3.0 * x + 1});
  }
  return all;
}

// Stages with little in them: what is fitted how often, and what settings do, can be counted by hand.
std::atomic<int> scale_fits = 0, line_fits = 0;

struct scale {
  float by = 1;
  struct fitted {
    static constexpr std::string_view kind = "scale/1";
    using output_type = float;
    float by;
    float operator()(float x) const { return x * by; }
    void save(bundle_writer& w) const { w.put("by", double{by}); }
  };
  template <class Y>
  fitted fit(const blocks<float>&, const blocks<Y>&, const context&) const {
    ++scale_fits;
    if (by < 0) throw error(errc::invalid_argument, {.stage = "scale", .expected = "by above 0"});
    return {by};
  }
  template <class In, class Y>
  fitted load(bundle_reader& r) const {
    return {static_cast<float>(r.number("by"))};
  }
};

/// Answers slope · x + offset, whatever the targets are.
struct line {
  float slope = 1;
  int offset = 0;
  static constexpr bool supervised = true;
  struct fitted {
    static constexpr std::string_view kind = "line/1";
    using output_type = float;
    float slope, offset;
    float operator()(float x) const { return slope * x + offset; }
    void save(bundle_writer&) const {}
  };
  template <class Y>
  fitted fit(const blocks<float>&, const blocks<Y>&, const context&) const {
    ++line_fits;
    if (slope > 90) throw error(errc::invalid_argument, {.stage = "line", .expected = "a slope of at most 90"});
    return {slope, static_cast<float>(offset)};
  }
  template <class In, class Y>
  fitted load(bundle_reader&) const {
    return {slope, static_cast<float>(offset)};
  }
};

auto line_spec() { return field("x", &note::x) | scale{} | line{}; }

auto text_spec() {
  return fuse(field("title", &note::title) | features::tfidf{}, field("text", &note::text) | features::tfidf{}) |
         train::linear_svm{};
}

}  // namespace

TEST_CASE("a grid finds the settings that fit, and its evidence has every candidate") {
  const auto all = notes(40);
  const auto found = grid_search(line_spec(), all, &note::y, {.folds = 4}, axis<&scale::by>({1, 2}),
                                 axis<&line::slope>({1.5f, 3}), axis<&line::offset>({0, 1}));
  CHECK(found.metric == "RMSE");
  CHECK(!found.larger_is_better);
  REQUIRE(found.evidence.size() == 8);
  CHECK(found.evidence[0].settings == "scale.by = 1, line.slope = 1.5, line.offset = 0");
  CHECK(found.evidence[7].settings == "scale.by = 2, line.slope = 3, line.offset = 1");
  // Both 1 · 3 and 2 · 1.5 are right: the first of equals.
  CHECK(found.best_number == 3);
  CHECK(found.evidence[3].score.mean < 1e-6);
  CHECK(found.evidence[5].score.mean < 1e-6);
  CHECK(found.evidence[0].score.mean > 1);
  CHECK(found.evidence[0].fold_scores.size() == 4);
  CHECK(found.evidence[0].records == 30);
  CHECK(found.evidence[0].seconds > 0);
  const auto best = fit(found.best, all, &note::y);
  CHECK(best(note{.x = 2}) == Approx(7));
}

TEST_CASE("what candidates share is fitted once for each fold") {
  const auto all = notes(40);
  for (const unsigned threads : {1u, 4u}) {
    scale_fits = line_fits = 0;
    (void)grid_search(line_spec(), all, &note::y, {.folds = 5, .threads = threads}, axis<&line::slope>({1, 2, 3}),
                      axis<&scale::by>({1, 2}), axis<&line::offset>({0, 1}));
    CHECK(scale_fits == 5 * 2);
    CHECK(line_fits == 5 * 12);
  }
}

TEST_CASE("a grid says what cross-validation says, for any number of threads") {
  const auto all = notes(160);
  const auto search = [&](unsigned threads) {
    return grid_search(text_spec(), all, &note::kind, {.folds = 4, .threads = threads},
                       axis<&features::tfidf::min_df>({1, 3}, "text"), axis<&train::linear_svm::c>({0.1f, 1, 10}));
  };
  const auto found = search(1);
  for (const unsigned threads : {2u, 4u}) {
    const auto again = search(threads);
    CHECK(again.best_number == found.best_number);
    for (std::size_t c = 0; c < 6; ++c) CHECK(again.evidence[c].fold_scores == found.evidence[c].fold_scores);
  }
  CHECK(found.evidence[4].settings == "tfidf.min_df of text = 3, linear_svm.c = 1");
  const auto by_hand = fuse(field("title", &note::title) | features::tfidf{},
                            field("text", &note::text) | features::tfidf{.min_df = 3}) |
                       train::linear_svm{.c = 1};
  const auto judged = cross_validate(by_hand, all, &note::kind, {.folds = 4});
  CHECK(judged.fold_scores == found.evidence[4].fold_scores);
  CHECK(judged.score == found.evidence[4].score);
  // The best spec is what it says: fitted, it is what the best settings give.
  CHECK(cross_validate(found.best, all, &note::kind, {.folds = 4}).score == found.evidence[found.best_number].score);
}

TEST_CASE("of several stages of a class an axis picks one, by field or by number") {
  const auto all = notes(40);
  const auto spec = text_spec();
  const auto settings = [](const auto& s) {
    const auto& branches = std::get<0>(s.stages()).branches();
    return std::pair{std::get<1>(std::get<0>(branches).stages()).min_df,
                     std::get<1>(std::get<1>(branches).stages()).min_df};
  };
  using tfidf = features::tfidf;
  CHECK(settings(axis<&tfidf::min_df>({5}, "title").applied(spec, 0).first) ==
        std::pair<std::size_t, std::size_t>{5, 1});
  CHECK(settings(axis<&tfidf::min_df>({5}, "text").applied(spec, 0).first) ==
        std::pair<std::size_t, std::size_t>{1, 5});
  CHECK(settings(axis<&tfidf::min_df>({5}, 1).applied(spec, 0).first) == std::pair<std::size_t, std::size_t>{1, 5});
  CHECK(axis<&tfidf::min_df>({5}, 0).applied(spec, 0).second == 0);
  CHECK(axis<&train::linear_svm::c>({5}).applied(spec, 0).second == 1);
  const auto said = message([&] { (void)grid_search(spec, all, &note::kind, {}, axis<&tfidf::min_df>({1}, "boddy")); });
  CHECK_THAT(said, contains("axis tfidf.min_df of boddy: there is no such stage where it says"));
  CHECK_THAT(message([&] { (void)grid_search(spec, all, &note::kind, {}, axis<&tfidf::min_df>({1}, 2)); }),
             contains("axis tfidf.min_df of number 2"));
}

TEST_CASE("settings as text") {
  CHECK(axis<&features::tfidf::sublinear>({false, true}).text(1) == "true");
  CHECK(axis<&features::tfidf::ngrams>({{1, 1}, {1, 2}}).text(1) == "1-2");
  CHECK(axis<&features::tfidf::norm>({row_norm::l1}).text(0) == "l1");
  CHECK(axis<&train::linear_svm::c>({0.1f}).name() == "linear_svm.c");
  CHECK(axis<&train::linear_svm::c>({0.1f}).text(0) == "0.1");
}

TEST_CASE("a candidate that cannot be fitted is evidence, and never chosen") {
  const auto all = notes(60);
  const auto found =
      grid_search(text_spec(), all, &note::kind, {.folds = 3}, axis<&features::tfidf::min_df>({1000, 1}, "text"),
                  axis<&train::linear_svm::c>({-1, 1}));
  CHECK(found.best_number == 3);
  CHECK_THAT(found.evidence[0].error, contains("tfidf"));
  CHECK_THAT(found.evidence[1].error, contains("tfidf"));
  CHECK_THAT(found.evidence[2].error, contains("linear_svm"));
  CHECK(found.evidence[3].error.empty());
  CHECK(found.evidence[0].fold_scores.empty());
  CHECK(std::isnan(found.evidence[0].score.mean));
  const auto said = message(
      [&] { (void)grid_search(text_spec(), all, &note::kind, {.folds = 3}, axis<&train::linear_svm::c>({-1, -2})); });
  CHECK_THAT(said, contains("none of the candidates could be judged"));
  CHECK_THAT(said, contains("linear_svm.c = -1: "));
}

TEST_CASE("a random search draws different candidates by its seed") {
  const auto all = notes(40);
  const auto search = [&](std::size_t n, std::uint64_t seed) {
    return random_search(line_spec(), all, &note::y, {.candidates = n, .folds = 4, .seed = seed},
                         axis<&scale::by>({1, 2}), axis<&line::slope>({1, 1.5f, 3}));
  };
  const auto texts = [](const auto& found) {
    std::vector<std::string> t;
    for (const trial& one : found.evidence) t.push_back(one.settings);
    return t;
  };
  const auto four = texts(search(4, 1));
  CHECK(std::set<std::string>(four.begin(), four.end()).size() == 4);
  CHECK(texts(search(4, 1)) == four);
  CHECK(texts(search(4, 2)) != four);
  CHECK(search(100, 1).evidence.size() == 6);  // all that there are
}

TEST_CASE("a random search draws numbers from a range") {
  const auto all = notes(40);
  const auto found = random_search(line_spec(), all, &note::y, {.candidates = 60, .folds = 2},
                                   log_between<&line::slope>(0.1, 10), between<&line::offset>(0, 2));
  REQUIRE(found.evidence.size() == 60);
  std::set<int> offsets;
  int small = 0;
  for (const trial& t : found.evidence) {
    const float slope = std::stof(t.settings.substr(t.settings.find("= ") + 2));
    CHECK((slope >= 0.1f && slope <= 10));
    small += slope < 1;
    offsets.insert(std::stoi(t.settings.substr(t.settings.rfind("= ") + 2)));
  }
  CHECK(offsets == std::set<int>{0, 1, 2});
  CHECK((small > 15 && small < 45));
  CHECK_THAT(message([] { (void)log_between<&line::slope>(0, 1); }), contains("two ends above 0"));
  CHECK_THAT(message([] { (void)between<&line::slope>(2, 1); }), contains("the smaller first"));
}

TEST_CASE("halving judges all on few records and the best on all") {
  const auto all = notes(120);
  const auto found = halving_search(line_spec(), all, &note::y, {.factor = 2, .folds = 4},
                                    axis<&line::slope>({1, 2, 3, 4, 5, 99, 6, 7}), axis<&line::offset>({1}));
  CHECK(found.evidence[found.best_number].settings == "line.slope = 3, line.offset = 1");
  // 8, 4, 2 and 1 candidates learn from 1/8, 1/4, 1/2 and all of the 90 records.
  std::multiset<std::size_t> records;
  for (const trial& t : found.evidence) records.insert(t.records);
  CHECK(records.count(90) == 1);
  CHECK(records.count(45) == 1);
  CHECK(records.size() - records.count(90) - records.count(45) == 6);
  CHECK(*records.begin() == 11);
  CHECK(found.evidence[found.best_number].records == 90);
  CHECK_THAT(found.evidence[5].error, contains("a slope of at most 90"));
  CHECK(found.evidence[5].records == 11);
}

TEST_CASE("a share of folds has the labels as all of them, and grows") {
  std::vector<std::uint32_t> labels(200, 0);
  for (std::size_t i = 0; i < 50; ++i) labels[i * 4] = 1;
  const auto folds = stratified_folds(labels, 4);
  const auto small = detail::share_of(folds, labels, 0.1, 3), large = detail::share_of(folds, labels, 0.4, 3);
  for (std::size_t f = 0; f < 4; ++f) {
    CHECK(small[f].train.size() == 15);
    CHECK(large[f].train.size() == 60);
    CHECK(std::includes(large[f].train.begin(), large[f].train.end(), small[f].train.begin(), small[f].train.end()));
    CHECK(small[f].test == folds[f].test);
    const auto ones =
        std::count_if(large[f].train.begin(), large[f].train.end(), [&](auto i) { return labels[i] == 1; });
    CHECK((ones >= 14 && ones <= 16));
  }
}

TEST_CASE("a search stops in the middle and reports on its way") {
  const auto all = notes(60);
  for (const unsigned threads : {1u, 2u}) {
    std::vector<std::size_t> done;
    std::stop_source stop;
    const auto on_progress = [&](const progress& p) {
      CHECK(p.stage == "search");
      CHECK(p.total == 4 * 6);
      done.push_back(p.done);
      if (p.done >= 7) stop.request_stop();
    };
    errc code{};
    try {
      (void)grid_search(line_spec(), all, &note::y,
                        {.folds = 4, .on_progress = on_progress, .stop = stop.get_token(), .threads = threads},
                        axis<&line::slope>({1, 2, 3}), axis<&scale::by>({1, 2}));
    } catch (const error& e) {
      code = e.code();
    }
    CHECK(code == errc::stopped);
    CHECK(std::is_sorted(done.begin(), done.end()));
    CHECK((done.size() >= 7 && done.size() < 12));
  }
}

TEST_CASE("what searches refuse") {
  const auto all = notes(20);
  const auto none = std::vector<float>{};
  CHECK_THAT(message([&] { (void)grid_search(line_spec(), all, &note::y, {}, axis<&line::slope>(none)); }),
             contains("axis line.slope: expected a value or more"));
  CHECK_THAT(message([&] { (void)grid_search(line_spec(), all, &note::y, {}, between<&line::slope>(0, 1)); }),
             contains("use random_search"));
  CHECK_THAT(message([&] { (void)halving_search(line_spec(), all, &note::y, {.factor = 1}, axis<&line::slope>({1})); }),
             contains("a factor of 2 or more"));
  CHECK_THAT(
      message([&] { (void)random_search(line_spec(), all, &note::y, {.candidates = 0}, axis<&line::slope>({1})); }),
      contains("a candidate or more"));
  CHECK_THAT(
      message([&] { (void)grid_search(line_spec(), std::vector<note>{}, &note::y, {}, axis<&line::slope>({1})); }),
      contains("there are no records"));
}

TEST_CASE("an axis reaches the members of a vote") {
  const auto spec =
      vote(voting::hard{.weights = {2, 1, 1}}, field("text", &note::text) | features::tfidf{} | train::linear_svm{},
           field("title", &note::title) | features::tfidf{} | train::linear_svm{},
           field("text", &note::text) | features::tfidf{} | train::linear_svm{});
  const auto chain = detail::whole_chain(spec);
  const auto set = std::get<0>(axis<&train::linear_svm::c>({7}, "title").applied(chain, 0).first.stages());
  const auto c_of = [](const auto& member) { return std::get<2>(member.stages()).c; };
  CHECK(c_of(std::get<0>(set.branches())) == 1);
  CHECK(c_of(std::get<1>(set.branches())) == 7);
  CHECK(c_of(std::get<2>(set.branches())) == 1);
  CHECK(set.how().weights == std::vector<double>{2, 1, 1});
}
