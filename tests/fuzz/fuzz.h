#pragma once

#include "base/assert.h"
#include "base/text.h"

/*
 * Fuzz: a target is one file fuzz_x.c with one fuzz_input(): it gives the bytes to what it is about
 * and asserts what must hold of any input. It must not crash, hang, leak, nor depend on the inputs
 * before. Built by clang it is driven by libFuzzer (fuzz_entry.c); in every other build
 * fuzz_replay.c feeds it what stands in corpus/x, so that what was found once stays fixed.
 *
 * The input has a block of its own of just its size, so that ASan sees a read past its end.
 */
void fuzz_input(struct text input);
