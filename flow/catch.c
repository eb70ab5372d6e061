#include "flow/catch.h"

#include "flow/exception.h"

/*
 * Families as bits. ExceptionInfo is what carries ex-data: ex-info, and failed steps. What stands
 * in no line here is a RuntimeException.
 */
enum {
    FAMILY_RUNTIME = 1 << 0,
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
    FAMILY_STATE = 1 << 11,
    FAMILY_UNSUPPORTED = 1 << 12,
    FAMILY_PATTERN = 1 << 13,
    FAMILY_CHECKED = 1 << 14, /* Exception itself */
    FAMILY_ERROR = 1 << 15,   /* Error itself */
    FAMILY_THROWABLE = 1 << 16,
    FAMILY_DATE_TIME = 1 << 17,
    FAMILY_DATE_TIME_PARSE = 1 << 18,
    FAMILY_TEMPORAL_TYPE = 1 << 19,
    FAMILY_ZONE_RULES = 1 << 20,
    FAMILY_NONE = 0,
};

#define FAMILY_ERRORS     (FAMILY_ASSERT | FAMILY_DEPTH | FAMILY_ERROR)
#define FAMILY_EXCEPTIONS (CATCH_ALL & ~(uint32_t)(FAMILY_ERRORS | FAMILY_THROWABLE))
#define FAMILY_ARGUMENTS  (FAMILY_ARGUMENT | FAMILY_NUMBER_FORMAT | FAMILY_ARITY | FAMILY_PATTERN)
#define FAMILY_DATE_TIMES \
    (FAMILY_DATE_TIME | FAMILY_DATE_TIME_PARSE | FAMILY_TEMPORAL_TYPE | FAMILY_ZONE_RULES)

static const struct {
    enum error_code code;
    uint32_t family;
    const char *class_name;
} families[] = {
    {E_EX_INFO, FAMILY_EX_INFO, "clojure.lang.ExceptionInfo"},
    {E_ARITHMETIC, FAMILY_ARITHMETIC, "java.lang.ArithmeticException"},
    {E_INDEX, FAMILY_INDEX, "java.lang.IndexOutOfBoundsException"},
    {E_CAST, FAMILY_CAST, "java.lang.ClassCastException"},
    {E_NUMBER_FORMAT, FAMILY_NUMBER_FORMAT, "java.lang.NumberFormatException"},
    {E_ARITY, FAMILY_ARITY, "clojure.lang.ArityException"},
    {E_NULL, FAMILY_NULL, "java.lang.NullPointerException"},
    {E_ASSERT, FAMILY_ASSERT, "java.lang.AssertionError"},
    {E_ARGUMENT, FAMILY_ARGUMENT, "java.lang.IllegalArgumentException"},
    {E_DEPTH, FAMILY_DEPTH, "java.lang.StackOverflowError"},
    {E_STATE, FAMILY_STATE, "java.lang.IllegalStateException"},
    {E_UNSUPPORTED, FAMILY_UNSUPPORTED, "java.lang.UnsupportedOperationException"},
    {E_REGEX, FAMILY_PATTERN, "java.util.regex.PatternSyntaxException"},
    {E_DATE_TIME, FAMILY_DATE_TIME, "java.time.DateTimeException"},
    {E_DATE_TIME_PARSE, FAMILY_DATE_TIME_PARSE, "java.time.format.DateTimeParseException"},
    {E_TEMPORAL_TYPE, FAMILY_TEMPORAL_TYPE, "java.time.temporal.UnsupportedTemporalTypeException"},
    {E_ZONE_RULES, FAMILY_ZONE_RULES, "java.time.zone.ZoneRulesException"},
    {E_USER, FAMILY_CHECKED, "java.lang.Exception"},
    {E_ERROR, FAMILY_ERROR, "java.lang.Error"},
    {E_THROWABLE, FAMILY_THROWABLE, "java.lang.Throwable"},
    {E_RUNTIME, FAMILY_RUNTIME, "java.lang.RuntimeException"}, /* last: what else there is */
};

static const struct {
    const char *name;
    uint32_t families;
} classes[] = {
    {"Throwable", CATCH_ALL},
    {"Exception", FAMILY_EXCEPTIONS},
    {"RuntimeException", FAMILY_EXCEPTIONS & ~(uint32_t)FAMILY_CHECKED},
    {"Error", FAMILY_ERRORS},
    {"VirtualMachineError", FAMILY_DEPTH},
    {"StackOverflowError", FAMILY_DEPTH},
    {"AssertionError", FAMILY_ASSERT},
    {"ExceptionInfo", FAMILY_EX_INFO},
    {"IExceptionInfo", FAMILY_EX_INFO},
    {"ArithmeticException", FAMILY_ARITHMETIC},
    {"IndexOutOfBoundsException", FAMILY_INDEX},
    {"StringIndexOutOfBoundsException", FAMILY_INDEX},
    {"ArrayIndexOutOfBoundsException", FAMILY_NONE},
    {"ClassCastException", FAMILY_CAST},
    {"NullPointerException", FAMILY_NULL},
    {"NumberFormatException", FAMILY_NUMBER_FORMAT},
    {"ArityException", FAMILY_ARITY},
    {"IllegalArgumentException", FAMILY_ARGUMENTS},
    {"PatternSyntaxException", FAMILY_PATTERN},
    {"IllegalStateException", FAMILY_STATE},
    {"UnsupportedOperationException", FAMILY_UNSUPPORTED},
    {"DateTimeException", FAMILY_DATE_TIMES},
    {"DateTimeParseException", FAMILY_DATE_TIME_PARSE},
    {"UnsupportedTemporalTypeException", FAMILY_TEMPORAL_TYPE},
    {"ZoneRulesException", FAMILY_ZONE_RULES},
    {"InterruptedException", FAMILY_NONE},
    {"TimeoutException", FAMILY_NONE},
    {"IOException", FAMILY_NONE},
};

static size_t find_family(struct value exception)
{
    bool data = exception_data(exception).type != VALUE_NIL;
    enum error_code code = data ? E_EX_INFO : exception_code(exception);
    size_t i = 0;

    while (i < ARRAY_COUNT(families) - 1 && families[i].code != code) {
        i++;
    }
    return i;
}

uint32_t catch_family(struct value exception)
{
    return families[find_family(exception)].family;
}

const char *catch_class_name(struct value exception)
{
    return families[find_family(exception)].class_name;
}

bool catch_class(struct text name, uint32_t *out_families)
{
    static const char *const packages[] = {
        "java.lang.",
        "clojure.lang.",
        "java.io.",
        "java.util.concurrent.",
        "java.util.regex.",
        "java.time.format.",
        "java.time.temporal.",
        "java.time.zone.",
        "java.time.",
    };

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
