// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/features/hashing.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <span>

#include "padded_words.hpp"
#include "term_characters.hpp"
#include "word_bound.hpp"

namespace bespoke::features {
namespace {

/// MurmurHash3 by Austin Appleby (public domain algorithm), x86, 32 bit, seed 0, as a signed number.
std::int32_t murmur3(std::string_view bytes) {
  constexpr std::uint32_t c1 = 0xCC9E2D51, c2 = 0x1B873593;
  const auto scramble = [](std::uint32_t k) { return std::rotl(k * c1, 15) * c2; };
  std::uint32_t h = 0;
  std::size_t i = 0;
  for (; i + 4 <= bytes.size(); i += 4) {
    std::uint32_t k;
    std::memcpy(&k, bytes.data() + i, 4);
    h = std::rotl(h ^ scramble(k), 13) * 5 + 0xE6546B64;
  }
  std::uint32_t rest = 0;
  for (std::size_t j = bytes.size(); j > i; --j) rest = rest << 8 | static_cast<unsigned char>(bytes[j - 1]);
  h ^= scramble(rest) ^ static_cast<std::uint32_t>(bytes.size());
  h = (h ^ h >> 16) * 0x85EBCA6B;
  h = (h ^ h >> 13) * 0xC2B2AE35;
  return static_cast<std::int32_t>(h ^ h >> 16);
}

/// Words joined by spaces, so that each run of words is a run of bytes.
struct joined_words {
  std::span<const char> bytes;
  std::span<const std::uint32_t> begin, end;  // of each word

  std::string_view run(std::size_t first, std::size_t last) const {
    return {bytes.data() + begin[first], end[last] - begin[first]};
  }
};

joined_words join(std::span<const std::string_view> words, scratch& s) {
  std::size_t size = 0;
  for (const auto& w : words) size += w.size() + 1;
  const auto bytes = s.take<char>(size);
  const auto begin = s.take<std::uint32_t>(words.size()), end = s.take<std::uint32_t>(words.size());
  std::size_t at = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    begin[i] = static_cast<std::uint32_t>(at);
    std::memcpy(bytes.data() + at, words[i].data(), words[i].size());
    at += words[i].size();
    end[i] = static_cast<std::uint32_t>(at);
    bytes[at++] = ' ';
  }
  return {bytes, begin, end};
}

/// The column in the upper half, below it 1 where the sign is negative: sorts by column.
std::uint64_t hashed(std::string_view term, std::size_t width, bool alternate_sign) {
  const std::int64_t h = murmur3(term);
  const std::uint64_t column = static_cast<std::uint64_t>(h < 0 ? -h : h) % width;
  return column << 1 | static_cast<std::uint64_t>(alternate_sign && h < 0);
}

std::size_t hash_terms(std::span<const std::string_view> words, const hashing& spec, scratch& s, std::uint64_t* out) {
  const joined_words all = join(words, s);
  std::size_t n = 0;
  for (std::size_t k = spec.ngrams.low; k <= spec.ngrams.high; ++k)
    for (std::size_t i = 0; i + k <= words.size(); ++i)
      out[n++] = hashed(all.run(i, i + k - 1), spec.width, spec.alternate_sign);
  std::sort(out, out + n);
  return n;
}

void scale(std::span<float> values, row_norm norm) {
  double squares = 0, magnitudes = 0;
  for (const float v : values) {
    squares += static_cast<double>(v) * static_cast<double>(v);
    magnitudes += std::fabs(static_cast<double>(v));
  }
  const double n = norm == row_norm::l2 ? std::sqrt(squares) : norm == row_norm::l1 ? magnitudes : 1;
  if (n == 0 || n == 1) return;
  for (float& v : values) v = static_cast<float>(static_cast<double>(v) / n);
}

/// Sums the terms of each column; columns whose terms cancel are left out.
std::size_t sum_columns(std::span<const std::uint64_t> sorted, std::uint32_t* columns, float* values) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < sorted.size();) {
    const std::uint64_t column = sorted[i] >> 1;
    std::int64_t sum = 0;
    for (; i < sorted.size() && sorted[i] >> 1 == column; ++i) sum += (sorted[i] & 1) != 0 ? -1 : 1;
    columns[n] = static_cast<std::uint32_t>(column);
    values[n] = static_cast<float>(sum);
    n += sum != 0;
  }
  return n;
}

/// The same from a sum for each column.
std::size_t keep_columns(std::span<const std::int64_t> sums, std::uint32_t* columns, float* values) {
  std::size_t n = 0;
  for (std::size_t c = 0; c < sums.size(); ++c) {
    if (sums[c] == 0) continue;
    columns[n] = static_cast<std::uint32_t>(c);
    values[n++] = static_cast<float>(sums[c]);
  }
  return n;
}

