// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/naive_bayes_svm.hpp>

#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"
#include "oracle.hpp"
#include "stage_properties.hpp"

using namespace bespoke;
using namespace bespoke_test;
using train::naive_bayes_svm;

namespace {

using table = std::vector<std::vector<float>>;

template <class In>
void agrees(const nlohmann::json& c, const blocks<In>& x, const rows_of<In>& test) {
  const naive_bayes_svm spec{.c = c["c"], .smoothing = c["smoothing"], .tolerance = 1e-8, .max_iterations = 1'000'000};
  const auto f = spec.fit(x, own(c["y"].get<std::vector<int>>()), context{});
  CHECK(f.converged());
  const std::size_t outputs = f.linear().outputs();
  REQUIRE(outputs == c["weights"].size());
  scratch s;
  for (std::size_t k = 0; k < outputs; ++k) {
    CHECK(f.linear().intercepts()[k] == Approx(c["intercepts"][k].get<double>()).margin(1e-4));
    for (std::size_t column = 0; column < f.width(); ++column)
      CHECK(f.linear().weights()[column * outputs + k] ==
            Approx(c["weights"][k][column].get<double>()).epsilon(1e-3).margin(1e-4));
    for (std::size_t i = 0; i < test.size(); ++i)
      CHECK(f.scores(test[i], s)[outputs == 1 ? 1 : k] == Approx(c["scores"][k][i].get<double>()).margin(1e-3));
  }
}

const table three{{3, 0, 0, 1}, {2, 1, 0, 1}, {0, 3, 0, 1}, {0, 2, 1, 1}, {0, 0, 4, 1}, {1, 0, 2, 1}};
const std::vector<std::string> names{"a", "a", "b", "b", "c", "c"};

}  // namespace

TEST_CASE("naive_bayes_svm agrees with scikit-learn's LinearSVC on scaled columns") {
  for (const auto& c : oracle("train/naive_bayes_svm")) {
    INFO(c["name"].get<std::string>());
    agrees(c, dense_blocks(c["x"]), dense(c["test"]));
    agrees(c, sparse_blocks(c["x"]), sparse(c["test"]));
  }
}

TEST_CASE("naive_bayes_svm: any number of threads, the same bytes; the file gives the same answers") {
  std::string bytes;
  for (const unsigned threads : {1u, 2u, 4u}) {
    const auto f = naive_bayes_svm{}.fit(sparse_blocks(three), own(names), context({.threads = threads}));
    if (bytes.empty()) bytes = saved(f);
    CHECK(saved(f) == bytes);
  }
  const auto f = naive_bayes_svm{}.fit(sparse_blocks(three), own(names), context{});
  const auto g = loaded<sparse_row, std::string>(naive_bayes_svm{}, bytes);
  const sparse_rows rows = sparse(three);
  scratch s;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CHECK(f(rows[i], s) == g(rows[i], s));
    CHECK(f(rows[i], s).label() == names[i]);
  }
  CHECK(g.spec().smoothing == naive_bayes_svm{}.smoothing);
}

TEST_CASE("naive_bayes_svm: the column that is in every record tells nothing") {
  const auto f =
      naive_bayes_svm{.smoothing = 1e-6f}.fit(dense_blocks({{1, 2}, {0, 2}}), own(std::vector<int>{0, 1}), context{});
  CHECK(f.reasons(dense({{1, 2}})[0], 2).at(0).column == 0);
}

TEST_CASE("naive_bayes_svm: what it cannot learn from, it says") {
  const auto fit = [](const naive_bayes_svm& spec, const table& x, std::vector<int> y) {
    return message([&] { spec.fit(dense_blocks(x), own(y), context{}); });
  };
  CHECK(fit({}, {{1, -2}, {1, 1}}, {0, 1}).find("-2 in column 1") != std::string::npos);
  CHECK(fit({}, {{1, std::numeric_limits<float>::infinity()}, {1, 1}}, {0, 1}).find("record 0") != std::string::npos);
  CHECK(fit({}, {{1}, {2}}, {3, 3}).find("two labels") != std::string::npos);
  CHECK(fit({.smoothing = 0}, {{1}, {2}}, {0, 1}).find("smoothing") != std::string::npos);
  CHECK(fit({.c = -1}, {{1}, {2}}, {0, 1}).find("c ") != std::string::npos);
}
