#pragma once

/* libpq, but for the type pg_int64 that its headers define for old programs: the name is the reader
 * of pg_rows.h. */
#define pg_int64 libpq_int64 // NOLINT(readability-identifier-naming)
#include <libpq-fe.h>
#undef pg_int64
