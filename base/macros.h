#pragma once

#include <stddef.h>

/* The few macros that everything uses. */

#define MUST_CHECK            __attribute__((warn_unused_result))
#define NORETURN              __attribute__((noreturn))
#define PRINTF_LIKE(fmt, arg) __attribute__((format(printf, fmt, arg)))
#define CLEANUP(function)     __attribute__((cleanup(function)))
#define UNUSED                __attribute__((unused))

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MIN(a, b)          ((a) < (b) ? (a) : (b))
#define MAX(a, b)          ((a) > (b) ? (a) : (b))

#define CONTAINER_OF(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))
