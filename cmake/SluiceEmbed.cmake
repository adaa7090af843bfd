# sluice_embed(<target> <array name> <file>...): compiles files into the target as one generated source that defines
#   extern const std::span<const EmbeddedFile> <array name>  (core/embedded_file.hpp), in the order given.
function(sluice_embed target array)
  set(files ${ARGN})
  list(TRANSFORM files PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${array}.cpp)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} -DARRAY=${array} "-DFILES=${files}"
            -P ${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake
    DEPENDS ${files} ${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake
    COMMENT "Embedding ${array}" VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
