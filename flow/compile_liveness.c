#include "flow/callable.h"
#include "flow/compile.h"

/*
 * Liveness: finds the last use of each local on each path, and makes it a LOCAL_LAST, which takes
 * the value out of its slot. So a value that no code looks at any more is not kept, however long
 * its frame lives: neither a step's result that was picked apart, nor the head of a sequence that
 * is being walked.
 *
 * The classic backward analysis over slots. An instruction uses the slots of its operands, which
 * are the top of the stack, and those that it names; it defines the slots of what it pushes. Where
 * an exception may be caught, what the handler uses is in use too. Sets are kept at labels only;
 * they start empty and grow until a pass over the code changes none: a pass more than loops are
 * nested.
 *
 * What this would cost is bounded: a function over the bound keeps its locals until it ends.
 */
#define COST_MAX    (1 << 25) /* labels by slots, and words by regions */
#define NO_LABEL    UINT32_MAX
#define UNREACHABLE UINT32_MAX
#define SET_BITS    64

struct liveness {
    struct compile *c;
    struct unit *unit;
    uint32_t *depths; /* before each instruction; UNREACHABLE: nothing gets there */
    uint32_t *labels; /* number of the label there, or NO_LABEL */
    uint32_t label_count;
    uint64_t *sets; /* a set of slots for each label: what is in use there */
    uint64_t *live;
    size_t set_words;
    uint32_t *pending; /* places whose depth is known but not looked at */
    size_t pending_count, pending_capacity;
    bool marks, changed;
};

static uint32_t next_of(const struct unit *unit, uint32_t pc)
{
    return pc + 1 + opcode_extra_words(&unit->words[pc]);
}

static uint32_t target_of(const struct unit *unit, uint32_t pc)
{
    return (uint32_t)((int32_t)pc + 1 + opcode_jump(unit->words[pc]));
}

static bool is_jump(enum opcode op)
{
    return op >= OP_JUMP && op <= OP_JUMP_TRUE_KEEP;
}

static bool ends(enum opcode op)
{
    return op == OP_JUMP || op == OP_CASE || op == OP_RETURN || op == OP_THROW || op == OP_RETHROW;
}

/* How many values on top the instruction reads, and how many stand there instead of them. */
static void effect_of(const struct unit *unit, uint32_t pc, uint32_t *out_pops,
                      uint32_t *out_pushes)
{
    uint32_t word = unit->words[pc];
    enum opcode op = opcode_of(word);
    uint32_t a = opcode_a(word);

    *out_pushes = 1;
    switch (op) {
    case OP_SLIDE: *out_pops = a + 1; break;
    case OP_RECUR:
        *out_pops = a;
        *out_pushes = 0;
        break;
    case OP_CALL:
    case OP_CALL_LAST: *out_pops = a + 1; break;
    case OP_CALL_CONST:
    case OP_CALL_CONST_LAST:
    case OP_VECTOR:
    case OP_MAP:
    case OP_SET: *out_pops = a; break;
    case OP_JUMP_FALSE_KEEP:
    case OP_JUMP_TRUE_KEEP:
        *out_pops = 1;
        *out_pushes = 0;
        break;
    default:
        *out_pops = (uint32_t)opcode_table[op].pops;
        *out_pushes = (uint32_t)opcode_table[op].pushes;
        break;
    }
}

/* The depths, forwards */

static void reach(struct liveness *l, uint32_t pc, uint32_t depth, bool is_label)
{
    if (is_label && l->labels[pc] == NO_LABEL) l->labels[pc] = l->label_count++;
    if (l->depths[pc] != UNREACHABLE) return;
    l->depths[pc] = depth;
    l->pending = arena_grow(l->c->scratch, l->pending, l->pending_count, &l->pending_capacity,
                            sizeof(uint32_t));
    l->pending[l->pending_count++] = pc;
}

static void reach_after(struct liveness *l, uint32_t pc)
{
    const struct unit *unit = l->unit;
    enum opcode op = opcode_of(unit->words[pc]);
    uint32_t next = next_of(unit, pc);
    uint32_t depth = l->depths[pc];
    uint32_t pops, pushes;

    effect_of(unit, pc, &pops, &pushes);
    uint32_t after = depth - pops + pushes;

    if (op == OP_RECUR) after = unit->words[pc + 1] + opcode_a(unit->words[pc]);
    if (is_jump(op)) {
        bool keeps = op == OP_JUMP_FALSE_KEEP || op == OP_JUMP_TRUE_KEEP;

        reach(l, target_of(unit, pc), keeps ? depth : after, true);
    }
    for (uint32_t i = 0; op == OP_CASE && i <= unit->words[pc + 1]; i++) {
        reach(l, next + unit->words[pc + 2 + i], after, true);
    }
    if (!ends(op)) reach(l, next, after, false);
}

static void find_depths(struct liveness *l, uint32_t start_depth)
{
    const struct unit *unit = l->unit;

    reach(l, 0, start_depth, false);
    for (size_t i = 0; i < unit->region_count; i++) {
        reach(l, unit->regions[i].handler, unit->regions[i].depth + 1, true);
    }
    while (l->pending_count > 0) {
        reach_after(l, l->pending[--l->pending_count]);
    }
}

/* The sets, backwards */

static bool has(const uint64_t *set, uint32_t slot)
{
    return set[slot / SET_BITS] >> slot % SET_BITS & 1;
}

static void add(uint64_t *set, uint32_t slot)
{
    set[slot / SET_BITS] |= (uint64_t)1 << slot % SET_BITS;
}

