// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/cpu.hpp>
#include <bespoke/core/golden.hpp>
#include <bespoke/core/save.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

namespace bespoke::detail {

namespace {

// The tolerance between machines of different vector widths, whose sums may differ in the last bits.
constexpr double between_widths = 1e-5;

bool same(double then, double now, bool exact) {
  if (std::bit_cast<std::uint64_t>(then) == std::bit_cast<std::uint64_t>(now)) return true;
  if (std::isnan(then) && std::isnan(now)) return true;
  if (exact) return then == now;
  return std::abs(then - now) <= between_widths * std::max(1.0, std::abs(then));
}

}  // namespace

std::string machine_width() { return std::string(name(widest_vector())); }

std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  std::uint64_t z = a + 0x9E3779B97F4A7C15u * (b + 1);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

void reject_golden(const bundle_reader& file, std::size_t index, const std::string& problem) {
  (void)file;
  throw error(errc::golden_mismatch,
              {.stage = "load",
               .record = index,
               .problem = fmt::format("golden record {}: {}", index, problem),
               .advice = "the bundle would not answer here as it did where it was saved: fit again, "
                         "or use the version and the chain that saved it"});
}

void compare_golden(const bundle_reader& file, std::size_t index, const golden_record& then, const golden_record& now) {
  if (then.label != now.label)
    reject_golden(
        file, index,
        fmt::format("it was labelled {} and is now labelled {}", in_quotes(then.label), in_quotes(now.label)));
  if (then.scores.size() != now.scores.size())
    reject_golden(file, index, fmt::format("it had {} numbers and now has {}", then.scores.size(), now.scores.size()));
  const bool exact = file.summary().vector_width == machine_width();
  for (std::size_t i = 0; i < then.scores.size(); ++i)
    if (!same(then.scores[i], now.scores[i], exact))
      reject_golden(file, index, fmt::format("number {} was {} and is now {}", i, then.scores[i], now.scores[i]));
}

void check_label_kind(const bundle_reader& r, const std::string& here) {
  const std::string& there = r.summary().label;
  if (there == here) return;
  throw error(errc::bundle_mismatch,
              {.stage = "load",
               .problem = there.empty()  ? "the file was fitted without targets, and a label is asked for"
                          : here.empty() ? "the file was fitted to targets, and no label is given"
                                         : "the file was fitted to another kind of label",
               .expected = here.empty() ? "no label" : in_quotes(here),
               .got = there.empty() ? "no label" : in_quotes(there),
               .advice = "load with the target that the chain was fitted to"});
}

void rethrow_from(const std::filesystem::path& path, const error& e) {
  error_details details = e.details();
  if (details.source.empty()) details.source = path.string();
  if (details.advice.empty() && e.code() == errc::bundle_mismatch)
    details.advice = "load it with the spec that it was fitted with, or fit and save again";
  throw error(e.code(), std::move(details));
}

}  // namespace bespoke::detail
