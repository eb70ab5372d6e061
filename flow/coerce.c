/* Inputs. The result is written as JSON text, which the codec reads: one path for all doors. */
#include "flow/coerce.h"

#include "base/parse.h"
#include "flow/codec.h"
#include "flow/heap.h"
#include "flow/input_rules.h"
#include "flow/quote.h"

#define FORM_HEAP (8UL * 1024 * 1024)

bool coerce_form(const struct form *form, struct buf *out, struct error *err)
{
    struct heap heap;

    heap_init(&heap, FORM_HEAP);
    bool ok = codec_value_to_json(quote_form(&heap, form), out, err);

    heap_done(&heap);
    return ok;
}

bool coerce_invocation(const struct definition *definition, struct text id,
                       const struct definition_invocation **out, struct error *err)
{
    *out = NULL;
    if (id.ptr && id.len > 0) {
        *out = definition_find_invocation(definition, id);
        if (*out) return true;
        return error_set(err, E_INVALID_FIELD, "the flow has no invocation " TEXT_FMT,
                         TEXT_ARG(id));
    }
    for (uint32_t i = 0; i < definition->interface_count; i++) {
        const struct definition_interface *interface = &definition->interfaces[i];

        if (interface->kind == INTERFACE_MANUAL && interface->invocation.len > 0) {
            *out = definition_find_invocation(definition, interface->invocation);
            if (*out) return true;
        }
    }
    *out = definition_find_invocation(definition, TEXT("default"));
    if (!*out && definition->invocation_count == 1) *out = &definition->invocations[0];
    return true;
}

/* Kinds of values. Each appends JSON, or answers false. */

static void write_text(struct buf *out, struct text value)
{
    struct json_writer writer;

    json_write_init(&writer, out);
    json_write_text(&writer, value);
}

/* Numbers and flags that stand for text are written as text. */
static bool take_text(const struct json *value, struct buf *out)
{
    struct buf printed CLEANUP(buf_done) = {0};

    switch (json_get_type(value)) {
    case JSON_STRING: write_text(out, json_text(value)); return true;
    case JSON_INT:
    case JSON_REAL:
    case JSON_BOOL:
        json_append(&printed, value);
        write_text(out, buf_get(&printed));
        return true;
    default: return false;
    }
}

static bool take_number(const struct json *value, struct buf *out)
{
    struct text source = text_trim(json_text(value));
    double real;
    int64_t integer;

    if (json_get_type(value) == JSON_INT || json_get_type(value) == JSON_REAL) {
        json_append(out, value);
        return true;
    }
    if (json_get_type(value) != JSON_STRING) return false;
    if (parse_int64(source, &integer)) {
        buf_printf(out, "%lld", (long long)integer);
        return true;
    }
    if (!parse_double(source, &real)) return false;
    struct json_writer writer;

    json_write_init(&writer, out);
    json_write_real(&writer, real);
    return true;
}

static bool take_boolean(const struct json *value, struct buf *out)
{
    static const char *const yes[] = {"true", "on", "yes", "1"};
    static const char *const no[] = {"false", "off", "no", "0"};
    struct text source = text_trim(json_text(value));

    if (json_get_type(value) == JSON_BOOL) {
        json_append(out, value);
        return true;
    }
    if (json_get_type(value) == JSON_INT && json_int(value, 2) >= 0 && json_int(value, 2) <= 1) {
        buf_cstr(out, json_int(value, 0) ? "true" : "false");
        return true;
    }
    for (size_t i = 0; i < ARRAY_COUNT(yes); i++) {
        if (text_equal_nocase(source, text_from(yes[i]))) {
            buf_cstr(out, "true");
            return true;
        }
        if (text_equal_nocase(source, text_from(no[i]))) {
            buf_cstr(out, "false");
            return true;
        }
    }
    return false;
}

static bool take_checked(const struct json *value, bool (*check)(struct text source),
                         struct buf *out)
{
    struct text source = text_trim(json_text(value));

    if (json_get_type(value) != JSON_STRING || !check(source)) return false;
    write_text(out, source);
    return true;
}

