#include "executor/step.h"

#include "base/limits.h"
#include "flow/codec.h"

static const struct step_type *const types[] = {
    &step_http_type, &step_function_type, &step_code_type,
    &step_kv_type,   &step_sleep_type,    &step_wait_type,
};

const struct step_type *step_type_find(struct text name)
{
    for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
        if (text_equal(name, text_from(types[i]->name))) return types[i];
    }
    return NULL;
}

bool step_result(struct step *step, struct value result, struct error *err)
{
    if (step->heap.exhausted) {
        return error_set(err, E_MEMORY, "the result of the step is too large to hold");
    }
    buf_reset(&step->output);
    step->output.limit = LIMIT_STEP_RESULT;
    bool ok = codec_encode(result, &step->output, err);

    if (!step->output.overflow) return ok;
    error_set(err, E_LIMIT, "the result of the step is larger than %d KB",
              LIMIT_STEP_RESULT / 1024);
    return error_hint(err, "Ask for less at a time, or let a function keep only what is needed.");
}

bool step_encode(struct step *step, struct value value, struct text *out, struct error *err)
{
    struct buf bytes = {.limit = LIMIT_STEP_RESULT};
    bool ok = codec_encode(value, &bytes, err);

    if (bytes.overflow) {
        ok = error_set(err, E_LIMIT, "a value of the step is larger than %d KB",
                       LIMIT_STEP_RESULT / 1024);
    }
    if (ok) *out = arena_text(&step->arena, buf_get(&bytes));
    buf_done(&bytes);
    return ok;
}
