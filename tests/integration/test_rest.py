"""REST: every route, who may ask it, its errors, and its description."""

from typing import Any

import httpx
import pytest

from tests.conftest import OPERATOR, Come, Serve, Served
from tests.integration.test_messages import bearer, sign_in

# Method, path, and the status for somebody without a name: rooms and what was said answer anyone, all else does not.
ROUTES: dict[tuple[str, str], int] = {
    ("GET", "/healthz"): 200,
    ("GET", "/readyz"): 200,
    ("GET", "/api/identity"): 200,
    ("GET", "/api/qr"): 400,
    ("POST", "/api/session"): 400,
    ("DELETE", "/api/session"): 401,
    ("GET", "/api/me"): 401,
    ("GET", "/"): 200,
    ("GET", "/api/rooms"): 200,
    ("POST", "/api/rooms"): 401,
    ("PATCH", "/api/rooms/{room}"): 401,
    ("GET", "/api/rooms/{room}/retention"): 401,
    ("PATCH", "/api/rooms/{room}/retention"): 401,
    ("POST", "/api/directs"): 401,
    ("GET", "/api/rooms/{room}/members"): 401,
    ("POST", "/api/rooms/{room}/members"): 401,
    ("DELETE", "/api/rooms/{room}/members/me"): 401,
    ("DELETE", "/api/rooms/{room}/members/{user_id}"): 401,
    ("GET", "/api/rooms/{room}/users"): 401,
    ("GET", "/api/rooms/{room}/messages"): 200,
    ("POST", "/api/rooms/{room}/messages"): 401,
    ("GET", "/api/rooms/{room}/export"): 200,
    ("POST", "/api/rooms/{room}/read"): 401,
    ("GET", "/api/messages/{message}"): 404,
    ("PATCH", "/api/messages/{message}"): 401,
    ("DELETE", "/api/messages/{message}"): 401,
    ("GET", "/api/messages/{message}/edits"): 404,
    ("PUT", "/api/messages/{message}/reactions/{emoji}"): 401,
    ("DELETE", "/api/messages/{message}/reactions/{emoji}"): 401,
    ("GET", "/api/users"): 401,
    ("GET", "/api/invite"): 401,
    ("POST", "/api/qr"): 401,
    ("DELETE", "/api/me"): 401,
    ("PUT", "/api/me/password"): 401,
    ("DELETE", "/api/me/password"): 401,
    ("GET", "/api/me/sessions"): 401,
    ("DELETE", "/api/me/sessions"): 401,
    ("DELETE", "/api/me/sessions/{session_id}"): 401,
    ("POST", "/api/me/device-link"): 401,
    ("POST", "/api/people/{user_id}/return-link"): 401,
    ("GET", "/api/admin/invitations"): 404,
    ("POST", "/api/admin/invitations"): 404,
    ("DELETE", "/api/admin/invitations/{invitation_id}"): 404,
    ("POST", "/api/admin/phrase"): 404,
    ("GET", "/api/people"): 401,
    ("PUT", "/api/people/{user_id}/mute"): 401,
    ("DELETE", "/api/people/{user_id}/mute"): 401,
    ("PUT", "/api/people/{user_id}/role"): 401,
    ("PUT", "/api/people/{user_id}/name"): 401,
    ("PUT", "/api/people/{user_id}/ban"): 401,
    ("DELETE", "/api/people/{user_id}/ban"): 401,
    ("DELETE", "/api/people/{user_id}/sessions"): 401,
    ("GET", "/api/export"): 404,
    ("GET", "/api/admin/export"): 404,
    ("GET", "/api/admin/import"): 404,
    ("POST", "/api/admin/import"): 404,
    ("GET", "/api/admin/audit"): 404,
    ("GET", "/api/admin/audit/export"): 404,
    ("GET", "/api/admin/bans"): 404,
    ("DELETE", "/api/admin/bans/{ban_id}"): 404,
    ("GET", "/api/admin/cleanup"): 404,
    ("POST", "/api/admin/cleanup"): 404,
    ("GET", "/api/admin/trims"): 404,
    ("DELETE", "/api/admin/trims/{trim}"): 404,
    ("PUT", "/api/admin/rooms/{room}/hold"): 404,
    ("DELETE", "/api/admin/rooms/{room}/hold"): 404,
    ("POST", "/api/session/carry"): 401,
    ("POST", "/api/session/arrive"): 404,
    ("POST", "/api/host"): 401,
    ("POST", "/api/admin/host-link"): 404,
    ("POST", "/api/admin/role"): 404,
    ("GET", "/api/admin/overview"): 404,
    ("PATCH", "/api/admin/choices"): 404,
    ("GET", "/api/admin/doctor"): 404,
    ("GET", "/api/admin/backups"): 404,
    ("POST", "/api/admin/backups"): 404,
    ("DELETE", "/api/admin/backups/{name}"): 404,
    ("POST", "/api/admin/restore"): 404,
    ("POST", "/api/admin/quit"): 404,
    ("GET", "/ca.crt"): 404,
    ("GET", "/api/certificate"): 404,
    ("GET", "/api/search"): 400,
    ("GET", "/api/openapi.json"): 200,
    ("GET", "/api/docs"): 200,
}

