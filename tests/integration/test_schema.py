"""Whatever is asked over REST as our own document describes it, or nearly so, is answered as the document says.

schemathesis makes the requests, sound ones and broken ones, of the OpenAPI document. The suite tries the same few
examples each time; SCHEMA_EXAMPLES=500 tries that many others of each route.
"""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.e2e.chats import Chat
from tests.integration.test_messages import bearer
from tests.raw import PATIENCE

EXAMPLES = int(os.environ.get("SCHEMA_EXAMPLES", "0"))
fuzz = settings(
    max_examples=EXAMPLES or 8,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

SPARED = {
    "DELETE /api/me": "who asks would be nobody any more",
    "DELETE /api/session": "who asks would be signed out",
    "POST /api/admin/quit": "the chat would end",
    "POST /api/admin/restore": "the chat would begin anew",
}
"""What nobody asks here who has a name, and why. Strangers ask it."""


class Asker:
    """Somebody who asks a chat for everything, in half of the cases about what is there: `known` has its ids."""

    def __init__(self, url: str, token: str | None, known: Mapping[str, str]) -> None:
        self._url = url
        self._known = known
        self._spared = {} if token is None else SPARED
        self._headers = {} if token is None else bearer(token)
        self._session = requests.Session()
        self._session.trust_env = False

    def ask_for_all(self) -> int:
        """Ask; return how many requests that were. Raises what is found."""
        with self._session:
            document = self._session.get(f"{self._url}/api/openapi.json", timeout=PATIENCE).json()
            operations = [
                one.ok() for one in schemathesis.openapi.from_dict(document).get_all_operations() if isinstance(one, Ok)
            ]
            assert len(operations) == sum(len(methods) for methods in document["paths"].values())
            assert {one.label for one in operations} >= SPARED.keys()
            return sum(self._ask_for(one) for one in operations if one.label not in self._spared)

    def _ask_for(self, operation: APIOperation[Any, Any, Any, Any]) -> int:
        count = 0
        sound, broken = (operation.as_strategy(generation_mode=mode) for mode in GenerationMode)

        @fuzz
        @given(case=sound | broken, is_there=st.booleans())
        def ask(case: Case[Any], *, is_there: bool) -> None:
            nonlocal count
            # With https the chat begins anew at another address.
            assume(not isinstance(case.body, dict) or "https" not in case.body)
            if is_there:
                case.path_parameters |= {name: self._known[name] for name in case.path_parameters.keys() & self._known}
            answer = case.call(base_url=self._url, session=self._session, headers=self._headers, timeout=PATIENCE)
            case.validate_response(answer, checks=CHECKS)
            count += 1

        ask()
        return count


@pytest.mark.parametrize("who", ["nobody", "member", "host"])
async def test_whatever_is_asked_is_answered_as_the_document_says(tmp_path: Path, who: str) -> None:
    chat = Chat(tmp_path)
    await chat.start("--host", "127.0.0.1")
    url = chat.at("127.0.0.1")
    try:
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=PATIENCE) as http:
            ada, bo = [(await http.post("/api/session", json={"username": name})).json() for name in ("Ada", "Bo")]
            http.cookies.clear()
            said = await http.post(
                "/api/rooms/general/messages", json={"message": "Hello"}, headers=bearer(ada["token"])
            )
            if who == "host":
                code = {"code": chat.host_link.rpartition("/")[2]}
                assert (await http.post("/api/host", json=code, headers=bearer(ada["token"]))).is_success
        known = {"room": "general", "message": said.json()["id"], "user_id": bo["user_id"], "emoji": "👍"}
        asker = Asker(url, None if who == "nobody" else ada["token"], known)
        assert await asyncio.to_thread(asker.ask_for_all) > len(SPARED)
        if who != "nobody":
            async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=PATIENCE) as http:
                me = await http.get("/api/me", headers=bearer(ada["token"]))
            assert me.json()["role"] == who, "it was asked as them to the end"
        assert chat.errors() == []
    finally:
        await chat.stop()
