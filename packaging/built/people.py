"""People who use a built program, over REST and Socket.IO."""

import asyncio
import json
import ssl
import urllib.error
import urllib.request
from typing import Any

import socketio
from built.program import Broken, check

SECONDS_TO_ANSWER = 10


class Person:
    """Somebody with a session, with the messages they have heard."""

    def __init__(self, url: str, name: str) -> None:
        self.name = name
        self._url = url
        self.token = str(ask("POST", f"{url}/api/session", {"username": name})["token"])
        self.client = socketio.AsyncClient(reconnection=False)
        self._heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.client.on("new_message", self._heard.put)

    async def arrive(self, transport: str) -> None:
        """Connect and join General."""
        await self.client.connect(self._url, transports=[transport], auth={"token": self.token})
        await self.send("join_room", {"room": "general"})

    async def send(self, event: str, payload: dict[str, Any]) -> None:
        """Send an event that must be acknowledged as done."""
        answer: Any = await self.client.call(event, payload, timeout=SECONDS_TO_ANSWER)
        check(answer["ok"] is True, f"{event} of {self.name} was answered with {answer}")

    async def hears(self, text: str) -> str:
        """Wait for the message `text`; return its id."""
        async with asyncio.timeout(SECONDS_TO_ANSWER):
            while (heard := await self._heard.get())["message"] != text:
                pass
            return str(heard["id"])

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask over REST for what must be done, while everything else goes on; return the answer."""
        return await asyncio.to_thread(ask, method, self._url + path, body, self.token)

    async def leave(self) -> None:
        """Close the connection, if there is one, and what a killed server leaves of it."""
        await self.client.disconnect()
        if self.client.eio.http is not None:
            await self.client.eio.http.close()


async def say(author: Person, other: Person, text: str) -> None:
    """Send a message that both must hear, and the other reacts to."""
    await author.send("send_message", {"message": text})
    await author.hears(text)
    await other.send("react", {"id": await other.hears(text), "emoji": "👍", "on": True})


def texts(url: str, room: str = "general") -> list[str]:
    """Return the texts of a room."""
    return [message["message"] for message in ask("GET", f"{url}/api/rooms/{room}/messages?limit=100")["messages"]]


def ask(method: str, url: str, body: Any = None, token: str = "") -> Any:
    """Return the answer, decoded; what is refused raises Broken."""
    text = fetch(url, method=method, body=body, token=token)
    return json.loads(text) if text else None


def fetch(url: str, *, accept: str = "application/json", method: str = "GET", body: Any = None, token: str = "") -> str:
    """Return the text of an answer; what is refused raises Broken. Believes any certificate."""
    headers = {"Accept": accept} | ({"Authorization": f"Bearer {token}"} if token else {})
    if body is not None:
        headers["Content-Type"] = "application/json"
    request = urllib.request.Request(  # noqa: S310
        url, method=method, headers=headers, data=None if body is None else json.dumps(body).encode()
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS_TO_ANSWER, context=_any_certificate()) as reply:  # noqa: S310
            text: str = reply.read().decode()
    except urllib.error.HTTPError as error:
        raise Broken(f"{method} {url} was answered with {error.code}: {error.read().decode()[:200]}") from None
    return text


def _any_certificate() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
