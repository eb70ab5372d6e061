// What the workers of all rivals share: the steps of the workloads, a log of their effects, and an
// HTTP front for engines that are libraries.
import fs from "node:fs";
import http from "node:http";

const PAD = "x".repeat(180);
const effectsLog = process.env.EFFECTS ? fs.openSync(process.env.EFFECTS, "a") : -1;
const target = `http://127.0.0.1:${process.env.TARGET}/`;
const waiting = new Map(); // id of a run -> who wants to hear of its end
let parkedCount = 0;

const effect = (id, step) => {
  if (effectsLog >= 0) fs.writeSync(effectsLog, `${id}\t${step}\n`);
};

// About 200 bytes of JSON, as a :function step of ours answers.
export const compute = (id, step) => {
  effect(id, step);
  return { n: step + 1, pad: PAD };
};

export const fetchStep = async (id, step) => {
  effect(id, step);
  const answer = await fetch(target);
  return await answer.json();
};

export const parked = () => {
  parkedCount++;
};

export const done = (id) => {
  effect(id, "done");
  const tell = waiting.get(id);
  waiting.delete(id);
  if (tell) tell();
};

export const untilDone = (id) => new Promise((resolve) => waiting.set(id, resolve));

// engine: run(kind, id), start(kind, id), resume(id), wait(id) -> promises
export function front(engine, port) {
  const answer = (response, status, value) => {
    const text = JSON.stringify(value ?? { ok: true });
    response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
    response.end(text);
  };
  const handle = async (verb, first, second) => {
    if (verb === "run") return await engine.run(first, second);
    if (verb === "start") return await engine.start(first, second).then(() => null);
    if (verb === "resume") return await engine.resume(first).then(() => null);
    if (verb === "wait") return await engine.wait(first).then(() => null);
    return { parked: parkedCount };
  };
  const server = http.createServer((request, response) => {
    const [, verb, first, second] = request.url.split("/");
    request.resume();
    request.on("end", () => handle(verb, first, second).then(
      (value) => answer(response, 200, value), (error) => answer(response, 500, { error: String(error) })));
  });
  server.keepAliveTimeout = 600000;
  server.requestTimeout = 0;
  server.listen(port, "127.0.0.1", 4096);
}
