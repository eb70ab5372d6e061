/*
 * One connection of a pool: libpq in non-blocking pipeline mode.
 *
 *     OFF --open--> CONNECTING --handshake--> READY
 *      ^              |  ^ timer               | lost, or an answer was late
 *      |              v  |                     |
 *      +--close--- BACKOFF <-------------------+
 *
 * A group goes out as two segments, each with a Sync of its own: first a Parse for each statement
 * that this session does not have yet (often none), then the statements. So a group that is rolled
 * back takes no prepared statement with it, and the groups behind may rely on those before: what is
 * in `prepared` was sent, and is taken out again when the server refuses it.
 *
 * Invariants: libpq's object exists exactly in CONNECTING and READY. Only READY has sent groups;
 * the answers that come belong to the oldest of them. User code runs only from take_answer() and
 * lost(), and can neither close nor lose a connection from there.
 */
#include "io/pg_conn.h"

#include "base/assert.h"
#include "base/log.h"
#include "base/random.h"

#define WHERE            "io/pg"
#define BACKOFF_BASE_MS  50
#define BACKOFF_MAX_MS   5000
#define NULLS_IN_A_ROW   3 /* one separates two results; more means that there is nothing */
#define CONN_MESSAGE_MAX 160

static void on_ready(struct loop_poll *poll, unsigned events);
static void on_timer(struct loop_timer *timer);
static void on_send(struct loop_task *task);
static void lost(struct pg_conn *conn, const struct error *err);

static void enter(struct pg_conn *conn, enum pg_conn_state next)
{
    static const bool legal[PG_CONN_STATES][PG_CONN_STATES] = {
        [PG_CONN_OFF] = {[PG_CONN_CONNECTING] = true},
        [PG_CONN_CONNECTING] =
            {[PG_CONN_READY] = true, [PG_CONN_BACKOFF] = true, [PG_CONN_OFF] = true},
        [PG_CONN_READY] = {[PG_CONN_BACKOFF] = true, [PG_CONN_OFF] = true},
        [PG_CONN_BACKOFF] = {[PG_CONN_CONNECTING] = true, [PG_CONN_OFF] = true},
    };

    ASSERT(legal[conn->state][next]);
    conn->state = next;
    ASSERT((conn->pg != NULL) == (next == PG_CONN_CONNECTING || next == PG_CONN_READY));
}

void pg_conn_init(struct pg_conn *conn, struct pg_pool *pool)
{
    *conn = (struct pg_conn){
        .pool = pool,
        .poll = {.on_ready = on_ready},
        .timer = {.on_fire = on_timer},
        .send_task = {.on_run = on_send},
        .backoff = {.rule = {BACKOFF_EXPONENTIAL, BACKOFF_BASE_MS, BACKOFF_MAX_MS, true}},
    };
    list_init(&conn->waiting);
    list_init(&conn->sent);
}

/* Of the connection itself, with libpq's words. */
static struct error conn_error(const struct pg_conn *conn, enum error_code code, const char *what)
{
    struct error err = {0};
    char words[CONN_MESSAGE_MAX];

    pg_error_line(words, sizeof(words), PQerrorMessage(conn->pg));
    error_set(&err, code, "%s", what);
    error_detail(&err, "%s", words);
    return err;
}

static void ignore_notice(void *ctx, const PGresult *result)
{
    (void)ctx;
    (void)result;
}

/* ---- connecting ---- */

void pg_conn_open(struct pg_conn *conn)
{
    CLEANUP(arena_done) struct arena scratch;

    arena_init(&scratch, 0);
    struct pg_keywords keywords = pg_config_keywords(&conn->pool->config, &scratch);

    conn->pg = PQconnectStartParams(keywords.names, keywords.values, 0);
    ASSERT(conn->pg); // NULL is no memory
    enter(conn, PG_CONN_CONNECTING);
    PQsetNoticeReceiver(conn->pg, ignore_notice, NULL);
    if (PQstatus(conn->pg) == CONNECTION_BAD) {
        struct error err = conn_error(conn, E_CONNECT, "cannot connect to the database");

        lost(conn, &err);
        return;
    }
    loop_timer_start(conn->pool->loop, &conn->timer, conn->pool->config.connect_timeout_ms);
    loop_poll_set(conn->pool->loop, &conn->poll, PQsocket(conn->pg), LOOP_WRITE);
}

