#pragma once

#include "base/error.h"
#include "storage/claim.h"

/*
 * Replay: where a run stands in its journal. The body asks for one thing after another; as long as
 * the journal knows the answer, the row with that address answers. Pure.
 *
 * A row at another address than was asked for means that the body made other calls than last time:
 * nondeterminism. Such a run ends; the step is not run.
 */
enum replay_answer {
    REPLAY_ROW,     /* *out_row answers */
    REPLAY_INTENT,  /* an :at-most-once step was under way when its worker died */
    REPLAY_MORE,    /* read the next page, then ask again */
    REPLAY_END,     /* the journal knows nothing of it: it happens now */
    REPLAY_DIVERGED /* err names both addresses */
};

struct replay {
    const struct claim_row *rows; /* Private. */
    size_t row_count, next;
    bool has_more;
    int sequence; /* of the last row that was used */
};

void replay_init(struct replay *replay, const struct claim_row *rows, size_t count, bool has_more);
/* A further page; the rows before it were all used. */
void replay_page(struct replay *replay, const struct claim_row *rows, size_t count, bool has_more);
/* What the journal says to a call at that address. is_value: a recorded value, else a step. */
enum replay_answer replay_ask(struct replay *replay, struct text address, bool is_value,
                              const struct claim_row **out_row, struct error *err);
/* Nothing is left, here and in the database. */
bool replay_is_over(const struct replay *replay);
/* The body has ended: false with nondeterminism when the journal goes on. */
bool replay_check_end(const struct replay *replay, struct error *err) MUST_CHECK;
