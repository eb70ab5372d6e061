#include "io/pg_config.h"

#include "base/assert.h"
#include "base/buf.h"

#include <inttypes.h>

#define DEFAULT_CONNECTIONS        2
#define DEFAULT_QUEUE_MAX          4096
#define DEFAULT_PIPELINE_MAX       32
#define DEFAULT_DEADLINE_MS        30000
#define DEFAULT_CONNECT_TIMEOUT_MS 5000

static const char *copy(struct arena *arena, const char *source)
{
    return source ? arena_cstr(arena, text_from(source)) : NULL;
}

struct pg_config pg_config_copy(const struct pg_config *source, struct arena *arena)
{
    struct pg_config config = *source;
    struct pg_setting *settings = ARENA_ARRAY(arena, source->setting_count, struct pg_setting);

    for (size_t i = 0; i < source->setting_count; i++) {
        settings[i].name = copy(arena, source->settings[i].name);
        settings[i].value = copy(arena, source->settings[i].value);
    }
    config.settings = settings;
    config.host = copy(arena, source->host);
    config.hostaddr = copy(arena, source->hostaddr);
    config.dbname = copy(arena, source->dbname);
    config.user = copy(arena, source->user);
    config.password = copy(arena, source->password);
    config.sslmode = copy(arena, source->sslmode);
    config.sslrootcert = copy(arena, source->sslrootcert);
    config.application_name = copy(arena, source->application_name);
    if (!config.connection_count) config.connection_count = DEFAULT_CONNECTIONS;
    if (!config.queue_max) config.queue_max = DEFAULT_QUEUE_MAX;
    if (!config.pipeline_max) config.pipeline_max = DEFAULT_PIPELINE_MAX;
    if (!config.deadline_ms) config.deadline_ms = DEFAULT_DEADLINE_MS;
    if (!config.connect_timeout_ms) config.connect_timeout_ms = DEFAULT_CONNECT_TIMEOUT_MS;
    return config;
}

/* -c name=value …; white space and backslashes in values are escaped, as the server undoes it. */
static const char *options(const struct pg_config *config, struct arena *arena)
{
    CLEANUP(buf_done) struct buf buf = {0};

    for (size_t i = 0; i < config->setting_count; i++) {
        buf_printf(&buf, "%s-c %s=", i ? " " : "", config->settings[i].name);
        for (const char *c = config->settings[i].value; *c; c++) {
            if (*c == ' ' || *c == '\\' || *c == '\t' || *c == '\n') buf_char(&buf, '\\');
            buf_char(&buf, *c);
        }
    }
    return buf.len > 0 ? arena_cstr(arena, buf_get(&buf)) : NULL;
}

struct pg_keywords pg_config_keywords(const struct pg_config *config, struct arena *arena)
{
    int64_t timeout_s = (config->connect_timeout_ms + 999) / 1000;
    const struct pg_setting all[] = {
        {"host", config->host},
        {"hostaddr", config->hostaddr},
        {"port", config->port ? arena_printf(arena, "%d", config->port).ptr : NULL},
        {"dbname", config->dbname},
        {"user", config->user},
        {"password", config->password},
        {"sslmode", config->sslmode},
        {"sslrootcert", config->sslrootcert},
        {"application_name", config->application_name},
        {"options", options(config, arena)},
        {"client_encoding", "UTF8"},
        {"gssencmode", "disable"}, // it would look for credentials, blocking
        {"keepalives_idle", "30"},
        {"keepalives_interval", "10"},
        {"keepalives_count", "3"},
        // Only the blocking connection heeds it.
        {"connect_timeout", arena_printf(arena, "%" PRId64, timeout_s).ptr},
    };
    struct pg_keywords keywords = {0};
    size_t count = 0;

    _Static_assert(ARRAY_COUNT(all) <= PG_CONFIG_KEYWORDS, "the arrays are too short");
    for (size_t i = 0; i < ARRAY_COUNT(all); i++) {
        if (!all[i].value) continue;
        keywords.names[count] = all[i].name;
        keywords.values[count++] = all[i].value;
    }
    return keywords;
}
