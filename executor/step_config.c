#include "executor/step_config.h"

#include "base/parse.h"
#include "flow/keyword.h"
#include "flow/pmap.h"
#include "flow/string.h"
#include "flow/symbol.h"

#include <inttypes.h>
#include <math.h>

struct value step_config_get(struct value config, const char *key)
{
    return config.type == VALUE_MAP ? pmap_get_named(config, key) : value_nil();
}

bool step_config_has(struct value config, const char *key)
{
    return !value_is_nil(step_config_get(config, key));
}

bool step_config_show(struct arena *arena, struct value value, struct text *out)
{
    struct buf text = {0};

    switch (value.type) {
    case VALUE_NIL: *out = TEXT_NONE; return true;
    case VALUE_STRING: string_append_utf8(value, &text); break;
    case VALUE_KEYWORD: buf_text(&text, keyword_name(value)); break;
    case VALUE_SYMBOL: buf_text(&text, symbol_name(value)); break;
    case VALUE_BOOL:
    case VALUE_INT:
    case VALUE_DOUBLE:
    case VALUE_CHAR:
    case VALUE_BIGINT:
    case VALUE_DECIMAL:
    case VALUE_UUID: value_display(value, &text); break;
    default: return false;
    }
    *out = arena_text(arena, buf_get(&text));
    buf_done(&text);
    return true;
}

static bool wrong(struct error *err, const char *key, struct value value, const char *expected)
{
    return error_set(err, E_INPUT, ":%s is a %s; expected %s", key, value_type_name(value),
                     expected);
}

bool step_config_text(struct arena *arena, struct value config, const char *key, struct text *out,
                      struct error *err)
{
    struct value value = step_config_get(config, key);

    return step_config_show(arena, value, out) || wrong(err, key, value, "a text");
}

bool step_config_bool(struct value config, const char *key, bool otherwise, bool *out,
                      struct error *err)
{
    struct value value = step_config_get(config, key);

    if (!value_is_nil(value) && value.type != VALUE_BOOL) {
        return wrong(err, key, value, "true or false");
    }
    *out = value_is_nil(value) ? otherwise : value.boolean;
    return true;
}

bool step_config_int(struct value config, const char *key, int64_t min, int64_t max,
                     int64_t otherwise, int64_t *out, struct error *err)
{
    struct value value = step_config_get(config, key);

    if (value_is_nil(value)) {
        *out = otherwise;
        return true;
    }
    if (value.type != VALUE_INT) return wrong(err, key, value, "a whole number");
    if (value.integer < min || value.integer > max) {
        return error_set(err, E_INPUT,
                         ":%s is %" PRId64 "; it must be from %" PRId64 " to %" PRId64, key,
                         value.integer, min, max);
    }
    *out = value.integer;
    return true;
}

static bool duration_of(struct value value, int64_t *out_ms)
{
    struct buf text = {.limit = 64};
    double seconds = value.type == VALUE_INT ? (double)value.integer : value.real;
    bool ok = false;

    if (value.type == VALUE_STRING) {
        string_append_utf8(value, &text);
        ok = parse_duration_ms(buf_get(&text), out_ms);
    } else if ((value.type == VALUE_INT || value.type == VALUE_DOUBLE) && seconds >= 0 &&
               seconds < 1e12) {
        *out_ms = llround(seconds * 1000.0);
        ok = true;
    }
    buf_done(&text);
    return ok && *out_ms >= 0;
}

bool step_config_duration(struct value config, const char *key, int64_t max_ms, int64_t otherwise,
                          int64_t *out_ms, struct error *err)
{
    struct value value = step_config_get(config, key);
    int64_t ms = otherwise;

    if (!value_is_nil(value) && !duration_of(value, &ms)) {
        error_set(err, E_INPUT, ":%s is not a duration", key);
        return error_hint(err, "Write seconds, or a text such as \"30s\", \"5m\" or \"24h\".");
    }
    if (!value_is_nil(value) && ms > max_ms) {
        return error_set(err, E_LIMIT, ":%s is longer than %" PRId64 " seconds", key,
                         max_ms / 1000);
    }
    *out_ms = ms;
    return true;
}

bool step_config_pause(struct value config, int64_t max_ms, int64_t *out_ms, int *out_count,
                       struct error *err)
{
    static const char *const keys[] = {"duration", "seconds", "millis"};

    *out_count = 0;
    for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
        struct value value = step_config_get(config, keys[i]);

        if (value_is_nil(value)) continue;
        (*out_count)++;
        if (i == 2 && value.type == VALUE_INT) {
            if (!step_config_int(config, keys[i], 0, max_ms, 0, out_ms, err)) return false;
        } else if (!step_config_duration(config, keys[i], max_ms, 0, out_ms, err)) {
            return false;
        }
    }
    return true;
}

bool step_config_choice(struct value config, const char *key, const char *const *names,
                        int otherwise, int *out, struct error *err)
{
    struct value value = step_config_get(config, key);
    struct buf text = {.limit = 200};
    bool found = value_is_nil(value);

    *out = otherwise;
    if (value.type == VALUE_STRING) string_append_utf8(value, &text);
    if (value.type == VALUE_KEYWORD) buf_text(&text, keyword_name(value));
    for (int i = 0; names[i] && !found; i++) {
        if (!text_equal_nocase(buf_get(&text), text_from(names[i]))) continue;
        *out = i;
        found = true;
    }
    if (!found) {
        buf_reset(&text);
        for (int i = 0; names[i]; i++) {
            buf_printf(&text, "%s:%s", i > 0 ? ", " : "", names[i]);
        }
        error_set(err, E_INPUT, ":%s must be one of %s", key, buf_get(&text).ptr);
    }
    buf_done(&text);
    return found;
}
