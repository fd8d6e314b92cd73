// SPDX-License-Identifier: Apache-2.0
// Bundles of every way to recommend, damaged at any byte: refused, or read as a model that answers.
#include <bespoke/core/error.hpp>
#include <bespoke/core/random.hpp>

#include <algorithm>
#include <cctype>
#include <cstring>

#include "catch.hpp"
#include "recommender_ways.hpp"

using namespace bespoke;
using namespace bespoke_test;

namespace {

enum class outcome { read, bad_bundle, mismatch, other };

template <class Spec>
outcome outcome_of(const Spec& spec, const std::string& bytes) {
  try {
    bundle_reader r = bundle_reader::from_bytes(std::as_bytes(std::span(bytes)));
    bundle_reader section = r.stage(Spec::kind);
    ask_everything(*spec.load(section));
    return outcome::read;
  } catch (const error& e) {
    if (e.code() == errc::bad_bundle) return outcome::bad_bundle;
    return e.code() == errc::bundle_mismatch ? outcome::mismatch : outcome::other;
  }
}

std::size_t header_end(const std::string& bytes) {
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  return 8 + static_cast<std::size_t>(length);
}

}  // namespace

TEST_CASE("bundles of recommenders: any byte may be wrong") {
  for_each_way([](const auto& spec) {
    const std::string sound = sound_bundle(spec);
    INFO(spec.kind);
    REQUIRE(outcome_of(spec, sound) == outcome::read);
    random_numbers random(7);
    for (int t = 0; t < 400; ++t) {
      std::string bytes = sound;
      for (std::size_t n = 1 + random.below(3); n > 0; --n)
        bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
      CHECK(outcome_of(spec, bytes) != outcome::other);
    }
  });
}

TEST_CASE("bundles of recommenders: any digit of the header may be another") {
  for_each_way([](const auto& spec) {
    const std::string sound = sound_bundle(spec);
    INFO(spec.kind);
    std::vector<std::size_t> digits;
    for (std::size_t i = 8; i < header_end(sound); ++i)
      if (std::isdigit(static_cast<unsigned char>(sound[i]))) digits.push_back(i);
    std::size_t refused = 0;
    for (const std::size_t at : digits)
      for (const char digit : {'0', '1', '9', '-', 'e'}) {
        std::string bytes = sound;
        bytes[at] = digit;
        const outcome found = outcome_of(spec, bytes);
        CHECK(found != outcome::other);
        refused += found != outcome::read;
      }
    CHECK(refused > digits.size());
  });
}

TEST_CASE("bundles of recommenders: cut short") {
  for_each_way([](const auto& spec) {
    const std::string sound = sound_bundle(spec);
    INFO(spec.kind);
    for (std::size_t n = 0; n < sound.size(); n += 1 + sound.size() / 97)
      CHECK(outcome_of(spec, sound.substr(0, n)) == outcome::bad_bundle);
  });
}

TEST_CASE("bundles of recommenders: one is not read as another") {
  for_each_way([](const auto& spec) {
    const std::string sound = sound_bundle(spec);
    for_each_way([&](const auto& other) {
      INFO(spec.kind << " as " << other.kind);
      if (spec.kind != other.kind) CHECK(outcome_of(other, sound) == outcome::mismatch);
    });
  });
}
