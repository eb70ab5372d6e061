/*
 * Usage: the table of what counts, and the sums of a month.
 */
#include "billing/usage.h"

#include "base/macros.h"
#include "base/parse.h"

#define YEAR_MIN   2000
#define YEAR_MAX   9999
#define MONTHS     12
#define MONTH_SIZE 7 /* "2026-11" */
#define YEAR_SIZE  4

/* What is never counted, of the types and pseudo-types that journal rows carry: what waits for
 * others is not work, and children count themselves. */
static const char *const uncounted[] = {"wait",     "trigger", "approval", "fanout", "call-flow",
                                        "callback", "now",     "uuid",     "random"};

bool usage_counts(struct text step_type)
{
    for (size_t i = 0; i < ARRAY_COUNT(uncounted); i++) {
        if (text_equal(step_type, text_from(uncounted[i]))) return false;
    }
    return true;
}

bool usage_parse_month(struct text source, int *out_year, int *out_month, struct error *err)
{
    int64_t year;
    int64_t month;

    if (source.len != MONTH_SIZE || source.ptr[YEAR_SIZE] != '-' ||
        !parse_int64(text_slice(source, 0, YEAR_SIZE), &year) ||
        !parse_int64(text_slice(source, YEAR_SIZE + 1, MONTH_SIZE), &month) || year < YEAR_MIN ||
        year > YEAR_MAX || month < 1 || month > MONTHS) {
        error_set(err, E_INPUT, "\"" TEXT_FMT "\" is not a month", (int)MIN(source.len, 32),
                  source.ptr ? source.ptr : "");
        error_hint(err, "Write year and month as in 2026-11.");
        return false;
    }
    *out_year = (int)year;
    *out_month = (int)month;
    return true;
}

static void on_lines(struct storage_call *call, const struct error *err)
{
    struct usage_month *op = CONTAINER_OF(call, struct usage_month, ledger.call);

    op->total = 0;
    op->draft_total = 0;
    if (!err) {
        for (size_t i = 0; i < op->ledger.count; i++) {
            op->total += op->ledger.lines[i].executions;
            if (op->ledger.lines[i].draft) op->draft_total += op->ledger.lines[i].executions;
        }
    }
    op->on_done(op, err);
}

void usage_month_start(struct usage_month *op)
{
    op->ledger.call.on_done = on_lines;
    ledger_usage_start(&op->ledger);
}
