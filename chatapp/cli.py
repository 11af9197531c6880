"""The command `chatapp`: reads its arguments, says what happened, and returns the exit code.

0: done, or stopped as asked. 1: the chat failed, an upgrade is due, or something is broken. 2: asked for what cannot
be. 3: the database is not ours to touch.
"""

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

from chatapp import __version__, settings
from chatapp.domain.policies import ROLES
from chatapp.errors import StartRefused

_FORMAT = "%(asctime)s %(levelname)-8s %(name)s: %(message)s"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with `arguments` (default: those of the process) and return its exit code."""
    asked = vars(_parser().parse_args(arguments))
    command = asked.pop("command") or "open"
    flags = {setting.name: _as_text(asked[setting.name]) for setting in settings.each() if setting.name in asked}
    try:
        loaded = settings.load(flags, os.environ, Path.cwd())
        _set_up_logging(debug=loaded.settings.debug, is_quiet=command in _TELLING)
        for notice in loaded.notices:
            logging.getLogger(__name__).warning("%s", notice)
        return _COMMANDS[command](loaded.settings, asked)
    except StartRefused as refusal:
        print(f"chatapp: {refusal}", file=sys.stderr)
        return refusal.exit_code
    except KeyboardInterrupt:
        return 130


def _as_text(value: str | bool) -> str:  # noqa: FBT001
    """Return what a flag gave as the text that an environment variable would hold."""
    return value if isinstance(value, str) else ("on" if value else "off")


class _Progress:
    """Says how far long work is, on stderr: a line that changes on a terminal, a line each time elsewhere, or nothing
    there where it is a `bar`.

    It is a context, which takes the line away at its end.
    """

    def __init__(self, *, bar: bool = False) -> None:
        self._is_bar = bar
        # A program without a console has no stderr.
        self._is_terminal = bool(getattr(sys.stderr, "isatty", bool)())
        self._width = 0

    def __call__(self, line: str) -> None:
        """Say this line."""
        if self._is_terminal:
            print(f"\r{line.ljust(self._width)}", end="", file=sys.stderr, flush=True)
            self._width = len(line)
        elif not self._is_bar:
            print(line, file=sys.stderr, flush=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._width:
            print(f"\r{' ' * self._width}\r", end="", file=sys.stderr, flush=True)


def _open(chosen: settings.Settings, asked: dict[str, Any]) -> int:
    # Late: it brings the server, and help, version and mistakes answer at once without.
    from chatapp import launcher  # noqa: PLC0415

    return launcher.run(chosen, opens_browser=not asked.get("no_browser"), say=_say)


def _serve(chosen: settings.Settings, asked: dict[str, Any]) -> int:
    return _open(chosen, asked | {"no_browser": True})


def _clean(chosen: settings.Settings, asked: dict[str, Any]) -> int:
    # Late, for the same reason.
    from chatapp import administration  # noqa: PLC0415

    dry_run = bool(asked.get("dry_run"))
    trims = administration.clean(chosen, dry_run=dry_run)
    rows = [[trim.room, str(trim.messages), trim.oldest, trim.newest] for trim in trims]
    for line in _table(["room", "messages", "oldest", "newest"], rows):
        _say(line)
    total = sum(trim.messages for trim in trims)
    _say(f"{total} message{'' if total == 1 else 's'} {'would go' if dry_run else 'removed'}.")
    return 0


def _user(chosen: settings.Settings, asked: dict[str, Any]) -> int:
    # Late, for the same reason.
    from chatapp import administration  # noqa: PLC0415

    name, role = asked.get("username"), asked.get("role")
    if asked.get("host_link"):
        if name or role:
            raise StartRefused("--host-link is given without a name and a role: whoever opens the link becomes a host.")
        _say(administration.host_link(chosen))
        return 0
    if not (name and role):
        raise StartRefused("Say who, and what they are from now on: chatapp user NAME --role " + "|".join(ROLES) + ".")
    _say(f"{administration.set_role(chosen, name, role)} is a {role} now.")
    return 0


def _back_up(chosen: settings.Settings, asked: dict[str, Any]) -> int:
    # Late, for the same reason.
    from chatapp import administration  # noqa: PLC0415

    with _Progress() as progress:
        path, made = administration.back_up(chosen, _path(asked.get("file")), progress)
    _say(f"Everything is copied to {path} ({_size(made.bytes)}, form {made.revision}), and the copy is proven.")
    return 0


def _restore(chosen: settings.Settings, asked: dict[str, Any]) -> int:
    # Late, for the same reason.
    from chatapp import administration  # noqa: PLC0415

    with _Progress() as progress:
        unproven = bool(asked.get("unproven"))
        done = administration.restore(chosen, Path(asked["file"]).expanduser(), progress, unproven=unproven)
    upgraded = "" if done.before == done.after else f", upgraded from the form {done.before} to {done.after}"
    held = "" if done.messages is None else f" It holds {_count(done.messages, 'message')}."
    _say(f"{asked['file']} is in place now{upgraded}.{held}")
    if done.replaced is not None:
        _say(f"What was there before is kept: {done.replaced}")
    return 0


def _migrate(chosen: settings.Settings, asked: dict[str, Any]) -> int:
    # Late, for the same reason.
    from chatapp import administration  # noqa: PLC0415

    if asked.get("check"):
        due = administration.upgrade_due(chosen)
        if due.before != due.after:
            _say(f"An upgrade is due from the form {due.before} to {due.after}; the next start does it.")
            return 1
        _say(f"Nothing is due: the database has the form {due.after}.")
        return 0
    with _Progress() as progress:
        done = administration.upgrade(chosen, progress)
    if done.copy is None:
        _say(f"Nothing was due: the database has the form {done.after}.")
    else:
        _say(f"The database has the form {done.after} now.")
        _say(f"A copy from before is kept: {done.copy}")
    return 0


def _doctor(chosen: settings.Settings, _asked: dict[str, Any]) -> int:
    # Late, for the same reason.
    from chatapp import administration  # noqa: PLC0415

    findings = administration.examine(chosen)
    for one in findings:
        _say(f"{one.state:<7} {one.title}: {one.text}")
        if one.todo is not None:
            _say(f"{'':<7} → {one.todo}")
    return 1 if any(one.state == "broken" for one in findings) else 0


def _export(chosen: settings.Settings, asked: dict[str, Any]) -> int:
    # Late, for the same reason.
    from chatapp import carrying  # noqa: PLC0415

    room, is_all = asked.get("room"), bool(asked.get("all"))
    if is_all and (room or asked.get("made_in")):
        raise StartRefused("--all is the whole chat as a zip, given without a room and a format.")
    wanted = carrying.Wanted(room, asked.get("made_in", "ndjson"), everything=bool(asked.get("everything")))
    target = asked.get("output")
    with _Progress(bar=True) as progress:
        made = carrying.export(chosen, wanted, _path(target), progress)
    if made is not None:
        _say(f"Exported to {made} ({_size(made.stat().st_size)}).")
    return 0


def _import(chosen: settings.Settings, asked: dict[str, Any]) -> int:
    # Late, for the same reason.
    from chatapp import carrying  # noqa: PLC0415

    with _Progress(bar=True) as progress:
        done = carrying.bring(chosen, Path(asked["file"]).expanduser(), progress)
    new = (_count(done.messages, "message"), _count(done.rooms, "room"), _count(done.people, "person"))
    _say(f"New: {', '.join(new)}. Here already: {_count(done.known, 'message')}.")
    for before, now in done.renamed.items():
        _say(f"{before} is called {now} here: the name belongs to somebody else, or cannot be one.")
    for what, number in done.left_out.items():
        _say(f"Left out: {number:,} {what}.")
    return 0


_COMMANDS: dict[str, Callable[[settings.Settings, dict[str, Any]], int]] = {
    "open": _open,
    "serve": _serve,
    "clean": _clean,
    "user": _user,
    "backup": _back_up,
    "restore": _restore,
    "migrate": _migrate,
    "doctor": _doctor,
    "export": _export,
    "import": _import,
}


# These say themselves what they do.
_TELLING = frozenset({"backup", "restore", "migrate", "doctor", "export", "import"})


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text).expanduser()


def _size(count: int) -> str:
    return f"{count / 1_000_000:,.1f} MB"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table with this head; none where there are no rows."""
    if not rows:
        return []
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def _say(line: str) -> None:
    print(line, flush=True)


