// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/recommender.hpp>
#include <bespoke/train/bayesian_factorization.hpp>
#include <bespoke/train/biased_factorization.hpp>
#include <bespoke/train/bpr.hpp>
#include <bespoke/train/ease.hpp>
#include <bespoke/train/ials.hpp>
#include <bespoke/train/item_neighbors.hpp>
#include <bespoke/train/popularity.hpp>
#include <bespoke/train/svd_plus_plus.hpp>
#include <bespoke/train/user_neighbors.hpp>
#include <bespoke/train/warp.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <sys/resource.h>

#include "catch.hpp"

// What every way to recommend makes of odd and bad input, through a recommender.

using namespace bespoke;
using bespoke_test::contains;

namespace {

struct rating {
  std::string user{};
  std::string film{};
  float stars = 1;
};

using film_table = interaction_table<std::string, std::string>;
using films = recommender<std::string, std::string>;

constexpr auto fields = [](interaction_options options = {}) {
  return interactions(&rating::user, &rating::film, &rating::stars, options);
};

template <class Spec>
Spec small() {
  Spec spec;
  if constexpr (requires { spec.factors; }) spec.factors = 4;
  if constexpr (requires { spec.epochs; }) spec.epochs = 5;
  if constexpr (requires { spec.samples; }) spec.samples = 3;
  return spec;
}

/// 12 users and 9 films; nobody has all of them.
std::vector<rating> some_ratings() {
  std::vector<rating> some;
  for (int u = 0; u < 12; ++u)
    for (int f = 0; f < 9; ++f)
      if ((u + f) % 3 != 0 || f < u % 5)
        some.push_back({"user " + std::to_string(u), "film " + std::to_string(f), static_cast<float>(1 + (u * f) % 5)});
  return some;
}

void check_sound(const std::vector<recommended<std::string>>& list, std::size_t size) {
  CHECK(list.size() == size);
  for (const auto& [film, score] : list) CHECK(std::isfinite(score));
}

/// Everything that may be asked of a recommender is answered, with finite numbers.
void check_answers(const films& all) {
  const std::size_t items = all.items().size();
  for (std::size_t u = 0; u < all.users().size(); ++u) {
    const std::string user(all.users()[u]);
    check_sound(all.recommend(user, 1'000'000), items - all.history(user).size());
    check_sound(all.recommend(user, items, any_item{}, known_items::shown), items);
    for (std::size_t i = 0; i < items; ++i) {
      const std::string film(all.items()[i]);
      CHECK(std::isfinite(all.score(user, film)));
      for (const auto& [because, part] : all.explain(user, film, 1'000'000)) CHECK(std::isfinite(part));
    }
  }
  for (std::size_t i = 0; i < items; ++i) check_sound(all.similar(std::string(all.items()[i]), 1'000'000), items - 1);
  check_sound(all.recommend("nobody", 1'000'000), items);
  check_sound(all.recommend_for({}, 1'000'000), items);
}

std::filesystem::path file() { return std::filesystem::temp_directory_path() / "bespoke_recommender.safetensors"; }

template <class Spec>
films read_back(const films& all) {
  save(all, file());
  films again = load_recommender<std::string, std::string>(small<Spec>(), file());
  std::filesystem::remove(file());
  return again;
}

#define WAYS                                                                                                          \
  train::popularity, train::item_neighbors, train::user_neighbors, train::ease, train::ials, train::bpr, train::warp, \
      train::biased_factorization, train::svd_plus_plus, train::bayesian_factorization

}  // namespace

TEMPLATE_TEST_CASE("recommenders: users and items without interactions are answered for", "", WAYS) {
  film_table seen = collect(fields(), some_ratings());
  seen.users.add("idle");
  seen.items.add("unseen");
  interaction_collector all({}, false);
  for (const rating& r : some_ratings()) all.add(seen.users.add(r.user), seen.items.add(r.film), r.stars, 0);
  seen.matrix = std::move(all).finish(seen.users.size(), seen.items.size());
  const films found = fit(small<TestType>(), seen);
  check_answers(found);
  CHECK(found.history("idle").size() == 0);
  CHECK(found.explain("idle", "film 1").empty());
  CHECK(read_back<TestType>(found).recommend("idle", 99) == found.recommend("idle", 99));
}

TEMPLATE_TEST_CASE("recommenders: ratings that are all equal", "", WAYS) {
  for (const float stars : {1.0f, 4.0f}) {
    std::vector<rating> same = some_ratings();
    for (rating& r : same) r.stars = stars;
    check_answers(fit(small<TestType>(), collect(fields(), same)));
  }
}

