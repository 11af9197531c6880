"""Uses the built program as its people would: `python packaging/selftest.py [program ...]`, which is `make dist-test`.

By default dist/chatapp and the one in dist/chatapp-folder, and dist/chatapp_*.deb where Debian's dpkg and root are
there. Each starts in an empty folder with an empty environment. The browser it opens makes Ada the host; she talks over
websocket, Grace over polling; the host looks around, switches https on and quits. It is started again, killed, and must
have kept what was confirmed; it upgrades databases of earlier programs; it leaves nothing behind. Ends with code 1 and
a sentence at the first thing that is not so.

As root on Linux all of it happens in a network of its own, where the program announces its name; elsewhere the program
listens on loopback only, so that nobody's network hears of it.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from built import debian, unpacking
from built.people import Person, ask, fetch, say, texts
from built.program import IS_WINDOWS, Broken, Home, Program, check
from socketio.exceptions import SocketIOError

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "tests" / "fixtures"
SUFFIX = ".exe" if IS_WINDOWS else ""
PROGRAMS = (ROOT / "dist" / f"chatapp{SUFFIX}", ROOT / "dist" / "chatapp-folder" / f"chatapp{SUFFIX}")
PACKAGES = tuple((ROOT / "dist").glob("chatapp_*.deb"))
# Names the network that this test made for itself.
ISOLATED = "CHATAPP_SELFTEST_NETWORK"
OWN_NETWORK = (
    "ip link set lo up && ip link add lan0 type veth peer name end0 && ip link set end0 up && ip link set lan0 up && "
    'ip address add 10.77.0.1/24 dev lan0 && ip route add default via 10.77.0.2 && exec "$@"'
)


async def use(program: Path, folder: Path) -> None:
    """Go through the whole visit."""
    home = Home(folder)
    options = () if is_isolated() else ("--host", "127.0.0.1")
    running = Program(program, home, folder / "data", *options)
    try:
        await first_day(running)
        check_leftovers(home, was_killed=False)
        await after_a_kill(running)
        await asyncio.to_thread(beside_itself, running)
        earlier = sorted(FIXTURES.glob("*.sqlite3"))
        check(bool(earlier), f"{FIXTURES} has no database of an earlier program to upgrade")
        for database in earlier:
            await upgrade(Program(program, home, folder / database.stem, *options), database)
        check_leftovers(home, was_killed=True)
        check(not (running.data / "running.json").exists(), "the program left its running.json")
    except BaseException:
        print(home.log.read_text(encoding="utf-8", errors="replace"), file=sys.stderr)
        raise
    finally:
        await running.kill()


def beside_itself(running: Program) -> None:
    """A program with a file `portable` beside it keeps its data there, wherever it runs from."""
    stick = running.home.folder / "stick"
    if not (running.program.resolve().parent / "_internal").is_dir():
        stick.mkdir()
        shutil.copy(running.program, stick)
    else:
        shutil.copytree(running.program.resolve().parent, stick, symlinks=True)
    (stick / "portable").touch()
    refused = subprocess.run(
        [stick / running.program.name, "clean"],
        capture_output=True,
        text=True,
        env=running.home.environment(),
        check=False,
    )
    expected = str(stick / "chatapp-data")
    check(expected in refused.stderr, f"with a file `portable` beside it the program said {refused.stderr!r}")
    shutil.rmtree(stick)


async def first_day(running: Program) -> None:
    """Two people talk, one of them as the host, who quits in the end."""
    url = await running.start("open")
    await until(running.home.opened.is_file, "the browser was not opened")
    address = running.home.opened.read_text().strip()
    check(address == running.host_link, f"the browser was opened at {address}, not at {running.host_link}")
    ada, grace = await asyncio.to_thread(Person, url, "Ada"), await asyncio.to_thread(Person, url, "Grace")
    await become_host(ada, address)
    await ada.arrive("websocket")
    await grace.arrive("polling")
    await say(ada, grace, "Hello, Grace")
    await say(grace, ada, "Hello, Ada")
    await asyncio.to_thread(check_pages, url)
    await look_around(ada)
    await over_https(ada, url)
    await ada.ask("POST", "/api/admin/quit")
    await running.ended()
    await ada.leave()
    await grace.leave()


async def become_host(person: Person, address: str) -> None:
    """Take the host's address, which works once."""
    code = {"code": address.partition("#/host/")[2]}
    role = (await person.ask("POST", "/api/host", code))["role"]
    check(role == "host", f"who took the host's address is a {role}")
    try:
        await person.ask("POST", "/api/host", code)
    except Broken:
        return
    raise Broken("the host's address worked twice")


async def look_around(host: Person) -> None:
    """See what the host sees, and make a backup."""
    await host.ask("PATCH", "/api/admin/choices", {"name": "Workshop", "is_set_up": True})
    for finding in (await host.ask("GET", "/api/admin/doctor"))["findings"]:
        check(finding["state"] != "broken", f"the doctor says: {finding['title']}: {finding['text']}")
    made = await host.ask("POST", "/api/admin/backups")
    kept = (await host.ask("GET", "/api/admin/backups"))["backups"]
    check(made["name"] in [backup["name"] for backup in kept], "the backup just made is not listed")
    if is_isolated():
        for _ in range(100):
            if (await host.ask("GET", "/api/admin/overview"))["local_name"] == "workshop.local":
                return
            await asyncio.sleep(0.1)
        raise Broken("the network was not told of workshop.local")


