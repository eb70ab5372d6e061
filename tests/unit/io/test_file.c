/* Each test runs on both backends; where the kernel refuses io_uring, its half is skipped. */

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "base/memory.h"
#include "io/file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
    struct loop *loop;
    struct arena arena;
    char dir[64];
    struct file_op op;
    int done_count;
    struct error err; /* of the last on_done; code E_NONE: success */
    bool is_inside;   /* start or cancel is on the stack */
};

static int setup(void **state, enum loop_backend backend)
{
    struct fixture *fixture = MEMORY_NEW(struct fixture);
    struct error err = {0};

    fixture->loop = loop_new(backend, &err);
    if (!fixture->loop && err.code != E_UNAVAILABLE) return -1;
    arena_init(&fixture->arena, 4 << 20);
    (void)snprintf(fixture->dir, sizeof(fixture->dir), "/tmp/test_file.XXXXXX");
    if (!mkdtemp(fixture->dir)) return -1;
    *state = fixture;
    return 0;
}

static int setup_uring(void **state)
{
    return setup(state, LOOP_URING);
}

static int setup_epoll(void **state)
{
    return setup(state, LOOP_EPOLL);
}

static const char *path_in(struct fixture *fixture, const char *name)
{
    return arena_printf(&fixture->arena, "%s/%s", fixture->dir, name).ptr;
}

/* Files in a directory of the fixture, or -1 where there is no such directory; removes on request.
 */
static int count_files(struct fixture *fixture, const char *name, bool removes)
{
    DIR *dir = opendir(path_in(fixture, name));
    struct dirent *entry;
    int count = 0;

    if (!dir) return -1;
    while ((entry = readdir(dir))) {
        if (entry->d_type != DT_REG) continue;
        count++;
        if (removes) (void)unlinkat(dirfd(dir), entry->d_name, 0);
    }
    (void)closedir(dir);
    if (removes) (void)rmdir(path_in(fixture, name));
    return count;
}

static int teardown(void **state)
{
    static const char *const dirs[] = {"tmp", "ab", "."};
    struct fixture *fixture = *state;

    loop_free(fixture->loop);
    for (size_t i = 0; i < ARRAY_COUNT(dirs); i++) {
        (void)chmod(path_in(fixture, dirs[i]), 0700);
        (void)count_files(fixture, dirs[i], true);
    }
    (void)rmdir(fixture->dir);
    arena_done(&fixture->arena);
    memory_free(fixture);
    return 0;
}

static struct fixture *fixture_of(void **state)
{
    struct fixture *fixture = *state;

    if (!fixture->loop) skip();
    return fixture;
}

static void on_done(struct file_op *op, const struct error *err)
{
    struct fixture *fixture = CONTAINER_OF(op, struct fixture, op);

    assert_false(fixture->is_inside);
    fixture->done_count++;
    fixture->err = err ? *err : (struct error){0};
    loop_stop(fixture->loop);
}

static void start(struct fixture *fixture, const char *name, const struct text *data)
{
    fixture->op.loop = fixture->loop;
    fixture->op.dir = fixture->dir;
    fixture->op.name = name;
    fixture->op.arena = &fixture->arena;
    fixture->op.max_bytes = 1 << 20;
    fixture->op.on_done = on_done;
    fixture->is_inside = true;
    if (data) {
        fixture->op.data = *data;
        file_write_start(&fixture->op);
    } else {
        file_read_start(&fixture->op);
    }
    fixture->is_inside = false;
}

static enum error_code write_file(struct fixture *fixture, const char *name, struct text data)
{
    start(fixture, name, &data);
    loop_run(fixture->loop);
    return fixture->err.code;
}

static enum error_code read_file(struct fixture *fixture, const char *name)
{
    start(fixture, name, NULL);
    loop_run(fixture->loop);
    return fixture->err.code;
}