def _set_up_logging(*, debug: bool, is_quiet: bool) -> None:
    """Log to stderr, only warnings if it `is_quiet`.

    Only our own modules may say more: those of the libraries would write messages and tokens.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines(_FORMAT))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.captureWarnings(capture=True)
    logging.getLogger("chatapp").setLevel(logging.DEBUG if debug else logging.WARNING if is_quiet else logging.INFO)


class _Lines(logging.Formatter):
    """A record is one line, with what belongs to it (a traceback) indented below: whatever a client may have put into
    it, a path with a line end or a sequence that drives the terminal, makes no line of its own.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The lines of a record."""
        message = record.getMessage()
        told = logging.makeLogRecord(record.__dict__ | {"msg": _visible(message), "args": ()})
        first, *rest = super().format(told).split("\n")
        return "\n    ".join([_visible(first), *map(_visible, rest)])


def _visible(text: str) -> str:
    """The text with what no terminal should see written out, line ends and what turns text around included."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def _parser() -> argparse.ArgumentParser:
    flags = _flags()
    browser = _more()
    browser.add_argument("--no-browser", action="store_true", help="do not open the browser (default: open does)")
    dry_run = _more()
    dry_run.add_argument("--dry-run", action="store_true", help="clean: only say what would go (default: it goes)")
    person = _more()
    person.add_argument("username", metavar="NAME", nargs="?", help="user: whose role it is")
    person.add_argument("--role", choices=ROLES, help="user: what they are from now on")
    person.add_argument("--host-link", action="store_true", help="user: print a link that makes its opener a host")
    target, source, check = _more(), _more(), _more()
    target.add_argument("file", metavar="FILE", nargs="?", help="backup: where to (default: the data folder's backups)")
    source.add_argument("file", metavar="FILE", help="restore: which backup; the name of one in backups is enough")
    source.add_argument("--unproven", action="store_true", help="restore: also one that fails its proof (default: not)")
    check.add_argument("--check", action="store_true", help="migrate: only say whether one is due, with exit code 1")
    export, archive = _export_flags(), _more()
    archive.add_argument("file", metavar="FILE", help="import: an archive of a chat or a room, or Slack's export")
    parser = argparse.ArgumentParser(
        prog="chatapp",
        description="A chat for the people on one network.",
        epilog="Every setting can also be given by the variable named with it: in the environment, or in a file .env "
        "in the data folder or the working folder. README.md has the table.",
        parents=[flags, browser],
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"chatapp {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="command")
    for name, more, text in (
        ("open", browser, "start the chat and open the browser (what happens without a command)"),
        ("serve", browser, "start the chat without a browser"),
        ("clean", dry_run, "remove now what the settings of retention do not keep; --dry-run only says what"),
        ("user", person, "make a person a member, moderator or host; --host-link prints a link that makes a host"),
        ("backup", target, "copy everything, while the chat runs or not"),
        ("restore", source, "put a backup in the place of what is there, which is kept; not while the chat runs"),
        ("migrate", check, "bring the database up to date, as every start does; --check only says whether it is due"),
        ("export", export, "write a room, or the whole chat, to a file; while the chat runs or not"),
        ("import", archive, "read in what export wrote, or an export of Slack's; once more changes nothing"),
        ("doctor", _more(), "look at everything that can keep others from joining or the chat from working"),
    ):
        commands.add_parser(name, help=text, description=f"{name}: {text}.", parents=[flags, more], allow_abbrev=False)
    return parser


def _export_flags() -> argparse.ArgumentParser:
    export = _more()
    export.add_argument("room", metavar="ROOM", nargs="?", help="export: the id of a room (default: the whole chat)")
    export.add_argument("--all", action="store_true", help="export: the whole chat as a zip (default without ROOM)")
    forms = ("ndjson", "json", "csv", "txt", "html")
    export.add_argument("--format", dest="made_in", choices=forms, help="export: of a room (default: ndjson)")
    export.add_argument("--output", metavar="FILE", help="export: where to, - for the terminal (default: by its name)")
    text = "export: private rooms and conversations too (default: public rooms alone)"
    export.add_argument("--everything", action="store_true", help=text)
    return export


def _more() -> argparse.ArgumentParser:
    """Return a parser for what only some commands take."""
    return argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)


def _flags() -> argparse.ArgumentParser:
    """Return a parser with a flag for every setting that has one."""
    flags = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    group = flags.add_argument_group("settings")
    for setting in settings.each():
        if setting.about.has_flag:
            names = " or ".join(filter(None, (setting.variable, setting.about.short)))
            text = f"{setting.about.help} Default: {setting.default_with_unit}. [{names}]".replace("%", "%%")
            if isinstance(setting.default, bool):
                group.add_argument(setting.flag, dest=setting.name, action=argparse.BooleanOptionalAction, help=text)
            else:
                metavar = setting.name.rpartition("_")[2].upper()
                group.add_argument(setting.flag, dest=setting.name, metavar=metavar, help=text)
    return flags
