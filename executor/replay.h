#pragma once

#include "base/error.h"
#include "storage/claim.h"

/*
 * Replay: where a run stands in its journal. Its rows, in their order, say which of the calls that
 * are open is answered next. Pure.
 *
 * A row at an address that is not open means that the body made other calls than last time:
 * nondeterminism. Such a run ends; no step is run.
 */
enum replay_next {
    REPLAY_ROW,  /* *out_row is the next one */
    REPLAY_MORE, /* read the next page, then look again */
    REPLAY_END   /* the journal knows no more: what is open happens now */
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
enum replay_next replay_peek(const struct replay *replay, const struct claim_row **out_row);
/* The row of replay_peek() is used. */
void replay_take(struct replay *replay);
/* The row answers none of the open calls, of which `asked` is the first; absent: the body ended. */
bool replay_diverged(const struct claim_row *row, struct text asked, struct error *err);
