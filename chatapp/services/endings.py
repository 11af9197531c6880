"""What goes on for a session while it lasts, and is cut when it ends: connections, and answers that are long.

Guarantees: whoever was watching when a session ended is cut in the same turn of the event loop. Whoever asked for a
session while one ended asks again (`count` has moved): a session that was found is never one that had ended before.
"""

from collections.abc import Callable, Hashable, Iterable

from msgspec import Struct

from chatapp.domain.entities import Session, User

Cut = Callable[[], None]


class _Watched(Struct, eq=False):
    """A session for which something goes on, and what is called when it ends, by who watches."""

    user_id: int
    cuts: dict[Hashable, Cut]


class Endings:
    """Who is told of the end of which session; `count` is how often sessions have ended."""

    def __init__(self) -> None:
        self.count = 0
        self._watched: dict[bytes, _Watched] = {}

    def watch(self, session: Session, watcher: Hashable, cut: Cut) -> None:
        """Call `cut` when the session ends."""
        self._watched.setdefault(session.token_hash, _Watched(session.user.id, {})).cuts[watcher] = cut

    def forget(self, session: Session, watcher: Hashable) -> None:
        """Do not any more. Doing so again changes nothing."""
        watched = self._watched.get(session.token_hash)
        if watched is not None:
            watched.cuts.pop(watcher, None)
            if not watched.cuts:
                del self._watched[session.token_hash]

    def lasting(self) -> list[bytes]:
        """The hashes of the tokens of the sessions for which something goes on."""
        return [*self._watched]

    def end(self, ended: Iterable[Session]) -> None:
        """Cut whatever goes on for sessions that have ended in the database."""
        for session in ended:
            self._end(session.token_hash)

    def end_of(self, user: User) -> None:
        """Cut whatever goes on for a person whose sessions have all ended in the database."""
        self.count += 1
        for token_hash in [one for one, watched in self._watched.items() if watched.user_id == user.id]:
            self._end(token_hash)

    def _end(self, token_hash: bytes) -> None:
        self.count += 1
        watched = self._watched.pop(token_hash, None)
        for cut in watched.cuts.values() if watched is not None else ():
            cut()
