"""The command line, as a process: what it says and the code it ends with."""

import contextlib
import http.client
import json
import os
import pty
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import chatapp
from chatapp import settings
from chatapp.storage.revision import REVISION
from tests.integration.test_launcher import Chat, environment_in

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in `folder` with no more than this environment, and wait for its end."""
    root = str(Path(chatapp.__file__).parent.parent)
    return subprocess.run(
        [sys.executable, "-m", "chatapp", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": root, "COLUMNS": "100", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_version_is_said(tmp_path: Path) -> None:
    done = run(tmp_path, "--version")
    assert (done.returncode, done.stdout.strip()) == (0, f"chatapp {chatapp.__version__}")


def test_help_names_every_flag_with_its_default(tmp_path: Path) -> None:
    said = " ".join(run(tmp_path, "--help").stdout.split())
    for setting in settings.each():
        if setting.about.has_flag:
            assert f" {setting.flag}" in said
            assert f"{setting.about.help} Default: {setting.default_with_unit}. [{setting.variable}" in said


def test_a_bad_value_is_one_sentence_and_code_2(tmp_path: Path) -> None:
    done = run(tmp_path, "serve", CHATAPP_CORS_ORIGINS="*")
    assert done.returncode == 2
    assert done.stderr.startswith("chatapp: CHATAPP_CORS_ORIGINS must list each origin")
    assert len(done.stderr.splitlines()) == 1


def test_an_unknown_command_is_code_2(tmp_path: Path) -> None:
    assert run(tmp_path, "destroy").returncode == 2


def test_a_data_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run(tmp_path, "serve", "--port", "0", "--data-dir", str(tmp_path / "file" / "data"))
    assert done.returncode == 2
    assert "cannot be used" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_address_of_another_machine_is_one_sentence(tmp_path: Path) -> None:
    done = run(tmp_path, "serve", "--host", "192.0.2.77", "--port", "0", "--data-dir", "data")
    assert done.returncode == 2
    assert "cannot listen on 192.0.2.77" in done.stderr


def test_a_database_that_is_none_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "chat.sqlite3").write_text(
        "not a database, but long enough to be taken for something else\n" * 50
    )
    done = run(tmp_path, "serve", "--port", "0", "--data-dir", "data")
    assert done.returncode == 3
    assert "left as it is" in done.stderr
    assert "Traceback" not in done.stderr


def test_clean_without_a_chat_says_so(tmp_path: Path) -> None:
    done = run(tmp_path, "clean", "--data-dir", "nowhere")
    assert done.returncode == 2
    assert "There is no chat here" in done.stderr
    assert not (tmp_path / "nowhere").exists()


def sign_up(chat: Chat, name: str) -> str:
    """Make a person in a running chat; their token."""
    connection = http.client.HTTPConnection("127.0.0.1", chat.port, timeout=10)
    connection.request("POST", "/api/session", json.dumps({"username": name}))
    token: str = json.loads(connection.getresponse().read())["token"]
    connection.close()
    return token


def role_of(chat: Chat, token: str) -> str:
    """What a person is in a running chat."""
    connection = http.client.HTTPConnection("127.0.0.1", chat.port, timeout=10)
    connection.request("GET", "/api/me", headers={"Authorization": f"Bearer {token}"})
    role: str = json.loads(connection.getresponse().read())["role"]
    connection.close()
    return role


def test_a_role_is_given_while_the_chat_runs_and_while_it_does_not(tmp_path: Path) -> None:
    def user(name: str, role: str) -> subprocess.CompletedProcess[str]:
        return run(tmp_path, "user", name, "--role", role, "--data-dir", "data")

    with contextlib.ExitStack() as stack:

        def start() -> Chat:
            chat = Chat(tmp_path, "serve", "--port", "0")
            stack.enter_context(chat.process)
            stack.callback(chat.process.kill)
            return chat

        chat = start()
        token = sign_up(chat, "Ada")
        for name, role in (("ada", "moderator"), ("Ada", "host"), ("Ada", "member"), ("Ada", "moderator")):
            done = user(name, role)
            assert (done.returncode, done.stdout) == (0, f"Ada is a {role} now.\n"), done.stderr
            assert role_of(chat, token) == role
        refused = user("Nobody", "moderator")
        assert (refused.returncode, refused.stdout) == (2, "")
        assert refused.stderr == "chatapp: Nobody with an account has this name.\n"
        assert chat.stop() == 0
        assert user("Ada", "member").stdout == "Ada is a member now.\n"
        stopped = user("Nobody", "moderator")
        assert (stopped.returncode, stopped.stdout, stopped.stderr) == (2, "", refused.stderr)
        assert role_of(start(), token) == "member"


def test_a_role_that_there_is_not_is_code_2(tmp_path: Path) -> None:
    for arguments, says in (
        (("Ada", "--role", "emperor"), "usage: chatapp user"),
        (("Ada",), "chatapp: Say who, and what they are from now on: chatapp user NAME --role guest|"),
        (("--role", "moderator"), "chatapp: Say who"),
        ((), "chatapp: Say who"),
        (("Ada", "--host-link"), "chatapp: --host-link is given without a name and a role"),
    ):
        done = run(tmp_path, "user", *arguments)
        assert done.returncode == 2
        assert done.stderr.startswith(says)
        assert "Traceback" not in done.stderr


def test_a_role_without_a_chat_says_so(tmp_path: Path) -> None:
    done = run(tmp_path, "user", "Ada", "--role", "moderator", "--data-dir", "nowhere")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "There is no chat here" in done.stderr
    assert not (tmp_path / "nowhere").exists()


def say(chat: Chat, token: str, text: str) -> None:
    """Say something in General."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", chat.port, timeout=10)) as connection:
        headers = {"Authorization": f"Bearer {token}"}
        connection.request("POST", "/api/rooms/general/messages", json.dumps({"message": text}), headers)
        assert connection.getresponse().status == 201


