// SPDX-License-Identifier: Apache-2.0
// Which of 64 bytes are separators, quotes and line ends: the only part of reading that depends on the processor.
// The functions for one processor hold intrinsics only, so that no code for it can leak into the rest.
#include "scan.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace bespoke::ingest::detail {

void classify_portable(const char* text, std::size_t blocks, dialect d, byte_masks* out, byte_kinds& kinds) {
  for (std::size_t b = 0; b < blocks; ++b, text += 64) {
    byte_masks m{};
    for (unsigned i = 0; i < 64; ++i) {
      const char c = text[i];
      m.separator |= std::uint64_t{c == d.separator} << i;
      m.quote |= std::uint64_t{d.quoting && c == d.quote} << i;
      m.line_end |= std::uint64_t{c == '\n'} << i;
      m.carriage_return |= std::uint64_t{c == '\r'} << i;
      kinds.zero |= c == 0;
      kinds.high |= (static_cast<unsigned char>(c) & 0x80) != 0;
    }
    out[b] = m;
  }
}

#if defined(__x86_64__)

namespace {

__attribute__((target("avx2"))) inline std::uint64_t equal_64(__m256i low, __m256i high, __m256i value) {
  const auto l = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, value)));
  const auto h = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, value)));
  return std::uint64_t{h} << 32 | l;
}

__attribute__((target("avx2"))) void classify_avx2(const char* text, std::size_t blocks, dialect d, byte_masks* out,
                                                   byte_kinds& kinds) {
  const __m256i separator = _mm256_set1_epi8(d.separator), quote = _mm256_set1_epi8(d.quote);
  const __m256i line_end = _mm256_set1_epi8('\n'), carriage_return = _mm256_set1_epi8('\r');
  const std::uint64_t quoting = d.quoting ? ~std::uint64_t{0} : 0;
  __m256i any = _mm256_setzero_si256(), least = _mm256_set1_epi8(-1);
  for (std::size_t b = 0; b < blocks; ++b, text += 64) {
    const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text));
    const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + 32));
    out[b].separator = equal_64(low, high, separator);
    out[b].quote = equal_64(low, high, quote) & quoting;
    out[b].line_end = equal_64(low, high, line_end);
    out[b].carriage_return = equal_64(low, high, carriage_return);
    any = _mm256_or_si256(any, _mm256_or_si256(low, high));
    least = _mm256_min_epu8(least, _mm256_min_epu8(low, high));
  }
  kinds.high |= _mm256_movemask_epi8(any) != 0;
  kinds.zero |= _mm256_movemask_epi8(_mm256_cmpeq_epi8(least, _mm256_setzero_si256())) != 0;
}

__attribute__((target("avx512f,avx512bw"))) void classify_avx512(const char* text, std::size_t blocks, dialect d,
                                                                 byte_masks* out, byte_kinds& kinds) {
  const __m512i separator = _mm512_set1_epi8(d.separator), quote = _mm512_set1_epi8(d.quote);
  const __m512i line_end = _mm512_set1_epi8('\n'), carriage_return = _mm512_set1_epi8('\r');
  const std::uint64_t quoting = d.quoting ? ~std::uint64_t{0} : 0;
  std::uint64_t high = 0, zero = 0;
  for (std::size_t b = 0; b < blocks; ++b, text += 64) {
    const __m512i bytes = _mm512_loadu_si512(text);
    out[b].separator = _mm512_cmpeq_epi8_mask(bytes, separator);
    out[b].quote = _mm512_cmpeq_epi8_mask(bytes, quote) & quoting;
    out[b].line_end = _mm512_cmpeq_epi8_mask(bytes, line_end);
    out[b].carriage_return = _mm512_cmpeq_epi8_mask(bytes, carriage_return);
    high |= _mm512_movepi8_mask(bytes);
    zero |= _mm512_testn_epi8_mask(bytes, bytes);
  }
  kinds.high |= high != 0;
  kinds.zero |= zero != 0;
}

}  // namespace

std::vector<classify_function> all_classify() {
  std::vector<classify_function> out{classify_portable};
  if (__builtin_cpu_supports("avx2")) out.push_back(classify_avx2);
  if (__builtin_cpu_supports("avx512bw")) out.push_back(classify_avx512);
  return out;
}

#else

std::vector<classify_function> all_classify() { return {classify_portable}; }

#endif

classify_function best_classify() {
  static const classify_function best = all_classify().back();
  return best;
}

}  // namespace bespoke::ingest::detail
