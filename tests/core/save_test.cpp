// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"

#include <bespoke/core/save.hpp>
#include <bespoke/features/one_hot.hpp>
#include <bespoke/features/standardize.hpp>
#include <bespoke/features/tfidf.hpp>
#include <bespoke/preprocess/fold.hpp>
#include <bespoke/preprocess/words.hpp>
#include <bespoke/train/linear_svm.hpp>
#include <bespoke/train/user_profile.hpp>

#include <tbb/global_control.h>

#include <unistd.h>
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

using namespace bespoke;
using bespoke_test::contains;

namespace {

struct Order {
  std::string note{};
  std::string country{};
  float amount{};
  int items{};
  std::vector<std::string> tags{};
  std::optional<float> age{};
  std::string queue{};
  bool paid{};
  float rating{};
};

/// Random orders; the queue follows from the note's first word, so that there is something to learn.
std::vector<Order> random_orders(std::uint64_t seed, std::size_t n) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::size_t m) { return static_cast<std::size_t>(random() % m); };
  const std::vector<std::string> words{"card",  "parcel", "late",  "broken", "refund", "thanks",
                                       "where", "lost",   "again", "please", "never",  "today"};
  const std::vector<std::string> countries{"FR", "DE", "JP", "BR"};
  std::vector<Order> all(n);
  for (Order& o : all) {
    const std::size_t first = below(3);
    o.note = words[first];
    for (std::size_t left = below(9); left > 0; --left) o.note += " " + words[below(words.size())];
    o.country = countries[below(countries.size())];
    o.amount = static_cast<float>(below(100000)) / 100;
    o.items = static_cast<int>(below(7)) - 2;
    for (std::size_t left = below(4); left > 0; --left) o.tags.push_back(words[below(words.size())]);
    if (below(3) != 0) o.age = static_cast<float>(below(90));
    o.queue = "queue of " + words[first];
    o.paid = o.items > 0;
    o.rating = static_cast<float>(below(5)) + 1;
  }
  return all;
}

auto note() { return field("note", &Order::note); }
auto country() { return field("country", &Order::country); }
auto amount() { return field("amount", &Order::amount); }
auto items() { return field("items", &Order::items); }
auto tags() { return field("tags", &Order::tags); }
auto age() { return field("age", &Order::age); }

/// Feature branches in many combinations: dense, sparse, mixed, nested.
auto feature_specs() {
  return std::make_tuple(
      note() | features::tfidf{}, note() | features::tfidf{.ngrams = {1, 2}, .min_df = 2},
      country() | features::one_hot{}, tags() | features::one_hot{.unseen = features::unseen::column},
      amount() | features::standardize{}, age() | features::standardize{},
      note() | features::tfidf{} | features::standardize{.with_mean = false}, fuse(amount(), items()),
      fuse(amount() | features::standardize{}, age() | features::standardize{}),
      fuse(note() | features::tfidf{}, amount() | features::standardize{}, country() | features::one_hot{}),
      fuse(tags() | features::one_hot{}, items(), note() | features::tfidf{.ngrams = {1, 2}}),
      fuse(fuse(amount(), items()) | features::standardize{}, tags() | features::one_hot{}));
}

/// Every feature spec alone, before a classifier and before a rating model.
template <class Use>
void for_each_chain(Use&& use) {
  std::apply(
      [&](const auto&... s) {
        (use(s, detail::no_target{}), ...);
        (use(s | train::linear_svm{}, &Order::queue), ...);
        (use(s | train::linear_svm{}, &Order::paid), ...);
        (use(s | train::user_profile{.max_iterations = 20}, &Order::rating), ...);
      },
      feature_specs());
}

// An answer as bits, so that equal means equal bit for bit.
std::string bits(float x) { return std::to_string(std::bit_cast<std::uint32_t>(x)); }
template <class L>
std::string bits(const decision<L>& d) {
  std::string text;
  if constexpr (std::is_same_v<L, bool>) text = d.label() ? "yes" : "no";
  else text = d.label();
  return text + " " + bits(d.score());
}
template <row R>
std::string bits(const R& r) {
  std::string all = std::to_string(r.width());
  for_each_value(r, [&](std::size_t c, float v) { all += " " + std::to_string(c) + ":" + bits(v); });
  return all;
}

/// The answer to one record, and the answers to many, as bits.
template <class F>
std::string one(const F& f, const Order& o) {
  scratch s;
  return bits(f(o, s));
}
template <class Answers>
std::vector<std::string> each(const Answers& answers) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < answers.size(); ++i) all.push_back(bits(answers[i]));
  return all;
}

template <class Spec, class Target>
auto fit_to(const Spec& spec, const std::vector<Order>& orders, const Target& target, unsigned threads = 0) {
  if constexpr (std::is_same_v<Target, detail::no_target>) return fit(spec, orders, {.threads = threads});
  else return fit(spec, orders, target, {.threads = threads});
}
template <class Spec, class Target>
auto load_from(const Spec& spec, const std::filesystem::path& path, const Target& target) {
  if constexpr (std::is_same_v<Target, detail::no_target>) return load(spec, path);
  else return load(spec, path, target);
}

