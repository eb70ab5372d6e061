/*
 * Diff: Myers' linear-space search. A range of both texts is cut at a point that the shortest edit
 * goes through, found by searching from both ends at once; then both halves are. The ranges wait on
 * a stack of our own. A search that has gone SEARCH_MAX edits far is ended: the range is cut at the
 * point that came farthest.
 */
#include "base/diff.h"

#include "base/assert.h"
#include "base/memory.h"

#include <string.h>

#define SEARCH_MAX 256
#define CONTEXT    3
#define NOWHERE    (-1) /* a diagonal that was not reached */

struct lines {
    struct text *items; /* each with its line break */
    uint64_t *hashes;
    bool *changed; /* deleted of the old text, added in the new one */
    ptrdiff_t count;
};

struct range {
    ptrdiff_t old_from, old_to, new_from, new_to;
};

/* How far the search came on each diagonal (old minus new), by edits made so far. */
struct front {
    ptrdiff_t reached[2 * SEARCH_MAX + 5];
};

struct diff {
    struct lines old_lines, new_lines;
    struct range *stack;
    size_t depth, capacity;
    struct front forward, backward;
};

/* Lines */

static void split(struct text text, struct lines *out)
{
    size_t count = 0, i = 0;

    for (size_t at = 0; at < text.len; at++) {
        if (text.ptr[at] == '\n' || at + 1 == text.len) count++;
    }
    out->items = memory_array(count + 1, sizeof(struct text));
    out->hashes = memory_array(count + 1, sizeof(uint64_t));
    out->changed = memory_array(count + 1, sizeof(bool));
    out->count = (ptrdiff_t)count;
    while (text.len > 0) {
        ptrdiff_t end = text_index_of_char(text, '\n');
        size_t len = end < 0 ? text.len : (size_t)end + 1;

        out->items[i] = text_slice(text, 0, len);
        out->hashes[i] = text_hash(out->items[i]);
        text = text_slice(text, len, text.len);
        i++;
    }
    ASSERT(i == count);
}

static void lines_free(struct lines *lines)
{
    memory_free(lines->items);
    memory_free(lines->hashes);
    memory_free(lines->changed);
}

static bool same(const struct diff *diff, ptrdiff_t old_line, ptrdiff_t new_line)
{
    const struct lines *a = &diff->old_lines, *b = &diff->new_lines;

    return a->hashes[old_line] == b->hashes[new_line] &&
           text_equal(a->items[old_line], b->items[new_line]);
}

/* The search */

/* One edit more on a diagonal: the farther of its two neighbours that stays in the range. */
static ptrdiff_t step(const struct front *front, ptrdiff_t k, ptrdiff_t old_len, ptrdiff_t new_len)
{
    const ptrdiff_t *reached = &front->reached[SEARCH_MAX + 2];
    ptrdiff_t below = reached[k + 1], left = reached[k - 1];
    ptrdiff_t add = below != NOWHERE && below - k <= new_len ? below : NOWHERE;
    ptrdiff_t remove = left != NOWHERE && left < old_len ? left + 1 : NOWHERE;

    return MAX(add, remove);
}

