#!/usr/bin/env python3
"""The main job, played with the real programs; `./dev demo` calls it.

Starts weir with private Postgres and Redis, then shows each command and its output: push, lint,
release, a run started by a signed webhook, its steps, an approval, the end, and the usage counted.
Every step is checked: a demo that does not show what it says ends with exit status 1.
"""
import argparse
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SECRET = "demo-secret"
ORDER = {"id": "o-17", "customer": "Ada Lovelace",
         "items": [{"sku": "lamp", "price": 40, "count": 2}, {"sku": "desk", "price": 220, "count": 1}]}
COLOUR = sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def paint(code, text):
    return f"\033[{code}m{text}\033[0m" if COLOUR else text


def say(text):
    print(f"\n{paint('1', text)}", flush=True)


class Failed(Exception):
    """What the demo promised did not happen."""


def check(condition, what):
    if not condition:
        raise Failed(what)


class Shop(http.server.BaseHTTPRequestHandler):
    """The outside world of the flow: a shop's API on this machine."""

    applied = []

    def answer(self, payload, status=200):
        data = json.dumps(payload).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        self.answer(ORDER if self.path == f"/orders/{ORDER['id']}" else {"error": "no such order"},
                    200 if self.path == f"/orders/{ORDER['id']}" else 404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        Shop.applied.append(json.loads(body))
        self.answer({"applied": True})

    def log_message(self, *_):
        pass


class Demo:
    def __init__(self, options):
        self.bin, self.keep = options.bin, options.keep
        self.data = self.data_dir()
        self.server = None
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("WEIR_", "BREYTA_"))}
        if not COLOUR:
            self.environment["NO_COLOR"] = "1"

    @staticmethod
    def data_dir():
        if os.environ.get("WEIR_DATA"):
            return pathlib.Path(os.environ["WEIR_DATA"])
        if os.geteuid() == 0:
            return pathlib.Path("/var/lib/weir") / (hashlib.sha256(str(ROOT).encode()).hexdigest()[:12] + "-demo")
        return ROOT / "var" / "demo"

    def start(self):
        say("A server with all roles, on a private Postgres and Redis")
        command = [self.bin / "weir-server", "up", "--json", "--data", self.data, "--port", "0",
                   "--egress-allow", "127.0.0.0/8,::1/128"]
        print(paint("36", "$ weir up --port 0 --egress-allow 127.0.0.0/8,::1/128"), flush=True)
        log = open(ROOT / "build" / "demo.log", "wb")
        self.server = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, stderr=log, text=True,
                                       stdin=subprocess.DEVNULL, env=self.environment, start_new_session=self.keep)
        line = self.server.stdout.readline()
        if not line.startswith("{"):
            self.server.wait()
            tail = pathlib.Path(log.name).read_text(errors="replace").strip().splitlines()[-3:]
            raise Failed("the server did not start:\n  " + "\n  ".join(tail))
        self.url = json.loads(line)["url"]
        print(f"weir is ready: {self.url}")
        made = subprocess.run([str(self.bin / "weir-server"), "token", "--json", "--data", str(self.data),
                               "--workspace", "ws-demo"], env=self.environment, capture_output=True, text=True, check=False)
        check(made.returncode == 0, f"no token was made: {made.stderr.strip()}")
        self.token = json.loads(made.stdout)["token"]
        self.environment.update(WEIR_API_URL=self.url, WEIR_WORKSPACE="ws-demo", WEIR_TOKEN=self.token)

    def stop(self):
        if not self.server or self.server.poll() is not None:
            return
        if self.keep:
            print(f"\nThe server stays up (pid {self.server.pid}). To talk to it:\n"
                  f"  export WEIR_API_URL={self.url} WEIR_WORKSPACE=ws-demo WEIR_TOKEN={self.token}\n"
                  f"  kill {self.server.pid}   # stops it, Postgres and Redis")
            return
        self.server.send_signal(signal.SIGTERM)
        self.server.wait(timeout=60)

    def weir(self, *arguments, shown=True, stdin=None):
        """Runs the command, prints it and its output as a person sees it; answers its JSON."""
        words = [str(a) for a in arguments]
        done = subprocess.run([str(self.bin / "weir"), *words], env=self.environment, input=stdin,
                              capture_output=True, text=True, check=False, cwd=ROOT)
        check(done.returncode == 0, f"weir {' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        answer = json.loads(done.stdout)
        if shown:
            quoted = " ".join(w if w and all(c.isalnum() or c in "-_./:=@" for c in w) else f"'{w}'" for w in words)
            prefix = f"printf {SECRET} | " if stdin else ""
            print(paint("36", f"$ {prefix}weir {quoted}"), flush=True)
            pretty = subprocess.run([str(self.bin / "weir"), "render"], env=self.environment, input=done.stdout,
                                    capture_output=True, text=True, check=False)
            print((pretty.stdout if pretty.returncode == 0 else done.stdout).rstrip(), flush=True)
        return answer["data"]

    def webhook(self, shop):
        body = json.dumps({"order-id": ORDER["id"], "shop-url": shop}).encode()
        signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        url = f"{self.url}/ws-demo/events/orders"
        print(paint("36", f"$ curl -X POST {url} -H 'X-Signature: {signature[:16]}…' -H 'Idempotency-Key: …' "
                          f"-d '{body.decode()}'"), flush=True)
        request = urllib.request.Request(url, body, {
            "Content-Type": "application/json", "X-Signature": signature,
            "Idempotency-Key": f"demo-{time.time_ns()}"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                text = answer.read().decode()
        except urllib.error.HTTPError as error:
            raise Failed(f"the webhook was answered {error.code}: {error.read().decode()}") from error
        print(text)
        return json.loads(text)["data"]["workflowId"]

    def settle(self, run_id):
        return self.weir("runs", "show", run_id, "--wait", "--timeout", "60", shown=False)["run"]

    def play(self, shop):
        flow = "examples/order-review.clj"
        usage_before = self.executions()
        say("1. A flow file is checked, pushed as a draft, and released")
        check(self.weir("lint", flow)["valid"], "the example has lint errors")
        self.weir("flows", "push", flow)
        self.weir("flows", "release", "order-review", "--note", "first release")
        self.weir("secrets", "set", "orders-secret", stdin=SECRET)

        say("2. The shop reports a new order: a signed webhook starts a run")
        run_id = self.webhook(shop)
        run = self.settle(run_id)
        check(run["status"] == "waiting", f"the run is {run['status']}, not waiting: {json.dumps(run)}")

        say("3. The run fetched the order, worked out its total, kept it, and waits for a person")
        self.weir("runs", "show", run_id, "--steps")
        waits = self.weir("waits", "list", "--workflow", run_id)["waits"]
        check(len(waits) == 1, "there is not exactly one wait")

        say("4. A person approves, and the run goes on from where it was")
        self.weir("waits", "approve", waits[0]["waitId"], "--note", "looks right")
        run = self.settle(run_id)
        check(run["status"] == "completed", f"the run is {run['status']}: {json.dumps(run)}")
        check(Shop.applied == [{"order-id": "o-17", "total": 300}], f"the shop got {Shop.applied}")

        say("5. What happened: every step with its input and output, and the events")
        self.weir("runs", "show", run_id, "--steps")
        self.weir("runs", "events", run_id)

        say("6. What counts: step executions; the trigger, the wait and the approval are free")
        self.weir("usage")
        check(self.executions() - usage_before == 4, "the usage is not four step executions")

    def executions(self):
        return sum(row["executions"] for row in self.weir("usage", shown=False)["rows"])

    @staticmethod
    def farewell():
        say("That was the main job. What to try next:")
        print("  export PATH=$PWD/build/release:$PATH       weir and weir-server lie there\n"
              "  ./dev up                                   the server in the foreground\n"
              "  weir init my-flows                         a starter folder, with AGENTS.md for coding agents\n"
              "  weir flows push examples/daily-report.clj  a scheduled flow\n"
              "  weir eval '(reduce + (range 10))'          the flow language, offline\n"
              "  ./dev demo --keep                          this again, and leave the server up")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="where weir and weir-server are")
    parser.add_argument("--keep", action="store_true", help="leave the server up at the end")
    demo = Demo(parser.parse_args())
    shop = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=shop.serve_forever, daemon=True).start()
    try:
        demo.start()
        demo.play(f"http://127.0.0.1:{shop.server_address[1]}")
        demo.farewell()
        return 0
    except Failed as failure:
        print(f"\ndemo: {failure}", file=sys.stderr)
        demo.keep = False
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        demo.stop()
        shop.shutdown()


if __name__ == "__main__":
    sys.exit(main())
