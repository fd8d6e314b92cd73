# SPDX-License-Identifier: Apache-2.0
# What the compiled library links. Included by the build and, installed, by the package's config: a static library needs
# the same again in the host. A target that the host has made already is used as it is.

include(CMakeFindDependencyMacro)
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)  # seen by a host that adds this folder, too

if(NOT TARGET TBB::tbb)
  find_dependency(TBB)
endif()
if(NOT TARGET fmt::fmt)
  find_dependency(fmt)
endif()
if(bespoke_WITH_ICU AND NOT (TARGET ICU::uc AND TARGET ICU::i18n))
  find_dependency(ICU COMPONENTS uc i18n)
endif()

# libsodium ships no CMake package. A name of our own, so that no other finder's target is touched.
if(NOT TARGET bespoke_deps::sodium)
  find_dependency(PkgConfig)
  pkg_check_modules(BESPOKE_SODIUM QUIET IMPORTED_TARGET GLOBAL libsodium)
  if(NOT BESPOKE_SODIUM_FOUND)
    set(bespoke_FOUND FALSE)
    set(bespoke_NOT_FOUND_MESSAGE "bespoke needs libsodium (Debian: libsodium-dev)")
    return()
  endif()
  add_library(bespoke_deps::sodium INTERFACE IMPORTED GLOBAL)
  target_link_libraries(bespoke_deps::sodium INTERFACE PkgConfig::BESPOKE_SODIUM)
endif()
unset(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL)
