#include "flow/eval.h"

#include "base/limits.h"
#include "flow/print.h"
#include "flow/reader.h"
#include "flow/string.h"

struct vm_limits eval_limits(void)
{
    return (struct vm_limits){
        .fuel = LIMIT_RUN_FUEL, .slice = 0, .heap_bytes = LIMIT_RUN_HEAP, .depth = LIMIT_RUN_DEPTH};
}

bool eval_print(struct value value, struct print_window *window, struct buf *out, struct error *err)
{
    size_t limit = out->limit, start = out->len;

    out->limit = start + LIMIT_EVAL_TEXT;
    print_shown(value, window, out);
    bool overflow = out->overflow;

    out->limit = limit;
    out->overflow = false;
    if (!overflow) return true;
    out->len = start;
    error_set(err, E_LIMIT, "the value is over %d bytes as text", LIMIT_EVAL_TEXT);
    return error_hint(err, "Look at a part of it, such as (take 10 x).");
}

static bool eval_form(const struct core *core, const struct form *form,
                      const struct vm_limits *limits, struct buf *out, struct error *err)
{
    struct vm_limits standard = eval_limits();
    struct image *image = vm_compile_expression(core, form, err);

    if (!image) return false;
    struct vm *vm = vm_new(image, limits ? limits : &standard);
    enum vm_status status;
    bool ok = false;

    do {
        status = vm_run(vm);
    } while (status == VM_YIELD);
    if (status == VM_DONE) {
        size_t start = out->len;

        ok = eval_print(vm_result(vm), NULL, out, err);
        string_scrub(out, start);
    } else {
        *err = *vm_error(vm);
    }
    vm_free(vm);
    vm_image_unref(image);
    return ok;
}

bool eval_text(const struct core *core, struct text source, const struct vm_limits *limits,
               struct buf *out, struct error *err)
{
    struct arena arena CLEANUP(arena_done) = {0};
    struct reader reader;
    struct form *form, *second;
    enum reader_result result;

    arena_init(&arena, 0);
    if (!reader_init(&reader, &arena, source, err)) return false;
    result = reader_next(&reader, &form, err);
    if (result == READER_ERROR) return false;
    if (result == READER_END) {
        error_set(err, E_SYNTAX, "there is no expression to evaluate");
        return error_hint(err, "Write one, such as (+ 1 2).");
    }
    result = reader_next(&reader, &second, err);
    if (result == READER_ERROR) return false;
    if (result == READER_END) return eval_form(core, form, limits, out, err);
    error_set(err, E_SYNTAX, "something stands behind the expression");
    error_hint(err, "Put several into one: (do …).");
    return error_at(err, (int)second->line, (int)second->column);
}

const char *eval_kind(const struct error *err)
{
    switch (err->code) {
    case E_ARITHMETIC:
    case E_INDEX:
    case E_CAST:
    case E_NUMBER_FORMAT:
    case E_ARITY:
    case E_NULL:
    case E_ASSERT:
    case E_ARGUMENT:
    case E_EX_INFO: return error_wire(err->code);
    case E_REGEX: return error_wire(E_ARGUMENT);
    default: return "other";
    }
}

static void append_line(struct buf *out, struct text value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == '\n') {
            buf_cstr(out, "\\n");
        } else {
            buf_char(out, value.ptr[i]);
        }
    }
    buf_char(out, '\n');
}

void eval_each(const struct core *core, struct text source, const struct vm_limits *limits,
               struct buf *out)
{
    struct arena arena CLEANUP(arena_done) = {0};
    struct buf value CLEANUP(buf_done) = {0};
    struct reader reader;
    struct error err;
    enum reader_result result = READER_ERROR;

    arena_init(&arena, 0);
    if (!reader_init(&reader, &arena, source, &err)) {
        buf_printf(out, "!! %s\n", eval_kind(&err));
        return;
    }
    do {
        struct form *form;

        result = reader_next(&reader, &form, &err);
        if (result == READER_END) return;
        buf_reset(&value);
        if (result == READER_FORM && eval_form(core, form, limits, &value, &err)) {
            append_line(out, buf_get(&value));
            continue;
        }
        buf_printf(out, "!! %s\n", eval_kind(&err));
        if (result == READER_ERROR) reader_skip(&reader);
    } while (true);
}
