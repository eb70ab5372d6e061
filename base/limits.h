#pragma once

/*
 * Every bound of the product stands here, with its reason. Sizes are in bytes unless the name says
 * otherwise. What a workspace's plan may raise starts from LIMIT_RUN_*.
 */

#define LIMIT_JSON_DEPTH       512
#define LIMIT_JSON_DEPTH_WORDS (LIMIT_JSON_DEPTH / 64)
#define LIMIT_READER_DEPTH     512  /* nested forms; the compiler's own stack is bounded by it */
#define LIMIT_COMPILE_DEPTH    1500 /* nested forms after macros; about 1 MB of C stack */
#define LIMIT_COMPILE_BYTES    268435456 /* 256 MiB; forms and code while a flow is compiled */
#define LIMIT_READER_EXPANSION 200000    /* forms that syntax-quotes of one source expand to */
#define LIMIT_READER_DIGITS    10000     /* of one number */
#define LIMIT_READER_SOURCE    67108864  /* 64 MiB */

#define LIMIT_FLOW_DEFINITION 153600        /* 150 KiB; without templates and functions */
#define LIMIT_FLOW_PART       (1024 * 1024) /* templates, and functions, each */
#define LIMIT_FLOW_ENTRIES    1000          /* functions, schedules, inputs, …, of each */
#define LIMIT_FLOW_STEPS      50            /* packaged steps */
#define LIMIT_FLOW_FILE       3145728       /* 3 MiB; all of it */
#define LIMIT_REQUEST_BODY    4194304       /* 4 MiB; commands; routes may have less */
#define LIMIT_WEBHOOK_BODY    1048576       /* 1 MiB */
#define LIMIT_HEADER_BLOCK    32768         /* 32 KiB */

#define LIMIT_RUN_FUEL      100000000LL /* instructions, replayed ones included */
#define LIMIT_RUN_HEAP      67108864    /* 64 MiB */
#define LIMIT_EVAL_TEXT     8388608     /* 8 MiB; of a value that is evaluated offline */
#define LIMIT_RUN_DEPTH     1000        /* frames */
#define LIMIT_RUN_STEPS     100000
#define LIMIT_RUN_FIBERS    1000 /* branches of flow/parallel and its like at once, in all */
#define LIMIT_FORK_RUNNING  100  /* branches of one call at once; more of them wait */
#define LIMIT_CALL_DEPTH    5    /* runs above a child: flow/call-flow in called flows */
#define LIMIT_FUNCTION_FUEL 10000000LL
#define LIMIT_FUEL_SLICE    20000     /* instructions between two looks at the loop */
#define LIMIT_STEP_RESULT   524288    /* 512 KiB */
#define LIMIT_SCHEMA_FUEL   1000000LL /* looks at values, keys and choices */
#define LIMIT_TEMPLATE_FUEL 300000LL  /* tags, and one for each 64 bytes */
#define LIMIT_RUN_INPUT     524288    /* 512 KiB */

#define LIMIT_BATCH_ROWS      256
#define LIMIT_BATCH_BYTES     1048576 /* 1 MiB */
#define LIMIT_CLAIM           64
#define LIMIT_CLAIM_ROWS      256          /* journal rows of a run, with its claim and in a page */
#define LIMIT_CLAIM_BYTES     1048576      /* 1 MiB of their payloads, but at least one row */
#define LIMIT_RUN_CRASHES     3            /* in a row, then the run is quarantined */
#define LIMIT_LIST            1000         /* rows of a list that has no cursor */
#define LIMIT_WORKER_RUNS     512          /* in memory at once, a worker */
#define LIMIT_WORKER_BYTES    1073741824   /* 1 GiB; virtual machines of a worker, together */
#define LIMIT_WAIT_MS         30000        /* runs.start and runs.get */
#define LIMIT_WAIT_TIMEOUT_MS 2592000000LL /* 30 days */
/* Runs that are due later are rows only: Redis is told of them when it is near. */
#define LIMIT_TIMER_AHEAD_MS 600000

#define LIMIT_CRON_SOURCE 256
#define LIMIT_ZONE_NAME   64
#define LIMIT_ZONE_FILE   65536 /* 64 KiB; the largest of tzdata is 4 KB */
