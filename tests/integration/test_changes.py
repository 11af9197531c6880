"""Changes of messages: edits, deletions and reactions, who may make them, and who hears of them."""

import asyncio
import csv
import io
import json
import sqlite3
from contextlib import closing
from typing import Any

import httpx
import pytest

from chatapp.domain.reactions import MOST_EMOJIS
from tests.conftest import Client, Come, Dial, Serve, Served
from tests.integration.test_messages import bearer, sign_in

TIMES = {"timestamp", "date", "created_at", "edited_at"}


@pytest.fixture
def transport() -> str:
    """How people are connected does not matter here."""
    return "websocket"


async def say(client: Client, text: str, **more: Any) -> dict[str, Any]:
    """Send a message; as it was stored."""
    message: dict[str, Any] = (await client.ok("send_message", {"message": text, **more}))["message"]
    return message


async def change(client: Client, event: str, said: dict[str, Any], /, **more: Any) -> dict[str, Any]:
    """Change a message; as it is then."""
    changed: dict[str, Any] = (await client.ok(event, {"id": said["id"], **more}))["message"]
    return changed


async def refusal(client: Client, event: str, payload: dict[str, Any]) -> tuple[str, str | None]:
    """Code and field with which an event is refused."""
    answer = await client.call(event, payload)
    assert not answer["ok"], answer
    return answer["error"]["code"], answer["error"].get("field")


async def last_page(client: Client, room: str = "general") -> list[dict[str, Any]]:
    """The messages of a room, as one who joins it gets them."""
    found: list[dict[str, Any]] = (await client.ok("join_room", {"room": room}))["messages"]
    return found


async def test_an_edit_keeps_everything_else_and_is_heard_by_everybody_there(chat: Served, come: Come) -> None:
    ada, bo = await come(chat, "Ada", "general"), await come(chat, "Bo", "general")
    first, other = await say(ada, "Helo", client_id="c-1"), await say(bo, "Hi")
    edited = await change(ada, "edit_message", first, message="  Hello\r\nall ")
    assert edited == {**first, "message": "Hello\nall", "rev": 3, "edited_at": edited["edited_at"]}
    assert edited["edited_at"] >= first["created_at"]
    assert len(edited["edited_at"]) == len("2026-01-31T09:30:00.123Z")
    assert await bo.wait("message_changed") == await ada.wait("message_changed") == edited
    joined = await bo.ok("join_room", {"room": "general"})
    assert (joined["messages"], joined["rev"], joined["last_seq"]) == ([edited, other], 3, 2)


async def test_what_was_said_before_is_kept_oldest_first(chat: Served, come: Come, http: httpx.AsyncClient) -> None:
    ada = await come(chat, "Ada", "general")
    states = [await say(ada, "One")]
    for text in ("Two", "Three", "Two", "Four"):
        states.append(await change(ada, "edit_message", states[0], message=text))
    past = (await http.get(f"/api/messages/{states[0]['id']}/edits")).json()["edits"]
    assert [one["message"] for one in past] == ["One", "Two", "Three", "Two"]
    written = [states[0]["created_at"], *(state["edited_at"] for state in states[1:-1])]
    assert [one["created_at"] for one in past] == written
    await change(ada, "delete_message", states[0])
    assert (await http.get(f"/api/messages/{states[0]['id']}/edits")).json() == {"edits": []}
    assert (await http.get("/api/messages/1/edits")).json()["code"] == "not_found"


async def test_a_deleted_message_keeps_its_place_and_nothing_it_said(
    chat: Served, come: Come, http: httpx.AsyncClient
) -> None:
    ada, bo = await come(chat, "Ada", "general"), await come(chat, "Bo", "general")
    source = await say(bo, "What time?")
    said = await say(ada, "Ten, @Bo", client_id="c-1", reply_to=source["id"])
    await change(ada, "edit_message", said, message="Eleven, @Bo")
    await change(bo, "react", said, emoji="👍", on=True)
    deleted = await change(ada, "delete_message", said)
    kept = {key: said[key] for key in said.keys() - {"mentions", "reply_to"}}
    assert deleted == {**kept, "message": "", "deleted": True, "rev": 5}
    assert await bo.wait("message_changed", lambda message: message["rev"] == 5) == deleted
    assert (await http.get(f"/api/messages/{said['id']}")).json() == deleted
    assert (await last_page(bo)) == [source, deleted]
    with closing(sqlite3.connect(chat.settings.data_dir / "chat.sqlite3")) as database:
        kept_texts = database.execute("SELECT message FROM messages UNION SELECT message FROM edits").fetchall()
    assert sorted(kept_texts) == [("",), ("What time?",)]


