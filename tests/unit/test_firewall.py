"""What stands between the chat and its visitors, by what other systems tell."""

import pytest

from chatapp.lan.firewall import decide
from chatapp.lan.firewall_facts import Facts

UFW = 'ENABLED=yes\nDEFAULT_INPUT_POLICY="DROP"\n'
NFTABLES = """\
table inet filter {
	chain input {
		type filter hook input priority filter; policy %s;
		iif "lo" accept
		ct state established,related accept
		meta l4proto ipv6-icmp accept
		tcp dport { 22, 80, 8000-8100 } accept comment "a few"
		jump more
%s	}

	chain more {
%s	}
}
"""
IPTABLES = "-P INPUT %s\n-A INPUT -i lo -j ACCEPT\n-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT\n"
FIREWALLD = (
    "public (default)\n  target: default\n  interfaces: \n  services: dhcpv6-client ssh\n  ports: %s\n  rich rules: \n"
)


def said(facts: Facts, port: int = 5000) -> str | None:
    """The command that is recommended, None where nothing stands in the way."""
    found = decide(facts, port)
    if found is None:
        return None
    assert found.is_closed, found
    return found.command


@pytest.mark.parametrize(
    ("rules", "is_open"),
    [
        ("", False),
        ("### tuple ### allow tcp 5000 0.0.0.0/0 any 0.0.0.0/0 in\n", True),
        ("### tuple ### allow any 4990:5010 0.0.0.0/0 any 0.0.0.0/0 in\n", True),
        ("### tuple ### allow any any 0.0.0.0/0 any 192.168.1.0/24 in\n", True),
        ("### tuple ### allow udp 5000 0.0.0.0/0 any 0.0.0.0/0 in\n", False),
        ("### tuple ### deny tcp 5000 0.0.0.0/0 any 0.0.0.0/0 in\n", False),
        ("### tuple ### allow tcp 22,80,5000 0.0.0.0/0 any 0.0.0.0/0 Web%20Full - in\n", True),
        ("### tuple ### allow tcp 500 0.0.0.0/0 any 0.0.0.0/0 in\n", False),
    ],
)
def test_ufw(rules: str, *, is_open: bool) -> None:
    assert said(Facts(ufw=UFW, ufw_rules=rules)) == (None if is_open else "sudo ufw allow 5000/tcp")


def test_ufw_that_is_off_or_lets_everybody_in_is_not_in_the_way() -> None:
    assert said(Facts(ufw=UFW.replace("yes", "no"), ufw_rules="", is_complete=True)) is None
    assert said(Facts(ufw=UFW.replace("DROP", "ACCEPT"), ufw_rules="")) is None


def test_what_only_root_sees_is_said_to_be_unseen() -> None:
    found = decide(Facts(ufw=UFW), 5000)
    assert found is not None
    assert (found.is_closed, found.command) == (False, "sudo ufw allow 5000/tcp")
    unseen = decide(Facts(), 5000)
    assert unseen is not None
    assert (unseen.is_closed, unseen.command) == (False, None)
    assert decide(Facts(is_complete=True), 5000) is None


@pytest.mark.parametrize(
    ("ports", "is_open"), [("", False), ("1025-65535/udp 1025-65535/tcp", True), ("5000/udp", False)]
)
def test_firewalld(ports: str, *, is_open: bool) -> None:
    command = said(Facts(firewalld=FIREWALLD % ports))
    assert (command is None) == is_open
    assert is_open or "firewall-cmd --permanent --add-port=5000/tcp" in str(command)


def test_a_zone_of_firewalld_that_trusts_everybody_is_not_in_the_way() -> None:
    assert said(Facts(firewalld=FIREWALLD.replace("default\n", "ACCEPT\n") % "")) is None


@pytest.mark.parametrize(
    ("policy", "last", "more", "is_open"),
    [
        ("drop", "", "", False),
        ("accept", "", "", True),
        ("accept", "\t\tcounter packets 0 bytes 0 reject with icmp type admin-prohibited\n", "", False),
        ("drop", "", "\t\ttcp dport 5000 accept\n", True),
        ("drop", "", "\t\tip saddr 192.168.0.0/16 accept\n", True),
        ("drop", "", "\t\tudp dport 5000 accept\n", False),
    ],
)
def test_nftables(policy: str, last: str, more: str, *, is_open: bool) -> None:
    command = said(Facts(nftables=NFTABLES % (policy, last, more)))
    assert command == (None if is_open else "sudo nft insert rule inet filter input tcp dport 5000 accept")


def test_nftables_with_a_set_that_has_the_port() -> None:
    assert said(Facts(nftables=NFTABLES % ("drop", "", "")), 8042) is None


@pytest.mark.parametrize(
    ("policy", "rule", "is_open"),
    [
        ("ACCEPT", "", True),
        ("DROP", "", False),
        ("DROP", "-A INPUT -p tcp -m tcp --dport 5000 -j ACCEPT\n", True),
        ("DROP", "-A INPUT -p tcp -m multiport --dports 80,4000:6000 -j ACCEPT\n", True),
        ("DROP", "-A INPUT -p udp -m udp --dport 5000 -j ACCEPT\n", False),
        ("ACCEPT", "-A INPUT -j REJECT --reject-with icmp-host-prohibited\n", False),
    ],
)
def test_iptables(policy: str, rule: str, *, is_open: bool) -> None:
    command = said(Facts(nftables="", iptables=IPTABLES % policy + rule))
    assert command == (None if is_open else "sudo iptables -I INPUT -p tcp --dport 5000 -j ACCEPT")


@pytest.mark.parametrize(
    ("told", "is_open"),
    [
        ("network Private\nprofile Private True\n", False),
        ("network Private\nprofile Private False\n", True),
        ("network Private\nprofile Private True\nrule Allow Private, Domain\n", True),
        ("network Public\nprofile Public True\nrule Allow Private\n", False),
        ("network DomainAuthenticated\nprofile Domain True\nrule Allow Any\n", True),
    ],
)
def test_windows(told: str, *, is_open: bool) -> None:
    command = said(Facts(windows=told))
    assert (command is None) == is_open
    assert is_open or str(command).endswith("protocol=TCP localport=5000")


def test_windows_that_was_told_to_block_the_program_forgets_that_first() -> None:
    told = "network Public\nprofile Public True\nrule Block Public\nrule Allow Private\n"
    command = said(Facts(windows=told, program=r"C:\chat\chatapp.exe"))
    assert str(command).startswith(r'netsh advfirewall firewall delete rule name=all program="C:\chat\chatapp.exe" & ')


@pytest.mark.parametrize(
    ("told", "is_open"),
    [
        ("Firewall is disabled. (State = 0)\n", True),
        ("Firewall is enabled. (State = 1)\nIncoming connection to the application is permitted\n", True),
        ("Firewall is enabled. (State = 1)\nIncoming connection to the application is blocked\n", False),
        ("Firewall is blocking all non-essential incoming connections. (State = 2)\n", False),
    ],
)
def test_macos(told: str, *, is_open: bool) -> None:
    assert (said(Facts(macos=told)) is None) == is_open
