"""Slack's export as an archive: channels are rooms, threads are replies, and its texts are ours."""

import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from chatapp.domain import reactions, slack
from chatapp.domain.archives import ArchivedMessage, ArchivedPerson, ArchivedRoom, Role
from chatapp.domain.entities import DIRECT, PRIVATE, PUBLIC, Kind
from chatapp.domain.slack import SlackChannel, SlackMessage, SlackUser
from chatapp.errors import BadRequest
from chatapp.services.import_files import opened, read_json

_KINDS: dict[str, Kind] = {
    "channels.json": PUBLIC, "groups.json": PRIVATE, "mpims.json": PRIVATE, "dms.json": DIRECT,
}  # fmt: skip


class Slack:
    """The export of a workspace."""

    name = "slack"

    def __init__(self, path: Path) -> None:
        self._path = path
        self.left_out: Counter[str] = Counter()
        self.rooms: list[ArchivedRoom] = []
        self._folders: dict[str, list[str]] = {}
        with opened(path) as file:
            people = read_json(file, "users.json", list[SlackUser])
            names = file.namelist()
            days: dict[str, list[str]] = {}
            for name in sorted(names):
                folder, slash, day = name.rpartition("/")
                if slash and day.endswith(".json"):
                    days.setdefault(folder, []).append(name)
            for index, kind in _KINDS.items():
                for one in read_json(file, index, list[SlackChannel]) if index in names else ():
                    self._add(one, kind, days)
            self.people = self._people(people, file)

    def messages(self, room: ArchivedRoom, names: Mapping[str, str]) -> Iterator[ArchivedMessage]:
        """What was said in a channel. What is left out is counted by whoever is given all of it once."""
        seq = last = 0
        with opened(self._path) as file:
            for day in self._folders[room.id]:
                for one in self._day(file, day):
                    identity = slack.microseconds(one.ts)
                    if identity <= last or not _is_said(one):
                        continue
                    seq, last = seq + 1, identity
                    yield self._message(one, room, seq, names)

    def _add(self, channel: SlackChannel, kind: Kind, days: Mapping[str, list[str]]) -> None:
        self._folders[channel.id] = days.get(channel.name or channel.id, days.get(channel.id, []))
        self.rooms.append(
            ArchivedRoom(
                channel.id,
                channel.name or channel.id,
                (channel.topic and channel.topic.value) or "",
                kind,
                is_archived=bool(channel.is_archived),
                members=channel.members or [],
            )
        )

    def _people(self, users: list[SlackUser], file: zipfile.ZipFile) -> list[ArchivedPerson]:
        """Those of the list, and who else says something; what is left out is counted on the way."""
        people = {one.id: ArchivedPerson(one.id, one.called, "bot" if one.is_bot else "member") for one in users}
        for days in self._folders.values():
            last = 0
            for one in (one for day in days for one in self._day(file, day)):
                self._count(one)
                if not _is_said(one):
                    continue
                identity = slack.microseconds(one.ts)
                self.left_out["messages: twice"] += identity <= last
                last = max(last, identity)
                role: Role = "bot" if one.user is None else "member"
                people.setdefault(one.author, ArchivedPerson(one.author, one.called, role))
                for who in {who for reaction in one.reactions or () for who in reaction.users or ()}:
                    people.setdefault(who, ArchivedPerson(who, who))
        for room in self.rooms:
            for who in room.members:
                people.setdefault(who, ArchivedPerson(who, who))
        return [*people.values()]

    def _count(self, one: SlackMessage) -> None:
        self.left_out["files"] += len(one.files or ())
        self.left_out["attachments"] += len(one.attachments or ())
        if not _is_said(one):
            self.left_out[f"messages: {(one.subtype or 'without text')[:40]}"] += 1
        self.left_out["reactions"] += sum(reactions.named(each.name) is None for each in one.reactions or ())

    def _day(self, file: zipfile.ZipFile, name: str) -> list[SlackMessage]:
        found = read_json(file, name, list[Any])
        try:
            said = [msgspec.convert(one, SlackMessage) for one in found if isinstance(one, dict) and "ts" in one]
        except (msgspec.ValidationError, RecursionError) as error:
            raise BadRequest(f"{name} holds what is no message of Slack's ({error}).") from None
        return sorted(said, key=lambda one: slack.microseconds(one.ts))

    def _message(self, one: SlackMessage, room: ArchivedRoom, seq: int, names: Mapping[str, str]) -> ArchivedMessage:
        author = one.author
        root = one.thread_ts if one.thread_ts != one.ts else None
        # Two names may be one emoji here. A dict keeps the order in which people reacted.
        chosen: dict[str, dict[str, None]] = {}
        for each in one.reactions or ():
            emoji = reactions.named(each.name)
            if emoji is not None:
                chosen.setdefault(emoji, {}).update(dict.fromkeys(each.users or ()))
        return ArchivedMessage(
            id=str(slack.microseconds(one.ts)),
            room=room.id,
            seq=seq,
            user_id=author,
            username=names.get(author, author),
            message=slack.as_markdown(one.text or "", names),
            created_at=_moment(one.ts),
            edited_at=None if one.edited is None else _moment(one.edited.ts),
            reply_to=None if root is None else str(slack.microseconds(root)),
            reactions={emoji: [*people] for emoji, people in chosen.items()} or None,
        )


def _is_said(one: SlackMessage) -> bool:
    return one.type == "message" and one.subtype in slack.SAID and bool((one.text or "").strip())


def _moment(stamp: str) -> str:
    moment = datetime.fromtimestamp(slack.microseconds(stamp) / 1_000_000, UTC)
    return moment.isoformat(timespec="milliseconds")
