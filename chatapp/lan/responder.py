"""Multicast DNS for one host name and one web service: the only place that touches zeroconf.

zeroconf probes for the name of a service *instance* only ("Chat._http._tcp.local") and renames it by itself; a host
name ("chat.local") it claims unasked, and two machines that both do answer for each other. So `claim` asks for the
host name first and takes the next free one. Two that probe at the same moment hear each other's announcements
afterwards: then, as in RFC 6762 section 8.2, the numerically greater address keeps the name, and the other is told
by `lost`.

Cost: the library takes a third of a second to import, so this module is imported late and in a thread.
"""

import asyncio
import contextlib
import functools
import ipaddress
import itertools
import socket
from collections.abc import Callable, Collection, Sequence
from typing import Any

import zeroconf
from zeroconf import (
    DNSAddress,
    DNSIncoming,
    DNSOutgoing,
    DNSQuestion,
    IPVersion,
    RecordUpdate,
    RecordUpdateListener,
    Zeroconf,
)
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

_SERVICE = "_http._tcp.local."
_GROUP = ("224.0.0.251", 5353)
# RFC 6762 sections 8.1 and 10.
_PROBES = 3
_SECONDS_BETWEEN_PROBES = 0.25
_LIFE = 120
_LONGEST_LABEL = 63
# Asked and answered within this machine, mostly; a busy one may take a while.
_SECONDS_TO_HEAR = 1.5
_QUERY, _TYPE_A, _TYPE_ANY, _CLASS_IN = 0x0000, 1, 255, 1


class Unannounced(Exception):
    """The name could not be announced; the message says why, as the rest of a sentence."""


class Responder:
    """Answers for `host` (such as `chat.local`) until `close`, which says goodbye."""

    def __init__(self, zero: AsyncZeroconf, host: str, ips: Sequence[str]) -> None:
        self.host = host
        self._zero = zero
        self._ips = ips

    async def is_heard(self) -> bool:
        """Whether the network, asked for our name from a port of its own, answers with one of our addresses."""
        answers = await asyncio.gather(*(_ask(f"{self.host}.", ip) for ip in self._ips))
        return any(not answer.isdisjoint(self._ips) for answer in answers)

    async def close(self) -> None:
        """Say goodbye, which takes a quarter of a second, and be silent."""
        await self._zero.async_close()


async def claim(
    title: str,
    label: str,
    port: int,
    ips: Sequence[str],
    *,
    own: Collection[str],
    avoid: Collection[str],
    lost: Callable[[str], None],
) -> Responder:
    """Announce `label`.local, or else `label`-2.local and so on, at `ips`, and a web page called `title` at `port`.

    A host name that leads to one of this machine's `own` addresses is no other machine's. Takes none of the hosts in
    `avoid`. `lost` is called with the host when another machine has it as well and keeps it. Raises Unannounced.
    """
    try:
        async with contextlib.AsyncExitStack() as stack:
            zero = AsyncZeroconf(interfaces=list(ips), ip_version=IPVersion.V4Only)
            stack.push_async_callback(zero.async_close)
            await zero.zeroconf.async_wait_for_start()
            host, rivals = await _free(zero.zeroconf, label, ips, own, avoid)
            rivals.lost = functools.partial(lost, host)
            info = AsyncServiceInfo(
                _SERVICE,
                f"{_instance(title)}.{_SERVICE}",
                addresses=[socket.inet_aton(ip) for ip in ips],
                port=port,
                properties={"path": "/"},
                server=f"{host}.",
            )
            # The second wait is for the announcements.
            await (await zero.async_register_service(info, allow_name_change=True))
            stack.pop_all()
            return Responder(zero, host, ips)
    except OSError as error:
        raise Unannounced(error.strerror or str(error)) from error
    except zeroconf.Error as error:
        raise Unannounced(f"{type(error).__name__} {error}".strip()) from error