static void what_was_written_is_read_back(void **state)
{
    struct fixture *fixture = fixture_of(state);

    assert_int_equal(write_file(fixture, "ab/abcd", TEXT("some bytes")), E_NONE);
    assert_int_equal(read_file(fixture, "ab/abcd"), E_NONE);
    assert_true(text_equal(fixture->op.content, TEXT("some bytes")));
    assert_int_equal(fixture->op.content.ptr[fixture->op.content.len], '\0');
    assert_int_equal(fixture->done_count, 2);
    assert_int_equal(count_files(fixture, "ab", false), 1);
    assert_int_equal(count_files(fixture, "tmp", false), 0);
}

static void a_name_without_a_directory_works_too(void **state)
{
    struct fixture *fixture = fixture_of(state);

    assert_int_equal(write_file(fixture, "abcd", TEXT("x")), E_NONE);
    assert_int_equal(read_file(fixture, "abcd"), E_NONE);
    assert_true(text_equal(fixture->op.content, TEXT("x")));
}

static void an_empty_file_is_a_file(void **state)
{
    struct fixture *fixture = fixture_of(state);

    assert_int_equal(write_file(fixture, "ab/empty", TEXT("")), E_NONE);
    assert_int_equal(read_file(fixture, "ab/empty"), E_NONE);
    assert_int_equal(fixture->op.content.len, 0);
    assert_non_null(fixture->op.content.ptr);
}

static void a_large_file_survives_whole(void **state)
{
    enum { SIZE = 1 << 20 };
    struct fixture *fixture = fixture_of(state);
    char *bytes = arena_new(&fixture->arena, SIZE);

    for (int i = 0; i < SIZE; i++) {
        bytes[i] = (char)(i * 31 >> 3);
    }
    assert_int_equal(write_file(fixture, "ab/large", (struct text){bytes, SIZE}), E_NONE);
    assert_int_equal(read_file(fixture, "ab/large"), E_NONE);
    assert_true(text_equal(fixture->op.content, (struct text){bytes, SIZE}));
}

static void writing_a_name_again_succeeds(void **state)
{
    struct fixture *fixture = fixture_of(state);

    assert_int_equal(write_file(fixture, "ab/same", TEXT("same")), E_NONE);
    assert_int_equal(write_file(fixture, "ab/same", TEXT("same")), E_NONE);
    assert_int_equal(count_files(fixture, "ab", false), 1);
}

static void a_file_that_is_not_there_is_not_found(void **state)
{
    struct fixture *fixture = fixture_of(state);

    assert_int_equal(read_file(fixture, "ab/none"), E_NOT_FOUND);
    assert_int_equal(fixture->done_count, 1);
}

static void a_file_over_the_limit_is_refused(void **state)
{
    struct fixture *fixture = fixture_of(state);

    assert_int_equal(write_file(fixture, "ab/long", TEXT("0123456789")), E_NONE);
    start(fixture, "ab/long", NULL);
    fixture->op.max_bytes = 9;
    loop_run(fixture->loop);
    assert_int_equal(fixture->err.code, E_TOO_LARGE);
}

static void a_file_over_the_arenas_budget_is_refused(void **state)
{
    struct fixture *fixture = fixture_of(state);

    assert_int_equal(write_file(fixture, "ab/long", TEXT("0123456789")), E_NONE);
    start(fixture, "ab/long", NULL);
    arena_fail_at(&fixture->arena, 1);
    loop_run(fixture->loop);
    assert_int_equal(fixture->err.code, E_ARENA_BUDGET);
}

static void a_directory_is_not_a_file(void **state)
{
    struct fixture *fixture = fixture_of(state);

    assert_int_equal(write_file(fixture, "ab/x", TEXT("x")), E_NONE);
    assert_int_equal(read_file(fixture, "ab"), E_IO);
}

static void a_missing_data_directory_is_an_error_with_its_cause(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct text data = TEXT("x");

    start(fixture, "ab/x", &data);
    fixture->op.dir = "/nonexistent/dir";
    loop_run(fixture->loop);
    assert_int_equal(fixture->err.code, E_IO);
    assert_non_null(strstr(fixture->err.message, "No such file"));
}

