// SPDX-License-Identifier: Apache-2.0
// The second file that includes all of bespoke: it must link with the first.
#include "triage.hpp"

#include <bespoke/bespoke.hpp>

#include <cstdio>

int main() {
  const Triage triage = learn_triage();
  const auto cards = triage({.amount = 3, .country = "DE"});
  const auto payments = triage({.amount = 120, .country = "FR"});
  std::printf("bespoke %s: %s, %s\n", std::string(bespoke::version()).c_str(), std::string(cards.label()).c_str(),
              std::string(payments.label()).c_str());
  return cards.label() == "cards" && payments.label() == "payments" ? 0 : 1;
}
