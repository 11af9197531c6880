"""Who holds a port, in words."""

import asyncio
import socket
import sys
from pathlib import Path

import pytest

from chatapp.lan import ports, processes
from tests.conftest import Served

TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1388 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0000000000000000 100
   1: 0100007F:1388 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0000000000000000 20
"""


def test_only_listening_sockets_hold_a_port() -> None:
    assert list(processes.sockets_in(TABLE)) == [(5000, 1000, "4711")]


def test_the_airplay_receiver_is_called_by_its_name() -> None:
    assert ports.stranger("AirTunes/775.3.1", None).startswith("macOS's AirPlay Receiver")
    assert ports.stranger("nginx", "nginx") == "another program (nginx)"
    assert ports.stranger("", None) == "another program"


async def test_another_chat_is_called_by_its_name(chat: Served) -> None:
    assert await asyncio.to_thread(ports.holder, "127.0.0.1", chat.port) == "another chatapp (Chat)"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells by /proc who listens")
def test_a_program_that_is_silent_is_called_by_its_name() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        said = ports.holder("127.0.0.1", silent.getsockname()[1])
    assert said.startswith("another program (")
    assert Path("/proc/self/comm").read_text().strip() in said
