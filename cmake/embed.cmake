# embed_files(<folder> <out var> <files>): puts the files' bytes into the program.
#
# Generates <build>/generated/<folder>/embed_<folder>.{h,c}. Included as "<folder>/embed_<folder>.h",
# it declares the table of files: see base/embed.h.
#
# The bytes come in by the assembler's .incbin, so large files cost no compile time; the object file
# depends on each of them (and ccache leaves alone what uses .incbin).
function(embed_files folder out_var files)
  set(dir ${CMAKE_BINARY_DIR}/generated/${folder})
  set(header ${dir}/embed_${folder}.h)
  set(source ${dir}/embed_${folder}.c)
  set(symbols "")
  set(rows "")
  set(index 0)
  list(SORT files)
  foreach(path ${files})
    file(RELATIVE_PATH name ${CMAKE_SOURCE_DIR}/${folder} ${path})
    set(symbol embed_${folder}_data_${index})
    string(APPEND symbols
      "__asm__(\".section .rodata\\n\"\n"
      "        \".global ${symbol}, ${symbol}_end\\n\"\n"
      "        \".hidden ${symbol}, ${symbol}_end\\n\"\n"
      "        \"${symbol}: .incbin \\\"${path}\\\"\\n\"\n"
      "        \"${symbol}_end: .byte 0\\n\"\n"
      "        \".previous\\n\");\n"
      "extern const char ${symbol}[], ${symbol}_end[];\n")
    string(APPEND rows "    {\"${name}\", ${symbol}, ${symbol}_end},\n")
    math(EXPR index "${index} + 1")
  endforeach()
  file(GENERATE OUTPUT ${header} CONTENT
"#pragma once

#include \"base/embed.h\"

extern const struct embed_file embed_${folder}[];
")
  file(GENERATE OUTPUT ${source} CONTENT
"#include \"${folder}/embed_${folder}.h\"

#include <stddef.h>

${symbols}
const struct embed_file embed_${folder}[] = {
${rows}    {NULL, NULL, NULL},
};
")
  set_source_files_properties(${source} PROPERTIES GENERATED TRUE OBJECT_DEPENDS "${files}")
  set(${out_var} ${source} PARENT_SCOPE)
endfunction()
