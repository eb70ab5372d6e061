/*
 * What a run writes: gathers rows, and hears what became of them.
 */
#include "base/assert.h"
#include "base/log.h"
#include "executor/run.h"
#include "scheduler/handover.h"

static void on_committed(struct commit *commit);

static struct text copy(struct run *run, struct text source)
{
    return source.ptr ? arena_text(&run->commit_arena, source) : TEXT_NONE;
}

void run_commit_row(struct run *run, const struct journal_row *row)
{
    run->rows = arena_grow(&run->commit_arena, run->rows, run->row_count, &run->row_capacity,
                           sizeof(*run->rows));
    struct journal_row *out = &run->rows[run->row_count++];

    run->pending_bytes += row->input.len + row->output.len + row->error.len;
    *out = *row;
    out->sequence = run->next_sequence++;
    out->address = copy(run, row->address);
    out->step_id = copy(run, row->step_id);
    out->step_type = copy(run, row->step_type);
    out->input = copy(run, row->input);
    out->output = copy(run, row->output);
    out->error = copy(run, row->error);
    out->attempt_log = copy(run, row->attempt_log);
}

void run_commit_wait(struct run *run, const struct journal_wait *wait)
{
    run->has_waited = true;
    run->opened = arena_grow(&run->commit_arena, run->opened, run->opened_count,
                             &run->opened_capacity, sizeof(*run->opened));
    struct journal_wait *out = &run->opened[run->opened_count++];

    *out = *wait;
    out->address = copy(run, wait->address);
    out->step_id = copy(run, wait->step_id);
    out->asked = copy(run, wait->asked);
    out->digest = copy(run, wait->digest);
    out->event_name = copy(run, wait->event_name);
    out->event_key = copy(run, wait->event_key);
    out->step_type = copy(run, wait->step_type);
}

void run_commit_consume(struct run *run, struct text address)
{
    // A wait that is still to be opened is not opened at all.
    for (size_t i = 0; i < run->opened_count; i++) {
        if (!text_equal(run->opened[i].address, address)) continue;
        run->opened[i] = run->opened[--run->opened_count];
        return;
    }
    run->consumed = arena_grow(&run->commit_arena, run->consumed, run->consumed_count,
                               &run->consumed_capacity, sizeof(*run->consumed));
    run->consumed[run->consumed_count++] = copy(run, address);
}

void run_commit_reset(struct run *run)
{
    arena_reset(&run->commit_arena);
    run->rows = NULL;
    run->opened = NULL;
    run->consumed = NULL;
    run->row_count = run->row_capacity = run->consumed_count = run->consumed_capacity = 0;
    run->opened_count = run->opened_capacity = 0;
    run->pending_bytes = 0;
    run->ahead_until_ms = 0;
}

bool run_commit_is_empty(const struct run *run)
{
    return run->row_count == 0 && run->opened_count == 0 && run->consumed_count == 0;
}

static void send_entry(struct run *run)
{
    struct journal_entry *entry = &run->commit.entry;

    entry->workspace = run->id.workspace;
    entry->run = run->id.id;
    entry->epoch = run->id.epoch;
    entry->rows = run->rows;
    entry->row_count = run->row_count;
    entry->consumed = run->consumed;
    entry->consumed_count = run->consumed_count;
    entry->waits = run->opened;
    entry->wait_count = run->opened_count;
    run->cancel_hint = false; // what comes from now on may be later than what the commit sees
    run->commit.lane = batch_lane_of(run->id.id, run->light.is_light);
    run->commit.on_done = on_committed;
    run_enter(run, LIFE_COMMIT);
    batch_add(&run->worker->batch, &run->commit);
}

/* For people: what a parked run waits for. */
static struct text current_step(struct run *run)
{
    list_each (flight, &run->flights, struct flight, node)
        return copy(run, flight->step.step_id);
    return TEXT_NONE;
}

void run_commit_start(struct run *run, enum journal_change change)
{
    ASSERT(change != JOURNAL_ENDS);
    run->commit.entry = (struct journal_entry){.change = change};
    if (change == JOURNAL_PARKS) run->commit.entry.current_step = current_step(run);
    send_entry(run);
}

