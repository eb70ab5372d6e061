/*
 * News of waits: while steps of other branches keep the run in memory, what resolves its waits is
 * only in the database, and is asked for now and then.
 */
#include "executor/run.h"

#define NEWS_MS 1000

static void on_news(struct storage_call *call, const struct error *err);

static bool has_parked(const struct run *run)
{
    list_each (flight, &run->flights, struct flight, node) {
        if (flight->state == FLIGHT_PARKED) return true;
    }
    return false;
}

void run_news_watch(struct run *run)
{
    if (run->is_asking || !has_parked(run)) return;
    loop_timer_start(run->worker->loop, &run->news_timer, NEWS_MS);
}

static void on_news_time(struct loop_timer *timer)
{
    struct run *run = CONTAINER_OF(timer, struct run, news_timer);

    if (run->is_asking || !has_parked(run) || run->state == LIFE_LEAVING) return;
    run->is_asking = true;
    arena_reset(&run->news_arena);
    run->news = (struct claim_waits){
        .call = {.storage = run->worker->storage,
                 .arena = &run->news_arena,
                 .workspace = run->id.workspace,
                 .on_done = on_news},
        .run = run->id.id,
    };
    claim_waits_start(&run->news);
}

static void on_news(struct storage_call *call, const struct error *err)
{
    struct claim_waits *news = CONTAINER_OF(call, struct claim_waits, call);
    struct run *run = CONTAINER_OF(news, struct run, news);

    run->is_asking = false;
    if (run->state == LIFE_LEAVING) {
        run_may_leave(run);
        return;
    }
    for (size_t i = 0; !err && i < news->wait_count; i++) {
        const struct wait_record *wait = &news->waits[i];
        struct flight *flight = flight_find(run, wait->address);

        if (!flight || flight->state != FLIGHT_PARKED || wait->status == WAIT_OPEN) continue;
        flight_resolve(flight, wait);
    }
    if (run->state == LIFE_STEPS) run_wake(run); // it rests again, and asks again later
}

void run_news_init(struct run *run)
{
    run->news_timer.on_fire = on_news_time;
}
