/*
 * A program and data to text. The scopes that {{#each}} and {{#with}} open lie in an array as high
 * as the program needs; its lowest is the data itself.
 */
#include "base/assert.h"
#include "base/memory.h"
#include "base/parse.h"
#include "base/url_code.h"
#include "flow/keyword.h"
#include "flow/pmap.h"
#include "flow/seq.h"
#include "flow/sorted.h"
#include "flow/string.h"
#include "flow/template.h"

#define PARAMS_MAX 32767 /* of one statement */

struct template_scope {
    struct value it;
    /* of {{#each}} only */
    bool loops, is_map, has_next;
    int64_t index;
    struct value key, next_key, next_item;
    struct seq_iter iter;
};

void template_render_done(struct template_run *run)
{
    memory_free(run->scopes);
    buf_done(&run->scratch);
    value_list_done(&run->params);
    run->scopes = NULL;
}

static bool is_map(struct value value)
{
    return value.type == VALUE_MAP || value.type == VALUE_SORTED_MAP;
}

/* Paths */

/* [ns/name] finds the keyword :ns/name. */
static struct value map_member(struct template_run *run, struct value map, const char *name)
{
    struct value found = pmap_get_named(map, name);
    struct text text = text_from(name);

    if (!value_is_nil(found) || text_index_of_char(text, '/') < 0) return found;
    return pmap_get(map, keyword_from_text(run->heap, text), value_nil());
}

static struct value member(struct template_run *run, struct value value, const char *name)
{
    struct value item = value_nil();
    struct error ignored;
    int64_t index;
    bool found;

    if (value.type == VALUE_MAP) return map_member(run, value, name);
    if (!seq_is_sequential(value) || !parse_int64(text_from(name), &index) || index < 0) {
        return value_nil();
    }
    if (value.type != VALUE_VECTOR) run->fuel -= index;
    if (run->fuel < 0) return value_nil(); // the next charge says so
    if (seq_nth(run->heap, value, index, &found, &item, &ignored) != SEQ_OK) return value_nil();
    return found ? item : value_nil();
}

static struct value walk(struct template_run *run, const struct template_path *path,
                         struct value value)
{
    for (uint32_t i = 0; i < path->count && !value_is_nil(value); i++) {
        run->fuel--;
        value = member(run, value, path->names[i]);
    }
    return value;
}

/* The innermost loop, or one of those around it; NULL: there are not so many. */
static const struct template_scope *find_loop(const struct template_run *run, uint32_t up)
{
    for (uint32_t i = run->scope_count; i > 0; i--) {
        if (run->scopes[i - 1].loops && up-- == 0) return &run->scopes[i - 1];
    }
    return NULL;
}

static struct value loop_data(const struct template_run *run, const struct template_path *path)
{
    const struct template_scope *loop = find_loop(run, path->up);

    if (!loop) return value_nil();
    switch (path->root) {
    case TEMPLATE_INDEX: return value_int(loop->index);
    case TEMPLATE_KEY: return loop->is_map ? loop->key : value_int(loop->index);
    case TEMPLATE_FIRST: return value_bool(loop->index == 0);
    default: return value_bool(!loop->has_next);
    }
}

static struct value find(struct template_run *run, const struct template_path *path)
{
    if (path->root == TEMPLATE_TOP) return walk(run, path, run->data);
    if (path->root != TEMPLATE_SCOPE) return loop_data(run, path);
    if (path->up >= run->scope_count) return value_nil();
    for (uint32_t i = run->scope_count - path->up; i > 0; i--) {
        struct value value = walk(run, path, run->scopes[i - 1].it);

        if (path->local || !value_is_nil(value)) return value;
    }
    return value_nil();
}

static struct value evaluate_argument(struct template_run *run, const struct template_argument *arg)
{
    switch (arg->kind) {
    case TEMPLATE_PATH: return find(run, &arg->path);
    case TEMPLATE_STRING:
        run->fuel -= (int64_t)(arg->text.len / 64);
        return string_from_utf8(run->heap, arg->text);
    case TEMPLATE_SCALAR: return arg->scalar;
    default: return value_nil();
    }
}

static bool evaluate(struct template_run *run, const struct template_instruction *item,
                     struct value *out, struct error *err)
{
    struct value args[TEMPLATE_ARGS_MAX] = {VALUE_NIL_INIT, VALUE_NIL_INIT, VALUE_NIL_INIT};
    uint32_t count = template_helper_table[item->helper].args_max;

    for (uint32_t i = 0; i < count; i++) {
        args[i] = evaluate_argument(run, &item->args[i]);
    }
    if (!template_helper_call(run, (enum template_helper)item->helper, args, out, err)) {
        return false;
    }
    return heap_can(run->heap, 0, err);
}

/* Writing */

static void append_html(struct text text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        switch (text.ptr[i]) {
        case '&': buf_cstr(out, "&amp;"); break;
        case '<': buf_cstr(out, "&lt;"); break;
        case '>': buf_cstr(out, "&gt;"); break;
        case '"': buf_cstr(out, "&quot;"); break;
        case '\'': buf_cstr(out, "&#x27;"); break;
        case '`': buf_cstr(out, "&#x60;"); break;
        case '=': buf_cstr(out, "&#x3D;"); break;
        default: buf_char(out, text.ptr[i]);
        }
    }
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (unsigned char)c >= 0x80;
}

/* A parameter keeps apart from words around it: limit{{n}} is "limit $1". */
static bool put_param(struct template_run *run, struct value value, struct buf *out,
                      struct error *err)
{
    if (run->params.count == PARAMS_MAX) {
        return error_set(err, E_LIMIT, "the query has more than %d parameters", PARAMS_MAX);
    }
    if (out->len > 0 && is_word(out->ptr[out->len - 1])) buf_char(out, ' ');
    value_list_push(&run->params, value);
    buf_printf(out, "$%zu", run->params.count);
    run->after_param = true;
    return template_helper_charge(run, 0, err);
}

