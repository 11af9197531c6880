"""The command line, as a process: what it says and the code it ends with."""

import contextlib
import http.client
import json
import os
import subprocess
import sys
from pathlib import Path

import chatapp
from chatapp import settings
from tests.integration.test_launcher import Chat


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
        for name, role in (("ada", "moderator"), ("Ada", "member"), ("Ada", "moderator")):
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
    for arguments in (("Ada", "--role", "emperor"), ("Ada",), ("--role", "moderator")):
        done = run(tmp_path, "user", *arguments)
        assert done.returncode == 2
        assert "usage: chatapp user" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_role_without_a_chat_says_so(tmp_path: Path) -> None:
    done = run(tmp_path, "user", "Ada", "--role", "moderator", "--data-dir", "nowhere")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "There is no chat here" in done.stderr
    assert not (tmp_path / "nowhere").exists()