TEMPLATE_TEST_CASE("recommenders: of contradictory ratings one counts", "", WAYS) {
  std::vector<rating> twice = some_ratings();
  for (rating& r : twice) r.stars = 6 - r.stars;
  for (const rating& r : some_ratings()) twice.push_back(r);
  const films last = fit(small<TestType>(), collect(fields(), twice));
  const films one = fit(small<TestType>(), collect(fields(), some_ratings()));
  std::vector<rating> three = some_ratings();
  for (rating& r : three) r.stars = 3;
  const films mean = fit(small<TestType>(), collect(fields({.repeats = repeated::mean}), twice));
  const films middle = fit(small<TestType>(), collect(fields(), three));
  for (const rating& r : some_ratings()) {
    CHECK(last.recommend(r.user, 9) == one.recommend(r.user, 9));
    CHECK(mean.recommend(r.user, 9) == middle.recommend(r.user, 9));
  }
  const std::vector<past<std::string>> liked{{"film 1", 1}, {"film 2", 4}, {"film 1", 5}},
      clean{{"film 1", 5}, {"film 2", 4}};
  CHECK(last.recommend_for(liked, 9) == last.recommend_for(clean, 9));
}

TEMPLATE_TEST_CASE("recommenders: values below 0 are answered or refused with their user and item", "", WAYS) {
  std::vector<rating> some = some_ratings();
  some[7].stars = -2;
  if constexpr (std::is_same_v<TestType, train::ials>) {
    CHECK_THROWS_WITH(fit(small<TestType>(), collect(fields(), some)), contains("user 1") && contains("item"));
  } else {
    check_answers(fit(small<TestType>(), collect(fields(), some)));
  }
}

TEST_CASE("recommenders: values that are no numbers never come to a model") {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    std::vector<rating> some = some_ratings();
    some[7].stars = bad;
    CHECK_THROWS_WITH(collect(fields(), some), contains("expected a finite value") && contains("record 7"));
  }
}

TEMPLATE_TEST_CASE("recommenders: histories of somebody new may hold anything", "", WAYS) {
  const films all = fit(small<TestType>(), collect(fields(), some_ratings()));
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinite = std::numeric_limits<float>::infinity();
  for (const float value : {-3.0f, 0.0f, 1e30f, nan, infinite}) {
    const std::vector<past<std::string>> odd{{"film 1", value}, {"unheard of", 5}, {"film 2", 4}};
    CHECK(all.recommend_for(odd, 99).size() == 7);
    CHECK(all.explain_for(odd, "film 3", 99).size() <= 2);
  }
}

TEMPLATE_TEST_CASE("recommenders: one user, one film, one rating", "", WAYS) {
  check_answers(fit(small<TestType>(), collect(fields(), std::vector<rating>{{"ann", "alien", 4}})));
  check_answers(
      fit(small<TestType>(), collect(fields(), std::vector<rating>{{"ann", "alien", 4}, {"ann", "brazil", 2}})));
  check_answers(
      fit(small<TestType>(), collect(fields(), std::vector<rating>{{"ann", "alien", 4}, {"bob", "alien", 2}})));
  CHECK_THROWS_WITH(fit(small<TestType>(), collect(fields(), std::vector<rating>{})),
                    contains("there are no interactions"));
}

TEMPLATE_TEST_CASE("recommenders: more than there is, and filters that leave nothing", "", WAYS) {
  const films all = fit(small<TestType>(), collect(fields(), some_ratings()));
  const auto nothing = [](std::string_view) { return false; };
  CHECK(all.recommend("user 3", std::numeric_limits<std::size_t>::max()).size() ==
        all.items().size() - all.history("user 3").size());
  CHECK(all.recommend("user 3", 0).empty());
  CHECK(all.recommend("user 3", 99, nothing).empty());
  CHECK(all.recommend("nobody", 99, nothing).empty());
  CHECK(all.recommend_for({}, 99, nothing).empty());
  CHECK(all.recommend("user 3", 99, [](std::string_view film) { return film == "film 0"; }).size() <= 1);
  CHECK(all.similar("film 1", std::numeric_limits<std::size_t>::max()).size() == all.items().size() - 1);
  CHECK(all.explain("user 3", "film 1", std::numeric_limits<std::size_t>::max()).size() <=
        all.history("user 3").size());
  std::vector<past<std::string>> everything;
  for (std::size_t i = 0; i < all.items().size(); ++i) everything.push_back({std::string(all.items()[i])});
  CHECK(all.recommend_for(everything, 99).empty());
}

TEMPLATE_TEST_CASE("recommenders: ids that collide as text are kept apart", "", WAYS) {
  std::vector<rating> some = some_ratings();
  const std::vector<std::string> alike{"a", "a ", " a", "A", "1", "01", "1.0", ""};
  for (std::size_t i = 0; i < alike.size(); ++i)
    for (std::size_t j = 0; j <= i; ++j) some.push_back({alike[i], alike[j], 3});
  const films all = fit(small<TestType>(), collect(fields(), some)), again = read_back<TestType>(all);
  CHECK(all.users().size() == 12 + alike.size());
  CHECK(all.items().size() == 9 + alike.size());
  for (std::size_t i = 0; i < alike.size(); ++i) {
    CHECK(all.history(alike[i]).size() == i + 1);
    CHECK(again.recommend(alike[i], 99) == all.recommend(alike[i], 99));
  }
}

