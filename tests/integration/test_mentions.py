"""Mentions: whom a message names, how many are unread, and who is told."""

from typing import Any

import httpx
import pytest

from tests.conftest import Client, Come, Dial, Serve, Served
from tests.integration.test_changes import change, say
from tests.integration.test_messages import bearer


@pytest.fixture
def transport() -> str:
    """How people are connected does not matter here."""
    return "websocket"


async def person(come: Come, chat: Served, name: str, room: str | None = None) -> tuple[Client, dict[str, Any]]:
    """Somebody with a name; their connection, and what `set_username` answered."""
    client = await come(chat)
    named = await client.ok("set_username", {"username": name})
    if room is not None:
        await client.ok("join_room", {"room": room})
    return client, named


async def unread(client: Client, room: str = "general") -> int:
    """How many unread mentions the list of rooms gives."""
    count: int = (await client.ok("get_rooms"))["rooms"][room].get("mention_count", 0)
    return count


def pings(client: Client, room: str = "general") -> int:
    """How often a client was told of a new mention in a room."""
    return len([event for event in client.all("room_activity") if event["room"] == room and event.get("mention")])


async def test_a_message_carries_whom_it_names(chat: Served, come: Come) -> None:
    ada, adas = await person(come, chat, "Ada", "general")
    _, bos = await person(come, chat, "Bo")
    _, misakis = await person(come, chat, "美咲")
    guest = await come(chat)
    await guest.emit("set_username", {"username": "Guest"})
    guests = await guest.wait("username_set")
    for text, named in {
        "Hello @Bo": [bos],
        "@美咲さん and @BO.": [misakis, bos],
        "@Ada is me, @Guest is here": [adas, guests],
        "@Bo @bo @Вo": [bos],
        "@Nobody and `@Bo`": [],
        "Bo, ada@Bo": [],
    }.items():
        assert (await say(ada, text)).get("mentions") == ([one["user_id"] for one in named] or None), text


async def test_unread_mentions_are_counted_and_read(chat: Served, come: Come, http: httpx.AsyncClient) -> None:
    ada, _ = await person(come, chat, "Ada", "general")
    bo, bos = await person(come, chat, "Bo", "tech")
    phone = await come(chat, auth={"token": bos["token"]})
    for text in ("@Bo one", "nobody", "@Bo two", "@Bo three", "@Ada"):
        await say(ada, text)
    assert await unread(bo) == 3
    joined = await bo.ok("join_room", {"room": "general"})
    assert (joined["read_seq"], joined["mention_count"]) == (0, 3)
    assert (await bo.ok("mark_read", {"room": "general", "seq": 1})) == {
        "ok": True, "room": "general", "seq": 1, "mention_count": 2,
    }  # fmt: skip
    assert (await phone.wait("read")) == {"room": "general", "seq": 1, "mention_count": 2}
    again = await http.post("/api/rooms/general/read", json={"seq": 3}, headers=bearer(bos["token"]))
    assert again.json() == {"room": "general", "seq": 3, "mention_count": 1}
    for device in (bo, phone):
        assert (await device.wait("read", lambda event: event["seq"] == 3))["mention_count"] == 1
    assert (await bo.ok("mark_read", {"room": "general", "seq": 1}))["mention_count"] == 1, "nothing moves back"
    await say(bo, "Here I am")
    assert (await phone.wait("read", lambda event: event["seq"] == 6))["mention_count"] == 0
    assert await unread(bo) == await unread(ada) == 0


async def test_the_mentioned_hear_of_it_where_they_are_not_in_the_room(chat: Served, come: Come) -> None:
    ada, _ = await person(come, chat, "Ada", "general")
    bo, bos = await person(come, chat, "Bo", "general")
    phone, cleo = await come(chat, room="tech", auth={"token": bos["token"]}), await come(chat, "Cleo", "tech")
    desk = await come(chat, auth={"token": bos["token"]})
    said = await say(ada, "Hello @Bo")
    for device in (phone, desk):
        told = await device.wait("room_activity", lambda event: event.get("mention", False))
        assert told == {"room": "general", "last_seq": 1, "last_rev": 1, "mention": True}
    await change(bo, "react", said, emoji="👍", on=True)
    await say(ada, "Nobody")
    for device in (phone, desk, cleo):
        await device.wait("room_activity", lambda event: event["last_seq"] == 2)
    assert [pings(device) for device in (ada, bo, phone, desk, cleo)] == [0, 0, 1, 1, 0]


async def test_an_edit_adds_and_removes_mentions(chat: Served, come: Come) -> None:
    ada, _ = await person(come, chat, "Ada", "general")
    bo, bos = await person(come, chat, "Bo", "tech")
    cleo, cleos = await person(come, chat, "Cleo", "tech")
    said = await say(ada, "Hello @Bo")
    edited = await change(ada, "edit_message", said, message="Hello @Cleo and @Bo")
    assert edited["mentions"] == [cleos["user_id"], bos["user_id"]]
    await cleo.wait("room_activity", lambda event: event.get("mention", False))
    assert [await unread(one) for one in (bo, cleo)] == [1, 1]
    edited = await change(ada, "edit_message", said, message="Hello @Cleo")
    assert edited["mentions"] == [cleos["user_id"]]
    assert [await unread(one) for one in (bo, cleo)] == [0, 1]
    assert await bo.wait("read") == {"room": "general", "seq": 0, "mention_count": 0}, (
        "less is unread: that is told too"
    )
    assert "mentions" not in await change(ada, "edit_message", said, message="Hello")
    assert [await unread(one) for one in (bo, cleo)] == [0, 0]
    await change(ada, "edit_message", said, message="Hello again @Bo")
    await bo.wait("room_activity", lambda event: event["last_rev"] == 5)
    assert await unread(bo) == 1
    assert [pings(one) for one in (bo, cleo)] == [2, 1], "once for each time they were not mentioned before"