static void up(struct pg_conn *conn)
{
    loop_timer_stop(&conn->timer);
    if (PQsetnonblocking(conn->pg, 1) != 0 || !PQenterPipelineMode(conn->pg)) {
        struct error err = conn_error(conn, E_CONNECT, "cannot set up the database connection");

        lost(conn, &err);
        return;
    }
    enter(conn, PG_CONN_READY);
    if (conn->backoff.attempt > 0) log_info(WHERE, "connected to the database again");
    backoff_reset(&conn->backoff);
    conn->pool->last_err.code = E_NONE;
    conn->pool->stats.connects++;
    loop_poll_set(conn->pool->loop, &conn->poll, PQsocket(conn->pg), LOOP_READ);
    loop_defer(conn->pool->loop, &conn->send_task);
    pg_pool_rebalance(conn->pool);
}

static void connect_step(struct pg_conn *conn)
{
    // PQconnectPoll() may close the socket and open another one.
    loop_poll_stop(conn->pool->loop, &conn->poll);
    PostgresPollingStatusType status = PQconnectPoll(conn->pg);

    if (status == PGRES_POLLING_OK) {
        up(conn);
    } else if (status == PGRES_POLLING_FAILED) {
        struct error err = conn_error(conn, E_CONNECT, "cannot connect to the database");

        lost(conn, &err);
    } else {
        loop_poll_set(conn->pool->loop, &conn->poll, PQsocket(conn->pg),
                      status == PGRES_POLLING_READING ? LOOP_READ : LOOP_WRITE);
    }
}

static void on_timer(struct loop_timer *timer)
{
    struct pg_conn *conn = CONTAINER_OF(timer, struct pg_conn, timer);

    if (conn->state == PG_CONN_BACKOFF) {
        pg_conn_open(conn);
    } else {
        struct error err = {0};

        error_set(&err, E_CONNECT, "the database did not answer the connection attempt in time");
        lost(conn, &err);
    }
}

/* ---- ending ---- */

static void disconnect(struct pg_conn *conn)
{
    loop_timer_stop(&conn->timer);
    if (conn->pg) {
        loop_poll_stop(conn->pool->loop, &conn->poll); // before libpq closes it
        PQfinish(conn->pg);
        conn->pg = NULL;
    }
    map_done(&conn->prepared);
    conn->prepared = (struct map){0};
    conn->is_stale = false;
}

/* Tells the oldest sent group how it ended: as its failure says, or else as err says (NULL: well).
 */
static void finish_first(struct pg_conn *conn, struct pg_group *group, const struct error *err)
{
    struct error copy;

    list_remove(&group->node);
    if (conn->has_failure) {
        conn->has_failure = false;
        memcpy(group->sqlstate, conn->failure.sqlstate, sizeof(group->sqlstate));
        memcpy(group->constraint, conn->failure.constraint, sizeof(group->constraint));
        group->may_retry = conn->failure.may_retry;
        copy = conn->failure.err;
        err = &copy;
    } else if (err) {
        group->maybe_committed = group->is_sync_sent;
        group->may_retry = true;
    }
    pg_pool_finish(group, err);
}

static void lost(struct pg_conn *conn, const struct error *err)
{
    struct pg_pool *pool = conn->pool;
    bool is_first = conn->backoff.attempt == 0;
    struct error copy = *err;

    disconnect(conn);
    enter(conn, PG_CONN_BACKOFF);
    pool->stats.losses++;
    pool->last_err = copy;
    // Once for each outage, not for each attempt.
    if (is_first) log_write_error(LOG_WARN, WHERE, "database connection", &copy);
    loop_timer_start(pool->loop, &conn->timer, backoff_next_ms(&conn->backoff, random_u64()));
    copy.code = E_UNAVAILABLE;
    conn->sent_count = 0;
    // New groups only join `waiting`, so this ends.
    while (!list_is_empty(&conn->sent)) {
        finish_first(conn, LIST_ITEM(conn->sent.next, struct pg_group, node), &copy);
    }
    pg_pool_rebalance(pool);
}

void pg_conn_drop(struct pg_conn *conn, const struct error *err)
{
    ASSERT(conn->state == PG_CONN_READY);
    lost(conn, err);
}

