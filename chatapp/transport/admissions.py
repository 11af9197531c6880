"""The table of Socket.IO connections: which session each is on, and whether it was admitted.

Mechanism: python-socketio's seam for it is the client manager. The stock one keeps a room for each connection and walks
through all rooms whenever one ends; here a connection is one entry, and whether it was admitted stands in its session.

Guarantees: a session has at most one connection, in the one namespace there is.

Cost: one entry; making, finding and ending a connection take the same time however many there are.
tests/integration/test_wire.py fails when the manager's methods move.
"""

from typing import Any

from socketio.async_manager import AsyncManager

from chatapp.transport.session import Session

NAMESPACE = "/"


class Admissions(AsyncManager):  # type: ignore[misc]
    """Connections by their id; those that are being admitted or ended stand in it too."""

    server: Any  # the library sets it

    def __init__(self) -> None:
        super().__init__()
        self.sessions: dict[str, Session] = {}

    def admitted(self, eio_sid: str, namespace: str) -> str | None:
        """The admitted connection on a session."""
        session = self.server.eio.sockets.get(eio_sid)
        return session.connection if session is not None and session.is_admitted and namespace == NAMESPACE else None

    def forget(self, session: Session) -> None:
        """A connection has ended; its session may make another."""
        self.sessions.pop(session.connection or "", None)
        session.connection = None
        session.is_admitted = False

    def get_namespaces(self) -> Any:
        """The one there is."""
        return [NAMESPACE]

    def sid_from_eio_sid(self, eio_sid: str, namespace: str) -> str | None:
        """The connection on a session, admitted or not."""
        session = self.server.eio.sockets.get(eio_sid)
        return session.connection if session is not None and namespace == NAMESPACE else None

    def eio_sid_from_sid(self, sid: str, namespace: str) -> str | None:
        """The session of a connection."""
        session = self.sessions.get(sid)
        return session.sid if session is not None and namespace == NAMESPACE else None

    def is_connected(self, sid: str | None, namespace: str) -> bool:
        """Whether a connection was admitted and has not ended."""
        session = self.sessions.get(sid or "")
        return session is not None and session.is_admitted and namespace == NAMESPACE

    def pre_disconnect(self, sid: str, namespace: str) -> str | None:  # noqa: ARG002 - there is only one
        """A connection is about to end: it is not admitted any more."""
        session = self.sessions.get(sid)
        if session is None:
            return None
        session.is_admitted = False
        return str(session.sid)

    async def pre_connect(self, eio_sid: str, namespace: str) -> str | None:  # noqa: ARG002
        """Begin a connection; None when the session has one."""
        session = self.server.eio.sockets.get(eio_sid)
        if session is None or session.connection is not None:
            return None
        sid: str = self.server.eio.generate_id()
        session.connection = sid
        self.sessions[sid] = session
        return sid

    async def connect(self, sid: str, namespace: str) -> str:  # noqa: ARG002
        """Admit a connection."""
        self.sessions[sid].is_admitted = True
        return sid

    async def disconnect(self, sid: str, namespace: str, **_: Any) -> None:  # noqa: ARG002
        """A connection has ended, or was not admitted."""
        session = self.sessions.get(sid)
        if session is not None:
            self.forget(session)
