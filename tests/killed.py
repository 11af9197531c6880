"""Kills a child process at a point that it names itself: what a power cut leaves, without a guess at the moment."""

import subprocess
import sys
from pathlib import Path

# The child waits at its point for an input that never comes.
_BEGINNING = """
import builtins, sys
def stop_here(point):
    if point == sys.argv[1]:
        print("here", flush=True)
        sys.stdin.read()
builtins.stop_here = stop_here
"""


def killed_at(point: str, script: str, *arguments: str | Path) -> None:
    """Run a script, which calls `stop_here` with the names of its points, and kill it at `point`.

    The script finds `arguments` in `sys.argv[2:]`.
    """
    command = [sys.executable, "-c", _BEGINNING + script, point, *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        said = child.stdout.readline()
        child.kill()
    assert said == "here\n", f"the child ended before {point}"
