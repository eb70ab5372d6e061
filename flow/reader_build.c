/*
 * Build: forms of the reader's arena, and what brackets and prefixes become once they are complete:
 * maps and sets with distinct keys, #() functions, metadata, quotes.
 */
#include "base/memory.h"
#include "flow/reader_internal.h"

struct reader_mark reader_build_mark(const struct form *form)
{
    return (struct reader_mark){form->line, form->column, form->offset};
}

struct form *reader_build_form(struct reader *reader, enum form_kind kind, struct reader_mark at)
{
    struct form *form = reader_alloc(reader, sizeof(*form));

    if (!form) return NULL;
    form->kind = kind;
    form->line = at.line;
    form->column = at.column;
    form->offset = (uint32_t)at.offset;
    form->end_offset = (uint32_t)reader->offset;
    form->depth = 1;
    return form;
}

struct form *reader_build_collection(struct reader *reader, enum form_kind kind,
                                     struct reader_mark at, struct form *const *items,
                                     uint32_t count)
{
    struct form *form = reader_build_form(reader, kind, at);
    uint32_t deepest = 0;

    if (!form) return NULL;
    form->items = reader_alloc(reader, (count + 1) * sizeof(struct form *));
    if (!form->items) return NULL;
    for (uint32_t i = 0; i < count; i++) {
        form->items[i] = items[i];
        deepest = MAX(deepest, items[i]->depth);
    }
    form->count = count;
    form->depth = deepest + 1;
    if (form->depth <= LIMIT_READER_DEPTH) return form;
    return reader_fail(reader, E_READER, at, "the form is nested deeper than %d levels",
                       LIMIT_READER_DEPTH);
}

struct form *reader_build_symbol(struct reader *reader, struct reader_mark at, struct text ns,
                                 struct text name)
{
    struct form *form = reader_build_form(reader, FORM_SYMBOL, at);

    if (!form) return NULL;
    form->ns = ns;
    form->name = name;
    return form;
}

struct form *reader_build_wrap(struct reader *reader, struct reader_mark at, struct text head_ns,
                               struct text head_name, struct form *form)
{
    struct form *head = reader_build_symbol(reader, at, head_ns, head_name);

    if (!head) return NULL;
    return reader_build_collection(reader, FORM_LIST, at, (struct form *[]){head, form}, 2);
}

/* Maps and sets */

/* :flow may stand twice in the map of a flow file; form_get() takes the last. */
static bool may_repeat(const struct reader *reader, const struct form *key)
{
    if (!reader->flow_file || !form_is_keyword(key, "flow")) return false;
    for (uint32_t i = 0; i < reader->frame_count; i++) {
        if (reader->frames[i].kind < FRAME_CONDITIONAL) return false;
    }
    return true;
}

static bool is_unreadable(const struct form *form)
{
    return form->kind == FORM_NIL && form->name.ptr;
}

static bool fail_twice(struct reader *reader, const struct form *item, const struct form *first,
                       uint32_t step)
{
    struct buf text = {.limit = 60};

    form_print(item, &text);
    reader_fail(reader, reader->edn ? E_ARGUMENT : E_READER, reader_build_mark(item),
                "duplicate %s " TEXT_FMT, step == 2 ? "key" : "item", TEXT_ARG(buf_get(&text)));
    buf_done(&text);
    reader_hint(reader, "Keep one of them; the other stands at %u:%u.", first->line, first->column);
    return reader_forgive(reader);
}

/* Fails at the second of two equal items, looking at every step-th. */
static bool check_distinct(struct reader *reader, const struct form *form, uint32_t step)
{
    uint32_t count = form->count / step;
    size_t capacity = 4;
    bool ok = true;

    if (count < 2) return true;
    while (capacity < (size_t)count * 2) {
        capacity *= 2;
    }
    struct form **table = memory_array(capacity, sizeof(struct form *));

    for (uint32_t i = 0; i < form->count && ok; i += step) {
        struct form *item = form->items[i];
        size_t slot = form_hash(item) & (capacity - 1);

        while (table[slot] && !form_equal(table[slot], item)) {
            slot = (slot + 1) & (capacity - 1);
        }
        bool repeats = table[slot] && !is_unreadable(item) && !may_repeat(reader, item);

        if (repeats) ok = fail_twice(reader, item, table[slot], step);
        table[slot] = item;
    }
    memory_free(table);
    return ok;
}

