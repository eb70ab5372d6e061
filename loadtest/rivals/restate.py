"""Restate: a server of its own, with its default configuration and durability, and the node SDK."""
import json

import programs
from rivals.rival import Rival, free_port, get

SERVICES = {"chain-5": "Chain5", "latency-1": "Latency1", "http-3": "Http3", "park": "Park", "crash-5": "Chain5"}


class Restate(Rival):
    name = "restate"
    packages = ("@restatedev/restate-server-linux-x64", "@restatedev/restate-sdk")
    worker_file = "restate_worker.mjs"
    saturating = 256
    workloads = ("idle", "W1", "W2", "W3", "W4", "W5")

    def __init__(self, options):
        super().__init__(options)
        self.admin_port, self.node_port, self.worker_port = free_port(), free_port(), free_port()
        self.server = None
        self.taken = 0
        self.awakeables = self.folder / "awakeables"
        self.awakeables.touch()

    def start_engine(self):
        program = self.home() / "@restatedev/restate-server-linux-x64/bin/restate-server"
        (self.folder / "data").mkdir(exist_ok=True)
        self.server = self.start(
            [program, "--no-logo", "--node-name", "n1", "--base-dir", self.folder / "data"], "restate",
            RESTATE_DISABLE_TELEMETRY="true", RESTATE_LISTEN_MODE="tcp", RESTATE_BIND_IP="127.0.0.1",
            RESTATE_ADVERTISED_HOST="127.0.0.1", RESTATE_BIND_PORT=self.node_port,
            RESTATE_INGRESS__BIND_PORT=self.port, RESTATE_ADMIN__BIND_PORT=self.admin_port)
        programs.until(lambda: get(f"http://127.0.0.1:{self.admin_port}/health") == 200
                       and get(f"http://127.0.0.1:{self.port}/restate/health") == 200, "restate does not answer")

    def worker_environment(self):
        return {"PORT": self.worker_port, "AWAKEABLES": self.awakeables, "RESTATE_LOGGING": "ERROR"}

    def await_worker(self):
        """It listens, the server knows it, and a run has gone through."""
        self.await_port(self.worker, self.worker_port)
        told = json.dumps({"uri": f"http://127.0.0.1:{self.worker_port}", "force": True}).encode()
        programs.until(lambda: get(f"http://127.0.0.1:{self.admin_port}/deployments", told) in (200, 201),
                       "restate does not take the worker")
        programs.until(lambda: get(f"http://127.0.0.1:{self.port}/Latency1/warm{self.next_serial(1)}/run",
                                   b'{"id":"warm"}') == 200, "restate does not run anything")

    def engine_pids(self):
        return programs.children(self.server.pid) + programs.children(self.worker.pid)

    def run_request(self, kind):
        return ["--path", f"/{SERVICES[kind]}/r{{n}}/run", "--body", '{"id":"r{n}"}']

    def start_request(self, kind):
        return ["--path", f"/{SERVICES[kind]}/r{{n}}/run/send", "--body", '{"id":"r{n}"}']

    # W3

    def handed_out(self):
        return self.awakeables.read_text().splitlines()

    def park(self, count):
        there = len(self.handed_out())
        self.load("--connections", 64, "--requests", count, "--first", self.next_serial(count),
                  *self.start_request("park"))
        programs.until(lambda: len(self.handed_out()) >= there + count, "restate: runs do not park", seconds=600)

    def parked(self, count):
        given = self.handed_out()[self.taken:self.taken + count]
        self.taken += len(given)
        return given

    def resume_request(self):
        return ["--path", "/restate/awakeables/{1}/resolve", "--body", '{"go":1}',
                "--then-path", "/restate/workflow/Park/{2}/attach", "--then-method", "GET"]

    # W5: server and worker are killed together

    def engines(self):
        return [self.worker, self.server]

    def restart(self):
        self.start_engine()
        self.start_worker()
