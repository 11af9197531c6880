"""Takes the port to listen on, and says who has one that is taken."""

import errno
import http.client
import json
import socket
import sys

_EVERYWHERE = (None, "::")


def listen(host: str | None, port: int) -> list[socket.socket]:
    """Return bound sockets for `port` on `host`; None is every interface, IPv6 and IPv4. Port 0 takes a free one.

    Raises OSError: EADDRINUSE for a taken port, EACCES for one that needs more rights, and others for a host that is no
    address of this machine.
    """
    if host not in _EVERYWHERE:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return [_bound(family, str(address[0]), port)]
    if socket.has_dualstack_ipv6():
        try:
            return [_bound(socket.AF_INET6, "::", port, is_dual=True)]
        except OSError as error:
            # A kernel can have IPv6 built in and switched off.
            if error.errno not in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
                raise
    return _bound_apart(port)


def listen_at_next_free(host: str | None, first: int) -> list[socket.socket]:
    """Return bound sockets for the first free port from `first` on; raises OSError when a hundred are taken."""
    for port in range(first, first + 99):
        try:
            return listen(host, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
    return listen(host, first + 99)


def holder(host: str | None, port: int) -> str:
    """Say in words who answers at `port`: another chat, with its name, or something else. Waits a second at most."""
    target = "127.0.0.1" if host in {None, "::", "0.0.0.0"} else host  # noqa: S104
    connection = http.client.HTTPConnection(str(target), port, timeout=1)
    try:
        connection.request("GET", "/api/identity")
        identity = json.loads(connection.getresponse().read(65536))
        return f"another chatapp ({identity['name']})" if identity.get("installation_id") else "another program"
    except (OSError, http.client.HTTPException, ValueError, KeyError, AttributeError):
        return "another program"
    finally:
        connection.close()


def _bound_apart(port: int) -> list[socket.socket]:
    """Return an IPv4 socket, and an IPv6 one beside it where there is IPv6 but not both in one."""
    four = _bound(socket.AF_INET, "0.0.0.0", port)  # noqa: S104
    try:
        return [four, _bound(socket.AF_INET6, "::", four.getsockname()[1])]
    except OSError:
        return [four]


def _bound(family: int, address: str, port: int, *, is_dual: bool = False) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            made.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            # A restart need not wait for the last connections of the one before; a listening port is still refused.
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(not is_dual))
        made.bind((address, port))
        made.listen()
    except OSError:
        made.close()
        raise
    return made
