"""Starts, stops and kills a built program, in an empty folder with an empty environment."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

SECONDS_TO_START = 30
SECONDS_TO_STOP = 8
IS_WINDOWS = sys.platform == "win32"


class Broken(Exception):
    """What the program did not do."""


def check(holds: bool, otherwise: str) -> None:  # noqa: FBT001
    """Raise Broken, saying `otherwise`, unless it holds."""
    if not holds:
        raise Broken(otherwise)


class Home:
    """A folder that is all the program knows of the machine: a home, a place for temporary files, a browser."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("empty", "home", "tmp"):
            (folder / name).mkdir(parents=True)
        self.opened = folder / "opened"
        """Where the browser writes the address it was opened at."""
        self.log = folder / "log"

    def environment(self) -> dict[str, str]:
        """The environment of a program that is started in it."""
        home, temporary = str(self.folder / "home"), str(self.folder / "tmp")
        if IS_WINDOWS:
            names = ("USERPROFILE", "LOCALAPPDATA", "APPDATA")
            system = {"SYSTEMROOT": os.environ["SYSTEMROOT"], "TEMP": temporary, "TMP": temporary}
            return dict.fromkeys(names, home) | system | {"BROWSER": str(self._browser())}
        return {"HOME": home, "TMPDIR": temporary, "BROWSER": str(self._browser())}

    def leftovers(self, *, was_killed: bool) -> list[str]:
        """What a program that has ended should not have left here."""
        found = [path for name in ("empty", "tmp") for path in (self.folder / name).rglob("*")]
        cache = self.folder / "home" / ".cache" / "chatapp"
        unpacked = list(cache.iterdir()) if cache.is_dir() else []
        # The one-file program stays unpacked in the cache, once.
        at_home = [path for path in (self.folder / "home").rglob("*") if cache not in {path, *path.parents}]
        found += [path for path in at_home if path != cache.parent] + unpacked[1:]
        # PyInstaller's one file (not ours) cannot remove what it unpacked when it is killed.
        if was_killed:
            found = [path for path in found if not any(part.startswith("_MEI") for part in path.parts)]
        return [str(path.relative_to(self.folder)) for path in found]

    def _browser(self) -> Path:
        """A browser that only writes down where it was opened, whole or not at all."""
        if IS_WINDOWS:
            browser = self.folder / "browser.bat"
            browser.write_text(f'@echo %~1> "{self.opened}.part"\n@move "{self.opened}.part" "{self.opened}"\n')
        else:
            browser = self.folder / "browser"
            browser.write_text(
                f'#!/bin/sh\necho "$1" > {self.opened}.part && /bin/mv {self.opened}.part {self.opened}\n'
            )
            browser.chmod(0o755)
        return browser


class Program:
    """The built program, with its data in `data`."""

    def __init__(self, program: Path, home: Home, data: Path, *options: str) -> None:
        self.program = program
        self.home = home
        self.data = data
        self._options = options
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, command: str, **more: str) -> str:
        """Start it and return its address once it says it. `host_link` is the address to be its host at."""
        self._url = self.host_link = ""
        began = time.monotonic()
        with self.home.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(str(self.program), command, "--port", "0", "--data-dir", str(self.data), *self._options),
                cwd=self.home.folder / "empty",
                env=self.home.environment() | more,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=not IS_WINDOWS,
            )
        async with asyncio.timeout(SECONDS_TO_START):
            await self._read_words(self._process)
        print(f"  {command}: started in {time.monotonic() - began:.2f} s", flush=True)
        return self._url

    async def ended(self) -> None:
        """Wait until it has ended as it should."""
        assert self._process is not None
        began = time.monotonic()
        async with asyncio.timeout(SECONDS_TO_STOP):
            code = await self._process.wait()
        check(code == 0, f"the program stopped with code {code}")
        print(f"  stopped in {time.monotonic() - began:.2f} s", flush=True)

    async def stop(self) -> None:
        """Stop it as the system does when it shuts down; not on Windows, which has no such signal."""
        assert self._process is not None
        self._process.terminate()
        await self.ended()

    async def kill(self) -> None:
        """End it with no warning, if it runs: both processes of it, where PyInstaller's one file made two."""
        if self._process is None or self._process.returncode is not None:
            return
        if sys.platform == "win32":
            command = ["taskkill", "/F", "/T", "/PID", str(self._process.pid)]
            await asyncio.to_thread(subprocess.run, command, check=False)
        else:
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()

    async def _read_words(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            text = line.decode().strip()
            self._url = text.split()[-1] if "On this machine" in text else self._url
            self.host_link = text.split()[-1] if "/#/host/" in text else self.host_link
            if text.startswith("Ctrl-C"):
                return
        raise Broken(f"the program ended with code {await process.wait()} instead of starting")
