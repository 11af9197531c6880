"""Chats and browsers on machines of their own, as far as the network goes."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import browser as chromium
from playwright.async_api import Browser, Playwright

from tests.e2e.chats import Chat
from tests.e2e.conftest import FLAGS
from tests.namespaces import Namespace


@asynccontextmanager
async def chat_on(machine: Namespace, folder: Path) -> AsyncIterator[Chat]:
    """A running chat on a machine. Fails where it logged a fault by the end."""
    chat = Chat(folder)
    chat.inside = ("ip", "netns", "exec", machine.name)
    await chat.start()
    yield chat
    await chat.kill()
    assert chat.errors() == []


@asynccontextmanager
async def browser_on(machine: Namespace, playwright: Playwright, home: Path) -> AsyncIterator[Browser]:
    """A browser on a machine, of somebody with this home, in which lie the authorities that one trusts."""
    starter = home / "chromium"
    starter.write_text(f'#!/bin/sh\nexec ip netns exec {machine.name} "{chromium.find()}" "$@"\n')
    starter.chmod(0o700)
    environment: dict[str, str | float | bool] = {**os.environ, "HOME": str(home)}
    started = await playwright.chromium.launch(executable_path=starter, args=FLAGS, env=environment)
    yield started
    await started.close()
