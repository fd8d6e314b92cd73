// SPDX-License-Identifier: Apache-2.0
// Rows and function asked for from a fusion that has none.
// expect: bespoke: a branch of fuse does not end in a row or a number

#include "desk.hpp"

int main() {
  const auto tickets = some_tickets();
#ifdef CORRECT
  const auto spec = fuse(field("body", &Ticket::body) | features::tfidf{}, field("amount", &Ticket::amount));
#else
  const auto spec = fuse(field("body", &Ticket::body), field("amount", &Ticket::amount));
#endif
  const auto [function, rows] = fit_rows(spec, tickets);
  save(function, "rows.safetensors");
  const auto again = load(spec, "rows.safetensors");
  return again(tickets[0]).size() == rows.size() ? 0 : 1;
}
