/* Verdicts. The executor adds action, by and at from the wait's row, so only note and values go in.
 */
#include "gateway/verdict.h"

#include "base/limits.h"
#include "flow/codec.h"
#include "flow/coerce.h"

#define NOTE_MAX 4000

bool verdict_allows(const struct json *asked, struct text action)
{
    const struct json *actions = json_get(asked, "actions");

    if (json_count(actions) == 0) {
        return text_equal(action, TEXT("approve")) || text_equal(action, TEXT("reject"));
    }
    for (size_t i = 0; i < json_count(actions); i++) {
        if (text_equal(json_text(json_item(actions, i)), action)) return true;
    }
    return false;
}

static const struct json *find_named(const struct json *object, struct text name)
{
    struct buf key CLEANUP(buf_done) = {0};

    buf_text(&key, name);
    return json_get(object, key.ptr ? key.ptr : "");
}

static bool is_given(const struct json *node)
{
    enum json_type type = json_get_type(node);

    return type != JSON_ABSENT && type != JSON_NULL &&
           !(type == JSON_STRING && json_text(node).len == 0);
}

void verdict_print_option(struct buf *out, const struct json *option)
{
    if (json_get_type(option) == JSON_STRING) {
        buf_text(out, json_text(option));
    } else if (json_get_type(option) == JSON_OBJECT) {
        verdict_print_option(out, json_get(option, "value"));
    } else if (json_get_type(option) != JSON_ABSENT && json_get_type(option) != JSON_NULL) {
        json_append(out, option);
    }
}

/* Whether a select takes it: one of its options, or anything when it names none. */
static bool is_option(const struct json *field, const struct json *value)
{
    const struct json *options = json_get(field, "options");
    struct buf wanted CLEANUP(buf_done) = {0};

    if (!text_equal(json_get_text(field, "type"), TEXT("select"))) return true;
    verdict_print_option(&wanted, value);
    for (size_t i = 0; i < json_count(options); i++) {
        struct buf option CLEANUP(buf_done) = {0};

        verdict_print_option(&option, json_item(options, i));
        if (text_equal(buf_get(&option), buf_get(&wanted))) return true;
    }
    return json_count(options) == 0;
}

/* The field's :min, :max and :accept. A flow computes fields, so that no lint has seen them: rules
 * that make no sense are none. */
static bool check_rules(const struct json *field, struct text name, struct text type,
                        struct text value, struct error *err)
{
    struct input_rules rules = {
        .type = type.ptr ? type : TEXT("text"),
        .min = json_get(field, "min"),
        .max = json_get(field, "max"),
        .accept = json_get(field, "accept"),
    };
    struct arena scratch CLEANUP(arena_done) = {0};
    struct error ignored = {0};
    const char *key;

    if (!rules.min && !rules.max && !rules.accept) return true;
    if (!input_rules_declared(&rules, &key, &ignored)) return true;
    arena_init(&scratch, 0);
    const struct json *node = json_read(&scratch, value, err);

    return node && input_rules_check(&rules, "the value", name, node, err);
}

/* One field of the form: the value given, else its default. */
static bool write_field(struct json_writer *writer, const struct json *field,
                        const struct json *values, struct error *err)
{
    struct text name = json_get_text(field, "name");
    struct text type = json_get_text(field, "type");
    const struct json *value = find_named(values, name);
    struct buf coerced CLEANUP(buf_done) = {0};

    if (!is_given(value)) value = json_get(field, "default");
    if (!is_given(value)) {
        if (!json_bool(json_get(field, "required"), false)) return true;
        return error_set(err, E_MISSING_FIELD, "the value " TEXT_FMT " is missing", TEXT_ARG(name));
    }
    if (!is_option(field, value) ||
        !coerce_value(type.ptr ? type : TEXT("text"), NULL, value, &coerced)) {
        return error_set(err, E_INPUT, "the value " TEXT_FMT " is not a valid " TEXT_FMT,
                         TEXT_ARG(name), TEXT_ARG(type));
    }
    if (!check_rules(field, name, type, buf_get(&coerced), err)) return false;
    json_write_key_text(writer, name);
    json_write_raw(writer, buf_get(&coerced));
    return true;
}

static bool write_values(struct json_writer *writer, const struct json *asked,
                         const struct json *values, struct error *err)
{
    const struct json *fields = json_get(asked, "fields");

    if (json_count(fields) == 0) {
        if (values) json_write_node(writer, values);
        return true;
    }
    json_write_object(writer);
    for (size_t i = 0; i < json_count(fields); i++) {
        if (!write_field(writer, json_item(fields, i), values, err)) return false;
    }
    json_write_object_end(writer);
    return true;
}

bool verdict_encode(const struct json *asked, const struct verdict *verdict, struct buf *out,
                    struct error *err)
{
    struct buf json CLEANUP(buf_done) = {0};
    struct json_writer writer;
    bool with_values = verdict->values || json_count(json_get(asked, "fields")) > 0;

    if (!verdict_allows(asked, verdict->action)) {
        error_set(err, E_INPUT, "the approval takes no action " TEXT_FMT,
                  TEXT_ARG(verdict->action));
        return error_hint(err, "Use one of its :actions.");
    }
    if (verdict->note.len > NOTE_MAX) {
        return error_set(err, E_INPUT, "the note is over %d bytes", NOTE_MAX);
    }
    json_write_init(&writer, &json);
    json_write_object(&writer);
    if (verdict->note.len > 0) json_put_text(&writer, "note", verdict->note);
    if (with_values && text_equal(verdict->action, TEXT("reject")) && !verdict->values) {
        with_values = false; // whoever rejects need not fill in the form
    }
    if (with_values) {
        json_write_key(&writer, "values");
        if (!write_values(&writer, asked, verdict->values, err)) return false;
    }
    json_write_object_end(&writer);
    out->limit = LIMIT_STEP_RESULT;
    if (!codec_from_json(buf_get(&json), true, out, err)) return false;
    if (!out->overflow) return true;
    return error_set(err, E_TOO_LARGE, "the answer is over %d bytes", LIMIT_STEP_RESULT);
}
