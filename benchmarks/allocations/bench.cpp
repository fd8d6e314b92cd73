// SPDX-License-Identifier: Apache-2.0
// How often one answer asks for memory, in steady state: this program stands in for malloc, and counts.

#include <bespoke/bespoke.hpp>
#include <bespoke/features/one_hot.hpp>
#include <bespoke/features/standardize.hpp>
#include <bespoke/features/tfidf.hpp>
#include <bespoke/infer/top_k.hpp>
#include <bespoke/ingest/csv.hpp>
#include <bespoke/train/linear_svm.hpp>
#include <bespoke/train/user_profile.hpp>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include <counted_allocations.hpp>

using namespace bespoke;

struct Ticket {
  std::string body{};
  float amount{};
  std::string country{};
  std::string queue{};
};

namespace {

struct Question {
  std::string text{}, category{};
};

/// Allocations per call of `answer(i)`, after as many calls that do not count.
template <class F>
double allocations(F&& answer) {
  constexpr std::size_t calls = 1000;
  for (std::size_t i = 0; i < calls; ++i) answer(i);
  counted = 0;
  counting = true;
  for (std::size_t i = 0; i < calls; ++i) answer(i);
  counting = false;
  return static_cast<double>(counted) / calls;
}

void print(const char* name, double ours) {
  std::printf(
      "{\"question\": \"allocations\", \"case\": \"%s\", \"ours\": %g, \"peer\": null, \"peer_name\": null, "
      "\"unit\": \"allocations\", \"higher_is_better\": false}\n",
      name, ours);
}

const std::vector<Ticket> some_tickets = {{"The cash machine swallowed my card", 0, "DE", "cards"},
                                          {"Please send me a new card", 0, "FR", "cards"},
                                          {"I was charged twice for one purchase", 80, "FR", "payments"},
                                          {"My transfer has not arrived", 1200, "IT", "payments"},
                                          {"I forgot my password again and again", 0, "DE", "access"},
                                          {"The app logs me out after the update", 0, "IT", "access"}};

const std::vector<Ticket> chinese_tickets = {{"自动取款机吞了我的卡", 0, "CN", "银行卡"},
                                             {"请给我寄一张新卡", 0, "CN", "银行卡"},
                                             {"同一笔消费被扣了两次款", 80, "CN", "付款"},
                                             {"我的转账还没有到账", 1200, "CN", "付款"}};

auto triage(const std::vector<Ticket>& tickets) {
  const auto spec = fuse(field("body", &Ticket::body) | features::tfidf{.ngrams = {1, 2}},
                         field("amount", &Ticket::amount) | features::standardize{},
                         field("country", &Ticket::country) | features::one_hot{}) |
                    train::linear_svm{};
  return fit(spec, tickets, &Ticket::queue);
}

double of_triage(const std::vector<Ticket>& tickets) {
  const auto answer = triage(tickets);
  return allocations([&](std::size_t i) { return answer(tickets[i % tickets.size()]).score(); });
}

/// The ten best of 5,000 items for a learned profile.
double of_top10() {
  constexpr std::size_t items = 5000, width = 32;
  std::mt19937 random(1);
  auto rows = std::make_shared<dense_rows>(items, width);
  for (std::size_t i = 0; i < items; ++i)
    for (float& v : rows->writable(i)) v = static_cast<float>(random() % 1000) / 1000.0f;
  std::vector<float> liked(items);
  for (std::size_t i = 0; i < items; ++i) liked[i] = (*rows)[i][3] > 0.5f ? 1.0f : 0.0f;
  const context ctx;
  const auto profile = train::user_profile{}.fit(rows_as_blocks<dense_rows>(rows), own(liked), ctx);
  std::vector<scored> room(10);
  return allocations([&](std::size_t i) {
    return infer::top_k(profile, *rows, std::span<scored>(room), [i](std::size_t item) { return item % 7 != i % 7; })
        .size();
  });
}

double of_long_labels(const std::string& data) {
  const auto questions = to_vector(ingest::csv<Question>(
      data + "/banking77/train.csv", {column("text", &Question::text), column("category", &Question::category)}));
  std::vector<Question> some;
  for (std::size_t i = 0; i < questions.size(); i += 5) some.push_back(questions[i]);
  const auto spec = field("text", &Question::text) | features::tfidf{} | train::linear_svm{};
  const auto intent = fit(spec, some, &Question::category);
  return allocations([&](std::size_t i) { return intent(some[i]).label().size(); });
}

}  // namespace

int main() {
  const char* data = std::getenv("BESPOKE_DATA");
  print("quickstart", of_triage(some_tickets));
  print("top10", of_top10());
  print("chinese", of_triage(chinese_tickets));
  if (data == nullptr || *data == '\0')
    return std::fputs(
               "allocations: long_labels needs Banking77 (train.csv, from PolyAI's task-specific-datasets) in "
               "the folder banking77 of BESPOKE_DATA\n",
               stderr),
           1;
  print("long_labels", of_long_labels(data));
}
