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

enum replay_next replay_peek(const struct replay *replay, const struct claim_row **out_row)
{
    if (replay->next == replay->row_count) return replay->has_more ? REPLAY_MORE : REPLAY_END;
    *out_row = &replay->rows[replay->next];
    return REPLAY_ROW;
}

void replay_take(struct replay *replay)
{
    ASSERT(replay->next < replay->row_count);
    replay->sequence = replay->rows[replay->next].sequence;
    replay->next++;
}

bool replay_diverged(const struct claim_row *row, struct text asked, struct error *err)
{
    if (asked.ptr) {
        error_set(err, E_NONDETERMINISM,
                  "the body called " TEXT_FMT " where its journal has " TEXT_FMT, TEXT_ARG(asked),
                  TEXT_ARG(row->address));
    } else {
        error_set(err, E_NONDETERMINISM, "the body ended where its journal has " TEXT_FMT,
                  TEXT_ARG(row->address));
    }
    return error_hint(err, "Start a new run. A body must depend on its input and on what its calls "
                           "answer only.");
}