async def test_an_edit_of_what_was_read_pings_nobody(chat: Served, come: Come) -> None:
    ada, _ = await person(come, chat, "Ada", "general")
    bo, bos = await person(come, chat, "Bo", "general")
    said = await say(ada, "Hello")
    await bo.ok("mark_read", {"room": "general", "seq": 1})
    await bo.ok("join_room", {"room": "tech"})
    edited = await change(ada, "edit_message", said, message="Hello @Bo")
    assert edited["mentions"] == [bos["user_id"]]
    await bo.wait("room_activity", lambda event: event["last_rev"] == 2)
    assert (pings(bo), await unread(bo)) == (0, 0)


async def test_deleted_and_removed_messages_mention_nobody(serve: Serve, come: Come) -> None:
    chat = await serve(retention_messages=1)
    ada, _ = await person(come, chat, "Ada", "general")
    bo, _ = await person(come, chat, "Bo", "tech")
    said = [await say(ada, f"@Bo {number}") for number in range(4)]
    assert await unread(bo) == 4
    await change(ada, "delete_message", said[1])
    assert await bo.wait("read") == {"room": "general", "seq": 0, "mention_count": 3}
    assert await unread(bo) == 3
    await chat.app.clean(dry_run=False)
    assert await unread(bo) == 1
    assert (await bo.ok("join_room", {"room": "general"}))["mention_count"] == 1


async def test_naming_oneself_is_never_unread(chat: Served, come: Come) -> None:
    ada, adas = await person(come, chat, "Ada", "general")
    phone = await come(chat, room="tech", auth={"token": adas["token"]})
    said = await say(ada, "I am @Ada")
    assert said["mentions"] == [adas["user_id"]]
    await change(ada, "edit_message", said, message="@Ada am I")
    await phone.wait("room_activity", lambda event: event["last_rev"] == 2)
    assert (pings(phone), await unread(phone)) == (0, 0)


async def test_a_temporary_person_is_named_and_keeps_no_count(chat: Served, come: Come) -> None:
    ada, _ = await person(come, chat, "Ada", "general")
    guest = await come(chat)
    await guest.emit("set_username", {"username": "Guest"})
    guests = await guest.wait("username_set")
    assert (await say(ada, "Hello @Guest"))["mentions"] == [guests["user_id"]]
    joined = await guest.ok("join_room", {"room": "general"})
    assert (joined["read_seq"], joined["mention_count"]) == (1, 0)
    assert "read_seq" not in (await guest.ok("get_rooms"))["rooms"]["general"]
    assert await guest.ok("mark_read", {"room": "general", "seq": 1}) == {
        "ok": True, "room": "general", "seq": 1, "mention_count": 0,
    }  # fmt: skip
    assert (await say(guest, "Hello @Ada"))["mentions"]


async def test_a_name_means_whose_it_is_at_that_moment(chat: Served, come: Come) -> None:
    ada, _ = await person(come, chat, "Ada", "general")
    bo, bos = await person(come, chat, "Bo", "tech")
    first = await say(ada, "@Bo")
    await bo.ok("set_username", {"username": "Robert"})
    new_bo, new_bos = await person(come, chat, "Bo", "tech")
    second = await say(ada, "@Bo and @Robert")
    assert first["mentions"] == [bos["user_id"]]
    assert second["mentions"] == [new_bos["user_id"], bos["user_id"]]
    assert [await unread(one) for one in (bo, new_bo)] == [2, 1]


async def test_mentions_outlast_a_restart(chat: Served, come: Come) -> None:
    ada, _ = await person(come, chat, "Ada", "general")
    bo, bos = await person(come, chat, "Bo")
    said = [await say(ada, "@Bo one"), await say(ada, "@Bo two")]
    await bo.ok("mark_read", {"room": "general", "seq": 1})
    await chat.restart()
    bo = await come(chat, auth={"token": bos["token"]})
    joined = await bo.ok("join_room", {"room": "general"})
    assert (joined["messages"], joined["read_seq"], joined["mention_count"]) == (said, 1, 1)


async def test_texts_full_of_places_are_all_stored(serve: Serve, dial: Dial) -> None:
    """Each could name some 1,500 people, so a batch asks for more names than one statement takes values."""
    chat = await serve(rate_limit=False)
    ada = await dial(chat, "Ada", "general")
    texts = [" ".join(f"@{chr(0x4E00 + 60 * one + place)}{'漢' * 31}" for place in range(50)) for one in range(60)]
    numbers = [await ada.ask("send_message", {"message": text}) for text in texts]
    answers = [await ada.answer(number) for number in numbers]
    assert [answer["message"]["seq"] for answer in answers] == list(range(1, len(texts) + 1))


async def test_who_is_mentioned_no_more_hears_how_many_mentions_are_left(chat: Served, come: Come) -> None:
    ada, _ = await person(come, chat, "Ada", "general")
    bo, _ = await person(come, chat, "Bo", "tech")
    cleo, _ = await person(come, chat, "Cleo", "tech")
    first, second = await say(ada, "@Bo one"), await say(ada, "@Bo and @Cleo two")
    await change(ada, "edit_message", second, message="@Cleo two")
    assert await bo.wait("read") == {"room": "general", "seq": 0, "mention_count": 1}
    await change(ada, "delete_message", first)
    assert (await bo.wait("read", lambda event: event["mention_count"] == 0))["seq"] == 0
    assert cleo.all("read") == []
