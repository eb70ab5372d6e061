/* Each test runs on both backends; where the kernel refuses io_uring, its half is skipped. */

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/thread.h"
#include "io/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct fixture {
    struct loop *loop;
    int ends[2]; /* a pair of connected sockets */
};

static int setup(void **state, enum loop_backend backend)
{
    struct fixture *fixture = MEMORY_NEW(struct fixture);
    struct error err = {0};

    fixture->loop = loop_new(backend, &err);
    if (!fixture->loop && err.code != E_UNAVAILABLE) return -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fixture->ends) < 0) return -1;
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

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    loop_free(fixture->loop);
    (void)close(fixture->ends[0]);
    if (fixture->ends[1] >= 0) (void)close(fixture->ends[1]);
    memory_free(fixture);
    return 0;
}

static struct fixture *fixture_of(void **state)
{
    struct fixture *fixture = *state;

    if (!fixture->loop) skip();
    return fixture;
}

/* Timers. */

struct test_timer {
    struct loop_timer timer;
    struct loop *loop;
    struct loop_timer *stops; /* stopped when this one fires */
    int count, restarts;
    int64_t fired_ms;
};

static void on_fire(struct loop_timer *timer)
{
    struct test_timer *test = CONTAINER_OF(timer, struct test_timer, timer);

    test->count++;
    test->fired_ms = clock_monotonic_ms();
    if (test->stops) loop_timer_stop(test->stops);
    if (test->restarts-- > 0) {
        loop_timer_start(test->loop, timer, 0);
    } else {
        loop_stop(test->loop);
    }
}

static void a_timer_fires_once_and_not_early(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct test_timer test = {.timer.on_fire = on_fire, .loop = fixture->loop};
    int64_t start_ms = clock_monotonic_ms();

    loop_timer_start(fixture->loop, &test.timer, 20);
    assert_true(loop_timer_is_running(&test.timer));
    loop_run(fixture->loop);
    assert_int_equal(test.count, 1);
    assert_true(test.fired_ms - start_ms >= 20);
    assert_false(loop_timer_is_running(&test.timer));
    assert_true(loop_timeout_ms(fixture->loop) == -1);
}

static void a_timer_stopped_by_another_of_the_same_turn_does_not_fire(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct test_timer second = {.timer.on_fire = on_fire, .loop = fixture->loop};
    struct test_timer first = {
        .timer.on_fire = on_fire, .loop = fixture->loop, .stops = &second.timer};

    loop_timer_start(fixture->loop, &first.timer, 0);
    loop_timer_start(fixture->loop, &second.timer, 0);
    loop_run(fixture->loop);
    loop_turn(fixture->loop, 0);
    assert_int_equal(first.count, 1);
    assert_int_equal(second.count, 0);
}

static void a_timer_that_restarts_itself_fires_once_a_turn(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct test_timer test = {.timer.on_fire = on_fire, .loop = fixture->loop, .restarts = 3};

    loop_timer_start(fixture->loop, &test.timer, 0);
    for (int i = 1; i <= 4; i++) {
        loop_turn(fixture->loop, -1);
        assert_int_equal(test.count, i);
    }
    loop_turn(fixture->loop, 0);
    assert_int_equal(test.count, 4);
}

static void a_turn_without_events_ends_at_its_timeout(void **state)
{
    struct fixture *fixture = fixture_of(state);
    int64_t start_ms = clock_monotonic_ms();

    while (clock_monotonic_ms() - start_ms < 15) {
        loop_turn(fixture->loop, 15);
    }
    assert_true(loop_now_ms(fixture->loop) - start_ms >= 15);
}

/* Polls. */

struct test_poll {
    struct loop_poll poll;
    struct loop *loop;
    struct test_poll *stops;
    int fd, count;
    unsigned events;
    size_t reads; /* bytes to take at each event; 0: none */
};

static void on_ready(struct loop_poll *poll, unsigned events)
{
    struct test_poll *test = CONTAINER_OF(poll, struct test_poll, poll);
    char bytes[16];

    test->count++;
    test->events = events;
    if (test->reads) assert_true(read(test->fd, bytes, test->reads) >= 0);
    if (test->stops) loop_poll_stop(test->loop, &test->stops->poll);
}

