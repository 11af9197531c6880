"""Starting and stopping, as real processes on real ports."""

import asyncio
import contextlib
import http.client
import json
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import socketio

import chatapp

SECONDS_TO_STOP = 20


class Chat:
    """A chat in a process of its own; constructed, it has started."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        self.lines: list[str] = []
        self.data = folder / "data"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "chatapp", *arguments, "--data-dir", str(self.data)],
            cwd=folder,
            env=environment_in(folder) | environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.strip())
            if line.startswith("Ctrl-C"):
                break

    @property
    def url(self) -> str:
        """The address for this machine."""
        return next(line.split()[-1] for line in self.lines if line.startswith("On this machine"))

    @property
    def port(self) -> int:
        """The port it listens on."""
        return urlsplit(self.url).port or 0

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Stop it and return its exit code; a stop that takes longer than `SECONDS_TO_STOP` raises."""
        self.process.send_signal(number)
        return self.process.wait(timeout=SECONDS_TO_STOP)

    def get(self, path: str, host: str = "127.0.0.1") -> Any:
        """Return the JSON at `path`."""
        with contextlib.closing(http.client.HTTPConnection(host, self.port, timeout=10)) as connection:
            connection.request("GET", path)
            return json.loads(connection.getresponse().read())


def environment_in(folder: Path) -> dict[str, str]:
    """Return an environment that shares nothing with the developer's own chat."""
    root = str(Path(chatapp.__file__).parent.parent)
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": root}


