#pragma once

#include "storage/run_record.h"

/*
 * Run reader: many requests look at runs at the same time, so they share statements. What comes
 * while a read of the workspace is under way is read together when it returns, without a timer.
 * What few runs have is asked for only where a run has it: a run with relatives is read a
 * second time, and a large one alone.
 */
struct gateway;
struct run_reader;

struct run_reader *run_reader_new(struct gateway *gateway);
void run_reader_free(struct run_reader *reader); /* nothing is under way */
/* By the get's id, or by slug and number where it has a slug; its call says for whom, and on_done
 * comes from the loop. */
void run_reader_start(struct run_reader *reader, struct run_get *get);
