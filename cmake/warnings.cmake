# SPDX-License-Identifier: Apache-2.0
# Warnings are errors while bespoke itself is developed, and nobody's business where it is part of another project.

function(bespoke_warnings target)
  if(PROJECT_IS_TOP_LEVEL)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror ${ARGN})
  endif()
endfunction()
