/*
 * HTTP pool: one multi handle a workspace, driven by the loop. libcurl tells which descriptors and
 * which timeout it waits for; we call curl_multi_socket_action() for what is ready.
 *
 * Invariants: curl_multi_socket_action() is called from the loop only, never from a callback of
 * libcurl's; operations hear of their end outside of libcurl, so that they may start and cancel
 * others; a descriptor's poll is stopped before the descriptor is closed; a pool is in the client's
 * idle list exactly while it has no transfer.
 */
#include "base/assert.h"
#include "base/memory.h"
#include "io/http_private.h"

#include <unistd.h>

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket_ctx);
static int on_timeout(CURLM *multi, long timeout_ms, void *ctx);
static void on_socket_ready(struct loop_poll *poll, unsigned events);
static void on_timer(struct loop_timer *timer);
static void on_idle(struct loop_timer *timer);

static struct text key_of(const int64_t *workspace)
{
    return (struct text){(const char *)workspace, sizeof(*workspace)};
}

/* Life. */

static struct http_pool *pool_new(struct http_client *client, int64_t workspace)
{
    struct http_pool *pool = MEMORY_NEW(struct http_pool);
    CURLM *multi = curl_multi_init();

    ASSERT(multi != NULL);
    *pool = (struct http_pool){.client = client,
                               .workspace = workspace,
                               .multi = multi,
                               .timer.on_fire = on_timer,
                               .idle_timer.on_fire = on_idle};
    (void)curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    (void)curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, pool);
    (void)curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timeout);
    (void)curl_multi_setopt(multi, CURLMOPT_TIMERDATA, pool);
    (void)curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                            client->config.connections_per_host);
    (void)curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, client->config.connections_max);
    (void)curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, client->config.connections_max);
    (void)map_put(&client->pools, key_of(&pool->workspace), pool);
    list_push(&client->idle, &pool->node);
    client->idle_count++;
    return pool;
}

struct http_pool *http_pool_get(struct http_client *client, int64_t workspace)
{
    struct http_pool *pool = map_find(&client->pools, key_of(&workspace));

    return pool ? pool : pool_new(client, workspace);
}

void http_pool_free(struct http_pool *pool)
{
    struct http_client *client = pool->client;

    ASSERT(pool->transfer_count == 0);
    list_remove(&pool->node);
    client->idle_count--;
    (void)map_remove(&client->pools, key_of(&pool->workspace));
    for (size_t i = 0; i < pool->easy_count; i++) {
        curl_easy_cleanup(pool->easy[i]);
    }
    (void)curl_multi_cleanup(pool->multi); // closes its connections
    loop_timer_stop(&pool->timer);
    loop_timer_stop(&pool->idle_timer);
    memory_free(pool);
}

static void on_idle(struct loop_timer *timer)
{
    http_pool_free(CONTAINER_OF(timer, struct http_pool, idle_timer));
}

/* Transfers. */

void http_pool_enter(struct http_pool *pool, struct http_transfer *transfer)
{
    if (pool->transfer_count++ == 0) {
        list_remove(&pool->node);
        pool->client->idle_count--;
        loop_timer_stop(&pool->idle_timer);
    }
    transfer->pool = pool;
    transfer->easy = pool->easy_count > 0 ? pool->easy[--pool->easy_count] : curl_easy_init();
    ASSERT(transfer->easy != NULL);
}

void http_pool_leave(struct http_transfer *transfer)
{
    struct http_pool *pool = transfer->pool;
    struct http_client *client = pool->client;

    ASSERT(!transfer->is_added);
    if (pool->easy_count < HTTP_EASY_MAX) {
        curl_easy_reset(transfer->easy);
        pool->easy[pool->easy_count++] = transfer->easy;
    } else {
        curl_easy_cleanup(transfer->easy);
    }
    transfer->easy = NULL;
    transfer->pool = NULL;
    if (--pool->transfer_count > 0) return;
    list_push(&client->idle, &pool->node);
    client->idle_count++;
    loop_timer_start(client->loop, &pool->idle_timer, HTTP_POOL_IDLE_MS);
    if (client->idle_count > HTTP_POOLS_IDLE_MAX) {
        http_pool_free(LIST_ITEM(client->idle.next, struct http_pool, node));
    }
}

