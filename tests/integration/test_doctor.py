"""The doctor's visit to a chat that runs, to one that rests, and to machines on which something is wrong."""

import asyncio
import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from chatapp import examination
from chatapp.domain.findings import Finding
from chatapp.examination import Serving
from chatapp.lan import ports
from chatapp.services.doctor import ClockWatch
from chatapp.settings import Settings
from chatapp.storage import backups
from chatapp.storage.database import Database
from chatapp.storage.tables import users
from tests.conftest import free_port
from tests.namespaces import joined, machines, need

EVERYTHING = ["addresses", "port", "firewall", "folder", "file_system", "database", "clock", "backup", "versions"]
EXAMINE = """
import asyncio, json, msgspec, sys
from pathlib import Path
from chatapp import examination
from chatapp.settings import Settings
found = asyncio.run(examination.examine(Settings(data_dir=Path(sys.argv[1]))))
print(json.dumps({one.id: [one.state, one.text, one.todo] for one in found}))
"""


async def examine(folder: Path, serving: Serving | None = None, port: int | None = None) -> dict[str, Finding]:
    """What is found, by its id."""
    found = await examination.examine(Settings(data_dir=folder, port=port or free_port()), serving)
    assert len({one.id for one in found}) == len(found)
    return {one.id: one for one in found}


def contents(folder: Path) -> dict[Path, bytes | None]:
    """Everything in a folder."""
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


@pytest.fixture
def folder(tmp_path: Path, empty_database: Path) -> Path:
    """The data folder of a chat in which a message was sent."""
    path = Path(shutil.copy(empty_database, tmp_path))

    async def fill() -> None:
        database = Database(path)
        async with database.writing.begin() as connection:
            await connection.execute(
                insert(users),
                {
                    "id": 1_700_000_000_000_000,
                    "username": "ada",
                    "role": "member",
                    "is_temporary": False,
                    "created_at": 1,
                },
            )
        await database.close()

    asyncio.run(fill())
    return tmp_path


async def test_a_chat_that_never_ran_is_examined_and_leaves_nothing(tmp_path: Path) -> None:
    found = await examine(tmp_path / "chat")
    assert list(found) == EVERYTHING
    assert found["database"].text.startswith("There is none yet.")
    assert {found[name].state for name in ("port", "folder", "file_system", "database", "backup")} == {"fine"}
    assert contents(tmp_path) == {}


async def test_a_chat_at_rest_is_examined_and_left_as_it_is(folder: Path) -> None:
    before = contents(folder)
    found = await examine(folder)
    assert found["database"].text.endswith("with a write-ahead log.")
    assert found["backup"].state == "look"
    assert contents(folder) == before
    backups.make(folder / "chat.sqlite3", folder / "backups")
    assert (await examine(folder))["backup"].state == "fine"


async def test_a_chat_that_runs_is_examined_through_its_own_connections(folder: Path) -> None:
    database = Database(folder / "chat.sqlite3")
    serving = Serving(free_port(), None, True, database, ClockWatch())
    found = await examine(folder, serving)
    assert list(found) == EVERYTHING
    assert found["port"].text.startswith(f"Port {serving.port} ")
    assert found["database"].text.endswith("with a write-ahead log.")
    assert found["firewall"].text == "Visitors from other machines get through."
    async with database.writing.begin() as connection:
        await connection.execute(update(users).values(id=9_000_000_000_000_000))
    later = (await examine(folder, serving))["clock"]
    assert later.state == "look"
    assert "The newest thing stored is of 2255-" in later.text
    await database.close()


async def test_a_damaged_database_is_told_of(folder: Path) -> None:
    (folder / "chat.sqlite3").write_bytes(b"this is no database at all, and long enough to be looked at" * 100)
    found = (await examine(folder))["database"]
    assert found.state == "broken"
    assert "is not of this program" in found.text


async def test_who_holds_the_port_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        number = other.getsockname()[1]
        found = (await examine(tmp_path, port=number))["port"]
    assert found.state == "broken"
    assert found.text.startswith(f"Port {number} is taken by another program")


async def test_a_look_at_the_port_leaves_it_free(tmp_path: Path) -> None:
    number = free_port()
    assert (await examine(tmp_path, port=number))["port"].state == "fine"
    for made in ports.listen(None, number):
        made.close()


def test_a_machine_without_a_network_is_told_of(tmp_path: Path) -> None:
    with machines(1) as (alone,):
        found = json.loads(alone.run(sys.executable, "-c", EXAMINE, str(tmp_path)))
    assert found["addresses"][0] == "broken"


def test_a_firewall_that_keeps_visitors_out_is_told_of_with_the_command_that_lets_them_in(tmp_path: Path) -> None:
    need("nft", "nftables")
    with joined(2) as (here, there):
        ask = [sys.executable, "-c", EXAMINE, str(tmp_path)]
        assert json.loads(here.run(*ask))["firewall"][0] == "fine"
        here.run("nft", "add table inet wall")
        here.run("nft", "add chain inet wall input { type filter hook input priority 0; policy drop; }")
        state, said, todo = json.loads(here.run(*ask))["firewall"]
        assert state == "look"
        assert "port 5000" in said
        knock = "import socket; socket.create_connection(('10.77.0.1', 5000), 1)"
        with pytest.raises(AssertionError, match="timed out"):
            there.run(sys.executable, "-c", knock)
        # What is to be typed is typed: then nothing is in the way, and a visitor is let in.
        here.run(*todo.removeprefix("Type, as administrator: sudo ").split())
        assert json.loads(here.run(*ask))["firewall"][0] == "fine"
        with pytest.raises(AssertionError, match="Connection refused"):
            there.run(sys.executable, "-c", knock)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 20 MB."""
    if shutil.which("mount") is None or not sys.platform.startswith("linux"):
        pytest.skip("needs the command mount of Linux")
    (place := tmp_path / "disk").mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=20m", "none", str(place)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"this user cannot mount anything: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", str(place)], check=True)


async def test_a_disk_that_is_nearly_full_is_told_of(small_disk: Path) -> None:
    found = (await examine(small_disk))["folder"]
    assert found.state == "broken"
    assert "and 21.0 MB are free" in found.text
