/*
 * Any flow file is read and linted; what the lint has to say is JSON with positions inside of the
 * file. A flow without errors compiles, and runs to its end whatever its steps answer.
 */
#include "base/cron.h"
#include "flow/lint.h"
#include "flow/vm.h"
#include "tests/fuzz/fuzz.h"

#define BUDGET      33554432 /* 32 MiB */
#define EFFECTS_MAX 100

static void run_body(const struct core *core, const struct definition *definition)
{
    struct vm_limits limits = {.fuel = 100000, .slice = 5000, .heap_bytes = 2097152, .depth = 200};
    struct error err = {0};
    struct image *image = vm_compile(core, definition, &err);

    ASSERT(image); // the lint has compiled it
    struct vm *vm = vm_new(image, &limits);
    int effects = 0;

    for (;;) {
        enum vm_status status = vm_run(vm);

        if (status == VM_DONE || status == VM_FAILED) break;
        if (status == VM_YIELD) continue;
        if (++effects > EFFECTS_MAX) break;
        const struct vm_effect *effect = vm_effect_after(vm, 0);

        if (effects % 3 == 0 && vm_effect_after(vm, effect->id)) { // another branch's
            effect = vm_effect_after(vm, effect->id);
        }
        if (effects % 5 == 4) {
            error_set(&err, E_TIMEOUT, "it took too long");
            vm_throw(vm, effect->id, &err, value_nil());
        } else {
            vm_resume(vm, effect->id, effect->config);
        }
    }
    vm_free(vm);
    vm_image_unref(image);
}

static void check_diagnostics(const struct diagnostics *list)
{
    struct buf text CLEANUP(buf_done) = {0};
    struct arena arena CLEANUP(arena_done) = {0};
    struct json_writer writer;
    struct error err = {0};

    json_write_init(&writer, &text);
    diagnostic_write(list, &writer, "local");
    arena_init(&arena, 0);
    const struct json *json = json_read(&arena, buf_get(&text), &err);

    ASSERT(json);
    for (const struct diagnostic *one = list->first; one; one = one->next) {
        ASSERT(one->line > 0);
        ASSERT(one->column > 0);
        ASSERT(one->offset <= list->source.len);
        ASSERT(one->hint.len > 0);
        for (const struct diagnostic_edit *edit = one->fix; edit; edit = edit->next) {
            ASSERT(edit->from <= edit->to);
            ASSERT(edit->to <= (edit->next ? edit->next->from : list->source.len));
        }
    }
}

void fuzz_input(struct text input)
{
    static struct core *core;
    struct arena arena CLEANUP(arena_done) = {0};
    struct diagnostics list;
    struct lint_options options = {.strict = input.len % 2, .check_cron = cron_check};

    if (!core) core = vm_core_new();
    arena_init(&arena, BUDGET);
    diagnostic_init(&list, &arena);
    const struct definition *definition = lint_flow(core, &arena, input, options, &list);

    ASSERT((definition != NULL) == (list.error_count == 0));
    check_diagnostics(&list);
    if (definition) run_body(core, definition);
}