/* An option: a name, a text, a number, or a map with :value. */
static bool option_is(const struct form *option, struct text wanted)
{
    const struct form *value = option->kind == FORM_MAP ? form_get(option, "value") : option;

    if (!value) return false;
    if (value->kind == FORM_STRING) return text_equal(value->text, wanted);
    if (value->kind == FORM_INT) {
        int64_t number;

        return parse_int64(wanted, &number) && number == value->integer;
    }
    return text_equal(form_name(value), wanted);
}

static bool take_select(const struct form *options, const struct json *value, struct buf *out)
{
    struct buf printed CLEANUP(buf_done) = {0};
    struct text wanted = json_text(value);

    if (!wanted.ptr) {
        if (json_get_type(value) != JSON_INT) return false;
        json_append(&printed, value);
        wanted = buf_get(&printed);
    }
    bool found = !options || options->count == 0;

    for (uint32_t i = 0; options && i < options->count && !found; i++) {
        found = option_is(options->items[i], wanted);
    }
    if (found) write_text(out, wanted);
    return found;
}

/* JSON written into a text field is read. */
static bool take_json(const struct json *value, struct buf *out)
{
    struct text source = text_trim(json_text(value));

    if (source.len > 0 && (source.ptr[0] == '{' || source.ptr[0] == '[')) {
        struct arena arena;
        struct error ignored = {0};

        arena_init(&arena, 0);
        const struct json *inner = json_read(&arena, source, &ignored);

        if (inner) json_append(out, inner);
        arena_done(&arena);
        if (inner) return true;
    }
    json_append(out, value);
    return true;
}

bool coerce_value(struct text type, const struct form *options, const struct json *value,
                  struct buf *out)
{
    enum json_type given = json_get_type(value);

    if (text_equal(type, TEXT("number"))) return take_number(value, out);
    if (text_equal(type, TEXT("boolean")) || text_equal(type, TEXT("checkbox"))) {
        return take_boolean(value, out);
    }
    if (text_equal(type, TEXT("select"))) return take_select(options, value, out);
    if (text_equal(type, TEXT("date"))) return take_checked(value, input_rules_is_date, out);
    if (text_equal(type, TEXT("time"))) return take_checked(value, input_rules_is_time, out);
    if (text_equal(type, TEXT("datetime"))) {
        return take_checked(value, input_rules_is_datetime, out);
    }
    if (text_equal(type, TEXT("email"))) return take_checked(value, input_rules_is_email, out);
    if (text_equal(type, TEXT("json"))) return take_json(value, out);
    if (text_equal(type, TEXT("file")) || text_starts_with(type, TEXT("blob")) ||
        text_equal(type, TEXT("resource"))) {
        if (given != JSON_STRING && given != JSON_OBJECT) return false;
        json_append(out, value);
        return true;
    }
    return take_text(value, out);
}

/* Inputs */

static bool is_absent(const struct definition_input *input, const struct json *value)
{
    enum json_type type = json_get_type(value);

    if (type == JSON_ABSENT || type == JSON_NULL) return true;
    // An empty form field is no value, except where it is text that may be empty.
    bool is_text = text_equal(input->type, TEXT("text")) ||
                   text_equal(input->type, TEXT("string")) ||
                   text_equal(input->type, TEXT("textarea"));

    return type == JSON_STRING && json_text(value).len == 0 && (input->required || !is_text);
}

static bool refuse(const struct definition_input *input, struct error *err)
{
    error_set(err, E_INPUT, "the input " TEXT_FMT " is not a valid " TEXT_FMT,
              TEXT_ARG(input->name), TEXT_ARG(input->type));
    return error_hint(err, "Send %s" TEXT_FMT ".", input->multiple ? "a list of " : "a ",
                      TEXT_ARG(input->type));
}

/* The rule under a form, as JSON; NULL: none is declared. */
static const struct json *read_rule(struct arena *arena, const struct form *form)
{
    struct buf json CLEANUP(buf_done) = {0};
    struct error ignored = {0};

    if (!form || !coerce_form(form, &json, &ignored)) return NULL;
    return json_read(arena, buf_get(&json), &ignored);
}

bool coerce_rules(struct arena *arena, const struct definition_input *input,
                  struct input_rules *out)
{
    *out = (struct input_rules){.type = input->type};
    if (!input->min && !input->max && !input->accept) return false;
    out->min = read_rule(arena, input->min);
    out->max = read_rule(arena, input->max);
    out->accept = read_rule(arena, input->accept);
    return true;
}

