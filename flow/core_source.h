#pragma once

#include "base/arena.h"

/*
 * Core source: what the prelude says about a name: the text of its definition, and the file
 * ("prelude/30_seqs.clj") it stands in. Texts of the program, never freed. False when the prelude
 * does not define the name: then it is native, or part of the compiler.
 */
bool core_source_find(struct text name, struct text *out_source, struct text *out_file);
