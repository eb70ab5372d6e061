#include "flow/catch.h"

#include "flow/exception.h"

/*
 * Families as bits. ExceptionInfo is what carries ex-data: ex-info, and failed steps.
 */
enum {
    FAMILY_OTHER = 1 << 0, /* a plain Exception or RuntimeException */
    FAMILY_EX_INFO = 1 << 1,
    FAMILY_ARITHMETIC = 1 << 2,
    FAMILY_INDEX = 1 << 3,
    FAMILY_CAST = 1 << 4,
    FAMILY_NUMBER_FORMAT = 1 << 5,
    FAMILY_ARITY = 1 << 6,
    FAMILY_NULL = 1 << 7,
    FAMILY_ASSERT = 1 << 8,
    FAMILY_ARGUMENT = 1 << 9,
    FAMILY_DEPTH = 1 << 10,
    FAMILY_NONE = 0,
};

#define FAMILY_ERRORS     (FAMILY_ASSERT | FAMILY_DEPTH)
#define FAMILY_EXCEPTIONS (CATCH_ALL & ~(uint32_t)FAMILY_ERRORS)

static const struct {
    const char *name;
    uint32_t families;
} classes[] = {
    {"Throwable", CATCH_ALL},
    {"Exception", FAMILY_EXCEPTIONS},
    {"RuntimeException", FAMILY_EXCEPTIONS},
    {"Error", FAMILY_ERRORS},
    {"VirtualMachineError", FAMILY_DEPTH},
    {"StackOverflowError", FAMILY_DEPTH},
    {"AssertionError", FAMILY_ASSERT},
    {"ExceptionInfo", FAMILY_EX_INFO},
    {"IExceptionInfo", FAMILY_EX_INFO},
    {"ArithmeticException", FAMILY_ARITHMETIC},
    {"IndexOutOfBoundsException", FAMILY_INDEX},
    {"StringIndexOutOfBoundsException", FAMILY_INDEX},
    {"ArrayIndexOutOfBoundsException", FAMILY_INDEX},
    {"ClassCastException", FAMILY_CAST},
    {"NullPointerException", FAMILY_NULL},
    {"NumberFormatException", FAMILY_NUMBER_FORMAT},
    {"ArityException", FAMILY_ARITY},
    {"IllegalArgumentException", FAMILY_ARGUMENT | FAMILY_NUMBER_FORMAT | FAMILY_ARITY},
    {"IllegalStateException", FAMILY_NONE},
    {"UnsupportedOperationException", FAMILY_NONE},
    {"InterruptedException", FAMILY_NONE},
    {"TimeoutException", FAMILY_NONE},
    {"IOException", FAMILY_NONE},
};

uint32_t catch_family(struct value exception)
{
    if (exception_data(exception).type != VALUE_NIL) return FAMILY_EX_INFO;
    switch (exception_code(exception)) {
    case E_EX_INFO: return FAMILY_EX_INFO;
    case E_ARITHMETIC: return FAMILY_ARITHMETIC;
    case E_INDEX: return FAMILY_INDEX;
    case E_CAST: return FAMILY_CAST;
    case E_NUMBER_FORMAT: return FAMILY_NUMBER_FORMAT;
    case E_ARITY: return FAMILY_ARITY;
    case E_NULL: return FAMILY_NULL;
    case E_ASSERT: return FAMILY_ASSERT;
    case E_ARGUMENT: return FAMILY_ARGUMENT;
    case E_DEPTH: return FAMILY_DEPTH;
    default: return FAMILY_OTHER;
    }
}

bool catch_class(struct text name, uint32_t *out_families)
{
    static const char *const packages[] = {"java.lang.", "clojure.lang.", "java.io.",
                                           "java.util.concurrent."};

    for (size_t i = 0; i < ARRAY_COUNT(packages); i++) {
        struct text package = text_from(packages[i]);

        if (!text_starts_with(name, package)) continue;
        name = text_slice(name, package.len, name.len);
        break;
    }
    for (size_t i = 0; i < ARRAY_COUNT(classes); i++) {
        if (!text_equal(name, text_from(classes[i].name))) continue;
        *out_families = classes[i].families;
        return true;
    }
    return false;
}

bool catch_may(enum error_code code)
{
    return code != E_FUEL && code != E_MEMORY && code != E_INTERNAL && code != E_NONDETERMINISM;
}
