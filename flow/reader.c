/*
 * Reader: source text to forms, without recursion.
 *
 *     reader_next():  token ──form──▶ deliver() ──▶ the frame on top takes it
 *                          ──opens──▶ push a frame
 *                          ──closes─▶ pop it; what it held is a form: deliver()
 *
 * A frame is either a bracket, which collects items until its closing delimiter, or a prefix ('x,
 * ^m x,
 * #_ x, #tag x …), which takes the next form and turns into another one, or into nothing. A form
 * that is delivered when no frame is open is the answer. The items of all open brackets lie on one
 * stack, reader->items; a frame knows where its own begin.
 */
#include "flow/reader.h"

#include "base/assert.h"
#include "flow/reader_internal.h"

#include <stdarg.h>
#include <stdio.h>

/* What a step of the reader came to. */
enum step {
    STEP_MORE,  /* go on */
    STEP_FORM,  /* *form is to be delivered */
    STEP_ERROR, /* reader->err is set */
};

/* Errors */

static void *fail(struct reader *reader, enum error_code code, struct reader_mark at,
                  const char *fmt, va_list args)
{
    char message[sizeof(reader->err->message)];

    if (!reader->err) return NULL;
    vsnprintf(message, sizeof(message), fmt, args);
    error_set(reader->err, code, "%s", message);
    error_at(reader->err, (int)at.line, (int)at.column);
    return NULL;
}

void *reader_fail(struct reader *reader, enum error_code code, struct reader_mark at,
                  const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    fail(reader, code, at, fmt, args);
    va_end(args);
    return NULL;
}

void *reader_fail_end(struct reader *reader, enum error_code code, struct reader_mark at,
                      const char *fmt, ...)
{
    va_list args;

    reader->unfinished = true;
    va_start(args, fmt);
    fail(reader, code, at, fmt, args);
    va_end(args);
    return NULL;
}

void *reader_hint(struct reader *reader, const char *fmt, ...)
{
    char hint[sizeof(reader->err->hint)];
    va_list args;

    if (!reader->err) return NULL;
    va_start(args, fmt);
    vsnprintf(hint, sizeof(hint), fmt, args);
    va_end(args);
    error_hint(reader->err, "%s", hint);
    return NULL;
}

bool reader_forgive(struct reader *reader)
{
    if (!reader->on_error || reader->unfinished || reader->over_budget) return false;
    if (reader->forgiven >= READER_FORGIVEN_MAX) return false;
    reader->forgiven++;
    reader->on_error(reader->err, reader->error_ctx);
    return true;
}

/* nil for what could not be read and lies behind the reader now; NULL: the error stands. */
static struct form *forgiven(struct reader *reader, struct reader_mark at)
{
    if (reader->offset <= at.offset || !reader_forgive(reader)) return NULL;
    struct form *form = reader_build_form(reader, FORM_NIL, at);

    if (form) form->name = TEXT("unreadable"); // so that nobody minds what it does around it
    return form;
}

/* Memory */

void *reader_alloc(struct reader *reader, size_t size_bytes)
{
    void *memory = arena_try(reader->arena, size_bytes);

    if (memory) return memory;
    reader->over_budget = true;
    return reader_fail(reader, E_ARENA_BUDGET, reader_mark(reader),
                       "the source needs more memory than this request may use");
}

struct text reader_copy(struct reader *reader, struct text source)
{
    char *copy = reader_alloc(reader, source.len + 1);

    if (!copy) return TEXT_NONE;
    if (source.len > 0) memcpy(copy, source.ptr, source.len);
    return (struct text){copy, source.len};
}

/* The source */

bool reader_init(struct reader *reader, struct arena *arena, struct text source, struct error *err)
{
    size_t bad;

    *reader = (struct reader){.arena = arena, .source = source, .line = 1, .column = 1};
    if (source.len > LIMIT_READER_SOURCE) {
        return error_set(err, E_TOO_LARGE, "the source has more than %d bytes",
                         LIMIT_READER_SOURCE);
    }
    if (!text_is_utf8(source, &bad)) {
        reader_advance(reader, bad);
        error_set(err, E_BAD_UTF8, "the source is not UTF-8: bad byte 0x%02x",
                  (unsigned char)source.ptr[bad]);
        return error_at(err, (int)reader->line, (int)reader->column);
    }
    if (text_starts_with(source, TEXT("\xef\xbb\xbf"))) reader->offset = 3; // a byte order mark
    return true;
}

