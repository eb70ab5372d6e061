/*
 * Any flow file can be given to the fixes: what comes out reads if the file did, has no error that
 * the file had not, and is what the edits say.
 */
#include "flow/lint_fix.h"
#include "flow/vm.h"
#include "tests/fuzz/fuzz.h"

static uint32_t lint(const struct core *core, struct text source, bool *out_reads)
{
    struct arena arena CLEANUP(arena_done) = {0};
    struct diagnostics list;

    arena_init(&arena, 0);
    diagnostic_init(&list, &arena);
    lint_flow(core, &arena, source, (struct lint_options){0}, &list);
    *out_reads = true;
    for (const struct diagnostic *item = list.first; item; item = item->next) {
        enum error_code code = error_find(text_from(item->code));

        *out_reads = *out_reads && code != E_DELIMITERS && code != E_SYNTAX && code != E_READER;
    }
    return list.error_count;
}

void fuzz_input(struct text input)
{
    static struct core *core;
    struct arena arena CLEANUP(arena_done) = {0};
    bool read_before, read_after;

    if (!core) core = vm_core_new();
    arena_init(&arena, 0);
    struct lint_repair repair = lint_fix(core, &arena, input, NULL, (struct lint_options){0});
    uint32_t before = lint(core, input, &read_before);
    uint32_t after = lint(core, repair.text, &read_after);

    ASSERT(read_after || !read_before);
    if (read_before) ASSERT(after <= before);
    ASSERT((repair.count == 0) == (repair.first == NULL));
    if (repair.count == 0) ASSERT(text_equal(repair.text, input));
    for (const struct lint_fixed *fixed = repair.first; fixed; fixed = fixed->next) {
        ASSERT(fixed->line > 0);
        ASSERT(fixed->column > 0);
        ASSERT(!text_equal(fixed->from, fixed->to));
    }
}
