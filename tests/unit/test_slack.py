"""Slack's texts as ours."""

import pytest

from chatapp.domain import reactions, slack

NAMES = {"U1": "Ada", "C1": "general"}


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("*bold* and _slanted_ and ~struck~", "**bold** and _slanted_ and ~~struck~~"),
        ("2*3*4 stays", "2*3*4 stays"),
        ("<@U1> see <#C1|general>", "@Ada see #general"),
        ("<@U9|bo>", "@bo"),
        ("<@U9>", "@U9"),
        ("<!here> and <!channel>", "@here and @channel"),
        ("<!subteam^S1|@team>", "@team"),
        ("<!date^1700000000^{date}|a day>", "a day"),
        ("<https://example.org/?a=1&amp;b=2>", "https://example.org/?a=1&b=2"),
        ("<https://example.org|the [page]>", r"[the \[page\]](https://example.org)"),
        ("<javascript:alert(1)|press>", "press"),
        ("<mailto:a@example.org|a@example.org>", "a@example.org"),
        ("a &lt;b&gt; &amp; c", "a <b> & c"),
        ("`*code* :smile: <https://x.org>` *b*", "`*code* :smile: https://x.org` **b**"),
        ("```\n*a*\n```", "```\n*a*\n```"),
        (":wave::skin-tone-3: :nothing_like_it:", "👋🏼 :nothing_like_it:"),
        ("\x000\x00", "0"),
    ],
)
def test_a_text(theirs: str, ours: str) -> None:
    assert slack.as_markdown(theirs, NAMES) == ours


@pytest.mark.parametrize(
    ("name", "emoji"), [("+1", "👍"), ("heart", "❤️"), ("wave::skin-tone-6", "👋🏿"), ("party-parrot", None), ("", None)]
)
def test_an_emoji_by_its_name(name: str, emoji: str | None) -> None:
    assert reactions.named(name) == emoji
    if emoji is not None:
        assert reactions.demand(emoji) == emoji


def test_a_time_is_an_id() -> None:
    assert slack.microseconds("1700000000.000200") == 1_700_000_000_000_200
    assert slack.microseconds("1700000000.0002") == 1_700_000_000_000_200
