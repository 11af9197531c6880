"""Every setting in one list, from which flags, environment names, `.env` keys, help and the manual derive."""

from __future__ import annotations

import dataclasses
import ipaddress
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dotenv
import platformdirs

from chatapp.errors import StartRefused

PREFIX = "CHATAPP_"
# Where the one-file program on Linux lies, which runs from a cache (packaging/selfextract/stub.c).
_PROGRAM = "CHATAPP_PROGRAM"
# Names with our prefix that others set or read: no reason to warn of them.
_READ_ELSEWHERE = frozenset({"CHATAPP_CHROMIUM", _PROGRAM})
_USUAL_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class About:
    """What the manual says of a setting, and how its text becomes a value.

    `parse` raises ValueError with what the text must be. `shown` the default in words, `short` a name without prefix.
    """

    help: str
    parse: Callable[[str], object]
    unit: str = ""
    shown: str = ""
    short: str = ""
    has_flag: bool = True


def _about(help_text: str, parse: Callable[[str], object], **more: Any) -> dict[str, About]:
    return {"about": About(help_text, parse, **more)}


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return parse


def _switch(text: str) -> bool:
    if text.lower() in {"on", "true", "yes", "1"}:
        return True
    if text.lower() in {"off", "false", "no", "0"}:
        return False
    raise ValueError("must be on or off")


def _time_of_day(text: str) -> time:
    try:
        hours, minutes = text.split(":")
        return time(int(hours), int(minutes))
    except ValueError:
        raise ValueError("must be a time of day such as 03:30") from None


def _title(text: str) -> str:
    if not (text.strip() and len(text.strip()) <= 64 and text.isprintable()):
        raise ValueError("must be 1 to 64 printable characters")
    return text.strip()


def _secret(text: str) -> str:
    if len(text) < 16:
        raise ValueError("must have at least 16 characters (leave it out and a good one is made and kept)")
    return text


def _folder(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _address(text: str) -> str:
    if not text.strip() or any(character.isspace() or character == "/" for character in text.strip()):
        raise ValueError("must be one address or host name, without scheme and path")
    return text.strip().strip("[]")


def _hosts(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_host(part.strip()) for part in text.split(",") if part.strip()))


def _host(text: str) -> str:
    """Return a host name or address as it stands in a Host header, without port and brackets."""
    if "*" in text:
        raise ValueError("must list each name: with * any page in the world could lead its own name here")
    bare = text.strip("[]") if text.count(":") > 1 else text
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        pass
    if not (text.isascii() and text.strip(".") and all(part.isalnum() or part in ".-_" for part in text)):
        raise ValueError(f"must be names or addresses such as chat.example, without scheme and port; {text!r} is none")
    return text.lower()


def _networks(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_network(part.strip()) for part in text.split(",") if part.strip()))


def _network(text: str) -> str:
    try:
        found = ipaddress.ip_network(text)
    except ValueError:
        raise ValueError(f"must be addresses or networks such as 10.0.0.2 or 10.0.0.0/24; {text!r} is none") from None
    if not found.prefixlen:
        raise ValueError(f"must not be everybody: from {text} anybody could claim any address")
    return str(found)


def _origins(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_origin(part.strip()) for part in text.split(",") if part.strip()))


