// SPDX-License-Identifier: Apache-2.0
#pragma once
// All of bespoke, for programs that wire chains. Headers that only pass models around include <bespoke/core/model.hpp>.

#include <bespoke/core/save.hpp>
