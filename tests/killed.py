"""Kills a child process at a point that it names itself: what a power cut leaves, without a guess at the moment."""

import builtins
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from tests.forking import CONTEXT


def killed_at(point: str, script: str, *arguments: str | Path) -> None:
    """Run a script, which calls `stop_here` with the names of its points, and kill it at `point`.

    The script has `sys`, with `arguments` in `sys.argv[2:]`.
    """
    receiver, sender = CONTEXT.Pipe(duplex=False)
    child = CONTEXT.Process(target=_run, args=(sender, point, script, [str(each) for each in arguments]))
    child.start()
    sender.close()
    try:
        said = receiver.recv()
    except EOFError:
        said = None
    child.kill()
    child.join()
    receiver.close()
    assert said == point, f"the child ended before {point}"


def _run(sender: Connection, point: str, script: str, arguments: list[str]) -> None:
    def stop_here(reached: str) -> None:
        if reached == point:
            sender.send(point)
            signal.pause()

    builtins.stop_here = stop_here  # type: ignore[attr-defined]
    sys.argv = ["child", point, *arguments]
    exec(script, {"__name__": "__main__", "sys": sys})
