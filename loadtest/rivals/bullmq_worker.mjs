// The workloads on BullMQ, a queue over Redis: one job a run, whose data says which step is next
// ("process step jobs" of its documentation). An upper bound: a step's result is one update of the
// job, and completion is told from inside the worker, before the job itself is closed.
import { Queue, Worker } from "bullmq";
import { compute, done, fetchStep, front, untilDone } from "./common.mjs";

const connection = { host: "127.0.0.1", port: +process.env.REDIS_PORT, maxRetriesPerRequest: null };
const queues = {};

const handler = (count, step) => async (job) => {
  let { id, next = 0, last } = job.data;
  for (; next < count; next++) {
    last = await step(id, next);
    await job.updateData({ id, next: next + 1, last });
  }
  done(id);
  return last;
};

for (const [kind, count, step] of [["chain-5", 5, compute], ["latency-1", 1, compute], ["http-3", 3, fetchStep]]) {
  queues[kind] = new Queue(kind, { connection });
  new Worker(kind, handler(count, step), { connection, concurrency: 64 });
}

front({
  async run(kind, id) {
    const ended = untilDone(id);
    await queues[kind].add(kind, { id }, { jobId: id });
    await ended;
  },
  async start(kind, id) {
    await queues[kind].add(kind, { id }, { jobId: id });
  },
}, +process.env.FRONT);
