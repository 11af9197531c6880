"""The real server in a process of its own that can be killed: `chatapp serve`, forked from a process that has its
modules loaded already, since loading them takes longer than all else at a start.
"""

import asyncio
import multiprocessing
import os
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from chatapp import cli

PATIENCE = 30.0
_fork = multiprocessing.get_context("forkserver")
_fork.set_forkserver_preload(["chatapp.launcher", "tests.soak.process"])


def _serve(arguments: Sequence[str], output: Connection, log: Path) -> None:
    os.environ["CHATAPP_RATE_LIMIT"] = "off"
    os.dup2(output.fileno(), 1)
    with log.open("ab") as file:
        os.dup2(file.fileno(), 2)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
    os._exit(cli.main(arguments))


class ServerProcess:
    """A chat on `data_dir` at `port`. What it logs, over all its lives, stands in `log`."""

    def __init__(self, data_dir: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = data_dir.with_suffix(".log")
        self._arguments = ["serve", "--host", "127.0.0.1", "--port", str(port), "--data-dir", str(data_dir)]
        self._output: asyncio.StreamReader | None = None
        self._process: BaseProcess | None = None

    async def begin(self) -> None:
        """Start it, without waiting until it serves."""
        assert self._process is None
        inlet, outlet = _fork.Pipe(duplex=False)
        process = _fork.Process(target=_serve, args=(self._arguments, outlet, self.log), daemon=True)
        await asyncio.to_thread(process.start)
        outlet.close()
        self._process, self._output = process, asyncio.StreamReader()
        pipe = os.fdopen(os.dup(inlet.fileno()), "rb", buffering=0)
        inlet.close()
        reader = self._output
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)

    async def serves(self) -> None:
        """Wait until it serves. Raises AssertionError when it ended instead."""
        assert self._output is not None
        async with asyncio.timeout(PATIENCE):
            async for line in self._output:
                if b"Ctrl-C" in line:
                    return
        raise AssertionError(f"the server ended at its start: {self.log.read_text()[-2000:]}")

    async def kill(self) -> None:
        """End it with SIGKILL."""
        if self._process is not None and self._output is not None:
            self._process.kill()
            await self._output.read()
            await asyncio.to_thread(self._process.join)
            self._process.close()
            self._process = None

    async def stop(self) -> None:
        """End it with SIGTERM, as it should end."""
        assert self._process is not None
        self._process.terminate()
        await asyncio.to_thread(self._process.join, PATIENCE)
        assert self._process.exitcode == 0
        await self.kill()