def texts(chat: Chat) -> list[str]:
    """What was said in General."""
    return [message["message"] for message in chat.get("/api/rooms/general/messages")["messages"]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Chat]]:
    """Starts the chat of this folder; it ends with the test at the latest."""
    with contextlib.ExitStack() as stack:

        def start_one() -> Chat:
            chat = Chat(tmp_path, "serve", "--port", "0")
            stack.enter_context(chat.process)
            stack.callback(chat.process.kill)
            return chat

        yield start_one


def test_a_backup_of_a_running_chat_is_restored_when_it_has_stopped(tmp_path: Path, start: Callable[[], Chat]) -> None:
    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run(tmp_path, *arguments, "--data-dir", "data")

    chat = start()
    say(chat, token := sign_up(chat, "Ada"), "Before")
    history = chat.get("/api/identity")["history_id"]
    made = command("backup")
    assert made.returncode == 0, made.stderr
    (backup,) = (tmp_path / "data" / "backups").glob("chat-*.sqlite3")
    assert made.stdout.startswith(f"Everything is copied to {backup} (0.")
    assert made.stdout.endswith(f" MB, form {REVISION}), and the copy is proven.\n")
    say(chat, token, "After")

    refused = command("restore", backup.name)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert f"in use by the chat at {chat.url}. Stop it first, or restore" in refused.stderr
    assert texts(chat) == ["Before", "After"]
    assert chat.stop() == 0

    done = command("restore", backup.name)
    assert done.returncode == 0, done.stderr
    (replaced,) = (tmp_path / "data" / "backups").glob("replaced-*.sqlite3")
    assert done.stdout.splitlines() == [
        f"{backup.name} is in place now. It holds 1 message.",
        f"What was there before is kept: {replaced}",
    ]
    chat = start()
    assert texts(chat) == ["Before"]
    assert chat.get("/api/identity")["history_id"] != history
    assert role_of(chat, token) == "member"
    chat.stop()
    assert command("restore", str(replaced)).returncode == 0
    assert texts(start()) == ["Before", "After"]


