"""Codes that work once: who becomes the host by one, and who arrives by one at another address."""

import asyncio
import secrets

import pytest

from chatapp.domain.commands import SetUsername
from chatapp.domain.entities import Session, User
from chatapp.errors import BadRequest, Forbidden, NotFound, NotIdentified
from chatapp.services import codes as service
from chatapp.services.codes import Codes
from tests.desk import HERE, Desk


async def test_a_host_code_makes_one_host_once(desk: Desk) -> None:
    ada, bo = await desk.sign_in("Ada"), await desk.sign_in("Bo")
    code = await desk.codes.issue_host()
    assert (await desk.codes.take_host(ada.user, code)).role == "host"
    assert desk.role_of(ada.user) == "host"
    with pytest.raises(NotFound):
        await desk.codes.take_host(bo.user, code)
    assert desk.role_of(bo.user) == "member"


async def test_of_two_who_take_one_host_code_at_once_one_is_the_host(desk: Desk) -> None:
    people = [(await desk.sign_in(name)).user for name in ("Ada", "Bo", "Cy")]
    code = await desk.codes.issue_host()
    answers = await asyncio.gather(*(desk.codes.take_host(one, code) for one in people), return_exceptions=True)
    assert [type(one) for one in answers] == [User, NotFound, NotFound]
    assert [desk.role_of(one) for one in people] == ["host", "member", "member"]


async def test_who_is_the_host_already_uses_the_code_up_all_the_same(desk: Desk) -> None:
    ada = (await desk.sign_in("Ada")).user
    for _ in range(2):
        assert (await desk.codes.take_host(ada, await desk.codes.issue_host())).role == "host"
    assert desk.stored() == []


async def test_several_host_codes_are_good_at_once_for_a_day(desk: Desk) -> None:
    ada = (await desk.sign_in("Ada")).user
    first, second, late = [await desk.codes.issue_host() for _ in range(3)]
    assert len({first, second, late}) == 3
    await desk.codes.take_host(ada, first)
    desk.now += service.HOST_LASTS_MS - 1
    await desk.codes.take_host(ada, second)
    desk.now += 1
    with pytest.raises(NotFound):
        await desk.codes.take_host(ada, late)


async def test_a_temporary_person_becomes_no_host_and_wastes_no_code(desk: Desk) -> None:
    code = await desk.codes.issue_host()
    guest = await desk.entrance.come(SetUsername("Guest"), HERE)
    with pytest.raises(NotFound):
        await desk.codes.take_host(guest, code)
    assert (await desk.codes.take_host((await desk.sign_in("Ada")).user, code)).role == "host"


async def test_codes_are_stored_hashed_and_expired_ones_swept(desk: Desk) -> None:
    old = await desk.codes.issue_host()
    ((old_hash, purpose),) = desk.stored()
    assert (purpose, len(old_hash)) == ("host", 32)
    assert old.encode() not in old_hash
    assert len(old) >= 43
    desk.now += service.HOST_LASTS_MS
    await desk.codes.issue_host()
    ((new_hash, _),) = desk.stored()
    assert new_hash != old_hash


async def test_who_arrives_is_the_same_person_in_a_session_of_their_own(desk: Desk) -> None:
    ada = await desk.sign_in("Ada")
    carry = await desk.codes.issue_carry(ada)
    session, token = await desk.codes.arrive(carry.code, HERE)
    assert session.user == ada.user
    assert session.token_hash != ada.token_hash
    assert await desk.sessions.identify(token) == session
    await desk.sessions.sign_out(ada)
    assert (await desk.sessions.identify(token)).user == ada.user
    with pytest.raises(NotFound):
        await desk.codes.arrive(carry.code, HERE)


async def test_of_two_who_arrive_by_one_code_at_once_one_wins(desk: Desk) -> None:
    carry = await desk.codes.issue_carry(await desk.sign_in("Ada"))
    answers = await asyncio.gather(*(desk.codes.arrive(carry.code, HERE) for _ in range(3)), return_exceptions=True)
    assert [isinstance(one, NotFound) for one in answers] == [False, True, True]


async def test_a_carry_code_dies_with_its_session(desk: Desk) -> None:
    ada, bo = await desk.sign_in("Ada"), await desk.sign_in("Bo")
    of_ada, of_bo = await desk.codes.issue_carry(ada), await desk.codes.issue_carry(bo)
    await desk.sessions.sign_out(ada)
    with pytest.raises(NotFound):
        await desk.codes.arrive(of_ada.code, HERE)
    with pytest.raises(NotIdentified):
        await desk.codes.issue_carry(ada)
    assert (await desk.codes.arrive(of_bo.code, HERE))[0].user == bo.user