ROUTE_BODIES = {
    "/api/me": {"messages": "keep"},
    "/api/rooms": {"name": "Plans"},
    "/api/directs": {"usernames": ["Bo"]},
    "/api/rooms/{room}/members": {"username": "Bo"},
    "/api/rooms/{room}/messages": {"message": "Hello"},
    "/api/rooms/{room}/read": {"seq": 1},
    "/api/messages/{message}": {"message": "Hello"},
    "/api/people/{user_id}/mute": {"minutes": 5},
    "/api/people/{user_id}/role": {"role": "member"},
    "/api/people/{user_id}/name": {"username": "Ada"},
    "/api/host": {"code": "no code"},
    "/api/qr": {"address": "http://127.0.0.1/"},
    "/api/me/password": {"password": "long enough", "current": "long enough"},
    "/api/session/arrive": {"code": "no code"},
    "/api/admin/role": {"username": "Ada", "role": "moderator"},
}


def check_error(answer: httpx.Response, status: int, code: str, field: str | None = None) -> None:
    """The one shape of every error."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["code"] == code
    assert body["error"]
    assert body.get("field") == field
    assert body.keys() <= {"error", "code", "field", "retry_after"}
    assert answer.headers["content-type"] == "application/json"


async def test_every_route_says_who_may_ask_it(http: httpx.AsyncClient) -> None:
    described = (await http.get("/api/openapi.json")).json()["paths"]
    assert {(method.upper(), path) for path, methods in described.items() for method in methods} == ROUTES.keys()
    for (method, path), status in ROUTES.items():
        place = path.replace("{room}", "general").replace("{message}", "1").replace("{user_id}", "1")
        place = place.replace("{emoji}", "%F0%9F%91%8D")
        body = ROUTE_BODIES.get(path, {})
        answer = await http.request(method, place, json=None if method == "GET" else body)
        assert answer.status_code == status, (method, path)


async def test_the_description_is_a_sound_openapi_document(http: httpx.AsyncClient) -> None:
    document = (await http.get("/api/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert document["info"].keys() >= {"title", "version"}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (method, path)
            assert "default" in operation["responses"]
            in_path = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
            assert all(f"{{{name}}}" in path for name in in_path)
            assert path.count("{") == len(in_path)
            assert all(response["description"] for response in operation["responses"].values())
    for reference in _references(document):
        assert reference.removeprefix("#/components/schemas/") in document["components"]["schemas"]
    page = await http.get("/api/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert all(path in page.text for path in document["paths"])


def _references(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {value["$ref"]} if "$ref" in value else set().union(*map(_references, value.values()))
    return set().union(*map(_references, value)) if isinstance(value, list) else set()


async def test_health_readiness_and_identity(chat: Served, http: httpx.AsyncClient, come: Come) -> None:
    assert (await http.get("/healthz")).json() == {"status": "ok"}
    assert (await http.get("/readyz")).json() == {"status": "ok"}
    identity = (await http.get("/api/identity")).json()
    assert identity.keys() == {
        *("installation_id", "history_id", "name", "addresses", "secure_addresses", "https", "ways_in"),
    }
    assert identity["addresses"] == [chat.url]
    ada = await come(chat)
    assert (await ada.ok("set_username", {"username": "Ada"}))["history_id"] == identity["history_id"]
    await chat.restart()
    assert (await http.get("/api/identity")).json() == identity


async def test_a_database_that_cannot_be_read_is_not_ready(
    chat: Served, http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    async with chat.app._database.writing.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE installation RENAME TO elsewhere")
    check_error(await http.get("/readyz"), 503, "unavailable")
    async with chat.app._database.writing.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO installation")
    assert (await http.get("/readyz")).status_code == 200
    caplog.clear()


async def test_an_address_of_this_server_becomes_a_picture(chat: Served, http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/qr", params={"address": chat.url})
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "<svg" in answer.text
    check_error(await http.get("/api/qr", params={"address": "http://evil.example"}), 404, "not_found", "address")


async def test_the_root_answers_browsers_with_the_app_and_programs_with_health(http: httpx.AsyncClient) -> None:
    html = await http.get("/", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert html.headers["content-type"].startswith("text/html")
    for accept in ("*/*", "application/json", "application/json, text/html;q=0.5"):
        health = (await http.get("/", headers={"Accept": accept})).json()
        assert health.keys() == {"status", "service", "timestamp"}
        assert health["status"] == "healthy"


async def test_config_js_in_the_data_folder_stands_in_for_ours(chat: Served, http: httpx.AsyncClient) -> None:
    ours = await http.get("/config.js")
    assert "SERVER_URL" in ours.text
    (chat.settings.data_dir / "config.js").write_text("// the operator's")
    answer = await http.get("/config.js")
    assert answer.text == "// the operator's"
    assert answer.headers["cache-control"] == ours.headers["cache-control"] == "no-store"


async def test_the_worker_stands_for_all_pages_and_a_newer_one_is_found(http: httpx.AsyncClient) -> None:
    worker = await http.get("/worker.js")
    assert worker.status_code == 200
    assert worker.headers["content-type"] == "text/javascript; charset=utf-8"
    assert worker.headers["cache-control"] == "no-cache"
    again = await http.get("/worker.js", headers={"If-None-Match": worker.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/nothing.js"])
async def test_only_the_app_itself_is_served(http: httpx.AsyncClient, path: str) -> None:
    check_error(await http.get(path), 404, "not_found")


async def test_pages_forbid_what_they_do_not_need(http: httpx.AsyncClient) -> None:
    headers = (await http.get("/", headers={"Accept": "text/html"})).headers
    assert "unsafe" not in headers["content-security-policy"]
    assert "script-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


async def test_rooms_and_people(chat: Served, http: httpx.AsyncClient, come: Come) -> None:
    await come(chat, "Ada", "general")
    stranger = await come(chat)
    listed = (await http.get("/api/rooms")).json()
    assert listed == (await stranger.ok("get_rooms"))["rooms"]
    assert listed.keys() == {"general", "tech", "random"}
    token = await sign_in(http, "Bo")
    people = (await http.get("/api/rooms/general/users", headers=bearer(token))).json()
    assert [one["username"] for one in people["users"]] == ["Ada"]
    assert people["user_count"] == 1
    check_error(await http.get("/api/rooms/nowhere/users", headers=bearer(token)), 404, "not_found", "room")


async def test_a_message_is_posted(chat: Served, http: httpx.AsyncClient, come: Come) -> None:
    bo = await come(chat, "Bo", "general")
    token = await sign_in(http, "Ada")
    path = "/api/rooms/general/messages"
    first = await http.post(path, json={"message": "Hello", "client_id": "c-1"}, headers=bearer(token))
    assert first.status_code == 201
    assert await bo.wait("new_message") == first.json()
    again = await http.post(path, json={"message": "Hello", "client_id": "c-1"}, headers=bearer(token))
    assert (again.status_code, again.json()) == (200, first.json())
    plain = await http.post(path, json={"message": "No client_id"}, headers=bearer(token))
    assert (plain.status_code, plain.json()["seq"]) == (201, 2)


BODIES: list[tuple[bytes, int, str, str | None]] = [
    (b"", 400, "bad_request", None),
    (b"hello", 400, "bad_request", None),
    (b"\xff\xfe", 400, "bad_request", None),
    (b"null", 400, "bad_request", None),
    (b"[]", 400, "bad_request", None),
    (b"{}", 400, "bad_request", "message"),
    (b'{"message":5}', 400, "bad_request", "message"),
    (b'{"message":"  "}', 400, "bad_request", "message"),
    (b'{"message":"a\\u0000b"}', 400, "bad_request", "message"),
    (b'{"message":"\\ud800"}', 400, "bad_request", None),
    (b'{"message":"Hi","client_id":""}', 400, "bad_request", "client_id"),
    (b'{"message":"Hi","client_id":"a\\tb"}', 400, "bad_request", "client_id"),
    (b"[" * 100_000 + b"]" * 100_000, 400, "bad_request", None),
    (b'{"message":"' + b"x" * 4001 + b'"}', 413, "too_long", "message"),
    (b'{"message":"' + b"x" * 1_000_001 + b'"}', 413, "too_long", None),
]


async def test_a_malformed_body_is_refused_in_words(http: httpx.AsyncClient) -> None:
    token = await sign_in(http, "Ada")
    for body, status, code, field in BODIES:
        answer = await http.post("/api/rooms/general/messages", content=body, headers=bearer(token))
        check_error(answer, status, code, field)
    check_error(
        await http.post("/api/rooms/nowhere/messages", json={"message": "Hi"}, headers=bearer(token)),
        404,
        "not_found",
        "room",
    )


CHANGES: list[tuple[str, str, bytes | None, int, str, str | None]] = [
    ("PATCH", "", b'{"message":5}', 400, "bad_request", "message"),
    ("PATCH", "", b'{"message":" "}', 400, "bad_request", "message"),
    ("PATCH", "", b"{}", 400, "bad_request", "message"),
    ("PATCH", "", b"", 400, "bad_request", None),
    ("PATCH", "", b'{"message":"' + b"x" * 4001 + b'"}', 413, "too_long", "message"),
    ("PUT", "/reactions/x", None, 400, "bad_request", "emoji"),
    ("PUT", "/reactions/%F0%9F%91%8D%F0%9F%91%8D", None, 400, "bad_request", "emoji"),
    ("DELETE", "/reactions/%00", None, 400, "bad_request", "emoji"),
    ("PUT", "/reactions/%F0%9F%91", None, 400, "bad_request", "emoji"),
    ("PUT", "/reactions/", None, 404, "not_found", None),
    ("POST", "", b"{}", 404, "not_found", None),
]


async def test_malformed_changes_are_refused_in_words(http: httpx.AsyncClient) -> None:
    token = await sign_in(http, "Ada")
    sent = await http.post("/api/rooms/general/messages", json={"message": "Hello"}, headers=bearer(token))
    path = f"/api/messages/{sent.json()['id']}"
    for method, rest, body, status, code, field in CHANGES:
        answer = await http.request(method, path + rest, content=body, headers=bearer(token))
        check_error(answer, status, code, field)
    assert (await http.get(path)).json() == sent.json()
    for other in ("1", "x", "9" * 19, "-1", "%00"):
        for method, rest in (("PATCH", ""), ("DELETE", ""), ("GET", "/edits"), ("PUT", "/reactions/%F0%9F%91%8D")):
            body = b'{"message":"Hello"}' if method == "PATCH" else None
            answer = await http.request(method, f"/api/messages/{other}{rest}", content=body, headers=bearer(token))
            check_error(answer, 404, "not_found")


async def test_changes_are_refused_as_over_the_socket(http: httpx.AsyncClient) -> None:
    ada, bo = await sign_in(http, "Ada"), await sign_in(http, "Bo")
    sent = await http.post("/api/rooms/general/messages", json={"message": "Hello"}, headers=bearer(ada))
    path = f"/api/messages/{sent.json()['id']}"
    check_error(await http.patch(path, json={"message": "Bye"}, headers=bearer(bo)), 403, "forbidden")
    check_error(await http.delete(path, headers=bearer(bo)), 403, "forbidden")
    deleted = await http.delete(path, headers=bearer(ada))
    assert (deleted.status_code, deleted.json()["deleted"]) == (200, True)
    assert (await http.delete(path, headers=bearer(ada))).json() == deleted.json()
    check_error(await http.patch(path, json={"message": "Bye"}, headers=bearer(ada)), 409, "conflict")
    check_error(await http.put(f"{path}/reactions/👍", headers=bearer(ada)), 409, "conflict")
    body = {"message": "Hello", "reply_to": "1"}
    answer = await http.post("/api/rooms/general/messages", json=body, headers=bearer(ada))
    check_error(answer, 404, "not_found", "reply_to")


async def test_a_place_is_read_over_rest(http: httpx.AsyncClient) -> None:
    ada, bo = await sign_in(http, "Ada"), await sign_in(http, "Bo")
    await http.post("/api/rooms/general/messages", json={"message": "Hello @Bo"}, headers=bearer(ada))
    listed = (await http.get("/api/rooms", headers=bearer(bo))).json()["general"]
    assert (listed["read_seq"], listed["mention_count"]) == (0, 1)
    read = await http.post("/api/rooms/general/read", json={"seq": 9}, headers=bearer(bo))
    assert (read.status_code, read.json()) == (200, {"room": "general", "seq": 1, "mention_count": 0})
    for body in ({}, {"seq": -1}, {"seq": "1"}):
        answer = await http.post("/api/rooms/general/read", json=body, headers=bearer(bo))
        check_error(answer, 400, "bad_request", "seq")
    answer = await http.post("/api/rooms/nowhere/read", json={"seq": 1}, headers=bearer(bo))
    check_error(answer, 404, "not_found", "room")


async def test_the_description_has_what_messages_hold_and_changes_take(http: httpx.AsyncClient) -> None:
    document = (await http.get("/api/openapi.json")).json()
    schemas = document["components"]["schemas"]
    optional = {"client_id", "edited_at", "deleted", "reply_to", "mentions", "reactions"}
    message = schemas["NewMessage"]
    assert set(message["properties"]) - set(message["required"]) == optional
    paths = document["paths"]
    body = paths["/api/messages/{message}"]["patch"]["requestBody"]["content"]["application/json"]["schema"]
    assert schemas[body["$ref"].rpartition("/")[2]]["required"] == ["message"]
    assert "requestBody" not in paths["/api/messages/{message}"]["delete"]
    assert "reply_to" in schemas["NewMessageBody"]["properties"]
    assert {one["name"] for one in paths["/api/users"]["get"]["parameters"]} == {"q", "limit", "ids"}
    for path, method in (("/api/messages/{message}", "delete"), ("/api/messages/{message}/reactions/{emoji}", "put")):
        answer = paths[path][method]["responses"]["200"]["content"]["application/json"]["schema"]
        assert answer["$ref"].endswith("/NewMessage")


@pytest.mark.parametrize("path", ["/nowhere", "/api/nowhere", "/api/rooms/general/topic", "/api/rooms/a%00b/nothing"])
async def test_what_is_not_there_is_not_found(http: httpx.AsyncClient, path: str) -> None:
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        check_error(await http.request(method, path), 404, "not_found")


@pytest.mark.parametrize("what", ["messages", "export"])
async def test_an_unknown_room_is_not_found_in_the_old_words(http: httpx.AsyncClient, what: str) -> None:
    for room in ("nowhere", "a%00b", "%ff%fe", "%ed%a0%80", "x" * 300, "General", "%2e"):
        answer = await http.get(f"/api/rooms/{room}/{what}")
        check_error(answer, 404, "not_found", "room")
        assert answer.json()["error"] == "Room not found"


async def test_the_operator_cleans_with_the_secret_alone(serve: Serve, come: Come) -> None:
    chat = await serve(retention_messages=1)
    ada = await come(chat, "Ada", "general")
    for number in range(3):
        await ada.ok("send_message", {"message": f"Number {number}"})
    async with httpx.AsyncClient(base_url=chat.url) as http:
        token = await sign_in(http, "Bo")
        for headers in ({}, bearer(token), {"Authorization": OPERATOR}):
            check_error(await http.post("/api/admin/cleanup", headers=headers), 404, "not_found")
        check_error(await http.post("/api/admin/cleanup", headers=bearer("wrong")), 401, "not_identified")
        wrong = await http.post("/api/admin/cleanup?dry_run=perhaps", headers=bearer(OPERATOR))
        check_error(wrong, 400, "bad_request", "dry_run")
        would = await http.post("/api/admin/cleanup?dry_run=1", headers=bearer(OPERATOR))
        assert (await http.get("/api/rooms")).json()["general"]["message_count"] == 3
        went = await http.post("/api/admin/cleanup", headers=bearer(OPERATOR))
        assert went.json() == would.json()
        (trim,) = went.json()["rooms"]
        assert (trim["room"], trim["messages"], trim["before_seq"]) == ("general", 2, 3)
        assert (await http.post("/api/admin/cleanup", headers=bearer(OPERATOR))).json() == {"rooms": []}
