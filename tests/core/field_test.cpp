// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"

#include <bespoke/core/save.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using namespace bespoke;
using bespoke_test::contains;

namespace {

/// A text that counts its copies.
struct counted_text {
  std::string text{};
  static inline std::size_t copies = 0;

  counted_text() = default;
  counted_text(const char* t) : text(t) {}
  counted_text(const counted_text& other) : text(other.text) { ++copies; }
  counted_text& operator=(const counted_text& other) {
    text = other.text;
    ++copies;
    return *this;
  }
  counted_text(counted_text&&) = default;
  counted_text& operator=(counted_text&&) = default;
};

struct Note {
  float weight{};
  counted_text body{};
  std::string title{};
};

/// A stage that learns the longest text of its training values.
struct longest {
  struct fitted {
    static constexpr std::string_view kind = "longest/1";
    using output_type = float;
    double most = 0;
    float operator()(const counted_text& t) const { return static_cast<float>(double(t.text.size()) / most); }
    void save(bundle_writer& w) const { w.put("most", most); }
  };
  template <class Y>
  fitted fit(const blocks<counted_text>& x, const blocks<Y>&, const context& ctx) const {
    fitted f;
    x.reduce(
        ctx,
        [](const block<counted_text>& b) {
          double most = 0;
          for (const counted_text& t : b) most = std::max(most, double(t.text.size()));
          return most;
        },
        [&](double most) { f.most = std::max(f.most, most); });
    return f;
  }
  template <class In, class Y>
  fitted load(bundle_reader& r) const {
    return {r.number("most")};
  }
};

const std::vector<Note>& notes() {
  static const std::vector<Note> all = [] {
    std::vector<Note> some;
    for (const char* t : {"one", "three", "eleven"}) {
      Note& n = some.emplace_back();
      n.body.text = t;
      n.title = t;
      n.weight = float(n.title.size());
    }
    return some;
  }();
  return all;
}

std::string message_of(auto&& call) {
  try {
    call();
  } catch (const error& e) {
    return e.what();
  }
  return "nothing was thrown";
}

template <class F>
bundle_reader bundle_of(const F& f) {
  const std::string bytes = detail::written<typename F::record_type>(f.stage()).bytes(f.summary());
  return bundle_reader::from_bytes(std::as_bytes(std::span(bytes)));
}

}  // namespace

TEST_CASE("a member field gives the member itself, copied nowhere from fit to answer") {
  const auto spec = field("body", &Note::body) | longest{};
  counted_text::copies = 0;
  const auto f = fit(spec, notes());
  const Note one = [] {
    Note n;
    n.body.text = "abc";
    return n;
  }();
  CHECK(f(one) == 0.5f);
  const auto many = f(notes());
  CHECK(many == std::vector<float>{0.5f, 5.0f / 6, 1});
  CHECK(counted_text::copies == 0);
  const auto member = fit(field("body", &Note::body), notes());
  scratch s;
  CHECK(&member(one, s) == &one.body);
}

TEST_CASE("blocks of a member are read in place") {
  const auto stage = fit(field("body", &Note::body), notes());
  const block<Note> records(std::span<const Note>(notes()), 0);
  const block<counted_text> bodies = stage.stage().project(records);
  REQUIRE(bodies.size() == notes().size());
  for (std::size_t i = 0; i < bodies.size(); ++i) CHECK(&bodies[i] == &notes()[i].body);
}

TEST_CASE("a field may be computed from the record") {
  const auto f = fit(field("length", [](const Note& n) { return float(n.title.size()); }), notes());
  CHECK(f(notes()[2]) == 6);
  CHECK(f(notes()) == std::vector<float>{3, 5, 6});
}

TEST_CASE("a field may be a getter, whose reference is passed on") {
  struct account {
    std::string owner_name = "Ada";
    const std::string& owner() const { return owner_name; }
    int age() const noexcept { return 36; }
  };
  const std::vector<account> accounts(3);
  scratch s;
  const auto owner = fit(field("owner", &account::owner), accounts);
  CHECK(&owner(accounts[1], s) == &accounts[1].owner_name);
  CHECK(fit(field("age", &account::age), accounts)(accounts[2]) == 36);
}

TEST_CASE("a map is a function as a stage, of fields or of whole records") {
  const auto shout = map("shout/1", [](const std::string& t) { return t + "!"; });
  const auto f = fit(field("title", &Note::title) | shout, notes());
  CHECK(f(notes()[0]) == "one!");
  const auto whole = fit(map("twice/1", [](const Note& n) { return 2 * n.weight; }), notes());
  CHECK(whole(notes()[0]) == 6);
  const auto generic = fit(field("weight", &Note::weight) | map("half/1", [](auto x) { return x / 2; }), notes());
  CHECK(generic(notes()[2]) == 3);
}

TEST_CASE("load refuses another field, another type and another map") {
  const auto half = [](float x) { return x / 2; };
  const auto f = fit(field("weight", &Note::weight) | map("half/1", half), notes());
  const auto load_as = [&](const auto& spec) {
    return message_of(
        [&] { (void)detail::loaded<std::remove_cvref_t<decltype(spec)>, Note, none>(spec, bundle_of(f), {}); });
  };
  CHECK(load_as(field("weight", &Note::weight) | map("half/1", half)) == "nothing was thrown");
  CHECK_THAT(load_as(field("mass", &Note::weight) | map("half/1", half)),
             contains("stage 1 (field/1): the file has name \"weight\", this chain has \"mass\""));
  CHECK_THAT(load_as(field("weight", &Note::title) | map("half/1", [](const std::string& t) { return t.size(); })),
             contains("stage 1 (field/1): the file has type \"float\", this chain has \"string\""));
  CHECK_THAT(load_as(field("weight", &Note::weight) | map("half/2", half)),
             contains("stage 2 (map/1): the file has name \"half/1\", this chain has \"half/2\""));
  CHECK_THAT(load_as(field("weight", &Note::weight)), contains("the file has \"map/1\", this chain has no stage 2"));
}
