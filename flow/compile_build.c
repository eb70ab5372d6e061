#include "base/assert.h"
#include "base/parse.h"
#include "flow/compile.h"

#include <stdarg.h>

/*
 * Build: forms from a template, so that a macro's expansion reads as the code it makes. The
 * templates are ours (string literals), so their mistakes are assertions. They name core functions
 * with clojure.core/ and special forms as let* loop* fn*, which no local variable can shadow.
 */
enum { BUILD_DEPTH_MAX = 24 };

struct builder {
    struct compile *c;
    const struct form *at;
    const char *next;
};

struct level {
    enum form_kind kind;
    struct form **items;
    size_t count, capacity;
};

static struct form *new_form(struct compile *c, const struct form *at, enum form_kind kind)
{
    struct form *form = ARENA_NEW(c->scratch, struct form);

    form->kind = kind;
    form->line = at->line;
    form->column = at->column;
    form->offset = at->offset;
    form->end_offset = at->end_offset;
    return form;
}

struct form *compile_build_list(struct compile *c, const struct form *at, enum form_kind kind,
                                struct form *const *items, uint32_t count)
{
    struct form *form = new_form(c, at, kind);

    if (count) form->items = arena_copy(c->scratch, items, count * sizeof(struct form *));
    form->count = count;
    return form;
}

struct form *compile_build_symbol(struct compile *c, const struct form *at, const char *name)
{
    struct form *form = new_form(c, at, FORM_SYMBOL);
    struct text whole = arena_text(c->scratch, text_from(name));
    ptrdiff_t slash = whole.len > 1 ? text_index_of_char(whole, '/') : -1;

    form->name = slash < 0 ? whole : text_slice(whole, (size_t)slash + 1, whole.len);
    form->ns = slash < 0 ? TEXT_NONE : text_slice(whole, 0, (size_t)slash);
    return form;
}

struct form *compile_build_gensym(struct compile *c, const struct form *at)
{
    struct form *form = new_form(c, at, FORM_SYMBOL);

    form->name = arena_printf(c->scratch, " %u", ++c->gensym); // a space: not readable
    return form;
}

static void push(struct builder *b, struct level *level, struct form *form)
{
    level->items = arena_grow(b->c->scratch, level->items, level->count, &level->capacity,
                              sizeof(struct form *));
    level->items[level->count++] = form;
}

static struct form *read_token(struct builder *b)
{
    size_t len = strcspn(b->next, " ()[]");
    char *name = arena_cstr(b->c->scratch, (struct text){b->next, len});
    struct form *form;
    int64_t integer;

    ASSERT(len > 0);
    b->next += len;
    if (strcmp(name, "nil") == 0) return new_form(b->c, b->at, FORM_NIL);
    if (strcmp(name, "true") == 0 || strcmp(name, "false") == 0) {
        form = new_form(b->c, b->at, FORM_BOOL);
        form->boolean = name[0] == 't';
        return form;
    }
    if (parse_int64((struct text){name, len}, &integer)) {
        form = new_form(b->c, b->at, FORM_INT);
        form->integer = integer;
        return form;
    }
    form = compile_build_symbol(b->c, b->at, name[0] == ':' ? name + 1 : name);
    if (name[0] == ':') form->kind = FORM_KEYWORD;
    return form;
}

struct form *compile_build(struct compile *c, const struct form *at, const char *fmt, ...)
{
    struct builder b = {c, at, fmt};
    struct level levels[BUILD_DEPTH_MAX] = {{.kind = FORM_LIST}};
    int depth = 0;
    va_list args;

    va_start(args, fmt);
    while (*b.next) {
        char ch = *b.next;

        if (ch == ' ') {
            b.next++;
        } else if (ch == '(' || ch == '[') {
            ASSERT(depth + 1 < BUILD_DEPTH_MAX);
            levels[++depth] = (struct level){.kind = ch == '(' ? FORM_LIST : FORM_VECTOR};
            b.next++;
        } else if (ch == ')' || ch == ']') {
            struct level *level = &levels[depth];
            struct form *form =
                compile_build_list(c, at, level->kind, level->items, (uint32_t)level->count);

            ASSERT(depth > 0);
            push(&b, &levels[--depth], form);
            b.next++;
        } else if (ch == '%' && b.next[1] == 'f') {
            push(&b, &levels[depth], va_arg(args, struct form *));
            b.next += 2;
        } else if (ch == '%') { // %s
            struct form *const *items = va_arg(args, struct form *const *);
            uint32_t count = va_arg(args, uint32_t);

            for (uint32_t i = 0; i < count; i++) {
                push(&b, &levels[depth], items[i]);
            }
            b.next += 2;
        } else {
            push(&b, &levels[depth], read_token(&b));
        }
    }
    va_end(args);
    ASSERT(depth == 0 && levels[0].count == 1);
    return levels[0].items[0];
}
