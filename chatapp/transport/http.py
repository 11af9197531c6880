"""HTTP: makes the Quart application of a list of routes.

A route is a function with the types of its query and body; from it come the decoding, the answer, the errors in their
one shape, and its place in the OpenAPI document.
"""

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar, cast

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from quart import Quart, Response, request
from quart.routing import QuartRule
from werkzeug.exceptions import HTTPException

from chatapp.domain.commands import Command, decode
from chatapp.domain.entities import Session, User
from chatapp.domain.limits import Shares
from chatapp.errors import BadRequest, ChatError, Internal, NotFound, NotIdentified, TooLong
from chatapp.services.endings import Endings
from chatapp.transport import bodies
from chatapp.transport.access import METHOD, SCHEME, Access
from chatapp.transport.requests import CUT

log = logging.getLogger(__name__)

LARGEST_BODY = 1_000_000
MOST_DIGITS = 18
"""Of an id."""

Taken = TypeVar("Taken", bound=Command)


class Call(Struct, frozen=True):
    """One request: who asks, what stands in the path, the decoded query and body, and the headers (lower case)."""

    session: Session | None
    path: dict[str, str]
    query: Any
    body: Any
    headers: dict[str, str]
    address: str
    stream: AsyncIterator[bytes] | None = None
    """The body piece by piece, where the route takes it so."""

    @property
    def user(self) -> User:
        """Who asks. Raises NotIdentified without a session."""
        if self.session is None:
            raise NotIdentified("Choose a name first (POST /api/session), or send your token as a bearer.")
        return self.session.user

    @property
    def current(self) -> Session:
        """The session of who asks. Raises NotIdentified without one."""
        _ = self.user
        assert self.session is not None
        return self.session

    def id_of(self, name: str) -> int:
        """The number that stands in the path under this name. Raises NotFound for what can be none."""
        text = self.path[name]
        if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
            raise NotFound("There is no such thing here.")
        return int(text)

    @property
    def reader(self) -> User | None:
        """Who asks, where somebody without a name is answered too."""
        return None if self.session is None else self.session.user


class Answer(Struct, frozen=True):
    """An answer that is more than a value: a status, headers, or a body that is no JSON.

    A body that is written while it is read goes on for as long as `still` raises no ChatError; without one, while the
    caller is signed in.
    """

    body: Any
    status: int = 200
    headers: Mapping[str, str | list[str]] = {}
    media_type: str = "application/json"
    still: Callable[[], Awaitable[object]] | None = None


class Route(Struct, frozen=True):
    """`handle` answers `method` on `path` with a value of type `returns`; its docstring is the documentation.

    An open route asks nobody who they are; an entrance is open to those without a name in every chat.
    """

    method: str
    path: str
    handle: Callable[[Call], Awaitable[Any]]
    returns: Any = None
    query: type[Command] = Command
    body: type[Command] = Command
    status: int = 200
    media_type: str = "application/json"
    is_open: bool = False
    is_entrance: bool = False
    takes_stream: bool = False
    """The body may be of any size; the handler reads it."""


