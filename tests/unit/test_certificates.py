"""The certificate authority of an installation: what it vouches for, what it cannot, and when certificates change."""

import ssl
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chatapp.errors import StartRefused
from chatapp.lan import certificates
from chatapp.lan.certificates import Certificates

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


class Clock:
    """Gives the milliseconds of `now`."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> int:
        return int(self.now.timestamp() * 1000)


@pytest.fixture
def clock() -> Clock:
    """A clock at noon."""
    return Clock()


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Renames this machine, which is called ada-laptop otherwise."""

    def rename(name: str) -> None:
        monkeypatch.setattr("socket.gethostname", lambda: name)

    rename("ada-laptop")
    return rename


def served(context: ssl.SSLContext) -> x509.Certificate:
    """The certificate that a context shows."""
    client = ssl.create_default_context()
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    shown = handshake(context, client, None).getpeercert(binary_form=True)
    assert shown is not None
    return x509.load_der_x509_certificate(shown)


def hosts(context: ssl.SSLContext) -> set[str]:
    """The names and addresses that a context vouches for."""
    named = served(context).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(each.value) for each in named}


def connect(made: Certificates, context: ssl.SSLContext, host: str) -> None:
    """Shake hands as a device that trusts this authority alone. Raises ssl.SSLError."""
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # The clock of this test is not the machine's.
    trusting.verify_flags |= ssl.VerifyFlags(0x200000)  # X509_V_FLAG_NO_CHECK_TIME
    trusting.load_verify_locations(cadata=made.authority_der())
    handshake(context, trusting, host)


def handshake(server: ssl.SSLContext, client: ssl.SSLContext, host: str | None) -> ssl.SSLObject:
    """Shake hands without a network; the client's side."""
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    asks = client.wrap_bio(back, there, server_hostname=host)
    answers = server.wrap_bio(there, back, server_side=True)
    for _ in range(3):
        for side in (asks, answers):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert asks.version() is not None
    return asks


def test_a_device_that_trusts_the_authority_finds_the_server_under_all_its_names(tmp_path: Path, clock: Clock) -> None:
    made = Certificates(tmp_path, "Workshop", clock)
    context = made.context(["chat.local"], ["192.168.1.20", "10.0.0.7", "fd00::5"])
    named = {"192.168.1.20", "10.0.0.7", "fd00::5", "127.0.0.1", "::1", "chat.local", "localhost", "ada-laptop"}
    assert hosts(context) == named
    for host in named:
        connect(made, context, host)
    with pytest.raises(ssl.SSLError):
        connect(made, context, "192.168.1.21")


def test_what_is_public_is_left_out(tmp_path: Path, clock: Clock) -> None:
    made = Certificates(tmp_path, "Workshop", clock)
    outside = ["8.8.8.8", "2001:db8::1", "172.32.0.1"]
    context = made.context(["chat.example.com", "local.example", "Chat.LOCAL.", "bad_name.local"], outside)
    assert hosts(context) == {"chat.local", "localhost", "ada-laptop", "127.0.0.1", "::1"}
    assert not any(made.covers(host) for host in (*outside, "example.com", "notlocal", "-x.local", "*.local", ""))
    assert all(made.covers(host) for host in ("a.lan", "a.home.arpa", "100.64.0.1", "169.254.1.1", "fe80::1"))


