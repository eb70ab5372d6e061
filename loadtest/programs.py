"""Programs that a measurement starts, and what their processes use: CPU, memory, disk."""
import ctypes
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time

import ending

START_SECONDS = 120
STOP_SECONDS = 120
TICKS = os.sysconf("SC_CLK_TCK")
LIBC = ctypes.CDLL(None)
BLOCK_BYTES = 512  # of st_blocks, whatever the file system


def environment(**extra):
    """Ours, without anything that would configure weir."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("WEIR_", "BREYTA_"))}
    return dict(kept, **{k: str(v) for k, v in extra.items()})


class Program:
    """A program that prints one JSON line when it is ready (or, with ready=False, none). Ctrl-C does not reach it:
    it is in a session of its own, and stopped by whoever started it."""

    living = []

    def __init__(self, arguments, log, ready=True, folder=None, prepare=None, **extra_environment):
        self.log = open(log, "ab")
        self.name = str(arguments[0])
        with ending.held():
            self.process = subprocess.Popen([str(a) for a in arguments], stdin=subprocess.DEVNULL, text=True,
                                            cwd=folder, stdout=subprocess.PIPE if ready else self.log,
                                            stderr=self.log, env=environment(**extra_environment),
                                            preexec_fn=prepare, start_new_session=True)
            self.living.append(self)
        self.ready = self._wait_ready(log) if ready else {}

    def _wait_ready(self, log):
        timer = threading.Timer(START_SECONDS, self.process.kill)
        timer.start()
        try:
            line = next((line for line in self.process.stdout if line.startswith("{")), None)
        finally:
            timer.cancel()  # or the bench would wait for it at its end
        if line is None:
            sys.exit(f"bench: {self.name} did not start; see {log}:\n"
                     + pathlib.Path(log).read_text(errors="replace")[-2000:])
        return json.loads(line)

    @property
    def pid(self):
        return self.process.pid

    def stop(self, number=signal.SIGTERM):
        """Its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            code = self.process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.log.close()
        if self in self.living:
            self.living.remove(self)
        return code

    def kill(self):
        return self.stop(signal.SIGKILL)

    @classmethod
    def stop_all(cls):
        """Those that nobody had the time to keep."""
        for program in reversed(cls.living):
            program.stop()


def children(pid):
    """The process and all below it."""
    found = [pid]
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in task.read_text().split():
                found += children(int(child))
        except OSError:
            pass
    return found


def cpu_seconds(pids):
    """User and system time: their own, by the clocks of the processes, which count nanoseconds and keep
    threads that have ended; and of children that have ended, for which there are only ticks of 10 ms."""
    total = 0
    for pid in pids:
        clock = ctypes.c_int()
        try:
            if LIBC.clock_getcpuclockid(pid, ctypes.byref(clock)) != 0:
                continue
            own = time.clock_gettime(clock.value)
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += own + sum(int(field) for field in fields[13:15]) / TICKS
    return total


def resident_mb(pids):
    """Resident memory, in full for each process: for one program that is nobody's copy."""
    total = 0
    for pid in pids:
        try:
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
        except OSError:
            continue
        found = re.search(r"VmRSS:\s+(\d+)", status)
        total += int(found[1]) if found else 0
    return total / 1024


def shared_mb(pids):
    """Memory of many processes: what several of them share counts once (PSS)."""
    total = 0
    for pid in pids:
        try:
            rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        found = re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)
        total += int(found[1]) if found else 0
    return total / 1024


def disk_bytes(folder, without=()):
    """What lies in a folder; folders of these names apart. Neither holes nor what was only reserved counts."""
    total = 0
    for path, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in without]
        for name in files:
            try:
                found = os.lstat(os.path.join(path, name))
                total += min(found.st_blocks * BLOCK_BYTES, found.st_size)
            except OSError:
                pass
    return total


def until(condition, what, seconds=120, pause=0.02):
    """What `condition` answers as soon as that is true."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > deadline:
            sys.exit(f"bench: {what}")
        time.sleep(pause)
    return answer
