"""The command `chatapp`: reads its arguments, says what happened, and returns the exit code.

0: done, or stopped as asked. 1: the chat failed. 2: asked for what cannot be. 3: the database is not ours to touch.
"""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

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
        _set_up_logging(debug=loaded.settings.debug)
        for notice in loaded.notices:
            logging.getLogger(__name__).warning("%s", notice)
        if command == "clean":
            return _clean(loaded.settings, dry_run=bool(asked.get("dry_run")))
        if command == "user":
            return _user(loaded.settings, asked["username"], asked["role"])
        return _run(loaded.settings, opens_browser=command == "open" and not asked.get("no_browser"))
    except StartRefused as refusal:
        print(f"chatapp: {refusal}", file=sys.stderr)
        return refusal.exit_code
    except KeyboardInterrupt:
        return 130


def _as_text(value: str | bool) -> str:  # noqa: FBT001
    """Return what a flag gave as the text that an environment variable would hold."""
    return value if isinstance(value, str) else ("on" if value else "off")


def _run(chosen: settings.Settings, *, opens_browser: bool) -> int:
    # Late: it brings the whole server, and help, version and mistakes answer at once without.
    from chatapp import launcher  # noqa: PLC0415

    return launcher.run(chosen, opens_browser=opens_browser, say=_say)


def _clean(chosen: settings.Settings, *, dry_run: bool) -> int:
    # Late, for the same reason.
    from chatapp import administration  # noqa: PLC0415

    trims = administration.clean(chosen, dry_run=dry_run)
    rows = [[trim.room, str(trim.messages), trim.oldest, trim.newest] for trim in trims]
    for line in _table(["room", "messages", "oldest", "newest"], rows):
        _say(line)
    total = sum(trim.messages for trim in trims)
    _say(f"{total} message{'' if total == 1 else 's'} {'would go' if dry_run else 'removed'}.")
    return 0


def _user(chosen: settings.Settings, username: str, role: str) -> int:
    # Late, for the same reason.
    from chatapp import administration  # noqa: PLC0415

    _say(f"{administration.set_role(chosen, username, role)} is a {role} now.")
    return 0


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table with this head; none where there are no rows."""
    if not rows:
        return []
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def _say(line: str) -> None:
    print(line, flush=True)


def _set_up_logging(*, debug: bool) -> None:
    """Log to stderr. Only our own modules may say more: those of the libraries would write messages and tokens."""
    logging.basicConfig(level=logging.WARNING, format=_FORMAT, stream=sys.stderr)
    logging.captureWarnings(capture=True)
    logging.getLogger("chatapp").setLevel(logging.DEBUG if debug else logging.INFO)


def _parser() -> argparse.ArgumentParser:
    flags = _flags()
    browser = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    browser.add_argument("--no-browser", action="store_true", help="do not open the browser (default: open does)")
    dry_run = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    dry_run.add_argument("--dry-run", action="store_true", help="clean: only say what would go (default: it goes)")
    person = argparse.ArgumentParser(add_help=False)
    person.add_argument("username", metavar="NAME", help="user: whose role it is")
    person.add_argument("--role", choices=ROLES, required=True, help="user: what they are from now on")
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
    for name, parents, text in (
        ("open", [flags, browser], "start the chat and open the browser (what happens without a command)"),
        ("serve", [flags, browser], "start the chat without a browser"),
        ("clean", [flags, dry_run], "remove now what the settings of retention do not keep; --dry-run only says what"),
        ("user", [flags, person], "make a person a moderator, who may delete any message, or a member again"),
    ):
        commands.add_parser(name, help=text, description=f"{name}: {text}.", parents=parents, allow_abbrev=False)
    return parser


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
