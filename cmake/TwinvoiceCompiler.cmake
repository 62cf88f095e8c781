# Compiler settings shared by every target: link twinvoice_options to get them.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug or Release" FORCE)
endif()

if(NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(TWINVOICE_CCACHE ccache)
  if(TWINVOICE_CCACHE)
    # It reads the compiler's list of headers instead of preprocessing each file by itself: a sixth of a first build.
    set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_DEPEND=1 "${TWINVOICE_CCACHE}")
  endif()
endif()

add_library(twinvoice_options INTERFACE)
target_include_directories(twinvoice_options INTERFACE "${PROJECT_SOURCE_DIR}")
# Results must be the same bytes for every compiler and optimisation level: no contraction to fused multiply-add.
target_compile_options(twinvoice_options INTERFACE -Wall -Wextra -Wconversion -ffp-contract=off)
if(TWINVOICE_WERROR)
  target_compile_options(twinvoice_options INTERFACE -Werror)
endif()
# g++ 12 reports overlaps in std::string that cannot happen (its bug 105651), and with sanitizers uninitialised values.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(twinvoice_options INTERFACE -Wno-restrict)
  # Half a gigabyte before the compiler collects its garbage: a tenth of its time.
  target_compile_options(twinvoice_options INTERFACE "SHELL:--param ggc-min-heapsize=524288")
  if(CMAKE_CXX_FLAGS MATCHES "-fsanitize")
    target_compile_options(twinvoice_options INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()
# Any -O and -march gives the same bits, contraction being off; these flags do not.
string(TOUPPER "CMAKE_CXX_FLAGS_${CMAKE_BUILD_TYPE}" build_type_flags)
set(all_flags "${CMAKE_CXX_FLAGS} ${${build_type_flags}}")
if(all_flags MATCHES "-ffast-math|-Ofast|-funsafe-math-optimizations|-ffp-contract=(fast|on)")
  message(FATAL_ERROR "The flags of the C++ compiler change results: ${CMAKE_MATCH_0} in ${all_flags}")
endif()
