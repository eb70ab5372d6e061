#pragma once

#include "cli/flow_include.h"
#include "flow/lint_fix.h"

/*
 * Repair of a flow that is made of several files: what is wrong in an included file is put right
 * there. A file that is included several times is one, so a fix of it stays only when it is right
 * at all its places. Brackets are judged by the indentation of each file for itself.
 */
struct include_repair {
    struct flow_include source; /* the files as they are now, and the flow made of them */
    struct lint_fixed *first;   /* with their files */
    uint32_t count;
    bool is_cut; /* as in struct lint_repair */
};

/* source: with parts. Writes nothing. What it answers lies in the arena. */
bool include_fix(const struct core *core, struct arena *arena, const struct flow_include *source,
                 struct lint_options options, struct include_repair *out, struct error *err)
    MUST_CHECK;
/* Writes the files that have changed: all of them, or none. */
bool include_fix_write(const struct flow_include *before, const struct include_repair *repair,
                       struct error *err) MUST_CHECK;
