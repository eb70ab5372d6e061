#pragma once

#include "flow/definition.h"
#include "flow/template.h"

/*
 * Template tree: one of the flow's :templates, compiled. It is data whose texts may be templates,
 * kept as the steps of building it, children before their collection, so that building needs no C
 * stack:
 *
 *     {:path "/users/{{id}}" :json {:n "{{n}}"}}
 *     ─▶ :path, text, :json, :n, text, map of 1, map of 2
 *
 * What it expands to, by kind:
 *     :http-request  the request, leaf by leaf. A leaf that is only {{x}} keeps the type of x.
 *                    In :path and :url what data brings is percent-encoded, unless it begins the
 *                    :url or stands in {{{x}}}, and makes no dot segment; in :headers it has no
 *                    line break.
 *     :llm-prompt    {:system … :prompt …}
 *     :db-query      {:sql "… $1 …" :params […]}: no value is ever part of the SQL
 *     :notification  its channels, each like a request
 *
 * Lives in an image: immutable, shared by threads.
 */
enum template_place { TEMPLATE_AT_TEXT, TEMPLATE_AT_PATH, TEMPLATE_AT_URL, TEMPLATE_AT_HEADER };

enum template_node_kind { TEMPLATE_NODE_VALUE, TEMPLATE_NODE_TEXT, TEMPLATE_NODE_COLL };

struct template_node {
    uint8_t kind, place;
    uint8_t coll;   /* TEMPLATE_NODE_COLL: VALUE_MAP, VALUE_VECTOR or VALUE_SET */
    uint32_t count; /* likewise: how many values are its items; a map's keys count too */

    union {
        struct value value; /* static */
        const struct template *template;
    };
};

struct template_tree {
    struct text id;
    enum definition_template_kind kind;
    bool is_html;
    const struct template_node *nodes;
    size_t node_count;
};

/* The definition has been checked: a template that cannot be parsed is an error with its position
 * all the same. source: the file's, which is copied where the tree needs it. */
bool template_tree_build(const struct definition_template *definition, struct text source,
                         struct arena *arena, struct heap *statics, struct template_tree *out,
                         struct error *err) MUST_CHECK;
/* What the template makes of the data, in heap. E_INPUT, E_LIMIT, E_FUEL. */
bool template_tree_expand(const struct template_tree *tree, struct heap *heap, struct value data,
                          struct value *out, struct error *err) MUST_CHECK;
/* The place that a key of a request gives to what stands under it. */
enum template_place template_tree_place(const struct form *key);
/* Where the text of a string literal stands in its file. */
struct template_origin template_tree_origin(const struct form *literal, struct text source);
