"""Takes the port to listen on, and says who has one that is taken."""

import contextlib
import errno
import http.client
import json
import socket
import sys

from chatapp.lan import processes

USUAL_PORT = 5000
"""Where a chat listens if it may; browsers, links and habits remember it."""

_EVERYWHERE = (None, "::")
# One socket for each family, rather than one for both: so an IPv4 client has an IPv4 address and not one in disguise.
_FAMILIES = ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::"))  # noqa: S104
_NO_SUCH_FAMILY = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EPROTONOSUPPORT})
_TRIES_FOR_A_FREE_PORT = 20


def listen(host: str | None, port: int) -> list[socket.socket]:
    """Return listening sockets for `port` on `host`; None is every interface, IPv4 and IPv6. Port 0 takes a free one.

    Raises OSError: EADDRINUSE for a taken port, EACCES for one that needs more rights, and others for a host that is no
    address of this machine.
    """
    if host not in _EVERYWHERE:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return [_listening(family, str(address[0]), port)]
    for _ in range(_TRIES_FOR_A_FREE_PORT if port == 0 else 0):
        with contextlib.suppress(OSError):
            return _everywhere(0)
    return _everywhere(port)


def listen_at_next_free(host: str | None, first: int) -> list[socket.socket]:
    """Return listening sockets for the first free port from `first` on; raises OSError when a hundred are taken."""
    for port in range(first, first + 99):
        try:
            return listen(host, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
    return listen(host, first + 99)


def holder(host: str | None, port: int) -> str:
    """Say in words who answers at `port`: another chat, with its name, or which program. Waits 3 s at most."""
    target = "127.0.0.1" if host in {None, "::", "0.0.0.0"} else str(host)  # noqa: S104
    connection = http.client.HTTPConnection(target, port, timeout=3)
    server = ""
    try:
        connection.request("GET", "/api/identity")
        answer = connection.getresponse()
        server = answer.getheader("Server", "")
        identity = json.loads(answer.read(65536))
        if identity.get("installation_id"):
            return f"another chatapp ({identity['name']})"
    except (OSError, http.client.HTTPException, ValueError, KeyError, AttributeError, TypeError):
        pass
    finally:
        connection.close()
    return stranger(server, processes.listening(port))


def stranger(server: str, process: str | None) -> str:
    """Say in words which program it is that calls itself `server` in HTTP and `process` in the system."""
    # macOS listens on 5000 and 7000 for it, and whoever asks there is refused with 403, as if by us.
    if server.startswith("AirTunes"):
        return "macOS's AirPlay Receiver (System Settings > General > AirDrop & Handoff turns it off)"
    return f"another program ({process})" if process else "another program"


def _everywhere(port: int) -> list[socket.socket]:
    """Return a socket for each family that this machine has, all at one port."""
    made: list[socket.socket] = []
    missing = OSError(errno.EAFNOSUPPORT, "there is neither IPv4 nor IPv6")
    for family, address in _FAMILIES:
        try:
            made.append(_listening(family, address, made[0].getsockname()[1] if made else port))
        except OSError as error:
            if error.errno not in _NO_SUCH_FAMILY:
                for each in made:
                    each.close()
                raise
            missing = error
    if not made:
        raise missing
    return made


def _listening(family: int, address: str, port: int) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            made.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            # A restart need not wait for the last connections of the one before; a listening port is still refused.
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((address, port))
        made.listen()
    except OSError:
        made.close()
        raise
    return made