def test_the_chat_that_runs_writes_archives_and_reads_them_in(tmp_path: Path, start: Callable[[], Chat]) -> None:
    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run(tmp_path, *arguments, "--data-dir", "data")

    chat = start()
    say(chat, sign_up(chat, "Ada"), "=1+1")
    for output, form in (("general.csv", "csv"), ("-", "ndjson"), ("all.zip", None)):
        made = command("export", *(("general", "--format", form) if form else ()), "--output", output)
        # How far it is concerns nobody who does not look at a terminal.
        assert (made.returncode, made.stderr) == (0, "")
        if output == "-":
            assert [json.loads(line)["message"] for line in made.stdout.splitlines()] == ["=1+1"]
        else:
            assert made.stdout.startswith(f"Exported to {output} (")
    assert (tmp_path / "general.csv").read_text(encoding="utf-8").splitlines()[1].count(",'=1+1,") == 1
    done = command("import", "all.zip")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "New: 0 messages, 0 rooms, 0 persons. Here already: 1 message.\n"
    for arguments, code, says in (
        (("export", "general", "--output", "no/where"), 1, "The file cannot be written: No such file or directory."),
        (("export", "nowhere"), 2, "Room not found"),
        (("import", "general.csv"), 2, "That file: line 1 is no message of an archive"),
        (("import", "nothing.zip"), 2, "There is no file nothing.zip."),
    ):
        refused = command(*arguments)
        assert (refused.returncode, refused.stdout) == (code, "")
        assert refused.stderr.startswith(f"chatapp: {says}")
        assert len(refused.stderr.splitlines()) == 1
    assert {one.name for one in tmp_path.iterdir() if one.suffix in {".part", ".csv", ".zip"}} == {
        "general.csv", "all.zip",
    }  # fmt: skip
    assert texts(chat) == ["=1+1"]


def test_a_backup_goes_where_it_is_wanted_and_over_nothing(tmp_path: Path) -> None:
    fill(tmp_path)
    (tmp_path / "stick").mkdir()
    for place, made in (("copy.sqlite3", "copy.sqlite3"), ("stick", "stick/chat-")):
        done = run(tmp_path, "backup", place, "--data-dir", "data")
        assert done.stdout.startswith(f"Everything is copied to {made}")
    again = run(tmp_path, "backup", "copy.sqlite3", "--data-dir", "data")
    assert (again.returncode, again.stderr) == (2, "chatapp: copy.sqlite3 is there already: name another file.\n")


def fill(folder: Path, form: str = "0002") -> Path:
    """Put a database of an earlier form, with what was said, into the data folder; where it is."""
    (folder / "data").mkdir()
    path = folder / "data" / "chat.sqlite3"
    shutil.copy(FIXTURES / f"{form}.sqlite3", path)
    return path


def test_an_upgrade_is_announced_and_done(tmp_path: Path) -> None:
    fill(tmp_path, "0001")
    due = run(tmp_path, "migrate", "--check", "--data-dir", "data")
    assert (due.returncode, due.stderr) == (1, "")
    assert due.stdout == f"An upgrade is due from the form 0001 to {REVISION}; the next start does it.\n"
    assert [one.name for one in (tmp_path / "data").iterdir()] == ["chat.sqlite3"]
    done = run(tmp_path, "migrate", "--data-dir", "data")
    (copy,) = (tmp_path / "data" / "backups").glob("before-*.sqlite3")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"The database has the form {REVISION} now.",
        f"A copy from before is kept: {copy}",
    ]
    assert "Upgrading the database to 0002 (Changes of messages" in done.stderr
    for command in (("migrate",), ("migrate", "--check")):
        again = run(tmp_path, *command, "--data-dir", "data")
        assert (again.returncode, again.stderr) == (0, "")
        assert again.stdout.endswith(f"due: the database has the form {REVISION}.\n")


def test_progress_is_one_changing_line_on_a_terminal(tmp_path: Path) -> None:
    fill(tmp_path, "0001")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "chatapp", "migrate", "--data-dir", "data"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=environment_in(tmp_path) | {"CHATAPP_DEBUG": "off"},
        stdout=subprocess.PIPE,
        stderr=theirs,
        check=True,
    )
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    progress = [part for part in shown.replace("\r\n", "\n").split("\r") if part.strip()]
    assert progress[0].startswith("Upgrading the database to 0002")
    assert "Upgrading" not in done.stdout.decode()
    assert shown.rstrip("\n").endswith("\r"), "the line is still there"


@pytest.mark.parametrize("command", ["backup", "migrate", "clean", "serve"])
def test_a_folder_of_something_else_or_of_a_later_program_is_left_as_it_was(tmp_path: Path, command: str) -> None:
    database = fill(tmp_path)
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = database.read_bytes()
    done = run(tmp_path, command, "--data-dir", "data")
    assert done.returncode == 3
    assert f"has the form 9999, which is newer than this program ({REVISION})" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert [one.name for one in (tmp_path / "data").iterdir()] == ["chat.sqlite3"]
    assert database.read_bytes() == before