async def test_a_repeated_send_of_what_was_changed_returns_it_as_it_is_now(chat: Served, come: Come) -> None:
    ada = await come(chat, "Ada", "general")
    said = await say(ada, "Hello", client_id="c-1")
    edited = await change(ada, "edit_message", said, message="Hallo")
    assert await say(ada, "Hello", client_id="c-1") == edited
    deleted = await change(ada, "delete_message", said)
    assert await say(ada, "Hello", client_id="c-1") == deleted
    assert ada.all("new_message") == [said]


async def test_others_may_change_nothing(chat: Served, come: Come) -> None:
    ada, bo, guest = await come(chat, "Ada", "general"), await come(chat, "Bo", "general"), await come(chat)
    said = await say(ada, "Hello")
    await guest.emit("set_username", {"username": "Guest"})
    await guest.wait("username_set")
    for other in (bo, guest):
        assert await refusal(other, "edit_message", {"id": said["id"], "message": "Bye"}) == ("forbidden", None)
        assert await refusal(other, "delete_message", {"id": said["id"]}) == ("forbidden", None)
    await change(ada, "delete_message", said)
    assert await refusal(bo, "edit_message", {"id": said["id"], "message": "Bye"}) == ("forbidden", None)
    assert await refusal(bo, "delete_message", {"id": said["id"]}) == ("forbidden", None)
    assert len(bo.all("message_changed")) == 1


async def test_a_temporary_person_changes_their_own(chat: Served, come: Come) -> None:
    guest = await come(chat)
    await guest.emit("set_username", {"username": "Guest"})
    await guest.emit("join_room", {"room": "general"})
    await guest.emit("send_message", {"message": "Helo"})
    said = await guest.wait("new_message")
    await guest.emit("edit_message", {"id": said["id"], "message": "Hello"})
    await guest.wait("message_changed", lambda message: message["message"] == "Hello")
    await guest.emit("react", {"id": said["id"], "emoji": "👍", "on": True})
    await guest.wait("message_changed", lambda message: "reactions" in message)
    await guest.emit("delete_message", {"id": said["id"]})
    assert (await guest.wait("message_changed", lambda message: "deleted" in message))["rev"] == 4
    await guest.close()
    again = await come(chat)
    while not (await again.call("set_username", {"username": "Guest"}))["ok"]:
        pass  # the name is free once the server has seen them go
    assert await refusal(again, "delete_message", {"id": said["id"]}) == ("forbidden", None), "another person now"


async def test_changes_that_change_nothing_take_no_rev_and_tell_nobody(chat: Served, come: Come) -> None:
    ada, bo = await come(chat, "Ada", "general"), await come(chat, "Bo", "general")
    said, other = await say(ada, "Hello"), await say(ada, "Bye")
    await bo.wait("new_message", lambda message: message["id"] == other["id"])
    assert await change(ada, "edit_message", said, message=" Hello\n") == said
    assert await change(bo, "react", said, emoji="👍", on=False) == said
    liked = await change(bo, "react", said, emoji="👍", on=True)
    assert await change(bo, "react", said, emoji="👍", on=True) == liked
    deleted = await change(ada, "delete_message", other)
    assert await change(ada, "delete_message", other) == deleted
    assert (await say(ada, "Next"))["rev"] == 5
    await bo.wait("new_message", lambda message: message["message"] == "Next")
    assert [message["rev"] for _, message in bo.heard if isinstance(message, dict) and "rev" in message][-2:] == [4, 5]
    assert bo.all("message_changed") == ada.all("message_changed") == [liked, deleted]


async def test_what_is_deleted_is_edited_and_reacted_to_no_more(chat: Served, come: Come) -> None:
    ada, bo = await come(chat, "Ada", "general"), await come(chat, "Bo", "general")
    said = await say(ada, "Hello")
    await change(bo, "react", said, emoji="👍", on=True)
    await change(ada, "delete_message", said)
    assert await refusal(ada, "edit_message", {"id": said["id"], "message": "Again"}) == ("conflict", None)
    for on in (True, False):
        payload = {"id": said["id"], "emoji": "👍", "on": on}
        assert await refusal(bo, "react", payload) == ("conflict", None)


