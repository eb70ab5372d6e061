#pragma once

struct request;

/* What operators ask: /healthz, /readyz, /metrics. */
void health_alive(struct request *request);
void health_ready(struct request *request);
void health_metrics(struct request *request);
