"""The base protocol, with a stock client over both transports."""

import pytest

from tests.conftest import Come, Serve, Served


async def test_two_people_talk(chat: Served, come: Come) -> None:
    ada, bo = await come(chat), await come(chat)
    for client, name in ((ada, "Ada"), (bo, "Bo")):
        await client.emit("set_username", {"username": name})
        assert (await client.wait("username_set"))["username"] == name
        await client.emit("join_room", {"room": "general"})
        await client.wait("joined_room")
    await ada.emit("send_message", {"message": "Good morning"})
    for client in (ada, bo):
        message = await client.wait("new_message")
        assert message["username"] == "Ada"
        assert message["message"] == "Good morning"
        assert {"id", "timestamp", "date"} <= message.keys()


async def test_rooms_are_listed(chat: Served, come: Come) -> None:
    ada = await come(chat, "Ada", "general")
    await ada.emit("get_rooms")
    rooms = await ada.wait("rooms_list")
    assert {room: rooms[room]["name"] for room in rooms} == {
        "general": "General",
        "tech": "Tech Talk",
        "random": "Random",
    }
    assert rooms["general"]["user_count"] == 1
    assert rooms["general"]["message_count"] == 0


@pytest.mark.parametrize(
    ("event", "payload", "words"),
    [
        ("join_room", {"room": "general"}, "Please set a username first"),
        ("send_message", {"message": "Hello"}, "Please set a username first"),
        ("typing", {"typing": True}, "Please set a username first"),
        ("set_username", {"username": "  "}, "Username cannot be empty"),
        ("set_username", {"username": "Taken"}, "Username already taken"),
    ],
)
async def test_old_words_are_kept(chat: Served, come: Come, event: str, payload: dict[str, str], words: str) -> None:
    await come(chat, "Taken")
    client = await come(chat)
    await client.emit(event, payload)
    assert (await client.wait("error"))["message"] == words


async def test_words_for_rooms(chat: Served, come: Come) -> None:
    client = await come(chat, "Ada")
    await client.emit("send_message", {"message": "Hello"})
    assert (await client.wait("error"))["message"] == "Please join a room first"
    await client.emit("join_room", {"room": "nowhere"})
    assert await client.wait("error", lambda error: error["message"] == "Room not found")


async def test_joining_tells_what_was_said_and_who_is_there(serve: Serve, come: Come) -> None:
    chat = await serve(rate_limit=False)
    ada = await come(chat, "Ada", "general")
    for number in range(60):
        await ada.ok("send_message", {"message": f"Number {number}"})
    bo = await come(chat, "Bo")
    joined = await bo.ok("join_room", {"room": "general"})
    assert [message["message"] for message in joined["messages"]] == [f"Number {number}" for number in range(10, 60)]
    assert joined["room_name"] == "General"
    assert joined["users"] == ["Ada", "Bo"]
    assert joined["has_more"]
    heard = await ada.wait("user_joined", lambda event: event["username"] == "Bo")
    assert heard["user_count"] == 2


async def test_another_room_is_left_first(chat: Served, come: Come) -> None:
    ada, bo = await come(chat, "Ada", "general"), await come(chat, "Bo", "general")
    await bo.ok("join_room", {"room": "tech"})
    left = await ada.wait("user_left")
    assert (left["username"], left["room"], left["user_count"]) == ("Bo", "general", 1)


async def test_typing_is_told_to_the_others(chat: Served, come: Come) -> None:
    ada, bo = await come(chat, "Ada", "general"), await come(chat, "Bo", "general")
    await ada.emit("typing", {"typing": True})
    assert (await bo.wait("user_typing"))["username"] == "Ada"
    await ada.ok("send_message", {"message": "Done"})
    await bo.wait("user_typing", lambda event: event["typing"] is False)
    assert ada.all("user_typing") == []


async def test_a_name_without_a_token_is_free_when_its_connection_ends(chat: Served, come: Come) -> None:
    first, second = await come(chat), await come(chat)
    await first.emit("set_username", {"username": "Guest"})
    first_id = (await first.wait("username_set"))["user_id"]
    await first.close()
    while not second.all("username_set"):
        await second.emit("set_username", {"username": "Guest"})
        await second.next()
    assert second.all("username_set")[0]["user_id"] != first_id


async def test_an_empty_message_without_ack_is_ignored(chat: Served, come: Come) -> None:
    ada = await come(chat, "Ada", "general")
    await ada.emit("send_message", {"message": "   "})
    await ada.ok("send_message", {"message": "Something"})
    assert ada.all("error") == []
    assert (await ada.call("send_message", {"message": "   "}))["error"]["code"] == "bad_request"
