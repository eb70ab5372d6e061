/*
 * Holds the reference (flow/reference/) against the language: each public name stands in it and
 * nothing else does, its arities are those of the code, each example gives its value, and the page
 * made from it is up to date:
 *
 *     run_reference docs/language-reference.md
 *
 * Prints what is wrong, then the counts alone on the last line; the exit code is 0 only when
 * nothing is.
 */
#include "base/crypto.h"
#include "flow/callable.h"
#include "flow/codec.h"
#include "flow/compile.h"
#include "flow/eval.h"
#include "flow/quote.h"
#include "flow/reference.h"
#include "tests/flow/case_file.h"

#include <stdio.h>

enum { COUNTS = 24 }; /* numbers of arguments that are compared; none is told apart above */

struct check {
    const struct core *core;
    const struct reference *reference;
    int passed, failed;
};

static void expect(struct check *check, bool ok, struct text name, const char *problem)
{
    if (ok) {
        check->passed++;
    } else {
        check->failed++;
        printf(TEXT_FMT ": %s\n", TEXT_ARG(name), problem);
    }
}

static bool is_public(const struct core_entry *entry)
{
    return !entry->internal && !text_starts_with(entry->name, TEXT("weir.core/"));
}

static void expect_entry(struct check *check, struct text name)
{
    expect(check, map_find(&check->reference->by_name, name) != NULL, name,
           "has no entry in flow/reference/*.edn; write one, then ./dev reference");
}

/* Every name of the code has an entry. */
static void check_complete(struct check *check)
{
    const struct core_entry *entry;
    const char *name;

    for (size_t i = 0; (entry = core_entry(check->core, i)) != NULL; i++) {
        if (is_public(entry)) expect_entry(check, entry->name);
    }
    for (size_t i = 0; (name = compile_special_name(i)) != NULL; i++) {
        expect_entry(check, text_from(name));
    }
    for (size_t i = 0; (name = compile_macro_name(i)) != NULL; i++) {
        expect_entry(check, text_from(name));
    }
    for (size_t i = 0; (name = compile_flow_name(i)) != NULL; i++) {
        char whole[64];

        snprintf(whole, sizeof(whole), "flow/%s", name);
        expect_entry(check, text_from(whole));
    }
}

static bool is_special(struct text name)
{
    const char *special;

    for (size_t i = 0; (special = compile_special_name(i)) != NULL; i++) {
        if (text_equal(text_from(special), name)) return true;
    }
    return false;
}

static bool is_flow_call(struct text name)
{
    const char *call;

    if (!text_starts_with(name, TEXT("flow/"))) return false;
    for (size_t i = 0; (call = compile_flow_name(i)) != NULL; i++) {
        if (text_equal(text_from(call), text_slice(name, 5, name.len))) return true;
    }
    return false;
}

static bool value_accepts(struct value value, uint32_t count)
{
    if (value.type == VALUE_NATIVE) {
        const struct native_entry *native = callable_entry(value);

        return (int)count >= native->args_min &&
               (native->args_max < 0 || (int)count <= native->args_max);
    }
    return image_code(callable_prototype(value), count) != NULL;
}

/* Whether a call with so many arguments ends with an arity error: natives that take 3 or 5 but not
 * 4 say so themselves. */
static bool call_refuses(const struct core *core, struct text name, uint32_t count)
{
    struct buf call CLEANUP(buf_done) = {0};
    struct buf value CLEANUP(buf_done) = {0};
    struct error err = {0};

    buf_printf(&call, "(" TEXT_FMT, TEXT_ARG(name));
    for (uint32_t i = 0; i < count; i++) {
        buf_cstr(&call, " nil");
    }
    buf_char(&call, ')');
    return !eval_text(core, buf_get(&call), NULL, &value, &err) && err.code == E_ARITY;
}

static void check_arities(struct check *check, const struct reference_entry *entry,
                          const struct core_entry *core, const struct compile_macro_entry *macro)
{
    bool callable = macro || core->value.type == VALUE_FUNCTION || core->value.type == VALUE_NATIVE;
    bool same = callable == (entry->arity_count > 0);

    for (uint32_t count = 0; callable && count < COUNTS; count++) {
        bool accepts = macro ? (int)count >= macro->args_min &&
                                   (macro->args_max < 0 || (int)count <= macro->args_max)
                             : value_accepts(core->value, count);

        same &= accepts == reference_accepts(entry, count) ||
                (accepts && call_refuses(check->core, entry->name, count));
    }
    expect(check, same, entry->name, "its arities in flow/reference are not those of the code");
}

/* Every entry is a name of the code, with its arities. */
static void check_entry(struct check *check, const struct reference_entry *entry)
{
    struct form symbol = {.kind = FORM_SYMBOL, .name = entry->name};
    const struct compile_macro_entry *macro = compile_macro_find(&symbol);
    const struct core_entry *core = core_find(check->core, TEXT_NONE, entry->name);
    bool special = is_special(entry->name) || is_flow_call(entry->name);

    if (!special && !macro && !(core && is_public(core))) {
        expect(check, false, entry->name,
               "stands in flow/reference and is no name of the language");
    } else if (!special) {
        check_arities(check, entry, core, macro);
    }
}