async def test_reactions_stand_in_order_of_coming(chat: Served, come: Come) -> None:
    ada, bo = await come(chat, "Ada", "general"), await come(chat, "Bo", "general")
    said = await say(ada, "Hello")
    ids = {
        name: (await one.ok("set_username", {"username": name}))["user_id"] for name, one in (("A1", ada), ("B1", bo))
    }
    for client, emoji in ((bo, "🎉"), (ada, "👍"), (ada, "🎉"), (bo, "👍")):
        await change(client, "react", said, emoji=emoji, on=True)
    state = await bo.wait("message_changed", lambda message: message["rev"] == 5)
    assert [*state["reactions"].items()] == [("🎉", [ids["B1"], ids["A1"]]), ("👍", [ids["A1"], ids["B1"]])]
    assert "edited_at" not in state
    await change(bo, "react", said, emoji="🎉", on=False)
    state = await change(bo, "react", said, emoji="🎉", on=True)
    assert [*state["reactions"].items()] == [("🎉", [ids["A1"], ids["B1"]]), ("👍", [ids["A1"], ids["B1"]])]
    for client, emoji in ((ada, "🎉"), (bo, "🎉"), (ada, "👍"), (bo, "👍")):
        state = await change(client, "react", said, emoji=emoji, on=False)
    assert state == {**said, "rev": state["rev"]}, "without reactions there is no such key"


async def test_a_message_holds_so_many_different_reactions(serve: Serve, come: Come) -> None:
    chat = await serve(rate_limit=False)
    ada, bo = await come(chat, "Ada", "general"), await come(chat, "Bo", "general")
    said = await say(ada, "Hello")
    emojis = [chr(code) for code in range(0x1F600, 0x1F600 + MOST_EMOJIS)]
    for emoji in emojis:
        await change(ada, "react", said, emoji=emoji, on=True)
    payload = {"id": said["id"], "emoji": "👍", "on": True}
    assert await refusal(bo, "react", payload) == ("bad_request", "emoji")
    assert [*(await change(bo, "react", said, emoji=emojis[0], on=True))["reactions"]] == emojis
    await change(ada, "react", said, emoji=emojis[1], on=False)
    assert "👍" in (await change(bo, "react", said, emoji="👍", on=True))["reactions"]


async def test_the_emojis_of_a_batch_are_limited_too(serve: Serve, dial: Dial) -> None:
    chat = await serve(rate_limit=False)
    ada = await dial(chat, "Ada", "general")
    said = (await ada.call("send_message", {"message": "Hello"}))["message"]
    emojis = [chr(code) for code in range(0x1F600, 0x1F600 + MOST_EMOJIS + 5)]
    numbers = [await ada.ask("react", {"id": said["id"], "emoji": emoji, "on": True}) for emoji in emojis]
    answers = [await ada.answer(number) for number in numbers]
    assert [answer["ok"] for answer in answers] == [True] * MOST_EMOJIS + [False] * 5
    last = (await ada.call("join_room", {"room": "general"}))["messages"][0]
    assert [*last["reactions"]] == emojis[:MOST_EMOJIS]
    assert last["rev"] == 1 + MOST_EMOJIS


MALFORMED: list[tuple[str, dict[str, Any], str, str | None]] = [
    ("edit_message", {"id": "{id}", "message": "  \n"}, "bad_request", "message"),
    ("edit_message", {"id": "{id}", "message": "x" * 4001}, "too_long", "message"),
    ("edit_message", {"id": "1", "message": "Hello"}, "not_found", None),
    ("edit_message", {"id": "one", "message": "Hello"}, "bad_request", "id"),
    ("edit_message", {"id": "9" * 19, "message": "Hello"}, "bad_request", "id"),
    ("delete_message", {"id": "1"}, "not_found", None),
    ("delete_message", {"id": 5}, "bad_request", "id"),
    ("react", {"id": "1", "emoji": "👍", "on": True}, "not_found", None),
    ("react", {"id": "{id}", "emoji": "x", "on": True}, "bad_request", "emoji"),
    ("react", {"id": "{id}", "emoji": "👍👍", "on": True}, "bad_request", "emoji"),
    ("react", {"id": "{id}", "emoji": "👍", "on": "yes"}, "bad_request", "on"),
]


async def test_malformed_changes_are_refused_in_words_and_change_nothing(chat: Served, come: Come) -> None:
    ada = await come(chat, "Ada", "general")
    said = await say(ada, "Hello")
    for event, payload, code, field in MALFORMED:
        filled = {key: said["id"] if value == "{id}" else value for key, value in payload.items()}
        assert await refusal(ada, event, filled) == (code, field), payload
    assert await last_page(ada) == [said]
    assert ada.all("message_changed") == []


