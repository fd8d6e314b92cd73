# SPDX-License-Identifier: Apache-2.0
# BESPOKE_SANITIZE=address,undefined or =thread instruments what is built here; a finding ends the program.

function(bespoke_sanitize target)
  if(BESPOKE_SANITIZE)
    set(flags -fsanitize=${BESPOKE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_compile_options(${target} PRIVATE ${flags})
    target_link_options(${target} PUBLIC ${flags})
  endif()
endfunction()