static struct test_poll poll_of(struct fixture *fixture, int end)
{
    return (struct test_poll){
        .poll.on_ready = on_ready, .loop = fixture->loop, .fd = fixture->ends[end]};
}

static void what_is_not_read_is_reported_again(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct test_poll test = poll_of(fixture, 0);

    test.reads = 2;
    assert_int_equal(write(fixture->ends[1], "abcdef", 6), 6);
    loop_poll_set(fixture->loop, &test.poll, test.fd, LOOP_READ);
    for (int i = 1; i <= 3; i++) {
        loop_turn(fixture->loop, -1);
        assert_int_equal(test.count, i);
        assert_int_equal(test.events, LOOP_READ);
    }
    loop_turn(fixture->loop, 0);
    assert_int_equal(test.count, 3);
    loop_poll_stop(fixture->loop, &test.poll);
}

static void interest_may_change_while_the_kernel_watches(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct test_poll test = poll_of(fixture, 0);

    loop_poll_set(fixture->loop, &test.poll, test.fd, LOOP_READ);
    loop_turn(fixture->loop, 0);
    assert_int_equal(test.count, 0);
    loop_poll_set(fixture->loop, &test.poll, test.fd, LOOP_READ | LOOP_WRITE);
    loop_turn(fixture->loop, -1);
    assert_int_equal(test.count, 1);
    assert_int_equal(test.events, LOOP_WRITE);
    loop_poll_set(fixture->loop, &test.poll, test.fd, LOOP_READ);
    loop_turn(fixture->loop, 0);
    loop_turn(fixture->loop, 0);
    assert_int_equal(test.count, 1);
    assert_int_equal(write(fixture->ends[1], "x", 1), 1);
    loop_turn(fixture->loop, -1);
    assert_int_equal(test.events, LOOP_READ);
    loop_poll_set(fixture->loop, &test.poll, test.fd, 0);
    loop_turn(fixture->loop, 0);
    assert_int_equal(test.count, 2);
}

static void an_event_that_is_no_longer_wanted_is_not_reported(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct test_poll test = poll_of(fixture, 0);

    loop_poll_set(fixture->loop, &test.poll, test.fd, LOOP_READ | LOOP_WRITE);
    loop_turn(fixture->loop, -1);
    assert_int_equal(test.count, 1);
    loop_turn(fixture->loop, -1); // armed again
    loop_poll_set(fixture->loop, &test.poll, test.fd, LOOP_READ);
    loop_turn(fixture->loop, 0);
    loop_turn(fixture->loop, 0);
    assert_int_equal(test.count, 2);
    loop_poll_stop(fixture->loop, &test.poll);
}

static void a_poll_stopped_by_another_of_the_same_turn_is_not_called(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct test_poll a = poll_of(fixture, 0), b = poll_of(fixture, 1);

    a.stops = &b;
    b.stops = &a;
    loop_poll_set(fixture->loop, &a.poll, a.fd, LOOP_WRITE);
    loop_poll_set(fixture->loop, &b.poll, b.fd, LOOP_WRITE);
    loop_turn(fixture->loop, -1);
    assert_int_equal(a.count + b.count, 1);
    loop_poll_stop(fixture->loop, &a.poll);
    loop_poll_stop(fixture->loop, &b.poll);
}

static void hanging_up_is_reported_as_all_that_was_asked_for(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct test_poll test = poll_of(fixture, 0);

    (void)close(fixture->ends[1]);
    fixture->ends[1] = -1;
    loop_poll_set(fixture->loop, &test.poll, test.fd, LOOP_READ);
    loop_turn(fixture->loop, -1);
    assert_int_equal(test.events, LOOP_READ);
    loop_poll_stop(fixture->loop, &test.poll);
}

