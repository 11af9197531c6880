"""What is installed has the fixes that we know we need, and no secret is in the repository; without a network."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LOCKS = sorted((ROOT / "packaging" / "locks").glob("*.lock"))
ADVISORIES = {
    "h11": ("0.16.0", "CVE-2025-43859: chunked bodies with a wrong end are taken, which a proxy may cut elsewhere"),
    "jinja2": ("3.1.6", "CVE-2025-27516: out of the sandbox by the filter attr"),
    "pysqlite3": ("0.6.1", "carries SQLite 3.53: up to 3.51.2 a WAL database can be corrupted"),
    "python-engineio": ("4.13.3", "CVE-2026-48802: threads without bound, CVE-2026-48809"),
    "python-socketio": ("5.16.2", "CVE-2025-61765: pickle; CVE-2026-48804: attachments without bound"),
    "werkzeug": ("3.0.6", "CVE-2024-49767: a form's size; CVE-2023-46136: slow multipart"),
}
"""Package → the first version with all fixes, and what they mend."""
ADVISORIES_OF_THE_PAGE = {"socket.io-parser": ("4.2.6", "CVE-2026-33151: attachments without bound")}
UNWANTED = {
    "pysqlite3-binary": "an SQLite that can corrupt a WAL database",
    "python-multipart": "several denials of service",
}
"""Packages that nothing shall bring along, and why."""
SECRETS = {
    "a private key": r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----\s*[A-Za-z0-9+/=]{16}",
    "a token of GitHub": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,})\b",
    "a key of AWS": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "a token of a package registry": r"\b(?:pypi-AgE[A-Za-z0-9_-]{50,}|npm_[A-Za-z0-9]{36})\b",
    "a token of Slack": r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
    "a key of Google": r"\bAIza[A-Za-z0-9_-]{35}\b",
    "a signed token": r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}",
    "an address with a password": r"\b[a-z][a-z0-9+.-]*://[^\s/:@\"'<>{}]+:(?!\d+@)[^\s/@\"'<>{}]+@[a-z0-9]",
}
"""What no file may hold, as a regular expression."""


def release(version: str) -> tuple[int, ...]:
    """A version's numbers, to be compared."""
    return tuple(map(int, re.findall(r"\d+", version)))


def pinned(lock: Path) -> dict[str, str]:
    """Package → version, of a lock."""
    return dict(re.findall(r"^([a-z0-9-]+)==([^\s;]+)", lock.read_text(), re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_pinned_version_has_the_fixes(lock: Path) -> None:
    found = pinned(lock)
    assert found
    old = {
        name: f"{found[name]}, not {fixed}: {what}"
        for name, (fixed, what) in ADVISORIES.items()
        if name in found and release(found[name]) < release(fixed)
    }
    assert old == {}
    assert found.keys() & UNWANTED.keys() == set()


def test_what_the_chat_runs_with_is_judged() -> None:
    assert pinned(ROOT / "packaging" / "locks" / "run.lock").keys() >= ADVISORIES.keys()


def test_the_page_has_the_fixes() -> None:
    locked = json.loads((ROOT / "frontend" / "package-lock.json").read_text())["packages"]
    for name, (fixed, what) in ADVISORIES_OF_THE_PAGE.items():
        versions = [one["version"] for path, one in locked.items() if path.endswith(f"node_modules/{name}")]
        assert versions, name
        assert all(release(version) >= release(fixed) for version in versions), what


def test_no_secret_is_in_the_repository() -> None:
    asked = ["git", "-C", str(ROOT), "ls-files", "-z"]
    listed = subprocess.run(asked, check=False, capture_output=True, text=True).stdout
    tracked = [ROOT / name for name in listed.split("\0") if name]
    if not tracked:
        pytest.skip("this is no checkout")
    found = [
        f"{path.relative_to(ROOT)}: {what}"
        for path in tracked
        if path.is_file()
        for what in secrets_in(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "parts",
    [
        ("-----BEGIN RSA PRIVATE", " KEY-----\nMIIEpAIBAAKCAQEA7"),
        ("ghp", "_" + "a1" * 18),
        ("AKIA", "A" * 16),
        ("eyJhbGciOiJIUzI1", "NiJ9.eyJzdWIiOiIxMjM0.c2lnbmF0dXJlLXRoYXQtaXMtbG9uZw"),
        ("postgres://chat:hunter2", "@db.example/chat"),
    ],
)
def test_a_secret_is_found(parts: tuple[str, str]) -> None:
    assert secrets_in(f"x = '{''.join(parts)}'")
    assert not secrets_in(parts[0])


def secrets_in(text: str) -> list[str]:
    """What secrets a text holds."""
    return [what for what, pattern in SECRETS.items() if re.search(pattern, text)]