void reader_advance(struct reader *reader, size_t to_offset)
{
    struct text source = reader->source;

    for (; reader->offset < to_offset; reader->offset++) {
        char c = source.ptr[reader->offset];
        bool lone_return = c == '\r' && (reader->offset + 1 >= source.len ||
                                         source.ptr[reader->offset + 1] != '\n');

        if (c == '\n' || lone_return) {
            reader->line++;
            reader->column = 1;
        } else if (((unsigned char)c & 0xc0) != 0x80) {
            reader->column++;
        }
    }
}

/* Java's white space beyond ASCII: no no-break spaces. */
static bool is_wide_space(uint32_t point)
{
    return point == 0x1680 || (point >= 0x2000 && point <= 0x200a && point != 0x2007) ||
           point == 0x2028 || point == 0x2029 || point == 0x205f || point == 0x3000;
}

size_t reader_space_at(const struct reader *reader, size_t offset)
{
    if (offset >= reader->source.len) return 0;
    const unsigned char *b = (const unsigned char *)reader->source.ptr + offset;

    if (b[0] == ' ' || b[0] == ',' || (b[0] >= 0x09 && b[0] <= 0x0d) ||
        (b[0] >= 0x1c && b[0] <= 0x1f)) {
        return 1;
    }
    if (b[0] < 0xe1 || b[0] > 0xe3) return 0; // all the others have three bytes
    uint32_t point = (uint32_t)(b[0] & 0x0f) << 12 | (uint32_t)(b[1] & 0x3f) << 6 | (b[2] & 0x3f);

    return is_wide_space(point) ? 3 : 0;
}

size_t reader_token_end(const struct reader *reader, size_t offset)
{
    while (offset < reader->source.len) {
        char c = reader->source.ptr[offset];

        if (c != '\0' && strchr("\";@^`~()[]{}\\", c)) break;
        if (reader_space_at(reader, offset) > 0) break;
        offset++;
    }
    return offset;
}

static char char_at(const struct reader *reader, size_t offset)
{
    return offset < reader->source.len ? reader->source.ptr[offset] : '\0';
}

/* White space and comments; #! begins one too, but in EDN. */
static void skip_blank(struct reader *reader)
{
    for (;;) {
        size_t space = reader_space_at(reader, reader->offset);
        size_t end = reader->offset;
        bool comment =
            char_at(reader, end) == ';' ||
            (!reader->edn && char_at(reader, end) == '#' && char_at(reader, end + 1) == '!');

        if (space == 0 && !comment) return;
        end += space;
        while (comment && end < reader->source.len && reader->source.ptr[end] != '\n' &&
               reader->source.ptr[end] != '\r') {
            end++;
        }
        reader_advance(reader, end);
    }
}

/* Frames */

static struct reader_frame *top(const struct reader *reader)
{
    return reader->frame_count > 0 ? &reader->frames[reader->frame_count - 1] : NULL;
}

static enum step push_frame(struct reader *reader, enum frame_kind kind, size_t len)
{
    struct reader_mark at = reader_mark(reader);

    if (reader->frame_count >= LIMIT_READER_DEPTH) {
        reader_fail(reader, E_READER, at, "the form is nested deeper than %d levels",
                    LIMIT_READER_DEPTH);
        return STEP_ERROR;
    }
    reader_advance(reader, reader->offset + len);
    reader->frames[reader->frame_count++] = (struct reader_frame){
        .kind = kind,
        .at = at,
        .items = reader->item_count,
        .close = kind == FRAME_VECTOR                     ? ']'
                 : kind == FRAME_MAP || kind == FRAME_SET ? '}'
                                                          : ')',
    };
    return STEP_MORE;
}

