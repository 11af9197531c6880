"""What Slack's export holds (slack.com, "How to read Slack data exports"), and its texts as ours.

Nearly everything may be absent there, or null.
"""

import re
from collections.abc import Mapping
from html import unescape
from typing import Annotated, Any

from msgspec import Meta, Struct

from chatapp.domain import reactions
from chatapp.domain.archives import LONGEST_TEXT

Id = Annotated[str, Meta(min_length=1, max_length=64)]
Stamp = Annotated[str, Meta(pattern=r"^[0-9]{1,10}\.[0-9]{1,6}$(?!\n)")]


class Profile(Struct, frozen=True):
    """What somebody wants to be called."""

    display_name: str | None = None
    real_name: str | None = None


class SlackUser(Struct, frozen=True):
    """Somebody of `users.json`."""

    id: Id
    name: str | None = None
    real_name: str | None = None
    is_bot: bool | None = False
    profile: Profile | None = None

    @property
    def called(self) -> str:
        """The name they are known by."""
        profile = self.profile or Profile()
        return profile.display_name or profile.real_name or self.real_name or self.name or "someone"


class Topic(Struct, frozen=True):
    """What a channel is about."""

    value: str | None = None


class SlackChannel(Struct, frozen=True):
    """A channel, a private one, or a conversation."""

    id: Id
    name: str | None = None
    topic: Topic | None = None
    is_archived: bool | None = False
    members: list[Id] | None = None


class SlackReaction(Struct, frozen=True):
    """Who reacted with what."""

    name: str
    users: list[Id] | None = None


class SlackBot(Struct, frozen=True):
    """What a program is called that speaks."""

    name: str | None = None


class SlackEdited(Struct, frozen=True):
    """When a message was edited."""

    ts: Stamp


class SlackMessage(Struct, frozen=True):
    """What stands in the file of a day."""

    ts: Stamp
    type: str = "message"
    subtype: str | None = None
    user: Id | None = None
    bot_id: Id | None = None
    bot_profile: SlackBot | None = None
    username: str | None = None
    text: Annotated[str, Meta(max_length=LONGEST_TEXT)] | None = None
    thread_ts: Stamp | None = None
    edited: SlackEdited | None = None
    reactions: list[SlackReaction] | None = None
    files: list[Any] | None = None
    attachments: list[Any] | None = None

    @property
    def author(self) -> str:
        """The id of whoever says it."""
        return self.user or self.bot_id or "bot"

    @property
    def called(self) -> str:
        """What they are called who are not in the list."""
        return self.username or (self.bot_profile and self.bot_profile.name) or self.author


SAID = frozenset({None, "thread_broadcast", "me_message", "bot_message", "file_share", "reply_broadcast"})
"""The subtypes that are somebody saying something."""

_CODE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)
_MARKED = re.compile(r"<([^<>\n]*)>")
_BOLD = re.compile(r"(?<![\w*])\*(?=\S)([^*\n]*?\S)\*(?![\w*])")
_STRUCK = re.compile(r"(?<![\w~])~(?=\S)([^~\n]*?\S)~(?![\w~])")
_BRACKET, _ESCAPED = re.compile(r"([\[\]])"), r"\\\1"
_EMOJI = re.compile(r":([a-z0-9_+'-]{1,60}(?:::skin-tone-[2-6])?):")


def microseconds(stamp: str) -> int:
    """A time of Slack's, which is a message's id in its channel, in microseconds."""
    seconds, _, fraction = stamp.partition(".")
    return int(seconds) * 1_000_000 + int(fraction.ljust(6, "0"))


def as_markdown(text: str, names: Mapping[str, str]) -> str:
    """A text of Slack's as ours; `names` has what people and channels are called here, by their ids there."""
    parts = _CODE.split(text)
    # What stands between two pieces of code is even.
    parts[::2] = [_prose(part, names) for part in parts[::2]]
    parts[1::2] = [unescape(_MARKED.sub(_plain, part)) for part in parts[1::2]]
    return "".join(parts)


def _prose(text: str, names: Mapping[str, str]) -> str:
    held: list[str] = []

    def hold(found: re.Match[str]) -> str:
        held.append(_marked(found.group(1), names))
        return f"\x00{len(held) - 1}\x00"

    text = _MARKED.sub(hold, text.replace("\x00", ""))
    text = _EMOJI.sub(lambda found: reactions.named(found.group(1)) or found.group(), text)
    text = _STRUCK.sub(r"~~\1~~", _BOLD.sub(r"**\1**", text))
    return re.sub(r"\x00(\d+)\x00", lambda found: held[int(found.group(1))], unescape(text))


def _marked(inner: str, names: Mapping[str, str]) -> str:
    what, bar, label = inner.partition("|")
    what, label = unescape(what), unescape(label)
    match what[:1]:
        case "@":
            return f"@{names.get(what[1:]) or label or what[1:]}"
        case "#":
            return f"#{label or names.get(what[1:]) or what[1:]}"
        case "!":
            kind = what[1:].partition("^")[0]
            return label if bar and label else f"@{kind}"
    if label and label != what.removeprefix("mailto:"):
        return f"[{_BRACKET.sub(_ESCAPED, label)}]({what})" if _is_address(what) else label
    return what.removeprefix("mailto:")


def _plain(found: re.Match[str]) -> str:
    what, _, label = found.group(1).partition("|")
    return label or what


def _is_address(text: str) -> bool:
    return text.startswith(("https://", "http://", "mailto:"))