/* #:ns{:a 1 :_/b 2} is {:ns/a 1 :b 2}. */
static struct form *qualify_key(struct reader *reader, struct form *key, struct text ns)
{
    if (key->kind != FORM_KEYWORD && key->kind != FORM_SYMBOL) return key;
    bool bare = text_equal(key->ns, TEXT("_"));

    if (key->ns.ptr && !bare) return key;
    struct form *copy = reader_build_form(reader, key->kind, reader_build_mark(key));

    if (!copy) return NULL;
    copy->end_offset = key->end_offset;
    copy->ns = bare ? TEXT_NONE : ns;
    copy->name = key->name;
    return copy;
}

/* The item that brings pairs out of step: a key before which keywords and values change places has
 * no value, or there is one value too many; else the last key has none. */
static uint32_t find_odd(struct form **items, uint32_t count, bool *out_too_many)
{
    *out_too_many = false;
    for (uint32_t i = 0; i < count; i++) {
        if (is_unreadable(items[i])) return i;
    }
    for (uint32_t i = 2; items[0]->kind == FORM_KEYWORD && i < count; i += 2) {
        if (items[i]->kind == FORM_KEYWORD) continue;
        *out_too_many = items[i - 1]->kind != FORM_KEYWORD;
        return *out_too_many ? i : i - 2;
    }
    return count - 1;
}

/* A map of an odd number of items: fails at one of them and takes it out. */
static bool fail_odd(struct reader *reader, const struct reader_frame *frame, struct form **items,
                     uint32_t count)
{
    bool too_many;
    uint32_t at = find_odd(items, count, &too_many);
    bool said = is_unreadable(items[at]);
    struct buf text = {.limit = 60};

    form_print(items[at], &text);
    reader_fail(reader, E_READER, reader_build_mark(items[at]),
                TEXT_FMT " %s in the map that begins at %u:%u", TEXT_ARG(buf_get(&text)),
                too_many ? "is one value too many" : "has no value", frame->at.line,
                frame->at.column);
    reader_hint(reader, "A map holds pairs of key and value: {:a 1 :b 2}.");
    buf_done(&text);
    memmove(items + at, items + at + 1, (count - at - 1) * sizeof(struct form *));
    return said || reader_forgive(reader);
}

struct form *reader_build_map(struct reader *reader, const struct reader_frame *frame,
                              struct form **items, uint32_t count)
{
    if (count % 2 != 0) {
        if (!fail_odd(reader, frame, items, count)) return NULL;
        count--;
    }
    for (uint32_t i = 0; frame->ns.ptr && i < count; i += 2) {
        items[i] = qualify_key(reader, items[i], frame->ns);
        if (!items[i]) return NULL;
    }
    struct form *form = reader_build_collection(reader, FORM_MAP, frame->at, items, count);

    return form && check_distinct(reader, form, 2) ? form : NULL;
}

struct form *reader_build_set(struct reader *reader, const struct reader_frame *frame,
                              struct form **items, uint32_t count)
{
    struct form *form = reader_build_collection(reader, FORM_SET, frame->at, items, count);

    return form && check_distinct(reader, form, 1) ? form : NULL;
}

/* #(…) */

static struct text fn_arg_name(struct reader *reader, uint32_t index)
{
    struct text *name = &reader->fn_args[index];

    if (name->ptr) return *name;
    struct buf text = {0};

    if (index == 0) {
        buf_printf(&text, "rest__%u#", ++reader->gensym);
    } else {
        buf_printf(&text, "p%u__%u#", index, ++reader->gensym);
    }
    *name = reader_copy(reader, buf_get(&text));
    buf_done(&text);
    return *name;
}

