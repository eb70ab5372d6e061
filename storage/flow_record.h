#pragma once

#include "storage/endpoint.h"
#include "storage/schedule_record.h"

/*
 * Flows and their versions. A version is immutable and named by its content within its flow: the
 * same bytes pushed twice are the same version. Draft and live are pointers to versions; a release
 * is a version with a number and a note. On the gateway's pool but where said otherwise.
 */
struct flow_record {
    int64_t id;
    struct text slug, name, description;
    int64_t draft_version, live_version;         /* version ids; 0: none */
    int draft_number, live_number, live_release; /* 0: none */
    int64_t created_ms, updated_ms, archived_ms; /* archived_ms 0: not archived */
    int64_t run_count;
};

struct version_record {
    int64_t id, flow, workspace;
    int number, language;
    int release; /* its newest release, or 0 */
    uint8_t content_hash[32];
    struct text slug;
    struct text source; /* absent where it was not asked for */
    struct text created_by, note;
    int64_t created_ms, released_ms;
};

enum flow_put_outcome { FLOW_PUT_SAVED, FLOW_PUT_TAKEN };

struct flow_put {
    struct storage_call call;
    struct text slug, name, description, source, created_by;
    uint8_t content_hash[32];
    int language;
    const struct endpoint *endpoints; /* the draft's doors */
    size_t endpoint_count;
    enum flow_put_outcome outcome; /* Out. */
    int64_t flow, version;
    int number;
    bool new_flow, new_version;
    struct text taken; /* FLOW_PUT_TAKEN: which flow has which path */
};

void flow_record_put_start(struct flow_put *op);

enum flow_release_outcome {
    FLOW_RELEASED,
    FLOW_RELEASE_TAKEN,
    FLOW_RELEASE_NONE, /* no such flow, or the version is not one of it */
    FLOW_RELEASE_ARCHIVED
};

struct flow_release {
    struct storage_call call;
    struct text slug, note, created_by;
    int64_t version;                  /* id, from flow_record_get_start() */
    const struct endpoint *endpoints; /* the version's doors, which become the live ones */
    size_t endpoint_count;
    const struct schedule *schedules; /* with next_ms */
    size_t schedule_count;
    enum flow_release_outcome outcome; /* Out. */
    int64_t flow, previous_version;
    int release, number;
    struct text taken;
};

void flow_record_release_start(struct flow_release *op);

enum flow_source {
    FLOW_DRAFT,
    FLOW_ACTIVE /* live */,
    FLOW_LATEST /* pushed last */,
    FLOW_VERSION
};

struct flow_get {
    struct storage_call call;
    struct text slug;
    enum flow_source which;
    int number; /* FLOW_VERSION */
    bool with_source;
    bool found, has_version; /* Out: the flow is there; so is that version. */
    struct flow_record flow;
    struct version_record version;
};

void flow_record_get_start(struct flow_get *op);

/* A version by its id, of any workspace (call.workspace is not looked at), with source: for images.
 * The engine's pool. */
struct version_get {
    struct storage_call call;
    int64_t id;
    bool found; /* Out. */
    struct version_record version;
};

void flow_record_version_start(struct version_get *op);

/* Which version a call of the flow means, by slug and target, or by number. The engine's pool. */
struct version_find {
    struct storage_call call;
    struct text slug;
    enum flow_target target;
    int number;              /* 0: what target names */
    bool found, is_archived; /* Out: of the flow. */
    int64_t version;         /* 0: there is none */
};

void flow_record_find_start(struct version_find *op);

/* By slug; flows that have no version yet are left out. */
struct flow_list {
    struct storage_call call;
    struct text after_slug; /* cursor: the last one's slug, or absent */
    bool with_archived;
    int limit;
    struct flow_record *flows; /* Out. */
    size_t count;
    bool has_more;
};

void flow_record_list_start(struct flow_list *op);

/* Newest first, without source. */
struct version_list {
    struct storage_call call;
    struct text slug;
    int before_number; /* cursor; 0: from the newest */
    int limit;
    bool found; /* Out: the flow is there. */
    struct flow_record flow;
    struct version_record *versions;
    size_t count;
    bool has_more;
};

void flow_record_versions_start(struct version_list *op);

struct flow_archive {
    struct storage_call call;
    struct text slug;
    bool found; /* Out. */
};

void flow_record_archive_start(struct flow_archive *op);
