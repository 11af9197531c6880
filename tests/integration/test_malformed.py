"""Malformed input: answered in words, on both transports, and nobody else is disturbed."""

import contextlib
import json

import pytest

from tests.conftest import Come, Dial, Serve, Served
from tests.raw import Closed, PollingLine, Raw, WebSocketLine

DEEP = "[" * 100_000 + "]" * 100_000
NESTED = '{"message":' + "[" * 500 + "]" * 500 + "}"

# Packets that are Engine.IO messages and no sound event; after each the connection goes on.
ANSWERED = {
    "not an event": '42{"event":"get_rooms"}',
    "no list": "42null",
    "an empty list": "42[]",
    "a number for a name": "42[5,{}]",
    "an unknown event": '42["dance",{}]',
    "an event of ours": '42["new_message",{"message":"Fake"}]',
    "a reserved name": '42["disconnect",{}]',
    "another reserved name": '42["connect",{}]',
    "broken JSON": '42["send_message",{"message":',
    "no JSON at all": "42hello",
    "JSON for Python": '42["send_message",{"message":NaN}]',
    "deep nesting": f"42{DEEP}",
    "deep nesting in a payload": f'42["send_message",{NESTED}]',
    "half of a surrogate pair": '42["send_message",{"message":"\\ud800"}]',
    "a null byte": '42["send_message",{"message":"a\\u0000b"}]',
    "a huge number": '42["mark_read",{"room":"general","seq":' + "9" * 400 + "}]",
    "text for a payload": '42["send_message","Hello"]',
    "a list for a payload": '42["send_message",["Hello"]]',
    "a missing key": '42["send_message",{}]',
    "an edit of nothing": '42["edit_message",{"message":"Hello"}]',
    "a number for an id": '42["delete_message",{"id":5}]',
    "an id of half a million digits": '42["delete_message",{"id":"' + "9" * 500_000 + '"}]',
    "half an emoji": '42["react",{"id":"1","emoji":"\\ud83d","on":true}]',
    "an emoji that is a book": '42["react",{"id":"1","emoji":"' + "x" * 100_000 + '","on":true}]',
    "a list of rooms": '42["sync",{"history_id":"here","rooms":["general"]}]',
    "a null byte for a room": '42["sync",{"history_id":"here","rooms":{"gen\\u0000eral":1}}]',
    "too many rooms": '42["sync",{"history_id":"here","rooms":{' + ",".join(f'"{n}":0' for n in range(30_000)) + "}}]",
    "a wrong type": '42["typing",{"typing":"yes"}]',
    "an unknown Socket.IO packet": "49",
    "an empty Socket.IO packet": "4",
    "text for a packet type": "4x",
    "an attachment": '451-["send_message",{"message":{"_placeholder":true,"num":0}}]',
    "attachments without number": "45-[]",
    "a wrong namespace": '42/elsewhere,["get_rooms"]',
    "a binary ack": "461-1[]",
}


async def test_what_is_malformed_is_a_bad_request_and_the_connection_goes_on(serve: Serve, dial: Dial) -> None:
    chat = await serve(rate_limit=False)
    ada, bo = await dial(chat, "Ada", "general"), await dial(chat, "Bo", "general")
    for name, packet in ANSWERED.items():
        await ada.send(packet)
        error = await ada.wait("error")
        assert error["code"] == "bad_request", name
        assert {"message", "event"} <= error.keys(), name
        assert (await ada.call("send_message", {"message": f"After {name}"}))["ok"]
        assert (await bo.wait("new_message"))["message"] == f"After {name}"
    assert "error" not in bo.names()
    assert ada.names().count("error") == len(ANSWERED)


async def test_with_an_ack_the_ack_says_it(chat: Served, dial: Dial) -> None:
    ada = await dial(chat, "Ada", "general")
    for number, rest in enumerate(
        ["[]", '["dance"]', '["send_message",{"message":5}]', '["send_message"]', '[["send_message"]]'], start=700
    ):
        await ada.send(f"42{number}{rest}")
        assert (await ada.answer(number))["error"]["code"] == "bad_request"
    await ada.send('451-705["send_message",{"_placeholder":true,"num":0}]')
    assert (await ada.answer(705))["error"]["code"] == "bad_request"
    assert "error" not in ada.names()