async def over_https(host: Person, url: str) -> None:
    """Switch https on beside http, and be answered over both."""
    await host.ask("PATCH", "/api/admin/choices", {"https": "beside"})
    for _ in range(100):
        try:
            for each in (url, url.replace("http:", "https:", 1)):
                await asyncio.to_thread(ask, "GET", each + "/api/identity")
        except (Broken, OSError):
            await asyncio.sleep(0.1)
        else:
            return
    raise Broken("https was not there ten seconds after it was switched on")


async def after_a_kill(running: Program) -> None:
    """What was confirmed is there after a kill, and the next stop is a clean one."""
    alan = await asyncio.to_thread(Person, await running.start("serve"), "Alan")
    await alan.arrive("websocket")
    await alan.send("send_message", {"message": "Still here?"})
    await running.kill()
    await alan.leave()
    url = await running.start("serve")
    found = await asyncio.to_thread(texts, url)
    check(found == ["Hello, Grace", "Hello, Ada", "Still here?"], f"after a kill there was {found}")
    await end(running, url)


async def upgrade(running: Program, database: Path) -> None:
    """Start on a database that an earlier program left, and find in it what was said there."""
    running.data.mkdir()
    shutil.copy(database, running.data / "chat.sqlite3")
    url = await running.start("serve", CHATAPP_RETENTION_DAYS="0")
    said: dict[str, dict[str, Any]] = json.loads(database.with_suffix(".json").read_text(encoding="utf-8"))["answers"]
    pages = {path: page for answers in said.values() for path, page in answers.items() if "/messages?" in path}
    for path, page in pages.items():
        before = [message["message"] for message in page["messages"]]
        found = await asyncio.to_thread(texts, url, path.split("/")[3])
        check(found == before, f"after the upgrade of {database.name} {path} has {found}, not {before}")
    check(bool(pages), f"{database.name} comes without what was said in it")
    check(any((running.data / "backups").glob("before-*")), f"{database.name} was not copied before its upgrade")
    await end(running, url)


async def end(running: Program, url: str) -> None:
    """Stop it as a shutdown does, or where there is no such thing as its host."""
    if IS_WINDOWS:
        host = await asyncio.to_thread(Person, url, "Somebody")
        await become_host(host, running.host_link)
        await host.ask("POST", "/api/admin/quit")
        await running.ended()
    else:
        await running.stop()


async def until(holds: Any, otherwise: str) -> None:
    """Look again until it holds: a file that another program writes announces itself to nobody."""
    for _ in range(100):
        if holds():
            return
        await asyncio.sleep(0.1)
    raise Broken(otherwise)


def check_pages(url: str) -> None:
    """Look at the pages that a browser and a script fetch."""
    page = fetch(url + "/", accept="text/html")
    check("/static/" in page and "<script" in page, "the page of the chat is not there")
    check(ask("GET", url + "/")["status"] == "healthy", "the health answer is not there")
    said = ["Hello, Grace", "Hello, Ada"]
    for form in ("ndjson", "json", "csv"):
        exported = fetch(f"{url}/api/rooms/general/export?format={form}")
        check(all(text in exported for text in said), f"the export as {form} lacks messages")
    check(texts(url) == said, "the history lacks messages")
    described: dict[str, dict[str, Any]] = ask("GET", url + "/api/openapi.json")["paths"]
    summaries = [way["summary"] for ways in described.values() for way in ways.values()]
    check(all(summaries), "the description of the routes has lost its sentences")


def check_leftovers(home: Home, *, was_killed: bool) -> None:
    """Look for what the program should not have left."""
    left = home.leftovers(was_killed=was_killed)
    check(not left, f"the program left {left} behind")


def is_isolated() -> bool:
    """Tell whether this is the network that the test made for itself."""
    return ISOLATED in os.environ


def isolate() -> None:
    """Go on in a network of our own, where the system lets us make one."""
    tools = all(shutil.which(tool) for tool in ("unshare", "ip"))
    if sys.platform != "linux" or is_isolated() or os.geteuid() != 0 or not tools:
        return
    command = ["unshare", "--net", "sh", "-c", OWN_NETWORK, "sh"]
    if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0:
        os.environ[ISOLATED] = "1"
        os.execvp(command[0], [*command, sys.executable, *sys.argv])  # noqa: S606


def each_program(folder: Path) -> Iterator[Path]:
    """Yield the programs to try: those named, or all that were built. Installs packages below `folder`, one by one."""
    named = [Path(argument).absolute() for argument in sys.argv[1:]]
    for program in named or PROGRAMS:
        if not program.is_file():
            sys.exit(f"{program} is not there: make dist builds it.")
        if program.suffix != ".deb":
            yield program
    is_debian = shutil.which("dpkg") is not None and os.geteuid() == 0
    for package in [path for path in named if path.suffix == ".deb"] or (PACKAGES if is_debian and not named else ()):
        with debian.installed(package, folder / package.stem) as program:
            yield program


def main() -> None:
    """Run the test on each program, each in a folder of its own."""
    isolate()
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="chatapp-selftest-"))
    try:
        for number, program in enumerate(each_program(folder)):
            print(f"{program}:", flush=True)
            asyncio.run(use(program, folder / str(number)))
            if sys.platform == "linux" and unpacking.is_ours(program):
                unpacking.try_everything(program, folder / "unpacking")
    except (Broken, TimeoutError, OSError, SocketIOError, subprocess.SubprocessError) as error:
        sys.exit(f"The built program does not work: {error or 'it took too long'}.")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"The built programs work ({time.monotonic() - began:.0f} s).")


if __name__ == "__main__":
    main()