/* Answers the lowest outstanding call with the example's next answer; nil when there is none. */
static void answer(struct vm *vm, const struct form *answer)
{
    int64_t id = vm_effect_after(vm, 0)->id;
    struct error err = {0};

    if (!answer) {
        vm_resume(vm, id, value_nil());
    } else if (answer->kind == FORM_TAGGED) {
        const struct form *message = form_get(answer->items[0], "message");

        error_set(&err, E_TIMEOUT, TEXT_FMT, TEXT_ARG(message ? message->text : TEXT_NONE));
        vm_throw(vm, id, &err, quote_form(vm_heap(vm), answer->items[0]));
    } else {
        vm_resume(vm, id, quote_form(vm_heap(vm), answer));
    }
}

/* As the executor does: through the codec, which makes what answers for both kinds of keys. */
static bool set_input(struct vm *vm, const struct form *form, struct error *err)
{
    struct buf bytes CLEANUP(buf_done) = {0};
    struct value input;

    if (!codec_encode(quote_form(vm_heap(vm), form), &bytes, err)) return false;
    if (!codec_decode_input(vm_heap(vm), buf_get(&bytes), &input, err)) return false;
    vm_set_input(vm, input);
    return true;
}

static bool run_body(const struct core *core, const struct reference_example *example,
                     struct buf *out, struct error *err)
{
    struct definition definition = {.body = (struct form *)example->form};
    struct vm_limits limits = eval_limits();
    struct image *image = vm_compile(core, &definition, err);
    uint32_t answered = 0;
    enum vm_status status;

    if (!image) return false;
    struct vm *vm = vm_new(image, &limits);

    if (example->input && !set_input(vm, example->input, err)) {
        vm_free(vm);
        vm_image_unref(image);
        return false;
    }
    while ((status = vm_run(vm)) == VM_EFFECT || status == VM_YIELD) {
        if (status == VM_YIELD) continue;
        answer(vm, answered < example->answer_count ? example->answers[answered] : NULL);
        answered++;
    }
    if (status == VM_DONE) {
        value_print(vm_result(vm), out);
    } else {
        *err = *vm_error(vm);
    }
    bool all = answered == example->answer_count;

    vm_free(vm);
    vm_image_unref(image);
    if (!all) return error_set(err, E_INTERNAL, "it made %u calls", answered);
    return status == VM_DONE;
}

static void check_example(struct check *check, const struct reference_entry *entry,
                          const struct reference_example *example)
{
    struct buf got CLEANUP(buf_done) = {0};
    struct error err = {0};
    bool ok = example->is_flow ? run_body(check->core, example, &got, &err)
                               : eval_text(check->core, example->source, NULL, &got, &err);
    bool as_written =
        ok ? text_equal(buf_get(&got), example->value)
           : example->throws.ptr && text_equal(text_from(eval_kind(&err)), example->throws);

    if (as_written) {
        check->passed++;
        return;
    }
    check->failed++;
    printf(TEXT_FMT ": " TEXT_FMT "\n    expected " TEXT_FMT "\n    got      ",
           TEXT_ARG(entry->name), TEXT_ARG(example->source),
           TEXT_ARG(example->throws.ptr ? example->throws : example->value));
    if (ok) {
        printf(TEXT_FMT "\n", TEXT_ARG(buf_get(&got)));
    } else {
        printf("error %s (%s)\n", eval_kind(&err), err.message);
    }
}

static void check_page(struct check *check, const char *path)
{
    struct buf page CLEANUP(buf_done) = {0};
    struct buf made CLEANUP(buf_done) = {0};

    reference_write_markdown(check->reference, &made);
    expect(check, case_file_read(path, &page) && text_equal(buf_get(&page), buf_get(&made)),
           text_from(path), "is not what flow/reference says now; run ./dev reference");
}

int main(int argc, char **argv)
{
    crypto_start();
    struct core *core = vm_core_new();
    struct reference *reference = reference_new();
    struct check check = {.core = core, .reference = reference};

    check_complete(&check);
    for (size_t i = 0; i < reference->count; i++) {
        const struct reference_section *section = &reference->sections[i];

        for (size_t k = 0; k < section->count; k++) {
            const struct reference_entry *entry = &section->entries[k];

            check_entry(&check, entry);
            expect(&check, entry->example_count > 0, entry->name, "has no example");
            for (uint32_t n = 0; n < entry->example_count; n++) {
                check_example(&check, entry, &entry->examples[n]);
            }
        }
    }
    if (argc > 1) check_page(&check, argv[1]);
    reference_free(reference);
    vm_core_free(core);
    printf("%d passed, %d failed\n", check.passed, check.failed);
    return check.failed == 0 ? 0 : 1;
}
