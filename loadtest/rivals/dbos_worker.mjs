// The workloads on DBOS: a library over Postgres; this process is engine, worker and front.
import { DBOS } from "@dbos-inc/dbos-sdk";
import { compute, done, fetchStep, front, parked } from "./common.mjs";

DBOS.setConfig({ name: "bench", systemDatabaseUrl: process.env.DATABASE, systemDatabasePoolSize: 20,
  logLevel: "error", applicationVersion: "1", executorID: "local" });

const steps = (count, step) => async (id) => {
  let last;
  for (let i = 0; i < count; i++) last = await DBOS.runStep(async () => step(id, i), { name: `s${i}` });
  done(id);
  return last;
};

const park = async (id) => {
  await DBOS.runStep(async () => compute(id, 0), { name: "first" });
  parked();
  const value = await DBOS.recv("resume", 86400);
  done(id);
  return value;
};

const workflows = {
  "chain-5": DBOS.registerWorkflow(steps(5, compute), { name: "chain-5" }),
  "latency-1": DBOS.registerWorkflow(steps(1, compute), { name: "latency-1" }),
  "http-3": DBOS.registerWorkflow(steps(3, fetchStep), { name: "http-3" }),
  park: DBOS.registerWorkflow(park, { name: "park" }),
};
const results = new Map(); // of parked runs, by id

await DBOS.launch();
front({
  async run(kind, id) {
    const handle = await DBOS.startWorkflow(workflows[kind], { workflowID: id })(id);
    return await handle.getResult();
  },
  async start(kind, id) {
    const handle = await DBOS.startWorkflow(workflows[kind], { workflowID: id })(id);
    const result = handle.getResult();
    result.catch(() => {});
    if (kind === "park") results.set(id, result);
  },
  async resume(id) {
    await DBOS.send(id, { go: 1 }, "resume");
  },
  async wait(id) {
    await (results.get(id) ?? DBOS.retrieveWorkflow(id).getResult());
    results.delete(id);
  },
}, +process.env.FRONT);
