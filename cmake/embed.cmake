# embed_files(<folder> <out var> <files>): puts the files' bytes into the program.
#
# Generates <build>/generated/<folder>/embed_<folder>.{h,c}. Included as "<folder>/embed_<folder>.h", it declares
#   struct embed_file { const char *name, *data, *data_end; };
#   extern const struct embed_file embed_<folder>[];   sorted by name, ended by a NULL name
# Names are relative to the folder ("migrations/001_core.sql"). The byte at data_end is NUL.
# The bytes come in by the assembler's .incbin, so large files cost no compile time.
function(embed_files folder out_var files)
  set(dir ${CMAKE_BINARY_DIR}/generated/${folder})
  set(c ${dir}/embed_${folder}.c)
  set(h ${dir}/embed_${folder}.h)
  file(MAKE_DIRECTORY ${dir})
  list(SORT files)
  set(asm "")
  set(rows "")
  set(index 0)
  foreach(path ${files})
    file(RELATIVE_PATH name ${CMAKE_SOURCE_DIR}/${folder} ${path})
    set(sym embed_${folder}_data_${index})
    string(APPEND asm "__asm__(\".section .rodata\\n.global ${sym}\\n.hidden ${sym}\\n${sym}:\\n.incbin \\\"${path}\\\"\\n\"\n"
      "        \".global ${sym}_end\\n.hidden ${sym}_end\\n${sym}_end: .byte 0\\n.previous\\n\");\n"
      "extern const char ${sym}[], ${sym}_end[];\n")
    string(APPEND rows "        {\"${name}\", ${sym}, (size_t)(${sym}_end - ${sym})},\n")
    math(EXPR index "${index} + 1")
  endforeach()
  string(REGEX REPLACE "{\"([^\"]*)\", ([a-z_0-9]*), [^}]*}" "{\"\\1\", \\2, \\2_end}" rows "${rows}")
  file(GENERATE OUTPUT ${h} CONTENT
"#pragma once\n\n#include <stddef.h>\n
/* A file that was put into the program; data_end points at a NUL behind the last byte. */
struct embed_file {\n    const char *name;\n    const char *data;\n    const char *data_end;\n};\n
extern const struct embed_file embed_${folder}[];\n")
  file(GENERATE OUTPUT ${c} CONTENT
"#include \"${folder}/embed_${folder}.h\"\n\n${asm}\nconst struct embed_file embed_${folder}[] = {\n${rows}        {NULL, NULL, NULL},\n};\n")
  set_source_files_properties(${c} PROPERTIES GENERATED TRUE OBJECT_DEPENDS "${files}")
  set(${out_var} ${c} PARENT_SCOPE)
endfunction()