async def test_the_attachments_of_a_refused_event_are_passed_over(chat: Served, dial: Dial, transport: str) -> None:
    ada = await dial(chat, "Ada", "general")
    await ada.send('452-["send_message",{"a":{"_placeholder":true,"num":0},"b":{"_placeholder":true,"num":1}}]')
    for _ in range(3):
        await ada.send(b"\x00\xff" if transport == "websocket" else b"bAP8=")
    assert (await ada.call("get_rooms", None))["ok"]
    # One for the event, one for the attachment too many.
    assert ada.names().count("error") == 2


async def test_acks_nobody_asked_for_are_passed_over(chat: Served, dial: Dial) -> None:
    ada = await dial(chat, "Ada", "general")
    await ada.send("437[]")
    await ada.send('43999999999999999999["x"]')
    assert (await ada.call("get_rooms", None))["ok"]


GARBAGE = ["x", "hello", '["send_message",{"message":"Hi"}]', "9", "", "<html>", "\u2603"]


@pytest.mark.parametrize("transport", ["websocket"])
async def test_what_is_no_engine_packet_closes_a_websocket_with_1002(chat: Served, dial: Dial) -> None:
    bo = await dial(chat, "Bo", "general")
    for packet in GARBAGE:
        ada = await dial(chat)
        await ada.send(packet)
        assert await ada.end() == 1002, packet
        assert (await bo.call("send_message", {"message": "Still here"}))["ok"]


@pytest.mark.parametrize("transport", ["polling"])
async def test_what_is_no_payload_is_answered_with_400_and_ends_the_connection(chat: Served, dial: Dial) -> None:
    bo = await dial(chat, "Bo", "general")
    for body in [*(packet.encode() for packet in GARBAGE), b"\xff\xfe", b'42["get_rooms"]\x1ex', b"4\x80"]:
        ada = await dial(chat)
        with pytest.raises(Closed) as closed:
            await ada.send(body)
        assert closed.value.code == 400, body
        assert await ada.end() == 400, body
        assert (await bo.call("send_message", {"message": "Still here"}))["ok"]


@pytest.mark.parametrize("transport", ["websocket"])
async def test_text_that_is_not_utf_8_closes_with_1007(chat: Served, dial: Dial) -> None:
    ada, bo = await dial(chat, "Ada", "general"), await dial(chat, "Bo", "general")
    assert isinstance(ada.line, WebSocketLine)
    await ada.line.socket.send(b'42["send_message",{"message":"\xff\xfe"}]', text=True)
    assert await ada.end() == 1007
    assert (await bo.call("send_message", {"message": "Still here"}))["ok"]


@pytest.mark.parametrize("transport", ["websocket"])
async def test_a_frame_over_a_megabyte_closes_with_1009(chat: Served, dial: Dial) -> None:
    ada, bo = await dial(chat, "Ada", "general"), await dial(chat, "Bo", "general")
    await ada.send('42["send_message",{"message":"' + "x" * 1_000_000 + '"}]')
    assert await ada.end() == 1009
    assert (await bo.call("send_message", {"message": "Still here"}))["ok"]


@pytest.mark.parametrize("transport", ["websocket"])
async def test_a_broken_frame_closes_with_1002(chat: Served, dial: Dial) -> None:
    ada = await dial(chat, "Ada", "general")
    assert isinstance(ada.line, WebSocketLine)
    ada.line.socket.transport.write(b"\xff\xff\xff\xff\xff\xff\xff\xff")
    assert await ada.end() == 1002


@pytest.mark.parametrize("transport", ["polling"])
async def test_a_post_over_a_megabyte_is_refused(chat: Served, dial: Dial) -> None:
    ada, bo = await dial(chat, "Ada", "general"), await dial(chat, "Bo", "general")
    with pytest.raises(Closed) as closed:
        await ada.send('42["send_message",{"message":"' + "x" * 1_000_000 + '"}]')
    assert closed.value.code in {400, 413}
    assert (await bo.call("send_message", {"message": "Still here"}))["ok"]