void pg_conn_close(struct pg_conn *conn)
{
    ASSERT(list_is_empty(&conn->waiting));
    ASSERT(list_is_empty(&conn->sent));
    loop_undefer(&conn->send_task);
    disconnect(conn);
    if (conn->state != PG_CONN_OFF) enter(conn, PG_CONN_OFF);
}

/* ---- sending ---- */

void pg_conn_push(struct pg_conn *conn, struct pg_group *group)
{
    group->conn = conn;
    group->state = PG_GROUP_WAITING;
    list_push(&conn->waiting, &group->node);
    conn->waiting_count++;
    conn->pool->waiting_count++;
    if (conn->state == PG_CONN_READY) loop_defer(conn->pool->loop, &conn->send_task);
}

void pg_conn_remove(struct pg_conn *conn, struct pg_group *group)
{
    ASSERT(group->state == PG_GROUP_WAITING);
    ASSERT(conn->waiting_count > 0);
    list_remove(&group->node);
    conn->waiting_count--;
    conn->pool->waiting_count--;
    group->conn = NULL;
}

static size_t first_item(const struct pg_group *group)
{
    return group->items[0].statement ? 0 : 1;
}

/* The Parse segment, where there is something to prepare. */
static bool send_prepares(struct pg_conn *conn, struct pg_group *group)
{
    for (size_t i = first_item(group); i < group->item_count; i++) {
        struct pg_item *item = &group->items[i];
        struct text name = text_from(item->statement->name);
        const struct pg_statement *known = map_find(&conn->prepared, name);

        item->prepares = !known;
        ASSERT(!known || known == item->statement); // names are unique
        if (known) continue;
        if (!PQsendPrepare(conn->pg, name.ptr, item->statement->sql, 0, NULL)) return false;
        (void)map_put(&conn->prepared, name, (void *)item->statement);
        conn->pool->stats.prepares++;
        group->is_preparing = true;
    }
    return !group->is_preparing || PQpipelineSync(conn->pg);
}

static bool send_item(struct pg_conn *conn, const struct pg_item *item)
{
    static const int binary[PG_PARAMS_MAX] = {[0 ... PG_PARAMS_MAX - 1] = 1};
    static const struct pg_params none = {0};
    const struct pg_params *params = item->params ? item->params : &none;

    conn->pool->stats.statements++;
    return PQsendQueryPrepared(conn->pg, item->statement->name, (int)params->count, params->values,
                               params->lengths, binary, 1);
}

static bool send_group(struct pg_conn *conn, struct pg_group *group)
{
    if (!send_prepares(conn, group)) return false;
    group->answer_index = first_item(group);
    for (size_t i = first_item(group); i < group->item_count; i++) {
        if (!send_item(conn, &group->items[i])) return false;
    }
    group->is_sync_sent = PQpipelineSync(conn->pg);
    return group->is_sync_sent;
}

/* Hands what libpq holds to the kernel, and keeps reading meanwhile: the server may be stuck on its
 * answers until we take them. */
static bool flush(struct pg_conn *conn)
{
    int left = PQflush(conn->pg);

    if (left < 0) return false;
    loop_poll_set(conn->pool->loop, &conn->poll, PQsocket(conn->pg),
                  left > 0 ? LOOP_READ | LOOP_WRITE : LOOP_READ);
    return true;
}

static void send_waiting(struct pg_conn *conn)
{
    bool is_well = true;

    while (is_well && !conn->is_stale && !list_is_empty(&conn->waiting) &&
           conn->sent_count < conn->pool->config.pipeline_max) {
        struct pg_group *group = LIST_ITEM(conn->waiting.next, struct pg_group, node);

        pg_conn_remove(conn, group);
        group->conn = conn;
        group->state = PG_GROUP_SENT;
        list_push(&conn->sent, &group->node);
        conn->sent_count++;
        is_well = send_group(conn, group);
    }
    if (is_well && flush(conn)) return;
    struct error err = conn_error(conn, E_UNAVAILABLE, "the connection to the database was lost");

    lost(conn, &err);
}

static void on_send(struct loop_task *task)
{
    struct pg_conn *conn = CONTAINER_OF(task, struct pg_conn, send_task);

    if (conn->state == PG_CONN_READY) send_waiting(conn);
}

/* ---- answers ---- */

