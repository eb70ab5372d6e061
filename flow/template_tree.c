#include "flow/template_tree.h"

#include "base/limits.h"
#include "flow/keyword.h"
#include "flow/name.h"
#include "flow/pmap.h"
#include "flow/pset.h"
#include "flow/pvec.h"
#include "flow/quote.h"
#include "flow/string.h"

#include <string.h>

/* Building */

struct builder {
    struct arena *arena;
    struct heap *statics;
    struct text source;
    struct error *err;
    struct template_node *nodes;
    size_t count, capacity;
};

enum template_place template_tree_place(const struct form *key)
{
    if (form_is_keyword(key, "path")) return TEMPLATE_AT_PATH;
    if (form_is_keyword(key, "url") || form_is_keyword(key, "base-url")) return TEMPLATE_AT_URL;
    if (form_is_keyword(key, "headers")) return TEMPLATE_AT_HEADER;
    return TEMPLATE_AT_TEXT;
}

struct template_origin template_tree_origin(const struct form *literal, struct text source)
{
    struct template_origin origin = {.line = literal->line, .column = literal->column + 1};

    // the quotes of the literal do not count
    if (literal->end_offset <= source.len && literal->end_offset >= literal->offset + 2) {
        origin.raw = text_slice(source, literal->offset + 1, literal->end_offset - 1);
    }
    return origin;
}

static struct template_node *add(struct builder *builder, enum template_node_kind kind)
{
    builder->nodes = arena_grow(builder->arena, builder->nodes, builder->count, &builder->capacity,
                                sizeof(*builder->nodes));
    struct template_node *node = &builder->nodes[builder->count++];

    *node = (struct template_node){.kind = (uint8_t)kind};
    return node;
}

static void add_value(struct builder *builder, const struct form *form)
{
    struct value value = quote_form(builder->statics, form);

    add(builder, TEMPLATE_NODE_VALUE)->value = value;
}

static void add_keyword(struct builder *builder, const char *name)
{
    struct value key = keyword_new(builder->statics, TEXT_NONE, text_from(name));

    value_hash(key);
    add(builder, TEMPLATE_NODE_VALUE)->value = key;
}

static bool add_text(struct builder *builder, const struct form *form, enum template_place place,
                     bool sql)
{
    struct template_origin origin = template_tree_origin(form, builder->source);
    struct text text = arena_text(builder->arena, form->text);
    struct template *template = template_parse(builder->arena, text, sql, &origin, builder->err);

    if (!template) return false;
    // a URL that begins with data is an address from the flow: nothing of it is encoded
    if (place == TEMPLATE_AT_URL && template->count > 0 && template->items[0].op == TEMPLATE_PUT) {
        template->items[0].op = TEMPLATE_RAW;
    }
    struct template_node *node = add(builder, TEMPLATE_NODE_TEXT);

    node->place = (uint8_t)place;
    node->template = template;
    return true;
}

static bool add_form(struct builder *builder, const struct form *form, enum template_place place,
                     int requests);

/* requests: how many levels below stand the maps whose keys make places; below 0: none any more. */
static bool add_items(struct builder *builder, const struct form *form, enum template_place place,
                      int requests)
{
    enum value_type coll = form->kind == FORM_MAP   ? VALUE_MAP
                           : form->kind == FORM_SET ? VALUE_SET
                                                    : VALUE_VECTOR;

    for (uint32_t i = 0; i < form->count; i++) {
        if (coll == VALUE_MAP && i % 2 == 0) {
            add_value(builder, form->items[i]);
            if (requests == 0) place = template_tree_place(form->items[i]);
        } else if (!add_form(builder, form->items[i], place, requests - 1)) {
            return false;
        }
    }
    struct template_node *node = add(builder, TEMPLATE_NODE_COLL);

    node->coll = (uint8_t)coll;
    node->count = form->count;
    return true;
}

/* Recursion: a form is nested LIMIT_READER_DEPTH deep at most. */
static bool add_form(struct builder *builder, const struct form *form, enum template_place place,
                     int requests)
{
    switch (form->kind) {
    case FORM_MAP:
    case FORM_VECTOR:
    case FORM_LIST:
    case FORM_SET: return add_items(builder, form, place, requests);
    case FORM_STRING:
        if (template_parse_has_tags(form->text)) return add_text(builder, form, place, false);
        break;
    default: break;
    }
    add_value(builder, form);
    return true;
}

