// SPDX-License-Identifier: Apache-2.0
// bench_overhead CASE CALLS: one record at a time through eight stages of under 50 instructions each. `run` counts the
// instructions inside the function answer_CASE.

#include <bespoke/bespoke.hpp>
#include <bespoke/infer/live.hpp>

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

using namespace bespoke;

/// One visit to a shop, and what becomes of it on the way. (Not in an anonymous namespace: there the compiler would see that
/// only one function can stand behind a model of it, and call that one directly.)
struct visit {
  float pages{}, seconds{}, spent{}, returns{};
};

namespace {

visit clipped(const visit& v) {
  const auto clip = [](float x, float top) { return x < 0 ? 0 : x > top ? top : x; };
  return {clip(v.pages, 100), clip(v.seconds, 3600), clip(v.spent, 5000), clip(v.returns, 10)};
}
visit scaled(const visit& v) { return {v.pages * 0.01f, v.seconds / 3600, v.spent / 5000, v.returns * 0.1f}; }
visit centred(const visit& v) {
  const float mean = (v.pages + v.seconds + v.spent + v.returns) * 0.25f;
  return {v.pages - mean, v.seconds - mean, v.spent - mean, v.returns - mean};
}
visit bent(const visit& v) {
  const auto bend = [](float x) { return x * (1.5f - 0.5f * x * x); };
  return {bend(v.pages), bend(v.seconds), bend(v.spent), bend(v.returns)};
}
visit mixed(const visit& v) {
  return {v.pages + v.seconds, v.pages - v.seconds, v.spent + v.returns, v.spent - v.returns};
}
visit crossed(const visit& v) {
  return {v.pages * v.spent, v.seconds * v.returns, v.pages * v.returns, v.seconds * v.spent};
}
visit weighed(const visit& v) { return {0.7f * v.pages, -0.2f * v.seconds, 1.3f * v.spent, 0.1f * v.returns}; }
float summed(const visit& v) {
  const float sum = v.pages + v.seconds + v.spent + v.returns;
  return sum / (1 + (sum < 0 ? -sum : sum));
}

auto fitted_chain_of_eight(const std::vector<visit>& visits) {
  const auto spec = map("clipped/1", [](const visit& v) { return clipped(v); }) |
                    map("scaled/1", [](const visit& v) { return scaled(v); }) |
                    map("centred/1", [](const visit& v) { return centred(v); }) |
                    map("bent/1", [](const visit& v) { return bent(v); }) |
                    map("mixed/1", [](const visit& v) { return mixed(v); }) |
                    map("crossed/1", [](const visit& v) { return crossed(v); }) |
                    map("weighted/1", [](const visit& v) { return weighed(v); }) |
                    map("summed/1", [](const visit& v) { return summed(v); });
  return fit(spec, visits);
}

using chain_of_eight = decltype(fitted_chain_of_eight({}));

/// What lies at `p`, hidden from the optimiser: it must not guess which function is called.
template <class T>
const T& opaque(const void* p) {
  asm volatile("" : "+r"(p));
  return *static_cast<const T*>(p);
}

template <class F>
int run(const std::vector<visit>& visits, int calls, F&& answer) {
  float sum = 0;
  for (int i = 0; i < calls; ++i) sum += answer(visits[static_cast<std::size_t>(i) % visits.size()]);
  std::printf("%.6f\n", static_cast<double>(sum));
  return 0;
}

}  // namespace

// The names that callgrind is told to look for.
extern "C" {
[[gnu::noinline]] float answer_by_hand(const void* record);
[[gnu::noinline]] float answer_chain(const void* function, const void* record);
[[gnu::noinline]] float answer_via_model(const void* function, const void* record);
[[gnu::noinline]] float answer_via_live(const void* function, const void* record);

float answer_by_hand(const void* record) {
  return summed(weighed(crossed(mixed(bent(centred(scaled(clipped(opaque<visit>(record)))))))));
}
float answer_chain(const void* function, const void* record) {
  return opaque<chain_of_eight>(function)(opaque<visit>(record));
}
float answer_via_model(const void* function, const void* record) {
  return opaque<model<visit, float>>(function)(opaque<visit>(record));
}
float answer_via_live(const void* function, const void* record) {
  return opaque<infer::live<visit, float>>(function)(opaque<visit>(record));
}
}

int main(int count, char** arguments) {
  if (count != 3) return std::fputs("bench_overhead by_hand|chain|via_model|via_live CALLS\n", stderr), 2;
  const std::string_view name = arguments[1];
  const int calls = std::atoi(arguments[2]);
  const std::vector<visit> visits = {{3, 40, 12.5f, 0}, {250, 9000, 80, 1}, {1, 2, 0, 0}, {17, 600, -4, 12}};
  const auto chain = fitted_chain_of_eight(visits);
  if (name == "by_hand") return run(visits, calls, [](const visit& v) { return answer_by_hand(&v); });
  if (name == "chain") return run(visits, calls, [&](const visit& v) { return answer_chain(&chain, &v); });
  const model<visit, float> erased = chain;
  if (name == "via_model") return run(visits, calls, [&](const visit& v) { return answer_via_model(&erased, &v); });
  const infer::live<visit, float> live(erased);
  if (name == "via_live") return run(visits, calls, [&](const visit& v) { return answer_via_live(&live, &v); });
  return std::fputs("bench_overhead: no such case\n", stderr), 2;
}
