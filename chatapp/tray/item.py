"""The icon itself: a StatusNotifierItem, the way of KDE, Xfce, Cinnamon, Waybar, and of GNOME with its extension.

It is told to the desktop's watcher, whenever one comes; the desktop then asks for everything, and says what was
clicked. Of jeepney only the plain connection is used: whoever reads what comes answers it, with no task besides.
"""

import asyncio
import logging
import os
import socket
import struct
from collections.abc import Callable
from pathlib import Path

from jeepney import (
    DBusAddress,
    DBusErrorResponse,
    HeaderFields,
    MatchRule,
    Message,
    MessageFlag,
    MessageType,
    message_bus,
    new_error,
    new_method_call,
    new_method_return,
)
from jeepney.auth import BEGIN, Authenticator
from jeepney.bus import get_bus
from jeepney.io.asyncio import DBusConnection
from jeepney.wrappers import unwrap_msg

from chatapp.tray.drawing import argb
from chatapp.tray.menu import Menu
from chatapp.tray.objects import Call, Interface, Method, Objects, Refusal, answer

log = logging.getLogger(__name__)

WATCHER = "org.kde.StatusNotifierWatcher"
"""The name that the desktop's part takes which wants to know of icons."""

_ITEM = "/StatusNotifierItem"
_MENU = "/MenuBar"
# What desktops show on usual and on fine screens.
_SIDES = (22, 44)
_SECONDS_TO_CONNECT = 10
# What jeepney raises at an address, an answer or a message that it cannot read, after which a connection is of no use.
_UNREADABLE = (ValueError, LookupError, AssertionError, RuntimeError, struct.error, DBusErrorResponse)


class Tray:
    """An icon called `title`. Both functions are called in the event loop, and must not block."""

    def __init__(self, title: str, open_chat: Callable[[], None], quit_chat: Callable[[], None]) -> None:
        menu = Menu([("Open the chat", open_chat), ("Quit", quit_chat)])
        self._objects: Objects = {_ITEM: [_item(title, open_chat)], _MENU: [menu.interface()]}

    async def run(self) -> None:
        """Show the icon until the session's bus goes. Returns then, or at once where there is no bus."""
        try:
            async with asyncio.timeout(_SECONDS_TO_CONNECT):
                connection = await _connected()
            try:
                await self._serve(connection)
            finally:
                # Cut off: what is not sent by then is for nobody, and a loop that closes would wait for it.
                connection.writer.transport.abort()
        except (OSError, EOFError) as error:
            log.debug("No icon: the session's bus is not there, or went (%r).", error)

    async def _serve(self, connection: DBusConnection) -> None:
        registration = _registration(str(connection.unique_name))
        # A watcher that comes between the two is told twice, and none is missed.
        await connection.send(message_bus.AddMatch(_watchers()))
        await connection.send(registration)
        while True:
            message = await _received(connection)
            if message.header.message_type is MessageType.method_call:
                await self._reply(connection, message)
            elif _tells_of_a_watcher(message):
                await connection.send(registration)

    async def _reply(self, connection: DBusConnection, message: Message) -> None:
        try:
            signature, values = answer(self._objects, _call(message))
            reply = new_method_return(message, signature or None, values)
        except Refusal as refusal:
            reply = new_error(message, refusal.name, "s", (str(refusal),))
        if not message.header.flags & MessageFlag.no_reply_expected:
            await connection.send(reply)


