"""Reading a count off the words of a span: "at least 3,000" is min 3000.

Invariant: what comes out fits a `count` attribute (see `attributes`), and nothing is returned rather than guessed where
the words hold no quantity.  The first quantity in the words counts; figures are never added up.

Conventions.  Vague terms give their least number, as ACLED reads them: tens 10, dozens 12, hundreds 100; "more than"
adds one, "fewer than" takes one off.  A dot or comma before exactly three digits separates thousands ("1.500" is 1500),
as people are whole, except before a scale word ("1.500 million" is 1,500,000); before one or two digits it is a decimal
sign.  Number words are English; digits may be those of any script, and the commonest qualifiers of some other
languages are known, so that "أكثر من ٣٠" is min 31.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, Literal, NamedTuple

from annotator.core.attributes import LARGEST

Mode = Literal["least", "more", "most", "less", "about"]


def _listed(words: str) -> list[str]:
    return words.split()


_SMALL: Final = _listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_ROUND: Final = _listed("twenty thirty forty fifty sixty seventy eighty ninety")
_UNITS: Final[Mapping[str, int]] = {word: number for number, word in enumerate(_SMALL)}
_TENS: Final[Mapping[str, int]] = {word: number * 10 for number, word in enumerate(_ROUND, start=2)}
_SCALES: Final[Mapping[str, int]] = {
    "dozen": 12, "score": 20, "hundred": 100, "thousand": 1000, "k": 1000, "million": 10**6, "m": 10**6,
    "billion": 10**9, "bn": 10**9, "mille": 1000, "тис": 1000, "тисяч": 1000, "млн": 10**6, "мільйонів": 10**6,
    "ألف": 1000, "آلاف": 1000, "مليون": 10**6, "ملايين": 10**6, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8,
}  # fmt: skip
_VAGUE: Final[Mapping[str, int]] = {
    "tens": 10, "dozens": 12, "scores": 20, "hundreds": 100, "thousands": 1000, "millions": 10**6,
}  # fmt: skip
_PLURALS: Final[Mapping[str, str]] = {name[:-1]: name for name in _VAGUE if name != "tens"}

_QUALIFIERS: Final[Mapping[Mode, str]] = {
    "least": "at least|no fewer than|no less than|not less than|not fewer than|a minimum of|minimum|upwards of"
    "|au moins|щонайменше|принаймні|至少|ما لا يقل عن|al menos",
    "more": "more than|over|well over|just over|above|in excess of|exceeding"
    "|plus de|понад|більше|більш як|більше ніж|超过|أكثر من|más de",
    "most": "up to|at most|no more than|not more than|as many as|a maximum of|maximum|jusqu'à|au plus|最多|hasta",
    "less": "fewer than|less than|under|below|just under|moins de|менше|менш як|不到|أقل من|menos de",
    "about": "about|around|some|nearly|almost|roughly|approximately|approx|close to|closer to|an estimated|estimated"
    "|circa|ca|perhaps|environ|près de|quelque|presque|близько|майже|приблизно|约|大约|接近|نحو|حوالي|قرابة|unos",
}
_AFTER: Final[Mapping[Mode, str]] = {
    "least": "or more|at least|+|على الأقل",
    "most": "or fewer|or less|at most",
    "about": "or so|or thereabouts",
}
_PASSED: Final = (
    "the",
    "another",
    "a further",
    "a total of",
    "as",
    "its",
    "their",
    "his",
    "her",
    "other",
    "exactly",
    "~",
)
_LOOSE: Final = (
    "several",
    "a few",
    "few",
    "many",
    "a couple of",
    "a couple",
    "numerous",
    "a number of",
    "a handful of",
)
_NOBODY: Final = ("nobody", "none", "no")
_UNIT_WORDS: Final[Mapping[str, str]] = {
    "household": "household", "households": "household", "family": "family", "families": "family",
}  # fmt: skip
_MEASURES: Final = frozenset(
    _listed(
        "year years yr yrs month months week weeks day days hour hours minute minutes km kilometre kilometres "
        "kilometer kilometers mile miles metre metres meter meters percent per % times mm am pm o'clock th st nd rd "
        "third thirds quarters fifths річна річний ans"
    )
)
"""What follows a number that counts no people: "a 12-year-old", "40 km", "the 4th Brigade", "two-thirds"."""

_NO_COUNT: Final = re.compile(r"(?:in|since|until) (?:19|20)\d\d|aged \d+|(?:man|woman|boy|girl) of \w+|all but \w+")
"""Numbers that count no people because of what stands before them; read on the tokens, with blanks between."""

_TOKEN = re.compile(
    r"(?P<number>\d{1,3}(?:(?P<mark>[,' ])\d{3})(?:(?P=mark)\d{3})*(?!\d)|\d+(?:[.,]\d+)*)"
    r"|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)*)|(?P<sign>[-+%~])"
)
_SPACES = re.compile(r"[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
_SIGNS: Final = str.maketrans("’‘٬٫‐‑‒–—−﹣－", "'',.--------", "\u200b\u200e\u200f\u2066\u2067\u2068\u2069")


class _Found(NamedTuple):
    value: Fraction
    end: int
    scale: int = 1  # of the last scale word, for "2-3 million"


def read_quantity(words: str) -> dict[str, Any] | None:
    """Return the count that these words give, or None if they give none.

    Args:
        words: The surface of a span, such as "an estimated 2,300 families".

    Returns:
        Any of min, best, max (whole numbers), qualifier, term and unit, in this order.
    """
    tokens = _tokens(words)
    value = _quantity(tokens)
    if value is None:
        return None
    unit = _unit(tokens)
    return {**value, "unit": unit} if unit else value


def _tokens(words: str) -> list[str]:
    """Split into lower-case words, numbers and signs, with digits of every script turned into 0-9."""
    text = _SPACES.sub(" ", words).translate(_SIGNS)
    digits = (str(unicodedata.decimal(c, "")) or c for c in text)
    spaced = re.sub(r"(?<=[0-9])([百千万亿])", r" \1 ", "".join(digits).lower())
    return [match[0] for match in _TOKEN.finditer(spaced)]


def _quantity(tokens: list[str]) -> dict[str, Any] | None:
    if tokens[:2] == ["no", "one"]:  # here "one" is no number
        return {"best": 0}
    if tokens[:1] == ["both"]:
        return {"best": 2}
    at = 0
    while at < len(tokens):
        before: list[tuple[Mode, str]] = []
        while True:
            if mode := _qualifier(tokens, at, _QUALIFIERS):
                before.append(mode)
                at += len(mode[1].split())
            elif passed := _match(tokens, at, _PASSED):
                at += len(passed.split())
            else:
                break
        value = _counted(tokens, at, before) or _loose(tokens, at, before)
        if value:
            return value
        at += 1
    return _alone(tokens)


def _counted(tokens: list[str], at: int, before: list[tuple[Mode, str]]) -> dict[str, Any] | None:
    """Read a range or a number, with what qualifies it on either side."""
    between = tokens[at : at + 1] in (["between"], ["from"], ["entre"])
    low = _number(tokens, at + between)
    if low is None or _measures(tokens, low.end) or _NO_COUNT.search(" ".join(tokens[max(0, at - 2) : at + 1])):
        return None
    joint = tokens[low.end] if low.end < len(tokens) else ""
    joints = ("and", "et") if between and tokens[at] != "from" else ("-", "to", "or")
    high = _number(tokens, low.end + 1) if joint in (*joints, "-", "to") else None
    if high is not None:
        return None if _measures(tokens, high.end) else _range(low, high, before)
    after = _qualifier(tokens, low.end, _AFTER) or _qualifier(tokens, low.end + 1, _AFTER)
    return _single(low.value, [*before, *([after] if after else [])])


def _range(low: _Found, high: _Found, before: list[tuple[Mode, str]]) -> dict[str, Any] | None:
    first = low.value
    if low.scale == 1 and first * high.scale <= high.value:  # "2-3 million"
        first *= high.scale
    if first > high.value or not _whole(first, high.value):
        return _single(low.value, before)
    value: dict[str, Any] = {"min": int(first), "max": int(high.value)}
    return {**value, "qualifier": before[0][1]} if before else value


def _single(number: Fraction, qualifiers: Sequence[tuple[Mode, str]]) -> dict[str, Any] | None:
    """Turn a number into a count; a bound ("at least") weighs more than an approximation ("some")."""
    if not _whole(number):
        return None
    bounds = [one for one in qualifiers if one[0] != "about"]
    mode, words = (bounds or [*qualifiers, ("about", "")])[0]
    match mode:
        case "least":
            value: dict[str, Any] = {"min": int(number)}
        case "more":
            value = {"min": int(number) + 1}
        case "most":
            value = {"max": int(number)}
        case "less":
            value = {"max": max(0, int(number) - 1)}
        case "about":
            value = {"best": int(number)}
    return {**value, "qualifier": words} if words else value


def _loose(tokens: list[str], at: int, before: list[tuple[Mode, str]]) -> dict[str, Any] | None:
    """Read a vague term: "dozens", "tens of thousands", "several hundred", or "several" alone."""
    loose = _match(tokens, at, _LOOSE)
    after = at + len(loose.split()) if loose else at
    term = tokens[after] if after < len(tokens) else ""
    term = _PLURALS.get(term, term) if loose else term
    if term not in _VAGUE:
        return {"term": loose.removesuffix(" of")} if loose else None
    least = _VAGUE[term]
    if tokens[after + 1 : after + 2] == ["of"] and tokens[after + 2 : after + 3] and tokens[after + 2] in _VAGUE:
        term, least = f"{term} of {tokens[after + 2]}", least * _VAGUE[tokens[after + 2]]
    qualifier = loose or (before[0][1] if before else "")
    most = bool(before) and before[0][0] in ("most", "less")
    value: dict[str, Any] = {} if most else {"min": least}
    return {**value, **({"qualifier": qualifier} if qualifier else {}), "term": term}


def _alone(tokens: list[str]) -> dict[str, Any] | None:
    """Read words without any number: "no one", "some villagers", "a shepherd"."""
    second = _at(tokens, 1)
    if _match(tokens, 0, _NOBODY) and second not in ("fewer", "less", "more"):
        return {"best": 0}
    if tokens[:1] == ["some"] and second:
        return {"term": "some"}
    return {"best": 1} if tokens[:1] in (["a"], ["an"]) and second and second not in _SCALES else None


def _number(tokens: list[str], at: int) -> _Found | None:
    """Read one number in digits or words, with the scale words after it."""
    if at >= len(tokens):
        return None
    if tokens[at][0].isdigit():
        return _scaled(tokens, at + 1, _literal(tokens[at], scaled=_scale(tokens, at + 1) is not None))
    if tokens[at] == "half" or tokens[at : at + 2] == ["a", "half"]:
        end = at + 1 + (tokens[at] == "a")
        end += tokens[end : end + 1] in (["a"], ["-"])
        return _scaled(tokens, end, Fraction(1, 2)) if _scale(tokens, end) else None
    if tokens[at : at + 4] == ["a", "quarter", "of", "a"] and _scale(tokens, at + 4):
        return _scaled(tokens, at + 4, Fraction(1, 4))
    if tokens[at] in ("a", "an"):
        return _spelled(tokens, at + 1, Fraction(1)) if _scale(tokens, at + 1) else None
    return _spelled(tokens, at, None)


def _spelled(tokens: list[str], at: int, current: Fraction | None) -> _Found | None:
    """Read "two hundred and fifty thousand": groups below a thousand, each with its scale."""
    total, scale = Fraction(0), 1
    group = current
    while at < len(tokens):
        word = tokens[at]
        if (factor := _scale(tokens, at)) and group is not None:
            scale = factor
            if factor >= 1000:
                total, group = total + group * factor, None
            else:
                group *= factor
        elif group is None or group % 100 == 0:
            size = _UNITS.get(word, _TENS.get(word))
            if size is None:
                skips = word == "and" and (group or total) and _small(tokens, at + 1)
                if not skips:
                    break
            else:
                group = (group or Fraction(0)) + size
        elif group % 10 == 0 and group % 100 >= 20 and 0 < _UNITS.get(word, 0) < 10:
            group += _UNITS[word]
        elif word == "-" and group % 10 == 0 and group % 100 >= 20 and 0 < _UNITS.get(_at(tokens, at + 1), 0) < 10:
            pass
        elif tokens[at : at + 3] == ["and", "a", "half"] and _scale(tokens, at + 3):
            group += Fraction(1, 2)
            at += 2
        else:
            break
        at += 1
    if group is None and not total:
        return None
    return _Found(total + (group or 0), at, scale)


def _scaled(tokens: list[str], at: int, value: Fraction | None) -> _Found | None:
    if value is None:
        return None
    scale = 1
    while factor := _scale(tokens, at):
        value, scale, at = value * factor, scale * factor, at + 1
    return _Found(value, at, scale)


def _literal(digits: str, *, scaled: bool) -> Fraction | None:
    """Read a number in digits; see the conventions in the module's docstring."""
    if len(digits) > 30:  # no count of people, and int() refuses thousands of digits
        return None
    grouped = re.fullmatch(r"\d{1,3}(?:([.,' ])\d{3})(?:\1\d{3})*", digits)
    single_dot = grouped is not None and grouped[1] == "." and len(digits.split(".")) == 2
    if grouped and not (single_dot and scaled):
        return Fraction(re.sub(r"\D", "", digits))
    if re.fullmatch(r"\d+(?:[.,]\d+)?", digits):
        return Fraction(digits.replace(",", "."))
    return None


