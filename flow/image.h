#pragma once

#include "base/arena.h"
#include "base/refcount.h"
#include "flow/heap.h"
#include "flow/secret_names.h"
#include "flow/value.h"

/*
 * Image: compiled code, immutable once made, shared by all runs of a version and by threads. It
 * owns an arena (code, tables, names) and a static heap (constants, which refer to static objects
 * only).
 *
 *     image ── body, functions ──▶ prototype ── one code an arity ──▶ words, regions, lines
 *
 * A constant of type VALUE_FUNCTION is a prototype without captured values; the instruction CLOSURE
 * makes closures from it. The kind of a function object is FUNCTION_EFFECTFUL when it contains a
 * flow call or holds such a function (LANGUAGE section 8, eager map).
 */
struct core;
struct prototype;
struct template_tree;
struct packaged;

enum function_kind { FUNCTION_PURE, FUNCTION_EFFECTFUL };

/* Where a closure takes a captured value from when it is made. */
enum capture_kind { CAPTURE_LOCAL, CAPTURE_CAPTURE, CAPTURE_SELF };

struct capture {
    enum capture_kind kind;
    uint32_t index;
};

/* Instructions [start, end) are guarded: an exception there cuts the frame to `depth` slots, pushes
 * the exception and goes on at handler. Inner regions stand first. */
struct region {
    uint32_t start, end, handler, depth;
};

/* From word pc on, up to the next entry, code stands at that position of the source. */
struct line_entry {
    uint32_t pc, line, column;
};

struct code {
    const struct prototype *prototype;
    const uint32_t *words;
    const struct value *constants; /* the image's */
    uint32_t word_count;
    uint32_t params; /* without the rest parameter */
    uint32_t max_stack;
    bool variadic;
    const struct region *regions;
    uint32_t region_count;
    const struct line_entry *lines;
    uint32_t line_count;
};

struct prototype {
    struct text name; /* "fn" when it has none */
    const struct code *
        *by_count;               /* index: number of arguments; NULL where there is no such arity */
    uint32_t count_max;          /* by_count has count_max + 1 entries */
    const struct code *variadic; /* or NULL */
    const struct capture *captures;
    uint32_t capture_count;
    bool effectful; /* it, or a function in it, contains a flow call */
    bool prelude;   /* errors take the position of the caller */
};

struct image_function {
    struct text id;
    struct value function;
};

struct image {
    struct refcount refs;
    struct arena arena;
    struct heap statics;
    const struct core *core;
    struct value *constants;
    size_t constant_count, constant_capacity;
    uint32_t
        *constant_slots; /* while it is made: hash table of indexes + 1, for image_constant() */
    size_t slot_count;
    struct value body; /* a function of no arguments; nil when the image is only functions */
    struct code **codes;
    size_t code_count, code_capacity;
    struct image_function *functions;
    uint32_t function_count;
    struct template_tree *templates;
    uint32_t template_count;
    struct packaged *packaged;
    uint32_t packaged_count;
    struct secret_names secrets; /* that its source names */
};

struct image *image_new(const struct core *core);
struct image *image_ref(struct image *image);
void image_unref(struct image *image); /* accepts NULL */
size_t image_bytes(const struct image *image);

/* The index of the constant; equal keywords, strings and numbers share one. */
uint32_t image_constant(struct image *image, struct value value);
/* The packaged step "ns/name", or NULL. */
const struct packaged *image_packaged(const struct image *image, struct text id);
/* Makes the image ready to run: points the code at the constants. */
void image_finish(struct image *image);
/* Every code must be known to the image, once. */
void image_add_code(struct image *image, struct code *code);

/* The arity that takes so many arguments, or NULL. */
static inline const struct code *image_code(const struct prototype *prototype, uint32_t count)
{
    if (count <= prototype->count_max && prototype->by_count[count]) {
        return prototype->by_count[count];
    }
    const struct code *variadic = prototype->variadic;

    return variadic && count >= variadic->params ? variadic : NULL;
}

/* The position of a word, by the line table; zeros when there is none. */
struct line_entry image_line(const struct code *code, uint32_t pc);