static bool push_item(struct reader *reader, struct form *form)
{
    if (reader->item_count == reader->item_capacity) {
        size_t capacity = reader->item_capacity ? reader->item_capacity * 2 : 64;
        struct form **items = reader_alloc(reader, capacity * sizeof(struct form *));

        if (!items) return false;
        if (reader->item_count > 0) {
            memcpy(items, reader->items, reader->item_count * sizeof(struct form *));
        }
        reader->items = items;
        reader->item_capacity = capacity;
    }
    reader->items[reader->item_count++] = form;
    return true;
}

static const char *prefix_text(const struct reader_frame *frame)
{
    static const char *const texts[] = {
        [FRAME_QUOTE] = "'",     [FRAME_SYNTAX_QUOTE] = "`",
        [FRAME_UNQUOTE] = "~",   [FRAME_UNQUOTE_SPLICING] = "~@",
        [FRAME_DEREF] = "@",     [FRAME_VAR] = "#'",
        [FRAME_DISCARD] = "#_",  [FRAME_META] = "^",
        [FRAME_TAG] = "the tag",
    };

    return texts[frame->kind];
}

/* Gives the form to the frame on top. STEP_FORM: no frame is open, *form is the answer. */
static enum step deliver(struct reader *reader, struct form **form)
{
    while (reader->frame_count > 0) {
        struct reader_frame *frame = top(reader);

        if (frame->kind < FRAME_PREFIXES) {
            return push_item(reader, *form) ? STEP_MORE : STEP_ERROR;
        }
        if (frame->kind == FRAME_META && !frame->meta) {
            frame->meta = reader_build_meta(reader, *form);
            return frame->meta ? STEP_MORE : STEP_ERROR;
        }
        struct reader_frame done = *frame;

        reader->frame_count--;
        *form = reader_build_prefixed(reader, &done, *form);
        if (!*form && done.kind == FRAME_DISCARD) return STEP_MORE;
        if (!*form) *form = forgiven(reader, done.at);
        if (!*form) return STEP_ERROR;
    }
    return STEP_FORM;
}

/* Conditionals */

static bool check_features(struct reader *reader, const struct reader_frame *frame,
                           struct form *const *items, uint32_t count)
{
    for (uint32_t i = 0; i < count; i += 2) {
        if (items[i]->kind != FORM_KEYWORD) {
            reader_fail(reader, E_READER, reader_build_mark(items[i]),
                        "a reader conditional names its features by keywords");
            return false;
        }
        if (form_is_keyword(items[i], "else") || form_is_keyword(items[i], "none")) {
            reader_fail(reader, E_READER, reader_build_mark(items[i]),
                        "the feature :else is reserved; use :default");
            return false;
        }
    }
    if (count % 2 == 0) return true;
    reader_fail(reader, E_READER, frame->at,
                "a reader conditional needs pairs of feature and form");
    return false;
}

/* Delivers the items of the selected form, one by one. */
static enum step splice(struct reader *reader, const struct reader_frame *frame,
                        const struct form *chosen)
{
    enum step step = STEP_MORE;

    if (chosen->kind != FORM_VECTOR && chosen->kind != FORM_LIST) {
        reader_fail(reader, E_READER, reader_build_mark(chosen), "#?@ splices a vector or a list");
        return STEP_ERROR;
    }
    for (uint32_t i = 0; i < chosen->count && step == STEP_MORE; i++) {
        struct form *item = chosen->items[i];

        step = deliver(reader, &item);
    }
    if (step != STEP_FORM) return step;
    reader_fail(reader, E_READER, frame->at, "#?@ has nothing to splice into at the top level");
    return STEP_ERROR;
}

static enum step close_conditional(struct reader *reader, const struct reader_frame *frame,
                                   struct form **items, uint32_t count, struct form **form)
{
    if (!check_features(reader, frame, items, count)) return STEP_ERROR;
    for (uint32_t i = 0; i < count; i += 2) {
        if (!form_is_keyword(items[i], "clj") && !form_is_keyword(items[i], "default")) continue;
        *form = items[i + 1];
        return frame->splice ? splice(reader, frame, *form) : STEP_FORM;
    }
    return STEP_MORE;
}

