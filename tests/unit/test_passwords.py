"""What a password may be."""

import pytest

from chatapp.domain import passwords
from chatapp.errors import BadRequest, TooLong


@pytest.mark.parametrize(
    "password", ["12345678", "correct horse battery", "пароль пароль", "x" * 200, "  spaces  ", "🙂" * 8]
)
def test_any_characters_will_do(password: str) -> None:
    assert passwords.prepare(password).decode() == password


def test_what_different_keyboards_send_is_one_password() -> None:
    assert passwords.prepare("Cafe\u0301 noir") == passwords.prepare("Caf\u00e9 noir")
    assert passwords.prepare("two\u00a0words") == passwords.prepare("two words")


@pytest.mark.parametrize("password", ["", "short", "1234567", "e\u0301" * 7, "tab\tinside it", "null\0inside"])
def test_too_short_or_unseen_is_refused(password: str) -> None:
    with pytest.raises(BadRequest) as refused:
        passwords.prepare(password, "current")
    assert refused.value.field == "current"


def test_too_long_is_refused() -> None:
    with pytest.raises(TooLong) as refused:
        passwords.prepare("x" * 201)
    assert refused.value.field == "password"
