#include "base/clock.h"
#include "io/writeback.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SECOND_MS   1000
#define SIZE        (1 << 20)
#define TMPFS_MAGIC 0x01021994
#define CACHESTAT   451   /* Linux 6.5; Debian 12's headers do not know it */
#define WITHIN_MS   10000 /* much sooner than the kernel by itself */

static char folder[64];

/* cachestat(2) */
struct cachestat_range {
    uint64_t off, len;
};

struct cachestat {
    uint64_t cached, dirty, writeback, evicted, recently_evicted;
};

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/var/tmp/weir-writeback-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
    (void)info, (void)type, (void)ftw;
    return remove(path);
}

static int remove_folder(void **state)
{
    (void)state;
    return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* A file of the folder with something written to it, changed at an instant (0: now). */
static int file_of(const char *name, int64_t changed_ms)
{
    static char zeros[SIZE];
    char path[128];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, zeros, SIZE), SIZE);
    if (changed_ms) {
        struct timespec time = {changed_ms / 1000, changed_ms % 1000 * 1000000};

        assert_int_equal(futimens(fd, (struct timespec[]){time, time}), 0);
    }
    return fd;
}

static void only_files_written_since_then_are_handed_on(void **state)
{
    (void)state;
    int64_t now_ms = clock_wall_ms();

    (void)close(file_of("old", now_ms - 10 * SECOND_MS));
    (void)close(file_of("new", now_ms));
    assert_int_equal(writeback_folder(folder, now_ms - SECOND_MS), 1);
    assert_int_equal(writeback_folder(folder, now_ms - 20 * SECOND_MS), 2);
    assert_int_equal(writeback_folder(folder, now_ms + SECOND_MS), 0);
}

/* The files' clock is coarser than ours. */
static void a_file_written_in_the_tick_of_the_last_call_is_not_missed(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        int64_t since_ms = clock_wall_ms();

        (void)close(file_of("grows", 0));
        assert_int_equal(writeback_folder(folder, since_ms), 1);
    }
}

static void folders_links_and_pipes_are_left_alone(void **state)
{
    (void)state;
    char path[128];

    (void)snprintf(path, sizeof path, "%s/folder", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/link", folder);
    assert_int_equal(symlink("folder", path), 0);
    (void)snprintf(path, sizeof path, "%s/pipe", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(writeback_folder(folder, 0), 0);
}

static void a_folder_that_is_gone_has_no_files(void **state)
{
    (void)state;
    assert_int_equal(writeback_folder("/nowhere/at/all", 0), 0);
}

static bool is_clean(int fd)
{
    struct cachestat_range whole = {0, 0};
    struct cachestat found;

    assert_int_equal(syscall(CACHESTAT, fd, &whole, &found, 0), 0);
    return found.dirty == 0 && found.writeback == 0;
}

static void what_was_written_reaches_the_disk_soon(void **state)
{
    (void)state;
    struct cachestat_range whole = {0, 0};
    struct cachestat found;
    struct statfs system;
    int fd = file_of("dirty", 0);

    assert_int_equal(fstatfs(fd, &system), 0);
    if (system.f_type == TMPFS_MAGIC || syscall(CACHESTAT, fd, &whole, &found, 0) != 0) {
        (void)close(fd);
        skip(); // nothing to write to, or a kernel that cannot tell
    }
    int64_t begin_ms = clock_monotonic_ms();

    assert_int_equal(writeback_folder(folder, clock_wall_ms() - SECOND_MS), 1);
    while (!is_clean(fd)) {
        assert_true(clock_monotonic_ms() - begin_ms < WITHIN_MS);
    }
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_files_written_since_then_are_handed_on, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_file_written_in_the_tick_of_the_last_call_is_not_missed,
                                        make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(folders_links_and_pipes_are_left_alone, make_folder,
                                        remove_folder),
        cmocka_unit_test(a_folder_that_is_gone_has_no_files),
        cmocka_unit_test_setup_teardown(what_was_written_reaches_the_disk_soon, make_folder,
                                        remove_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