static void drop(uint64_t *set, uint32_t slot)
{
    set[slot / SET_BITS] &= ~((uint64_t)1 << slot % SET_BITS);
}

static uint64_t *set_at(const struct liveness *l, uint32_t pc)
{
    return l->sets + l->labels[pc] * l->set_words;
}

static void join(struct liveness *l, uint32_t pc)
{
    const uint64_t *set = set_at(l, pc);

    for (size_t i = 0; i < l->set_words; i++) {
        l->live[i] |= set[i];
    }
}

static void join_successors(struct liveness *l, uint32_t pc)
{
    const struct unit *unit = l->unit;
    enum opcode op = opcode_of(unit->words[pc]);

    if (ends(op)) memset(l->live, 0, l->set_words * sizeof(uint64_t));
    if (is_jump(op)) join(l, target_of(unit, pc));
    for (uint32_t i = 0; op == OP_CASE && i <= unit->words[pc + 1]; i++) {
        join(l, next_of(unit, pc) + unit->words[pc + 2 + i]);
    }
    for (size_t i = 0; i < unit->region_count; i++) {
        const struct region *region = &unit->regions[i];

        if (pc < region->start || pc >= region->end) continue;
        bool used = has(l->live, region->depth);

        join(l, region->handler);
        if (!used) drop(l->live, region->depth); // there the exception will stand
        break;
    }
}

/* Slots that the instruction names. */
static void use_named(struct liveness *l, uint32_t pc)
{
    const struct unit *unit = l->unit;
    uint32_t a = opcode_a(unit->words[pc]);

    switch (opcode_of(unit->words[pc])) {
    case OP_LOCAL:
        if (l->marks && !has(l->live, a)) {
            unit->words[pc] = opcode_word(OP_LOCAL_LAST, (int32_t)a);
        }
        add(l->live, a);
        break;
    case OP_CLOSURE: {
        const struct prototype *prototype = callable_prototype(l->c->image->constants[a]);

        for (uint32_t i = 0; i < prototype->capture_count; i++) {
            if (prototype->captures[i].kind == CAPTURE_LOCAL) {
                add(l->live, prototype->captures[i].index);
            }
        }
        break;
    }
    case OP_LETFN:
        for (uint32_t i = 0; i < a; i++) {
            add(l->live, unit->words[pc + 1] + i);
        }
        break;
    default: break;
    }
}

static void step_back(struct liveness *l, uint32_t pc)
{
    const struct unit *unit = l->unit;
    uint32_t word = unit->words[pc];
    enum opcode op = opcode_of(word);
    uint32_t depth = l->depths[pc];
    uint32_t pops, pushes;

    join_successors(l, pc);
    effect_of(unit, pc, &pops, &pushes);
    for (uint32_t i = 0; i < pushes; i++) {
        drop(l->live, depth - pops + i);
    }
    if (op == OP_STORE) drop(l->live, opcode_a(word));
    for (uint32_t i = 0; op == OP_RECUR && i < pops; i++) {
        drop(l->live, unit->words[pc + 1] + i);
    }
    if (op == OP_SLIDE) {
        add(l->live, depth - 1);
    } else {
        for (uint32_t i = 1; i <= pops; i++) {
            add(l->live, depth - i);
        }
    }
    use_named(l, pc);
    if (l->labels[pc] == NO_LABEL) return;
    uint64_t *set = set_at(l, pc);

    l->changed |= memcmp(set, l->live, l->set_words * sizeof(uint64_t)) != 0;
    memcpy(set, l->live, l->set_words * sizeof(uint64_t));
}

static void pass(struct liveness *l, const uint32_t *starts, uint32_t count)
{
    l->changed = false;
    memset(l->live, 0, l->set_words * sizeof(uint64_t));
    for (uint32_t i = count; i > 0; i--) {
        if (l->depths[starts[i - 1]] != UNREACHABLE) step_back(l, starts[i - 1]);
    }
}

static bool is_too_large(const struct liveness *l)
{
    const struct unit *unit = l->unit;

    return (uint64_t)l->label_count * unit->max_depth > COST_MAX ||
           (uint64_t)unit->word_count * unit->region_count > COST_MAX;
}

void compile_liveness(struct compile *c, uint32_t start_depth)
{
    struct unit *unit = c->unit;
    struct liveness l = {.c = c, .unit = unit};
    uint32_t *starts = ARENA_ARRAY(c->scratch, unit->word_count, uint32_t);
    uint32_t count = 0;

    l.depths = ARENA_ARRAY(c->scratch, unit->word_count, uint32_t);
    l.labels = ARENA_ARRAY(c->scratch, unit->word_count, uint32_t);
    memset(l.depths, 0xff, unit->word_count * sizeof(uint32_t));
    memset(l.labels, 0xff, unit->word_count * sizeof(uint32_t));
    for (uint32_t pc = 0; pc < unit->word_count; pc = next_of(unit, pc)) {
        starts[count++] = pc;
    }
    find_depths(&l, start_depth);
    if (is_too_large(&l)) return;
    l.set_words = unit->max_depth / SET_BITS + 1;
    l.sets = ARENA_ARRAY(c->scratch, (l.label_count + 1) * l.set_words, uint64_t);
    l.live = l.sets + l.label_count * l.set_words;
    do {
        pass(&l, starts, count);
    } while (l.changed);
    l.marks = true;
    pass(&l, starts, count);
}
