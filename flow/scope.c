#include "base/assert.h"
#include "flow/compile.h"

/*
 * Scope: what a name means where it stands. Locals of an arity are a stack, searched from its end.
 * A name of an enclosing function is captured by each function between, so that closures are flat.
 * What a function captures belongs to all its arities: a closure is made before it is known which
 * arity will be called.
 */
static const struct local *find_local(const struct unit *unit, struct text name)
{
    for (size_t i = unit->local_count; i > 0; i--) {
        if (text_equal(unit->locals[i - 1].name, name)) return &unit->locals[i - 1];
    }
    return NULL;
}

static bool is_self(const struct unit *unit, struct text name)
{
    return unit->function->self.ptr && text_equal(unit->function->self, name);
}

static uint32_t add_capture(struct compile *c, struct compile_function *function,
                            struct scope_place place)
{
    static const enum capture_kind kinds[] = {
        [SCOPE_LOCAL] = CAPTURE_LOCAL,
        [SCOPE_CAPTURE] = CAPTURE_CAPTURE,
        [SCOPE_SELF] = CAPTURE_SELF,
    };
    struct capture capture = {kinds[place.kind], place.index};

    for (size_t i = 0; i < function->capture_count; i++) {
        const struct capture *old = &function->captures[i];

        if (old->kind == capture.kind && old->index == capture.index) return (uint32_t)i;
    }
    function->captures = arena_grow(c->scratch, function->captures, function->capture_count,
                                    &function->capture_capacity, sizeof(struct capture));
    function->captures[function->capture_count] = capture;
    return (uint32_t)function->capture_count++;
}

/* Recursive over enclosing functions, whose nesting compile_form() bounds. */
static struct scope_place find(struct compile *c, const struct unit *unit, struct text name)
{
    if (!unit) return (struct scope_place){SCOPE_NONE, 0};
    const struct local *local = find_local(unit, name);

    if (local) return (struct scope_place){SCOPE_LOCAL, local->slot};
    if (is_self(unit, name)) return (struct scope_place){SCOPE_SELF, 0};
    struct scope_place outer = find(c, unit->parent, name);

    if (outer.kind == SCOPE_NONE) return outer;
    return (struct scope_place){SCOPE_CAPTURE, add_capture(c, unit->function, outer)};
}

struct scope_place scope_find(struct compile *c, struct text name)
{
    return find(c, c->unit, name);
}

bool scope_has(const struct compile *c, struct text name)
{
    for (const struct unit *unit = c->unit; unit; unit = unit->parent) {
        if (find_local(unit, name) || is_self(unit, name)) return true;
    }
    return false;
}

bool scope_is_double(const struct compile *c, struct text name)
{
    for (const struct unit *unit = c->unit; unit; unit = unit->parent) {
        const struct local *local = find_local(unit, name);

        if (local) return local->is_double;
        if (is_self(unit, name)) return false;
    }
    return false;
}

void scope_mark_double(struct compile *c)
{
    c->unit->locals[c->unit->local_count - 1].is_double = true;
}

void scope_bind(struct compile *c, struct text name)
{
    ASSERT(c->unit->depth > 0);
    scope_bind_slot(c, name, c->unit->depth - 1);
}

void scope_bind_slot(struct compile *c, struct text name, uint32_t slot)
{
    struct unit *unit = c->unit;

    unit->locals = arena_grow(c->scratch, unit->locals, unit->local_count, &unit->local_capacity,
                              sizeof(struct local));
    unit->locals[unit->local_count++] = (struct local){.name = name, .slot = slot};
}

struct scope_block scope_enter(const struct compile *c)
{
    return (struct scope_block){c->unit->local_count, c->unit->depth};
}

void scope_leave(struct compile *c, struct scope_block block)
{
    struct unit *unit = c->unit;

    ASSERT(unit->depth > block.depth); // the block's own value is on top
    uint32_t extra = unit->depth - block.depth - 1;

    if (extra) compile_emit(c, OP_SLIDE, (int32_t)extra);
    unit->local_count = block.local_count;
}
