"""Rivals: other engines, played by the same driver with the same workloads.

They are not part of the build. loadtest/rivals/install.sh downloads them, by hand, at the versions
that were measured; whoever asks for one that is not there is told so.
"""
import sys

from rivals.bullmq import Bullmq
from rivals.dbos import Dbos
from rivals.restate import Restate

_ALL = {rival.name: rival for rival in (Restate, Dbos, Bullmq)}
NAMES = list(_ALL)


def find(name):
    rival = _ALL[name]
    missing = rival.missing()
    if missing:
        sys.exit(f"bench: {name} is not installed ({missing}); run: loadtest/rivals/install.sh {name}")
    return rival
