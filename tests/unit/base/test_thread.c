#include "base/refcount.h"
#include "base/thread.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <pthread.h>
#include <signal.h>
#include <string.h>

struct seen {
    char name[16];
    int blocks_term;
    struct refcount *refcount;
};

static void look_around(void *arg)
{
    struct seen *seen = arg;
    sigset_t mask;

    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    seen->blocks_term = sigismember(&mask, SIGTERM);
}

static void ref_and_unref(void *arg)
{
    struct refcount *refcount = arg;

    for (int i = 0; i < 10000; i++) {
        refcount_ref(refcount);
        assert_false(refcount_unref(refcount));
    }
}

static void a_thread_gets_no_signals_and_the_starter_keeps_its_mask(void **state)
{
    (void)state;
    struct seen seen = {0};
    sigset_t mask;

    thread_join(thread_start("looker", look_around, &seen));
    assert_int_equal(seen.blocks_term, 1);
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    assert_int_equal(sigismember(&mask, SIGTERM), 0);
}

static void the_last_reference_is_told(void **state)
{
    (void)state;
    struct refcount refcount;

    refcount_init(&refcount);
    struct thread *a = thread_start("a", ref_and_unref, &refcount);
    struct thread *b = thread_start("b", ref_and_unref, &refcount);
    thread_join(a);
    thread_join(b);
    refcount_ref(&refcount);
    assert_false(refcount_unref(&refcount));
    assert_true(refcount_unref(&refcount));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_gets_no_signals_and_the_starter_keeps_its_mask),
        cmocka_unit_test(the_last_reference_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