class _Rule(QuartRule):
    """Finds the route of an address and never makes the address of a route. For that Werkzeug would compile two
    functions a route, which takes most of the time in which the application is made.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: ARG002, FBT001, FBT002
        return _make_no_address


def _make_no_address(*_given: Any, **_values: Any) -> tuple[str, str]:
    raise NotImplementedError("Nobody makes addresses of routes.")


def make(routes: Sequence[Route], access: Access, endings: Endings, shares: Shares) -> Quart:
    """The application that answers `routes`; `shares` counts who asks. An answer that is long breaks off when the
    session of whoever asked ends, or when what makes it refuses to go on.
    """
    app = Quart("chatapp", static_folder=None)
    app.url_rule_class = _Rule
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    bodies.stream(app, {route.path for route in routes if route.takes_stream})
    for route in routes:
        name = f"{route.method} {route.path}".replace(".", "_")
        app.add_url_rule(
            route.path,
            name,
            _view(route, access, endings, shares),
            methods=[route.method],
            provide_automatic_options=False,
        )
    app.add_url_rule("/<path:path>", "preflight", _preflight, methods=["OPTIONS"], provide_automatic_options=False)

    @app.errorhandler(ChatError)
    async def refused(error: ChatError) -> Response:
        return _refusal(error)

    @app.errorhandler(HTTPException)
    async def not_routed(error: HTTPException) -> Response:
        return _http_refusal(error)

    @app.errorhandler(Exception)
    async def failed(error: Exception) -> Response:
        log.error("%s %s failed", request.method, request.path, exc_info=error)
        return _refusal(Internal("The server made a mistake. It is in its log."))

    @app.after_request
    async def finish(response: Response) -> Response:
        return _for_listed_origins(response, access)

    return app


def _view(route: Route, access: Access, endings: Endings, shares: Shares) -> Callable[..., Awaitable[Response]]:
    async def caller(told: Mapping[str, str]) -> Session | None:
        session = None if route.is_open else await access.identify(told)
        if not (route.is_open or route.is_entrance):
            access.admit(session)
        return session

    async def view(**path: str) -> Response:
        told = {name.lower(): value for name, value in request.headers.items()}
        told |= {METHOD: request.method, SCHEME: request.scheme}
        address = request.remote_addr or ""
        try:
            session = await caller(told)
        except NotIdentified:
            shares.take(None, address)
            raise
        shares.take(None if session is None else session.user.id, address)
        ended = endings.count
        body = await _body(route.body)
        if ended != endings.count:
            session = await caller(told)  # a body can be long in coming, and sessions end meanwhile
        call = Call(
            session=session,
            path=path,
            query=_query(route.query),
            body=body,
            headers=told,
            address=address,
            stream=aiter(request.body) if route.takes_stream else None,
        )
        answer = _answer(route, await route.handle(call))
        if isinstance(answer.body, AsyncIterator):
            cut = cast("Any", request.scope)["extensions"][CUT]
            still = answer.still or (None if session is None else partial(_demand_signed_in, access, told))
            answer = replace(answer, body=_while_it_may(answer.body, session, still, endings, cut))
        return _response(answer)

    return view


async def _demand_signed_in(access: Access, told: Mapping[str, str]) -> None:
    if await access.identify(told) is None:
        raise NotIdentified("You are not signed in any more. Choose your name again.")


async def _while_it_may(
    pieces: AsyncIterator[bytes],
    session: Session | None,
    still: Callable[[], Awaitable[object]] | None,
    endings: Endings,
    cut: Callable[[], None],
) -> AsyncIterator[bytes]:
    """A body for as long as whoever reads it may; then the connection ends before the body does, so that nobody takes
    what came for the whole: at once when the session ends, else at the next piece.
    """
    watcher = object()
    try:
        if session is not None:
            endings.watch(session, watcher, cut)
        async for piece in pieces:
            if still is not None:
                await still()
            yield piece
    except ChatError as refusal:
        log.info("A download was broken off: %s", refusal.message)
        cut()
        # Quart hears of the end of the connection and stops this; to go on would end the answer as a whole one ends.
        await asyncio.Event().wait()
    finally:
        if session is not None:
            endings.forget(session, watcher)


def _query(query: type[Taken]) -> Taken:
    values = {name: request.args[name] for name in request.args}
    try:
        return msgspec.convert(values, query, strict=False)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$.")
        raise BadRequest(f"{what}.", field=where.rstrip("`") or None) from None


async def _body(body: type[Taken]) -> Taken:
    if body is Command:
        return Command()  # type: ignore[return-value]
    raw = await request.get_data(as_text=False)
    try:
        return decode(body, msgspec.json.decode(raw))
    except (msgspec.DecodeError, RecursionError):
        raise BadRequest("The body must be JSON.") from None


def _answer(route: Route, value: Any) -> Answer:
    return value if isinstance(value, Answer) else Answer(value, route.status, media_type=route.media_type)


def _response(answer: Answer) -> Response:
    is_text = isinstance(answer.body, str | bytes | AsyncIterator)
    body = answer.body if is_text else b"" if answer.body is None else msgspec.json.encode(answer.body)
    response = Response(body, status=answer.status, content_type=answer.media_type)
    response.headers.update(answer.headers)
    if is_text and isinstance(answer.body, AsyncIterator):
        response.timeout = None  # an export takes as long as its reader
    return response


def _refusal(error: ChatError) -> Response:
    wire = error.to_wire()
    body = {"error": wire.pop("message"), **wire}
    response = Response(msgspec.json.encode(body), status=error.status, content_type="application/json")
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(math.ceil(error.retry_after))
    return response


def _http_refusal(error: HTTPException) -> Response:
    """What routing refuses, in our shape. Redirects of the router pass as they are."""
    status = error.code or 500
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return _refusal(TooLong(f"A request has at most {LARGEST_BODY} bytes."))
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
        return _refusal(NotFound(f"There is no {request.method} {request.path} here."))
    return _refusal(BadRequest("That request could not be understood."))


async def _preflight(path: str) -> Response:  # noqa: ARG001 - every path is answered alike
    return Response(b"", status=HTTPStatus.NO_CONTENT)


def _for_listed_origins(response: Response, access: Access) -> Response:
    origin = request.headers.get("Origin")
    response.headers.add("Vary", "Origin")
    if origin is not None and origin in access.origins:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, PATCH, DELETE"
        response.headers["Access-Control-Expose-Headers"] = "Retry-After, Content-Disposition"
        response.headers["Access-Control-Max-Age"] = "600"
    return response