/// A path in the folder for temporary files, gone at the end.
struct file {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("bespoke_save_" + std::to_string(::getpid()) + ".safetensors");
  file() = default;
  file(const file&) = delete;
  file& operator=(const file&) = delete;
  ~file() {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }
  std::string bytes() const {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& bytes) const { std::ofstream(path, std::ios::binary) << bytes; }
};

std::string message_of(auto&& call) {
  try {
    call();
  } catch (const error& e) {
    return e.what();
  }
  return "nothing was thrown";
}

auto desk() {
  return fuse(note() | features::tfidf{.ngrams = {1, 2}}, amount() | features::standardize{},
              country() | features::one_hot{}) |
         train::linear_svm{};
}

}  // namespace

TEST_CASE("over random chains: many records at once get the answers of one at a time") {
  std::uint64_t seed = 1;
  for_each_chain([&](const auto& spec, const auto& target) {
    const auto f = fit_to(spec, random_orders(++seed, 120), target);
    const auto asked = random_orders(seed + 1000, 1100);  // two blocks
    const auto answers = each(f(asked, 2));
    REQUIRE(answers.size() == asked.size());
    for (std::size_t i = 0; i < asked.size(); i += 7) REQUIRE(answers[i] == one(f, asked[i]));
  });
}

TEST_CASE("over random chains: what is loaded answers as what was saved, and saves the same file") {
  const file here;
  std::uint64_t seed = 1;
  for_each_chain([&](const auto& spec, const auto& target) {
    const auto f = fit_to(spec, random_orders(++seed, 120), target);
    save(f, here.path);
    const std::string first = here.bytes();
    const auto again = load_from(spec, here.path, target);
    const auto asked = random_orders(seed + 1000, 60);
    REQUIRE(each(again(asked)) == each(f(asked)));
    REQUIRE(again.summary().training_digest == f.summary().training_digest);
    save(again, here.path);
    REQUIRE(here.bytes() == first);
  });
}

TEST_CASE("1, 2 and 4 threads give the same file, byte for byte") {
  const tbb::global_control four(tbb::global_control::max_allowed_parallelism, 4);
  const auto orders = random_orders(3, 5000);
  const file here;
  std::vector<std::string> files;
  for (const unsigned threads : {1u, 2u, 4u}) {
    save(fit(desk(), orders, &Order::queue, {.threads = threads, .seed = 7}), here.path);
    files.push_back(here.bytes());
  }
  CHECK(files[0] == files[1]);
  CHECK(files[0] == files[2]);
}

TEST_CASE("a bundle holds no training record") {
  const auto orders = random_orders(5, 300);
  const file here;
  save(fit(desk(), orders, &Order::queue), here.path);
  const std::string bytes = here.bytes();
  REQUIRE(bytes.size() > 1000);
  std::size_t searched = 0;
  for (const Order& o : orders) {
    if (std::count(o.note.begin(), o.note.end(), ' ') < 4) continue;  // shorter runs of words are terms
    ++searched;
    REQUIRE(bytes.find(o.note) == std::string::npos);
  }
  CHECK(searched > 100);
}

TEST_CASE("golden records are made up, and an altered answer is refused") {
  const auto f = fit(desk(), random_orders(6, 200), &Order::queue);
  const file here;
  save(f, here.path);
  const auto summary = load(desk(), here.path, &Order::queue).summary();
  REQUIRE(summary.golden.size() == detail::golden_count);
  CHECK(summary.golden_source == "made up from the vocabulary and the value ranges");
  const std::string label = summary.golden[0].label;
  bundle_summary altered = summary;
  altered.golden[0].label = "queue of nothing";
  here.write(detail::written<Order>(f.stage()).bytes(altered));
  CHECK_THAT(message_of([&] { (void)load(desk(), here.path, &Order::queue); }),
             contains("golden record 0: it was labelled \"queue of nothing\" and is now labelled \"" + label + "\""));
  altered = summary;
  altered.golden[3].scores[0] += 0.5;
  here.write(detail::written<Order>(f.stage()).bytes(altered));
  CHECK_THAT(message_of([&] { (void)load(desk(), here.path, &Order::queue); }),
             contains("golden record 3: number 0 was "));
  altered = summary;
  altered.golden[1].fields.pop_back();
  here.write(detail::written<Order>(f.stage()).bytes(altered));
  CHECK_THAT(message_of([&] { (void)load(desk(), here.path, &Order::queue); }),
             contains("golden record 1: its field \"country\" is missing or malformed"));
}

