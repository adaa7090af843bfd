# One interface target carries what every folder compiles with.
find_program(CCACHE ccache)
if(CCACHE)
  # Without this, ccache passes on whatever uses a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()

add_library(sluice_options INTERFACE)
target_include_directories(sluice_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(sluice_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  -fPIE -fstack-protector-strong -fcf-protection $<$<BOOL:${SLUICE_WERROR}>:-Werror>)
target_compile_definitions(sluice_options INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2> SLUICE_VERSION="${PROJECT_VERSION}")
target_link_options(sluice_options INTERFACE -pie -Wl,-z,relro,-z,now)

find_program(LLD ld.lld-19)
if(LLD AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_link_options(sluice_options INTERFACE --ld-path=${LLD})
endif()

if(SLUICE_SANITIZE)
  list(JOIN SLUICE_SANITIZE "," sanitizers)
  target_compile_options(sluice_options INTERFACE -fsanitize=${sanitizers} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(sluice_options INTERFACE -fsanitize=${sanitizers})
  # The fortified string functions hide overflows from the sanitizers.
  target_compile_options(sluice_options INTERFACE -U_FORTIFY_SOURCE)
endif()

if(SLUICE_COVERAGE)
  # Counted by several threads, and under the thread sanitizer, too.
  target_compile_options(sluice_options INTERFACE -fprofile-instr-generate -fcoverage-mapping -fprofile-update=atomic)
  target_link_options(sluice_options INTERFACE -fprofile-instr-generate)
endif()

# The headers that nearly every unit includes, parsed once for all libraries: that halves the build.
function(sluice_precompile target)
  if(target STREQUAL sluice_core)
    target_precompile_headers(${target} PRIVATE ${PROJECT_SOURCE_DIR}/core/precompiled.hpp)
    target_compile_options(${target} PUBLIC $<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>)
  else()
    target_precompile_headers(${target} REUSE_FROM sluice_core)
  endif()
endfunction()
