// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/version.hpp>

namespace bespoke {

std::string_view version() noexcept { return BESPOKE_VERSION; }

}  // namespace bespoke
