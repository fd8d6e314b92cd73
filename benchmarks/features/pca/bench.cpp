// SPDX-License-Identifier: Apache-2.0
// Fits features::pca with the randomized solver to rows of floats.
//
//   bench_features_pca time FILE ROWS COLUMNS COMPONENTS THREADS ROUNDS   prints seconds for a fit: the median of ROUNDS
//   bench_features_pca rows FILE ROWS COLUMNS COMPONENTS THREADS ROUNDS   the same for the fit and the training rows
//   bench_features_pca find FILE ROWS COLUMNS COMPONENTS OUT              writes the components to OUT, for peer.py to compare
//
// FILE holds ROWS times COLUMNS floats.

#include <bespoke/core/random.hpp>
#include <bespoke/features/pca.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace bespoke;

std::shared_ptr<const dense_rows> read(const std::string& file, std::size_t rows, std::size_t columns) {
  auto x = std::make_shared<dense_rows>(rows, columns);
  std::ifstream in(file, std::ios::binary);
  for (std::size_t i = 0; i < rows; ++i)
    in.read(reinterpret_cast<char*>(x->writable(i).data()), static_cast<std::streamsize>(columns * sizeof(float)));
  if (!in) throw error(errc::io, {.stage = "bench_features_pca", .source = file, .problem = "too short"});
  return x;
}

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

auto fit(const blocks<dense_row>& x, std::size_t components, unsigned threads) {
  const features::pca spec{.components = components, .solver = features::pca_solver::randomized};
  return spec.fit(x, own(std::vector<none>(x.size())), context({.threads = threads}));
}

void measure(const blocks<dense_row>& x, std::size_t components, unsigned threads, int rounds, bool with_rows) {
  std::vector<double> taken;
  for (int i = 0; i < rounds; ++i) {
    const double start = now();
    const auto fitted = fit(x, components, threads);
    if (with_rows) collect(applied(fitted, x), context({.threads = threads}));
    taken.push_back(now() - start);
  }
  std::nth_element(taken.begin(), taken.begin() + rounds / 2, taken.end());
  std::printf("%.4f\n", taken[static_cast<std::size_t>(rounds / 2)]);
}

void write(const features::pca::fitted& f, const std::string& file) {
  std::ofstream out(file, std::ios::binary);
  for (std::size_t j = 0; j < f.width(); ++j)
    for (std::size_t c = 0; c < f.mean().size(); ++c) {
      const float weight = f.weight(j, c);
      out.write(reinterpret_cast<const char*>(&weight), sizeof weight);
    }
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> a(argv + 1, argv + argc);
  if (a.size() < 6)
    return std::fprintf(stderr, "usage: bench_features_pca time|rows FILE ROWS COLUMNS COMPONENTS THREADS ROUNDS\n"), 2;
  const auto x = rows_as_blocks(read(a[1], std::stoul(a[2]), std::stoul(a[3])));
  const std::size_t components = std::stoul(a[4]);
  if (a[0] == "find") write(fit(x, components, 0), a[5]);
  else measure(x, components, static_cast<unsigned>(std::stoul(a[5])), std::stoi(a.at(6)), a[0] == "rows");
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "bench_features_pca: %s\n", e.what());
  return 1;
}