async def test_changes_go_to_those_in_the_room_and_activity_to_those_elsewhere(chat: Served, come: Come) -> None:
    ada, bo, cleo = (
        await come(chat, "Ada", "general"),
        await come(chat, "Bo", "tech"),
        await come(chat, "Cleo", "general"),
    )
    said = await say(ada, "Hello")
    await ada.ok("join_room", {"room": "tech"})
    changes: list[tuple[str, dict[str, Any]]] = [
        ("edit_message", {"message": "Hallo"}),
        ("react", {"emoji": "👍", "on": True}),
        ("delete_message", {}),
    ]
    for rev, (event, more) in enumerate(changes, start=2):
        changed = await change(ada, event, said, **more)
        assert changed["rev"] == rev
        assert await cleo.wait("message_changed", changed.__eq__)
        activity = {"room": "general", "last_seq": 1, "last_rev": rev, "user_count": 1}
        assert await bo.wait("room_activity", activity.__eq__)
    await ada.wait("room_activity", lambda event: event["last_rev"] == 4)
    assert [message["rev"] for message in cleo.all("message_changed")] == [2, 3, 4]
    assert bo.all("message_changed") == []


async def test_what_one_connection_sends_without_waiting_is_done_in_that_order(serve: Serve, dial: Dial) -> None:
    chat = await serve(rate_limit=False)
    ada, bo = await dial(chat, "Ada", "general"), await dial(chat, "Bo", "general")
    said = (await ada.call("send_message", {"message": "Number 0"}))["message"]
    await bo.wait("new_message")
    del ada.heard[:], bo.heard[:]
    asked: list[tuple[str, dict[str, Any]]] = []
    for number in range(1, 21):
        asked += [
            ("edit_message", {"message": f"Number {number}"}),
            ("react", {"emoji": "👍", "on": bool(number % 2)}),
            ("send_message", {"message": f"Sent {number}"}),
            ("edit_message", {"message": f"Number {number} again"}),
        ]
    asked.append(("delete_message", {}))
    numbers = [
        await ada.ask(event, payload if event == "send_message" else {"id": said["id"], **payload})
        for event, payload in asked
    ]
    answers = [(await ada.answer(number))["message"] for number in numbers]
    assert [message["rev"] for message in answers] == list(range(2, len(asked) + 2))
    heard = [json.loads((await bo.hear('42["message_changed"', '42["new_message"'))[2:])[1] for _ in asked]
    assert heard == answers
    texts = [message["message"] for message in answers]
    assert texts[:4] == ["Number 1", "Number 1", "Sent 1", "Number 1 again"]
    assert texts[-2:] == ["Number 20 again", ""]


@pytest.mark.parametrize("event", ["edit_message", "react", "delete_message"])
async def test_the_ack_of_a_change_comes_before_its_broadcast(chat: Served, dial: Dial, event: str) -> None:
    ada = await dial(chat, "Ada", "general")
    said = [(await ada.call("send_message", {"message": f"Number {number}"}))["message"] for number in range(10)]
    del ada.heard[:]
    asked: dict[str, dict[str, Any]] = {
        "edit_message": {"message": "Other"},
        "react": {"emoji": "👍", "on": True},
        "delete_message": {},
    }
    numbers = [await ada.ask(event, {"id": message["id"], **asked[event]}) for message in said]
    for _ in numbers:
        await ada.wait("message_changed")
    heard = ada.names()
    told = [place for place, name in enumerate(heard) if name == "message_changed"]
    assert [heard.index(f"ack {number}") < place for number, place in zip(numbers, told, strict=True)] == [True] * 10


async def test_many_people_change_one_message_at_once_and_nothing_is_lost(serve: Serve, come: Come) -> None:
    chat = await serve(rate_limit=False)
    people = [await come(chat, f"Person-{number}", "general") for number in range(6)]
    said = await say(people[0], "Hello")

    async def react(person: Client) -> list[dict[str, Any]]:
        return list(
            await asyncio.gather(*(change(person, "react", said, emoji=one, on=True) for one in ("👍", "🎉", "☃️")))
        )

    states = [state for states in await asyncio.gather(*(react(person) for person in people)) for state in states]
    assert sorted(state["rev"] for state in states) == list(range(2, 20))
    (last,) = await last_page(people[1])
    assert last == max(states, key=lambda state: int(state["rev"]))
    assert {emoji: len(set(who)) for emoji, who in last["reactions"].items()} == {"👍": 6, "🎉": 6, "☃️": 6}


