#pragma once

#include "base/error.h"

/*
 * Log: one line an event on stderr, `time level where message key=value …`; JSON lines when
 * WEIR_LOG=json. Written with one write(2). Never payloads, never secrets.
 */
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_set_level(enum log_level level);
void log_write(enum log_level level, const char *where, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The error with code and detail. */
void log_write_error(enum log_level level, const char *where, const char *what,
                     const struct error *err);

/* `where` is the folder and subject: log_info("storage/pg", "connected to %s", host). */
#define log_debug(...) log_write(LOG_DEBUG, __VA_ARGS__)
#define log_info(...)  log_write(LOG_INFO, __VA_ARGS__)
#define log_warn(...)  log_write(LOG_WARN, __VA_ARGS__)
#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__)