static void a_stopped_and_closed_socket_is_closed_for_its_peer(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct test_poll test = poll_of(fixture, 1);
    struct pollfd peer = {.fd = fixture->ends[0], .events = POLLIN};
    char byte;

    loop_poll_set(fixture->loop, &test.poll, test.fd, LOOP_READ);
    loop_turn(fixture->loop, 0);
    loop_poll_stop(fixture->loop, &test.poll);
    (void)close(fixture->ends[1]);
    fixture->ends[1] = -1;
    loop_turn(fixture->loop, 0);
    assert_int_equal(poll(&peer, 1, 1000), 1);
    assert_int_equal(read(fixture->ends[0], &byte, 1), 0);
    assert_int_equal(test.count, 0);
}

static void a_descriptor_number_used_again_belongs_to_its_new_poll(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct test_poll old = poll_of(fixture, 0), new = poll_of(fixture, 0);
    int fresh[2];

    loop_poll_set(fixture->loop, &old.poll, old.fd, LOOP_READ);
    loop_turn(fixture->loop, 0);
    assert_int_equal(write(fixture->ends[1], "x", 1), 1); // an event for the old one is on its way
    loop_poll_stop(fixture->loop, &old.poll);
    assert_int_equal(pipe2(fresh, O_NONBLOCK), 0);
    assert_int_equal(dup2(fresh[0], fixture->ends[0]), fixture->ends[0]);
    loop_poll_set(fixture->loop, &new.poll, new.fd, LOOP_READ);
    loop_turn(fixture->loop, 0);
    loop_turn(fixture->loop, 0);
    assert_int_equal(old.count, 0);
    assert_int_equal(new.count, 0);
    assert_int_equal(write(fresh[1], "y", 1), 1);
    loop_turn(fixture->loop, -1);
    assert_int_equal(new.count, 1);
    loop_poll_stop(fixture->loop, &new.poll);
    (void)close(fresh[0]);
    (void)close(fresh[1]);
}

static void more_changes_than_a_batch_holds_all_reach_the_kernel(void **state)
{
    enum { PAIRS = 700 };
    struct fixture *fixture = fixture_of(state);
    struct test_poll *polls = memory_array(PAIRS, sizeof(struct test_poll));
    int(*pairs)[2] = memory_array(PAIRS, sizeof(int[2]));
    int count = 0;

    for (int i = 0; i < PAIRS; i++) {
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pairs[i]) < 0) break;
        polls[i] = (struct test_poll){.poll.on_ready = on_ready, .fd = pairs[i][0]};
        loop_poll_set(fixture->loop, &polls[i].poll, pairs[i][0], LOOP_WRITE);
        count++;
    }
    for (int i = 0; i < 4; i++) {
        loop_turn(fixture->loop, 0);
    }
    for (int i = 0; i < count; i++) {
        assert_true(polls[i].count > 0);
        loop_poll_stop(fixture->loop, &polls[i].poll);
        (void)close(pairs[i][0]);
        (void)close(pairs[i][1]);
    }
    assert_true(count > 300); // as the limit of open files allows
    loop_turn(fixture->loop, 0);
    memory_free(polls);
    memory_free(pairs);
}

/* Tasks. */

struct test_task {
    struct loop_task task;
    struct loop *loop;
    int count;
    bool again;
};

static void on_run(struct loop_task *task)
{
    struct test_task *test = CONTAINER_OF(task, struct test_task, task);

    test->count++;
    if (test->again) loop_defer(test->loop, task);
}

static void a_task_runs_in_the_next_turn_and_never_inside_defer(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct test_task test = {.task.on_run = on_run, .loop = fixture->loop};

    loop_defer(fixture->loop, &test.task);
    loop_defer(fixture->loop, &test.task);
    assert_int_equal(test.count, 0);
    assert_true(loop_timeout_ms(fixture->loop) == 0);
    loop_turn(fixture->loop, -1);
    assert_int_equal(test.count, 1);
    assert_true(loop_timeout_ms(fixture->loop) == -1);
}

static void a_task_that_defers_itself_runs_once_a_turn(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct test_task test = {.task.on_run = on_run, .loop = fixture->loop, .again = true};

    loop_defer(fixture->loop, &test.task);
    loop_turn(fixture->loop, -1);
    assert_int_equal(test.count, 1);
    loop_turn(fixture->loop, -1);
    assert_int_equal(test.count, 2);
    loop_undefer(&test.task);
    loop_undefer(&test.task);
    loop_turn(fixture->loop, 0);
    assert_int_equal(test.count, 2);
}

