"""Floods of all kinds against the program as it runs: two people talk on, attackers are refused, memory has a bound."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.e2e.chats import Chat
from tests.floods import ATTACKS, MOST_MEMORY, REFUSED_BY, Flood, Talk, most_memory

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is read, and other addresses used, as on Linux")


@pytest.mark.parametrize("name", ATTACKS)
async def test_two_people_talk_on_while_others_attack(tmp_path: Path, name: str) -> None:
    chat = Chat(tmp_path, CHATAPP_RATE_LIMIT="on")
    await chat.start("--host", "127.0.0.1")
    flood, talk = Flood(chat.port), Talk(f"http://127.0.0.1:{chat.port}")
    try:
        await talk.begin()
        attack = asyncio.get_running_loop().create_task(ATTACKS[name](flood))
        for _ in range(40):
            await talk.exchange()
        await attack
        for _ in range(10):
            await talk.exchange()
        memory = most_memory(chat.pid)
        said = REFUSED_BY[name]
        assert flood.cut if said is None else flood.refused[said], f"{flood.refused}, {flood.cut} cut off"
        assert memory < MOST_MEMORY, f"{memory >> 20} MB"
        assert chat.errors() == []
    finally:
        flood.end()
        await talk.end()
        await chat.stop()
