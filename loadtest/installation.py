"""weir as a subject: services and a server on free ports with a data directory of their own."""
import concurrent.futures
import http.client
import json
import os
import pathlib
import subprocess
import sys
import urllib.parse

import flows
import programs
from programs import Program
from subject import Subject

WORKSPACE = "ws-load"
COMPLETED = '"status":"completed"'
WAIT_MS = 30000
LIST_PAGE = 100
PSQL = "psql"


def token(binaries, data, workspace):
    done = subprocess.run([str(binaries / "weir-server"), "token", "--json", "--data", str(data), "--workspace",
                           workspace], check=True, capture_output=True, text=True, env=programs.environment())
    return json.loads(done.stdout)["token"]


class Weir(Subject):
    name = "weir"

    def __init__(self, options):
        super().__init__(options)
        self.data = self.folder / "data"
        self.services = self.server = self.workers = self.target = self.logging_target = None
        self.is_apart = False  # gateway and workers are two processes
        self.slugs = {}
        self.effects_from = self.effects_at_restart = 0

    def up(self):
        self.services = Program([self.bin / "weir-server", "services", "--json", "--data", self.data],
                                self.folder / "services.log")
        subprocess.run([str(self.bin / "weir-server"), "migrate", "--data", str(self.data)], check=True,
                       stdout=subprocess.DEVNULL, stderr=self.services.log)
        self.target = Program([self.bin / "weir-load-target"], self.folder / "target.log")
        self.start()
        self.headers = self.headers_of(WORKSPACE)

    def start(self):
        self.start_gateway(*(["--roles", "gateway"] if self.is_apart else []))
        if self.is_apart:
            self.workers = Program([*self.command_line(), "--roles", "executor,scheduler"],
                                   self.folder / "workers.log")

    def start_gateway(self, *options):
        self.server = Program([*self.command_line(), "--port", self.port, *options], self.folder / "server.log")
        self.port = int(self.server.ready["url"].rsplit(":", 1)[1].strip("/"))

    def command_line(self):
        return [self.bin / "weir-server", "run", "--json", "--data", self.data, "--egress-allow", "127.0.0.0/8"]

    def stop(self):
        """The worst exit code."""
        codes = [program.stop() for program in (self.server, self.workers) if program]
        self.server = self.workers = None
        return max(codes, default=0, key=abs)

    def down(self):
        code = self.stop()
        for program in (self.target, self.logging_target, self.services):
            if program:
                program.stop()
        self.close(code)
        return code

    def headers_of(self, workspace):
        return [f"Authorization: Bearer {token(self.bin, self.data, workspace)}", f"X-Weir-Workspace: {workspace}"]

    # what it uses

    def engine_pids(self):
        return [program.pid for program in (self.server, self.workers) if program]

    def pids(self):
        return self.engine_pids() + programs.children(self.services.pid)

    def disk_bytes(self):
        """Of Postgres, its write-ahead log apart: that is recycled."""
        return programs.disk_bytes(self.data, without=["pg_wal"])

    def sql(self, statement):
        """What psql prints, without a frame: rows of lines, columns behind tabs. It looks past row-level
        security, and is for what no command tells: exact times of claims, weights, counts over workspaces."""
        bin_folder = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
        psql = bin_folder[-1] / PSQL if bin_folder else PSQL
        done = subprocess.run([str(psql), "-X", "-A", "-t", "-q", "-F", "\t", "-h", self.services.ready["databaseHost"],
                               "-U", "postgres", "-d", "weir", "-v", "ON_ERROR_STOP=1", "-c", statement],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"bench: psql: {done.stderr.strip()}")
        return [line.split("\t") for line in done.stdout.splitlines()]

    def count(self, statement):
        return int(self.sql(statement)[0][0])

    # what it is asked

    def command(self, name, args):
        return self.command_answer(name, args)["data"]

    def command_answer(self, name, args):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        given = dict(header.split(": ", 1) for header in self.headers)
        connection.request("POST", "/api/commands", json.dumps({"command": name, "args": args}),
                           {"Content-Type": "application/json", **given})
        answer = json.loads(connection.getresponse().read())
        connection.close()
        if not answer["ok"]:
            sys.exit(f"bench: {name}: {json.dumps(answer)}")
        return answer

    def push(self, source):
        slug = self.command("flows.put_draft", {"flowLiteral": source})["flowSlug"]
        self.command("flows.release", {"flowSlug": slug})
        return slug

    def slug_of(self, kind):
        """A flow of the generic workloads, pushed when it is first asked for."""
        bodies = {"chain-5": lambda: flows.chain(5), "latency-1": lambda: flows.chain(1),
                  "http-3": lambda: flows.gets(3, self.target.ready["port"]),
                  "crash-5": lambda: flows.effects(5, self.logging_target.ready["port"]), "park": flows.park}
        if kind not in self.slugs:
            self.slugs[kind] = self.push(flows.flow(kind, bodies[kind]()))
        return self.slugs[kind]

    def command_request(self, name, args, expect='"ok":true'):
        return ["--path", "/api/commands", "--body", json.dumps({"command": name, "args": args}), "--expect", expect]

    def run_of(self, slug, given=None):
        """A run of a flow, answered at its end."""
        return self.command_request("runs.start", {"flowSlug": slug, "input": given or {}, "waitMs": WAIT_MS},
                                    expect=COMPLETED)

    def run_request(self, kind):
        return self.run_of(self.slug_of(kind))

    def start_request(self, kind):
        """Answered when the run is durable."""
        return self.command_request("runs.start", {"flowSlug": self.slug_of(kind), "input": {}}) + [
            "--field", "workflowId"]

    # many workspaces

    def make_workspaces(self, names):
        """Tokens of new workspaces, by name."""
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            return dict(zip(names, pool.map(lambda name: token(self.bin, self.data, name), names)))

    # W3

    def park(self, count):
        """Starts as many runs that park, and waits until they do."""
        there = self.count("select count(*) from weir.waits where status = 0")
        done = self.load("--connections", 64, "--requests", count, *self.start_request("park"))
        if done["bad"]:
            sys.exit("bench: W3: starts were refused")
        programs.until(lambda: self.count("select count(*) from weir.waits where status = 0") >= there + count,
                       "W3: the runs do not park", seconds=600, pause=0.05 + count / 500000)

    def parked(self, count):
        """Lines for resume_request(): the callback's path and the run, of those that wait longest."""
        lines, cursor = [], None
        while len(lines) < count:
            args = {"flowSlug": "park", "limit": LIST_PAGE} | ({"cursor": cursor} if cursor else {})
            answer = self.command_answer("waits.list", args)
            lines += [f"{urllib.parse.urlsplit(wait['callbackUrl']).path}\t{wait['workflowId']}"
                      for wait in answer["data"]["waits"]]
            cursor = answer.get("meta", {}).get("nextCursor")
            if not cursor:
                break
        return lines[:count]

    def resume_request(self):
        get = {"command": "runs.get", "args": {"workflowId": "{2}", "waitMs": WAIT_MS}}
        return ["--path", "{1}", "--body", '{"go":true}', "--expect", '"ok":true', "--then-path", "/api/commands",
                "--then-body", json.dumps(get), "--then-expect", COMPLETED]

    # W5

    def prepare_crash(self):
        """Warm; what the target has seen until now does not count."""
        self.logging_target = Program([self.bin / "weir-load-target", self.effects_file()],
                                      self.folder / "logging-target.log")
        self.load("--connections", 8, "--requests", 50, *self.run_request("crash-5"))
        self.effects_from = self.effects_file().stat().st_size

    def effects_file(self):
        return self.folder / "effects"

    def crash(self):
        self.server.kill()
        self.server = None  # its exit code is none of the installation's
        programs.until(lambda: self.count("select count(*) from pg_stat_activity where usename like 'weir_%'") == 0,
                       "the killed server's sessions stay")

    def journal_at_crash(self):
        """The steps that were committed when the server died, as the target names them."""
        rows = self.sql("select r.number, s.step_id from weir.steps s join weir.runs r on r.workspace = s.workspace "
                        "and r.id = s.run join weir.flows f on f.id = r.flow where f.slug = 'crash-5'")
        return {f"/flow-crash-5-{WORKSPACE}-r{number}/{step[1:]}" for number, step in rows}

    def restart(self):
        self.effects_at_restart = self.effects_file().stat().st_size
        self.start()

    def run_name(self, _number, field):
        return field

    def completed(self):
        rows = self.sql("select r.number from weir.runs r join weir.flows f on f.id = r.flow "
                        "where f.slug = 'crash-5' and r.status = 3")
        return {f"flow-crash-5-{WORKSPACE}-r{number}" for number, in rows}

    def repeated(self, committed):
        """Effects that came more than once, and those among them whose step was in the journal already."""
        whole = self.effects_file().read_bytes()
        seen, keys, again, committed_again = set(), {}, 0, 0
        late = whole[self.effects_at_restart:].decode().splitlines()
        for line in whole[self.effects_from:].decode().splitlines():
            path, key = line.split("\t")
            again += path in seen
            seen.add(path)
            keys.setdefault(path, set()).add(key)
        for line in late:
            committed_again += line.split("\t")[0] in committed
        return {"repeated_steps": again, "committed_again": committed_again,
                "keys_changed": sum(len(found) > 1 for found in keys.values())}
