// SPDX-License-Identifier: Apache-2.0
// The stages for tables together: a chain of all of them learns, is saved, and answers the same after loading.
#include <bespoke/core/field.hpp>
#include <bespoke/core/fit.hpp>
#include <bespoke/core/save.hpp>
#include <bespoke/features/date_parts.hpp>
#include <bespoke/features/impute.hpp>
#include <bespoke/features/interactions.hpp>
#include <bespoke/features/min_max.hpp>
#include <bespoke/features/ordinal.hpp>
#include <bespoke/features/quantile_bins.hpp>
#include <bespoke/features/robust_scale.hpp>
#include <bespoke/features/standardize.hpp>
#include <bespoke/features/target_encode.hpp>
#include <bespoke/train/linear_svm.hpp>

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace bespoke;

namespace {

enum class plan { free, paid, large };

struct customer {
  std::optional<float> age{};
  double spent = 0;
  int visits = 0;
  std::string city{};
  plan chosen = plan::free;
  std::chrono::sys_seconds seen{};
  bool leaves = false;
};

std::vector<customer> customers(int n) {
  std::vector<customer> all;
  for (int i = 0; i < n; ++i) {
    customer c{.spent = i * 37 % 101 * 1.5, .visits = i * i % 13, .city = "city " + std::to_string(i * 7 % 17)};
    if (i % 5 != 0) c.age = static_cast<float>(20 + i * 11 % 50);
    c.chosen = static_cast<plan>(i % 3);
    c.seen += std::chrono::hours(i * 31);
    c.leaves = i * 7 % 17 < 8;
    all.push_back(c);
  }
  return all;
}

auto chain_of_all() {
  return fuse(field("age", &customer::age) | features::impute{.indicator = true},
              field("spent", &customer::spent) | features::robust_scale{},
              field("visits", &customer::visits) | features::quantile_bins{.bins = 4},
              field("city", &customer::city) | features::target_encode{},
              field("plan", &customer::chosen) | features::ordinal{.order = {"0", "1", "2"}},
              field("seen", &customer::seen) | features::date_parts{.cyclic = true}) |
         features::min_max{} | features::interactions{.squares = true} | train::linear_svm{};
}

}  // namespace

TEST_CASE("the stages for tables learn, are saved and answer the same after loading") {
  const auto all = customers(600);
  const auto f = fit(chain_of_all(), all, &customer::leaves, {.threads = 2});
  std::size_t right = 0;
  for (const customer& c : all) right += f(c).label() == c.leaves ? 1 : 0;
  CHECK(right > 580);

  const auto path =
      std::filesystem::temp_directory_path() / ("bespoke_tables_" + std::to_string(::getpid()) + ".safetensors");
  save(f, path);
  const auto again = load(chain_of_all(), path, &customer::leaves);
  std::filesystem::remove(path);
  for (const customer& c : customers(50)) {
    CHECK(again(c).label() == f(c).label());
    CHECK(again(c).score() == f(c).score());
  }
}

TEST_CASE("reasons name the columns that tables are made of") {
  const auto all = customers(600);
  const auto f = fit(chain_of_all(), all, &customer::leaves);
  const auto why = f.reasons(all[1], 3);
  REQUIRE_FALSE(why.empty());
  for (const auto& reason : why) CHECK(reason.name.find("column") == std::string::npos);
}
