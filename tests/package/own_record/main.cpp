// SPDX-License-Identifier: Apache-2.0
// A shop with a record of its own: reviews are sorted by mood, and each user gets products after likes and dislikes.

#include <algorithm>
#include <bespoke/bespoke.hpp>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>
using namespace bespoke;

namespace {

enum class mood : unsigned char { angry, fine, delighted };

struct Review {
  std::string text{};
  std::optional<float> price{};
  std::vector<std::string> tags{};
  mood label{};
};

const char* const reviews = R"(text;price;tags;mood
Broke after a day, never again;9.99;kitchen|glass;angry
The handle broke on the first day;;kitchen;angry
Never again, it came broken;20;garden;angry
It works;5;kitchen;fine
Works as described;15;garden|tools;fine
It works, nothing special;;tools;fine
I love this lamp;49;light;delighted
Love it, wonderful light;59;light|glass;delighted
Wonderful, a joy every day;;garden;delighted
)";

struct Product {
  std::string name{};
  std::optional<float> price{};
  std::vector<std::string> tags{};
};

int failures = 0;
void expect(bool right, const char* what) {
  if (!right) std::printf("wrong: %s\n", what), ++failures;
}

void sort_reviews() {
  const auto flow = ingest::csv_text<Review>(
      reviews,
      {column("text", &Review::text), column("price", &Review::price), column("tags", &Review::tags, '|'),
       column("mood", &Review::label, {{"angry", mood::angry}, {"fine", mood::fine}, {"delighted", mood::delighted}})},
      {.separator = ';'});
  const auto spec =
      fuse(field("text", &Review::text) | features::tfidf{}, field("price", &Review::price) | features::standardize{},
           field("tags", &Review::tags) | features::one_hot{}) |
      train::linear_svm{};
  const auto first = fit(spec, flow, &Review::label);
  save(first, "mood.safetensors");

  infer::live desk{load(spec, "mood.safetensors", &Review::label)};  // live<Review, decision<mood>>
  expect(desk({"broke again", {}, {"kitchen"}}).label() == mood::angry, "what broke makes angry");
  expect(desk({"what a wonderful lamp", 55, {"light"}}).label() == mood::delighted, "wonderful delights");
  const auto before = desk.version();
  expect(desk.publish(first) > before && desk.ask({"it works", 5, {}}).answer.label() == mood::fine, "a newer version");
  expect(desk.rollback() && !desk.rollback(), "one version back");
}

using profile = train::user_profile::fitted<sparse_row>;

/// What a user likes, from the events alone: each like or dislike moves the profile towards its product's row.
profile taste_of(const char* user, const feedback::log& events, const sparse_rows& rows) {
  profile taste({.l2 = 1.0f}, {.weights = aligned_vector<float>(rows.width())});  // knows nothing yet
  for (const feedback::event& e : events.events())
    if (e.subject == user) taste = taste.adjusted(rows[std::stoul(e.item)], e.value);
  return taste;
}

void recommend() {
  const std::vector<Product> shop{{"oak table", 300, {"wood"}},         {"pine shelf", 80, {"wood"}},
                                  {"oak chair", 120, {"wood", "seat"}}, {"steel lamp", 60, {"metal", "light"}},
                                  {"desk lamp", {}, {"light"}},         {"steel chair", 90, {"metal", "seat"}}};
  const auto spec =
      fuse(field("name", &Product::name) | features::tfidf{}, field("price", &Product::price) | features::standardize{},
           field("tags", &Product::tags) | features::one_hot{});
  const auto [describe, rows] = fit_rows(spec, shop);

  std::filesystem::remove("shop.events");
  feedback::log events{"shop.events"};
  events.append({.kind = "like", .subject = "user 7", .item = "0", .value = 1});
  events.append({.kind = "dislike", .subject = "user 7", .item = "3", .value = -1});
  events.append({.kind = "like", .subject = "user 8", .item = "3", .value = 1});

  const profile taste = taste_of("user 7", events, rows);
  const auto best = infer::top_k(taste, rows, 3, [](std::size_t i) { return i != 0 && i != 3; });
  expect(best.size() == 3 && best[0].index == 2, "who likes an oak table likes an oak chair");
  const auto why = taste.reasons(rows[2], 4);
  bool oak = false;
  for (const reason& r : why) oak |= describe.stage().column_name(r.column) == "name: oak";
  expect(oak, "because it is of oak");
  for (const reason& r : why) std::printf("%s %+.2f\n", describe.stage().column_name(r.column).c_str(), r.contribution);
  const auto other = infer::top_k(taste_of("user 8", events, rows), rows, 1, [](std::size_t i) { return i != 3; });
  expect(other[0].index == 4 || other[0].index == 5, "another user, another product");

  save(describe, "products.safetensors");
  const auto again = load(spec, "products.safetensors");
  expect(std::ranges::equal(again(shop).values(), rows.values()), "the same rows after load");
}

}  // namespace

int main() {
  sort_reviews();
  recommend();
  return failures;
}
