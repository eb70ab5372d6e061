#include "base/json.h"
#include "base/log.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char written[8192];

/* What log_warn() wrote to stderr, in one read, that is by one write. */
static const char *log_text(const char *message)
{
    int ends[2], before = dup(STDERR_FILENO);

    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    log_info("base/test", "%s", message);
    dup2(before, STDERR_FILENO);
    close(before);
    close(ends[1]);
    ssize_t len = read(ends[0], written, sizeof(written) - 1);

    assert_true(len >= 0);
    written[len] = '\0';
    close(ends[0]);
    return written;
}

static void an_event_is_one_line_with_time_level_and_place(void **state)
{
    (void)state;
    unsetenv("WEIR_LOG");
    assert_string_equal(log_text("hello there n=1") + strlen("2026-11-20T07:31:02.123Z"),
                        " info  base/test hello there n=1\n");
}

static void a_message_cannot_forge_a_line(void **state)
{
    (void)state;
    unsetenv("WEIR_LOG");
    assert_non_null(strstr(log_text("a\nb\x1b[1m"), "a b [1m\n"));
}

static void lines_are_json_when_asked_for(void **state)
{
    (void)state;
    struct arena arena;

    arena_init(&arena, 0);
    setenv("WEIR_LOG", "json", 1);
    const struct json *node = json_read(&arena, text_from(log_text("a\n\"b\"")), NULL);

    assert_true(text_equal(json_get_text(node, "message"), TEXT("a\n\"b\"")));
    assert_true(text_equal(json_get_text(node, "level"), TEXT("info")));
    arena_done(&arena);
}

static void levels_under_the_chosen_one_are_silent(void **state)
{
    (void)state;
    log_set_level(LOG_WARN);
    assert_string_equal(log_text("quiet"), "");
    log_set_level(LOG_INFO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_one_line_with_time_level_and_place),
        cmocka_unit_test(a_message_cannot_forge_a_line),
        cmocka_unit_test(lines_are_json_when_asked_for),
        cmocka_unit_test(levels_under_the_chosen_one_are_silent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
