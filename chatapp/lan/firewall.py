"""Says what of this system's firewall stands between the chat and its visitors, and the one command that lets them in.

`decide` works on facts alone. It errs on the side of silence: a rule it does not understand counts as one that lets
visitors in, and only a firewall that is closed by default and has no rule for the port is reported.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chatapp.lan.firewall_facts import Facts, collect

_IPTABLES = "sudo iptables -I INPUT -p tcp --dport {port} -j ACCEPT"


@dataclass(frozen=True, slots=True)
class Hint:
    """What stands in the way as far as can be seen (`is_closed`), or what could not be seen; and what to type."""

    is_closed: bool
    text: str
    command: str | None = None


def hint(port: int) -> Hint | None:
    """Return what stands in the way of visitors to `port`, None where nothing was seen. Takes seconds on Windows."""
    return decide(collect(), port)


def decide(facts: Facts, port: int) -> Hint | None:
    """Return what stands in the way of visitors to `port` by these facts, None where nothing does."""
    asked: tuple[tuple[str | None, Callable[[Facts, int], Hint | None]], ...] = (
        (facts.windows, _windows),
        (facts.macos, _macos),
        # These two write the rules of the two below, and are what people use.
        (facts.ufw if _is_on(facts.ufw) else None, _ufw),
        (facts.firewalld, _firewalld),
        (facts.nftables or None, _nftables),
        (facts.iptables, _iptables),
    )
    for fact, answer in asked:
        if fact is not None:
            return answer(facts, port)
    if facts.is_complete or facts.nftables is not None:
        return None
    return Hint(False, "Whether a firewall is in the way can only be seen by an administrator.")


def _is_on(ufw: str | None) -> bool:
    return ufw is not None and re.search(r"^ENABLED=yes", ufw, re.MULTILINE) is not None


def _ufw(facts: Facts, port: int) -> Hint | None:
    command = f"sudo ufw allow {port}/tcp"
    if re.search(r'^DEFAULT_INPUT_POLICY="?ACCEPT', facts.ufw or "", re.MULTILINE):
        return None
    if facts.ufw_rules is None:
        return Hint(False, "The firewall ufw is on; only root can see whether it lets visitors in.", command)
    # Such as: ### tuple ### allow tcp 5000 0.0.0.0/0 any 192.168.1.0/24 in
    for action, protocol, ports in re.findall(r"^### tuple ### (\w+) (\w+) (\S+) ", facts.ufw_rules, re.MULTILINE):
        if action in {"allow", "limit"} and protocol in {"tcp", "any"} and _covers(ports, port):
            return None
    return Hint(True, f"The firewall ufw lets nobody in on port {port}.", command)


def _firewalld(facts: Facts, port: int) -> Hint | None:
    listing = facts.firewalld or ""
    opened = re.search(r"^\s*ports:(.*)$", listing, re.MULTILINE)
    ranges = [text.removesuffix("/tcp") for text in (opened[1].split() if opened else []) if text.endswith("/tcp")]
    if re.search(r"^\s*target: ACCEPT", listing, re.MULTILINE) or any(_covers(text, port) for text in ranges):
        return None
    return Hint(
        True,
        f"The firewall firewalld lets nobody in on port {port}.",
        f"sudo sh -c 'firewall-cmd --add-port={port}/tcp && firewall-cmd --permanent --add-port={port}/tcp'",
    )


def _nftables(facts: Facts, port: int) -> Hint | None:
    for table, chain, rules in _input_chains(facts.nftables or ""):
        if not _is_closed(rules) or any(_lets_in(rule, port) for rule in rules):
            continue
        command = f"sudo nft insert rule {table} {chain} tcp dport {port} accept"
        if (table, chain) == ("ip filter", "INPUT"):
            command = _IPTABLES.format(port=port)
        return Hint(True, f"The firewall (nftables, chain {chain} of {table}) lets nobody in on port {port}.", command)
    return None


def _input_chains(ruleset: str) -> Iterator[tuple[str, str, list[str]]]:
    """Yield table, name and rules of each chain that filters what comes in, with those of the chains it jumps to."""
    # Sets stand in braces as chains do; on one line they are no blocks.
    flat = re.sub(r"\{([^{}\n]*)\}", r"(\1)", ruleset)
    # Visitors come by IPv4 first: a chain for IPv6 alone keeps out few.
    for table, body in re.findall(r"^table ((?:ip|inet) \S+) \{\n(.*?)^\}", flat, re.MULTILINE | re.DOTALL):
        chains: dict[str, list[str]] = {
            name: [line.strip() for line in lines.splitlines() if line.strip()]
            for name, lines in re.findall(r"^\tchain (\S+) \{\n(.*?)^\t\}", body, re.MULTILINE | re.DOTALL)
        }
        for name, rules in chains.items():
            if rules and rules[0].startswith("type filter hook input"):
                yield table, name, _with_jumps(name, chains, set())


def _with_jumps(name: str, chains: dict[str, list[str]], seen: set[str]) -> list[str]:
    seen.add(name)
    rules: list[str] = []
    for rule in chains.get(name, []):
        jump = re.search(r"\b(?:jump|goto) (\S+)$", rule)
        if jump is None:
            rules.append(rule)
        elif jump[1] not in seen:
            rules += _with_jumps(jump[1], chains, seen)
    return rules


def _is_closed(rules: list[str]) -> bool:
    """Tell whether a chain refuses what no rule accepts: by its policy, or by its last rule."""
    return (
        "policy drop" in rules[0] or re.match(r"(counter packets \d+ bytes \d+ )?(drop|reject)", rules[-1]) is not None
    )


def _lets_in(rule: str, port: int) -> bool:
    if not re.search(r"\baccept( comment \".*\")?$", rule):
        return False
    ports = re.search(r"\b(?:tcp|th) dport (?:\(([^)]*)\)|(\S+))", rule)
    if ports is not None:
        return _covers((ports[1] or ports[2]).replace(" ", ""), port)
    # What only lets in answers, this machine itself, pings or other protocols.
    return re.search(r"\bct state\b|\biif(name)? \"lo\"|icmp|udp|\bdport\b|l4proto|igmp", rule) is None


def _iptables(facts: Facts, port: int) -> Hint | None:
    rules = (facts.iptables or "").splitlines()
    last = rules[-1] if rules else ""
    if "-P INPUT DROP" not in rules and not last.startswith(("-A INPUT -j DROP", "-A INPUT -j REJECT")):
        return None
    for rule in rules:
        ports = re.search(r"--dports? (\S+)", rule)
        is_for_others = re.search(r"state|-i lo |-p (?!tcp)", rule) is not None
        if rule.endswith("-j ACCEPT") and not is_for_others and (ports is None or _covers(ports[1], port)):
            return None
    command = _IPTABLES.format(port=port)
    return Hint(True, f"The firewall (iptables) lets nobody in on port {port}.", command)


def _windows(facts: Facts, port: int) -> Hint | None:
    lines = [line.split(maxsplit=2) for line in (facts.windows or "").splitlines() if line.strip()]
    # Networks of a domain are called otherwise here than in rules.
    networks = {words[1].replace("DomainAuthenticated", "Domain") for words in lines if words[0] == "network"}
    off = {words[1] for words in lines if words[0] == "profile" and words[-1] == "False"}
    rules = [(words[1], words[-1]) for words in lines if words[0] == "rule" and len(words) == 3]
    closed = sorted(
        networks - off - {name for action, where in rules if action == "Allow" for name in _networks(where)}
    )
    blocked = [where for action, where in rules if action == "Block" and networks & _networks(where)]
    opened = f'netsh advfirewall firewall add rule name="chatapp" dir=in action=allow protocol=TCP localport={port}'
    if blocked:
        command = f'netsh advfirewall firewall delete rule name=all program="{facts.program}" & {opened}'
        return Hint(True, "Windows blocks this program: its question was once answered with Cancel.", command)
    if not closed:
        return None
    kind = " and ".join(closed)
    return Hint(True, f"Windows has no rule that lets visitors in from networks of the kind {kind}.", opened)


def _networks(where: str) -> set[str]:
    names = {name.strip() for name in where.split(",")}
    return {"Public", "Private", "Domain"} if "Any" in names else names


def _macos(facts: Facts, port: int) -> Hint | None:  # noqa: ARG001 - its firewall knows programs, not ports
    answer, tool = facts.macos or "", "sudo /usr/libexec/ApplicationFirewall/socketfilterfw"
    if "State = 2" in answer:
        return Hint(True, "The firewall of macOS blocks all incoming connections.", f"{tool} --setblockall off")
    if "State = 1" in answer and "block" in answer.lower() and "permitted" not in answer:
        command = f'{tool} --add "{facts.program}" --unblockapp "{facts.program}"'
        return Hint(True, "The firewall of macOS blocks this program.", command)
    return None


def _covers(ports: str, port: int) -> bool:
    """Tell whether a list such as `80,5000:5010`, `5000-5010` or `any` has the port."""
    for text in ports.split(","):
        first, _, last = text.replace(":", "-").partition("-")
        if first == "any" or (first.isdigit() and int(first) <= port <= int(last if last.isdigit() else first)):
            return True
    return False
