"""Chats as processes of their own that need not load the program: they are forked from one that has loaded it.

Nothing else differs: arguments, environment, folder, signals and exit code are as those of `python -m chatapp`.
"""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TextIO

from chatapp.cli import main
from tests.forking import CONTEXT


class Fork:
    """A running `chatapp` whose lines are read from `stdout`; what it logs is appended to the file `log`."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path) -> None:
        receiver, sender = CONTEXT.Pipe(duplex=False)
        self._process = CONTEXT.Process(target=_be_the_chat, args=(sender, [*arguments], {**environment}, folder, log))
        self._process.start()
        sender.close()
        self.stdout: TextIO = os.fdopen(os.dup(receiver.fileno()), "r")
        receiver.close()

    @property
    def pid(self) -> int:
        """The process."""
        assert self._process.pid is not None
        return self._process.pid

    def send_signal(self, number: signal.Signals) -> None:
        """As an operator or a power cut does."""
        os.kill(self.pid, number)

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit code once it has ended; below zero the signal that ended it. `timeout` in seconds."""
        self._process.join(timeout)
        assert self._process.exitcode is not None, "The chat did not end."
        return self._process.exitcode


def _be_the_chat(
    stdout: Connection, arguments: list[str], environment: dict[str, str], folder: Path, log: Path
) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(stdout.fileno(), 1)
    with log.open("a") as file:
        os.dup2(file.fileno(), 2)
    sys.argv = ["chatapp", *arguments]
    sys.exit(main())
