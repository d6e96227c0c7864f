"""Tags of tokens and the spans that they stand for: BIO (CoNLL-2003), IOB1 (CoNLL-2002's predecessor), BIOES and BILOU.

Invariant: `decode(encode(spans)) == spans` for spans of tokens that do not overlap, in every scheme; a tag that cannot
follow the one before it begins a span, as the shared tasks' scorer takes it, and is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, Literal, NamedTuple, get_args

Scheme = Literal["bio", "iob1", "bioes", "bilou"]
SCHEMES: Final[tuple[Scheme, ...]] = get_args(Scheme)

OUTSIDE: Final = "O"
_TAG: Final = re.compile(r"O|([BIESLUMW])-(.+)", re.DOTALL)
# The same parts under other letters: last and unit of BILOU, middle and whole of BMEWO.
_PARTS: Final = {"L": "E", "U": "S", "M": "I", "W": "S"}


class TokenSpan(NamedTuple):
    """A label on the tokens from `first` to `last`, which is one past them."""

    first: int
    last: int
    label: str


class Odd(NamedTuple):
    """A tag that cannot stand where it does: the token's number and why."""

    at: int
    why: str


def is_tag(words: str) -> bool:
    """Say whether this is a tag of any of the schemes."""
    return words == OUTSIDE or _TAG.fullmatch(words) is not None


def _split(tag: str) -> tuple[str, str]:
    found = _TAG.fullmatch(tag)
    if found is None or found[1] is None:
        return OUTSIDE, ""
    return _PARTS.get(found[1], found[1]), found[2]


def detect(sentences: Iterable[Sequence[str]]) -> Scheme:
    """Return the scheme in which these tags are, BIO if it makes no difference.

    IOB1 has B only between two spans of one label; there and nowhere else does I begin a span.
    """
    within = set()
    begun_by_i, b_alone = 0, 0
    for tags in sentences:
        before = (OUTSIDE, "")
        for tag in tags:
            found = _TAG.fullmatch(tag)
            within.add(found[1] if found is not None else None)
            part, label = _split(tag)
            touches = before[0] != OUTSIDE and before[1] == label
            begun_by_i += part == "I" and not touches
            b_alone += part == "B" and not touches
            before = (part, label)
    if within & {"L", "U"}:
        return "bilou"
    if within & {"E", "S", "M", "W"}:
        return "bioes"
    return "iob1" if begun_by_i and not b_alone else "bio"


def decode(tags: Sequence[str], scheme: Scheme) -> tuple[list[TokenSpan], list[Odd]]:
    """Return the spans of one sentence, and the tags that cannot stand where they do."""
    spans: list[TokenSpan] = []
    odd: list[Odd] = []
    closes = scheme in ("bioes", "bilou")
    opened: tuple[int, str] | None = None
    for at, tag in enumerate((*tags, OUTSIDE)):
        if opened is None and tag == OUTSIDE:  # as most are
            continue
        part, label = _split(tag)
        goes_on = part in "IE" and opened is not None and opened[1] == label
        if opened is not None and not goes_on:
            if closes:
                odd.append(Odd(min(at, len(tags) - 1), f"{tag if at < len(tags) else 'the end'} follows an open span"))
            spans.append(TokenSpan(opened[0], at, opened[1]))
            opened = None
        if part == OUTSIDE:
            continue
        if not goes_on:
            if part == "E" or (part == "I" and scheme != "iob1"):
                odd.append(Odd(at, f"{tag} follows {tags[at - 1] if at else 'nothing'}; it was taken to begin a span"))
            elif part == "B" and scheme == "iob1" and not (spans and spans[-1].last == at and spans[-1].label == label):
                odd.append(Odd(at, f"{tag} follows {tags[at - 1] if at else 'nothing'}, where IOB1 has I"))
            opened = (at, label)
        if part in "ES" and opened is not None:
            spans.append(TokenSpan(opened[0], at + 1, label))
            opened = None
    return spans, odd


def encode(spans: Iterable[TokenSpan], length: int, scheme: Scheme) -> list[str]:
    """Return the tags of one sentence.

    Args:
        spans: In order, without overlap.
        length: Tokens of the sentence.
        scheme: Which tags.
    """
    tags = [OUTSIDE] * length
    before: TokenSpan | None = None
    first, last, whole = ("B", "L", "U") if scheme == "bilou" else ("B", "E", "S") if scheme == "bioes" else "BIB"
    for span in spans:
        touches = before is not None and before.last == span.first and before.label == span.label
        begin = "I" if scheme == "iob1" and not touches else first
        for at in range(span.first, span.last):
            tags[at] = f"I-{span.label}"
        tags[span.last - 1] = f"{last}-{span.label}"
        tags[span.first] = f"{begin}-{span.label}"
        if span.last - span.first == 1 and scheme in ("bioes", "bilou"):
            tags[span.first] = f"{whole}-{span.label}"
        before = span
    return tags
