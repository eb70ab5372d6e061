"""DBOS Transact for TypeScript: a library over Postgres. Its process is engine, worker and front."""
import json
import urllib.request

import programs
from rivals.rival import Postgres, Rival


class Dbos(Rival):
    name = "dbos"
    packages = ("@dbos-inc/dbos-sdk", "pg")
    worker_file = "dbos_worker.mjs"
    saturating = 64
    workloads = ("idle", "W1", "W2", "W3", "W4", "W5")

    def start_engine(self):
        self.postgres = Postgres(self)

    def worker_environment(self):
        return {"DATABASE": self.postgres.url}

    def parked_count(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/parked", timeout=30) as answer:
            return json.load(answer)["parked"]

    def park(self, count):
        there, first = self.parked_count(), self.next_serial(count)
        self.load("--connections", 64, "--requests", count, "--first", first, *self.start_request("park"))
        self.waiting = getattr(self, "waiting", []) + [f"r{first + i}" for i in range(count)]
        programs.until(lambda: self.parked_count() >= there + count, "dbos: runs do not park", seconds=600)

    def parked(self, count):
        given, self.waiting = self.waiting[:count], self.waiting[count:]
        return given

    def resume_request(self):
        return ["--path", "/resume/{1}", "--body", "{}", "--then-path", "/wait/{1}", "--then-method", "GET"]
