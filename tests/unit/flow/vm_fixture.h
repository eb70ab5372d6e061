#pragma once

/*
 * Fixture for the tests of compiler and VM: one core a program, expressions that are evaluated and
 * compared as text, and flows that run against a script of answers. Included behind cmocka.h.
 */
#include "base/crypto.h"
#include "flow/callable.h"
#include "flow/eval.h"
#include "flow/fiber.h"
#include "flow/keyword.h"
#include "flow/quote.h"
#include "flow/reader.h"
#include "flow/string.h"

static struct core *core;

static inline int vm_fixture_start(void **state)
{
    (void)state;
    crypto_start();
    core = vm_core_new();
    return 0;
}

static inline int vm_fixture_end(void **state)
{
    (void)state;
    vm_core_free(core);
    return 0;
}

static inline void check_with(const struct vm_limits *limits, const char *source,
                              const char *expected)
{
    struct buf out = {0};
    struct error err = {0};

    if (!eval_text(core, text_from(source), limits, &out, &err)) {
        buf_reset(&out);
        buf_printf(&out, "!! %s", eval_kind(&err));
        if (strcmp(buf_get(&out).ptr, expected) != 0) print_message("%s\n", err.message);
    }
    if (strcmp(buf_get(&out).ptr, expected) != 0) print_message("source: %s\n", source);
    assert_string_equal(buf_get(&out).ptr, expected);
    buf_done(&out);
}

/* The expression's value as pr-str, or "!! kind". */
static inline void check(const char *source, const char *expected)
{
    check_with(NULL, source, expected);
}

/* The expression fails with that code, at that position, and its message holds the text. */
static inline void check_error(const char *source, enum error_code code, int line, int column,
                               const char *part)
{
    struct buf out = {0};
    struct error err = {0};
    bool ok = eval_text(core, text_from(source), NULL, &out, &err);

    buf_done(&out);
    assert_false(ok);
    if (err.code != code || err.line != line || err.column != column ||
        !strstr(err.message, part)) {
        print_message("%s\n%s at %d:%d: %s\n", source, error_wire(err.code), err.line, err.column,
                      err.message);
    }
    assert_int_equal(err.code, code);
    assert_int_equal(err.line, line);
    assert_int_equal(err.column, column);
    assert_non_null(strstr(err.message, part));
}

/* A flow whose body is that form, compiled; NULL: err says why. */
static inline struct image *compile_flow_text(const char *source, struct error *err)
{
    struct arena arena;
    struct reader reader;
    struct definition definition = {0};
    struct image *image = NULL;

    arena_init(&arena, 0);
    if (reader_init(&reader, &arena, text_from(source), err) &&
        reader_next(&reader, &definition.body, err) == READER_FORM) {
        image = vm_compile(core, &definition, err);
    }
    arena_done(&arena);
    return image;
}

static inline struct value read_value(struct heap *heap, const char *source)
{
    struct arena arena;
    struct reader reader;
    struct form *form;
    struct error err;

    arena_init(&arena, 0);
    assert_true(reader_init(&reader, &arena, text_from(source), &err));
    assert_int_equal(reader_next(&reader, &form, &err), READER_FORM);
    struct value value = quote_form(heap, form);

    arena_done(&arena);
    return value;
}

/*
 * Runs the body to its end. Each effect is written to `log` as "address type config\n" and answered
 * by the next of `answers` (NULL-terminated; NULL: nil from then on); "!timeout" throws an
 * E_TIMEOUT. At the end the log gets "=> value" or "!! message".
 */
struct flow_run {
    const char *source;
    const char *const *answers;
    const char *input; /* or NULL */
    int64_t slice;
    bool stress;
};

static inline void answer_effect(struct vm *vm, const char *answer)
{
    struct error err = {0};

    int64_t effect = vm_effect_after(vm, 0)->id;

    if (!answer) {
        vm_resume(vm, effect, value_nil());
    } else if (strcmp(answer, "!timeout") == 0) {
        error_set(&err, E_TIMEOUT, "it took too long");
        vm_throw(vm, effect, &err, value_nil());
    } else {
        vm_resume(vm, effect, read_value(vm_heap(vm), answer));
    }
}

static inline void run_flow(const struct flow_run *run, struct buf *log)
{
    struct error err = {0};
    struct image *image = compile_flow_text(run->source, &err);

    if (!image) print_message("%s: %s\n", run->source, err.message);
    assert_non_null(image);
    struct vm_limits limits = eval_limits();
    const char *const *answer = run->answers;

    limits.slice = run->slice;
    struct vm *vm = vm_new(image, &limits);

    vm->stress = run->stress;
    if (run->input) vm_set_input(vm, read_value(vm_heap(vm), run->input));
    for (;;) {
        enum vm_status status = vm_run(vm);

        if (status == VM_YIELD) continue;
        if (status == VM_EFFECT) {
            const struct vm_effect *effect = vm_effect_after(vm, 0);

            buf_printf(log, TEXT_FMT " " TEXT_FMT " ", TEXT_ARG(effect->address),
                       TEXT_ARG(effect->step_type));
            value_print(effect->config, log);
            buf_char(log, '\n');
            answer_effect(vm, answer ? *answer : NULL);
            if (answer && *answer) answer++;
            continue;
        }
        if (status == VM_DONE) {
            buf_cstr(log, "=> ");
            value_print(vm_result(vm), log);
        } else {
            buf_printf(log, "!! %s %s", error_wire(vm_error(vm)->code), vm_error(vm)->message);
        }
        break;
    }
    vm_free(vm);
    vm_image_unref(image);
}

/* The log of a run, on plain, sliced and stressed VMs alike. */
static inline void check_flow(const char *source, const char *const *answers, const char *expected)
{
    const struct flow_run runs[] = {
        {.source = source, .answers = answers},
        {.source = source, .answers = answers, .slice = 1},
        {.source = source, .answers = answers, .stress = true},
    };

    for (size_t i = 0; i < 3; i++) {
        struct buf log = {0};

        run_flow(&runs[i], &log);
        assert_string_equal(buf_get(&log).ptr, expected);
        buf_done(&log);
    }
}