def _origin(text: str) -> str:
    """Return an origin as browsers write it: lower case, without the scheme's own port."""
    if "*" in text:
        raise ValueError("must list each origin: with * any page in the world could use this chat")
    try:
        parts = urlsplit(text.lower())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(f"must be origins such as http://localhost:8080; {text!r} is none") from None
    beyond = parts.path.rstrip("/") or parts.query or parts.fragment or "@" in text
    if not host or beyond or parts.scheme not in _USUAL_PORTS:
        raise ValueError(f"must be origins such as http://localhost:8080, separated by commas; {text!r} is none")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port not in {None, _USUAL_PORTS[parts.scheme]} else "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """The values the program runs with, checked. `None` means: not asked for."""

    host: str | None = field(
        default=None,
        metadata=_about("Listen on this address only.", _address, shown="all interfaces, IPv4 and IPv6"),
    )
    port: int | None = field(
        default=None,
        metadata=_about(
            "Port to listen on; 0 takes any free one.",
            _whole(0, 65535),
            shown="5000, or the next free one",
            short="PORT",
        ),
    )
    data_dir: Path = field(
        metadata=_about("Folder that holds everything kept.", _folder, shown="the user's data folder"),
    )
    name: str | None = field(
        default=None,
        metadata=_about("Name of this chat, shown to people.", _title, shown="Chat, or as its host names it"),
    )
    secret_key: str | None = field(
        default=None,
        metadata=_about(
            "Keys the hash of tokens and signs codes; changing it signs everyone out.",
            _secret,
            unit="16 characters or more",
            shown="made once and kept in the data folder",
            short="SECRET_KEY",
            has_flag=False,
        ),
    )
    debug: bool = field(
        default=False, metadata=_about("Log more. Never a debugger.", _switch, unit="on/off", short="DEBUG")
    )
    cors_origins: tuple[str, ...] = field(
        default=(),
        metadata=_about(
            "Origins of pages elsewhere that may use this chat, such as http://localhost:8080; separated by commas.",
            _origins,
            unit="origins",
            shown="none",
        ),
    )
    allowed_hosts: tuple[str, ...] = field(
        default=(),
        metadata=_about(
            "Names and addresses under which this chat is reached besides its own, such as that of a proxy; "
            "separated by commas.",
            _hosts,
            unit="hosts",
            shown="none",
        ),
    )
    trusted_proxies: tuple[str, ...] = field(
        default=(),
        metadata=_about(
            "Proxies that are believed when they say for whom they ask, as addresses or networks such as 127.0.0.1; "
            "separated by commas.",
            _networks,
            unit="addresses",
            shown="none",
        ),
    )
    retention_days: int | None = field(
        default=None,
        metadata=_about(
            "Keep messages this long; 0 keeps them for ever.",
            _whole(0, 36500),
            unit="days",
            shown="365, or as the host chooses",
        ),
    )
    retention_messages: int | None = field(
        default=None,
        metadata=_about(
            "Keep this many of the newest messages in a room; 0 is no limit.",
            _whole(0, 10**9),
            unit="messages",
            shown="0, or as the host chooses",
        ),
    )
    retention_time: time = field(
        default=time(3, 30), metadata=_about("When the daily cleanup runs.", _time_of_day, unit="local time")
    )
    archive_folder: Path | None = field(
        default=None,
        metadata=_about(
            "Folder into which each cleanup first writes what it removes, of every room. Nothing there is erased.",
            _folder,
            shown="none, or as the host chooses, then of public rooms",
        ),
    )
    # 65,536 code points, each an escaped surrogate pair of 12 bytes, still fit the 1 MB limit of a frame.
    max_message_length: int = field(
        default=4000, metadata=_about("Longest message.", _whole(1, 65536), unit="code points")
    )
    typing_timeout: int = field(
        default=3000,
        metadata=_about("How long somebody counts as typing after a key press.", _whole(500, 60000), unit="ms"),
    )
    rate_limit: bool = field(
        default=True,
        metadata=_about(
            "Limits on messages, joins, connections and tries of passwords and phrases; off is for load tests only.",
            _switch,
            unit="on/off",
        ),
    )


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, and the sentences to log about what was ignored on the way to them."""

    settings: Settings
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the list: a field of `Settings` with everything that derives from it."""

    name: str
    default: object
    about: About

    @property
    def variable(self) -> str:
        """The environment variable, such as `CHATAPP_PORT`."""
        return PREFIX + self.name.upper()

    @property
    def flag(self) -> str:
        """The command-line flag, such as `--data-dir`."""
        return "--" + self.name.replace("_", "-")

    @property
    def shown_default(self) -> str:
        """The default in words, without its unit."""
        if self.about.shown:
            return self.about.shown
        if isinstance(self.default, bool):
            return "on" if self.default else "off"
        return self.default.strftime("%H:%M") if isinstance(self.default, time) else str(self.default)

    @property
    def default_with_unit(self) -> str:
        """The default as a sentence about it needs it, such as `365 days`."""
        is_amount = not self.about.shown and not isinstance(self.default, bool)
        return f"{self.shown_default} {self.about.unit}".strip() if is_amount else self.shown_default


def each() -> Iterator[Setting]:
    """Yield every setting, in the order the manual lists them."""
    for item in dataclasses.fields(Settings):
        yield Setting(item.name, item.default, item.metadata["about"])


def manual() -> str:
    """Return the table of settings for the README, as Markdown."""
    rows = ["| environment or `.env` | flag | default | unit | what |", "|---|---|---|---|---|"]
    for setting in each():
        names = f"`{setting.variable}`" + (f", `{setting.about.short}`" if setting.about.short else "")
        flag = f"`{setting.flag}`" if setting.about.has_flag else ""
        rows.append(f"| {names} | {flag} | {setting.shown_default} | {setting.about.unit} | {setting.about.help} |")
    return "\n".join(rows) + "\n"


# A place where settings may stand: by name of setting, its text there and how to call the place in a sentence.
_Place = Mapping[str, tuple[str, str]]


def load(flags: Mapping[str, str], environ: Mapping[str, str], working_dir: Path) -> Loaded:
    """Return the settings asked for by flags (by name of setting), environment and `.env` files, in this precedence.

    The `.env` of the data folder beats that of `working_dir`, which the frozen program does not read: a double-click
    starts it, wherever that is. An empty value counts as not given. Raises StartRefused for a value that cannot be.
    """
    asked = {name: (text, "--" + name.replace("_", "-")) for name, text in flags.items()}
    here = {} if getattr(sys, "frozen", False) else _read_env_file(working_dir / ".env")
    nearer = [asked, *_places(environ)]
    farther = _places(here, working_dir / ".env")
    data_dir = _data_dir([*nearer, *farther])
    kept = _read_env_file(data_dir / ".env") if data_dir != working_dir else {}
    places = [*nearer, *_places(kept, data_dir / ".env"), *farther]
    given: dict[str, Any] = {setting.name: _value(setting, places) for setting in each()}
    given = {name: value for name, value in given.items() if value is not None} | {"data_dir": data_dir}
    return Loaded(Settings(**given), tuple(_notices([environ, kept, here])))


def default_data_dir() -> Path:
    """Return the user's data folder, or the one beside the frozen program where a file `portable` lies there."""
    beside = Path(os.environ.get(_PROGRAM, sys.executable)).parent
    if getattr(sys, "frozen", False) and (beside / "portable").is_file():
        return beside / "chatapp-data"
    return platformdirs.user_data_path("chatapp", appauthor=False)