def refused(folder: Path, *arguments: str) -> str:
    """Return the sentence with which a start with these arguments is refused."""
    done = subprocess.run(
        [sys.executable, "-m", "chatapp", *arguments],
        cwd=folder,
        env=environment_in(folder),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


async def done(person: socketio.AsyncClient, event: str, payload: dict[str, str]) -> None:
    """Send an event that must be acknowledged as done."""
    answer: Any = await person.call(event, payload)
    assert answer["ok"], answer


Start = Callable[..., Chat]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start chats that end with the test at the latest."""
    started: list[Chat] = []

    def start_one(*arguments: str, **environment: str) -> Chat:
        started.append(Chat(tmp_path, *arguments, **environment))
        return started[-1]

    yield start_one
    for chat in started:
        chat.process.kill()
        chat.process.wait()
        assert chat.process.stdout is not None
        chat.process.stdout.close()


def test_it_answers_and_stops_with_code_0(start: Start) -> None:
    chat = start("serve", "--port", "0")
    assert chat.get("/healthz") == {"status": "ok"}
    assert chat.stop() == 0


def test_ctrl_c_stops_it_with_code_0(start: Start) -> None:
    assert start("serve", "--port", "0").stop(signal.SIGINT) == 0


async def test_it_stops_in_time_with_people_connected_and_keeps_what_was_said(start: Start) -> None:
    chat = start("serve", "--port", "0")
    ada = socketio.AsyncClient(reconnection=False)
    await ada.connect(chat.url, transports=["websocket"])
    await done(ada, "set_username", {"username": "Ada"})
    await done(ada, "join_room", {"room": "general"})
    await done(ada, "send_message", {"message": "Kept"})
    async with httpx.AsyncClient(base_url=chat.url, timeout=30) as grace, asyncio.TaskGroup() as group:
        polls = asyncio.Event()
        group.create_task(poll_without_end(grace, polls))
        await polls.wait()
        began = time.monotonic()
        assert await asyncio.to_thread(chat.stop) == 0
        assert time.monotonic() - began < SECONDS_TO_STOP
    await ada.wait()
    again = start("serve", "--port", "0")
    assert [message["message"] for message in again.get("/api/rooms/general/messages")["messages"]] == ["Kept"]


async def poll_without_end(client: httpx.AsyncClient, polls: asyncio.Event) -> None:
    """Connect by polling, set `polls`, and keep a request open until the server ends."""
    asked = {"EIO": "4", "transport": "polling"}
    asked["sid"] = json.loads((await client.get("/socket.io/", params=asked)).text[1:])["sid"]
    await client.post("/socket.io/", params=asked, content="40")
    with contextlib.suppress(httpx.HTTPError):
        while (await client.get("/socket.io/", params=asked)).is_success:
            polls.set()


def test_both_families_of_addresses_are_served(start: Start) -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    chat = start("serve", "--port", "0")
    assert chat.get("/healthz", "127.0.0.1") == chat.get("/healthz", "::1")


def test_one_address_can_be_asked_for(start: Start) -> None:
    chat = start("serve", "--port", "0", "--host", "127.0.0.1")
    assert chat.url == f"http://127.0.0.1:{chat.port}"
    with pytest.raises(OSError, match="refused"):
        chat.get("/healthz", "::1")


def test_a_port_taken_by_another_chat_is_named_so(start: Start, tmp_path: Path) -> None:
    chat = start("serve", "--port", "0", "--name", "Ward 7")
    sentence = refused(tmp_path, "serve", "--port", str(chat.port), "--data-dir", "other")
    assert f"Port {chat.port} is taken by another chatapp (Ward 7)" in sentence


def test_a_port_taken_by_something_else_is_named_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert f"Port {port} is taken by another program" in refused(tmp_path, "serve", "--port", str(port))


def test_without_asking_the_next_free_port_is_taken(start: Start) -> None:
    with contextlib.ExitStack() as taken:
        with contextlib.suppress(OSError):
            taken.enter_context(socket.create_server(("0.0.0.0", 5000)))
        assert start("serve").port > 5000


def test_two_programs_never_share_a_data_folder(start: Start, tmp_path: Path) -> None:
    chat = start("serve", "--port", "0")
    assert f"in use by the chat at {chat.url}" in refused(
        tmp_path, "serve", "--port", "0", "--data-dir", str(chat.data)
    )


def test_a_killed_program_leaves_its_folder_free(start: Start) -> None:
    start("serve", "--port", "0").process.kill()
    assert start("serve", "--port", "0").stop() == 0


def test_what_is_private_is_readable_by_its_owner_only(start: Start) -> None:
    chat = start("serve", "--port", "0")
    modes = {name: stat.S_IMODE((chat.data / name).stat().st_mode) for name in ("", "secret_key", "running.json")}
    assert modes == {"": 0o700, "secret_key": 0o600, "running.json": 0o600}
    chat.stop()
    assert not (chat.data / "running.json").exists()


def test_the_key_is_kept_and_one_that_is_given_is_not(start: Start) -> None:
    chat = start("serve", "--port", "0")
    key = (chat.data / "secret_key").read_text()
    chat.stop()
    start("serve", "--port", "0").stop()
    assert (chat.data / "secret_key").read_text() == key
    (chat.data / "secret_key").unlink()
    start("serve", "--port", "0", SECRET_KEY="sixteen characters or more").stop()
    assert not (chat.data / "secret_key").exists()


def test_open_opens_the_browser_and_serve_does_not(start: Start, tmp_path: Path) -> None:
    # The browser writes into a pipe, which makes the reader wait for it.
    pipe, command = tmp_path / "pipe", tmp_path / "browser"
    os.mkfifo(pipe)
    command.write_text(f'#!/bin/sh\necho "$1" > {pipe}\n')
    command.chmod(0o755)
    chat = start("--port", "0", BROWSER=str(command))
    opened, _, code = pipe.read_text().strip().partition("/#/host/")
    assert opened == chat.url
    assert len(code) == 43
    chat.stop()
    start("--no-browser", "--port", "0", BROWSER=str(tmp_path / "missing")).stop()


def test_a_second_double_click_opens_the_browser_at_the_first(start: Start, tmp_path: Path) -> None:
    chat = start("serve", "--port", "0")
    opened, command = tmp_path / "opened", tmp_path / "browser"
    command.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    command.chmod(0o755)
    second = start(BROWSER=str(command))
    assert second.process.wait(timeout=30) == 0
    at, _, code = opened.read_text().strip().partition("/#/host/")
    assert at == chat.url
    assert len(code) == 43


def test_the_addresses_for_others_are_said(start: Start) -> None:
    chat = start("serve", "--port", "0")
    others = [line.split()[-1] for line in chat.lines if line.startswith(("Others", "or:"))]
    assert others == chat.get("/api/identity")["addresses"]


def test_clean_asks_the_running_chat_and_works_without_one(start: Start, tmp_path: Path) -> None:
    chat = start("serve", "--port", "0")

    def clean(*more: str) -> str:
        command = [sys.executable, "-m", "chatapp", "clean", "--data-dir", str(chat.data), *more]
        return subprocess.run(command, env=environment_in(tmp_path), capture_output=True, text=True, check=True).stdout

    assert clean("--dry-run") == "0 messages would go.\n"
    assert clean() == "0 messages removed.\n"
    chat.stop()
    assert clean("--dry-run") == "0 messages would go.\n"


def host_of(chat: Chat) -> httpx.Client:
    """Somebody who came by the link that was printed."""
    ada = httpx.Client(base_url=chat.url, timeout=30, trust_env=False)
    token = ada.post("/api/session", json={"username": "Ada"}).json()["token"]
    ada.headers["Authorization"] = f"Bearer {token}"
    link = next(line.split()[-1] for line in chat.lines if line.startswith("To be its host"))
    assert ada.post("/api/host", json={"code": link.partition("/#/host/")[2]}).json()["role"] == "host"
    return ada


def until(client: httpx.Client, path: str, holds: Callable[[httpx.Response], bool]) -> httpx.Response:
    """Ask until the answer is as wanted. Who comes while the chat begins to serve anew waits, and nobody is refused;
    only a connection of before ends, perhaps under a request.
    """
    while True:
        with contextlib.suppress(httpx.RemoteProtocolError, httpx.ReadError):
            if holds(answer := client.get(path)):
                return answer


def test_the_host_quits(start: Start) -> None:
    chat = start("serve", "--port", "0")
    with contextlib.closing(host_of(chat)) as ada:
        assert ada.post("/api/admin/quit").status_code == 202
    assert chat.process.wait(timeout=SECONDS_TO_STOP) == 0
    assert not (chat.data / "running.json").exists()


def test_a_backup_is_restored_without_ending_the_program(start: Start) -> None:
    chat = start("serve", "--port", "0")
    with contextlib.closing(host_of(chat)) as ada:
        ada.post("/api/rooms/general/messages", json={"message": "Kept"})
        made = ada.post("/api/admin/backups").json()
        ada.post("/api/rooms/general/messages", json={"message": "After it"})
        history = ada.get("/api/identity").json()["history_id"]
        body = (chat.data / "backups" / made["name"]).read_bytes()
        assert ada.post("/api/admin/restore", content=body).status_code == 202
        until(ada, "/api/identity", lambda answer: answer.json()["history_id"] != history)
        assert [one["message"] for one in ada.get("/api/rooms/general/messages").json()["messages"]] == ["Kept"]
        assert ada.get("/api/me").json()["role"] == "host"
    assert chat.process.poll() is None
    assert chat.stop() == 0


def test_https_is_there_as_soon_as_the_host_wants_it(start: Start) -> None:
    chat = start("serve", "--port", "0")
    with contextlib.closing(host_of(chat)) as ada:
        ada.patch("/api/admin/choices", json={"https": "beside"})
        certificate = until(ada, "/ca.crt", lambda answer: answer.is_success)
        authority = ssl.create_default_context(cadata=certificate.content)
        secure = f"https://localhost:{chat.port}"
        with httpx.Client(verify=authority, trust_env=False, timeout=30) as http:
            assert http.get(f"{secure}/api/identity").json()["https"] == "beside"
            assert http.get(f"{secure}/api/me", headers=dict(ada.headers)).json()["username"] == "Ada"
        assert ada.get("/api/identity").json()["https"] == "beside"
    assert chat.stop() == 0
    again = start("serve", "--port", "0")
    with httpx.Client(verify=authority, trust_env=False, timeout=30) as http:
        assert http.get(f"https://localhost:{again.port}/api/identity").json()["https"] == "beside"


def test_a_page_is_there_at_once_and_the_rest_waits_for_the_program(start: Start) -> None:
    chat = start("serve", "--port", "0")
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", chat.port, timeout=10)) as first:
        first.request("GET", "/", headers={"Accept": "text/html"})
        assert b"<!doctype html>" in first.getresponse().read()
    assert chat.get("/readyz") == {"status": "ok"}


def test_what_cannot_be_opened_is_refused_before_anybody_is_told_an_address(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "chat.sqlite3").write_text("Dear diary, " * 1000)
    done = subprocess.run(
        [sys.executable, "-m", "chatapp", "serve", "--port", "0", "--data-dir", str(tmp_path / "data")],
        cwd=tmp_path,
        env=environment_in(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert "is not of this program" in done.stderr


def test_a_folder_may_hold_the_log_of_who_starts_the_program(start: Start, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "log").touch()
    assert start("serve", "--port", "0").stop() == 0
