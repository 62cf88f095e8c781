# One library per room of the house (sim/<name>, and models), with just the links of cmake/layering.txt.

# Reads the table. Sets TWINVOICE_ROOMS (in order), TWINVOICE_LINKS_<room> and TWINVOICE_LIBS_<room> in the caller.
function(twinvoice_read_layering file)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
  file(STRINGS "${file}" lines REGEX "^room ")
  set(rooms)
  foreach(line IN LISTS lines)
    if(NOT line MATCHES "^room +([a-z]+) +<-([^|]*)\\|(.*)$")
      message(FATAL_ERROR "${file}: cannot read '${line}'")
    endif()
    set(room "${CMAKE_MATCH_1}")
    set(links "${CMAKE_MATCH_2}")
    set(libs "${CMAKE_MATCH_3}")
    # `world/procedure` links world; which headers may be included is the business of tests/tidy.
    string(REGEX REPLACE "/[a-z_]+" "" links "${links}")
    separate_arguments(links UNIX_COMMAND "${links}")
    separate_arguments(libs UNIX_COMMAND "${libs}")
    foreach(link IN LISTS links)
      if(NOT link IN_LIST rooms)
        message(FATAL_ERROR "${file}: ${room} links ${link}, which is not a room above it")
      endif()
    endforeach()
    list(APPEND rooms ${room})
    set(TWINVOICE_LINKS_${room} "${links}" PARENT_SCOPE)
    set(TWINVOICE_LIBS_${room} "${libs}" PARENT_SCOPE)
  endforeach()
  set(TWINVOICE_ROOMS "${rooms}" PARENT_SCOPE)
endfunction()

# Every line KIND(name) of the catalogue has its file: a missing one fails here and not in the linker.
function(twinvoice_check_catalog file)
  if(NOT EXISTS "${file}")
    return()
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
  file(STRINGS "${file}" lines REGEX "^[A-Z]+\\(")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "^[A-Z]+\\(([a-z0-9_]+)\\).*$" "\\1" model "${line}")
    if(NOT EXISTS "${PROJECT_SOURCE_DIR}/models/${model}.cpp")
      message(FATAL_ERROR "${file}: ${line} has no file models/${model}.cpp")
    endif()
  endforeach()
endfunction()

# The cards of the models as a source file.
function(twinvoice_cards out models)
  add_custom_command(OUTPUT "${out}"
    COMMAND "${CMAKE_COMMAND}" -D "FOLDER=${PROJECT_SOURCE_DIR}/models" -D "OUT=${out}"
            -P "${PROJECT_SOURCE_DIR}/cmake/Cards.cmake"
    DEPENDS ${models} "${PROJECT_SOURCE_DIR}/cmake/Cards.cmake" COMMENT "Cards of the models" VERBATIM)
endfunction()

# twinvoice_room(<name> LINKS <rooms...> LIBS <external targets...>)
# Makes twinvoice_<name> and its alias twinvoice::<name> from the folder's *.cpp: a static library, or an interface library
# when there are only headers. A folder that does not exist gives an empty interface library that passes its links on.
# The command line's main.cpp belongs to the binary, not to the library, so that tests can link the rest.
function(twinvoice_room name)
  cmake_parse_arguments(PARSE_ARGV 1 room "" "" "LINKS;LIBS")
  if(name STREQUAL "models")
    set(folder "models")
  else()
    set(folder "sim/${name}")
  endif()
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/*.cpp")
  list(REMOVE_ITEM sources "${PROJECT_SOURCE_DIR}/sim/cli/main.cpp")
  if(name STREQUAL "models")
    twinvoice_check_catalog("${PROJECT_SOURCE_DIR}/models/catalog.def")
    twinvoice_cards("${PROJECT_BINARY_DIR}/cards.cpp" "${sources}")
    list(APPEND sources "${PROJECT_BINARY_DIR}/cards.cpp")
  endif()
  if(NOT IS_DIRECTORY "${PROJECT_SOURCE_DIR}/${folder}")
    message(STATUS "Room ${name}: ${folder} does not exist, skipped")
  endif()
  list(TRANSFORM room_LINKS PREPEND "twinvoice_")
  if(sources)
    add_library(twinvoice_${name} STATIC ${sources})
    target_link_libraries(twinvoice_${name} PUBLIC twinvoice_options ${room_LINKS} ${room_LIBS})
    # These read, write and decide; none of them is in a run's loop, and they are half of what there is to compile.
    if(name MATCHES "^(spec|models|store|campaign|report|cli)$")
      target_compile_options(twinvoice_${name} PRIVATE $<$<CONFIG:Release>:-O1>)
    endif()
    if(name STREQUAL "kernel")
      # The hot path crosses its files at every step: one translation unit lets the compiler inline across them.
      set_target_properties(twinvoice_${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 0)
      # Of all the rooms this one alone gains by it: 5 % of the time of a run.
      if(CMAKE_CXX_FLAGS_RELEASE MATCHES "-O2")
        target_compile_options(twinvoice_${name} PRIVATE $<$<CONFIG:Release>:-O3>)
      endif()
    endif()
  else()
    add_library(twinvoice_${name} INTERFACE)
    target_link_libraries(twinvoice_${name} INTERFACE twinvoice_options ${room_LINKS} ${room_LIBS})
  endif()
  add_library(twinvoice::${name} ALIAS twinvoice_${name})
endfunction()

# The program: sim/cli/main.cpp over the cli room, at the top of the build tree.
function(twinvoice_binary)
  if(NOT EXISTS "${PROJECT_SOURCE_DIR}/sim/cli/main.cpp")
    message(STATUS "Binary twinvoice: sim/cli/main.cpp does not exist, skipped")
    return()
  endif()
  add_executable(twinvoice "${PROJECT_SOURCE_DIR}/sim/cli/main.cpp")
  target_link_libraries(twinvoice PRIVATE twinvoice_cli)
  set_target_properties(twinvoice PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}")
  # What the program says of itself, for packages: manual, reference of the formats, completions of the shells.
  set(docs "${PROJECT_BINARY_DIR}/docs")
  add_custom_command(TARGET twinvoice POST_BUILD
    COMMAND "${CMAKE_COMMAND}" -E make_directory "${docs}"
    COMMAND twinvoice help --man > "${docs}/twinvoice.1"
    COMMAND twinvoice schema reference > "${docs}/reference.md"
    COMMAND twinvoice completion bash > "${docs}/twinvoice.bash"
    COMMAND twinvoice completion zsh > "${docs}/_twinvoice"
    COMMAND twinvoice completion fish > "${docs}/twinvoice.fish"
    COMMENT "Manual, reference and completions" VERBATIM)
endfunction()