TEST_CASE("load refuses another label, field and parameter, and takes what only training used from the file") {
  const auto f = fit(desk(), random_orders(7, 200), &Order::queue);
  const file here;
  save(f, here.path);
  CHECK_THAT(message_of([&] { (void)load(desk(), here.path, &Order::paid); }), contains("\"string\""));
  const auto with = [&](const auto& words, const auto& number) {
    return message_of([&] {
      (void)load(fuse(words, number, country() | features::one_hot{}) | train::linear_svm{.c = 3}, here.path,
                 &Order::queue);
    });
  };
  const auto words = note() | features::tfidf{.ngrams = {1, 2}};
  const auto number = amount() | features::standardize{};
  CHECK(with(words, number) == "nothing was thrown");
  CHECK_THAT(with(field("text", &Order::note) | features::tfidf{.ngrams = {1, 2}}, number),
             contains("the file has name \"note\", this chain has \"text\""));
  CHECK_THAT(with(note() | features::tfidf{}, number),
             contains("(tfidf/1): " + here.path.string() + ": the file has ngrams"));
  CHECK_THAT(with(words, items() | features::one_hot{}),
             contains("the file has name \"amount\", this chain has \"items\""));
  CHECK_THAT(with(words, amount() | features::standardize{.with_mean = false}),
             contains("this chain has false; load it with the spec that it was fitted with, or fit and save again"));
  CHECK_THAT(
      message_of([&] { (void)load(note() | features::tfidf{} | train::linear_svm{}, here.path, &Order::queue); }),
      contains("stage 1: " + here.path.string() + ": the file has \"fuse/1\", this chain has \"field/1\""));
}

TEST_CASE("metrics and the training's facts come back") {
  const auto f = fit(desk(), random_orders(8, 200), &Order::queue, {.seed = 9});
  const file here;
  save(f, here.path, {.metrics = {{"accuracy", 0.93}}});
  const auto again = load<std::string>(desk(), here.path);
  REQUIRE(again.summary().metrics.size() == 1);
  CHECK(again.summary().metrics[0] == std::pair<std::string, double>("accuracy", 0.93));
  CHECK(again.summary().seed == 9);
  CHECK(again.summary().records == 200);
  CHECK(again.summary().label == "string");
  CHECK(again.summary().training_digest.size() == 64);
}

TEST_CASE("golden records see through stages that make up nothing") {
  const auto filled = [](const auto& spec, auto member) {
    const file here;
    save(fit(spec, random_orders(12, 50)), here.path);
    const auto golden = load(spec, here.path).summary().golden;
    return std::count_if(golden.begin(), golden.end(), [&](const golden_record& g) {
      decltype(Order{}.*member) value{}, empty{};
      return from_text(g.fields.at(0).second, value) && value != empty;
    });
  };
  const auto plain = [](const auto& x) { return x; };
  const auto first_words = [](const std::vector<std::string>& words) { return words; };
  CHECK(filled(note() | preprocess::fold{} | features::tfidf{}, &Order::note) > 4);
  CHECK(filled(note() | preprocess::words{} | features::tfidf{}, &Order::note) > 4);
  CHECK(filled(note() | preprocess::fold{} | preprocess::words{} | map("all/1", first_words) | features::tfidf{},
               &Order::note) > 4);
  CHECK(filled(amount() | map("same/1", plain) | features::standardize{}, &Order::amount) > 4);
  CHECK(filled(field("age", &Order::age) | features::standardize{}, &Order::age) > 4);
  const auto zero_if_unknown = [](const std::optional<float>& x) { return x.value_or(0); };
  CHECK(filled(field("age", &Order::age) | map("age/1", zero_if_unknown) | features::standardize{}, &Order::age) > 4);
  // A number is no country, so its field stays empty.
  const auto length = [](const std::string& text) { return static_cast<float>(text.size()); };
  CHECK(filled(country() | map("length/1", length) | features::standardize{}, &Order::country) == 0);
}

TEST_CASE("a chain that reads whole records has the golden records of its host") {
  const auto spec = map("price/1", [](const Order& o) { return o.amount * 2; });
  const auto orders = random_orders(9, 5);
  const auto f = fit(spec, orders);
  const file here;
  save(f, here.path);
  CHECK(load<none, Order>(spec, here.path).summary().golden_source == "none");
  const std::span<const Order> golden(orders.data(), 2);
  save(f, here.path, {.golden = golden});
  const auto again = load(spec, here.path, load_options<Order>{.golden = golden});
  CHECK(again.summary().golden_source == "given by the host");
  const std::span<const Order> others(orders.data() + 2, 2);
  CHECK_THAT(message_of([&] { (void)load(spec, here.path, load_options<Order>{.golden = others}); }),
             contains("golden record 0: number 0 was "));
}

TEST_CASE("the try_ forms return what went wrong") {
  const auto f = fit(desk(), random_orders(10, 100), &Order::queue);
  const auto saved = try_save(f, std::filesystem::path("/nonexistent/folder/x.safetensors"));
  REQUIRE_FALSE(saved);
  CHECK(saved.failure()->code() == errc::io);
  const auto loaded = try_load(desk(), "/nonexistent/x.safetensors", &Order::queue);
  REQUIRE_FALSE(loaded);
  CHECK(loaded.failure()->code() == errc::io);
}
