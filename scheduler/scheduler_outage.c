#include "base/log.h"
#include "scheduler/scheduler_context.h"

void scheduler_outage_note(struct scheduler_outage *outage, const char *where, const char *what,
                           const struct error *err)
{
    if (err && !outage->is_on) {
        log_write_error(LOG_WARN, where, what, err);
    } else if (!err && outage->is_on) {
        log_info(where, "%s works again", what);
    }
    outage->is_on = err != NULL;
}
