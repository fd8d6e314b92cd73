// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"

#include <bespoke/core/save.hpp>
#include <bespoke/features/tfidf.hpp>
#include <bespoke/ingest/queue.hpp>
#include <bespoke/preprocess/distinct.hpp>
#include <bespoke/train/linear_svm.hpp>
#include <bespoke/train/user_profile.hpp>

#include <unistd.h>
#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace bespoke;
using bespoke_test::contains;

namespace {

struct Letter {
  std::string body{};
  std::string attachment{};  // read by no chain here
  std::string folder{};
  bool urgent{};
  float price{};
};

std::vector<Letter> letters(std::size_t n = 6) {
  const std::vector<Letter> some{{"the card was swallowed", "scan one", "cards", true, 1},
                                 {"my card expired today", "scan two", "cards", false, 2},
                                 {"a parcel never arrived", "scan three", "parcels", true, 3},
                                 {"the parcel is broken", "scan four", "parcels", false, 4}};
  std::vector<Letter> all;
  for (std::size_t i = 0; i < n; ++i) all.push_back(some[i % some.size()]);
  return all;
}

auto words() { return field("body", &Letter::body) | features::tfidf{}; }
auto triage() { return words() | train::linear_svm{}; }

/// Remembers the attachments of the records it was fitted to.
struct witness {
  std::vector<std::string>* seen = nullptr;
  struct fitted {
    static constexpr std::string_view kind = "witness/1";
    using output_type = float;
    float operator()(const Letter&) const { return 0; }
    void save(bundle_writer&) const {}
  };
  template <class Y>
  fitted fit(const blocks<Letter>& x, const blocks<Y>&, const context& ctx) const {
    x.reduce(
        ctx,
        [](const block<Letter>& b) {
          std::vector<std::string> found;
          for (const Letter& l : b) found.push_back(l.attachment);
          return found;
        },
        [&](const std::vector<std::string>& found) { seen->insert(seen->end(), found.begin(), found.end()); });
    return {};
  }
  template <class In, class Y>
  fitted load(bundle_reader&) const {
    return {};
  }
};

struct source {
  std::vector<Letter> left{};
  bool next(Letter& out) {
    if (left.empty()) return false;
    out = std::move(left.back());
    left.pop_back();
    return true;
  }
};

std::string message_of(auto&& call) {
  try {
    call();
  } catch (const error& e) {
    return e.what();
  }
  return "nothing was thrown";
}

}  // namespace

TEST_CASE("targets: a text member, a bool member, a function") {
  const auto all = letters();
  CHECK(fit(triage(), all, &Letter::folder)(Letter{.body = "broken parcel"}).label() == "parcels");
  const auto urgent = fit(triage(), all, &Letter::urgent);
  static_assert(std::is_same_v<decltype(urgent(all[0])), decision<bool>>);
  CHECK(urgent(all[0]).label());
  CHECK_FALSE(urgent(all[1]).label());
  const auto first = fit(triage(), all, [](const Letter& l) { return l.folder.substr(0, 1); });
  CHECK(first(all[2]).label() == "p");
  const auto price = fit(words() | train::user_profile{.l2 = 0.01f}, all, &Letter::price);
  CHECK(price(all[3]) > price(all[0]));
}

TEST_CASE("records come in a vector, a span or a flow, with the same answer") {
  const auto all = letters();
  const auto bytes = [](const auto& f) { return detail::written<Letter>(f.stage()).bytes(f.summary()); };
  const std::string from_vector = bytes(fit(triage(), all, &Letter::folder));
  CHECK(bytes(fit(triage(), std::span<const Letter>(all), &Letter::folder)) == from_vector);
  const std::vector<Letter> backwards(all.rbegin(), all.rend());
  CHECK(bytes(fit(triage(), flow(source{backwards}), &Letter::folder)) == from_vector);
}

TEST_CASE("of a flow's records only the fields that are read are kept") {
  const flow<Letter> records(source{letters()});
  const std::vector<Letter> kept = detail::needed_of(triage(), records, &Letter::folder, context());
  REQUIRE(kept.size() == 6);
  for (const Letter& l : kept) {
    CHECK(!l.body.empty());
    CHECK(!l.folder.empty());
    CHECK(l.attachment.empty());
    CHECK(l.price == 0);
  }
}

TEST_CASE("a stage that reads whole records gets them whole, from memory and from a flow") {
  std::vector<std::string> seen;
  (void)fit(witness{&seen}, letters(2));
  CHECK(seen == std::vector<std::string>{"scan one", "scan two"});
  seen.clear();
  (void)fit(witness{&seen}, flow(source{letters(2)}));
  CHECK(seen == std::vector<std::string>{"scan two", "scan one"});
}

