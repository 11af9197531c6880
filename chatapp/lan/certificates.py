"""Certificates for HTTPS on a network where no public authority gives any. Imported late, by who serves HTTPS only:
`cryptography` is slow to import.

Mechanism: a certificate authority of this installation lies in the data folder, and whoever wants HTTPS without a
warning tells a device once to trust it. It signs the certificate of this server, which names every address and name the
server has at the moment; another is made when these change or when it nears its end.

Guarantees: the authority can vouch for private addresses and local names alone (critical name constraints, RFC 5280,
section 4.2.1.10), for servers only, and for no further authority: if its key is stolen, the rest of the web stays safe
on the devices that trust it. Its key never leaves the folder, where only the owner may read it.
"""

import contextlib
import ipaddress
import os
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from chatapp.errors import StartRefused
from chatapp.lan.private import DOMAINS, NETWORKS, is_private

# The clocks of phones may be wrong, and so may have been this machine's when a certificate was made.
BEGINS_BEFORE = timedelta(days=30)
# From beginning to end. Apple's systems take at most 825 days from any authority and 398 from public ones, to which
# other browsers hold too: below 398 nobody objects, whichever rule they come to apply.
LIFETIME = timedelta(days=397)
RENEWED_BEFORE = timedelta(days=30)
AUTHORITY_LIFETIME = timedelta(days=3650)

_LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_HOST_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")
# A bare host name that is no top-level domain of the internet, now or later: those are letters alone, or begin with
# xn-- (RFC 1123, section 2.1). To vouch for a machine called "studio" would be to vouch for all of .studio.
_LOCAL_NAME = re.compile(r"(?!xn--)(?=.*[0-9-])" + _LABEL)
_LONGEST_COMMON_NAME = 64
"""RFC 5280, ub-common-name; in bytes, as some count them."""


class _Pair(NamedTuple):
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


