// SPDX-License-Identifier: Apache-2.0
// The program around the tests of one folder. Version 3 of Catch2 brings its own main.

#if !__has_include(<catch2/catch_all.hpp>)
#define CATCH_CONFIG_MAIN
#endif
#include "catch.hpp"