async def _free(
    zero: Zeroconf, label: str, ips: Sequence[str], own: Collection[str], avoid: Collection[str]
) -> tuple[str, "_Rivals"]:
    """Return the first host name that no other machine has, and who listens for others that claim it."""
    for number in itertools.count(1):
        host = f"{label}.local" if number == 1 else f"{label}-{number}.local"
        if host in avoid:
            continue
        rivals = _Rivals(host, ips, own)
        zero.async_add_listener(rivals, None)
        if not await _is_taken(zero, rivals, ips):
            return host, rivals
        zero.async_remove_listener(rivals)
    raise AssertionError("numbers do not end")


async def _is_taken(zero: Zeroconf, rivals: "_Rivals", ips: Sequence[str]) -> bool:
    """Tell the network that the name will be ours, and return whether somebody objects (RFC 6762 section 8.1).

    To a plain question nobody need answer twice in a second; this one they may not leave unanswered. The answer is to
    come by multicast: another responder on this machine may get what comes by unicast.
    """
    probe = DNSOutgoing(_QUERY)
    probe.add_question(DNSQuestion(rivals.name, _TYPE_ANY, _CLASS_IN))
    # The library's own method takes only pointers.
    claims: list[Any] = probe.authorities
    claims += [DNSAddress(rivals.name, _TYPE_A, _CLASS_IN, _LIFE, socket.inet_aton(ip)) for ip in ips]
    for _ in range(_PROBES):
        zero.async_send(probe)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_SECONDS_BETWEEN_PROBES):
                await rivals.heard.wait()
                return True
    return False


class _Rivals(RecordUpdateListener):
    """Hears who else has the name; `lost` is called once one of them keeps it."""

    def __init__(self, host: str, ips: Sequence[str], own: Collection[str]) -> None:
        self.name = f"{host}."
        self.heard = asyncio.Event()
        self.lost: Callable[[], None] = self.heard.set
        self._own = set(own)
        self._greatest = max(ipaddress.IPv4Address(ip) for ip in ips)

    def async_update_records(self, zc: Zeroconf, now: float, records: list[RecordUpdate]) -> None:  # noqa: ARG002
        """Called by the library with what it heard."""
        for record in (update.new for update in records):
            if not isinstance(record, DNSAddress) or record.key != self.name or len(record.address) != 4:
                continue
            rival = ipaddress.IPv4Address(record.address)
            # A life of nothing is a goodbye.
            if record.ttl > 0 and str(rival) not in self._own:
                self.heard.set()
                if rival > self._greatest:
                    self.lost()


def _instance(title: str) -> str:
    """Return the name of the service: without dots, which would end a label, and short enough with a number behind."""
    text = " ".join(title.replace(".", " ").split()) or "Chat"
    return text.encode()[: _LONGEST_LABEL - len("-999")].decode(errors="ignore").strip()


async def _ask(name: str, ip: str) -> set[str]:
    """Return the addresses that the network of `ip` gives for `name`, empty when it gives none in time.

    Asked from a port of its own, so that the answer comes to it directly (RFC 6762 section 6.7) and no cache helps.
    """
    query = DNSOutgoing(_QUERY)
    query.add_question(DNSQuestion(name, _TYPE_A, _CLASS_IN))
    loop = asyncio.get_running_loop()
    try:
        transport, answers = await loop.create_datagram_endpoint(lambda: _Answers(name), sock=_asking(ip))
    except OSError:
        return set()
    try:
        transport.sendto(query.packets()[0], _GROUP)
        async with asyncio.timeout(_SECONDS_TO_HEAR):
            await answers.first.wait()
    except TimeoutError:
        return set()
    finally:
        transport.close()
    return answers.found


def _asking(ip: str) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(ip))
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
        made.bind((ip, 0))
    except OSError:
        made.close()
        raise
    return made


class _Answers(asyncio.DatagramProtocol):
    """What comes back; `first` is set by the first answer for the name."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.found: set[str] = set()
        self.first = asyncio.Event()

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:  # noqa: ARG002
        for record in DNSIncoming(data).answers():
            if isinstance(record, DNSAddress) and record.key == self._name and len(record.address) == 4:
                self.found.add(socket.inet_ntoa(record.address))
                self.first.set()
