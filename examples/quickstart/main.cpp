// SPDX-License-Identifier: Apache-2.0
// A help desk that learns where its tickets go: ingest | preprocess | feature extract | train, then infer and feedback.

#include <bespoke/bespoke.hpp>
#include <cstdio>
#include <string>
using namespace bespoke;

struct Ticket {
  std::string body{};
  float amount{};
  std::string country{};
  std::string queue{};
};

const char* const desk_csv = R"(body,amount,country,queue
The cash machine swallowed my card,0,DE,cards
My card was stolen on the train,0,FR,cards
Please send me a new card,0,DE,cards
I was charged twice for one purchase,80,FR,payments
My transfer has not arrived,1200,IT,payments
"The shop refunded me, but no money came",59.99,DE,payments
I forgot my password,0,IT,access
I cannot log in after the update,0,FR,access
)";

int main() {
  // ingest | preprocess: a flow of records
  auto tickets =
      ingest::csv_text<Ticket>(desk_csv, {column("body", &Ticket::body), column("amount", &Ticket::amount),
                                          column("country", &Ticket::country), column("queue", &Ticket::queue)}) |
      preprocess::distinct(&Ticket::body);

  // feature extract | train: a spec, which has learned nothing yet
  auto spec = fuse(field("body", &Ticket::body) | features::tfidf{.ngrams = {1, 2}},
                   field("amount", &Ticket::amount) | features::standardize{},
                   field("country", &Ticket::country) | features::one_hot{}) |
              train::linear_svm{.c = 1.0f};

  auto triage = fit(spec, tickets, &Ticket::queue);  // fit returns a function: immutable, thread-safe
  save(triage, "triage.safetensors");                // the whole chain in one file

  // infer: a live desk answers while newer versions are published
  infer::live desk{load(spec, "triage.safetensors", &Ticket::queue)};
  for (const Ticket& asked : {Ticket{"the machine kept my card", 0, "FR"}, Ticket{"where is my transfer?", 900, "IT"},
                              Ticket{"I cannot log in since the update", 0, "DE"}}) {
    const auto answer = desk(asked);  // decision<std::string>
    std::printf("%s: %s", asked.body.c_str(), std::string(answer.label()).c_str());
    for (const auto& why : triage.reasons(asked, 2)) std::printf("  [%s %+.2f]", why.name.c_str(), why.contribution);
    std::puts("");
  }

  // feedback: what happened is kept for the next version to learn from; a second run finds the first one's event
  feedback::log events{"triage.events"};
  events.append({.kind = "correction", .subject = "customer 17", .item = "payments", .value = 1});
  for (const auto& e : events.events())
    std::printf("%s by %s: %s\n", e.kind.c_str(), e.subject.c_str(), e.item.c_str());
}
