// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/cpu.hpp>

namespace bespoke {

namespace {

vector_width ask() noexcept {
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return vector_width::scalar;
  const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                    __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  return wide ? vector_width::avx512 : vector_width::avx2;
#else
  return vector_width::scalar;
#endif
}

}  // namespace

vector_width widest_vector() noexcept {
  static const vector_width width = ask();
  return width;
}

std::string_view name(vector_width width) noexcept {
  switch (width) {
    case vector_width::avx512: return "avx512";
    case vector_width::avx2: return "avx2";
    case vector_width::scalar: break;
  }
  return "scalar";
}

}  // namespace bespoke