TEST_CASE("a flow through distinct is learned from once") {
  const auto spec = triage();
  const auto f = fit(spec, flow(source{letters(100)}) | preprocess::distinct(&Letter::body), &Letter::folder);
  CHECK(f.summary().records == 4);
}

TEST_CASE("a queue is learned from until it is closed") {
  ingest::queue<Letter> uploads{.capacity = 2};
  std::thread host([&] {
    for (Letter& l : letters(40)) uploads.push(std::move(l));
    uploads.close();
  });
  const auto f = fit(triage(), uploads.records(), &Letter::folder);
  host.join();
  CHECK(f.summary().records == 40);
  CHECK(f(letters()[0]).label() == "cards");
}

TEST_CASE("without records there is nothing to learn from") {
  const std::vector<Letter> none_at_all;
  const std::string expected = "there are no records to learn from";
  CHECK_THAT(message_of([&] { (void)fit(triage(), none_at_all, &Letter::folder); }), contains(expected));
  CHECK_THAT(message_of([&] { (void)fit(triage(), flow(source{}), &Letter::folder); }), contains(expected));
  const auto tried = try_fit(triage(), none_at_all, &Letter::folder);
  REQUIRE_FALSE(tried);
  CHECK(tried.failure()->code() == errc::empty_input);
}

TEST_CASE("options reach the stages: seed, threads, progress, stop") {
  const auto all = letters(3000);
  CHECK(fit(triage(), all, &Letter::folder, {.seed = 7}).summary().seed == 7);
  std::map<std::string, std::size_t> done;
  bool ascending = true;
  (void)fit(triage(), all, &Letter::folder, {.on_progress = [&](const progress& p) {
              ascending = ascending && p.done >= done[std::string(p.stage)];
              done[std::string(p.stage)] = p.done;
            }});
  CHECK(ascending);
  CHECK(!done.empty());
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = try_fit(triage(), all, &Letter::folder, fit_options{.stop = stop.get_token()});
  REQUIRE_FALSE(stopped);
  CHECK(stopped.failure()->code() == errc::stopped);
}

TEST_CASE("a fit can be stopped from its own progress") {
  const auto all = letters(5000);
  std::stop_source stop;
  const auto stopped =
      try_fit(triage(), all, &Letter::folder,
              fit_options{.on_progress = [&](const progress&) { stop.request_stop(); }, .stop = stop.get_token()});
  REQUIRE_FALSE(stopped);
  CHECK(stopped.failure()->code() == errc::stopped);
}

TEST_CASE("updated gives the next version and leaves the first as it was") {
  const auto all = letters();
  const auto first = fit(words() | train::user_profile{}, all, &Letter::price);
  const float before = first(all[0]);
  const std::vector<Letter> liked{{.body = all[0].body, .price = 9}};
  const auto next = updated(first, std::span<const Letter>(liked), &Letter::price);
  CHECK(first(all[0]) == before);
  CHECK(next(all[0]) > before);
  CHECK(next.stage().stage<1>().width() == first.stage().stage<1>().width());
}

TEST_CASE("followed_by joins features with a learner fitted to some of their rows, and the bundle keeps both") {
  const auto all = letters();
  const context ctx;
  const train::user_profile learner{.l2 = 0.5f};
  const auto joins = [&](const auto& features, const std::string& reason) {
    auto [items, rows] = fit_rows(features, all);
    std::vector<float> ratings(rows.size());
    for (std::size_t i = 0; i < ratings.size(); ++i) ratings[i] = all[i].price;
    const auto profile = learner.fit(rows_as_blocks(std::make_shared<const sparse_rows>(rows)), own(ratings), ctx);
    const auto taste = followed_by<float>(items, profile, "of my own");
    scratch s;
    for (const Letter& l : all) CHECK(taste(l) == profile(items(l, s)));
    CHECK(taste.reasons(all[3], 1).front().name == reason);

    const auto path = std::filesystem::temp_directory_path() / ("bespoke_fit_" + std::to_string(::getpid()));
    save(taste, path);
    const auto again = load<float>(features | learner, path);
    CHECK(again.summary().training_digest == "of my own");
    for (const Letter& l : all) CHECK(again(l) == taste(l));
    std::filesystem::remove(path);
  };
  joins(fuse(words()), "body: parcel");
  joins(words(), "parcel");
}