def _data_dir(places: Iterable[_Place]) -> Path:
    found = _value(next(setting for setting in each() if setting.name == "data_dir"), places)
    return found if isinstance(found, Path) else default_data_dir()


def _read_env_file(path: Path) -> dict[str, str]:
    try:
        found = dotenv.dotenv_values(path, interpolate=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise StartRefused(f"{path} cannot be read: {error}.") from error
    return {name: text for name, text in found.items() if text is not None}


def _places(values: Mapping[str, str], file: Path | None = None) -> list[_Place]:
    """Return the long names that stand in `values`, then the short ones."""
    where = f" in {file}" if file else ""
    long = {
        setting.name: (values[setting.variable], setting.variable + where)
        for setting in each()
        if setting.variable in values
    }
    short = {
        setting.name: (values[setting.about.short], setting.about.short + where)
        for setting in each()
        if setting.about.short in values
    }
    return [long, short]


def _value(setting: Setting, places: Iterable[_Place]) -> object:
    """Return the first value given for `setting`, or None."""
    for text, said in (place[setting.name] for place in places if place.get(setting.name, ("", ""))[0]):
        try:
            return setting.about.parse(text)
        except ValueError as error:
            raise StartRefused(f"{said} {error}.") from error
    return None


def _notices(sources: Iterable[Mapping[str, str]]) -> Iterator[str]:
    known = {setting.variable for setting in each()} | _READ_ELSEWHERE
    names = dict.fromkeys(name for values in sources for name in values)
    if "FLASK_ENV" in names:
        yield "FLASK_ENV is ignored: there is no development mode; CHATAPP_DEBUG=on logs more."
    for name in names:
        if name.startswith(PREFIX) and name not in known:
            yield f"{name} is no setting of this program and is ignored; --help lists them."
