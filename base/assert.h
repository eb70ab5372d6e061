#pragma once

#include "base/macros.h"

/*
 * ASSERT is for our own mistakes, never for input, and stays on in release: it prints the
 * condition and aborts; runs resume elsewhere. DEBUG_ASSERT is for costly checks in debug builds.
 */
NORETURN void assert_fail(const char *condition, const char *file, int line);

#define ASSERT(condition) ((condition) ? (void)0 : assert_fail(#condition, __FILE__, __LINE__))

#ifdef NDEBUG
#define DEBUG_ASSERT(condition) ((void)0)
#else
#define DEBUG_ASSERT(condition) ASSERT(condition)
#endif
