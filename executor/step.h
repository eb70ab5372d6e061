#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/id.h"
#include "executor/step_options.h"
#include "flow/heap.h"
#include "flow/value.h"
#include "storage/wait_record.h"

/*
 * Step: one call of flow/step on its way, and the contract of the files that carry out a type. A
 * type either acts (start) or waits (plan and settle): then the run parks. A type that does both
 * opens its wait, and starts when that is committed; the wait's outcome is the step's.
 *
 * An attempt that acts:
 *     step_type->start()  false: refused before anything ran; err is of class input or the like
 *                         true: under way; step->on_done comes once, from the loop, never inside
 *     step_type->cancel() a wish; on_done still comes, with E_CANCELLED or the result
 *
 * On success the step has put its encoded result into step->output. On failure it may have set
 * step->failure.
 */
struct image;
struct worker;

/* Which run a step belongs to; lives as long as the step. */
struct step_run {
    struct worker *worker;
    int64_t workspace, version;
    struct uuid id;
    int epoch;
    struct text workspace_name, slug;
    struct image *image;
    bool is_light;     /* executor/light.h */
    struct text input; /* the run's, encoded */
};

struct step {
    const struct step_run *run; /* In. */
    const struct step_type *type;
    struct text step_type, step_id, address;
    struct text config_bytes; /* encoded */
    struct value config;      /* decoded, in heap: a map, or nil */
    struct step_options options;
    int attempt;        /* from 1 */
    struct heap heap;   /* of this attempt: config, and what the result is made of */
    struct arena arena; /* of this attempt */
    /* err NULL: output holds the result. Last thing that the attempt does. */
    void (*on_done)(struct step *step, const struct error *err);

    struct buf output;           /* Out. */
    struct step_failure failure; /* status and retry_after_ms */
    struct text failure_body;    /* encoded, in arena, or absent */
    struct text failure_data;    /* encoded, in arena, or absent */
    struct text failure_run;     /* id of the called run that failed, in arena, or absent */
    bool refused;                /* nothing ran: it does not count */
    bool fenced;                 /* the run is somebody else's: drop it */

    void *state; /* Private to the type's file, in arena. */
};

/* What a type that waits asks for. Texts live in step->arena. */
struct step_wait_plan {
    enum wait_mode mode;
    int64_t timeout_ms;
    struct text asked; /* encoded, or absent */
    uint8_t digest[32];
    bool has_digest;
    struct text event_name, event_key;
};

struct step_type {
    const char *name;
    bool
        is_pure; /* has no effect and asks nobody: may start before what came before is committed */
    bool (*start)(struct step *step, struct error *err);
    void (*cancel)(struct step *step);
    bool (*plan)(struct step *step, struct step_wait_plan *out, struct error *err);
    /* The wait has ended as `wait` says: fills output, or answers false with the error of the step.
     */
    bool (*settle)(struct step *step, const struct wait_record *wait, struct error *err);
};

const struct step_type *step_type_find(struct text name); /* NULL: there is none */

/* Encodes the result into step->output; over LIMIT_STEP_RESULT an error that says what to do. */
bool step_result(struct step *step, struct value result, struct error *err) MUST_CHECK;
/* Encodes a part into the step's arena. */
bool step_encode(struct step *step, struct value value, struct text *out, struct error *err)
    MUST_CHECK;

extern const struct step_type step_http_type, step_function_type, step_code_type, step_kv_type,
    step_sleep_type, step_wait_type;
extern const struct step_type step_call_type; /* of flow/call-flow; no step has it */
