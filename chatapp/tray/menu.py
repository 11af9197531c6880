"""The menu of the icon, as desktops ask for it: `com.canonical.dbusmenu`, version 3.

The whole is the item 0; its entries are the items 1, 2, …, and none has entries of its own.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from chatapp.tray.objects import Interface, Method, Refusal, Values

_WHOLE = 0
# Counts the forms a menu has had; this one never changes.
_REVISION = 1
_ITEM = "(ia{sv}av)"


class Menu:
    """A menu of these entries: what each is called, and what it does when it is clicked."""

    def __init__(self, entries: Sequence[tuple[str, Callable[[], None]]]) -> None:
        self._items: dict[int, dict[str, tuple[str, Any]]] = {_WHOLE: {"children-display": ("s", "submenu")}}
        self._items |= {position: {"label": ("s", label)} for position, (label, _) in enumerate(entries, start=1)}
        self._acts = {position: act for position, (_, act) in enumerate(entries, start=1)}

    def interface(self) -> Interface:
        """What desktops call."""
        return Interface(
            "com.canonical.dbusmenu",
            {
                "GetLayout": Method(("i", "i", "as"), ("u", _ITEM), self._layout),
                "GetGroupProperties": Method(("ai", "as"), ("a(ia{sv})",), self._group),
                "GetProperty": Method(("i", "s"), ("v",), self._property),
                "Event": Method(("i", "s", "v", "u"), (), self._event),
                "EventGroup": Method(("a(isvu)",), ("ai",), self._events),
                "AboutToShow": Method(("i",), ("b",), self._about_to_show),
                "AboutToShowGroup": Method(("ai",), ("ai", "ai"), lambda ids: ([], self._unknown(ids))),
            },
            {
                "Version": ("u", 3),
                "TextDirection": ("s", "ltr"),
                "Status": ("s", "normal"),
                "IconThemePath": ("as", []),
            },
        )

    def _layout(self, item: int, depth: int, names: Collection[str]) -> Values:
        """An item with `depth` levels of what is in it, -1 for all."""
        inner = list(self._acts) if item == _WHOLE and depth != 0 else []
        return _REVISION, (item, self._some(item, names), [(_ITEM, (one, self._some(one, names), [])) for one in inner])

    def _some(self, item: int, names: Collection[str]) -> dict[str, tuple[str, Any]]:
        """The properties of an item that are asked for; all where none is named. Raises Refusal for an unknown item."""
        properties = self._known(item)
        return {name: value for name, value in properties.items() if not names or name in names}

    def _known(self, item: int) -> dict[str, tuple[str, Any]]:
        if item not in self._items:
            raise Refusal("InvalidArgs", f"The menu has no item {item}.")
        return self._items[item]

    def _group(self, items: Sequence[int], names: Collection[str]) -> Values:
        known = [item for item in items or self._items if item in self._items]
        return ([(item, self._some(item, names)) for item in known],)

    def _property(self, item: int, name: str) -> Values:
        if name not in (properties := self._known(item)):
            raise Refusal("InvalidArgs", f"The item {item} has no {name}.")
        return (properties[name],)

    def _event(self, item: int, kind: str, _details: Any, _time: int) -> Values:
        self._known(item)
        if kind == "clicked" and item in self._acts:
            self._acts[item]()
        return ()

    def _events(self, events: Sequence[tuple[int, str, Any, int]]) -> Values:
        unknown = self._unknown([event[0] for event in events])
        for event in events:
            if event[0] not in unknown:
                self._event(*event)
        return (unknown,)

    def _about_to_show(self, item: int) -> Values:
        self._known(item)
        return (False,)

    def _unknown(self, items: Sequence[int]) -> list[int]:
        return [item for item in items if item not in self._items]
