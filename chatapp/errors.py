"""What a client can be told: one class per code of the closed set in the wire contract."""

from typing import Any, ClassVar


class ChatError(Exception):
    """A refusal in words a person can act on.

    `code` names it for programs, `status` is its HTTP status, `field` the input it is about,
    `retry_after` the seconds after which another try can succeed.
    """

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500

    def __init__(self, message: str, *, field: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.retry_after = retry_after

    def to_wire(self) -> dict[str, Any]:
        """The error as it stands in an acknowledgement: `{code, message, field?, retry_after?}`."""
        wire: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.field is not None:
            wire["field"] = self.field
        if self.retry_after is not None:
            wire["retry_after"] = self.retry_after
        return wire


class BadRequest(ChatError):
    """The input is not of the form the contract gives it."""

    code = "bad_request"
    status = 400


class TooLong(ChatError):
    """A text is longer than allowed."""

    code = "too_long"
    status = 413


class NotIdentified(ChatError):
    """The caller has no name yet, or a token that is no longer good."""

    code = "not_identified"
    status = 401


class Forbidden(ChatError):
    """The caller is known and may not do this."""

    code = "forbidden"
    status = 403


class Misdirected(Forbidden):
    """The request was meant for a host that this server is not."""

    status = 421


class NotFound(ChatError):
    """There is no such thing, or none the caller may see."""

    code = "not_found"
    status = 404


class Taken(ChatError):
    """The name belongs to somebody else."""

    code = "taken"
    status = 409


class Conflict(ChatError):
    """The thing has changed so that this cannot be done any more."""

    code = "conflict"
    status = 409


class RateLimited(ChatError):
    """Too much in too short a time; `retry_after` says when to go on."""

    code = "rate_limited"
    status = 429


class Unavailable(ChatError):
    """The server cannot store or answer at this moment; trying again later can help."""

    code = "unavailable"
    status = 503


class Internal(ChatError):
    """The server made a mistake, which is in its log."""

    code = "internal"
    status = 500


CLASSES: tuple[type[ChatError], ...] = (
    BadRequest, TooLong, NotIdentified, Forbidden, NotFound, Taken, Conflict, RateLimited, Unavailable, Internal,
)  # fmt: skip


class StartRefused(Exception):
    """The program cannot start, or go on; the message is one sentence for whoever started it, shown without a
    traceback.
    """

    def __init__(self, message: str, *, exit_code: int = 2) -> None:
        super().__init__(message)
        self.exit_code = exit_code