static bool add_prompt(struct builder *builder, const struct form *form)
{
    static const char *const keys[] = {"system", "prompt"};
    uint32_t count = 0;

    for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
        const struct form *text = form_get(form, keys[i]);

        if (!text || text->kind != FORM_STRING) continue;
        add_keyword(builder, keys[i]);
        if (!add_text(builder, text, TEMPLATE_AT_TEXT, false)) return false;
        count += 2;
    }
    struct template_node *node = add(builder, TEMPLATE_NODE_COLL);

    node->coll = VALUE_MAP;
    node->count = count;
    return true;
}

bool template_tree_build(const struct definition_template *definition, struct text source,
                         struct arena *arena, struct heap *statics, struct template_tree *out,
                         struct error *err)
{
    struct builder builder = {.arena = arena, .statics = statics, .source = source, .err = err};
    const struct form *content = definition->content;
    bool ok = true;

    switch (definition->kind) {
    case DEFINITION_HTTP_REQUEST: ok = add_form(&builder, content, TEMPLATE_AT_TEXT, 0); break;
    case DEFINITION_NOTIFICATION: ok = add_form(&builder, content, TEMPLATE_AT_TEXT, 1); break;
    case DEFINITION_LLM_PROMPT: ok = add_prompt(&builder, content); break;
    case DEFINITION_DB_QUERY: ok = add_text(&builder, content, TEMPLATE_AT_TEXT, true); break;
    }
    if (!ok) return false;
    *out = (struct template_tree){
        .id = arena_text(arena, definition->id),
        .kind = definition->kind,
        .is_html = definition->is_html,
        .nodes = builder.nodes,
        .node_count = builder.count,
    };
    return true;
}

/* Expanding */

struct expansion {
    const struct template_tree *tree;
    struct template_run run;
    struct value_list values;
    struct error *err;
};

static bool is_dot(struct text segment)
{
    size_t count = 0;

    for (; segment.len > 0; count++) {
        size_t len = segment.ptr[0] == '.'                                       ? 1
                     : text_equal_nocase(text_slice(segment, 0, 3), TEXT("%2e")) ? 3
                                                                                 : 0;

        if (len == 0) return false;
        segment = text_slice(segment, len, segment.len);
    }
    return count == 1 || count == 2;
}

/* The path of a URL: behind the host, before the query. */
static struct text path_of_url(struct text url)
{
    ptrdiff_t scheme = text_index_of(url, TEXT("://"));

    if (scheme >= 0) url = text_slice(url, (size_t)scheme + 3, url.len);
    for (size_t i = 0; i < url.len; i++) {
        if (url.ptr[i] == '?' || url.ptr[i] == '#') return text_slice(url, 0, i);
    }
    return url;
}

/* "." and ".." would lead to another path than the template shows. */
static bool check_path(struct expansion *expansion, struct text path)
{
    for (struct text rest = path_of_url(path); rest.ptr;) {
        struct text segment = text_cut(&rest, '/');

        if (!is_dot(segment)) continue;
        error_set(expansion->err, E_INPUT,
                  "a part of the path is \"" TEXT_FMT "\" when :data is filled in",
                  TEXT_ARG(segment));
        return error_hint(expansion->err, "Pass names and ids that are not dots.");
    }
    return true;
}

/* The key that the value belongs to stands below it. */
static struct value key_below(const struct expansion *expansion)
{
    const struct value_list *values = &expansion->values;

    return values->count > 0 ? values->items[values->count - 1] : value_nil();
}

static bool check_header(struct expansion *expansion, struct value value)
{
    struct buf text CLEANUP(buf_done) = {0};
    struct buf name CLEANUP(buf_done) = {.limit = 100};
    struct value key = key_below(expansion);

    if (value.type != VALUE_STRING) return true;
    string_append_utf8(value, &text);
    if (text.len == 0 || (!memchr(text.ptr, '\n', text.len) && !memchr(text.ptr, '\r', text.len))) {
        return true;
    }
    if (key.type == VALUE_KEYWORD) buf_text(&name, keyword_name(key));
    if (key.type == VALUE_STRING) string_append_utf8(key, &name);
    error_set(expansion->err, E_INPUT, "the header " TEXT_FMT " has a line break in its value",
              TEXT_ARG(buf_get(&name)));
    return error_hint(expansion->err, "Take line breaks out of what is passed in :data.");
}

