#pragma once

#include "storage/call.h"

/* What a workspace asks for itself. On the gateway's pool: the one that call.workspace names. */
struct workspace_settings {
    struct text title;
    bool strict_style; /* a push treats findings of style as errors */
    int64_t created_ms;
};

/* Reads them; first, where `change` is set, changes what is asked for. */
struct workspace_settings_call {
    struct storage_call call;
    bool change, strict_style;
    bool found; /* Out. */
    struct workspace_settings settings;
};

void workspace_settings_start(struct workspace_settings_call *op);