class Certificates:
    """The authority and the server's certificate in `folder`, made where there are none.

    `label` is what the authority is called on the devices that trust it; `clock` gives milliseconds. Raises
    StartRefused where the folder, or what lies in it, cannot be used.
    """

    def __init__(self, folder: Path, label: str, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._authority_file = folder / "authority.pem"
        self._server_file = folder / "server.pem"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            authority = _read(self._authority_file)
            # One that has not begun yet is kept: the clock will be right again, and devices trust this one.
            is_over = authority is not None and authority.certificate.not_valid_after_utc <= self._now()
            self._authority = self._make_authority(label) if authority is None or is_over else authority
            self._server = _read(self._server_file)
        except OSError as error:
            raise StartRefused(f"The certificates in {folder} cannot be used: {error.strerror or error}.") from error
        self._context: ssl.SSLContext | None = None
        self._making = threading.Lock()

    def covers(self, host: str) -> bool:
        """Whether the authority can vouch for this name or address. For a public one it cannot."""
        with contextlib.suppress(ValueError):
            ipaddress.ip_address(host)
            return is_private(host)
        if not _HOST_NAME.fullmatch(host) or len(host) > 253:
            return False
        return any(host == name or host.endswith(f".{name}") for name in _permitted_names(self._authority.certificate))

    def context(self, names: Iterable[str], ips: Iterable[str]) -> ssl.SSLContext:
        """What TLS connections to these names and addresses begin with from now on. The same object as before while
        nothing has changed: to be asked for at each change, and once a day.

        This machine's own names for itself are always among them; what the authority does not cover is left out. Any
        thread may ask. Raises OSError where a new certificate cannot be written.
        """
        wanted = self._wanted(names, ips)
        with self._making:
            if self._server is None or not self._holds(self._server.certificate, wanted):
                self._server, self._context = self._make_server(wanted), None
            if self._context is None:
                self._context = _context(self._server_file)
            return self._context

    def authority_der(self) -> bytes:
        """The certificate that devices are told to trust, in the form that every system takes as a file; its
        fingerprints are hashes of these bytes.
        """
        return self._authority.certificate.public_bytes(serialization.Encoding.DER)

    def _wanted(self, names: Iterable[str], ips: Iterable[str]) -> frozenset[str]:
        hosts = {name.lower().rstrip(".") for name in (*names, "localhost", _own_name())}
        # No URL can hold an address with a zone.
        hosts |= {str(ipaddress.ip_address(ip)) for ip in (*ips, "127.0.0.1", "::1") if "%" not in ip}
        return frozenset(host for host in hosts if self.covers(host))

    def _holds(self, certificate: x509.Certificate, wanted: frozenset[str]) -> bool:
        """Whether a certificate of the server names what it must, is of this authority, and holds for a while yet."""
        try:
            certificate.verify_directly_issued_by(self._authority.certificate)
        except (ValueError, TypeError, InvalidSignature):
            return False
        named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        is_timely = certificate.not_valid_before_utc <= self._now() < certificate.not_valid_after_utc - RENEWED_BEFORE
        return is_timely and {str(each.value) for each in named} == wanted

    def _make_authority(self, label: str) -> _Pair:
        key, now, own = ec.generate_private_key(ec.SECP256R1()), self._now(), _own_name()
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        # Two of one name would be hard to tell apart in a device's list, for people and for some systems.
        name = f"{label} ({own})".strip().encode()[: _LONGEST_COMMON_NAME - 5].decode(errors="ignore")
        subject = _called(f"{name} {identifier.digest.hex()[:4]}")
        names = [*DOMAINS, *([own] if _LOCAL_NAME.fullmatch(own) else [])]
        permitted = [*map(x509.IPAddress, NETWORKS), *map(x509.DNSName, names)]
        certificate = (
            _begun(subject, subject, key, now - BEGINS_BEFORE, now + AUTHORITY_LIFETIME)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(is_authority=True), critical=True)
            .add_extension(x509.NameConstraints(permitted, None), critical=True)
            .sign(key, hashes.SHA256())
        )
        return _keep(_Pair(key, certificate), self._authority_file)

    def _make_server(self, wanted: frozenset[str]) -> _Pair:
        key, authority = ec.generate_private_key(ec.SECP256R1()), self._authority
        issuer, begins = authority.certificate.subject, self._now() - BEGINS_BEFORE
        certificate = (
            _begun(_called("chatapp"), issuer, key, begins, begins + LIFETIME)
            .add_extension(x509.SubjectAlternativeName([_named(host) for host in sorted(wanted)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(is_authority=False), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False
            )
            .sign(authority.key, hashes.SHA256())
        )
        return _keep(_Pair(key, certificate), self._server_file)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock() // 1000, UTC)


def _read(path: Path) -> _Pair | None:
    """What is kept in `path`, None where there is nothing."""
    if not path.exists():
        return None
    kept = path.read_bytes()
    try:
        key = serialization.load_pem_private_key(kept, None)
        certificate = x509.load_pem_x509_certificate(kept)
    except (ValueError, TypeError):
        raise StartRefused(f"{path} is damaged: restore it, or delete it to have a new one made.") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise StartRefused(f"{path} holds another kind of key: delete it to have a new one made.")
    return _Pair(key, certificate)


def _own_name() -> str:
    """The bare name of this machine."""
    return socket.gethostname().partition(".")[0].lower()


def _permitted_names(authority: x509.Certificate) -> list[str]:
    permitted = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    return [each.value for each in permitted if isinstance(each, x509.DNSName)]


def _called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _named(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, begins: datetime, ends: datetime
) -> x509.CertificateBuilder:
    """What every certificate says, those for servers and their authority alike."""
    return (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _keep(pair: _Pair, path: Path) -> _Pair:
    """Write both into one file, which only its owner may read, whole or not at all."""
    encoding = serialization.Encoding.PEM
    key = pair.key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key + pair.certificate.public_bytes(encoding))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return pair


def _context(server: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(server)
    return context
