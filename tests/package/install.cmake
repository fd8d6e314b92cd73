# SPDX-License-Identifier: Apache-2.0
# Installs what is built in BUILD into an empty PREFIX, so that nothing is found there that is not installed any more.
file(REMOVE_RECURSE ${PREFIX})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX} COMMAND_ERROR_IS_FATAL ANY)
