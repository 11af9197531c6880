"""What others on the bus can call, as tables: interfaces with their methods and properties, and the answer to a call.

Values are as jeepney has them: a tuple for a struct, a list for an array, `(signature, value)` for a variant.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

Values = tuple[Any, ...]

_ERROR = "org.freedesktop.DBus.Error."
# Of the specification of D-Bus: they stand for an interface nobody named, and for the things every object can do.
_PROPERTIES = "org.freedesktop.DBus.Properties"
_INTROSPECTABLE = "org.freedesktop.DBus.Introspectable"
_PEER = "org.freedesktop.DBus.Peer"


class Refusal(Exception):
    """Why a call is not answered; `name` is one of the errors that D-Bus knows, without what they all begin with."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(sentence)
        self.name = _ERROR + name


@dataclass(frozen=True, slots=True)
class Method:
    """What `act` takes and returns, as the types of D-Bus, one of each argument."""

    takes: Sequence[str]
    gives: Sequence[str]
    act: Callable[..., Values]


@dataclass(frozen=True, slots=True)
class Interface:
    """A named set of methods, and of properties (name → type and value), which never change."""

    name: str
    methods: Mapping[str, Method]
    properties: Mapping[str, tuple[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """What somebody on the bus wants; `interface` may be left out."""

    path: str
    interface: str | None
    member: str
    signature: str
    body: Values


Objects = Mapping[str, Sequence[Interface]]
"""What there is: path → the interfaces of the object there."""


def answer(objects: Objects, call: Call) -> tuple[str, Values]:
    """Do what is asked and return the signature and the values of the answer. Raises Refusal."""
    known = objects.get(call.path)
    inner = _inner(objects, call.path)
    if known is None and not inner:
        raise Refusal("UnknownObject", f"There is nothing at {call.path}.")
    interfaces = [*(known or ()), *_standard(known or (), inner)]
    method = _method(interfaces, call)
    if call.signature != "".join(method.takes):
        raise Refusal("InvalidArgs", f"{call.member} takes ({''.join(method.takes)}), not ({call.signature}).")
    return "".join(method.gives), method.act(*call.body)


def _inner(objects: Objects, path: str) -> list[str]:
    """The names of what lies right below a path."""
    stem = path.rstrip("/") + "/"
    return sorted({other.removeprefix(stem).split("/")[0] for other in objects if other.startswith(stem)} - {""})


def _method(interfaces: Sequence[Interface], call: Call) -> Method:
    for interface in interfaces:
        if call.interface in {None, interface.name} and (method := interface.methods.get(call.member)):
            return method
    raise Refusal("UnknownMethod", f"There is no {call.interface or 'method'} {call.member} at {call.path}.")


def _standard(interfaces: Sequence[Interface], inner: Sequence[str]) -> list[Interface]:
    """The interfaces that every object has: its properties, what it is, and that it lives."""

    def properties_of(name: str) -> Mapping[str, tuple[str, Any]]:
        for interface in interfaces:
            if interface.name == name:
                return interface.properties
        raise Refusal("UnknownInterface", f"There is no {name} here.")

    def get(interface: str, name: str) -> Values:
        properties = properties_of(interface)
        if name not in properties:
            raise Refusal("UnknownProperty", f"{interface} has no {name}.")
        return (properties[name],)

    def set_(interface: str, name: str, _value: Any) -> Values:
        get(interface, name)
        raise Refusal("PropertyReadOnly", f"{name} cannot be changed.")

    standard = [
        Interface(
            _PROPERTIES,
            {
                "Get": Method(("s", "s"), ("v",), get),
                "GetAll": Method(("s",), ("a{sv}",), lambda name: (dict(properties_of(name)),)),
                "Set": Method(("s", "s", "v"), (), set_),
            },
        ),
        Interface(_PEER, {"Ping": Method((), (), tuple)}),
    ]
    described = partial(_described, [*interfaces, *standard], inner)
    return [*standard, Interface(_INTROSPECTABLE, {"Introspect": Method((), ("s",), lambda: (described(),))})]


def _described(interfaces: Sequence[Interface], inner: Sequence[str]) -> str:
    """What an object is, in the XML of D-Bus."""
    lines = ["<node>"]
    for interface in interfaces:
        lines.append(f'<interface name="{interface.name}">')
        for name, method in interface.methods.items():
            lines.append(f'<method name="{name}">')
            lines += [f'<arg type="{one}" direction="in"/>' for one in method.takes]
            lines += [f'<arg type="{one}" direction="out"/>' for one in method.gives]
            lines.append("</method>")
        lines += [
            f'<property name="{name}" type="{kind}" access="read"/>' for name, (kind, _) in interface.properties.items()
        ]
        lines.append("</interface>")
    lines += [f'<node name="{name}"/>' for name in inner]
    return "\n".join([*lines, "</node>"])
