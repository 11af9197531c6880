"""The host: becoming one, choosing, what the panel shows, and that nobody else finds any of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import httpx
import pytest

from chatapp.data_folder import CERTIFICATES, DATABASE
from tests.conftest import HOST_CODE, OPERATOR, Come, Serve, Served

ADMIN = [
    ("GET", "/api/admin/overview", None),
    ("PATCH", "/api/admin/choices", {"name": "Mine now"}),
    ("GET", "/api/admin/doctor", None),
    ("GET", "/api/admin/backups", None),
    ("POST", "/api/admin/backups", None),
    ("DELETE", "/api/admin/backups/chat-20261128-032000.sqlite3", None),
    ("POST", "/api/admin/restore", None),
    ("POST", "/api/admin/quit", None),
    ("POST", "/api/admin/host-link", None),
    ("POST", "/api/admin/cleanup", None),
    ("POST", "/api/admin/role", {"username": "Bo", "role": "host"}),
]


async def sign_in(chat: Served, name: str) -> httpx.AsyncClient:
    """A client of a new person."""
    http = httpx.AsyncClient(base_url=chat.url, timeout=30)
    token = (await http.post("/api/session", json={"username": name})).json()["token"]
    http.headers["Authorization"] = f"Bearer {token}"
    return http


@pytest.fixture
async def ada(chat: Served) -> AsyncIterator[httpx.AsyncClient]:
    """The host."""
    http = await sign_in(chat, "Ada")
    assert (await http.post("/api/host", json={"code": HOST_CODE})).json()["role"] == "host"
    yield http
    await http.aclose()


@pytest.fixture
async def bo(chat: Served) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody else."""
    http = await sign_in(chat, "Bo")
    yield http
    await http.aclose()


async def test_a_code_makes_one_person_a_host_and_no_second(ada: httpx.AsyncClient, bo: httpx.AsyncClient) -> None:
    assert (await ada.get("/api/me")).json()["role"] == "host"
    late = await bo.post("/api/host", json={"code": HOST_CODE})
    assert (late.status_code, late.json()["code"]) == (404, "not_found")
    assert (await bo.get("/api/me")).json()["role"] == "member"


async def test_who_becomes_a_host_is_told_on_their_connections(chat: Served, come: Come) -> None:
    person = await come(chat)
    token = (await person.ok("set_username", {"username": "Ada"}))["token"]
    async with httpx.AsyncClient(base_url=chat.url, headers={"Authorization": f"Bearer {token}"}) as http:
        await http.post("/api/host", json={"code": HOST_CODE})
    assert (await person.wait("username_set", lambda told: told["role"] == "host"))["username"] == "Ada"


@pytest.mark.parametrize(("method", "path", "body"), ADMIN)
async def test_for_everybody_else_there_is_no_such_thing(
    chat: Served, bo: httpx.AsyncClient, method: str, path: str, body: Any
) -> None:
    guessed = {"Authorization": "Bearer the wrong secret"}
    async with httpx.AsyncClient(base_url=chat.url) as nobody:
        for answer in (await bo.request(method, path, json=body), await nobody.request(method, path, json=body)):
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert (await nobody.request(method, path, json=body, headers=guessed)).status_code in {401, 404}
    assert (await bo.get("/api/identity")).json()["name"] == "Chat"
    assert not chat.app.ended.done()


async def test_the_operator_gets_a_link_that_makes_a_host(chat: Served, bo: httpx.AsyncClient) -> None:
    async with httpx.AsyncClient(base_url=chat.url, headers={"Authorization": f"Bearer {OPERATOR}"}) as operator:
        url = (await operator.post("/api/admin/host-link")).json()["url"]
    at, _, code = url.partition("/#/host/")
    assert at == chat.url
    assert (await bo.post("/api/host", json={"code": code})).json()["role"] == "host"


async def test_the_overview_says_where_the_chat_is_and_what_it_holds(ada: httpx.AsyncClient) -> None:
    await ada.post("/api/rooms/general/messages", json={"message": "Hello"})
    seen = (await ada.get("/api/admin/overview")).json()
    assert (seen["name"], seen["retention_days"], seen["https"], seen["is_set_up"]) == ("Chat", 365, "off", False)
    assert (seen["fixed"], seen["visited"], seen["secure_addresses"], seen["local_name"]) == ([], False, [], None)
    # It listens on loopback, where nobody else comes.
    assert seen["addresses"] == []
    assert (seen["stored"]["messages"], seen["stored"]["people"]) == (1, 1)
    assert seen["stored"]["bytes"] > 10_000