static bool render(struct expansion *expansion, const struct template_node *node, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {.limit = LIMIT_STEP_RESULT};
    bool is_path = node->place == TEMPLATE_AT_PATH || node->place == TEMPLATE_AT_URL;

    if (!template_render(node->template, &expansion->run, &text, expansion->err)) return false;
    if (is_path && !check_path(expansion, buf_get(&text))) return false;
    if (!heap_can(expansion->run.heap, 2 * text.len + 64, expansion->err)) return false;
    *out = string_from_utf8(expansion->run.heap, buf_get(&text));
    return true;
}

static enum template_escape escape_of(const struct template_tree *tree, uint8_t place)
{
    if (tree->kind == DEFINITION_DB_QUERY) return TEMPLATE_SQL;
    if (place == TEMPLATE_AT_PATH || place == TEMPLATE_AT_URL) return TEMPLATE_URL;
    return tree->is_html && place == TEMPLATE_AT_TEXT ? TEMPLATE_HTML : TEMPLATE_PLAIN;
}

/* A lone {{x}} keeps its type, but for texts that must be encoded and those of prompts and SQL. */
static bool leaf(struct expansion *expansion, const struct template_node *node, struct value *out)
{
    const struct template_tree *tree = expansion->tree;
    struct template_run *run = &expansion->run;
    bool is_data = tree->kind == DEFINITION_HTTP_REQUEST || tree->kind == DEFINITION_NOTIFICATION;

    run->escape = escape_of(tree, node->place);
    if (!is_data || !node->template->is_value || node->place == TEMPLATE_AT_PATH) {
        return render(expansion, node, out);
    }
    if (!template_render_value(node->template, run, out, expansion->err)) return false;
    bool escapes = run->escape == TEMPLATE_HTML && out->type == VALUE_STRING;

    return !escapes || render(expansion, node, out);
}

static struct value collection(struct expansion *expansion, const struct template_node *node)
{
    struct value_list *values = &expansion->values;
    struct heap *heap = expansion->run.heap;
    size_t base = values->count - node->count;
    const struct value *items = values->items + base;
    struct value made = node->coll == VALUE_MAP   ? pmap_new(heap, items, node->count / 2)
                        : node->coll == VALUE_SET ? pset_new(heap, items, node->count)
                                                  : pvec_new(heap, items, node->count);

    value_list_truncate(values, base);
    return made;
}

static bool build_node(struct expansion *expansion, const struct template_node *node)
{
    struct value value = value_nil();

    if (!template_helper_charge(&expansion->run, 0, expansion->err) ||
        !heap_can(expansion->run.heap, (size_t)node->count * 64, expansion->err)) {
        return false;
    }
    switch ((enum template_node_kind)node->kind) {
    case TEMPLATE_NODE_VALUE: value = node->value; break;
    case TEMPLATE_NODE_COLL: value = collection(expansion, node); break;
    case TEMPLATE_NODE_TEXT:
        if (!leaf(expansion, node, &value)) return false;
        break;
    }
    if (node->place == TEMPLATE_AT_HEADER && !check_header(expansion, value)) return false;
    value_list_push(&expansion->values, value);
    return true;
}

/* SQL is a map with its parameters. */
static struct value finished(struct expansion *expansion)
{
    struct template_run *run = &expansion->run;
    struct value value = value_list_pop(&expansion->values);

    if (expansion->tree->kind != DEFINITION_DB_QUERY) return value;
    struct value map = pmap_put_named(run->heap, pmap_empty(), "sql", value);

    return pmap_put_named(run->heap, map, "params",
                          pvec_new(run->heap, run->params.items, (uint32_t)run->params.count));
}

bool template_tree_expand(const struct template_tree *tree, struct heap *heap, struct value data,
                          struct value *out, struct error *err)
{
    struct expansion expansion = {
        .tree = tree,
        .run = {.heap = heap,
                .data = data,
                .fuel = LIMIT_TEMPLATE_FUEL,
                .scratch = {.limit = LIMIT_STEP_RESULT}},
        .err = err,
    };
    bool ok = true;

    for (size_t i = 0; ok && i < tree->node_count; i++) {
        ok = build_node(&expansion, &tree->nodes[i]);
    }
    if (ok) *out = finished(&expansion);
    template_render_done(&expansion.run);
    value_list_done(&expansion.values);
    return ok;
}
