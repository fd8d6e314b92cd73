# SPDX-License-Identifier: Apache-2.0
# Warnings are errors while bespoke itself is developed, and nobody's business where it is part of another project.

function(bespoke_warnings target)
  if(PROJECT_IS_TOP_LEVEL)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror ${ARGN})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
      target_compile_options(${target} PRIVATE -Wno-restrict)  # false with std::string's operator+: GCC bug 105651
    endif()
  endif()
endfunction()