def test_a_chat_does_not_move_into_a_folder_of_other_things(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "thesis.txt").write_text("It is")
    done = run(tmp_path, "serve", "--port", "0", "--data-dir", "documents")
    assert done.returncode == 3
    assert "documents holds other things (thesis.txt) and no chat" in done.stderr
    assert [one.name for one in (tmp_path / "documents").iterdir()] == ["thesis.txt"]


def test_restoring_what_is_no_backup_changes_nothing(tmp_path: Path) -> None:
    database = fill(tmp_path)
    before = database.read_bytes()
    (tmp_path / "diary").write_text("Dear diary, " * 1000)
    for file, says in (("diary", "The backup is not of this program"), ("missing", "There is no file missing")):
        done = run(tmp_path, "restore", file, "--data-dir", "data")
        assert (done.returncode, done.stdout) == (2, "")
        assert says in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert [one.name for one in (tmp_path / "data").iterdir()] == ["chat.sqlite3"]
        assert database.read_bytes() == before


def test_a_backup_begins_a_chat_on_a_new_machine(tmp_path: Path, start: Callable[[], Chat]) -> None:
    done = run(tmp_path, "restore", str(FIXTURES / "0001.sqlite3"), "--data-dir", "data")
    assert done.returncode == 0, done.stderr
    assert f"is in place now, upgraded from the form 0001 to {REVISION}. It holds 12 messages.\n" in done.stdout
    assert "kept" not in done.stdout
    assert "Hello, *everybody* 👋" in texts(start())


@pytest.mark.parametrize("command", [["backup"], ["migrate"], ["migrate", "--check"], ["user", "--host-link"]])
def test_without_a_chat_that_is_said(tmp_path: Path, command: list[str]) -> None:
    done = run(tmp_path, *command, "--data-dir", "nowhere")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "There is no chat here" in done.stderr
    assert not (tmp_path / "nowhere").exists()


def test_a_link_makes_a_host_of_whoever_opens_it(tmp_path: Path, start: Callable[[], Chat]) -> None:
    chat = start()
    token = sign_up(chat, "Ada")
    done = run(tmp_path, "user", "--host-link", "--data-dir", "data")
    assert done.returncode == 0, done.stderr
    url, code = done.stdout.strip().split("/#/host/")
    assert url == chat.url
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", chat.port, timeout=10)) as connection:
        connection.request("POST", "/api/host", json.dumps({"code": code}), {"Authorization": f"Bearer {token}"})
        assert connection.getresponse().status == 200
    assert role_of(chat, token) == "host"
    chat.stop()
    stopped = run(tmp_path, "user", "--host-link", "--data-dir", "data")
    assert (stopped.returncode, stopped.stderr) == (
        2,
        "chatapp: No chat runs here. Start it: it prints such a link itself.\n",
    )


def found(tmp_path: Path) -> tuple[int, dict[str, str]]:
    """The exit code of the doctor, and what is said of which thing."""
    done = run(tmp_path, "doctor", "--data-dir", "data")
    assert done.stderr == ""
    lines = [line for line in done.stdout.splitlines() if line[0] != " "]
    assert all(line.split()[0] in {"fine", "look", "broken"} for line in lines)
    return done.returncode, dict(line[8:].split(": ", 1) for line in lines)


def test_the_doctor_says_what_is_broken_and_what_to_do(tmp_path: Path) -> None:
    database = fill(tmp_path)
    code, said = found(tmp_path)
    assert {"Port", "Data folder", "Database", "Backup"} <= said.keys()
    whole = database.read_bytes()
    database.write_bytes(whole[:-4096])
    broken = run(tmp_path, "doctor", "--data-dir", "data")
    assert broken.returncode == 1
    (line,) = (line for line in broken.stdout.splitlines() if "Database: " in line)
    assert line.startswith("broken  ")
    assert "\n        → " in broken.stdout
    assert [one.name for one in database.parent.iterdir()] == ["chat.sqlite3"]
    assert code in {0, 1}


def test_the_doctor_of_a_running_chat_is_asked(tmp_path: Path, start: Callable[[], Chat]) -> None:
    chat = start()
    _, said = found(tmp_path)
    assert str(chat.port) in said["Port"]