/* Advances one end by its d-th edit. Answers whether it met the other end, and the point. */
static bool advance(struct diff *diff, const struct range *range, ptrdiff_t d, bool forward,
                    ptrdiff_t *out_old, ptrdiff_t *out_new)
{
    struct front *mine = forward ? &diff->forward : &diff->backward;
    const struct front *other = forward ? &diff->backward : &diff->forward;
    ptrdiff_t *reached = &mine->reached[SEARCH_MAX + 2];
    const ptrdiff_t *met = &other->reached[SEARCH_MAX + 2];
    ptrdiff_t old_len = range->old_to - range->old_from, new_len = range->new_to - range->new_from;
    ptrdiff_t delta = old_len - new_len, other_edits = forward ? d - 1 : d;
    bool odd = (delta & 1) != 0;

    for (ptrdiff_t k = -d; k <= d; k += 2) {
        ptrdiff_t x = d == 0 ? 0 : step(mine, k, old_len, new_len);

        while (x != NOWHERE && x < old_len && x - k < new_len &&
               (forward ? same(diff, range->old_from + x, range->new_from + x - k)
                        : same(diff, range->old_to - 1 - x, range->new_to - 1 - (x - k)))) {
            x++;
        }
        reached[k] = x;
        ptrdiff_t z = delta - k; // the same diagonal, seen from the other end

        if (x == NOWHERE || odd != forward || z < -other_edits || z > other_edits) continue;
        if (met[z] == NOWHERE || x + met[z] < old_len) continue;
        *out_old = forward ? range->old_from + x : range->old_to - x;
        *out_new = forward ? range->new_from + x - k : range->new_to - (x - k);
        return true;
    }
    reached[-d - 1] = reached[d + 1] = NOWHERE; // what the next edit looks at beside these
    reached[-d - 2] = reached[d + 2] = NOWHERE;
    return false;
}

/* The point from which the fewest lines are left. */
static void farthest(const struct diff *diff, const struct range *range, ptrdiff_t *out_old,
                     ptrdiff_t *out_new)
{
    const ptrdiff_t *reached = &diff->forward.reached[SEARCH_MAX + 2];
    ptrdiff_t best = -1;

    for (ptrdiff_t k = -SEARCH_MAX; k <= SEARCH_MAX; k += 2) {
        ptrdiff_t x = reached[k];

        if (x == NOWHERE || x + x - k <= best) continue;
        best = x + x - k;
        *out_old = range->old_from + x;
        *out_new = range->new_from + x - k;
    }
    ASSERT(best > 0);
}

static void find_cut(struct diff *diff, const struct range *range, ptrdiff_t *out_old,
                     ptrdiff_t *out_new)
{
    for (ptrdiff_t d = 0; d <= SEARCH_MAX; d++) {
        if (advance(diff, range, d, true, out_old, out_new)) return;
        if (advance(diff, range, d, false, out_old, out_new)) return;
    }
    farthest(diff, range, out_old, out_new);
}

/* Without what both have at its beginning and its end. */
static void trim(const struct diff *diff, struct range *range)
{
    while (range->old_from < range->old_to && range->new_from < range->new_to &&
           same(diff, range->old_from, range->new_from)) {
        range->old_from++;
        range->new_from++;
    }
    while (range->old_from < range->old_to && range->new_from < range->new_to &&
           same(diff, range->old_to - 1, range->new_to - 1)) {
        range->old_to--;
        range->new_to--;
    }
}

static void push(struct diff *diff, struct range range)
{
    if (diff->depth == diff->capacity) {
        diff->capacity = MAX(diff->capacity * 2, 64);
        diff->stack = memory_resize(diff->stack, diff->capacity, sizeof(struct range));
    }
    diff->stack[diff->depth++] = range;
}

static void mark(struct lines *lines, ptrdiff_t from, ptrdiff_t to)
{
    for (ptrdiff_t i = from; i < to; i++) {
        lines->changed[i] = true;
    }
}

static void compare(struct diff *diff)
{
    push(diff, (struct range){0, diff->old_lines.count, 0, diff->new_lines.count});
    while (diff->depth > 0) {
        struct range range = diff->stack[--diff->depth];
        ptrdiff_t cut_old = 0, cut_new = 0;

        trim(diff, &range);
        if (range.old_from == range.old_to || range.new_from == range.new_to) {
            mark(&diff->old_lines, range.old_from, range.old_to);
            mark(&diff->new_lines, range.new_from, range.new_to);
            continue;
        }
        find_cut(diff, &range, &cut_old, &cut_new);
        push(diff, (struct range){cut_old, range.old_to, cut_new, range.new_to});
        push(diff, (struct range){range.old_from, cut_old, range.new_from, cut_new});
    }
}

/* The text */