/* Closing brackets */

static enum step fail_close(struct reader *reader, char close)
{
    struct reader_mark at = reader_mark(reader);
    const struct reader_frame *frame = top(reader);

    reader_advance(reader, reader->offset + 1);
    if (!frame) {
        reader_fail(reader, E_DELIMITERS, at, "'%c' at %u:%u closes nothing", close, at.line,
                    at.column);
        reader_hint(reader, "Remove it, or open what it closes.");
    } else if (frame->kind >= FRAME_PREFIXES) {
        reader_fail(reader, E_SYNTAX, frame->at, "%s at %u:%u has no form behind it",
                    prefix_text(frame), frame->at.line, frame->at.column);
    } else {
        char open = reader->source.ptr[frame->at.offset];

        reader_fail(reader, E_DELIMITERS, at,
                    "'%c' at %u:%u does not close the '%s%c' opened at %u:%u; '%c' would", close,
                    at.line, at.column, open == '#' ? "#" : "",
                    frame->close == ']'   ? '['
                    : frame->close == '}' ? '{'
                                          : '(',
                    frame->at.line, frame->at.column, frame->close);
        reader_hint(reader,
                    "Put '%c' before it if the form of %u:%u ends there; else remove it. "
                    "`weir lint --fix` closes brackets by indentation.",
                    frame->close, frame->at.line, frame->at.column);
    }
    return STEP_ERROR;
}

static enum step read_close(struct reader *reader, char close, struct form **form)
{
    struct reader_frame *frame = top(reader);

    if (!frame || frame->kind >= FRAME_PREFIXES || frame->close != close) {
        return fail_close(reader, close);
    }
    struct reader_frame done = *frame;
    struct form **items = reader->items + done.items;
    uint32_t count = (uint32_t)(reader->item_count - done.items);

    reader_advance(reader, reader->offset + 1);
    reader->frame_count--;
    reader->item_count = done.items;
    switch (done.kind) {
    case FRAME_MAP: *form = reader_build_map(reader, &done, items, count); break;
    case FRAME_SET: *form = reader_build_set(reader, &done, items, count); break;
    case FRAME_FN: *form = reader_build_fn(reader, &done, items, count); break;
    case FRAME_CONDITIONAL: return close_conditional(reader, &done, items, count, form);
    default:
        *form = reader_build_collection(reader, done.kind == FRAME_VECTOR ? FORM_VECTOR : FORM_LIST,
                                        done.at, items, count);
        break;
    }
    return *form ? STEP_FORM : STEP_ERROR;
}

static enum step fail_end(struct reader *reader)
{
    const struct reader_frame *frame = top(reader);
    struct reader_mark at = frame->at;

    if (frame->kind >= FRAME_PREFIXES) {
        reader_fail_end(reader, E_SYNTAX, at, "%s at %u:%u has no form behind it",
                        prefix_text(frame), at.line, at.column);
        return STEP_ERROR;
    }
    reader_fail_end(reader, E_DELIMITERS, at,
                    "the bracket opened at %u:%u is not closed before the end at %u:%u; "
                    "'%c' is missing",
                    at.line, at.column, reader->line, reader->column, frame->close);
    reader_hint(reader,
                "Add '%c' where that form ends. `weir lint --fix` closes brackets by "
                "indentation.",
                frame->close);
    return STEP_ERROR;
}

/* Dispatch */

/* #:ns{…}; white space may stand before the brace. */
static enum step open_namespaced_map(struct reader *reader)
{
    struct reader_mark at = reader_mark(reader);
    size_t from = reader->offset + 2, end = reader_token_end(reader, from), brace = end;
    struct text token = text_slice(reader->source, from, end);
    struct text ns, name;

