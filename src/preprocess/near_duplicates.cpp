// SPDX-License-Identifier: Apache-2.0
#include <bespoke/preprocess/near_duplicates.hpp>

#include <algorithm>
#include <bespoke/core/error.hpp>
#include <bespoke/core/random.hpp>
#include <bespoke/core/scratch.hpp>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "characters.hpp"

namespace bespoke::preprocess::detail {
namespace {

constexpr double found_at_similarity = 0.999;
constexpr std::size_t most_entries = std::numeric_limits<std::uint32_t>::max();

void refuse(const char* field, const char* range, const std::string& got) {
  throw error(errc::invalid_argument, {.stage = "near_duplicates", .problem = field, .expected = range, .got = got});
}

void check(const near_duplicates_options& o) {
  if (!(o.similarity >= 0.2 && o.similarity <= 1)) refuse("similarity", "0.2 to 1", std::to_string(o.similarity));
  if (o.hashes < 16 || o.hashes > 1024) refuse("hashes", "16 to 1024", std::to_string(o.hashes));
  if (o.shingle < 1 || o.shingle > 64) refuse("shingle", "1 to 64 characters", std::to_string(o.shingle));
}

std::uint64_t mixed(std::uint64_t x) { return random_numbers(x)(); }

std::uint32_t hash_of(std::string_view bytes) {
  std::uint64_t h = bytes.size();
  while (bytes.size() >= 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data(), 8);
    h = mixed(h ^ word);
    bytes.remove_prefix(8);
  }
  std::uint64_t rest = 0;
  std::memcpy(&rest, bytes.data(), bytes.size());
  return static_cast<std::uint32_t>(mixed(h ^ rest) >> 32);
}

/// The longest bands with which texts of this similarity still share one nearly always.
std::size_t rows_of_band(double similarity, unsigned hashes) {
  std::size_t rows = 1;
  for (std::size_t r = 2; r <= hashes; ++r) {
    const double bands = std::floor(static_cast<double>(hashes) / static_cast<double>(r));
    const double missed = std::pow(1 - std::pow(similarity, static_cast<double>(r)), bands);
    if (1 - missed >= found_at_similarity) rows = r;
  }
  return rows;
}

}  // namespace

near_set::near_set(const near_duplicates_options& options) : options_(options) {
  check(options);
  band_rows_ = rows_of_band(options.similarity, options.hashes);
  bands_ = options.hashes / band_rows_;
  needed_ = static_cast<std::size_t>(std::ceil(options.similarity * options.hashes - 1e-9));
  random_numbers random(options.seed);
  functions_.resize(options.hashes);
  for (auto& f : functions_) {
    const std::uint64_t bits = random();
    f = {static_cast<std::uint32_t>(bits) | 1, static_cast<std::uint32_t>(bits >> 32)};
  }
  signature_.resize(options.hashes);
}

bool near_set::insert(std::string_view text) {
  sign(text);
  for (std::size_t b = 0; b < bands_; ++b)
    if (found(b, band_hash(b))) return false;
  keep();
  return true;
}

void near_set::clear() noexcept {
  signatures_.clear();
  entries_.clear();
  first_.clear();
  size_ = 0;
}

void near_set::sign(std::string_view text) {
  scratch& s = scratch::local();
  const scratch::frame frame(s);
  const std::string_view characters = counted_characters(text, word_rule::unicode, spacing::around_words, s);
  hashes_.clear();
  const char *begin = characters.data(), *const end = begin + characters.size();
  const auto next = [&](const char* p) { return p + std::min<std::ptrdiff_t>(character_bytes(*p), end - p); };
  const char* stop = begin;
  for (unsigned k = 0; k < options_.shingle && stop < end; ++k) stop = next(stop);
  for (;; begin = next(begin), stop = next(stop)) {
    hashes_.push_back(hash_of({begin, static_cast<std::size_t>(stop - begin)}));
    if (stop == end) break;
  }
  // A linear function of hashes that are mixed already; its high bits are the good ones.
  for (std::size_t i = 0; i < functions_.size(); ++i) {
    const auto [factor, summand] = functions_[i];
    std::uint32_t least = std::numeric_limits<std::uint32_t>::max();
    for (const std::uint32_t h : hashes_) least = std::min(least, h * factor + summand);
    signature_[i] = static_cast<std::uint32_t>(mixed(least) >> 32);
  }
}

std::uint32_t near_set::band_hash(std::size_t band) const noexcept {
  std::uint64_t h = band;
  for (std::size_t i = band * band_rows_; i < (band + 1) * band_rows_; ++i) h = mixed(h ^ signature_[i]);
  return static_cast<std::uint32_t>(h >> 32);
}

bool near_set::found(std::size_t band, std::uint32_t hash) const noexcept {
  if (first_.empty()) return false;
  for (std::uint32_t at = first_[hash & (first_.size() - 1)]; at != 0; at = entries_[at - 1].next) {
    const std::size_t e = at - 1;
    if (entries_[e].band_hash == hash && e % bands_ == band && similar(e / bands_)) return true;
  }
  return false;
}

bool near_set::similar(std::size_t kept) const noexcept {
  const std::uint16_t* const other = signatures_.data() + kept * signature_.size();
  std::size_t same = 0;
  for (std::size_t i = 0; i < signature_.size(); ++i) same += static_cast<std::uint16_t>(signature_[i]) == other[i];
  return same >= needed_;
}

void near_set::keep() {
  if (entries_.size() + bands_ > most_entries)
    throw error(errc::limit, {.stage = "near_duplicates",
                              .problem = "there are too many different texts to compare",
                              .expected = "at most 2^32 bands",
                              .got = std::to_string(size_) + " texts of " + std::to_string(bands_),
                              .advice = "use fewer hashes"});
  if (entries_.size() + bands_ > first_.size()) grow();
  for (std::size_t b = 0; b < bands_; ++b) {
    const std::uint32_t hash = band_hash(b);
    std::uint32_t& first = first_[hash & (first_.size() - 1)];
    entries_.push_back({hash, first});
    first = static_cast<std::uint32_t>(entries_.size());
  }
  for (const std::uint32_t v : signature_) signatures_.push_back(static_cast<std::uint16_t>(v));
  ++size_;
}

void near_set::grow() {
  first_.assign(std::bit_ceil(std::max<std::size_t>(1024, entries_.size() + bands_)), 0);
  for (std::size_t e = 0; e < entries_.size(); ++e) {
    std::uint32_t& first = first_[entries_[e].band_hash & (first_.size() - 1)];
    entries_[e].next = first;
    first = static_cast<std::uint32_t>(e + 1);
  }
}

}  // namespace bespoke::preprocess::detail
