"""Messages: stored once, in order, and heard by each exactly once."""

import asyncio
from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.conftest import OPERATOR, Client, Come, Dial, Serve, Served


def bearer(token: str) -> dict[str, str]:
    """The header that identifies a person."""
    return {"Authorization": f"Bearer {token}"}


async def sign_in(http: httpx.AsyncClient, name: str) -> str:
    """Make a person; their token."""
    answer = await http.post("/api/session", json={"username": name})
    assert answer.status_code == 201
    http.cookies.clear()
    token: str = answer.json()["token"]
    return token


async def test_a_message_in_full(chat: Served, come: Come) -> None:
    ada, bo = await come(chat), await come(chat, "Bo", "general")
    named = await ada.ok("set_username", {"username": "Ada"})
    await ada.ok("join_room", {"room": "general"})
    sent = (await ada.ok("send_message", {"message": "  Hello\r\nthere ", "client_id": "c-1"}))["message"]
    assert sent["id"].isdecimal()
    assert int(sent["id"]) < 2**63
    created = datetime.fromisoformat(sent["created_at"])
    assert sent["created_at"].endswith("Z")
    assert len(sent["created_at"]) == len("2026-01-31T09:30:00.123Z")
    local = created.astimezone()
    assert sent == {
        "id": sent["id"],
        "room": "general",
        "seq": 1,
        "rev": 1,
        "client_id": "c-1",
        "user_id": named["user_id"],
        "username": "Ada",
        "message": "Hello\nthere",
        "timestamp": f"{local:%H:%M:%S}",
        "date": f"{local:%Y-%m-%d}",
        "created_at": sent["created_at"],
    }
    assert await bo.wait("new_message") == await ada.wait("new_message") == sent
    assert (await bo.ok("join_room", {"room": "general"}))["messages"] == [sent]


async def test_a_message_can_go_to_a_room_one_is_not_in(chat: Served, come: Come) -> None:
    ada, bo = await come(chat, "Ada", "general"), await come(chat, "Bo", "tech")
    sent = (await ada.ok("send_message", {"message": "Hello", "room": "tech"}))["message"]
    assert sent["room"] == "tech"
    assert await bo.wait("new_message") == sent
    await ada.ok("get_rooms")
    assert ada.all("new_message") == []


async def test_a_repeat_returns_the_first_message(chat: Served, come: Come, http: httpx.AsyncClient) -> None:
    token = await sign_in(http, "Ada")
    ada, tab = await come(chat, auth={"token": token}), await come(chat, auth={"token": token})
    bo = await come(chat, "Bo", "general")
    await ada.ok("join_room", {"room": "general"})
    first = await ada.ok("send_message", {"message": "Hello", "client_id": "c-1"})
    assert await ada.ok("send_message", {"message": "Hello", "client_id": "c-1"}) == first
    assert await tab.ok("send_message", {"message": "Other", "client_id": "c-1", "room": "tech"}) == first
    again = await http.post(
        "/api/rooms/general/messages", json={"message": "Hello", "client_id": "c-1"}, headers=bearer(token)
    )
    assert (again.status_code, again.json()) == (200, first["message"])
    await ada.ok("send_message", {"message": "Next"})
    await bo.wait("new_message", lambda message: message["message"] == "Next")
    assert [message["message"] for message in bo.all("new_message")] == ["Hello", "Next"]


async def test_a_repeat_after_a_restart_returns_the_first_message(serve: Serve, come: Come) -> None:
    chat = await serve()
    ada = await come(chat)
    token = (await ada.ok("set_username", {"username": "Ada"}))["token"]
    first = await ada.ok("send_message", {"message": "Hello", "room": "general", "client_id": "c-1"})
    await chat.restart()
    back = await come(chat, auth={"token": token})
    assert await back.ok("send_message", {"message": "Hello", "room": "general", "client_id": "c-1"}) == first


async def test_two_at_once_are_one_message(chat: Served, dial: Dial) -> None:
    ada = await dial(chat, "Ada", "general")
    numbers = [await ada.ask("send_message", {"message": "Hello", "client_id": "c-1"}) for _ in range(8)]
    answers = [await ada.answer(number) for number in numbers]
    assert answers.count(answers[0]) == 8
    assert (await ada.call("send_message", {"message": "Next"}))["message"]["seq"] == 2
    assert ada.names().count("new_message") <= 2


async def test_the_same_client_id_of_two_people_is_two_messages(chat: Served, come: Come) -> None:
    ada, bo = await come(chat, "Ada", "general"), await come(chat, "Bo", "general")
    sent = [await one.ok("send_message", {"message": "Hello", "client_id": "c-1"}) for one in (ada, bo)]
    assert [one["message"]["seq"] for one in sent] == [1, 2]


async def test_a_repeat_of_what_the_cleanup_removed_is_a_conflict(serve: Serve, come: Come) -> None:
    chat = await serve(retention_messages=1)
    ada = await come(chat, "Ada", "general")
    for number in range(3):
        await ada.ok("send_message", {"message": f"Number {number}", "client_id": f"c-{number}"})
    async with httpx.AsyncClient(base_url=chat.url) as http:
        assert (await http.post("/api/admin/cleanup", headers=bearer(OPERATOR))).status_code == 200
    assert (await ada.call("send_message", {"message": "Number 0", "client_id": "c-0"}))["error"]["code"] == "conflict"
    assert (await ada.ok("send_message", {"message": "Number 2", "client_id": "c-2"}))["message"]["seq"] == 3
    await chat.restart()
    assert (await chat.app.clean(dry_run=True)) == []


