#pragma once

/*
 * Threads. pthread stays in here (and in io/); threads talk by messages, see ring.h. Threads are
 * started when the process starts and joined when it ends: there is no pool and no detaching.
 */
struct thread;

/* Starts function(arg) with all signals blocked. name: at most 15 bytes. Never NULL: aborts when
 * the host has no thread to give. */
struct thread *thread_start(const char *name, void (*function)(void *arg), void *arg);
void thread_join(struct thread *thread);
