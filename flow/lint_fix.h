#pragma once

#include "flow/fix_parts.h"
#include "flow/lint.h"

/*
 * Fixes: makes the fixes that diagnostics carry (flow/diagnostic.h), one after the other, each
 * judged by linting again: it stays only when what it repairs is gone and no error has come that
 * was not there before. Errors that a fix uncovers may be fixed as part of it; when one of them
 * cannot be, none of it is done. A fix of a warning must not bring another warning either.
 *
 * Brackets put right by indentation uncover all that could not be read before. They stay when the
 * flow is without errors then, or when the indentation left no choice: brackets and indentation
 * disagree at one place only. The indentation of a text made of several files tells nothing, so
 * there brackets are not repaired.
 *
 * What the lints may take altogether is bounded; when that is used up, the rest stays as it is.
 */
struct lint_fixed {
    const char *code;      /* of the diagnostic */
    uint32_t line, column; /* of the edit, in the text as it was given */
    uint32_t offset, end;  /* the same in bytes */
    const char *file;      /* for who knows of files; NULL here */
    struct text from, to;  /* what stood there, and what stands there now */
    struct lint_fixed *next;
};

struct lint_repair {
    struct text text; /* with all fixes made; the source itself when there are none */
    struct lint_fixed *first;
    uint32_t count;         /* edits; of copies of a file only the first counts */
    uint32_t passes;        /* lints that it took */
    bool is_cut;            /* they were too many: there may be more that can be fixed */
    struct fix_parts parts; /* of that text */
};

/* What it answers lies in the arena, which should have no budget, and in the source. parts: of
 * which files the source is made; NULL: of one. */
struct lint_repair lint_fix(const struct core *core, struct arena *arena, struct text source,
                            const struct fix_parts *parts, struct lint_options options);
