"""Reactions: which there can be, and how they change."""

from functools import cache

from chatapp.errors import BadRequest

_AS_PICTURE = "\ufe0f"

Reactions = dict[str, list[int]]
"""Emoji → ids of the people who chose it; both in order of coming."""

MOST_EMOJIS = 20
"""Different ones on one message: more are noise, and the message goes to everybody whole at each."""


def demand(emoji: str) -> str:
    """The emoji, in the one of its forms that Unicode recommends for display (fully qualified).

    Raises BadRequest when it is none of Unicode's, or more than one.
    """
    whole = _forms().get(emoji.replace(_AS_PICTURE, ""))
    if whole is None:
        raise BadRequest("A reaction is one emoji.", field="emoji")
    return whole


@cache
def _forms() -> dict[str, str]:
    """Each emoji by what is left of it without the characters that only ask for a picture."""
    # Late: the table takes a twentieth of a second to read, which no start should wait for.
    from emoji import EMOJI_DATA, STATUS  # noqa: PLC0415

    whole = (one for one, about in EMOJI_DATA.items() if about["status"] == STATUS["fully_qualified"])
    return {one.replace(_AS_PICTURE, ""): one for one in whole}


def changed(reactions: Reactions, emoji: str, user_id: int, *, on: bool) -> Reactions:
    """The reactions after a person has put or taken one; the same object when nothing changes. Raises BadRequest."""
    people = reactions.get(emoji, [])
    if (user_id in people) == on:
        return reactions
    if on and not people and len(reactions) >= MOST_EMOJIS:
        raise BadRequest(f"A message holds at most {MOST_EMOJIS} different reactions.", field="emoji")
    after = {**reactions, emoji: [*people, user_id] if on else [one for one in people if one != user_id]}
    return {one: those for one, those in after.items() if those}


def named(code: str) -> str | None:
    """The emoji that other chats call so (`+1`, `wave::skin-tone-3`), None where Unicode has none of that name."""
    # Late, for the same reason.
    from emoji import emojize  # noqa: PLC0415

    name, _, tone = code.partition("::skin-tone-")
    whole = emojize(f":{name}:", language="alias")
    if whole.startswith(":"):
        return None
    tones = {"2": "\U0001f3fb", "3": "\U0001f3fc", "4": "\U0001f3fd", "5": "\U0001f3fe", "6": "\U0001f3ff"}
    forms = _forms()
    plain = whole.replace(_AS_PICTURE, "")
    return forms.get(plain + tones.get(tone, "")) or forms.get(plain)
