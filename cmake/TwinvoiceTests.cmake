# Test executables. Folders are globbed: a new *_test.cpp needs no line anywhere.
#
# Every GoogleTest case is a ctest case with its own process. A suite whose name begins with `Full` is slow: its cases carry
# the label `full`, which `make test` leaves out.

# twinvoice_test_executable(<target> LABEL <label> SOURCES <files...> LINKS <targets...>)
function(twinvoice_test_executable target)
  cmake_parse_arguments(PARSE_ARGV 1 test "" "LABEL" "SOURCES;LINKS")
  include(GoogleTest)
  find_package(GTest REQUIRED)
  find_package(rapidcheck REQUIRED)
  add_executable(${target} ${test_SOURCES})
  # What a test spends its time in are the rooms, built as they are shipped; its own code is compiled once and run seldom.
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
  target_link_libraries(${target} PRIVATE twinvoice_options ${test_LINKS}
    rapidcheck GTest::gmock GTest::gtest GTest::gmock_main)
  target_compile_definitions(${target} PRIVATE TWINVOICE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  gtest_discover_tests(${target}
    TEST_PREFIX "${target}." TEST_FILTER "-Full*:*/Full*.*" DISCOVERY_TIMEOUT 60
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}" PROPERTIES LABELS ${test_LABEL} TIMEOUT 300)
  gtest_discover_tests(${target}
    TEST_PREFIX "${target}." TEST_FILTER "Full*:*/Full*.*" DISCOVERY_TIMEOUT 60
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}" PROPERTIES LABELS full TIMEOUT 3600)
endfunction()

# Gives a test the whole house: all the rooms, what tests share (tests/support), and the path of the program in
# TWINVOICE_BINARY.
function(twinvoice_test_of_the_whole target)
  target_link_libraries(${target} PRIVATE twinvoice_cli)
  target_compile_definitions(${target} PRIVATE TWINVOICE_BINARY="${PROJECT_BINARY_DIR}/twinvoice")
  if(TARGET twinvoice_test_support)
    target_link_libraries(${target} PRIVATE twinvoice_test_support)
  endif()
  if(TARGET twinvoice)
    add_dependencies(${target} twinvoice)
  endif()
endfunction()

# tests/support/*.cpp -> a library for the tests of the whole house.
function(twinvoice_test_support)
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/support/*.cpp")
  if(sources)
    add_library(twinvoice_test_support STATIC ${sources})
    target_link_libraries(twinvoice_test_support PUBLIC twinvoice_cli)
    target_compile_options(twinvoice_test_support PRIVATE $<$<CONFIG:Release>:-O1>)
    target_compile_definitions(twinvoice_test_support PRIVATE TWINVOICE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  endif()
endfunction()

# tests/unit/<room>/*_test.cpp -> unit_<room>, linked with that room alone. The tests of models and cli see all the rooms.
function(twinvoice_unit_tests)
  # The compiler must not see through the allocation functions that a test puts in the place of the library's.
  set_source_files_properties("${PROJECT_SOURCE_DIR}/tests/unit/kernel/counting_new.cpp"
    PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  foreach(room IN LISTS TWINVOICE_ROOMS)
    file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/unit/${room}/*.cpp")
    if(NOT sources)
      continue()
    endif()
    twinvoice_test_executable(unit_${room} LABEL unit SOURCES ${sources} LINKS twinvoice_${room})
    if(room MATCHES "^(models|cli)$")
      twinvoice_test_of_the_whole(unit_${room})
    endif()
  endforeach()
endfunction()

# tests/<folder>/*_test.cpp -> <folder>_tests, linked with all the rooms.
function(twinvoice_folder_tests folder)
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/${folder}/*.cpp")
  if(NOT sources)
    return()
  endif()
  twinvoice_test_executable(${folder}_tests LABEL ${folder} SOURCES ${sources})
  twinvoice_test_of_the_whole(${folder}_tests)
endfunction()

# The lint of the tree and the tests of the lint. Debian's own python3, not another one on PATH.
function(twinvoice_tidy_tests)
  if(NOT EXISTS "${PROJECT_SOURCE_DIR}/tests/tidy/tidy.py")
    return()
  endif()
  set(python /usr/bin/python3)
  foreach(check IN ITEMS layering banned length cards words headers)
    add_test(NAME tidy.${check} COMMAND ${python} -B "${PROJECT_SOURCE_DIR}/tests/tidy/tidy.py"
             --root "${PROJECT_SOURCE_DIR}" ${check})
    set_tests_properties(tidy.${check} PROPERTIES LABELS tidy TIMEOUT 120)
  endforeach()
  foreach(suite IN ITEMS tidy dependencies)
    add_test(NAME tidy.test_${suite} COMMAND ${python} -B "${PROJECT_SOURCE_DIR}/tests/tidy/test_${suite}.py")
    set_tests_properties(tidy.test_${suite} PROPERTIES LABELS tidy TIMEOUT 120)
  endforeach()
endfunction()

# tests/bits: pinned fingerprints; the slow one builds the program with other compilers and optimisation levels.
function(twinvoice_bits_tests)
  if(NOT TARGET twinvoice)
    return()
  endif()
  add_test(NAME bits.golden COMMAND "${PROJECT_SOURCE_DIR}/tests/bits/check.py" "this=$<TARGET_FILE:twinvoice>")
  set_tests_properties(bits.golden PROPERTIES LABELS bits TIMEOUT 300)
  add_test(NAME bits.matrix COMMAND "${PROJECT_SOURCE_DIR}/tests/bits/matrix.sh" "${PROJECT_BINARY_DIR}/bits")
  set_tests_properties(bits.matrix PROPERTIES LABELS full TIMEOUT 10800 RUN_SERIAL ON)
endfunction()

# tests/oracle/truth: the brute-force oracle on worked scenarios, and the program against it on worlds drawn from a seed.
function(twinvoice_truth_tests)
  if(NOT TARGET twinvoice)
    return()
  endif()
  set(folder "${PROJECT_SOURCE_DIR}/tests/oracle/truth")
  add_test(NAME oracle.truth.unit COMMAND /usr/bin/python3 -B -m unittest discover -s "${folder}")
  set_tests_properties(oracle.truth.unit PROPERTIES LABELS oracle TIMEOUT 300 COST 30)
  add_test(NAME oracle.truth.worlds COMMAND /usr/bin/python3 -B "${folder}/check_worlds.py" --count 20
           --keep "${PROJECT_BINARY_DIR}/failing-worlds" "$<TARGET_FILE:twinvoice>")
  set_tests_properties(oracle.truth.worlds PROPERTIES LABELS oracle TIMEOUT 600 PROCESSORS 2 COST 20)
  add_test(NAME oracle.truth.full COMMAND /usr/bin/python3 -B "${folder}/check_worlds.py" --count 220 --first 21
           --keep "${PROJECT_BINARY_DIR}/failing-worlds" "$<TARGET_FILE:twinvoice>")
  set_tests_properties(oracle.truth.full PROPERTIES LABELS full TIMEOUT 7200 RUN_SERIAL ON)
endfunction()

# tests/fields: every field of the formats moves a figure.
function(twinvoice_field_tests)
  if(NOT TARGET twinvoice)
    return()
  endif()
  add_test(NAME fields.move_a_figure COMMAND /usr/bin/python3 -B "${PROJECT_SOURCE_DIR}/tests/fields/check_fields.py"
           "$<TARGET_FILE:twinvoice>")
  set_tests_properties(fields.move_a_figure PROPERTIES LABELS scenario TIMEOUT 600 PROCESSORS 2 COST 20)
endfunction()

# tests/mutants: known wrong ways of reckoning, each of which a test must catch; with a build of its own.
function(twinvoice_mutant_tests)
  add_test(NAME mutants.truth
           COMMAND "${PROJECT_SOURCE_DIR}/tests/mutants/check.sh" "${PROJECT_BINARY_DIR}/mutants-truth")
  set_tests_properties(mutants.truth PROPERTIES LABELS full TIMEOUT 7200 RUN_SERIAL ON)
endfunction()

# tests/fuzz: ten thousand mutants and a minute of `make fuzz`, with a build of its own. That their programs compile is seen here.
function(twinvoice_fuzz_tests)
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/fuzz/*_fuzz.cpp")
  add_library(fuzz_programs_compile OBJECT ${sources})
  set_target_properties(fuzz_programs_compile PROPERTIES UNITY_BUILD OFF)
  target_link_libraries(fuzz_programs_compile PRIVATE twinvoice_options twinvoice_test_support)
  add_test(NAME fuzz.slice COMMAND "${PROJECT_SOURCE_DIR}/tests/fuzz/slice.sh" "${PROJECT_BINARY_DIR}/fuzz")
  set_tests_properties(fuzz.slice PROPERTIES LABELS full TIMEOUT 7200 RUN_SERIAL ON)
endfunction()

# notebooks/: their module, and each of them from a clean kernel.
function(twinvoice_notebook_tests)
  if(NOT TARGET twinvoice)
    return()
  endif()
  add_test(NAME notebooks.module COMMAND /usr/bin/python3 -B "${PROJECT_SOURCE_DIR}/tests/notebooks/test_twinvoice.py")
  set_tests_properties(notebooks.module PROPERTIES LABELS notebooks TIMEOUT 120)
  add_test(NAME notebooks.run COMMAND "${PROJECT_SOURCE_DIR}/tests/notebooks/run.sh" "$<TARGET_FILE:twinvoice>"
           "${PROJECT_BINARY_DIR}/notebooks")
  set_tests_properties(notebooks.run PROPERTIES LABELS full TIMEOUT 7200 RUN_SERIAL ON)
endfunction()

# tests/cluster: a job array on a Slurm cluster of two nodes on this machine. Exit code 77: it cannot be had here.
function(twinvoice_cluster_tests)
  if(NOT TARGET twinvoice)
    return()
  endif()
  add_test(NAME cluster.slurm COMMAND "${PROJECT_SOURCE_DIR}/tests/cluster/slurm.sh" "$<TARGET_FILE:twinvoice>")
  set_tests_properties(cluster.slurm PROPERTIES LABELS full TIMEOUT 1800 SKIP_RETURN_CODE 77 RUN_SERIAL ON)
endfunction()

# tests/bench/*.cpp -> bench, a program of its own: whole processes are measured, and several at a time.
function(twinvoice_benchmarks)
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/bench/*.cpp")
  add_executable(bench ${sources})
  # A hand-written loop must not see the rest of the program, nor be seen by it.
  set_target_properties(bench PROPERTIES UNITY_BUILD OFF)
  target_link_libraries(bench PRIVATE twinvoice_options twinvoice_cli)
  target_compile_definitions(bench PRIVATE TWINVOICE_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
    TWINVOICE_BENCH_FLAGS="${CMAKE_CXX_FLAGS_RELEASE}")
endfunction()

# tests/fuzz/<name>_fuzz.cpp -> <name>_fuzz, one libFuzzer program each; and the mutants of tests/invariant in the same build, with
# its sanitizers.
function(twinvoice_fuzzers)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "TWINVOICE_FUZZ needs clang++: use the preset fuzz")
  endif()
  if(NOT TARGET twinvoice_test_support)
    twinvoice_test_support()
  endif()
  find_package(GTest REQUIRED)
  add_executable(mutants "${PROJECT_SOURCE_DIR}/tests/invariant/hostile_input_test.cpp")
  target_link_libraries(mutants PRIVATE twinvoice_options twinvoice_test_support
    GTest::gmock GTest::gtest GTest::gmock_main)
  add_custom_target(fuzz_programs)
  add_dependencies(fuzz_programs mutants)
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/fuzz/*_fuzz.cpp")
  foreach(source IN LISTS sources)
    get_filename_component(name "${source}" NAME_WE)
    add_executable(${name} "${source}")
    target_link_libraries(${name} PRIVATE twinvoice_options twinvoice_test_support)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzz_programs ${name})
  endforeach()
endfunction()