static void put_line(struct buf *out, char sign, struct text line)
{
    buf_char(out, sign);
    buf_text(out, line);
    if (!text_ends_with(line, TEXT("\n"))) buf_cstr(out, "\n\\ No newline at end of file\n");
}

static void put_range(struct buf *out, char sign, ptrdiff_t from, ptrdiff_t to)
{
    // lines are counted from 1; an empty range stands behind the line that it names
    buf_printf(out, "%c%td", sign, from == to ? from : from + 1);
    if (to - from != 1) buf_printf(out, ",%td", to - from);
}

/* Past changed lines, then past unchanged ones as long as another change is near enough to share
 * their context. Both texts stand at the first change of the hunk. */
static struct range find_hunk(const struct diff *diff, ptrdiff_t i, ptrdiff_t j)
{
    const struct lines *a = &diff->old_lines, *b = &diff->new_lines;
    struct range hunk = {MAX(i - CONTEXT, 0), i, MAX(j - CONTEXT, 0), j};

    for (ptrdiff_t gap = 0; gap <= 2 * CONTEXT && (i < a->count || j < b->count);) {
        bool removed = i < a->count && a->changed[i], added = j < b->count && b->changed[j];

        gap = removed || added ? 0 : gap + 1;
        i += removed || !added;
        j += added || !removed;
        if (gap == 0) {
            hunk.old_to = i;
            hunk.new_to = j;
        }
    }
    ptrdiff_t behind = MIN(CONTEXT, a->count - hunk.old_to);

    hunk.old_to += behind;
    hunk.new_to += behind;
    return hunk;
}

static void put_hunk(const struct diff *diff, struct range hunk, struct diff_stat *stat,
                     struct buf *out)
{
    const struct lines *a = &diff->old_lines, *b = &diff->new_lines;
    ptrdiff_t i = hunk.old_from, j = hunk.new_from;

    buf_cstr(out, "@@ ");
    put_range(out, '-', hunk.old_from, hunk.old_to);
    buf_char(out, ' ');
    put_range(out, '+', hunk.new_from, hunk.new_to);
    buf_cstr(out, " @@\n");
    while (i < hunk.old_to || j < hunk.new_to) {
        if (i < hunk.old_to && a->changed[i]) {
            put_line(out, '-', a->items[i++]);
            stat->deletions++;
        } else if (j < hunk.new_to && b->changed[j]) {
            put_line(out, '+', b->items[j++]);
            stat->additions++;
        } else {
            put_line(out, ' ', a->items[i++]);
            j++;
        }
    }
    stat->hunks++;
}

/* A name with a space ends at a tab. */
static void put_name(struct buf *out, const char *sign, const char *name)
{
    buf_printf(out, "%s %s%s\n", sign, name, strchr(name, ' ') ? "\t" : "");
}

static struct diff_stat put(const struct diff *diff, const char *old_name, const char *new_name,
                            struct buf *out)
{
    const struct lines *a = &diff->old_lines, *b = &diff->new_lines;
    struct diff_stat stat = {0};
    ptrdiff_t i = 0, j = 0;

    while (i < a->count || j < b->count) {
        if (i < a->count && j < b->count && !a->changed[i] && !b->changed[j]) {
            i++;
            j++;
            continue;
        }
        struct range hunk = find_hunk(diff, i, j);

        if (stat.hunks == 0) {
            put_name(out, "---", old_name);
            put_name(out, "+++", new_name);
        }
        put_hunk(diff, hunk, &stat, out);
        i = hunk.old_to;
        j = hunk.new_to;
    }
    return stat;
}

struct diff_stat diff_unified(struct text old_text, struct text new_text, const char *old_name,
                              const char *new_name, struct buf *out)
{
    struct diff *diff = MEMORY_NEW(struct diff);

    split(old_text, &diff->old_lines);
    split(new_text, &diff->new_lines);
    compare(diff);
    struct diff_stat stat = put(diff, old_name, new_name, out);

    lines_free(&diff->old_lines);
    lines_free(&diff->new_lines);
    memory_free(diff->stack);
    memory_free(diff);
    return stat;
}