/* Wake-ups, signals. */

static void wake_many_times(void *arg)
{
    for (int i = 0; i < 1000; i++) {
        loop_wake(arg);
    }
}

static void count_wakes(void *ctx)
{
    ++*(int *)ctx;
}

static void waking_from_another_thread_calls_the_hook(void **state)
{
    struct fixture *fixture = fixture_of(state);
    int count = 0;

    loop_on_wake(fixture->loop, count_wakes, &count);
    struct thread *thread = thread_start("waker", wake_many_times, fixture->loop);

    while (count == 0) {
        loop_turn(fixture->loop, -1);
    }
    thread_join(thread);
    loop_turn(fixture->loop, 0);
    count = 0;
    loop_wake(fixture->loop); // it works again after having been heard
    loop_turn(fixture->loop, -1);
    assert_int_equal(count, 1);
}

static void stop_everything(struct loop_timer *timer)
{
    loop_stop(timer->loop);
}

static void on_alarm(int signal_number)
{
    (void)signal_number;
}

static void a_signal_does_not_end_the_loop(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct loop_timer timer = {.on_fire = stop_everything};
    struct sigaction action = {.sa_handler = on_alarm}, before;
    int64_t start_ms = clock_monotonic_ms();

    assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
    (void)ualarm(2000, 2000);
    loop_timer_start(fixture->loop, &timer, 20);
    loop_run(fixture->loop);
    (void)ualarm(0, 0);
    assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
    assert_true(clock_monotonic_ms() - start_ms >= 20);
}

static void writing_to_a_closed_socket_raises_no_signal(void **state)
{
    struct fixture *fixture = fixture_of(state);

    (void)close(fixture->ends[1]);
    fixture->ends[1] = -1;
    assert_int_equal(write(fixture->ends[0], "x", 1), -1);
}

/* Nesting. */

static void an_outer_loop_sees_the_inner_one_become_readable(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct test_poll test = poll_of(fixture, 0);
    struct pollfd inner = {.fd = loop_fd(fixture->loop), .events = POLLIN};

    if (loop_backend(fixture->loop) == LOOP_URING) {
        assert_int_equal(inner.fd, -1);
        return;
    }
    loop_poll_set(fixture->loop, &test.poll, test.fd, LOOP_READ);
    assert_true(loop_timeout_ms(fixture->loop) == -1);
    assert_int_equal(poll(&inner, 1, 0), 0);
    assert_int_equal(write(fixture->ends[1], "x", 1), 1);
    assert_int_equal(poll(&inner, 1, 1000), 1);
    loop_turn(fixture->loop, 0);
    assert_int_equal(test.count, 1);
    loop_poll_stop(fixture->loop, &test.poll);
}

static void a_freed_loop_leaves_nothing_running(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct test_poll poll_left = poll_of(fixture, 0);
    struct test_timer timer_left = {.timer.on_fire = on_fire, .loop = fixture->loop};
    struct test_task task_left = {.task.on_run = on_run, .loop = fixture->loop};

    loop_poll_set(fixture->loop, &poll_left.poll, poll_left.fd, LOOP_READ);
    loop_turn(fixture->loop, 0);
    loop_timer_start(fixture->loop, &timer_left.timer, 1000);
    loop_defer(fixture->loop, &task_left.task);
    loop_free(fixture->loop);
    fixture->loop = NULL;
    loop_timer_stop(&timer_left.timer);
    loop_undefer(&task_left.task);
    assert_int_equal(poll_left.count + timer_left.count + task_left.count, 0);
}

static void a_backend_is_found_by_its_name(void **state)
{
    enum loop_backend backend = LOOP_AUTO;
    struct error err = {0};
    (void)state;

    assert_true(loop_backend_find(TEXT("epoll"), &backend, &err));
    assert_int_equal(backend, LOOP_EPOLL);
    assert_true(loop_backend_find(TEXT("uring"), &backend, &err));
    assert_int_equal(backend, LOOP_URING);
    assert_true(loop_backend_find(TEXT_NONE, &backend, &err));
    assert_int_equal(backend, LOOP_AUTO);
    assert_false(loop_backend_find(TEXT("kqueue"), &backend, &err));
    assert_int_equal(err.code, E_INPUT);
}

