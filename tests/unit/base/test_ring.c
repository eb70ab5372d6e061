#include "base/macros.h"
#include "base/refcount.h"
#include "base/ring.h"
#include "base/thread.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

// clang-format on

enum { PUSHERS = 4, MESSAGES = 20000 };

struct numbered {
    struct ring_message message;
    int pusher, number;
};

struct pusher {
    struct ring *ring;
    int index;
    struct numbered messages[MESSAGES];
};

static void push_all(void *arg)
{
    struct pusher *pusher = arg;

    for (int i = 0; i < MESSAGES; i++) {
        pusher->messages[i].pusher = pusher->index;
        pusher->messages[i].number = i;
        ring_push(pusher->ring, &pusher->messages[i].message);
    }
}

static void the_first_push_into_an_empty_ring_says_so(void **state)
{
    (void)state;
    struct ring ring = {0};
    struct ring_message messages[2];

    assert_null(ring_take(&ring));
    assert_true(ring_push(&ring, &messages[0]));
    assert_false(ring_push(&ring, &messages[1]));
    assert_ptr_equal(ring_take(&ring), &messages[0]);
    assert_ptr_equal(messages[0].next, &messages[1]);
    assert_null(messages[1].next);
    assert_true(ring_push(&ring, &messages[0]));
}

static void messages_of_each_thread_arrive_complete_and_in_order(void **state)
{
    (void)state;
    static struct pusher pushers[PUSHERS];
    struct thread *threads[PUSHERS];
    struct ring ring = {0};
    int next[PUSHERS] = {0}, total = 0;

    for (int i = 0; i < PUSHERS; i++) {
        pushers[i].ring = &ring;
        pushers[i].index = i;
        threads[i] = thread_start("pusher", push_all, &pushers[i]);
    }
    while (total < PUSHERS * MESSAGES) {
        for (struct ring_message *m = ring_take(&ring); m; m = m->next) {
            struct numbered *numbered = CONTAINER_OF(m, struct numbered, message);

            assert_int_equal(numbered->number, next[numbered->pusher]++);
            total++;
        }
    }
    for (int i = 0; i < PUSHERS; i++) {
        thread_join(threads[i]);
    }
    assert_null(ring_take(&ring));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_push_into_an_empty_ring_says_so),
        cmocka_unit_test(messages_of_each_thread_arrive_complete_and_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
