# One interface target carries what every folder compiles with.
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(sluice_options INTERFACE)
target_include_directories(sluice_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(sluice_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  -fstack-protector-strong -fcf-protection $<$<BOOL:${SLUICE_WERROR}>:-Werror>)
target_compile_definitions(sluice_options INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2> SLUICE_VERSION="${PROJECT_VERSION}")
target_link_options(sluice_options INTERFACE -Wl,-z,relro,-z,now)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

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
