# SPDX-License-Identifier: Apache-2.0
# What the compiled library links. Included by the build and, installed, by the package's config: a static library needs
# the same again in the host. A target that the host has made already is used as it is.

if(NOT TARGET TBB::tbb)
  find_package(TBB REQUIRED)
endif()
if(NOT TARGET fmt::fmt)
  find_package(fmt REQUIRED)
endif()
if(BESPOKE_WITH_ICU AND NOT TARGET ICU::i18n)
  find_package(ICU REQUIRED COMPONENTS uc i18n)
endif()

# libsodium ships no CMake package. A name of our own, so that no other finder's target is touched.
if(NOT TARGET bespoke_deps::sodium)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(BESPOKE_SODIUM REQUIRED IMPORTED_TARGET libsodium)
  add_library(bespoke_deps::sodium INTERFACE IMPORTED)
  target_link_libraries(bespoke_deps::sodium INTERFACE PkgConfig::BESPOKE_SODIUM)
endif()
