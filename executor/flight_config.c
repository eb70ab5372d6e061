/*
 * A step's config, from what the body says to what the step runs with: encoded and decoded, the
 * input of a packaged step put into its config, the template filled in. What it comes to is what
 * people see of the step; when it comes to nothing they see what the body said.
 */
#include "base/limits.h"
#include "executor/run.h"
#include "executor/secret_refs.h"
#include "executor/step_config.h"
#include "flow/codec.h"
#include "flow/expand.h"

static bool keep(struct flight *flight, struct value config, struct error *err)
{
    struct step *step = &flight->step;
    struct buf bytes = {.limit = LIMIT_STEP_RESULT};
    bool ok = codec_encode(config, &bytes, err);

    if (bytes.overflow) {
        ok = error_set(err, E_LIMIT, "the config of the step is larger than %d KB",
                       LIMIT_STEP_RESULT / 1024);
    }
    if (ok) step->config_bytes = arena_text(&flight->arena, buf_get(&bytes));
    buf_done(&bytes);
    return ok;
}

/* Data may come from strangers: it must not name secrets. */
static bool names_no_secret(struct flight *flight, struct value data, const char *place,
                            struct error *err)
{
    struct secret_refs none;

    secret_refs_init(&none, NULL, &flight->step.arena);
    return secret_refs_collect(&none, data, place, false, err);
}

static bool expand(struct flight *flight, struct error *err)
{
    struct step *step = &flight->step;
    const struct image *image = step->run->image;
    bool has_template;

    if (flight->packaged.ptr && (!names_no_secret(flight, step->config, "input", err) ||
                                 !expand_packaged(image, flight->packaged, &step->heap,
                                                  step->config, &step->config, err))) {
        return false;
    }
    has_template = step_config_has(step->config, "template");
    if (!has_template) return !flight->packaged.ptr || keep(flight, step->config, err);
    return names_no_secret(flight, step_config_get(step->config, "data"), "data", err) &&
           expand_template(image, step->step_type, &step->heap, step->config, &step->config, err) &&
           keep(flight, step->config, err);
}

bool flight_config_read(struct flight *flight, struct error *err)
{
    struct step *step = &flight->step;
    struct value config = vm_effect_find(flight->run->vm, flight->effect)->config;

    if (!keep(flight, config, err)) return false;
    if (!step->type) {
        return error_set(err, E_NOT_SUPPORTED, "this server does not run :" TEXT_FMT " steps",
                         TEXT_ARG(step->step_type));
    }
    return codec_decode(&step->heap, step->config_bytes, &step->config, err) &&
           expand(flight, err) && step_options_read(step->config, &step->options, err);
}