/* Appends one value, coerced and checked. */
static bool coerce_item(const struct definition_input *input, const struct json *value,
                        struct buf *out, struct error *err)
{
    size_t start = out->len;
    struct input_rules rules;
    struct arena scratch CLEANUP(arena_done) = {0};

    if (!coerce_value(input->type, input->options, value, out)) return refuse(input, err);
    arena_init(&scratch, 0);
    if (!coerce_rules(&scratch, input, &rules)) return true;
    struct text coerced = text_slice(buf_get(out), start, out->len);
    const struct json *node = json_read(&scratch, coerced, err);

    return node && input_rules_check(&rules, "the input", input->name, node, err);
}

static bool coerce_one(const struct definition_input *input, const struct json *value,
                       struct buf *out, struct error *err)
{
    if (!input->multiple) return coerce_item(input, value, out, err);
    bool is_list = json_get_type(value) == JSON_ARRAY;
    size_t count = is_list ? json_count(value) : 1;

    buf_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0) buf_char(out, ',');
        if (!coerce_item(input, is_list ? json_item(value, i) : value, out, err)) return false;
    }
    buf_char(out, ']');
    return true;
}

/* The default arrives as if it had been sent. Numbers that JSON does not carry stay as written. */
static bool coerce_default(const struct definition_input *input, struct buf *out, struct error *err)
{
    struct arena scratch CLEANUP(arena_done) = {0};
    struct buf written CLEANUP(buf_done) = {0};
    struct error ignored = {0};

    arena_init(&scratch, 0);
    if (!coerce_form(input->default_value, &written, err)) return false;
    const struct json *node = json_read(&scratch, buf_get(&written), &ignored);
    enum json_type type = json_get_type(node);

    if (type != JSON_ABSENT && type != JSON_NULL && coerce_one(input, node, out, &ignored)) {
        return true;
    }
    buf_reset(out);
    buf_text(out, buf_get(&written));
    return true;
}

static const struct json *find_value(const struct json *input, struct text name)
{
    struct buf key CLEANUP(buf_done) = {0};

    buf_text(&key, name);
    return json_get(input, key.ptr);
}

/* Writes one declared input as a member, unless it has no value. */
static bool write_input(struct json_writer *writer, const struct definition_input *input,
                        const struct json *given, struct error *err)
{
    struct buf value CLEANUP(buf_done) = {0};
    const struct json *node = find_value(given, input->name);

    if (!is_absent(input, node)) {
        if (!coerce_one(input, node, &value, err)) return false;
    } else if (input->default_value) {
        if (!coerce_default(input, &value, err)) return false;
    } else if (input->required) {
        error_set(err, E_MISSING_FIELD, "the input " TEXT_FMT " is missing", TEXT_ARG(input->name));
        return error_hint(err, "Send it as a " TEXT_FMT ".", TEXT_ARG(input->type));
    } else {
        return true;
    }
    json_write_key_text(writer, input->name);
    json_write_raw(writer, buf_get(&value));
    return true;
}

static bool is_declared(const struct definition_invocation *invocation, struct text name)
{
    for (uint32_t i = 0; invocation && i < invocation->input_count; i++) {
        if (text_equal(invocation->inputs[i].name, name)) return true;
    }
    return false;
}

bool coerce_input(const struct definition_invocation *invocation, const struct json *input,
                  struct buf *out, struct error *err)
{
    struct json_writer writer;
    struct text key;
    const struct json *value;
    void *iter = NULL;

    if (input && json_get_type(input) != JSON_OBJECT) {
        return error_set(err, E_INPUT, "a run's input must be an object");
    }
    json_write_init(&writer, out);
    json_write_object(&writer);
    for (uint32_t i = 0; invocation && i < invocation->input_count; i++) {
        if (!write_input(&writer, &invocation->inputs[i], input, err)) return false;
    }
    while (input && (iter = json_member(input, iter, &key, &value)) != NULL) {
        if (is_declared(invocation, key)) continue;
        json_write_key_text(&writer, key);
        json_write_node(&writer, value);
    }
    json_write_object_end(&writer);
    return true;
}
