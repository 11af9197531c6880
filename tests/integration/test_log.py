"""What the program writes to its log while people use it, and misuse it."""

import asyncio
from pathlib import Path

import httpx

from tests.e2e.chats import Chat
from tests.frames import FrameLine
from tests.raw import Raw

POLLING = "/socket.io/?EIO=4&transport=polling"
FORGED = "forged-line"


async def test_neither_tokens_nor_what_people_write_stand_in_it(tmp_path: Path) -> None:
    chat = Chat(tmp_path, CHATAPP_DEBUG="on", CHATAPP_RATE_LIMIT="on")
    await chat.start()
    url = f"http://127.0.0.1:{chat.port}"
    async with httpx.AsyncClient(base_url=url, headers={"Origin": url}, trust_env=False) as ada:
        signed_in = await ada.post("/api/session", json={"username": "Ada"})
        token = signed_in.json()["token"]
        code = (await ada.post("/api/session/carry")).json()["code"]
        await ada.post("/api/rooms/general/messages", json={"message": FORGED})
        await ada.get(f"/api/me%0a{FORGED}")
        await ada.get(f"/static/%1b[2J%0a{FORGED}.js")
        await ada.get(f"{POLLING}&x=%0a{FORGED}")
        await ada.get(f"/api/rooms?token={token}")
        await ada.get("/", headers={"Host": f"{FORGED}.example"})
        await ada.post("/api/session", json={"username": FORGED}, headers={"Origin": f"http://{FORGED}.example"})
        cookie = signed_in.headers["set-cookie"].partition(";")[0]
    line = FrameLine(url)
    await line.ask({"Origin": url, "Cookie": cookie})
    raw = Raw(line)
    await raw.hear("0")
    await raw.send("40")
    await raw.hear("40")
    assert (await raw.call("join_room", {"room": "general"}))["ok"]
    await raw.call("send_message", {"message": FORGED})
    await raw.call(f"{FORGED}\n{FORGED}", {"room": FORGED})
    await line.close()
    reader, writer = await asyncio.open_connection("127.0.0.1", chat.port)
    writer.write(f"{FORGED}\r\n{FORGED}\r\n\r\n".encode())
    assert await reader.read()
    writer.close()
    await chat.stop()
    log = chat.log.read_text()
    assert "chatapp.launcher" in log
    assert [secret for secret in (token, code, FORGED) if secret in log] == []
