"""Opens the browser of the person at this machine; where there is none, nothing happens."""

import contextlib
import os
import sys
import threading
import webbrowser

# How long the program that only hands over to a running chat waits for a browser command that stays in the foreground.
_SECONDS = 5


def open_beside(url: str) -> None:
    """Open `url` without waiting: some browser commands return only when the browser is closed."""
    _open(url)


def open_and_wait(url: str) -> None:
    """Open `url` and give the browser command time to take it, for a program that ends afterwards."""
    opening = _open(url)
    if opening is not None:
        opening.join(_SECONDS)


def _open(url: str) -> threading.Thread | None:
    if not _has_screen():
        return None
    _give_back_environment()
    opening = threading.Thread(target=_try, args=(url,), daemon=True, name="browser")
    opening.start()
    return opening


def _try(url: str) -> None:
    with contextlib.suppress(OSError, webbrowser.Error):
        webbrowser.open(url)


def _has_screen() -> bool:
    """Tell whether a window can appear; without one, `webbrowser` would start a text browser in the terminal."""
    if sys.platform in {"win32", "darwin"}:
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))


def _give_back_environment() -> None:
    """Undo what the loader of the frozen program put into the environment: a browser must not load our libraries."""
    if not getattr(sys, "frozen", False):
        return
    for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LIBPATH"):
        before = os.environ.pop(f"{name}_ORIG", None)
        os.environ.pop(name, None)
        if before is not None:
            os.environ[name] = before
    for name in [name for name in os.environ if name.startswith("_PYI_") or name == "CHATAPP_PROGRAM"]:
        del os.environ[name]
