// SPDX-License-Identifier: Apache-2.0
// A column of an enum without its words.
// expect: bespoke: a member of this type needs its words

#include "desk.hpp"

#include <bespoke/ingest/csv.hpp>

enum class mood { bad, good };
struct Review {
  mood how{};
};

int main() {
#ifdef CORRECT
  const auto how = column("how", &Review::how, {{"bad", mood::bad}, {"good", mood::good}});
#else
  const auto how = column("how", &Review::how);
#endif
  return to_vector(ingest::csv_text<Review>("how\ngood\n", {how})).front().how == mood::good ? 0 : 1;
}
