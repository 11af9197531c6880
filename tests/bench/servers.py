"""The servers that are measured, each a process of its own."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Server:
    """A command that serves on `{port}`, keeping what it keeps in `{folder}`."""

    command: tuple[str, ...]

    @contextmanager
    def started(self) -> Iterator[tuple[int, int]]:
        """Its port and process id, while it runs."""
        with tempfile.TemporaryDirectory() as folder:
            port = free_port()
            command = [part.format(port=port, folder=folder) for part in self.command]
            process = subprocess.Popen(
                command,
                env={**os.environ, "CHATAPP_RATE_LIMIT": "off"},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            try:
                wait_for(port, process)
                yield port, process.pid
            finally:
                process.terminate()
                process.wait(10)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Return when the port answers. Raises RuntimeError when the process has ended."""
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.05)  # a port tells nobody that it is open now
        else:
            return
    raise RuntimeError("The server ended before it served.")


SERVERS = {
    "chatapp, durable": Server(
        (sys.executable, "-m", "chatapp", "serve", "--host", "127.0.0.1", "--port", "{port}", "--data-dir", "{folder}")
    ),
    "stock, stores nothing": Server((sys.executable, "-m", "tests.bench.stock", "{port}")),
}