void http_pool_add(struct http_transfer *transfer)
{
    ASSERT(!transfer->is_added);
    CURLMcode code = curl_multi_add_handle(transfer->pool->multi, transfer->easy);

    ASSERT(code == CURLM_OK);
    transfer->is_added = true;
}

void http_pool_remove(struct http_transfer *transfer)
{
    if (!transfer->is_added) return;
    CURLMcode code = curl_multi_remove_handle(transfer->pool->multi, transfer->easy);

    ASSERT(code == CURLM_OK);
    transfer->is_added = false;
}

/* Takes what libcurl has finished. A hop's end may start another one, but frees no pool. */
static void reap(struct http_pool *pool)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(pool->multi, &left))) {
        struct http_transfer *transfer = NULL;
        CURLcode code = message->data.result; // the message is gone after the removal

        if (message->msg != CURLMSG_DONE) continue;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
        http_pool_remove(transfer);
        http_hop_done(transfer, code);
    }
}

/* Descriptors. */

static struct http_socket *socket_get(struct http_client *client, curl_socket_t fd)
{
    size_t index = (size_t)fd;

    if (index >= client->socket_count) {
        size_t count = MAX(index + 1, 2 * client->socket_count);

        client->sockets = (struct http_socket **)memory_resize((void *)client->sockets, count,
                                                               sizeof(struct http_socket *));
        for (size_t i = client->socket_count; i < count; i++) {
            client->sockets[i] = NULL;
        }
        client->socket_count = count;
    }
    if (!client->sockets[index]) client->sockets[index] = MEMORY_NEW(struct http_socket);
    return client->sockets[index];
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket_ctx)
{
    struct http_pool *pool = ctx;
    struct http_client *client = pool->client;
    struct http_socket *sock = socket_get(client, fd);
    unsigned events = 0;
    (void)easy;
    (void)socket_ctx;

    if (what == CURL_POLL_IN || what == CURL_POLL_INOUT) events |= LOOP_READ;
    if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT) events |= LOOP_WRITE;
    sock->poll.on_ready = on_socket_ready;
    sock->pool = pool;
    loop_poll_set(client->loop, &sock->poll, fd, events);
    return 0;
}

static void on_socket_ready(struct loop_poll *poll, unsigned events)
{
    struct http_socket *sock = CONTAINER_OF(poll, struct http_socket, poll);
    struct http_pool *pool = sock->pool;
    int mask = 0, running;

    if (events & LOOP_READ) mask |= CURL_CSELECT_IN;
    if (events & LOOP_WRITE) mask |= CURL_CSELECT_OUT;
    (void)curl_multi_socket_action(pool->multi, poll->fd, mask, &running);
    reap(pool);
}

int http_pool_close_socket(void *ctx, curl_socket_t fd)
{
    struct http_client *client = ctx;

    if ((size_t)fd < client->socket_count && client->sockets[fd]) {
        loop_poll_stop(client->loop, &client->sockets[fd]->poll);
    }
    return close(fd);
}

/* Timeouts. */

static int on_timeout(CURLM *multi, long timeout_ms, void *ctx)
{
    struct http_pool *pool = ctx;
    (void)multi;

    if (timeout_ms < 0) {
        loop_timer_stop(&pool->timer);
    } else {
        loop_timer_start(pool->client->loop, &pool->timer, timeout_ms);
    }
    return 0;
}

static void on_timer(struct loop_timer *timer)
{
    struct http_pool *pool = CONTAINER_OF(timer, struct http_pool, timer);
    int running;

    (void)curl_multi_socket_action(pool->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    reap(pool);
}
