"""What is cut when a session ends."""

from chatapp.domain.entities import Session, User
from chatapp.services.endings import Endings

ADA = User(1, "Ada", "member", is_temporary=False)
BO = User(2, "Bo", "member", is_temporary=False)


def session(user: User, number: int) -> Session:
    """A session of this person."""
    return Session(bytes([number]), user, number, 0, 1, 0)


def test_who_watches_a_session_is_cut_once_and_nobody_else() -> None:
    endings, cut = Endings(), list[str]()
    first, second = session(ADA, 1), session(ADA, 2)
    endings.watch(first, "socket", lambda: cut.append("socket"))
    endings.watch(first, "download", lambda: cut.append("download"))
    endings.watch(second, "other", lambda: cut.append("other"))
    endings.end([first, first])
    assert cut == ["socket", "download"]
    assert endings.lasting() == [second.token_hash]
    assert endings.count == 2


def test_who_watches_no_more_is_not_cut() -> None:
    endings, cut = Endings(), list[str]()
    endings.watch(session(ADA, 1), "socket", lambda: cut.append("socket"))
    endings.forget(session(ADA, 1), "socket")
    endings.forget(session(ADA, 1), "socket")
    endings.end([session(ADA, 1)])
    assert (cut, endings.lasting()) == ([], [])


def test_all_sessions_of_a_person_end_together() -> None:
    endings, cut = Endings(), list[int]()
    for one in (session(ADA, 1), session(BO, 2), session(ADA, 3)):
        endings.watch(one, "socket", lambda number=one.id: cut.append(number))  # type: ignore[misc]
    endings.end_of(ADA)
    assert cut == [1, 3]
