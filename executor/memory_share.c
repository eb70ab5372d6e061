#include "executor/memory_share.h"

#include "base/assert.h"
#include "executor/worker_private.h"

bool memory_share_has_room(const struct worker *worker)
{
    return worker->stats.memory_bytes <= worker->config.memory_bytes / 4 * 3;
}

void memory_share_set(struct worker *worker, struct memory_share *share, size_t bytes)
{
    bool had_room = memory_share_has_room(worker);

    ASSERT(worker->stats.memory_bytes >= share->bytes);
    worker->stats.memory_bytes += bytes - share->bytes;
    worker->share_count += (bytes > 0) - (share->bytes > 0);
    share->bytes = bytes;
    if (!had_room && memory_share_has_room(worker)) claimer_kick(&worker->claimer);
}

bool memory_share_must_go(const struct worker *worker, const struct memory_share *share)
{
    if (worker->stats.memory_bytes <= worker->config.memory_bytes) return false;
    if (worker->share_count < 2) return false;
    return share->bytes >= worker->stats.memory_bytes / (size_t)worker->share_count;
}