@pytest.mark.parametrize("host", ["example.com", "8.8.8.8", "2001:db8::1", "studio"])
def test_even_the_key_of_the_authority_can_vouch_for_nothing_public(tmp_path: Path, clock: Clock, host: str) -> None:
    made = Certificates(tmp_path, "Workshop", clock)
    kept = (tmp_path / "authority.pem").read_bytes()
    authority, key = x509.load_pem_x509_certificate(kept), serialization.load_pem_private_key(kept, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    stolen = ec.generate_private_key(ec.SECP256R1())
    forged = (
        x509.CertificateBuilder(authority.subject, certificates._called("x"), stolen.public_key(), 7, NOON, NOON)
        .add_extension(x509.SubjectAlternativeName([certificates._named(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "forged.pem"
    pair = certificates._keep(certificates._Pair(stolen, forged), file)
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        connect(made, certificates._context(file), host)
    assert pair.certificate == forged


@pytest.mark.parametrize("name", ["studio", "xn--80asehdb", "com"])
def test_a_machine_named_like_a_domain_of_the_internet_gives_no_power_over_it(
    tmp_path: Path, clock: Clock, machine: Callable[[str], None], name: str
) -> None:
    machine(name)
    made = Certificates(tmp_path, "Workshop", clock)
    assert not made.covers(name)
    assert not made.covers(f"www.{name}")
    assert hosts(made.context([f"{name}.local"], [])) == {f"{name}.local", "localhost", "127.0.0.1", "::1"}


def test_the_authority_signs_servers_only_and_no_further_authority(tmp_path: Path, clock: Clock) -> None:
    made = Certificates(tmp_path, "Workshop", clock)
    authority = x509.load_der_x509_certificate(made.authority_der())
    limits = authority.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (limits.critical, limits.value) == (True, x509.BasicConstraints(ca=True, path_length=0))
    assert authority.extensions.get_extension_for_class(x509.NameConstraints).critical
    usage = authority.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [each.dotted_string for each in usage] == ["1.3.6.1.5.5.7.3.1"]


def test_keys_are_private_and_the_certificate_to_give_away_holds_none(tmp_path: Path, clock: Clock) -> None:
    made = Certificates(tmp_path / "certificates", "Workshop", clock)
    made.context([], [])
    for file in (tmp_path / "certificates").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert b"PRIVATE KEY" in file.read_bytes()
    assert stat.S_IMODE((tmp_path / "certificates").stat().st_mode) == 0o700
    # The certificate and nothing after it: this loader takes no more and no less.
    given = made.authority_der()
    assert x509.load_der_x509_certificate(given).public_bytes(serialization.Encoding.DER) == given


def test_it_stays_the_same_over_restarts(tmp_path: Path, clock: Clock) -> None:
    first = Certificates(tmp_path, "Workshop", clock)
    shown = served(first.context(["chat.local"], ["10.0.0.7"]))
    again = Certificates(tmp_path, "Another name", clock)
    assert again.authority_der() == first.authority_der()
    assert served(again.context(["chat.local"], ["10.0.0.7"])) == shown


def test_another_certificate_is_made_only_when_addresses_or_names_change(tmp_path: Path, clock: Clock) -> None:
    made = Certificates(tmp_path, "Workshop", clock)
    context = made.context(["chat.local"], ["10.0.0.7", "10.0.0.8"])
    assert made.context(["CHAT.local"], ["10.0.0.8", "10.0.0.7", "fe80::1%eth0"]) is context
    moved = made.context(["chat.local"], ["10.0.0.9"])
    assert moved is not context
    assert "10.0.0.9" in hosts(moved)
    assert "10.0.0.7" not in hosts(moved)
    assert "10.0.0.7" in hosts(context), "who holds the old one is not disturbed"


def test_a_certificate_is_renewed_before_it_ends(tmp_path: Path, clock: Clock) -> None:
    made = Certificates(tmp_path, "Workshop", clock)
    context = made.context([], [])
    ends = served(context).not_valid_after_utc
    clock.now = ends - timedelta(days=31)
    assert made.context([], []) is context
    clock.now = ends - timedelta(days=30)
    assert served(made.context([], [])).not_valid_after_utc > ends


def test_wrong_clocks_are_borne_with(tmp_path: Path, clock: Clock) -> None:
    made = Certificates(tmp_path, "Workshop", clock)
    shown = served(made.context([], []))
    assert shown.not_valid_before_utc <= NOON - timedelta(days=30)
    assert shown.not_valid_after_utc - shown.not_valid_before_utc <= timedelta(days=397)
    # A machine without a battery starts in 1970: the authority is kept, a certificate made, and renewed afterwards.
    clock.now = datetime(1970, 1, 1, tzinfo=UTC)
    started = Certificates(tmp_path, "Workshop", clock)
    assert started.authority_der() == made.authority_der()
    assert served(started.context([], [])).not_valid_before_utc < clock.now
    clock.now = NOON
    assert served(started.context([], [])).not_valid_after_utc > NOON


def test_an_authority_that_is_over_is_replaced(tmp_path: Path, clock: Clock) -> None:
    first = Certificates(tmp_path, "Workshop", clock)
    first.context([], [])
    clock.now += timedelta(days=3651)
    second = Certificates(tmp_path, "Workshop", clock)
    assert second.authority_der() != first.authority_der()
    connect(second, second.context([], []), "localhost")


def test_the_authority_is_named_for_the_chat_and_the_machine(tmp_path: Path, clock: Clock) -> None:
    names = set()
    for number, label in enumerate(("Workshop", "Workshop", "ワークショップ" * 9 + "x")):
        made = Certificates(tmp_path / str(number), label, clock)
        names.add(x509.load_der_x509_certificate(made.authority_der()).subject.rfc4514_string())
    assert len(names) == 3, "two of the same chat differ"
    assert sum("CN=Workshop (ada-laptop) " in name for name in names) == 2


def test_what_cannot_be_used_refuses_in_words(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StartRefused, match="cannot be used"):
        Certificates(tmp_path / "file", "Workshop", clock)
    Certificates(tmp_path, "Workshop", clock)
    (tmp_path / "authority.pem").write_text("torn")
    with pytest.raises(StartRefused, match="is damaged: restore it, or delete it"):
        Certificates(tmp_path, "Workshop", clock)


def test_old_tls_is_refused(tmp_path: Path, clock: Clock) -> None:
    context = Certificates(tmp_path, "Workshop", clock).context([], [])
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_a_chat_without_https_does_not_load_the_library() -> None:
    asked = "import sys, chatapp.cli, chatapp.launcher, chatapp.app; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0
