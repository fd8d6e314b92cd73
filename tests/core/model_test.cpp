// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"

#include <bespoke/core/fit.hpp>

#include <memory>
#include <span>
#include <string>
#include <vector>

using namespace bespoke;

namespace {

struct Item {
  float price{};
  std::string name{};
};
const std::vector<Item> items{{1, "pen"}, {20, "desk"}, {300, "sofa"}};

auto doubled() {
  return fit(field("price", &Item::price) | map("double/1", [](float x) { return 2 * x; }), items);
}

}  // namespace

TEST_CASE("a model answers as the chain behind it, for one record and for many") {
  const auto f = doubled();
  const model m(f);
  static_assert(std::is_same_v<decltype(m), const model<Item, float>>);
  for (const Item& i : items) CHECK(m(i) == f(i));
  CHECK(m(items) == f(items));
  CHECK(m(items) == std::vector<float>{2, 40, 600});
}

TEST_CASE("a model keeps what it was made from, and copies share it") {
  const auto behind = std::make_shared<int>(7);
  const std::weak_ptr<int> watch = behind;
  model<Item, int> m = [behind](const Item& i) { return *behind + static_cast<int>(i.price); };
  const model<Item, int> copy = m;
  CHECK(watch.use_count() == 2);
  m = {};
  CHECK_FALSE(m);
  CHECK(copy);
  CHECK(copy(items[0]) == 8);
}

TEST_CASE("a model takes any function whose answers convert") {
  const model<Item, double> price = [](const Item& i) { return i.price; };
  CHECK(price(items[1]) == 20);
  CHECK(price(items) == std::vector<double>{1, 20, 300});
  static_assert(!std::is_constructible_v<model<Item, float>, std::string>);
  const model<Item, std::string> name = fit(field("name", &Item::name), items);
  CHECK(name(items[2]) == "sofa");
  const model<Item, bool> dear = [](const Item& i) { return i.price > 10; };
  CHECK(dear(items) == std::vector<bool>{false, true, true});
}

TEST_CASE("copies of a fitted chain share what was learned") {
  const auto f = doubled();
  const auto copy = f;
  CHECK(&copy.stage() == &f.stage());
  CHECK(copy(items) == f(items));
}

TEST_CASE("a function of bools answers many records with one byte each") {
  const auto dear = fit(map("dear/1", [](const Item& i) { return i.price > 10; }), items);
  CHECK(dear(items[1]));
  CHECK(dear(items) == std::vector<unsigned char>{0, 1, 1});
}

TEST_CASE("no records give no answers") {
  const auto f = doubled();
  CHECK(f(std::vector<Item>{}).empty());
  CHECK(model(f)(std::vector<Item>{}).empty());
}