    while (reader_space_at(reader, brace) > 0) {
        brace += reader_space_at(reader, brace);
    }
    if (text_starts_with(token, TEXT(":"))) {
        reader_fail(reader, E_READER, at, "auto-resolved #::{}: there is no such namespace here");
        return STEP_ERROR;
    }
    if (!reader_literals_split(token, &ns, &name) || ns.ptr) {
        reader_fail(reader, E_READER, at, "a namespaced map is #:name{…}");
        return STEP_ERROR;
    }
    if (char_at(reader, brace) != '{') {
        reader_fail(reader, E_READER, at, "#:" TEXT_FMT " is not followed by a map",
                    TEXT_ARG(reader_literals_shown(token)));
        return STEP_ERROR;
    }
    enum step step = push_frame(reader, FRAME_MAP, brace + 1 - reader->offset);

    if (step == STEP_MORE) top(reader)->ns = name;
    return step;
}

static enum step open_tag(struct reader *reader)
{
    struct reader_mark at = reader_mark(reader);
    size_t from = reader->offset + 1, end = reader_token_end(reader, from);
    struct text token = text_slice(reader->source, from, end);
    struct text ns, name;

    if (!reader_literals_split(token, &ns, &name)) {
        reader_fail(reader, E_SYNTAX, at, "'#' is followed by nothing that the reader knows");
        return STEP_ERROR;
    }
    enum step step = push_frame(reader, FRAME_TAG, end - reader->offset);

    if (step == STEP_MORE) {
        top(reader)->ns = ns;
        top(reader)->name = name;
    }
    return step;
}

static enum step open_fn(struct reader *reader)
{
    if (reader->in_fn_literal) {
        reader_fail(reader, E_READER, reader_mark(reader), "#() stands inside another #()");
        reader_hint(reader, "Write the inner one as (fn [x] …).");
        return STEP_ERROR;
    }
    enum step step = push_frame(reader, FRAME_FN, 2);

    if (step != STEP_MORE) return step;
    reader->in_fn_literal = true;
    reader->fn_arg_max = 0;
    memset(reader->fn_args, 0, sizeof(reader->fn_args));
    return step;
}

static enum step open_conditional(struct reader *reader)
{
    bool splices = char_at(reader, reader->offset + 2) == '@';
    size_t paren = reader->offset + (splices ? 3 : 2);

    while (reader_space_at(reader, paren) > 0) {
        paren += reader_space_at(reader, paren);
    }
    if (char_at(reader, paren) != '(') {
        reader_fail(reader, E_READER, reader_mark(reader),
                    "a reader conditional is #?(:clj form …)");
        return STEP_ERROR;
    }
    bool at_top = reader->frame_count == 0;

    if (splices && at_top) {
        reader_fail(reader, E_READER, reader_mark(reader),
                    "#?@ has nothing to splice into at the top level");
        return STEP_ERROR;
    }
    enum step step = push_frame(reader, FRAME_CONDITIONAL, paren + 1 - reader->offset);

    if (step == STEP_MORE) top(reader)->splice = splices;
    return step;
}

/* A literal, read by that function. */
static enum step take(struct reader *reader, struct form *(*read)(struct reader *reader),
                      struct form **out)
{
    struct reader_mark at = reader_mark(reader);

    *out = read(reader);
    if (!*out) *out = forgiven(reader, at);
    return *out ? STEP_FORM : STEP_ERROR;
}

/* What EDN does not have. */
static bool is_code(const struct reader *reader, char c, const char *signs)
{
    return reader->edn && c && strchr(signs, c);
}

static enum step refuse_code(struct reader *reader)
{
    reader_fail(reader, E_READER, reader_mark(reader), "this is code, which EDN does not have");
    return STEP_ERROR;
}

static enum step read_dispatch(struct reader *reader, struct form **form)
{
    char second = char_at(reader, reader->offset + 1);

    if (is_code(reader, second, "(\"'?!")) return refuse_code(reader);
    switch (second) {
    case '(': return open_fn(reader);
    case '{': return push_frame(reader, FRAME_SET, 2);
    case '"': return take(reader, reader_strings_regex, form);
    case '_': return push_frame(reader, FRAME_DISCARD, 2);
    case '^': return push_frame(reader, FRAME_META, 2);
    case '\'': return push_frame(reader, FRAME_VAR, 2);
    case '?': return open_conditional(reader);
    case ':': return open_namespaced_map(reader);
    case '#': return take(reader, reader_literals_symbolic, form);
    case '=':
        reader_fail(reader, E_READER_EVAL, reader_mark(reader), "#= would evaluate while reading");
        return STEP_ERROR;
    case '<':
        reader_fail(reader, E_READER, reader_mark(reader), "#<…> cannot be read back");
        return STEP_ERROR;
    default: return open_tag(reader);
    }
}