def _item(title: str, open_chat: Callable[[], None]) -> Interface:
    def activate(_x: int, _y: int) -> tuple[()]:
        open_chat()
        return ()

    def nothing(*_: object) -> tuple[()]:
        return ()

    pictures = [(side, side, argb(side)) for side in _SIDES]
    return Interface(
        "org.kde.StatusNotifierItem",
        {
            "Activate": Method(("i", "i"), (), activate),
            # The desktop shows the menu, and there is nothing to turn.
            "ContextMenu": Method(("i", "i"), (), nothing),
            "SecondaryActivate": Method(("i", "i"), (), nothing),
            "Scroll": Method(("i", "s"), (), nothing),
        },
        {
            "Category": ("s", "ApplicationStatus"),
            "Id": ("s", "chatapp"),
            "Title": ("s", title),
            "Status": ("s", "Active"),
            "WindowId": ("i", 0),
            # Known by name where the package is installed; the pictures are for everywhere else.
            "IconName": ("s", "chatapp"),
            "IconPixmap": ("a(iiay)", pictures),
            "IconThemePath": ("s", ""),
            "OverlayIconName": ("s", ""),
            "OverlayIconPixmap": ("a(iiay)", []),
            "AttentionIconName": ("s", ""),
            "AttentionIconPixmap": ("a(iiay)", []),
            "AttentionMovieName": ("s", ""),
            "ToolTip": ("(sa(iiay)ss)", ("", [], title, "")),
            "ItemIsMenu": ("b", False),
            "Menu": ("o", _MENU),
        },
    )


async def _connected() -> DBusConnection:
    """Return a connection that has its name on the session's bus. Raises OSError or EOFError."""
    # Connected here, since uvloop cannot connect to an abstract address. It never waits: a bus too busy to take it is
    # tried again later.
    at = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        at.setblocking(False)
        at.connect(_address())
        reader, writer = await asyncio.open_unix_connection(sock=at)
    except BaseException:
        at.close()
        raise
    connection = DBusConnection(reader, writer)
    try:
        await _sign_in(connection)
    except _UNREADABLE as error:
        writer.transport.abort()
        raise EOFError(repr(error)) from error
    except BaseException:
        writer.transport.abort()
        raise
    return connection


def _address() -> str:
    """Where the session's bus listens. Raises OSError where that is not known."""
    try:
        if given := os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
            return str(get_bus(given))
        # The usual place, of which the variable need not tell.
        return str(Path(os.environ["XDG_RUNTIME_DIR"]) / "bus")
    except _UNREADABLE as error:
        raise FileNotFoundError(repr(error)) from error


async def _sign_in(connection: DBusConnection) -> None:
    """Say whose program this is, and take the name the bus gives. Raises OSError, EOFError or one of _UNREADABLE."""
    authenticator = Authenticator()
    for line in authenticator:
        connection.writer.write(line)
        said = await connection.reader.read(1024)
        if not said:
            raise EOFError
        authenticator.feed(said)
    connection.writer.write(BEGIN)
    await connection.send(message_bus.Hello())
    while (message := await connection.receive()).header.message_type is MessageType.signal:
        pass
    (connection.unique_name,) = unwrap_msg(message)


async def _received(connection: DBusConnection) -> Message:
    """Return what comes next. Raises OSError or EOFError when nothing will."""
    try:
        message: Message = await connection.receive()
    except _UNREADABLE as error:
        raise EOFError(repr(error)) from error
    return message


def _watchers() -> MatchRule:
    """The signal that the watcher's name has another owner."""
    rule = MatchRule(
        type="signal",
        sender=message_bus.bus_name,
        interface=message_bus.interface,
        member="NameOwnerChanged",
        path=message_bus.object_path,
    )
    rule.add_arg_condition(0, WATCHER)
    return rule


def _registration(name: str) -> Message:
    """Tell the watcher of the icon, under this connection's name. Where there is none nobody hears it, and none is
    begun for it.
    """
    watcher = DBusAddress("/StatusNotifierWatcher", bus_name=WATCHER, interface=WATCHER)
    message = new_method_call(watcher, "RegisterStatusNotifierItem", "s", (name,))
    message.header.flags = MessageFlag.no_reply_expected | MessageFlag.no_auto_start
    return message


def _tells_of_a_watcher(message: Message) -> bool:
    fields = message.header.fields
    if fields.get(HeaderFields.sender) != message_bus.bus_name or fields.get(HeaderFields.member) != "NameOwnerChanged":
        return False
    name, _, owner = message.body
    return bool(name == WATCHER and owner)


def _call(message: Message) -> Call:
    fields = message.header.fields
    return Call(
        path=fields[HeaderFields.path],
        interface=fields.get(HeaderFields.interface),
        member=fields[HeaderFields.member],
        signature=fields.get(HeaderFields.signature, ""),
        body=message.body,
    )
