// SPDX-License-Identifier: Apache-2.0
// A host whose own network is the last stage of a chain, and a model like any other to the rest of the product.
#include "network.hpp"

#include <bespoke/bespoke.hpp>
#include <bespoke/features/standardize.hpp>

#include <cmath>
#include <cstdio>
#include <vector>

using namespace bespoke;

struct Visit {
  float pages{};
  float minutes{};
};

int main() {
  const std::vector<Visit> visits = {{1, 10}, {2, 20}, {3, 60}};
  const network net({2.0f, -1.0f});
  const auto spec =
      fuse(field("pages", &Visit::pages) | features::standardize{},
           field("minutes", &Visit::minutes) | features::standardize{}) |
      map("network/1", [net](const dense_row& r) { return net(r.values.data(), static_cast<long>(r.width())); });
  const model<Visit, float> likely = fit(spec, visits);

  const auto standard = [](float x, float a, float b, float c) {
    const float mean = (a + b + c) / 3;
    return (x - mean) / std::sqrt(((a - mean) * (a - mean) + (b - mean) * (b - mean) + (c - mean) * (c - mean)) / 3);
  };
  const float expected = 1 / (1 + std::exp(-(2 * standard(3, 1, 2, 3) - standard(60, 10, 20, 60))));
  const float got = likely(visits[2]);
  std::printf("a LibTorch network in a chain: %.6f, by hand %.6f\n", static_cast<double>(got),
              static_cast<double>(expected));
  const auto wrong = try_call([&] { return net(&visits[0].pages, 1); });
  return std::abs(got - expected) < 1e-5f && wrong.failure() != nullptr && wrong.failure()->code() == errc::shape ? 0
                                                                                                                  : 1;
}