template <class Split>
sparse_row row(std::size_t most, const hashing& spec, scratch& s, Split&& split) {
  const auto columns = s.take<std::uint32_t>(most * spec.ngrams.high + 1);
  const auto values = s.take<float>(columns.size());
  const scratch::frame temporaries(s);
  const auto terms = s.take<std::uint64_t>(columns.size());
  const std::size_t found = hash_terms(split(), spec, s, terms.data());
  const std::size_t n = sum_columns(terms.first(found), columns.data(), values.data());
  scale(values.first(n), spec.norm);
  return {columns.first(n), values.first(n), spec.width};
}

/// Counts runs of characters; one sum a column where there may be more runs than columns.
std::size_t sum_runs(const hashing& spec, std::size_t most, scratch& s, function_ref<void(detail::use_terms)> each,
                     std::uint32_t* columns, float* values) {
  const bool by_column = most > spec.width;
  const auto sums = s.take<std::int64_t>(by_column ? spec.width : 0);
  const auto terms = s.take<std::uint64_t>(by_column ? 0 : most);
  std::fill(sums.begin(), sums.end(), std::int64_t{0});
  std::size_t n = 0;
  each([&](std::span<const std::string_view> runs) {
    for (const std::string_view run : runs) {
      const std::uint64_t h = hashed(run, spec.width, spec.alternate_sign);
      if (by_column) sums[h >> 1] += (h & 1) != 0 ? -1 : 1;
      else terms[n++] = h;
    }
  });
  if (by_column) return keep_columns(sums, columns, values);
  std::sort(terms.begin(), terms.begin() + static_cast<std::ptrdiff_t>(n));
  return sum_columns(terms.first(n), columns, values);
}

template <class Document>
sparse_row row_of_runs(const Document& x, const hashing& spec, scratch& s) {
  const std::size_t most = detail::most_runs(x, spec.ngrams), room = std::min(most, spec.width);
  const auto columns = s.take<std::uint32_t>(room);
  const auto values = s.take<float>(room);
  const scratch::frame temporaries(s);
  const detail::character_runs which{spec.terms, spec.ngrams, spec.words};
  const auto each = [&](detail::use_terms use) { detail::for_each_run(x, which, s, use); };
  const std::size_t n = sum_runs(spec, most, s, each, columns.data(), values.data());
  scale(values.first(n), spec.norm);
  return {columns.first(n), values.first(n), spec.width};
}

}  // namespace

hashing::fitted::fitted(const hashing& spec)
    : width_(spec.width),
      terms_(spec.terms),
      ngrams_(spec.ngrams),
      words_(spec.words),
      alternate_sign_(spec.alternate_sign),
      norm_(spec.norm) {
  bespoke::detail::check_ngrams(spec.ngrams, "hashing");
  if (spec.width == 0 || spec.width > 0x7FFFFFFFu)
    throw error(
        errc::invalid_argument,
        {.stage = "hashing", .problem = "width", .expected = "1 to 2147483647", .got = std::to_string(spec.width)});
}

sparse_row hashing::fitted::operator()(std::string_view text, scratch& s) const {
  const hashing spec{width_, terms_, ngrams_, words_, alternate_sign_, norm_};
  if (terms_ != term_kind::words) return row_of_runs(text, spec, s);
  return row(detail::most_words(text, words_), spec, s, [&] { return split_words(text, words_, s); });
}

sparse_row hashing::fitted::operator()(const std::vector<std::string>& list, scratch& s) const {
  const hashing spec{width_, terms_, ngrams_, words_, alternate_sign_, norm_};
  if (terms_ != term_kind::words) return row_of_runs(list, spec, s);
  return row(list.size(), spec, s, [&] { return detail::padded_words(list, s); });
}

void hashing::fitted::save(bundle_writer& w) const {
  w.put("width", width_);
  w.put("terms", name(terms_));
  w.put("ngrams", bespoke::detail::to_string(ngrams_));
  w.put("words", name(words_));
  w.put("alternate_sign", alternate_sign_);
  w.put("norm", name(norm_));
}

void hashing::check(const bundle_reader& r) const {
  r.must_equal("width", width);
  r.must_equal("terms", name(terms));
  r.must_equal("ngrams", bespoke::detail::to_string(ngrams));
  r.must_equal("words", name(words));
  r.must_equal("alternate_sign", alternate_sign);
  r.must_equal("norm", name(norm));
}

}  // namespace bespoke::features