static void a_path_too_long_is_an_error(void **state)
{
    struct fixture *fixture = fixture_of(state);
    char name[600];

    memset(name, 'n', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    assert_int_equal(write_file(fixture, name, TEXT("x")), E_IO);
    assert_int_equal(read_file(fixture, name), E_IO);
}

static void a_failed_write_leaves_no_temporary_file(void **state)
{
    struct fixture *fixture = fixture_of(state);

    // "ab" is a file, so that the directory of the name cannot be opened or renamed into.
    assert_int_equal(write_file(fixture, "ab", TEXT("in the way")), E_NONE);
    assert_int_equal(write_file(fixture, "ab/x", TEXT("x")), E_IO);
    assert_int_equal(count_files(fixture, "tmp", false), 0);
}

static void a_cancelled_write_leaves_nothing(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct text data = TEXT("never seen");

    start(fixture, "ab/x", &data);
    fixture->is_inside = true;
    file_cancel(&fixture->op);
    fixture->is_inside = false;
    loop_run(fixture->loop);
    assert_int_equal(fixture->err.code, E_CANCELLED);
    assert_int_equal(fixture->done_count, 1);
    assert_int_equal(read_file(fixture, "ab/x"), E_NOT_FOUND);
    assert_true(count_files(fixture, "tmp", false) <= 0);
}

/* Cancels after the n-th turn, for every n that there is: whole file or none, and no leftovers. */
static void cancelling_at_any_time_leaves_a_whole_file_or_none(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct text data = TEXT("all of it");
    bool was_early = true;

    for (int turns = 0; was_early && turns < 100; turns++) {
        int before = fixture->done_count;

        (void)unlink(path_in(fixture, "ab/x"));
        start(fixture, "ab/x", &data);
        for (int i = 0; i < turns && fixture->done_count == before; i++) {
            loop_turn(fixture->loop, -1);
        }
        was_early = fixture->done_count == before;
        file_cancel(&fixture->op);
        while (fixture->done_count == before) {
            loop_turn(fixture->loop, -1);
        }
        if (fixture->err.code == E_NONE) {
            assert_int_equal(read_file(fixture, "ab/x"), E_NONE);
            assert_true(text_equal(fixture->op.content, data));
        } else {
            assert_int_equal(fixture->err.code, E_CANCELLED);
            assert_int_equal(read_file(fixture, "ab/x"), E_NOT_FOUND);
        }
        assert_true(count_files(fixture, "tmp", false) <= 0);
    }
    assert_false(was_early);
}

static void a_loop_freed_during_a_write_waits_for_the_kernel(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct text data = TEXT("x");

    start(fixture, "ab/x", &data);
    loop_turn(fixture->loop, 0); // the first call is on its way
    loop_free(fixture->loop);
    fixture->loop = NULL;
    assert_int_equal(fixture->done_count, 0);
}

#define ON_BOTH(test)                                             \
    cmocka_unit_test_setup_teardown(test, setup_uring, teardown), \
        cmocka_unit_test_setup_teardown(test, setup_epoll, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(what_was_written_is_read_back),
        ON_BOTH(a_name_without_a_directory_works_too),
        ON_BOTH(an_empty_file_is_a_file),
        ON_BOTH(a_large_file_survives_whole),
        ON_BOTH(writing_a_name_again_succeeds),
        ON_BOTH(a_file_that_is_not_there_is_not_found),
        ON_BOTH(a_file_over_the_limit_is_refused),
        ON_BOTH(a_file_over_the_arenas_budget_is_refused),
        ON_BOTH(a_directory_is_not_a_file),
        ON_BOTH(a_missing_data_directory_is_an_error_with_its_cause),
        ON_BOTH(a_path_too_long_is_an_error),
        ON_BOTH(a_failed_write_leaves_no_temporary_file),
        ON_BOTH(a_cancelled_write_leaves_nothing),
        ON_BOTH(cancelling_at_any_time_leaves_a_whole_file_or_none),
        ON_BOTH(a_loop_freed_during_a_write_waits_for_the_kernel),
    };

    return cmocka_run_group_tests_name("io/file", tests, NULL, NULL);
}
