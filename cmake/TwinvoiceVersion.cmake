# Version and commit of the tool (sim/base/version.hpp declares them). The commit is read at configure time, and the file is
# rewritten only when its text changes, so that a new commit rebuilds one small file.

function(twinvoice_version_into room)
  set(TWINVOICE_COMMIT "unknown")
  find_program(TWINVOICE_GIT git)
  if(TWINVOICE_GIT AND EXISTS "${PROJECT_SOURCE_DIR}/.git")
    execute_process(COMMAND "${TWINVOICE_GIT}" rev-parse --short=12 HEAD
                    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
                    OUTPUT_VARIABLE commit RESULT_VARIABLE failed OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(NOT failed)
      set(TWINVOICE_COMMIT "${commit}")
    endif()
  endif()
  configure_file("${PROJECT_SOURCE_DIR}/cmake/version.cpp.in" "${PROJECT_BINARY_DIR}/generated/version.cpp" @ONLY)
  add_library(twinvoice_version STATIC "${PROJECT_BINARY_DIR}/generated/version.cpp")
  target_link_libraries(twinvoice_version PRIVATE twinvoice_options)
  get_target_property(type twinvoice_${room} TYPE)
  if(type STREQUAL "INTERFACE_LIBRARY")
    target_link_libraries(twinvoice_${room} INTERFACE twinvoice_version)
  else()
    target_link_libraries(twinvoice_${room} PUBLIC twinvoice_version)
  endif()
endfunction()