/* %, %2 or %& inside #(…). */
struct form *reader_build_fn_arg(struct reader *reader)
{
    struct reader_mark at = reader_mark(reader);
    size_t end = reader_token_end(reader, reader->offset);
    struct text token = text_slice(reader->source, reader->offset, end);
    struct text rest = text_slice(token, 1, token.len);
    uint32_t index = 1;

    reader_advance(reader, end);
    if (text_equal(rest, TEXT("&"))) {
        index = 0;
    } else if (rest.len > 0) {
        index = rest.len <= 2 ? 0 : 99;
        for (size_t i = 0; i < rest.len && index < 99; i++) {
            char c = rest.ptr[i];

            index = c >= '0' && c <= '9' ? index * 10 + (uint32_t)(c - '0') : 99;
        }
        if (index == 0 || index >= ARRAY_COUNT(reader->fn_args)) {
            reader_fail(reader, E_READER, at,
                        "an argument in #() is %%, %%1 to %%20, or %%&, not " TEXT_FMT,
                        TEXT_ARG(reader_literals_shown(token)));
            return reader_hint(reader, "For names write (fn [x] …).");
        }
    }
    struct text name = fn_arg_name(reader, index);

    if (!name.ptr) return NULL;
    reader->fn_arg_max = MAX(reader->fn_arg_max, index);
    return reader_build_symbol(reader, at, TEXT_NONE, name);
}

/* (fn* [p1__1# p2__2# & rest__3#] (…)) */
struct form *reader_build_fn(struct reader *reader, const struct reader_frame *frame,
                             struct form **items, uint32_t count)
{
    struct form *parameters[ARRAY_COUNT(reader->fn_args) + 1];
    uint32_t parameter_count = 0;
    bool rest = reader->fn_args[0].ptr != NULL;

    reader->in_fn_literal = false;
    for (uint32_t i = 1; i <= reader->fn_arg_max; i++) {
        struct text name = fn_arg_name(reader, i);
        struct form *parameter =
            name.ptr ? reader_build_symbol(reader, frame->at, TEXT_NONE, name) : NULL;

        if (!parameter) return NULL;
        parameters[parameter_count++] = parameter;
    }
    for (int i = 0; rest && i < 2; i++) {
        struct text name = i == 0 ? TEXT("&") : reader->fn_args[0];

        parameters[parameter_count] = reader_build_symbol(reader, frame->at, TEXT_NONE, name);
        if (!parameters[parameter_count]) return NULL;
        parameter_count++;
    }
    struct form *head = reader_build_symbol(reader, frame->at, TEXT_NONE, TEXT("fn*"));
    struct form *vector =
        reader_build_collection(reader, FORM_VECTOR, frame->at, parameters, parameter_count);
    struct form *body = reader_build_collection(reader, FORM_LIST, frame->at, items, count);

    if (!head || !vector || !body) return NULL;
    return reader_build_collection(reader, FORM_LIST, frame->at,
                                   (struct form *[]){head, vector, body}, 3);
}

/* Prefixes */

/* ^:k is {:k true}; ^Name and ^"name" are {:tag …}. */
struct form *reader_build_meta(struct reader *reader, struct form *meta)
{
    struct reader_mark at = reader_build_mark(meta);
    struct form *key = meta, *value = NULL;

    if (meta->kind == FORM_MAP) return meta;
    if (meta->kind == FORM_KEYWORD) {
        value = reader_build_form(reader, FORM_BOOL, at);
        if (value) value->boolean = true;
    } else if (meta->kind == FORM_SYMBOL || meta->kind == FORM_STRING) {
        value = meta;
        key = reader_build_form(reader, FORM_KEYWORD, at);
        if (key) key->name = TEXT("tag");
    } else {
        return reader_fail(reader, E_READER, at,
                           "metadata is a map, a keyword, a symbol or a string");
    }
    if (!key || !value) return NULL;
    return reader_build_collection(reader, FORM_MAP, at, (struct form *[]){key, value}, 2);
}

