#pragma once

#include "base/error.h"

/*
 * Migrations: the SQL files of migrations/, in order, each in a transaction of its own, recorded
 * with the SHA-256 of its text. Forward only. Under an advisory lock, so that servers which start
 * together do it once.
 */
struct pg_config;

/* See storage_migrate(). A migration whose text is not the one that was applied is an error; one
 * that is newer than this program is not. */
bool migrate_run(const struct pg_config *config, struct error *err) MUST_CHECK;
