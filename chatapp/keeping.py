"""What is kept and what goes: by settings of the operator where there are any, by the choices of the host otherwise."""

from pathlib import Path
from typing import Any

from chatapp.domain.retention import Kept
from chatapp.errors import StartRefused
from chatapp.services.archiving import Destination
from chatapp.services.export import EVERYTHING
from chatapp.services.host import Host
from chatapp.settings import Settings
from chatapp.storage import archive_folder


def fixed(settings: Settings) -> dict[str, Any]:
    """What the operator has settled, so that it is no choice of the host any more. Raises StartRefused."""
    asked: dict[str, Any] = {
        "name": settings.name,
        "retention_days": settings.retention_days,
        "retention_messages": settings.retention_messages,
    }
    if settings.archive_folder is not None:
        try:
            asked["archive_folder"] = archive_folder.demand(str(settings.archive_folder), settings.data_dir)
        except ValueError as error:
            raise StartRefused(f"The folder of the archives {settings.archive_folder} {error}.") from error
    return {name: value for name, value in asked.items() if value is not None}


def kept(host: Host, settings: Settings) -> Kept:
    """What the chat keeps at this moment."""
    choices = host.choices
    return Kept(
        choices.retention_days, choices.retention_messages, settings.retention_time, choices.rooms_may_keep_more
    )


def destination(host: Host) -> Destination | None:
    """Where cleanups archive what they take; None for nowhere. Who reads in a folder that a host names is unknown, so
    of all rooms only the operator has archives.
    """
    folder = host.choices.archive_folder
    if not folder:
        return None
    return Destination(Path(folder), EVERYTHING if "archive_folder" in host.fixed else None)