async def test_seq_and_rev_go_on_without_a_gap_after_a_restart(serve: Serve, come: Come) -> None:
    chat = await serve()
    ada = await come(chat)
    token = (await ada.ok("set_username", {"username": "Ada"}))["token"]
    said = await say(ada, "Helo", room="general")
    edited = await change(ada, "edit_message", said, message="Hello")
    await chat.restart()
    ada = await come(chat, auth={"token": token}, room="general")
    assert await last_page(ada) == [edited]
    liked = await change(ada, "react", said, emoji="👍", on=True)
    assert (liked["rev"], liked["edited_at"]) == (3, edited["edited_at"])
    second = await say(ada, "Second")
    assert (second["seq"], second["rev"]) == (2, 4)
    assert (await change(ada, "delete_message", second))["rev"] == 5
    idle = await come(chat, "Idle")
    await change(ada, "edit_message", said, message="Hallo")
    assert (await idle.wait("room_activity", lambda event: event["room"] == "general" and event["last_rev"] == 6))[
        "last_seq"
    ] == 2


async def test_an_export_has_messages_as_they_are_now(chat: Served, come: Come, http: httpx.AsyncClient) -> None:
    ada = await come(chat, "Ada", "general")
    first, second, third = [await say(ada, text) for text in ("Ten o'clock", "Secret", "Bye")]
    edited = await change(ada, "edit_message", first, message="Eleven o'clock")
    deleted = await change(ada, "delete_message", second)
    files = {
        form: (await http.get(f"/api/rooms/general/export?format={form}")).text for form in ("ndjson", "json", "csv")
    }
    before = [{"message": "Ten o'clock", "created_at": first["created_at"], "rev": edited["rev"]}]
    lines = [json.loads(line) for line in files["ndjson"].splitlines()]
    assert lines == [edited | {"edits": before}, deleted | {"deleted_at": lines[1]["deleted_at"]}, third]
    assert json.loads(files["json"])["messages"] == lines
    assert [row["message"] for row in csv.DictReader(io.StringIO(files["csv"]))] == ["Eleven o'clock", "", "Bye"]
    assert not any("Secret" in text for text in files.values())


async def test_changes_count_towards_the_limit_of_messages(chat: Served, dial: Dial) -> None:
    ada = await dial(chat, "Ada", "general")
    said = (await ada.call("send_message", {"message": "Hello"}))["message"]
    numbers = [await ada.ask("edit_message", {"id": said["id"], "message": f"Number {n}"}) for n in range(90)]
    answers: list[Any] = [await ada.answer(number) for number in numbers]
    refused = [answer["error"] for answer in answers if not answer["ok"]]
    assert all(answer["ok"] for answer in answers[:25])
    assert refused
    assert {error["code"] for error in refused} == {"rate_limited"}
    stored = (await ada.call("join_room", {"room": "general"}))["messages"][0]
    assert stored == [answer["message"] for answer in answers if answer["ok"]][-1]


async def test_changes_over_rest_are_told_as_those_over_the_socket(
    chat: Served, come: Come, http: httpx.AsyncClient
) -> None:
    bo = await come(chat, "Bo", "general")
    token = await sign_in(http, "Ada")
    sent = await http.post("/api/rooms/general/messages", json={"message": "Helo"}, headers=bearer(token))
    path = f"/api/messages/{sent.json()['id']}"
    answers = [
        await http.patch(path, json={"message": "Hello"}, headers=bearer(token)),
        await http.put(f"{path}/reactions/👍", headers=bearer(token)),
        await http.put(f"{path}/reactions/1️⃣", headers=bearer(token)),
        await http.delete(f"{path}/reactions/👍", headers=bearer(token)),
        await http.delete(path, headers=bearer(token)),
    ]
    assert [answer.status_code for answer in answers] == [200] * 5
    assert [answer.json()["rev"] for answer in answers] == [2, 3, 4, 5, 6]
    await bo.wait("message_changed", lambda message: message["rev"] == 6)
    assert bo.all("message_changed") == [answer.json() for answer in answers]
    assert [[*state.json().get("reactions", {})] for state in answers] == [[], ["👍"], ["👍", "1️⃣"], ["1️⃣"], []]
