"""The archive of a room as one page: opened from disk without any network, searched, printed, read aloud.

Everything that was said is escaped text. The policy in the page lets nothing in but its own style and script, which it
knows by their sums; so even a mistake here would run nothing. The days' index stands at the end of the source, where
the days are known, and is shown beside; days out of sight are not laid out.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby

from chatapp.domain.archives import ArchivedMessage

_STYLE = """
:root { color-scheme: light dark; --back: #fff; --text: #1d1f23; --soft: #5a606b; --line: #d9dce1; --link: #0b57d0;
  --mark: #fff1b8 }
@media (prefers-color-scheme: dark) { :root { --back: #16181c; --text: #e6e8eb; --soft: #a3aab5; --line: #33373e;
  --link: #8ab4f8; --mark: #4a3f10 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--back); color: var(--text); font: 1rem/1.5 system-ui, sans-serif }
header, main, nav { max-inline-size: 46rem; margin-inline: auto; padding-inline: 1rem }
header { position: sticky; inset-block-start: 0; z-index: 1; background: var(--back);
  border-block-end: 1px solid var(--line); padding-block: .5rem; display: flex; flex-wrap: wrap; gap: .25rem 1rem;
  align-items: center }
h1 { font-size: 1.25rem; margin: 0; margin-inline-end: auto; overflow-wrap: anywhere }
h2 { font-size: 1rem; margin-block: 1.5rem .5rem; border-block-end: 1px solid var(--line) }
h2:focus, article:target { background: var(--mark) }
input { font: inherit; color: inherit; background: var(--back); border: 1px solid var(--soft); border-radius: .5rem;
  padding: .5rem .75rem; min-block-size: 2.75rem; max-inline-size: 100% }
a { color: var(--link) }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
section { content-visibility: auto; contain-intrinsic-size: auto 60rem }
section, article, h2 { scroll-margin-block-start: 9rem }
article { margin-block: .6rem }
article p, blockquote { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere }
article time, article small, blockquote, #found { color: var(--soft); font-size: .875rem }
blockquote { border-inline-start: 3px solid var(--line); padding-inline-start: .5rem }
nav ol { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .25rem 1rem }
nav li a { display: inline-block; padding-block: .35rem }
[hidden] { display: none !important }
.is-searching h2 { margin-block: .5rem }
@media (min-width: 78rem) { nav { position: fixed; inset-block: 0; inset-inline-start: 0; inline-size: 14rem;
  overflow: auto; margin: 0 } nav ol { display: block } }
@media print { header { position: static } input, label, nav, header a, #found { display: none }
  section { content-visibility: visible } article { break-inside: avoid }
  :root { --back: #fff; --text: #000; --soft: #444; --line: #999; --link: #000 } }
"""

# One pass over the texts for each search; they are folded once, when first asked for.
_SCRIPT = """
'use strict';
const input = document.getElementById('q'), found = document.getElementById('found');
const fold = (text) => text.normalize('NFKD').replace(/\\p{M}/gu, '').toUpperCase().toLowerCase();
let texts, timer;
function search() {
  const words = fold(input.value).split(/\\s+/).filter(Boolean);
  texts ??= Array.from(document.querySelectorAll('section'), (section) => [section,
    Array.from(section.querySelectorAll('article'), (one) => [one, fold(one.textContent)])]);
  let count = 0;
  for (const [section, articles] of texts) {
    let here = 0;
    for (const [article, text] of articles) {
      const is = words.every((word) => text.includes(word));
      if (article.hidden === is) article.hidden = !is;
      here += is;
    }
    section.hidden = words.length > 0 && here === 0;
    count += here;
  }
  document.body.classList.toggle('is-searching', words.length > 0);
  found.textContent = words.length === 0 ? '' : count === 1 ? '1 message' : `${count} messages`;
}
input.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(search, 200); });
input.form.addEventListener('submit', (event) => { event.preventDefault(); clearTimeout(timer); search(); });
input.form.hidden = false;
"""


def _sum(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


_POLICY = (
    f"default-src 'none'; style-src {_sum(_STYLE)}; script-src {_sum(_SCRIPT)}; base-uri 'none'; form-action 'none'"
)
# Not what stands after it in a sentence; what people write is never taken for markup.
_LINK = re.compile(r"https?://[^\s<>\"'`]+[^\s<>\"'`.,;:!?)\]}]")


def head(name: str) -> str:
    """The page of a room of this name, up to its first day."""
    title = escape(name)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width"><meta name="referrer" content="no-referrer">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body>\n"
        f'<header><h1 dir="auto">{title}</h1><form role="search" hidden><label for="q">Search</label> '
        '<input id="q" type="search" autocomplete="off"></form><span id="found" role="status"></span>'
        '<a href="#days">Days</a></header>\n<main>\n'
    )


def section(messages: Iterable[ArchivedMessage], day: str) -> str:
    """Messages in their days; `day` is the one that is open already, empty before the first."""
    written = []
    for date, these in groupby(messages, key=lambda one: one.date):
        if date != day:
            end = "</section>\n" if day else ""
            written.append(f'{end}<section aria-labelledby="d{date}"><h2 id="d{date}" tabindex="-1">{date}</h2>\n')
            day = date
        written += map(_article, these)
    return "".join(written)


def tail(days: Sequence[tuple[str, int]]) -> str:
    """What closes the page: the index of its days, with how many messages each has, and the search."""
    links = "".join(f'<li><a href="#d{day}">{day}</a> <small>{count}</small></li>' for day, count in days)
    end = "</section>\n" if days else "<p>Nothing has been said here.</p>\n"
    return (
        f'{end}</main>\n<nav id="days" aria-label="Days" tabindex="-1"><ol>{links}</ol></nav>\n'
        f"<script>{_SCRIPT}</script></body></html>\n"
    )


def _article(one: ArchivedMessage) -> str:
    # The keys of the message that are ids are digits, and its times are made by the database.
    edited = " <small>(edited)</small>" if one.edited_at else ""
    said = "<p><small>Deleted</small></p>" if one.deleted else f'<p dir="auto">{_linked(one.message)}</p>'
    return (
        f'<article id="m{one.id}"><b><bdi>{escape(one.username)}</bdi></b> <a href="#m{one.id}">'
        f'<time datetime="{one.created_at}">{one.timestamp[:5]}</time></a>{edited}'
        f"{_reply(one)}{said}{_past(one)}{_reactions(one)}</article>\n"
    )


def _linked(text: str) -> str:
    parts, last = [], 0
    for found in _LINK.finditer(text):
        address = escape(found.group())
        parts += [escape(text[last : found.start()]), f'<a href="{address}" rel="noreferrer noopener">{address}</a>']
        last = found.end()
    return "".join([*parts, escape(text[last:])])


def _reply(one: ArchivedMessage) -> str:
    if one.replied is None:
        return ""
    who, what = escape(one.replied.username), escape(" ".join(one.replied.message.split()))
    return f'<blockquote dir="auto"><a href="#m{one.reply_to}"><bdi>{who}</bdi></a>: {what}</blockquote>'


def _past(one: ArchivedMessage) -> str:
    if not one.edits:
        return ""
    texts = "".join(f'<li dir="auto">{escape(past.message)}</li>' for past in one.edits)
    return f"<details><summary>Before it was edited</summary><ol>{texts}</ol></details>"


def _reactions(one: ArchivedMessage) -> str:
    if not one.reactions:
        return ""
    told = ", ".join(
        f"{escape(emoji)} <bdi>{escape(', '.join(one.people.get(who, '?') for who in people))}</bdi>"
        for emoji, people in one.reactions.items()
    )
    return f"<small>{told}</small>"