static void auto_always_finds_a_backend(void **state)
{
    struct error err = {0};
    struct loop *loop = loop_new(LOOP_AUTO, &err);
    (void)state;

    assert_non_null(loop);
    assert_int_not_equal(loop_backend(loop), LOOP_AUTO);
    loop_free(loop);
    loop_free(NULL);
}

/* As the default profile of Docker does. For the rest of the process's life. */
static void forbid_io_uring(int code)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_io_uring_setup, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)code),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = ARRAY_COUNT(rules), .filter = rules};

    assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

/* In a child: 0 when io_uring is refused with that word in the message, and auto takes epoll. */
static int check_refusal(int code, const char *word)
{
    struct error err = {0};

    log_set_level(LOG_ERROR);
    forbid_io_uring(code);
    struct loop *loop = loop_new(LOOP_URING, &err);

    if (loop || err.code != E_UNAVAILABLE || !strstr(err.message, word)) return 1;
    loop = loop_new(LOOP_AUTO, &err);
    if (!loop || loop_backend(loop) != LOOP_EPOLL) return 2;
    loop_free(loop);
    return 0;
}

static void where_io_uring_is_refused_auto_takes_epoll_and_knows_why(void **state)
{
    static const struct {
        int code;
        const char *word;
    } cases[] = {{EPERM, "seccomp"}, {ENOSYS, "absent"}, {ENOMEM, "memory"}, {EMFILE, "open"}};
    struct loop *usual = loop_new(LOOP_URING, NULL);
    (void)state;

    if (!usual) skip(); // refused by this host already
    loop_free(usual);
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        pid_t child = fork();
        int status = -1;

        if (child == 0) _exit(check_refusal(cases[i].code, cases[i].word));
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
}

#define ON_BOTH(test)                                             \
    cmocka_unit_test_setup_teardown(test, setup_uring, teardown), \
        cmocka_unit_test_setup_teardown(test, setup_epoll, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(a_timer_fires_once_and_not_early),
        ON_BOTH(a_timer_stopped_by_another_of_the_same_turn_does_not_fire),
        ON_BOTH(a_timer_that_restarts_itself_fires_once_a_turn),
        ON_BOTH(a_turn_without_events_ends_at_its_timeout),
        ON_BOTH(what_is_not_read_is_reported_again),
        ON_BOTH(interest_may_change_while_the_kernel_watches),
        ON_BOTH(an_event_that_is_no_longer_wanted_is_not_reported),
        ON_BOTH(a_poll_stopped_by_another_of_the_same_turn_is_not_called),
        ON_BOTH(hanging_up_is_reported_as_all_that_was_asked_for),
        ON_BOTH(a_stopped_and_closed_socket_is_closed_for_its_peer),
        ON_BOTH(a_descriptor_number_used_again_belongs_to_its_new_poll),
        ON_BOTH(more_changes_than_a_batch_holds_all_reach_the_kernel),
        ON_BOTH(a_task_runs_in_the_next_turn_and_never_inside_defer),
        ON_BOTH(a_task_that_defers_itself_runs_once_a_turn),
        ON_BOTH(waking_from_another_thread_calls_the_hook),
        ON_BOTH(a_signal_does_not_end_the_loop),
        ON_BOTH(writing_to_a_closed_socket_raises_no_signal),
        ON_BOTH(an_outer_loop_sees_the_inner_one_become_readable),
        ON_BOTH(a_freed_loop_leaves_nothing_running),
        cmocka_unit_test(a_backend_is_found_by_its_name),
        cmocka_unit_test(auto_always_finds_a_backend),
        cmocka_unit_test(where_io_uring_is_refused_auto_takes_epoll_and_knows_why),
    };

    return cmocka_run_group_tests_name("io/loop", tests, NULL, NULL);
}