void run_commit_end(struct run *run, enum run_status status, struct text result, struct text error)
{
    run->commit.entry = (struct journal_entry){
        .change = JOURNAL_ENDS,
        .status = status,
        .result = copy(run, result),
        .error = copy(run, error),
        .is_plain = run->given && !run->given->is_resumed && !run->has_waited,
    };
    send_entry(run);
}

void run_commit_restart(struct run *run)
{
    run->commit.entry = (struct journal_entry){
        .change = JOURNAL_ENDS,
        .status = RUN_COMPLETED,
        .successor = run->successor,
        .successor_input = run->successor_input,
    };
    send_entry(run);
}

/* Postgres refuses what the run writes: nothing of it was written. It ends as failed, once. */
static void refused(struct run *run)
{
    struct error err = {0};
    const struct error *refusal = &run->commit.entry.refusal;

    log_write_error(LOG_ERROR, "executor/run", "Postgres refuses a run's journal", refusal);
    if (run->is_failing) {
        run_drop(run, true);
        return;
    }
    run->is_failing = true;
    run->next_sequence -= (int)run->row_count;
    run_commit_reset(run);
    error_set(&err, E_INTERNAL, "what the run has to record is refused by the database");
    error_detail(&err, "%s", refusal->detail);
    run_enter(run, LIFE_READY);
    run_fail(run, &err, TEXT_NONE);
}

/* Who gave the run gets it back as it is now in the database, if nobody else can have written of it
 * since: this activation has waited for nothing. Of one that was resumed we know what its end
 * changes; who has read it in this epoch knows the rest. */
static void tell_end(struct run *run)
{
    struct handover_run *given = run->given;
    const struct journal_entry *entry = &run->commit.entry;

    if (!given || entry->change != JOURNAL_ENDS || entry->cancel_requested || run->has_waited ||
        !id_is_zero(entry->successor) || entry->committed_ms == 0) {
        return;
    }
    struct run_record *record = &given->record;

    record->status = entry->status;
    record->result = entry->result.ptr ? arena_text(&given->arena, entry->result) : TEXT_NONE;
    record->error = entry->error.ptr ? arena_text(&given->arena, entry->error) : TEXT_NONE;
    record->step_count = run->next_sequence - 1;
    record->owner = record->wake_ms = 0;
    record->updated_ms = record->completed_ms = entry->committed_ms;
    given->is_ended = true;
}

/* The run is where its commit left it: parked, ended, or anybody's. */
static void over(struct run *run)
{
    struct worker *worker = run->worker;
    const struct journal_entry *entry = &run->commit.entry;

    if (entry->change == JOURNAL_ENDS) worker->stats.runs_ended++;
    tell_end(run);
    worker_changed(worker, run->id.id);
    run_drop(run, false);
}

static void goes_on(struct run *run)
{
    bool cancelled = run->commit.entry.cancel_requested;

    run_commit_reset(run);
    run_enter(run, LIFE_READY);
    if (run->is_fenced) {
        run_drop(run, true);
    } else if (cancelled) {
        run_leave(run, RUN_EXIT_CANCELLED);
    } else if (run->vm_runs || run->cancel_hint || run->worker->stopping ||
               !list_is_empty(&run->done)) {
        run_make_ready(run);
    } else {
        run_rest(run); // what waited for the commit starts at once
    }
}

static void on_committed(struct commit *commit)
{
    struct run *run = CONTAINER_OF(commit, struct run, commit);
    struct worker *worker = run->worker;

    switch (commit->entry.outcome) {
    case JOURNAL_COMMITTED:
        for (size_t i = 0; i < run->row_count; i++) {
            worker->stats.steps += run->rows[i].kind == STEP_KIND_STEP;
        }
        if (commit->entry.change != JOURNAL_GOES_ON) {
            over(run);
        } else {
            goes_on(run);
        }
        break;
    case JOURNAL_FENCED:
        worker->stats.fenced++;
        worker_changed(worker, run->id.id);
        run_drop(run,
                 true); // a later claim of our own may have fenced it, and been refused meanwhile
        break;
    case JOURNAL_DIVERGED:
        log_error("executor/run", "a journal has other rows than were committed");
        run_drop(run, true);
        break;
    case JOURNAL_REFUSED: refused(run); break;
    case JOURNAL_UNKNOWN: run_drop(run, true); break;
    }
}