async def test_all_tabs_of_a_session_have_one_code_for_a_day(desk: Desk) -> None:
    ada = await desk.sign_in("Ada")
    first, second = await asyncio.gather(desk.codes.issue_carry(ada), desk.codes.issue_carry(ada))
    assert (first.code, first.expires_at) == (second.code, second.expires_at)
    assert first.nonce != second.nonce
    desk.now += service.DAY_MS - service.SPREAD_MS
    assert (await desk.codes.issue_carry(ada)).code == first.code
    desk.now += service.SPREAD_MS
    third = await desk.codes.issue_carry(ada)
    assert third.code != first.code
    assert len(desk.stored()) == 1
    with pytest.raises(NotFound):
        await desk.codes.arrive(first.code, HERE)
    await desk.codes.arrive(third.code, HERE)


async def test_a_used_code_does_not_come_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    chances = iter((5, 6))
    monkeypatch.setattr(secrets, "randbelow", lambda _: next(chances))
    ada = await desk.sign_in("Ada")
    used = await desk.codes.issue_carry(ada)
    await desk.codes.arrive(used.code, HERE)
    again = await desk.codes.issue_carry(ada)
    with pytest.raises(NotFound):
        await desk.codes.arrive(used.code, HERE)
    await desk.codes.arrive(again.code, HERE)


async def test_a_host_code_made_elsewhere_may_be_kept_twice(desk: Desk) -> None:
    code = "made-before-the-database-was-there"
    for _ in range(2):
        await desk.codes.keep_host(code)
    ada = await desk.sign_in("Ada")
    assert (await desk.codes.take_host(ada.user, code)).role == "host"
    with pytest.raises(NotFound):
        await desk.codes.take_host(ada.user, code)


async def test_a_carry_code_is_good_for_seven_days_and_for_nothing_else(desk: Desk) -> None:
    ada = await desk.sign_in("Ada")
    carry = await desk.codes.issue_carry(ada)
    longest = desk.now + service.CARRY_LASTS_MS
    assert longest - service.SPREAD_MS < carry.expires_at <= longest
    with pytest.raises(NotFound):
        await desk.codes.take_host(ada.user, carry.code)
    with pytest.raises(NotFound):
        await desk.codes.arrive(await desk.codes.issue_host(), HERE)
    desk.now = carry.expires_at
    with pytest.raises(NotFound):
        await desk.codes.arrive(carry.code, HERE)


async def test_a_temporary_person_is_not_carried(desk: Desk) -> None:
    guest = await desk.entrance.come(SetUsername("Guest"), HERE)
    with pytest.raises(Forbidden):
        await desk.codes.issue_carry(Session(b"none", guest, 1, 0, 0, 0))


async def test_the_proof_is_the_nonces_and_the_servers(desk: Desk) -> None:
    carry = await desk.codes.issue_carry(await desk.sign_in("Ada"))
    assert desk.codes.proof(carry.nonce) == carry.proof
    assert desk.codes.proof("another-nonce-of-16") != carry.proof
    assert Codes(desk.database, desk.writer, "another key", lambda: 0, desk.endings).proof(carry.nonce) != carry.proof
    for nonce in ("", "short", "x" * 65, "code\n" + "x" * 20, "x" * 16 + "\n", "ü" * 20):
        with pytest.raises(BadRequest):
            desk.codes.proof(nonce)


async def test_whoever_restored_a_chat_comes_into_it_as_the_host_of_their_name(desk: Desk) -> None:
    present = await desk.sign_in("Ada")
    await desk.codes.keep_carry(await desk.accounts.take_over("ADA"), "made elsewhere")
    session, token = await desk.codes.arrive("made elsewhere", HERE)
    assert (session.user.id, session.user.role) == (present.user.id, "host")
    assert (await desk.sessions.identify(token)).user == session.user
    with pytest.raises(NotFound):
        await desk.codes.arrive("made elsewhere", HERE)


async def test_whoever_is_nobody_in_a_restored_chat_becomes_somebody(desk: Desk) -> None:
    others = await desk.sign_in("Grace")
    await desk.codes.keep_carry(await desk.accounts.take_over("Ada"), "made elsewhere")
    session, _ = await desk.codes.arrive("made elsewhere", HERE)
    assert (session.user.username, session.user.role) == ("Ada", "host")
    assert session.user.id != others.user.id
    assert desk.role_of(others.user) == "member"
