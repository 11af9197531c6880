"""What a password may be, and the form in which it is hashed.

Any characters but those nobody can type twice alike: the PRECIS profile OpaqueString (RFC 8265, section 4.2) makes the
same bytes of what different keyboards send. There is no rule for what it has to consist of (OWASP ASVS 5.0, 6.2).
"""

from precis_i18n import get_profile

from chatapp.errors import BadRequest, TooLong

SHORTEST = 8
LONGEST = 200

_PROFILE = get_profile("OpaqueString")


def prepare(password: str, field: str = "password") -> bytes:
    """The bytes to hash. Raises BadRequest or TooLong, in words, with the `field` it came in."""
    if len(password) > LONGEST:
        raise TooLong(f"A password has at most {LONGEST} characters.", field=field)
    try:
        prepared: str = _PROFILE.enforce(password)
    except UnicodeEncodeError:
        raise BadRequest("A password holds no characters that cannot be seen.", field=field) from None
    if len(prepared) < SHORTEST:
        raise BadRequest(f"A password has at least {SHORTEST} characters.", field=field)
    return prepared.encode()
