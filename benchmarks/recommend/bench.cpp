// SPDX-License-Identifier: Apache-2.0
// Factors by iALS and what is asked of them, on made-up interactions of MovieLens-1M's shape: 1,000,209 pairs of 6,040 users and
// 3,706 items, as unevenly spread, of users who prefer some of 20 kinds of items.
//
//   bench_recommend als FACTORS THREADS ITERATIONS   prints the seconds of an iteration, the median, and the objective
//   bench_recommend topk ROUNDS FILE                 prints the median microseconds of a user's best 10 of all items and the
//                                                    allocations of an answer, and writes factors and answers for peer.py
//   bench_recommend topk_all THREADS ROUNDS FILE     prints users a second, for the best 10 of all of them, and writes the same
//   bench_recommend fold_in USERS                    prints the median microseconds in which a user is folded in, and the share
//                                                    of the best 10 that one who was learned from gets, too
//
// All with 64 factors but where it says so.

#include <bespoke/core/interactions.hpp>
#include <bespoke/train/ials.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "counted_allocations.hpp"
#include "made_up.hpp"

namespace {

using namespace bespoke;

using made_up_interactions::items, made_up_interactions::made_up, made_up_interactions::users;

constexpr std::size_t k = 10;

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double median(std::vector<double> all) {
  std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2), all.end());
  return all[all.size() / 2];
}

void als(std::size_t factors, unsigned threads, std::size_t iterations) {
  const auto seen = made_up();
  std::vector<double> ends;
  const context ctx({.on_progress = [&](const progress&) { ends.push_back(seconds()); }, .threads = threads});
  const auto model = train::ials{.factors = factors, .iterations = iterations + 1}.fit(seen, ctx);
  std::vector<double> taken;
  for (std::size_t i = 1; i < ends.size(); ++i) taken.push_back(ends[i] - ends[i - 1]);
  std::printf("%.4f %.2f\n", median(taken), model->objective(seen, ctx));
}

template <class T>
void write(std::ofstream& out, std::span<const T> values) {
  const std::uint64_t n = values.size();
  out.write(reinterpret_cast<const char*>(&n), sizeof n);
  out.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size_bytes()));
}

void write(const std::string& file, const train::user_item_factors& factors, const std::vector<std::uint32_t>& best) {
  std::ofstream out(file, std::ios::binary);
  write(out, factors.users().values());
  write(out, factors.items().rows().values());
  write(out, std::span<const std::uint32_t>(best));
}

void topk(int rounds, const std::string& file) {
  const auto model = train::ials{.iterations = 4}.fit(made_up(), context());
  scored room[k];
  std::vector<std::uint32_t> all(users * k);
  std::vector<double> taken;
  const auto answer = [&](std::size_t u) {
    scratch& s = scratch::local();
    const scratch::frame temporaries(s);
    const auto best = model->best(model->profile({.number = u}, s), room, any_index{}, s);
    for (std::size_t i = 0; i < best.size(); ++i) all[u * k + i] = static_cast<std::uint32_t>(best[i].index);
  };
  for (std::size_t u = 0; u < users; ++u) answer(u);
  counting = true;
  for (std::size_t u = 0; u < users; ++u) answer(u);
  counting = false;
  for (int round = 0; round < rounds; ++round)
    for (std::size_t u = 0; u < users; ++u) {
      const double start = seconds();
      answer(u);
      taken.push_back(1e6 * (seconds() - start));
    }
  write(file, model->factors(), all);
  std::printf("%.2f %.4f\n", median(taken), static_cast<double>(counted.load()) / users);
}

void topk_all(unsigned threads, int rounds, const std::string& file) {
  const auto seen = made_up();
  const context ctx({.threads = threads});
  const auto model = train::ials{.iterations = 4}.fit(seen, ctx);
  std::vector<scored> room(users * k);
  std::vector<std::size_t> found(users);
  std::vector<double> taken;
  for (int round = 0; round < rounds; ++round) {
    const double start = seconds();
    model->factors().items().top_k_of_all(
        model->factors().users(), k, [](std::size_t, std::size_t) { return true; }, room, found, ctx);
    taken.push_back(seconds() - start);
  }
  std::vector<std::uint32_t> best;
  for (const scored& one : room) best.push_back(static_cast<std::uint32_t>(one.index));
  write(file, model->factors(), best);
  std::printf("%.0f\n", users / median(taken));
}

// The interactions without those of the last `left_out` users.
interaction_matrix without(const interaction_matrix& seen, std::size_t left_out) {
  sparse_rows rows(items);
  for (std::size_t u = 0; u < users; ++u)
    rows.append(u < users - left_out ? seen.by_user[u] : sparse_row{{}, {}, items});
  return matrix_of(std::move(rows));
}

void fold_in(std::size_t count) {
  const auto seen = made_up();
  const context ctx;
  const auto all = train::ials{}.fit(seen, ctx), fewer = train::ials{}.fit(without(seen, count), ctx);
  scratch& s = scratch::local();
  std::vector<double> taken;
  std::vector<float> row(64);
  double same = 0;
  const auto best = [&](const train::ials::model& model, const asked_user& user, std::span<scored> room) {
    const auto& known = user.history.columns;
    return model.best(
        model.profile(user, s), room,
        [&](std::size_t i) { return !std::binary_search(known.begin(), known.end(), static_cast<std::uint32_t>(i)); },
        s);
  };
  for (std::size_t u = users - count; u < users; ++u) {
    const scratch::frame temporaries(s);
    const auto whole = seen.by_user[u];
    const sparse_row some{whole.columns.first(20), whole.values.first(20), items};
    const double start = seconds();
    fewer->fold_in(some, row, s);
    taken.push_back(1e6 * (seconds() - start));
    scored ours[k], theirs[k];
    best(*fewer, {.history = whole}, ours);
    best(*all, {u, whole}, theirs);
    for (const scored& one : ours)
      same += std::any_of(theirs, theirs + k, [&](const scored& other) { return other.index == one.index; }) ? 1 : 0;
  }
  std::printf("%.2f %.4f\n", median(taken), same / static_cast<double>(count * k));
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> a(argv + 1, argv + argc);
  const std::string what = a.empty() ? "" : a[0];
  if (what == "als" && argc == 5) als(std::stoul(a[1]), static_cast<unsigned>(std::stoul(a[2])), std::stoul(a[3]));
  else if (what == "topk" && argc == 4) topk(std::stoi(a[1]), a[2]);
  else if (what == "topk_all" && argc == 5) topk_all(static_cast<unsigned>(std::stoul(a[1])), std::stoi(a[2]), a[3]);
  else if (what == "fold_in" && argc == 3) fold_in(std::stoul(a[1]));
  else return std::fprintf(stderr, "usage: see the head of benchmarks/recommend/bench.cpp\n"), 2;
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "bench_recommend: %s\n", e.what());
  return 1;
}
