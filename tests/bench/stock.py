"""A chat as one writes it with python-socketio and uvicorn as they come, in memory: the peer `make bench` compares
with.
"""

import itertools
import sys
import time
from typing import Any

import socketio
import uvicorn

io = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins=[])
ids = itertools.count(1)


@io.event  # type: ignore[untyped-decorator]
async def set_username(sid: str, payload: dict[str, str]) -> dict[str, Any]:
    """Take a name."""
    await io.save_session(sid, payload["username"])
    return {"ok": True}


@io.event  # type: ignore[untyped-decorator]
async def join_room(sid: str, payload: dict[str, str]) -> dict[str, Any]:
    """Enter a room."""
    await io.enter_room(sid, payload["room"])
    await io.emit("joined_room", {"room": payload["room"], "messages": []}, to=sid)
    return {"ok": True}


@io.event  # type: ignore[untyped-decorator]
async def send_message(sid: str, payload: dict[str, str]) -> dict[str, Any]:
    """Tell the room, with the keys that chatapp's messages have."""
    number = str(next(ids))
    now = time.strftime("%Y-%m-%d %H:%M:%S")
    message = {
        "id": number,
        "room": "general",
        "seq": int(number),
        "rev": int(number),
        "user_id": sid,
        "username": await io.get_session(sid),
        "message": payload["message"],
        "timestamp": now[11:],
        "date": now[:10],
        "created_at": now,
    }
    await io.emit("new_message", message, room="general")
    return {"ok": True, "message": message}


if __name__ == "__main__":
    uvicorn.run(
        socketio.ASGIApp(io),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        log_level="warning",
        access_log=False,
        lifespan="off",
    )
