// SPDX-License-Identifier: Apache-2.0
// A record stage behind records in memory.
// expect: bespoke: records in memory are no flow

#include "desk.hpp"

#include <bespoke/ingest/memory.hpp>
#include <bespoke/preprocess/distinct.hpp>

int main() {
  const auto tickets = some_tickets();
#ifdef CORRECT
  const auto once = ingest::memory(tickets) | preprocess::distinct(&Ticket::body);
#else
  const auto once = tickets | preprocess::distinct(&Ticket::body);
#endif
  const auto spec = field("body", &Ticket::body) | features::tfidf{} | train::linear_svm{};
  return fit(spec, once, &Ticket::queue)(tickets[0]).label() == tickets[0].queue ? 0 : 1;
}
