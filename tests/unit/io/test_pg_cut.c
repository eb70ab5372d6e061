/*
 * A session that the server ends in the middle of a group, at each place where it can: played by a
 * server of the test's own, which speaks just enough of the protocol.
 */
#include "base/arena.h"
#include "io/pg.h"
#include "tests/unit/io/private_servers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define SOCKET_NAME ".s.PGSQL.5432"

static const struct pg_statement first = {"cut_first", "select 1"};
static const struct pg_statement second = {"cut_second", "select 2"};

/* ---- the server ---- */

static void put(int fd, const void *bytes, size_t len)
{
    if (write(fd, bytes, len) != (ssize_t)len) _exit(1);
}

static void take(int fd, void *out, size_t len)
{
    for (size_t at = 0; at < len;) {
        ssize_t got = read(fd, (char *)out + at, len - at);

        if (got <= 0) _exit(0);
        at += (size_t)got;
    }
}

static char take_message(int fd, bool has_type)
{
    static char rest[65536];
    unsigned char size[4];
    char type = 0;

    if (has_type) take(fd, &type, 1);
    take(fd, size, sizeof(size));
    take(fd, rest, (size_t)(size[2] << 8 | size[3]) - sizeof(size));
    return type;
}

static void say_goodbye(int fd)
{
    static const char fields[] = "SFATAL\0VFATAL\0C57P01\0Mterminated\0";
    const unsigned char head[] = {'E', 0, 0, 0, sizeof(fields) + 4};

    put(fd, head, sizeof(head));
    put(fd, fields, sizeof(fields));
    _exit(0);
}

/* Answers so many of the client's messages, then ends the session. */
static void serve(int listener, int answers)
{
    int fd = accept(listener, NULL, NULL);

    take_message(fd, false);
    put(fd, "R\0\0\0\10\0\0\0\0Z\0\0\0\5I", 15);
    for (;;) {
        char type = take_message(fd, true);

        if (answers-- == 0) say_goodbye(fd);
        if (type == 'P') put(fd, "1\0\0\0\4", 5);
        if (type == 'B') put(fd, "2\0\0\0\4", 5);
        if (type == 'D') put(fd, "n\0\0\0\4", 5);
        if (type == 'E') put(fd, "C\0\0\0\15SELECT 0", 14);
        if (type == 'S') put(fd, "Z\0\0\0\5I", 6);
    }
}

static pid_t start_server(const struct private_server *server, int answers)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/" SOCKET_NAME,
                   server->directory);
    (void)unlink(address.sun_path);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listener, 4), 0);
    pid_t pid = fork();

    if (pid == 0) serve(listener, answers);
    close(listener);
    return pid;
}

/* ---- the client ---- */

struct cut {
    struct pg_group group;
    struct arena arena;
    bool is_done, is_closed;
    enum error_code code;
};

static void on_done(struct pg_group *group, const struct error *err)
{
    struct cut *cut = CONTAINER_OF(group, struct cut, group);

    cut->is_done = true;
    cut->code = err ? err->code : E_NONE;
}

static void on_closed(void *ctx)
{
    *(bool *)ctx = true;
}

static struct cut play(const struct private_server *server, int answers)
{
    struct loop *loop = private_loop();
    struct pg_config config = private_pg_config(server);
    struct cut cut = {0};
    pid_t pid = start_server(server, answers);

    config.connection_count = 1;
    struct pg_pool *pool = pg_pool_new(loop, &config);

    arena_init(&cut.arena, 0);
    pg_group_init(&cut.group, &cut.arena);
    cut.group.on_done = on_done;
    pg_group_add(&cut.group, &first, NULL, NULL);
    pg_group_add(&cut.group, &second, NULL, NULL);
    pg_pool_start(pool, &cut.group, -1);
    while (!cut.is_done) {
        loop_turn(loop, -1);
    }
    pg_pool_close(pool, on_closed, &cut.is_closed);
    while (!cut.is_closed) {
        loop_turn(loop, -1);
    }
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    arena_done(&cut.arena);
    loop_free(loop);
    return cut;
}

static void a_session_may_end_between_any_two_messages(void **state)
{
    struct private_server server = {0};
    int answers = 0;
    (void)state;

    private_directory(&server);
    for (struct cut cut = play(&server, 0); cut.code != E_NONE; cut = play(&server, answers)) {
        assert_int_equal(cut.code, E_UNAVAILABLE);
        assert_true(cut.group.may_retry);
        assert_int_equal(cut.group.maybe_committed, answers == 9); // before the last Sync's answer
        answers++;
    }
    // Two Parse and a Sync, twice Bind, Describe and Execute, a Sync.
    assert_int_equal(answers, 10);
    private_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_may_end_between_any_two_messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