async def test_a_choice_holds_at_once_and_after_a_restart(chat: Served, ada: httpx.AsyncClient, come: Come) -> None:
    guest = await come(chat, "Grace")
    chosen = {"name": " Ward 7 ", "retention_days": 30, "is_set_up": True}
    seen = (await ada.patch("/api/admin/choices", json=chosen)).json()
    assert (seen["name"], seen["retention_days"], seen["is_set_up"]) == ("Ward 7", 30, True)
    assert (await guest.wait("identity_changed"))["name"] == "Ward 7"
    await chat.restart()
    assert (await ada.get("/api/identity")).json()["name"] == "Ward 7"
    assert (await ada.get("/")).json()["service"] == "Ward 7"
    assert (await ada.get("/api/admin/overview")).json()["retention_days"] == 30


@pytest.mark.parametrize(
    "wrong", [{"name": " "}, {"name": "a\nb"}, {"name": "x" * 65}, {"retention_days": -1}, {"https": "maybe"}]
)
async def test_a_choice_that_cannot_be_is_refused(ada: httpx.AsyncClient, wrong: dict[str, Any]) -> None:
    answer = await ada.patch("/api/admin/choices", json=wrong)
    assert (answer.status_code, answer.json()["field"]) == (400, next(iter(wrong)))


async def test_what_a_setting_fixes_is_no_choice(serve: Serve) -> None:
    chat = await serve(name="Ward 7")
    async with aclosing(await sign_in(chat, "Ada")) as ada:
        await ada.post("/api/host", json={"code": HOST_CODE})
        assert (await ada.get("/api/admin/overview")).json()["fixed"] == ["name"]
        answer = await ada.patch("/api/admin/choices", json={"name": "Mine", "retention_days": 9})
        assert (answer.status_code, answer.json()["field"]) == (409, "name")
        # The same is no contradiction.
        assert (await ada.patch("/api/admin/choices", json={"name": "Ward 7", "retention_days": 9})).is_success


async def test_the_host_ends_the_program(chat: Served, ada: httpx.AsyncClient) -> None:
    assert (await ada.post("/api/admin/quit")).status_code == 202
    assert await chat.app.ended is None


async def test_another_choice_of_https_starts_the_serving_again(chat: Served, ada: httpx.AsyncClient) -> None:
    assert (await ada.patch("/api/admin/choices", json={"https": "beside"})).json()["https"] == "beside"
    assert callable(await chat.app.ended)


async def test_https_that_cannot_be_served_is_not_chosen(chat: Served, ada: httpx.AsyncClient) -> None:
    folder = chat.settings.data_dir / CERTIFICATES
    folder.mkdir()
    (folder / "authority.pem").write_text("Dear diary")
    answer = await ada.patch("/api/admin/choices", json={"https": "beside"})
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "authority.pem is damaged" in answer.json()["error"]
    assert (await ada.get("/api/admin/overview")).json()["https"] == "off"
    assert not chat.app.ended.done()
    (folder / "authority.pem").unlink()
    assert (await ada.patch("/api/admin/choices", json={"https": "beside"})).json()["https"] == "beside"


async def test_a_backup_is_made_listed_and_restored(chat: Served, ada: httpx.AsyncClient) -> None:
    await ada.post("/api/rooms/general/messages", json={"message": "Kept"})
    made = (await ada.post("/api/admin/backups")).json()
    folder = chat.settings.data_dir / "backups"
    assert (await ada.get("/api/admin/backups")).json() == {"folder": str(folder), "backups": [made]}
    await ada.post("/api/rooms/general/messages", json={"message": "After it"})
    history = (await ada.get("/api/identity")).json()["history_id"]
    body = (folder / made["name"]).read_bytes()
    assert (await ada.post("/api/admin/restore", content=body)).status_code == 202
    between = await chat.app.ended
    assert between is not None
    await chat.stop()
    await asyncio.to_thread(between)
    await chat.start()
    assert [one["message"] for one in (await ada.get("/api/rooms/general/messages")).json()["messages"]] == ["Kept"]
    assert (await ada.get("/api/identity")).json()["history_id"] != history
    assert len((await ada.get("/api/admin/backups")).json()["backups"]) == 2


@pytest.mark.parametrize("body", [b"", b"Dear diary", b"x" * 3_000_000])
async def test_what_is_no_backup_is_not_restored(chat: Served, ada: httpx.AsyncClient, body: bytes) -> None:
    answer = await ada.post("/api/admin/restore", content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert not chat.app.ended.done()
    assert {path.name for path in (chat.settings.data_dir / "backups").iterdir()} <= {".lock"}
    assert (chat.settings.data_dir / DATABASE).exists()


async def test_an_upload_that_breaks_off_leaves_nothing(chat: Served, ada: httpx.AsyncClient, tmp_path: Path) -> None:
    async def half() -> AsyncIterator[bytes]:
        yield b"x" * 100_000
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await ada.post("/api/admin/restore", content=half())
    async with asyncio.timeout(10):
        while [*tmp_path.rglob("upload-*")]:  # noqa: ASYNC240 - a look at a folder of the test's own
            await ada.get("/healthz")
    assert not chat.app.ended.done()
