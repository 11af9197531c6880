"""People of all roles in a chat, over HTTP: for what one does to another."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from tests.conftest import OPERATOR

ROLES = ("host", "moderator", "member", "bot", "guest")


class Somebody:
    """A person with an account: an HTTP client with their token."""

    def __init__(self, url: str, name: str, told: dict[str, Any]) -> None:
        self.name = name
        self.id: str = told["user_id"]
        self.token: str = told["token"]
        self.http = httpx.AsyncClient(
            base_url=url, headers={"Authorization": f"Bearer {self.token}"}, trust_env=False, timeout=30
        )

    async def do(self, method: str, path: str, **body: Any) -> httpx.Response:
        """Ask for something."""
        return await self.http.request(method, path, json=body or None)

    async def to(self, other: "Somebody", act: str, method: str = "PUT", /, **body: Any) -> httpx.Response:
        """Do something to somebody."""
        content = json.dumps(body).encode() if method == "PUT" else None
        return await self.http.request(
            method, f"/api/people/{other.id}/{act}", content=content, headers={"Content-Type": "application/json"}
        )

    async def done(self, other: "Somebody", act: str, method: str = "PUT", /, **body: Any) -> dict[str, Any]:
        """The same, which must succeed: the person as they are then."""
        answer = await self.to(other, act, method, **body)
        assert answer.status_code == 200, answer.text
        person: dict[str, Any] = answer.json()
        return person

    async def log(self, **asked: Any) -> list[dict[str, Any]]:
        """The newest entries of the audit log."""
        answer = await self.http.get("/api/admin/audit", params=asked)
        assert answer.status_code == 200, answer.text
        entries: list[dict[str, Any]] = answer.json()["entries"]
        return entries


async def appear(url: str, name: str, role: str = "member") -> Somebody:
    """A new person, who has this role from the operator."""
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http:
        told = (await http.post("/api/session", json={"username": name})).json()
        if role != "member":
            given = await http.post(
                "/api/admin/role",
                json={"username": name, "role": role},
                headers={"Authorization": f"Bearer {OPERATOR}"},
            )
            assert given.json()["role"] == role
    return Somebody(url, name, told)


Appear = Callable[..., Awaitable[Somebody]]