@pytest.mark.parametrize("transport", ["websocket"])
async def test_seq_and_rev_have_no_gaps_when_many_send_at_once(serve: Serve, come: Come) -> None:
    chat = await serve(rate_limit=False)
    people = [await come(chat, f"Person-{number}", "general") for number in range(5)]

    async def send(person: Client, room: str) -> list[dict[str, Any]]:
        sends = [person.ok("send_message", {"message": "Hello", "room": room}) for _ in range(30)]
        return [answer["message"] for answer in await asyncio.gather(*sends)]

    sent = await asyncio.gather(*(send(person, room) for person in people for room in ("general", "tech")))
    for room in ("general", "tech"):
        of_room = [message for messages in sent for message in messages if message["room"] == room]
        assert sorted(message["seq"] for message in of_room) == list(range(1, 151))
        assert sorted(message["rev"] for message in of_room) == list(range(1, 151))
        ids = [int(message["id"]) for message in sorted(of_room, key=lambda message: message["seq"])]
        assert ids == sorted(set(ids))
    for messages in sent:
        assert [message["seq"] for message in messages] == sorted(message["seq"] for message in messages)


async def test_a_message_reaches_a_joiner_exactly_once_under_load(serve: Serve, come: Come) -> None:
    chat = await serve(rate_limit=False)
    senders = [await come(chat, f"Sender-{number}", "general") for number in range(4)]
    joiners = [await come(chat, f"Joiner-{number}") for number in range(4)]
    is_over = False

    async def send(person: Client) -> None:
        while not is_over:
            await asyncio.gather(*(person.ok("send_message", {"message": "Hello"}) for _ in range(4)))

    async def join(person: Client) -> None:
        for room in ("general", "tech", "general", "general"):
            await person.ok("join_room", {"room": room})
            await senders[0].ok("send_message", {"message": "Between two joins"})

    async with asyncio.TaskGroup() as group:
        sending = [group.create_task(send(person)) for person in senders]
        await asyncio.gather(*(join(person) for person in joiners))
        is_over = True
        await asyncio.wait(sending)
    last = (await senders[0].ok("send_message", {"message": "The last"}))["message"]
    for joiner in joiners:
        await joiner.wait("new_message", lambda message: message["seq"] == last["seq"])
        check_once(joiner.heard, last["seq"])


def check_once(heard: list[tuple[str, Any]], last: int) -> None:
    """From one `joined_room` of General to the next, history and new messages have neither gap nor repeat."""
    seqs: list[int] = []
    is_there = False
    for event, payload in heard:
        if event == "joined_room" and payload["room"] == "general":
            told = [message["seq"] for message in payload["messages"]]
            newest = told[-1] if told else 0
            assert payload["last_seq"] == newest
            # Joining the present room again repeats the history, to which all that was heard until then belongs.
            assert not is_there or newest >= len(seqs)
            seqs, is_there = [*range(1, newest + 1)], True
            assert seqs[-50:] == told
        elif event == "joined_room":
            is_there = False
        elif event == "new_message":
            assert is_there, "heard outside the room"
            assert payload["seq"] == len(seqs) + 1
            seqs.append(payload["seq"])
    assert seqs[-1] == last


async def test_messages_of_one_sender_keep_their_order(serve: Serve, dial: Dial) -> None:
    chat = await serve(rate_limit=False)
    ada, bo = await dial(chat, "Ada", "general"), await dial(chat, "Bo", "general")
    for number in range(100):
        await ada.send(f'42["send_message",{{"message":"Number {number}"}}]')
    for number in range(100):
        assert (await bo.wait("new_message"))["message"] == f"Number {number}"


async def test_one_message_is_read_by_its_id(chat: Served, come: Come, http: httpx.AsyncClient) -> None:
    ada = await come(chat, "Ada", "general")
    sent = (await ada.ok("send_message", {"message": "Hello"}))["message"]
    assert (await http.get(f"/api/messages/{sent['id']}")).json() == sent
    for other in ("1", "abc", "9" * 30, "-1", "1.5"):
        answer = await http.get(f"/api/messages/{other}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_what_one_says_is_read_on_ones_other_devices(chat: Served, come: Come) -> None:
    desk = await come(chat)
    token = (await desk.ok("set_username", {"username": "Ada"}))["token"]
    await desk.ok("join_room", {"room": "general"})
    phone = await come(chat, room="tech", auth={"token": token})
    sent = (await desk.ok("send_message", {"message": "From my desk"}))["message"]
    assert await phone.wait("read") == {"room": "general", "seq": sent["seq"], "mention_count": 0}
    assert desk.all("read") == []


async def test_rooms_never_entered_count_as_unread_from_signing_up(chat: Served, come: Come) -> None:
    ada, bo = await come(chat, "Ada", "general"), await come(chat, "Bo", "general")
    await ada.ok("send_message", {"room": "tech", "message": "Anybody here?"})
    room = (await bo.ok("get_rooms"))["rooms"]["tech"]
    assert (room["read_seq"], room["last_seq"]) == (0, 1)
