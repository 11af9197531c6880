"""What a system tells of its firewall, read without changing anything. What only an administrator sees stays None."""

import contextlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_SECONDS = 10
_PLACES = "/usr/sbin:/sbin:/usr/bin:/bin:/usr/libexec/ApplicationFirewall"
# One line for each network, each kind of network and each rule for this program. These words are not translated.
_POWERSHELL = """
Get-NetConnectionProfile | ForEach-Object { "network $($_.NetworkCategory)" }
Get-NetFirewallProfile -PolicyStore ActiveStore | ForEach-Object { "profile $($_.Name) $($_.Enabled)" }
Get-NetFirewallApplicationFilter -Program $env:CHATAPP_PROGRAM -ErrorAction SilentlyContinue | Get-NetFirewallRule |
Where-Object { $_.Enabled -eq 'True' -and $_.Direction -eq 'Inbound' } |
ForEach-Object { "rule $($_.Action) $($_.Profile)" }
"""


@dataclass(frozen=True, slots=True)
class Facts:
    """What was seen: the text of files and commands, None where there is none or it cannot be read.

    `is_complete`: what is None is not there. `program` is the file of this program. `ufw` is its configuration,
    `ufw_rules` its rules; `firewalld` the listing of its default zone; `nftables` and `iptables` their rules; `windows`
    and `macos` what these answer.
    """

    is_complete: bool = False
    program: str = sys.executable
    ufw: str | None = None
    ufw_rules: str | None = None
    firewalld: str | None = None
    nftables: str | None = None
    iptables: str | None = None
    windows: str | None = None
    macos: str | None = None


def collect() -> Facts:
    """Return what this system tells. Takes some milliseconds, on Windows some seconds."""
    if sys.platform == "win32":
        return Facts(windows=_run("powershell", "-NoProfile", "-NonInteractive", "-Command", _POWERSHELL))
    if sys.platform == "darwin":
        answers = [
            _run("socketfilterfw", "--getglobalstate"),
            _run("socketfilterfw", "--getappblocked", sys.executable),
        ]
        return Facts(macos="\n".join(filter(None, answers)) or None)
    return Facts(
        is_complete=os.geteuid() == 0,
        ufw=_read("/etc/ufw/ufw.conf", "/etc/default/ufw"),
        ufw_rules=_read("/etc/ufw/user.rules"),
        firewalld=_run("firewall-cmd", "--list-all"),
        nftables=_run("nft", "list", "ruleset"),
        iptables=_run("iptables", "-S", "INPUT"),
    )


def _read(*paths: str) -> str | None:
    try:
        return "\n".join(Path(path).read_text(encoding="utf-8", errors="replace") for path in paths)
    except OSError:
        return None


def _run(command: str, *words: str) -> str | None:
    """Return what a command of the system prints, None where it is missing or fails."""
    found = shutil.which(command, path=None if sys.platform == "win32" else _PLACES)
    if found is None:
        return None
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(  # noqa: S603 - the words are ours
            [found, *words],
            capture_output=True,
            text=True,
            errors="replace",
            check=True,
            timeout=_SECONDS,
            stdin=subprocess.DEVNULL,
            env=_environment(),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        return done.stdout
    return None


def _environment() -> dict[str, str]:
    """Return an environment in which no command loads the frozen program's libraries, or answers in other languages."""
    kept = {name: value for name in ("PATH", "SYSTEMROOT", "PATHEXT", "TEMP") if (value := os.environ.get(name))}
    return kept | {"LC_ALL": "C", "CHATAPP_PROGRAM": sys.executable}
