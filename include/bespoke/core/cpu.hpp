// SPDX-License-Identifier: Apache-2.0
#pragma once
// The vector width that kernels choose at run time on this machine.

#include <string_view>

namespace bespoke {

/// Instruction sets that kernels are written for, ascending: a machine has all up to its own.
enum class vector_width { scalar, avx2, avx512 };

/// Of this machine: asked once. `avx512` means F, BW, DQ and VL.
vector_width widest_vector() noexcept;

/// "scalar", "avx2", "avx512".
std::string_view name(vector_width width) noexcept;

}  // namespace bespoke
