#pragma once

#include "base/buf.h"
#include "base/error.h"
#include "flow/value.h"

/*
 * Failure: how the failure of a step or of a run stands in the journal, and what the body catches
 * (LANGUAGE section 11): a map {:class :code :message :hint :step-id :attempt :status :body …},
 * encoded by the codec. class, code and step-id are keywords.
 */
struct failure {
    struct error error;
    struct text step_id; /* absent: not of a step */
    struct text address; /* absent: not of a step */
    int attempt;         /* 0: not of a step, or refused before the first */
    int status;          /* HTTP's, or 0 */
    struct text body;    /* encoded: what the other side answered; absent: nothing */
    struct text run;     /* id of the called run that failed; absent: none */
    struct text data;    /* encoded: ex-data of what the flow's own code threw; absent: nothing */
};

/* Encodes it; what of body or data is too large is left out. */
void failure_encode(const struct failure *failure, struct buf *out);
/* A map of failure_encode() back, in heap; as an error too. */
bool failure_decode(struct heap *heap, struct text bytes, struct value *out_data,
                    struct error *out_error, struct error *err) MUST_CHECK;