@pytest.mark.parametrize("transport", ["polling"])
async def test_a_post_to_a_connection_that_was_ended_is_a_bad_request(chat: Served, dial: Dial) -> None:
    ada = await dial(chat)
    token = (await ada.call("set_username", {"username": "Ada"}))["token"]
    assert isinstance(ada.line, PollingLine)
    signed_out = await ada.line.client.delete("/api/session", headers={"Authorization": f"Bearer {token}"})
    assert signed_out.status_code == 204
    with pytest.raises(Closed) as closed:
        await ada.send('42["get_rooms"]')
    assert closed.value.code == 400


async def test_a_large_event_within_the_limit_is_answered(chat: Served, dial: Dial) -> None:
    ada = await dial(chat, "Ada", "general")
    answer = await ada.call("send_message", {"message": "x" * 900_000})
    assert answer["error"]["code"] == "too_long"


async def test_a_malformed_handshake_is_refused_or_ignored_and_logs_nothing(chat: Served, transport: str) -> None:
    for auth in ("[]", '"token"', "5", '{"token":5}', '{"token":null}', "{", "\\ud800"):
        line = (WebSocketLine if transport == "websocket" else PollingLine)(chat.url, {})
        raw = Raw(line)
        await line.open()
        await raw.hear("0")
        await line.send(f"40{auth}")
        with contextlib.suppress(Closed):
            packet = await raw.hear("40", "44")
            assert packet.startswith("40") or json.loads(packet[2:])["data"]["code"] == "bad_request", auth
        await line.close()


async def test_an_event_before_the_handshake_ends_the_connection(chat: Served, transport: str) -> None:
    line = (WebSocketLine if transport == "websocket" else PollingLine)(chat.url, {})
    raw = Raw(line)
    await line.open()
    await raw.hear("0")
    await line.send('42["get_rooms"]')
    await raw.end()
    await line.close()


async def test_a_namespace_that_is_not_there_is_refused_and_ours_goes_on(chat: Served, dial: Dial) -> None:
    ada = await dial(chat, "Ada", "general")
    await ada.send("40/elsewhere,")
    assert json.loads((await ada.hear("44/elsewhere,")).partition(",")[2])
    assert (await ada.call("get_rooms", None))["ok"]


async def test_a_second_handshake_changes_nothing(chat: Served, dial: Dial) -> None:
    ada = await dial(chat, "Ada", "general")
    await ada.send("40")
    assert (await ada.call("send_message", {"message": "Hello"}))["ok"]


@pytest.mark.parametrize("transport", ["polling"])
async def test_a_post_with_many_packets_is_taken_whole(serve: Serve, dial: Dial) -> None:
    chat = await serve(rate_limit=False)
    ada = await dial(chat, "Ada", "general")
    await ada.send("\x1e".join(f'42{number}["mark_read",{{"room":"general","seq":0}}]' for number in range(100, 400)))
    assert (await ada.answer(399))["ok"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "EIO=3&transport=polling",
        "EIO=4&transport=carrier-pigeon",
        "EIO=4&transport=polling&sid=none",
        "EIO=4&transport=websocket",
    ],
)
async def test_a_request_that_is_no_engine_io_is_a_bad_request(chat: Served, query: str) -> None:
    line = PollingLine(chat.url, {})
    answer = await line.client.get(f"/socket.io/?{query}")
    assert answer.status_code == 400
    await line.close()


async def test_a_stock_client_beside_it_all_notices_nothing(chat: Served, come: Come, dial: Dial) -> None:
    cleo = await come(chat, "Cleo", "general")
    ada = await dial(chat, "Ada", "general")
    for packet in ANSWERED.values():
        await ada.send(packet)
    await ada.call("send_message", {"message": "That was all"})
    await cleo.wait("new_message")
    assert [event for event, _ in cleo.heard if event != "room_activity"][-2:] == ["user_joined", "new_message"]
    assert cleo.all("error") == []
