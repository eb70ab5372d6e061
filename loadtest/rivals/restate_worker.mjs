// The workloads on Restate: workflows, one key a run, each step a ctx.run().
import fs from "node:fs";
import http2 from "node:http2";
import * as restate from "@restatedev/restate-sdk";
import { compute, done, fetchStep } from "./common.mjs";

const awakeables = fs.openSync(process.env.AWAKEABLES, "a");

const steps = (count, step) => async (ctx, { id }) => {
  let last;
  for (let i = 0; i < count; i++) last = await ctx.run(`s${i}`, () => step(id, i));
  done(id);
  return last;
};

// The id of the awakeable is handed out durably, once.
const park = async (ctx, { id }) => {
  await ctx.run("first", () => compute(id, 0));
  const awakeable = ctx.awakeable();
  await ctx.run("hand out", () => {
    fs.writeSync(awakeables, `${awakeable.id}\t${id}\n`);
    return 1;
  });
  const value = await awakeable.promise;
  done(id);
  return value;
};

const workflow = (name, run) => restate.workflow({ name, handlers: { run } });
const services = [workflow("Chain5", steps(5, compute)), workflow("Latency1", steps(1, compute)),
  workflow("Http3", steps(3, fetchStep)), workflow("Park", park)];

http2.createServer(restate.createEndpointHandler({ services })).listen(+process.env.PORT, "127.0.0.1");
