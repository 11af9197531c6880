"""What is kept: over a restart, and when the program is killed at any instant."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx

from tests.conftest import Come, Serve, free_port
from tests.integration.test_messages import bearer, sign_in
from tests.raw import Closed, Raw, WebSocketLine

ROUNDS = 3
SENDS = 300


async def test_a_restart_keeps_everything(serve: Serve, come: Come) -> None:
    chat = await serve()
    ada = await come(chat)
    named = await ada.ok("set_username", {"username": "Ada"})
    await ada.ok("join_room", {"room": "general"})
    sent = [(await ada.ok("send_message", {"message": f"Number {number}"}))["message"] for number in range(3)]
    bo = await come(chat)
    bos_token = (await bo.ok("set_username", {"username": "Bo"}))["token"]
    await bo.ok("join_room", {"room": "general"})
    await ada.ok("send_message", {"message": "Unread by Bo"})
    await chat.restart()
    again = await come(chat, auth={"token": named["token"]})
    told = await again.wait("username_set")
    assert (told["username"], told["user_id"], told["history_id"]) == ("Ada", named["user_id"], named["history_id"])
    joined = await again.ok("join_room", {"room": "general"})
    assert joined["messages"][:3] == sent
    assert (joined["rev"], joined["last_seq"], joined["read_seq"]) == (4, 4, 4)
    assert joined["users"] == ["Ada"]
    next_one = (await again.ok("send_message", {"message": "After the restart"}))["message"]
    assert (next_one["seq"], next_one["rev"]) == (5, 5)
    assert int(next_one["id"]) > max(int(message["id"]) for message in joined["messages"])
    back = await come(chat, auth={"token": bos_token})
    assert (await back.ok("get_rooms"))["rooms"]["general"]["read_seq"] == 3


async def test_a_stop_tells_nobody_what_was_not_stored(serve: Serve, come: Come) -> None:
    chat = await serve(rate_limit=False)
    ada = await come(chat, "Ada", "general")
    loop = asyncio.get_running_loop()
    sends = [loop.create_task(ada.call("send_message", {"message": "Hello"})) for _ in range(50)]
    done, _ = await asyncio.wait(sends, return_when=asyncio.FIRST_COMPLETED)
    assert done
    await chat.stop()
    for send in sends:
        send.cancel()
    answers = await asyncio.gather(*sends, return_exceptions=True)
    acked = {one["message"]["seq"] for one in answers if isinstance(one, dict) and one["ok"]}
    await chat.start()
    bo = await come(chat, "Bo")
    stored = {message["seq"] for message in (await bo.ok("join_room", {"room": "general"}))["messages"]}
    assert acked <= stored


@contextlib.asynccontextmanager
async def running(data_dir: Path, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """A chat in a process of its own; what is left of it is killed."""
    where = ["--host", "127.0.0.1", "--port", str(port), "--data-dir", str(data_dir)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "chatapp", "serve", *where,
        env={**os.environ, "CHATAPP_RATE_LIMIT": "off"},
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            while b"Ctrl-C" not in await process.stdout.readline():
                assert process.returncode is None
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def send_until_killed(url: str, token: str, process: asyncio.subprocess.Process, first: int) -> dict[str, str]:
    """Send without waiting for answers and kill the program in the middle; `client_id` → id of what was acked."""
    line = WebSocketLine(url, {})
    raw = Raw(line)
    await raw.open({"token": token})
    acked: dict[str, str] = {}
    with contextlib.suppress(Closed):
        for number in range(SENDS):
            body = {"message": f"Number {first + number}", "room": "general", "client_id": f"c-{first + number}"}
            await raw.send(f"42{number}" + json.dumps(["send_message", body]))
        while True:
            packet = await raw.hear("43")
            message = json.loads(packet[packet.index("[") :])[0]["message"]
            acked[message["client_id"]] = message["id"]
            if len(acked) == SENDS // 3:
                process.send_signal(signal.SIGKILL)
    await line.close()
    return acked


async def history(url: str) -> list[dict[str, Any]]:
    """Everything that General holds."""
    async with httpx.AsyncClient(base_url=url) as http:
        answer = await http.get("/api/rooms/general/export")
        return [json.loads(line) for line in answer.text.splitlines()]


async def test_a_kill_loses_nothing_that_was_acked(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    token = ""
    acked: dict[str, str] = {}
    for turn in range(ROUNDS):
        async with running(tmp_path, port) as process:
            if not token:
                async with httpx.AsyncClient(base_url=url) as http:
                    token = await sign_in(http, "Ada")
            acked |= await send_until_killed(url, token, process, turn * SENDS)
            assert await process.wait() == -signal.SIGKILL
    async with running(tmp_path, port):
        stored = {message["client_id"]: message["id"] for message in await history(url)}
        assert acked.items() <= stored.items()
        async with httpx.AsyncClient(base_url=url) as http:
            for number in range(ROUNDS * SENDS - 20, ROUNDS * SENDS):
                body = {"message": f"Number {number}", "client_id": f"c-{number}"}
                again = await http.post("/api/rooms/general/messages", json=body, headers=bearer(token))
                assert again.status_code in {200, 201}
                assert stored.get(f"c-{number}", again.json()["id"]) == again.json()["id"]
        whole = await history(url)
    ids = [message["client_id"] for message in whole]
    assert len(ids) == len(set(ids)), "each once"
    assert [message["seq"] for message in whole] == list(range(1, len(whole) + 1))
    numbers = [int(one.removeprefix("c-")) for one in ids]
    assert numbers == sorted(numbers), "in the order they were sent"
