#pragma once

#include "base/json.h"
#include "gateway/request.h"
#include "storage/flow_record.h"
#include "storage/run_record.h"
#include "storage/run_tree.h"
#include "storage/wait_record.h"

/*
 * Records: rows as the JSON objects of the wire (PROTOCOL, "Records"). Each function writes one
 * object where the writer stands. Payloads are decoded here; one that cannot be decoded is null.
 */
void record_run_members(struct request *request, struct json_writer *writer,
                        const struct run_record *run, bool with_result);
void record_run(struct request *request, struct json_writer *writer, const struct run_record *run,
                bool with_result);
/* The tree of runs that the run has called, as its member "children"; nothing when there are none.
 */
void record_children(struct request *request, struct json_writer *writer,
                     const struct run_tree *list);
void record_step(struct json_writer *writer, struct uuid run, const struct step_record *step,
                 bool with_payloads);
/* The links are written when the request has the workspace's keys and its role may decide. */
void record_wait(struct request *request, struct json_writer *writer,
                 const struct wait_record *wait);
void record_flow_members(struct json_writer *writer, const struct flow_record *flow);
void record_version(struct json_writer *writer, const struct flow_record *flow,
                    const struct version_record *version);

/* key: encoded as JSON; null when absent or broken. */
void record_payload(struct json_writer *writer, const char *key, struct text encoded);
/* key: the first max_len characters or so. */
void record_preview(struct json_writer *writer, const char *key, struct text encoded,
                    size_t max_len);
/* Encoded bytes as a JSON tree in the arena; NULL when absent or broken. */
const struct json *record_decode(struct arena *arena, struct text encoded);