TEMPLATE_TEST_CASE("recommenders: a number is not its text", "", WAYS) {
  save(fit(small<TestType>(), collect(fields(), some_ratings())), file());
  CHECK_THROWS_AS((load_recommender<int, std::string>(small<TestType>(), file())), error);
  CHECK_THROWS_AS((load_recommender<std::string, int>(small<TestType>(), file())), error);
  std::filesystem::remove(file());
}

// A file that declares more than there is.

namespace {

constexpr std::int64_t many = std::int64_t{1} << 31;

/// The bytes of a bundle in two parts.
struct bundle_text {
  nlohmann::json header{};
  std::string data{};
};

bundle_text text_of(const films& all) {
  save(all, file());
  std::ifstream in(file(), std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  return {nlohmann::json::parse(bytes.substr(8, length)), bytes.substr(8 + length)};
}

void write(const bundle_text& bundle) {
  std::string header = bundle.header.dump();
  header.resize((header.size() + 8 + 63) / 64 * 64 - 8, ' ');
  const std::uint64_t length = header.size();
  std::ofstream out(file(), std::ios::binary);
  out.write(reinterpret_cast<const char*>(&length), sizeof length);
  out << header << bundle.data;
}

template <class Spec>
bool is_read() {
  try {
    check_answers(load_recommender<std::string, std::string>(small<Spec>(), file()));
    return true;
  } catch (const error& e) {
    CHECK((e.code() == errc::bad_bundle || e.code() == errc::bundle_mismatch || e.code() == errc::golden_mismatch ||
           e.code() == errc::limit));
    return false;
  }
}

long peak_kilobytes() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  return use.ru_maxrss;
}

/// Calls `visit` with every whole number in a JSON value.
template <class Visit>
void each_number(nlohmann::json& value, Visit&& visit) {
  if (value.is_number_integer()) return visit(value);
  if (value.is_structured())
    for (auto& inner : value) each_number(inner, visit);
}

}  // namespace

TEMPLATE_TEST_CASE("recommenders: a bundle that declares 2^31 of anything is refused before it is made room for", "",
                   WAYS) {
  const bundle_text sound = text_of(fit(small<TestType>(), collect(fields(), some_ratings())));
  write(sound);
  REQUIRE(is_read<TestType>());
  const long before = peak_kilobytes();
  for (const auto& [name, about] : sound.header.items()) {
    if (name == "__metadata__") continue;
    INFO(name);
    bundle_text declared = sound;
    auto& tensor = declared.header[name];
    const auto first = tensor["data_offsets"][0].template get<std::int64_t>();
    tensor["shape"] = {many};
    write(declared);
    CHECK_FALSE(is_read<TestType>());
    const auto type = tensor["dtype"].template get<std::string>();
    tensor["data_offsets"] = {first, first + many * (type == "U8" ? 1 : type.ends_with("64") ? 8 : 4)};
    write(declared);
    CHECK_FALSE(is_read<TestType>());
  }
  CHECK(peak_kilobytes() - before < 100'000);
  std::filesystem::remove(file());
}

TEMPLATE_TEST_CASE("recommenders: numbers of a bundle that are 2^31 are refused or do no harm", "", WAYS) {
  const bundle_text sound = text_of(fit(small<TestType>(), collect(fields(), some_ratings())));
  auto manifests = sound.header.at("__metadata__");
  const long before = peak_kilobytes();
  for (const auto& [key, text] : manifests.items()) {
    auto manifest = nlohmann::json::parse(text.template get<std::string>(), nullptr, false);
    if (manifest.is_discarded()) continue;
    each_number(manifest, [&, key = key](nlohmann::json& number) {
      const nlohmann::json was = std::exchange(number, many);
      bundle_text declared = sound;
      declared.header["__metadata__"][key] = manifest.dump();
      INFO(manifest.dump());
      write(declared);
      is_read<TestType>();
      number = was;
    });
  }
  CHECK(peak_kilobytes() - before < 100'000);
  std::filesystem::remove(file());
}

TEMPLATE_TEST_CASE("recommenders: histories that end at interaction 2^31 are refused", "", WAYS) {
  bundle_text bundle = text_of(fit(small<TestType>(), collect(fields(), some_ratings())));
  for (const auto& [name, about] : bundle.header.items())
    if (name.ends_with(".history_offsets")) {
      const auto end = about["data_offsets"][1].template get<std::size_t>();
      const std::uint64_t last = many;
      std::memcpy(bundle.data.data() + end - sizeof last, &last, sizeof last);
    }
  write(bundle);
  CHECK_FALSE(is_read<TestType>());
  std::filesystem::remove(file());
}
