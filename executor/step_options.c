#include "executor/step_options.h"

#include "base/limits.h"
#include "executor/step_config.h"
#include "flow/keyword.h"
#include "flow/seq.h"
#include "flow/string.h"

#define RETRY_ATTEMPTS     3
#define RETRY_BACKOFF_MS   1000
#define RETRY_MAX_MS       60000
#define RETRY_AFTER_MAX_MS 86400000 /* a day; longer is taken for a mistake of the other side */

static const char *const backoffs[] = {"exponential", "linear", "constant", NULL};
static const char *const on_errors[] = {"fail", "skip", NULL};
static const char *const effects[] = {"at-least-once", "at-most-once", NULL};

/* Options of the language that this server does not run. The lint says so at push; a config that is
 * worked out at run time is caught here. */
static const char *const refused[] = {"connection", "persist",    "expect",   "review",
                                      "confirm",    "compensate", "sensitive"};

static bool read_retry_on(struct value list, struct step_retry *out, struct error *err)
{
    struct seq_iter iter;
    struct value item;
    struct buf name = {.limit = 64};
    bool ok = true;

    out->usual = false;
    seq_iter_init(&iter, list);
    while (ok && seq_iter_next(&iter, NULL, &item)) {
        if (item.type == VALUE_INT && out->status_count < STEP_STATUSES_MAX) {
            out->statuses[out->status_count++] = (int)item.integer;
            continue;
        }
        buf_reset(&name);
        if (item.type == VALUE_KEYWORD) buf_text(&name, keyword_name(item));
        if (item.type == VALUE_STRING) string_append_utf8(item, &name);
        enum error_class class = error_class_find(buf_get(&name));

        ok = class != CLASS_COUNT;
        if (ok) {
            out->classes |= 1U << class;
        } else {
            error_set(err, E_INPUT, ":retry-on names %s, which is no class of errors",
                      name.len ? buf_get(&name).ptr : "something");
            error_hint(err, "Use :timeout, :unavailable, :interrupted, :remote, :limit, or HTTP "
                            "statuses such as 503.");
        }
    }
    buf_done(&name);
    return ok;
}

static bool read_retry(struct value retry, struct step_retry *out, struct error *err)
{
    int64_t attempts;
    int shape;

    if (value_is_nil(retry) || (retry.type == VALUE_BOOL && !retry.boolean)) return true;
    if (retry.type != VALUE_MAP) {
        error_set(err, E_INPUT, ":retry is a %s; expected a map", value_type_name(retry));
        return error_hint(err, "Use {:max-attempts 3 :backoff-ms 500 :backoff :exponential}.");
    }
    if (!step_config_int(retry, "max-attempts", 1, STEP_ATTEMPTS_MAX, RETRY_ATTEMPTS, &attempts,
                         err) ||
        !step_config_int(retry, "backoff-ms", 0, RETRY_AFTER_MAX_MS, RETRY_BACKOFF_MS,
                         &out->backoff.base_ms, err) ||
        !step_config_int(retry, "max-ms", 0, RETRY_AFTER_MAX_MS, RETRY_MAX_MS, &out->backoff.max_ms,
                         err) ||
        !step_config_choice(retry, "backoff", backoffs, BACKOFF_EXPONENTIAL, &shape, err) ||
        !step_config_bool(retry, "jitter", false, &out->backoff.jitter, err)) {
        return false;
    }
    out->max_attempts = (int)attempts;
    out->backoff.shape = (enum backoff_shape)shape;
    struct value on = step_config_get(retry, "retry-on");

    if (value_is_nil(on)) return true;
    if (!seq_is_seqable(on) || on.type == VALUE_STRING || on.type == VALUE_MAP) {
        return error_set(err, E_INPUT, ":retry-on is a %s; expected a vector", value_type_name(on));
    }
    return read_retry_on(on, out, err);
}

bool step_options_read(struct value config, struct step_options *out, struct error *err)
{
    int on_error;
    int effect;

    *out = (struct step_options){.retry = {.max_attempts = 1, .usual = true}};
    for (size_t i = 0; i < ARRAY_COUNT(refused); i++) {
        if (!step_config_has(config, refused[i])) continue;
        return error_set(err, E_NOT_SUPPORTED, "this server does not run :%s", refused[i]);
    }
    if (!step_config_duration(config, "timeout", LIMIT_WAIT_TIMEOUT_MS, 0, &out->timeout_ms, err) ||
        !step_config_choice(config, "on-error", on_errors, 0, &on_error, err) ||
        !step_config_choice(config, "effects", effects, 0, &effect, err) ||
        !read_retry(step_config_get(config, "retry"), &out->retry, err)) {
        return false;
    }
    out->skip_on_error = on_error == 1;
    out->at_most_once = effect == 1;
    return true;
}

static bool is_usual(enum error_class class, int status)
{
    return class == CLASS_TIMEOUT || class == CLASS_UNAVAILABLE || class == CLASS_INTERRUPTED ||
           status == 408 || status == 425 || status == 429 || (status >= 500 && status <= 599);
}

bool step_options_retry(const struct step_retry *retry, int attempt,
                        const struct step_failure *failure, uint64_t random, int64_t *out_delay_ms)
{
    enum error_class class = error_class(failure->code);
    bool again =
        retry->usual ? is_usual(class, failure->status) : (retry->classes & (1U << class)) != 0;

    for (int i = 0; i < retry->status_count; i++) {
        again |= retry->statuses[i] == failure->status;
    }
    if (class == CLASS_CANCELLED || class == CLASS_NONDETERMINISM) again = false;
    if (!again || attempt >= retry->max_attempts) return false;
    int64_t asked_ms = MIN(failure->retry_after_ms, RETRY_AFTER_MAX_MS);

    *out_delay_ms = MAX(backoff_delay_ms(&retry->backoff, attempt, random), asked_ms);
    return true;
}
