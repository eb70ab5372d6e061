#include "base/crypto.h"
#include "base/url_code.h"
#include "executor/redact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
// clang-format off
#include <cmocka.h>

// clang-format on

static void check(const char *secret, const char *given, const char *expected)
{
    struct arena arena;
    struct redact redact;
    char bytes[256];

    arena_init(&arena, 0);
    redact_init(&redact, &arena);
    redact_add(&redact, text_from(secret));
    memcpy(bytes, given, strlen(given) + 1);
    redact_apply(&redact, bytes, strlen(bytes));
    assert_string_equal(bytes, expected);
    redact_wipe(&redact);
    arena_done(&arena);
}

static void a_secret_is_overwritten_wherever_it_stands(void **state)
{
    (void)state;
    check("s3cret!", "s3cret!", "*******");
    check("s3cret!", "a s3cret! and s3cret!s3cret!.", "a ******* and **************.");
    check("s3cret!", "a s3cret and S3CRET!", "a s3cret and S3CRET!");
    check("s3cret!", "", "");
}

static void its_encodings_are_overwritten_too(void **state)
{
    (void)state;
    check("s3cret/!", "hex 7333637265742f21 HEX 7333637265742F21",
          "hex **************** HEX "
          "****************");
    check("s3cret!!!", "base64 czNjcmV0ISEh.", "base64 ***********h.");
    check("a b/c d", "url a%20b%2Fc%20d.", "url *************.");
    check("say \"hi\"", "{\"x\":\"say \\\"hi\\\"\"}", "{\"x\":\"**********\"}");
}

static void a_secret_that_begins_with_another_is_overwritten_whole(void **state)
{
    struct arena arena;
    struct redact redact;
    char bytes[] = "secret-1 and secret-1-and-more";

    (void)state;
    arena_init(&arena, 0);
    redact_init(&redact, &arena);
    redact_add(&redact, TEXT("secret-1"));
    redact_add(&redact, TEXT("secret-1-and-more"));
    redact_apply(&redact, bytes, strlen(bytes));
    assert_string_equal(bytes, "******** and *****************");
    redact_wipe(&redact);
    arena_done(&arena);
}

static void a_short_secret_is_not_looked_for(void **state)
{
    (void)state;
    check("abc", "abc", "abc");
}

static void urls_keep_only_unreserved_characters(void **state)
{
    struct buf out = {0};

    (void)state;
    url_code_append(&out, TEXT("aZ09-._~ /?&=+%\xc3\xa5"));
    assert_string_equal(out.ptr, "aZ09-._~%20%2F%3F%26%3D%2B%25%C3%A5");
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_is_overwritten_wherever_it_stands),
        cmocka_unit_test(its_encodings_are_overwritten_too),
        cmocka_unit_test(a_secret_that_begins_with_another_is_overwritten_whole),
        cmocka_unit_test(a_short_secret_is_not_looked_for),
        cmocka_unit_test(urls_keep_only_unreserved_characters),
    };

    crypto_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
