/* Messages between threads, on both backends. */

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "base/thread.h"
#include "io/mailbox.h"

#define MESSAGES 10000

struct letter {
    int number;
    struct ring_message message;
};

struct reader {
    struct mailbox box;
    struct loop *loop;
    int count, calls, until;
};

static struct letter letters[MESSAGES];

static void on_mail(struct mailbox *box, struct ring_message *oldest)
{
    struct reader *reader = CONTAINER_OF(box, struct reader, box);

    reader->calls++;
    for (; oldest; oldest = oldest->next) {
        assert_int_equal(CONTAINER_OF(oldest, struct letter, message)->number, reader->count);
        reader->count++;
    }
    if (reader->count == reader->until) loop_stop(reader->loop);
}

static struct reader new_reader(enum loop_backend backend)
{
    struct error err = {0};
    struct reader reader = {.box.on_mail = on_mail, .loop = loop_new(backend, &err)};

    if (!reader.loop) skip(); // the kernel refuses io_uring
    for (int i = 0; i < MESSAGES; i++) {
        letters[i].number = i;
    }
    return reader;
}

static void end_reader(struct reader *reader)
{
    mailbox_close(&reader->box);
    mailbox_done(&reader->box);
    loop_free(reader->loop);
}

static void send_all(void *arg)
{
    struct mailbox *box = arg;

    for (int i = 0; i < MESSAGES; i++) {
        mailbox_push(box, &letters[i].message);
    }
}

static void all_messages_of_a_thread_come_in_their_order(enum loop_backend backend)
{
    struct reader reader = new_reader(backend);

    mailbox_init(&reader.box);
    mailbox_open(&reader.box, reader.loop);
    reader.until = MESSAGES;
    struct thread *thread = thread_start("sender", send_all, &reader.box);

    loop_run(reader.loop);
    thread_join(thread);
    assert_int_equal(reader.count, MESSAGES);
    end_reader(&reader);
}

static void what_came_before_it_was_opened_comes_at_once_in_one_call(enum loop_backend backend)
{
    struct reader reader = new_reader(backend);

    mailbox_init(&reader.box);
    send_all(&reader.box);
    mailbox_open(&reader.box, reader.loop);
    reader.until = MESSAGES;
    loop_run(reader.loop);
    assert_int_equal(reader.calls, 1);
    end_reader(&reader);
}

static void ringing_calls_without_a_message(enum loop_backend backend)
{
    struct reader reader = new_reader(backend);

    mailbox_init(&reader.box);
    mailbox_open(&reader.box, reader.loop);
    mailbox_ring(&reader.box);
    mailbox_ring(&reader.box);
    loop_run(reader.loop); // until is 0
    assert_int_equal(reader.calls, 1);
    assert_int_equal(reader.count, 0);
    end_reader(&reader);
}

static void what_comes_after_it_was_closed_can_be_taken(enum loop_backend backend)
{
    struct reader reader = new_reader(backend);

    mailbox_init(&reader.box);
    mailbox_open(&reader.box, reader.loop);
    mailbox_close(&reader.box);
    mailbox_close(&reader.box);
    mailbox_push(&reader.box, &letters[0].message);
    loop_turn(reader.loop, 0);
    assert_int_equal(reader.calls, 0);
    assert_ptr_equal(mailbox_take(&reader.box), &letters[0].message);
    assert_null(mailbox_take(&reader.box));
    end_reader(&reader);
}

#define ON_BOTH(test)                      \
    static void test##_uring(void **state) \
    {                                      \
        (void)state;                       \
        test(LOOP_URING);                  \
    }                                      \
    static void test##_epoll(void **state) \
    {                                      \
        (void)state;                       \
        test(LOOP_EPOLL);                  \
    }

ON_BOTH(all_messages_of_a_thread_come_in_their_order)
ON_BOTH(what_came_before_it_was_opened_comes_at_once_in_one_call)
ON_BOTH(ringing_calls_without_a_message)
ON_BOTH(what_comes_after_it_was_closed_can_be_taken)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_messages_of_a_thread_come_in_their_order_uring),
        cmocka_unit_test(all_messages_of_a_thread_come_in_their_order_epoll),
        cmocka_unit_test(what_came_before_it_was_opened_comes_at_once_in_one_call_uring),
        cmocka_unit_test(what_came_before_it_was_opened_comes_at_once_in_one_call_epoll),
        cmocka_unit_test(ringing_calls_without_a_message_uring),
        cmocka_unit_test(ringing_calls_without_a_message_epoll),
        cmocka_unit_test(what_comes_after_it_was_closed_can_be_taken_uring),
        cmocka_unit_test(what_comes_after_it_was_closed_can_be_taken_epoll),
    };

    return cmocka_run_group_tests_name("io/mailbox", tests, NULL, NULL);
}