static void take_failure(struct pg_conn *conn, struct pg_group *group, const PGresult *result)
{
    if (conn->has_failure) return; // the first one is the cause
    bool is_end = group->answer_index == group->item_count;
    const struct pg_item *item = is_end ? NULL : &group->items[group->answer_index];

    pg_error_read(&conn->failure, result, item ? item->statement->name : "the end of a group",
                  NULL);
    conn->has_failure = true;
    if (conn->failure.is_stale) conn->is_stale = true;
    // Deferred constraints are checked before the commit; a session may also die after it.
    group->maybe_committed =
        is_end && !group->is_preparing && conn->failure.err.code == E_UNAVAILABLE;
    group->failed_statement = is_end ? -1 : (int)group->answer_index - 1;
}

static void take_prepare_answer(struct pg_conn *conn, struct pg_group *group,
                                const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    if (status == PGRES_PIPELINE_SYNC) {
        group->is_preparing = false;
        group->answer_index = first_item(group);
        return;
    }
    while (group->answer_index < group->item_count && !group->items[group->answer_index].prepares) {
        group->answer_index++;
    }
    if (group->answer_index == group->item_count) { // the session ended before the segment's sync
        if (status == PGRES_FATAL_ERROR) take_failure(conn, group, result);
        return;
    }
    if (status != PGRES_COMMAND_OK) {
        const char *name = group->items[group->answer_index].statement->name;

        (void)map_remove(&conn->prepared, text_from(name));
        if (status == PGRES_FATAL_ERROR) take_failure(conn, group, result);
    }
    group->answer_index++;
}

static void take_answer(struct pg_conn *conn, struct pg_group *group, const PGresult *result)
{
    if (group->is_preparing) {
        take_prepare_answer(conn, group, result);
        return;
    }
    const struct pg_item *item = &group->items[group->answer_index];
    int index = (int)group->answer_index - 1;

    switch (PQresultStatus(result)) {
    case PGRES_PIPELINE_SYNC:
        ASSERT(group->answer_index == group->item_count);
        conn->sent_count--;
        finish_first(conn, group, NULL);
        return;
    case PGRES_FATAL_ERROR: take_failure(conn, group, result); break;
    case PGRES_PIPELINE_ABORTED: break;
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY:
        ASSERT(group->answer_index < group->item_count);
        if (item->on_rows && !conn->has_failure) {
            item->on_rows(group, index, &(struct pg_rows){result});
        }
        break;
    default: ASSERT(!"a statement that has no place in a pipeline, such as COPY");
    }
    if (group->answer_index < group->item_count) group->answer_index++;
}

static void read_answers(struct pg_conn *conn)
{
    int nulls = 0;

    while (!list_is_empty(&conn->sent) && nulls < NULLS_IN_A_ROW && !PQisBusy(conn->pg)) {
        PGresult *result = PQgetResult(conn->pg);

        if (!result) {
            nulls++;
            continue;
        }
        nulls = 0;
        // libpq makes a result of its own, without SQLSTATE, when the connection is gone.
        bool is_ours = PQresultStatus(result) == PGRES_FATAL_ERROR &&
                       !PQresultErrorField(result, PG_DIAG_SQLSTATE);

        if (!is_ours) take_answer(conn, LIST_ITEM(conn->sent.next, struct pg_group, node), result);
        PQclear(result);
        if (is_ours) return;
    }
}

static void ready_step(struct pg_conn *conn)
{
    bool is_alive = PQconsumeInput(conn->pg) != 0;

    read_answers(conn); // also what came before the end
    if (!is_alive || PQstatus(conn->pg) == CONNECTION_BAD) {
        struct error err =
            conn_error(conn, E_UNAVAILABLE, "the connection to the database was lost");

        lost(conn, &err);
    } else if (conn->is_stale && list_is_empty(&conn->sent)) {
        disconnect(conn);
        enter(conn, PG_CONN_OFF);
        pg_conn_open(conn);
    } else {
        send_waiting(conn);
    }
}

static void on_ready(struct loop_poll *poll, unsigned events)
{
    struct pg_conn *conn = CONTAINER_OF(poll, struct pg_conn, poll);

    (void)events;
    if (conn->state == PG_CONN_CONNECTING) {
        connect_step(conn);
    } else {
        ready_step(conn);
    }
}