static bool starts_number(const struct reader *reader)
{
    char first = char_at(reader, reader->offset), second = char_at(reader, reader->offset + 1);

    if (first >= '0' && first <= '9') return true;
    return (first == '+' || first == '-') && second >= '0' && second <= '9';
}

static enum step read_token(struct reader *reader, struct form **form)
{
    char c = reader->source.ptr[reader->offset];

    if (is_code(reader, c, "'`@~")) return refuse_code(reader);
    switch (c) {
    case '(': return push_frame(reader, FRAME_LIST, 1);
    case '[': return push_frame(reader, FRAME_VECTOR, 1);
    case '{': return push_frame(reader, FRAME_MAP, 1);
    case ')':
    case ']':
    case '}': return read_close(reader, c, form);
    case '"': return take(reader, reader_strings_string, form);
    case '\\': return take(reader, reader_strings_char, form);
    case '\'': return push_frame(reader, FRAME_QUOTE, 1);
    case '`': return push_frame(reader, FRAME_SYNTAX_QUOTE, 1);
    case '@': return push_frame(reader, FRAME_DEREF, 1);
    case '^': return push_frame(reader, FRAME_META, 1);
    case '#': return read_dispatch(reader, form);
    case '~':
        if (char_at(reader, reader->offset + 1) == '@') {
            return push_frame(reader, FRAME_UNQUOTE_SPLICING, 2);
        }
        return push_frame(reader, FRAME_UNQUOTE, 1);
    case '%':
        if (reader->in_fn_literal) return take(reader, reader_build_fn_arg, form);
        return take(reader, reader_literals_name, form);
    default:
        if (starts_number(reader)) return take(reader, reader_literals_number, form);
        return take(reader, reader_literals_name, form);
    }
}

static bool begin(struct reader *reader, struct error *err)
{
    reader->err = err;
    reader->unfinished = false;
    reader->in_fn_literal = false;
    reader->frame_count = 0;
    reader->item_count = 0;
    if (reader->frames) return true;
    reader->frames = reader_alloc(reader, LIMIT_READER_DEPTH * sizeof(*reader->frames));
    return reader->frames != NULL;
}

enum reader_result reader_next(struct reader *reader, struct form **out, struct error *err)
{
    if (!begin(reader, err)) return READER_ERROR;
    for (;;) {
        enum step step = STEP_ERROR;
        struct form *form = NULL;

        skip_blank(reader);
        if (reader->frame_count == 0) {
            reader->form_offset = reader->offset;
            reader->form_line = reader->line;
            reader->form_column = reader->column;
        }
        if (reader->offset < reader->source.len) {
            step = read_token(reader, &form);
        } else if (reader->frame_count == 0) {
            return READER_END;
        } else {
            step = fail_end(reader);
        }
        if (step == STEP_FORM) step = deliver(reader, &form);
        if (step == STEP_ERROR) return READER_ERROR;
        if (step == STEP_MORE) continue;
        ASSERT(form && reader->frame_count == 0);
        *out = form;
        return READER_FORM;
    }
}

bool reader_is_unfinished(const struct reader *reader)
{
    return reader->unfinished;
}

void reader_skip(struct reader *reader)
{
    struct text source = reader->source;

    if (reader->unfinished) { // what swallowed the rest began here; look behind its first line
        reader->offset = reader->form_offset;
        reader->line = reader->form_line;
        reader->column = reader->form_column;
    }
    while (reader->offset < source.len) {
        bool at_start = reader->column == 1 && reader->offset > reader->form_offset;
        char c = source.ptr[reader->offset];

        if (at_start && reader_space_at(reader, reader->offset) == 0 && !strchr(")]};", c)) return;
        reader_advance(reader, reader->offset + 1);
    }
}
