"""The icon on a Linux desktop: on a bus of its own, with a desktop that is only what the icon talks to."""

import asyncio
import logging
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.integration.test_launcher import SECONDS_TO_STOP, Chat
from tests.namespaces import need
from tests.raw import PATIENCE

if sys.platform != "linux":
    pytest.skip("the icon is for Linux desktops", allow_module_level=True)

import uvloop
from jeepney import (
    DBusAddress,
    DBusErrorResponse,
    HeaderFields,
    MatchRule,
    Message,
    message_bus,
    new_method_call,
    new_signal,
)
from jeepney.io.asyncio import DBusRouter, Proxy, open_dbus_connection
from jeepney.wrappers import unwrap_msg

from chatapp.tray.drawing import argb
from chatapp.tray.item import WATCHER, Tray

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}

ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"
PROPERTIES = "org.freedesktop.DBus.Properties"


# The usual rules of a session's bus, without the programs that a machine's own would begin.
RULES = """<busconfig><type>session</type><listen>{}</listen><listen>{}</listen>
<policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
</policy></busconfig>"""


class Bus:
    """A session's bus; constructed, it listens at `address` and at `abstract`."""

    def __init__(self, folder: Path) -> None:
        need("dbus-daemon", "dbus")
        self.address, self.abstract = f"unix:path={folder / 'bus'}", f"unix:abstract={folder / 'bus'}"
        rules = folder / "bus.conf"
        rules.write_text(RULES.format(self.address, self.abstract))
        self._process = subprocess.Popen(
            ["dbus-daemon", f"--config-file={rules}", "--nofork", "--nopidfile", "--print-address"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline(), "the bus did not begin"

    def stop(self) -> None:
        """End it, and with it every connection."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


class Desktop:
    """Shows icons: whoever registers is in `registered`, by name."""

    def __init__(self, router: DBusRouter) -> None:
        self._router = router
        self.bus = Proxy(message_bus, router)
        self.registered: asyncio.Queue[Message] = asyncio.Queue()
        rule = MatchRule(type="method_call", interface=WATCHER, member="RegisterStatusNotifierItem")
        router.filter(rule, queue=self.registered)

    async def icon(self) -> "Icon":
        """The next that registers."""
        async with asyncio.timeout(PATIENCE):
            (name,) = (await self.registered.get()).body
        return Icon(self._router, name)

    @asynccontextmanager
    async def newcomers(self) -> AsyncIterator[Callable[[], Awaitable["Icon"]]]:
        """A function that gives who comes to the bus next, as soon as it answers."""
        rule = MatchRule(type="signal", sender=message_bus.bus_name, member="NameOwnerChanged")
        await self.bus.AddMatch(rule)
        changes: asyncio.Queue[Message] = asyncio.Queue()

        async def newcomer() -> Icon:
            async with asyncio.timeout(PATIENCE):
                while not (body := (await changes.get()).body)[2]:
                    pass
            icon = Icon(self._router, body[0])
            await icon.call("/", "org.freedesktop.DBus.Peer", "Ping")
            return icon

        with self._router.filter(rule, queue=changes):
            yield newcomer


class Icon:
    """Somebody's icon, as a desktop sees it."""

    def __init__(self, router: DBusRouter, name: str) -> None:
        self.name = name
        self._router = router

    async def call(self, path: str, interface: str | None, member: str, signature: str = "", *body: Any) -> Any:
        """What it answers; raises DBusErrorResponse."""
        at = DBusAddress(path, bus_name=self.name, interface=interface)
        message = new_method_call(at, member, signature or None, body)
        async with asyncio.timeout(PATIENCE):
            return unwrap_msg(await self._router.send_and_get_reply(message))

    async def properties(self) -> dict[str, Any]:
        """Those of the icon, without their types."""
        (known,) = await self.call("/StatusNotifierItem", PROPERTIES, "GetAll", "s", ITEM)
        return {name: value for name, (_, value) in known.items()}

    async def menu(self, member: str, signature: str, *body: Any) -> Any:
        """What its menu answers."""
        return await self.call((await self.properties())["Menu"], MENU, member, signature, *body)

    async def click(self, item: int) -> None:
        """Click an entry of its menu."""
        await self.menu("Event", "isvu", item, "clicked", ("i", 0), 0)

    async def error(self, *call: Any) -> str:
        """The name of the error that is the answer."""
        with pytest.raises(DBusErrorResponse) as caught:
            await self.call(*call)
        return str(caught.value.name)


class Did:
    """What was clicked."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.tray = Tray("Ward 7", lambda: self.done.append("open"), lambda: self.done.append("quit"))


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    """The bus of this session."""
    bus = Bus(tmp_path)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.address)
    yield bus
    bus.stop()


@asynccontextmanager
async def desktop_on(bus: Bus, *, watches: bool = True) -> AsyncIterator[Desktop]:
    """A desktop; without watching it is only somebody on the bus."""
    async with await open_dbus_connection(bus.address) as connection, DBusRouter(connection) as router:
        desktop = Desktop(router)
        if watches:
            await desktop.bus.RequestName(WATCHER)
        yield desktop


@asynccontextmanager
async def shown(tray: Tray) -> AsyncIterator["asyncio.Task[None]"]:
    """Show an icon until the end."""
    task = asyncio.get_running_loop().create_task(tray.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])
    if not task.cancelled():
        task.result()


async def test_a_desktop_knows_what_to_show(bus: Bus) -> None:
    async with desktop_on(bus) as desktop, shown(Did().tray):
        known = await (await desktop.icon()).properties()
    pictures = known.pop("IconPixmap")
    assert [(width, height, len(points)) for width, height, points in pictures] == [(22, 22, 1936), (44, 44, 7744)]
    assert {name: known[name] for name in ("Category", "Id", "Title", "Status", "IconName", "ItemIsMenu")} == {
        "Category": "ApplicationStatus",
        "Id": "chatapp",
        "Title": "Ward 7",
        "Status": "Active",
        "IconName": "chatapp",
        "ItemIsMenu": False,
    }
    assert known["ToolTip"] == ("", [], "Ward 7", "")


async def test_it_is_told_to_a_desktop_that_comes_later_and_to_one_that_comes_back(bus: Bus) -> None:
    async with desktop_on(bus, watches=False) as somebody, somebody.newcomers() as newcomer, shown(Did().tray):
        icon = await newcomer()
        for _ in range(2):
            async with desktop_on(bus) as desktop:
                assert (await desktop.icon()).name == icon.name


async def test_the_menu_has_two_entries(bus: Bus) -> None:
    async with desktop_on(bus) as desktop, shown(Did().tray):
        icon = await desktop.icon()
        _, (item, about, entries) = await icon.menu("GetLayout", "iias", 0, -1, [])
        assert (item, about) == (0, {"children-display": ("s", "submenu")})
        assert [entry for _, entry in entries] == [
            (1, {"label": ("s", "Open the chat")}, []),
            (2, {"label": ("s", "Quit")}, []),
        ]
        assert (await icon.menu("GetLayout", "iias", 0, 0, []))[1][2] == []
        assert (await icon.menu("GetLayout", "iias", 2, -1, ["type"]))[1] == (2, {}, [])
        assert await icon.menu("GetGroupProperties", "aias", [2, 9], ["label"]) == ([(2, {"label": ("s", "Quit")})],)
        assert len((await icon.menu("GetGroupProperties", "aias", [], []))[0]) == 3
        assert await icon.menu("GetProperty", "is", 1, "label") == (("s", "Open the chat"),)
        assert await icon.menu("AboutToShow", "i", 0) == (False,)
        assert await icon.menu("AboutToShowGroup", "ai", [0, 9]) == ([], [9])


async def test_clicks_do_what_they_say(bus: Bus) -> None:
    did = Did()
    async with desktop_on(bus) as desktop, shown(did.tray):
        icon = await desktop.icon()
        await icon.call("/StatusNotifierItem", ITEM, "Activate", "ii", 3, 4)
        await icon.call("/StatusNotifierItem", ITEM, "ContextMenu", "ii", 3, 4)
        await icon.menu("Event", "isvu", 2, "hovered", ("s", ""), 0)
        await icon.menu("Event", "isvu", 0, "clicked", ("s", ""), 0)
        assert did.done == ["open"]
        await icon.click(1)
        await icon.click(2)
        assert await icon.menu("EventGroup", "a(isvu)", [(9, "clicked", ("i", 0), 0), (1, "clicked", ("i", 0), 0)]) == (
            [9],
        )
    assert did.done == ["open", "open", "quit", "open"]


async def test_it_tells_what_it_is(bus: Bus) -> None:
    async with desktop_on(bus) as desktop, shown(Did().tray):
        icon = await desktop.icon()
        (whole,) = await icon.call("/", "org.freedesktop.DBus.Introspectable", "Introspect")
        assert [node.get("name") for node in ET.fromstring(whole)[-2:]] == ["MenuBar", "StatusNotifierItem"]
        (one,) = await icon.call("/StatusNotifierItem", None, "Introspect")
        described = {node.get("name"): node for node in ET.fromstring(one)}[ITEM]
        told = {node.get("name") for node in described if node.tag == "property"}
        assert told == (await icon.properties()).keys()


async def test_what_nobody_can_mean_is_refused_and_the_rest_goes_on(bus: Bus) -> None:
    did = Did()
    async with desktop_on(bus) as desktop, shown(did.tray):
        icon = await desktop.icon()
        errors = [
            await icon.error("/nowhere", ITEM, "Activate", "ii", 0, 0),
            await icon.error("/StatusNotifierItem", ITEM, "Explode"),
            await icon.error("/StatusNotifierItem", MENU, "Activate", "ii", 0, 0),
            await icon.error("/StatusNotifierItem", ITEM, "Activate", "s", "left"),
            await icon.error("/StatusNotifierItem", ITEM, "Activate"),
            await icon.error("/StatusNotifierItem", PROPERTIES, "Get", "ss", ITEM, "Colour"),
            await icon.error("/StatusNotifierItem", PROPERTIES, "GetAll", "s", "of.nobody"),
            await icon.error("/StatusNotifierItem", PROPERTIES, "Set", "ssv", ITEM, "Title", ("s", "Mine")),
            await icon.error("/MenuBar", MENU, "Event", "isvu", 9, "clicked", ("i", 0), 0),
            await icon.error("/MenuBar", MENU, "GetProperty", "is", 1, "colour"),
            await icon.error("/MenuBar", MENU, "GetLayout", "iias", -5, -1, []),
        ]
        # A signal that looks like the bus's own, from somebody else.
        emitter = DBusAddress("/org/freedesktop/DBus", interface="org.freedesktop.DBus")
        forged = new_signal(emitter, "NameOwnerChanged", "i", (1,))
        forged.header.fields[HeaderFields.destination] = icon.name
        await desktop.bus._router.send(forged)
        assert (await icon.properties())["Title"] == "Ward 7"
        assert desktop.registered.empty()
    assert [error.rpartition(".")[2] for error in errors] == [
        *("UnknownObject", "UnknownMethod", "UnknownMethod", "InvalidArgs", "InvalidArgs"),
        *("UnknownProperty", "UnknownInterface", "PropertyReadOnly", "InvalidArgs", "InvalidArgs", "InvalidArgs"),
    ]
    assert did.done == []


async def test_an_abstract_address_will_do(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.abstract)
    async with desktop_on(bus) as desktop, shown(Did().tray):
        await desktop.icon()


async def test_it_ends_with_the_bus(bus: Bus) -> None:
    async with shown(Did().tray) as showing:
        # The desktop's own connection is cut off as well.
        with suppress(EOFError):
            async with desktop_on(bus) as desktop:
                await desktop.icon()
                bus.stop()
                async with asyncio.timeout(PATIENCE):
                    await showing


@pytest.mark.parametrize("address", ["", "autolaunch:", "nonsense", "tcp:host=localhost,port=1", "unix:path=/missing"])
async def test_without_a_bus_nothing_happens(
    address: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    with caplog.at_level(logging.INFO):
        await Did().tray.run()
    assert caplog.messages == []


@pytest.mark.parametrize(
    "answers",
    [
        [b"REJECTED EXTERNAL\r\n"],
        [b""],
        [b"x" * 9000],
        [b"OK 1234\r\n", b"x" * 64],
        # An answer to Hello that does not hold a name, then one of a kind that there is not.
        [b"OK 1234\r\n", b"l\x02\x01\x01" + bytes(4) + b"\x01\0\0\0" + bytes(4)],
        [b"OK 1234\r\n", b"l\x09\x01\x01" + bytes(4) + b"\x01\0\0\0" + bytes(4)],
    ],
)
async def test_a_bus_that_is_none_does_no_harm(
    answers: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def pretend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for one in answers:
            await reader.read(1024)
            writer.write(one)
        writer.close()

    # The usual place, of which no variable tells.
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    async with await asyncio.start_unix_server(pretend, tmp_path / "bus"):
        with caplog.at_level(logging.INFO):
            await Did().tray.run()
    assert caplog.messages == []


def test_the_icon_is_a_green_bubble_with_white_lines() -> None:
    points = argb(32)

    def at(x: int, y: int) -> tuple[int, ...]:
        return tuple(points[4 * (32 * y + x) : 4 * (32 * y + x + 1)])

    assert at(0, 0)[0] == at(31, 31)[0] == at(2, 2)[0] == 0
    assert at(12, 10) == at(12, 16) == (255, 255, 255, 255)
    assert at(25, 20)[0] == 255
    assert at(25, 20)[1] < at(25, 20)[3] < at(25, 20)[2]
    assert at(8, 26)[0] == 255
    assert at(20, 26)[0] == 0


async def test_a_chat_is_opened_again_and_quit_from_its_icon(bus: Bus, tmp_path: Path) -> None:
    # The browser writes into a pipe, which makes the reader wait for it.
    pipe, command = tmp_path / "pipe", tmp_path / "browser"
    os.mkfifo(pipe)
    command.write_text(f'#!/bin/sh\necho "$1" > {pipe}\n')
    command.chmod(0o755)
    async with desktop_on(bus) as desktop:
        asked = ["--host", "127.0.0.1", "--port", "0", "--name", "Ward 7"]
        environment = {"BROWSER": str(command), "DBUS_SESSION_BUS_ADDRESS": bus.address}
        chat = await asyncio.to_thread(Chat, tmp_path, *asked, **environment)
        try:
            links = [await asyncio.to_thread(pipe.read_text)]
            icon = await desktop.icon()
            assert (await icon.properties())["Title"] == "Ward 7"
            await icon.call("/StatusNotifierItem", ITEM, "Activate", "ii", 0, 0)
            links.append(await asyncio.to_thread(pipe.read_text))
            await icon.click(1)
            links.append(await asyncio.to_thread(pipe.read_text))
            assert [link.partition("/#/host/")[0] for link in links] == [chat.url] * 3
            assert len(set(links)) == 3
            await icon.click(2)
            assert await asyncio.to_thread(chat.process.wait, SECONDS_TO_STOP) == 0
        finally:
            chat.process.kill()
            chat.process.communicate()