/* The outer metadata wins over what the form has already. */
static struct form *merge_meta(struct reader *reader, struct form *inner, struct form *outer)
{
    if (!inner) return outer;
    uint32_t count = 0;
    struct form **items =
        reader_alloc(reader, (inner->count + outer->count + 1) * sizeof(struct form *));

    if (!items) return NULL;
    for (uint32_t i = 0; i < inner->count; i += 2) {
        bool covered = false;

        for (uint32_t k = 0; k < outer->count && !covered; k += 2) {
            covered = form_equal(inner->items[i], outer->items[k]);
        }
        if (covered) continue;
        items[count++] = inner->items[i];
        items[count++] = inner->items[i + 1];
    }
    memcpy(items + count, outer->items, outer->count * sizeof(struct form *));
    return reader_build_collection(reader, FORM_MAP, reader_build_mark(outer), items,
                                   count + outer->count);
}

static struct form *apply_meta(struct reader *reader, const struct reader_frame *frame,
                               struct form *form)
{
    switch (form->kind) {
    case FORM_SYMBOL:
    case FORM_LIST:
    case FORM_VECTOR:
    case FORM_MAP:
    case FORM_SET: break;
    default:
        return reader_fail(reader, E_READER, reader_build_mark(form),
                           "metadata goes on a symbol or a collection, nothing else");
    }
    struct form *meta = merge_meta(reader, form->meta, frame->meta);

    if (!meta) return NULL;
    form->meta = meta;
    form->depth = MAX(form->depth, meta->depth + 1);
    if (form->depth <= LIMIT_READER_DEPTH) return form;
    return reader_fail(reader, E_READER, frame->at, "the form is nested deeper than %d levels",
                       LIMIT_READER_DEPTH);
}

/* The syntax-quote is what stands under :flow at the top of a flow file. */
static bool is_flow_value(const struct reader *reader)
{
    const struct reader_frame *map = NULL;

    if (!reader->flow_file) return false;
    for (uint32_t i = 0; i < reader->frame_count; i++) {
        const struct reader_frame *frame = &reader->frames[i];

        if (frame->kind >= FRAME_CONDITIONAL) continue; // these are gone when the map is read
        if (map || frame->kind != FRAME_MAP) return false;
        map = frame;
    }
    if (!map || (reader->item_count - map->items) % 2 == 0) return false;
    return form_is_keyword(reader->items[reader->item_count - 1], "flow");
}

static struct form *syntax_quote(struct reader *reader, const struct reader_frame *frame,
                                 struct form *form)
{
    if (!is_flow_value(reader)) return reader_syntax_quote_expand(reader, form);
    return reader_build_wrap(reader, frame->at, TEXT_NONE, TEXT("quote"), form);
}

/* The form that the prefix on top makes of this one; NULL without an error for #_. */
struct form *reader_build_prefixed(struct reader *reader, const struct reader_frame *frame,
                                   struct form *form)
{
    static const struct {
        struct text ns, name;
    } heads[] = {
        [FRAME_QUOTE] = {{NULL, 0}, {"quote", 5}},
        [FRAME_VAR] = {{NULL, 0}, {"var", 3}},
        [FRAME_UNQUOTE] = {{"clojure.core", 12}, {"unquote", 7}},
        [FRAME_UNQUOTE_SPLICING] = {{"clojure.core", 12}, {"unquote-splicing", 16}},
        [FRAME_DEREF] = {{"clojure.core", 12}, {"deref", 5}},
    };

    switch (frame->kind) {
    case FRAME_DISCARD: return NULL;
    case FRAME_SYNTAX_QUOTE: return syntax_quote(reader, frame, form);
    case FRAME_META: return apply_meta(reader, frame, form);
    case FRAME_TAG: return reader_tags_apply(reader, frame->at, frame->ns, frame->name, form);
    default:
        return reader_build_wrap(reader, frame->at, heads[frame->kind].ns, heads[frame->kind].name,
                                 form);
    }
}
