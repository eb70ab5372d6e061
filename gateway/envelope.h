#pragma once

#include "gateway/request.h"

/*
 * Envelope: the one JSON object that every answer of the API is. Handlers write `data` as the
 * members of an object, then end with one of the answers, which free the request:
 *
 *     struct json_writer *writer = envelope_begin(request);
 *     json_put_text(writer, "flowSlug", slug);
 *     envelope_ok(request);
 */
struct json_writer *envelope_begin(struct request *request);
/* 200, with what was written since envelope_begin(); an empty object when it was not called. Where
 * the request claimed an operation id the answer is stored first, so this may go on later. */
void envelope_ok(struct request *request);
void envelope_ok_status(struct request *request, int status);
/* The error's status, code, message, position and hint; details from envelope_details(). Where the
 * database was lost and nothing is lost by it, all is done again first (request_retries()). */
void envelope_fail(struct request *request, const struct error *err);
/* Opens the error's details, an object: write its members, then envelope_fail(). */
struct json_writer *envelope_details(struct request *request);
/* meta.nextCommands; the format's arguments must be harmless in a shell. */
void envelope_next(struct request *request, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* meta.hasMore and meta.nextCursor; cursor absent: there is no more. */
void envelope_list(struct request *request, struct text next_cursor);

/* The pure part: appends an envelope. data, details: JSON, or absent. err NULL: ok. */
void envelope_write(struct buf *out, struct text workspace, const struct request_meta *meta,
                    struct text data, const struct error *err, struct text details);
