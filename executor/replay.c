#include "executor/replay.h"

#include "base/assert.h"

void replay_init(struct replay *replay, const struct claim_row *rows, size_t count, bool has_more)
{
    *replay = (struct replay){.rows = rows, .row_count = count, .has_more = has_more};
}

void replay_page(struct replay *replay, const struct claim_row *rows, size_t count, bool has_more)
{
    ASSERT(replay->next == replay->row_count);
    replay->rows = rows;
    replay->row_count = count;
    replay->next = 0;
    replay->has_more = has_more && count > 0;
}

bool replay_is_over(const struct replay *replay)
{
    return replay->next == replay->row_count && !replay->has_more;
}

static bool diverged(struct error *err, struct text asked, const struct claim_row *row)
{
    error_set(err, E_NONDETERMINISM, "the body called " TEXT_FMT " where its journal has " TEXT_FMT,
              TEXT_ARG(asked), TEXT_ARG(row->address));
    return error_hint(err, "Start a new run. A body must depend on its input and on what its calls "
                           "answer only.");
}

enum replay_answer replay_ask(struct replay *replay, struct text address, bool is_value,
                              const struct claim_row **out_row, struct error *err)
{
    if (replay->next == replay->row_count) return replay->has_more ? REPLAY_MORE : REPLAY_END;
    const struct claim_row *row = &replay->rows[replay->next];

    if (!text_equal(row->address, address) || (row->kind == STEP_KIND_VALUE) != is_value) {
        (void)diverged(err, address, row);
        return REPLAY_DIVERGED;
    }
    replay->next++;
    replay->sequence = row->sequence;
    if (row->kind != STEP_KIND_INTENT) {
        *out_row = row;
        return REPLAY_ROW;
    }
    if (replay_is_over(replay)) return REPLAY_INTENT;
    return replay_ask(replay, address, is_value, out_row, err); // what became of it
}

bool replay_check_end(const struct replay *replay, struct error *err)
{
    if (replay_is_over(replay)) return true;
    if (replay->next == replay->row_count) {
        return error_set(err, E_NONDETERMINISM, "the body ended before its journal did");
    }
    error_set(err, E_NONDETERMINISM, "the body ended where its journal has " TEXT_FMT,
              TEXT_ARG(replay->rows[replay->next].address));
    return false;
}