def _scale(tokens: list[str], at: int) -> int | None:
    return _SCALES.get(_at(tokens, at))


def _small(tokens: list[str], at: int) -> bool:
    return _at(tokens, at) in _UNITS or _at(tokens, at) in _TENS


def _at(tokens: list[str], at: int) -> str:
    return tokens[at] if at < len(tokens) else ""


def _measures(tokens: list[str], at: int) -> bool:
    """Say whether the number before this place measures something: "12-year-old", "40 km"."""
    return _at(tokens, at + (_at(tokens, at) == "-")) in _MEASURES


def _match(tokens: list[str], at: int, phrases: Sequence[str]) -> str:
    """Return the longest of the phrases that stands at this place, or ""."""
    found = (phrase for phrase in phrases if tokens[at : at + len(phrase.split())] == phrase.split())
    return max(found, key=len, default="")


def _qualifier(tokens: list[str], at: int, table: Mapping[Mode, str]) -> tuple[Mode, str] | None:
    matches = [(mode, _match(tokens, at, phrases.split("|"))) for mode, phrases in table.items()]
    found = max(matches, key=lambda match: len(match[1]))
    return found if found[1] else None


def _whole(*numbers: Fraction) -> bool:
    return all(number.denominator == 1 and number <= LARGEST for number in numbers)


def _unit(tokens: list[str]) -> str:
    """Return the unit that the words name; in "a family of five" persons are counted."""
    for at, word in enumerate(tokens):
        if word in _UNIT_WORDS and not (_at(tokens, at + 1) == "of" and _number(tokens, at + 2)):
            return _UNIT_WORDS[word]
    return ""
