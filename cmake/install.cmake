# SPDX-License-Identifier: Apache-2.0
# The installed package: libraries, headers, CMake config and pkg-config file.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/bespoke)

install(TARGETS bespoke_stages bespoke EXPORT bespoke-targets FILE_SET HEADERS)
install(EXPORT bespoke-targets NAMESPACE bespoke:: DESTINATION ${package_dir})

configure_package_config_file(cmake/bespoke-config.cmake.in bespoke-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(bespoke-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/bespoke-config.cmake ${PROJECT_BINARY_DIR}/bespoke-config-version.cmake
              cmake/dependencies.cmake
        DESTINATION ${package_dir})

# pkg-config: what a static library needs must be linked by the host; a shared one brings it along.
set(requires "tbb, fmt, libsodium")
if(BESPOKE_WITH_ICU)
  string(APPEND requires ", icu-uc, icu-i18n")
endif()
get_target_property(kind bespoke_stages TYPE)
set(pc_requires_key "Requires")
if(kind STREQUAL "SHARED_LIBRARY")
  set(pc_requires_key "Requires.private")
endif()
set(pc_requires ${requires})
file(RELATIVE_PATH pc_up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)  # the file finds its prefix from where it lies
configure_file(cmake/bespoke.pc.in bespoke.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/bespoke.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
