"""A concordance as plain lines: each place with the words around it, and a column for each annotator.

Invariant: no control character of the data reaches the terminal, and what was looked for stands in one column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import click

from annotator.cli.tables import clean, count, table
from annotator.core.concordance import label_of, told

if TYPE_CHECKING:
    from annotator.core.concordance import Concordance, Form, Occurrence
    from annotator.core.occurrences import Reading, Wanted

KEY: Final = (14, 24)  # cells of an article's key, at most, in a narrow terminal and in a wide one
NAME: Final = 14  # cells of an annotator's column, at most
FOUND: Final = 40  # cells of the words that were looked for, at most
CONTEXT: Final = 36  # cells of the words around them, at least; with less, columns have letters
WIDE: Final = 100
UNREAD, UNMARKED = "–", "·"
LEGEND: Final = "≠ they differ   ! all have something unusual   · unmarked   (…) a span with other edges   – not read"


def head(wanted: Wanted, found: Concordance) -> str:
    """Return how often the string stands where, and how it was read altogether."""
    tally = found.tally
    places = f"{count(tally.occurrences, 'place')} in {count(tally.articles, 'article')}"
    if not tally.occurrences:
        return f"“{clean(wanted.string)}” · {places}"
    facts = [f"“{clean(wanted.string)}”", places]
    facts.append(f"{tally.inconsistent:,} inconsistent" + (f", at {tally.split:,} they differ" if tally.split else ""))
    if tally.unread:
        facts.append(f"{tally.unread:,} not read by anybody")
    if tally.keys:
        facts.append(f"{tally.minority:,} of {count(tally.keys.total(), 'reading')} unlike the usual one")
    by = [name for name in found.annotators if name in tally.by]
    rows = [[label_of(key), n, *(tally.by[name][key] for name in by)] for key, n in told(tally.keys)]
    return " · ".join(facts) + (f"\n\n{table(['reading', 'all', *by], rows)}" if rows else "")


def lines(found: Concordance, shown: Sequence[Occurrence], *, letters: Mapping[str, str], width: int) -> str:
    """Return a line for each place.

    Args:
        found: Whose readings there are.
        shown: The places.
        letters: Each label's letter, for where there is no room for names.
        width: Of the terminal, in cells.
    """
    usual = found.tally.usual
    names = [name for name in found.annotators if name in found.tally.by]
    cells = [[cell(one.readings.get(name)) for name in names] for one in shown]
    heads = [clean(name) for name in names]
    key = key_width([one.name for one in shown], width)
    widths = [min(NAME, max(map(cells_of, column))) for column in zip(heads, *cells, strict=True)]
    numbered = ""
    if width - key - sum(widths) - 2 * len(widths) - 6 < CONTEXT + 8:
        numbered = "\n" + "   ".join(f"{number} {name}" for number, name in enumerate(heads, 1))
        heads = [str(number) for number in range(1, len(names) + 1)]
        cells = [[cell(one.readings.get(name), letters) for name in names] for one in shown]
        widths = [min(NAME, max(map(cells_of, column))) for column in zip(heads, *cells, strict=True)]
    room = max(CONTEXT, width - key - sum(widths) - 2 * len(widths) - 6)
    told_heads = "  ".join(pad(text, size) for text, size in zip(heads, widths, strict=True))
    rows = [f"  {pad('article', key)}  {' ' * room}  {told_heads}".rstrip()]
    longest = min(FOUND, max((cells_of(clean(one.found)) for one in shown), default=0))
    for one, readings in zip(shown, cells, strict=True):
        mark = "≠" if one.split else "!" if one.odd(usual) else " "
        told_cells = "  ".join(pad(text, size) for text, size in zip(readings, widths, strict=True))
        rows.append(f"{mark} {pad(cut(one.name, key), key)}  {context(one, room, longest)}  {told_cells}".rstrip())
    return "\n".join(rows) + f"\n\n{LEGEND}{numbered}"


def key_width(names: Sequence[str], width: int) -> int:
    """Return how many cells the column of articles' keys gets in a terminal of this width."""
    return min(KEY[width >= WIDE], max([len("article"), *(cells_of(clean(name)) for name in names)]))


def cell(reading: Reading | None, letters: Mapping[str, str] | None = None) -> str:
    """Return a reading in a word, or in a letter for each label."""
    if reading is None:
        return UNREAD
    key = reading.key
    if key[0] == "unmarked":
        return UNMARKED
    if letters is not None:
        key = (key[0], *(letters.get(name, name[:1].upper()) for name in key[1:]))
    return clean(label_of(key))


def context(one: Occurrence, room: int, longest: int) -> str:
    """Return the words around a place, those that were looked for in the middle."""
    words = short(clean(one.found), longest)
    side = max(4, (room - longest) // 2)
    before, after = squeezed(one.before), squeezed(one.after)
    while before and cells_of(before) > side:
        before = before[1:]
    after = short(after, max(1, room - side - cells_of(words)), mark="")
    gap = " " * (side - cells_of(before))
    line = f"{gap}{before}{click.style(words, bold=True, fg='yellow')}{after}"
    return line + " " * max(0, room - side - cells_of(words) - cells_of(after))


def squeezed(words: str) -> str:
    """Return words on one line, runs of blanks as one blank, those at the ends too."""
    line = " ".join(words.split())
    head, tail = " " if words[:1].isspace() else "", " " if words[-1:].isspace() else ""
    return clean(f"{head}{line}{tail}") if line else " " * bool(words)


def forms_table(forms: Sequence[Form]) -> str:
    """Return uneven strings with how each was read."""
    rows = [
        [
            short(clean(form.string), FOUND),
            form.places,
            form.split,
            form.minority,
            f"{100 * form.share:.0f} %",
            "  ".join(f"{label_of(key)} {n:,}" for key, n in told(form.keys)),
        ]
        for form in forms
    ]
    return table(["string", "places", "they differ at", "unlike the usual", "share", "readings"], rows)


def cells_of(text: str) -> int:
    """Return how many cells a terminal paints safe text in."""
    from wcwidth import wcswidth

    return max(wcswidth(text), 0)


def short(text: str, width: int, *, mark: str = "…") -> str:
    """Return safe text cut to so many cells."""
    if cells_of(text) <= width:
        return text
    while text and cells_of(text) > width - len(mark):
        text = text[:-1]
    return text + mark


def cut(name: str, width: int) -> str:
    """Return a name safe to show, cut in its middle, for ends tell names apart."""
    name = clean(name)
    if cells_of(name) <= width:
        return name
    tail = name[len(name) - width // 2 :]
    while cells_of(tail) > width // 2:
        tail = tail[1:]
    return short(name, width - cells_of(tail)) + tail


def pad(text: str, width: int) -> str:
    """Return safe text in exactly so many cells."""
    text = short(text, width)
    return text + " " * (width - cells_of(text))