static bool put(struct template_run *run, const struct template_instruction *item, struct buf *out,
                struct error *err)
{
    enum template_escape escape = item->op == TEMPLATE_RAW ? TEMPLATE_PLAIN : run->escape;
    struct value value;

    if (!evaluate(run, item, &value, err)) return false;
    if (escape == TEMPLATE_SQL) return put_param(run, value, out, err);
    if (escape == TEMPLATE_PLAIN) return template_helper_show(run, value, out, err);
    buf_reset(&run->scratch);
    if (!template_helper_show(run, value, &run->scratch, err)) return false;
    if (run->scratch.overflow) {
        out->overflow = true;
    } else if (escape == TEMPLATE_URL) {
        url_code_append(out, buf_get(&run->scratch));
    } else {
        append_html(buf_get(&run->scratch), out);
    }
    return true;
}

static void put_text(struct template_run *run, struct text text, struct buf *out)
{
    if (run->after_param && is_word(text.ptr[0])) buf_char(out, ' ');
    run->after_param = false;
    buf_text(out, text);
}

/* Scopes */

static struct template_scope *open_scope(struct template_run *run, struct value it)
{
    struct template_scope *scope = &run->scopes[run->scope_count++];

    *scope = (struct template_scope){.it = it};
    return scope;
}

static void look_ahead(struct template_scope *scope)
{
    struct value first, second;

    scope->has_next = seq_iter_next_pair(&scope->iter, &first, &second);
    if (!scope->has_next) return;
    scope->next_key = scope->is_map ? first : value_nil();
    scope->next_item = scope->is_map ? second : first;
}

static void next_item(struct template_scope *scope)
{
    scope->key = scope->next_key;
    scope->it = scope->next_item;
    scope->index++;
    look_ahead(scope);
}

/* False: there is nothing to go through. */
static bool open_loop(struct template_run *run, struct value items)
{
    bool is_collection = items.type >= VALUE_LIST && items.type <= VALUE_SORTED_SET;

    if (!is_collection) return false;
    struct template_scope *scope = open_scope(run, value_nil());

    scope->loops = true;
    scope->is_map = is_map(items);
    scope->index = -1;
    seq_iter_init(&scope->iter, items);
    look_ahead(scope);
    if (!scope->has_next) {
        run->scope_count--;
        return false;
    }
    next_item(scope);
    return true;
}

/* The loop */

/* Whether the block is entered. */
static bool enter(struct template_run *run, const struct template_instruction *item)
{
    struct value value = evaluate_argument(run, item->args);

    switch (item->op) {
    case TEMPLATE_IF: return !template_helper_is_empty(value);
    case TEMPLATE_UNLESS: return template_helper_is_empty(value);
    case TEMPLATE_EACH: return open_loop(run, value);
    default:
        if (template_helper_is_empty(value)) return false;
        open_scope(run, value);
        return true;
    }
}

static bool step(const struct template *template, struct template_run *run, uint32_t *pc,
                 struct buf *out, struct error *err)
{
    const struct template_instruction *item = &template->items[(*pc)++];
    struct template_scope *scope = &run->scopes[run->scope_count - 1];

    switch ((enum template_op)item->op) {
    case TEMPLATE_TEXT: put_text(run, item->text, out); break;
    case TEMPLATE_PUT:
    case TEMPLATE_RAW: return put(run, item, out, err);
    case TEMPLATE_IF:
    case TEMPLATE_UNLESS:
    case TEMPLATE_WITH:
    case TEMPLATE_EACH:
        if (!enter(run, item)) *pc = item->target;
        break;
    case TEMPLATE_NEXT:
        if (scope->has_next) {
            next_item(scope);
            *pc = item->target;
        } else {
            run->scope_count--;
        }
        break;
    case TEMPLATE_LEAVE: run->scope_count--; break;
    case TEMPLATE_JUMP: *pc = item->target; break;
    }
    return true;
}

static void begin(const struct template *template, struct template_run *run, size_t limit)
{
    memory_free(run->scopes);
    run->scopes = memory_array(template->depth, sizeof(*run->scopes));
    run->scope_count = 0;
    run->after_param = false;
    run->scratch.limit = limit;
    open_scope(run, run->data);
}

/* Where in the template it went wrong. */
static bool fail_at(const struct template_instruction *item, struct error *err)
{
    return error_at(err, (int)item->line, (int)item->column);
}

bool template_render(const struct template *template, struct template_run *run, struct buf *out,
                     struct error *err)
{
    begin(template, run, out->limit);
    for (uint32_t pc = 0; pc < template->count;) {
        const struct template_instruction *item = &template->items[pc];

        // blocks cost too: a loop over nothing but them must end
        if (!template_helper_charge(run, item->op == TEMPLATE_TEXT ? item->text.len : 0, err) ||
            !step(template, run, &pc, out, err)) {
            return fail_at(item, err);
        }
        if (!out->overflow) continue;
        error_set(err, E_LIMIT, "the text of the template is larger than %zu KB",
                  out->limit / 1024);
        return fail_at(item, err);
    }
    ASSERT(run->scope_count == 1);
    return true;
}

bool template_render_value(const struct template *template, struct template_run *run,
                           struct value *out, struct error *err)
{
    ASSERT(template->is_value);
    begin(template, run, run->scratch.limit);
    return evaluate(run, &template->items[0], out, err) || fail_at(&template->items[0], err);
}
