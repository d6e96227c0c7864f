"""What the concordance screens say: plain functions from places, readings and counts to runs.

Invariant: everything that came from outside is made safe to show and is never markup; the words that were looked for
stand in one column, and every reading has a letter, a name or a sign besides its colour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len, set_cell_size

from annotator.core.concordance import Concordance, Form, Key, Occurrence, Tally, told
from annotator.core.counting import count
from annotator.core.occurrences import Reading
from annotator.tui.desk import short
from annotator.tui.glyphs import visible
from annotator.tui.queue_lines import middle_cut
from annotator.tui.style import Palette
from annotator.tui.widgets.bar import Run

if TYPE_CHECKING:
    from annotator.tui.paint import Theme

WIDE: Final = 100
NAMED: Final = 44  # cells of context with which readings are written out and not as letters
COLUMN: Final = (5, 16)  # cells of an annotator's column: of letters, and of names at most
UNREAD, UNMARKED, SPLIT, ODD, WRITES = "–", "·", "≠", "!", "✎"
STRING: Final = 34  # cells of a string in the list of strings, at most


@dataclass(frozen=True, slots=True)
class Columns:
    """Where things are on a line of the list.

    Args:
        names: The annotators, one column each.
        key: Cells of the article's key.
        room: Cells of the words in their context.
        lead: Cells of that before the words.
        cell: Cells of an annotator's column.
    """

    names: tuple[str, ...]
    key: int
    room: int
    lead: int
    cell: int

    @property
    def named(self) -> bool:
        """Whether readings are written out."""
        return self.cell > COLUMN[0]


def columns(found: Concordance, *, width: int) -> Columns:
    """Return the columns of a concordance in a list of some width, as many annotators as there is room for."""
    names = found.annotators
    key = 18 if width >= WIDE else 10
    most = max((cell_len(visible(name)) for name in names), default=0)
    labels = max((cell_len(visible("+".join(k[1:]))) + 2 for k in found.tally.keys if k[0] == "label"), default=0)
    cell = min(COLUMN[1], max(most + 1, labels, 8) + 1)  # a name may have the sign of whose layers keys change
    if width - key - 6 - cell * len(names) < NAMED:
        cell = COLUMN[0]
        names = names[: max(1, (width - key - 6 - 24) // cell)]
    room = max(10, width - key - 6 - cell * len(names))
    longest = max((cell_len(short(one.found, 40)) for one in found.occurrences[:200]), default=0)
    return Columns(names, key, room, max(4, (room - min(longest, room // 2)) // 2), cell)


def heads(at: Columns, target: str, *, palette: Palette) -> list[Run]:
    """Return the runs of the line above the list: whose columns these are, and whose layers keys change."""
    runs: list[Run] = [(set_cell_size("    article", at.key + 5) + " " * (at.room + 1), palette.faint)]
    for number, name in enumerate(at.names, 1):
        text = middle_cut(name, at.cell - 2) if at.named else str(number)
        text = f"{WRITES if name == target else ' '}{text}"
        runs.append((set_cell_size(text, at.cell), palette.strong if name == target else palette.faint))
    return runs


def place(one: Occurrence, at: Columns, *, usual: Key | None, ticked: bool, look: Theme) -> list[Run]:
    """Return the runs of a place: tick, how even it is, article, the words in their context, and the readings."""
    palette = look.palette
    tick: Run = ("✓", palette.good_mark) if ticked else (" ", palette.plain)
    mark: Run = (SPLIT, palette.bad_mark) if one.split else (ODD if one.odd(usual) else " ", palette.current_mark)
    return [
        (" ", palette.plain),
        tick,
        mark,
        (f" {set_cell_size(middle_cut(one.name, at.key), at.key)} ", palette.faint),
        *kwic(one.before, one.found, one.after, lead=at.lead, room=at.room, palette=palette),
        (" ", palette.plain),
        *(run for name in at.names for run in _cell(one.readings.get(name), at, look)),
    ]


def kwic(before: str, found: str, after: str, *, lead: int, room: int, palette: Palette) -> list[Run]:
    """Return words in their context in so many cells, those before them ending after `lead` cells."""
    words = short(found, max(1, min(60, room - lead)))
    left = _line(before)
    while left and cell_len(left) > lead:
        left = left[1:]
    rest = max(0, room - lead - cell_len(words))
    right = set_cell_size(_line(after[: 2 * rest]), rest)
    return [
        (" " * (lead - cell_len(left)) + left, palette.faint),
        (words, palette.found),
        (right, palette.faint),
    ]


def _line(words: str) -> str:
    """Return words on one line, safe to show, runs of blanks as one, also at the ends."""
    line = " ".join(words.split())
    gap = " " if words else ""
    return visible(f"{gap if words[:1].isspace() else ''}{line}{gap if line and words[-1:].isspace() else ''}")


def _cell(reading: Reading | None, at: Columns, look: Theme) -> list[Run]:
    """Return the runs of a reading, as wide as its column."""
    return filled(chips(reading, look, width=at.cell - 1, named=at.named), at.cell, look.palette)


def filled(runs: list[Run], width: int, palette: Palette) -> list[Run]:
    """Return runs with blanks after them up to a width."""
    used = sum(cell_len(text) for text, _ in runs)
    return [*runs, (" " * max(0, width - used), palette.plain)]


def chips(reading: Reading | None, look: Theme, *, width: int, named: bool) -> list[Run]:
    """Return the runs of a reading: a chip for its label, a sign where it has none."""
    palette = look.palette
    if reading is None:
        return [(f" {UNREAD}", palette.faint)]
    return key_runs(reading.key, look, width=width, named=named)


def key_runs(key: Sequence[str], look: Theme, *, width: int, named: bool) -> list[Run]:
    """Return the runs of a reading by its key; see `Reading.key`."""
    palette = look.palette
    kind, names = key[0], key[1:]
    if kind == "unmarked":
        return [(f" {UNMARKED}", palette.faint)]
    if named:
        shown = short("+".join(names), max(1, width - 2))
        return [(f" {shown} ", look.chip(names[0]))] if kind == "label" else [(f"({shown})", palette.faint)]
    letters = "".join(look.label(name).letter for name in names[: max(1, width - 2)])
    return [(f" {letters} ", look.mark(names[0]))] if kind == "label" else [(f"({letters})", palette.faint)]


def counts(tally: Tally) -> str:
    """Return how many places there are and how many of them are inconsistent."""
    said = f"{count(tally.occurrences, 'place')} · {count(tally.articles, 'article')}"
    return f"{said} · {tally.inconsistent:,} inconsistent"


def spread(keys: Mapping[Key, int], *, look: Theme, width: int, named: bool = True, bar: bool = True) -> list[Run]:
    """Return the runs of how often each reading occurs, from the most common on, as many as there is room for."""
    palette = look.palette
    style = palette.on_bar if bar else palette.plain
    runs: list[Run] = []
    used = 0
    for key, number in told(keys):
        sign = key_runs(key, look, width=24, named=named)
        if key[0] == "unmarked":
            sign = [("unmarked" if named else UNMARKED, palette.on_bar_dim if bar else palette.faint)]
        elif key[0] != "label" and bar:
            sign = [(text, palette.on_bar_dim) for text, _ in sign]
        one: list[Run] = [*sign, (f" {number:,}   ", style)]
        used += sum(cell_len(text) for text, _ in one)
        if used > width:
            return [*runs, ("…", style)]
        runs += one
    return runs


def hints(letters: str, width: int) -> str:
    """Return the keys of a concordance, as many as there is room for.

    Args:
        letters: The keys of the labels.
        width: Of the screen.
    """
    room = width - 2
    begin = f"Space tick · {letters} label · x none · L whose · u undo"
    for more in (
        " · * all · f filter · I case · W words · / string · Enter opens · ? keys · q back",
        " · * all · f filter · I case · Enter opens · ? keys · q back",
        " · f filter · Enter opens · ? keys · q back",
        " · Enter opens · ? keys · q back",
        " · ? keys · q back",
    ):
        if cell_len(begin + more) <= room:
            return begin + more
    return f"{letters} x · L u f * I W / · Enter · ? q"


def about(one: Occurrence, found: Concordance, at: Columns, *, look: Theme, width: int) -> list[Run]:
    """Return the runs that tell how each annotator read the place in hand, with the words of spans with other edges."""
    palette = look.palette
    runs: list[Run] = [(" ", palette.on_bar)]
    shown = [name for name in found.annotators if name in one.readings]
    share = max(10, (width - 2) // max(1, len(shown)) - 3)
    for name in shown:
        number = "" if at.named or name not in at.names else f"{at.names.index(name) + 1} "
        who = f"{number}{short(name, max(4, share // 2))}"
        said = short(_words(one, one.readings[name]), max(4, share - cell_len(who) - 1))
        runs += [(f"{who} ", palette.on_bar_accent), (f"{said}   ", palette.on_bar)]
    if not shown:
        runs.append(("nobody whose readings are shown has begun this article", palette.on_bar_dim))
    return runs


def _words(one: Occurrence, reading: Reading) -> str:
    """Return a reading in words."""
    if reading.labels:
        return "+".join(reading.labels)
    if not reading.across:
        return "unmarked"
    mark = min(reading.across, key=lambda mark: mark.end - mark.start)
    low, text = one.start - len(one.before), one.before + one.found + one.after
    cut = "…" if mark.start < low or mark.end > low + len(text) else ""
    return f"{mark.label} “{text[max(0, mark.start - low) : max(0, mark.end - low)]}{cut}”"


def form(one: Form, *, look: Theme, width: int) -> list[Run]:
    """Return the runs of a string: how many readings are unlike the usual one, and all of them."""
    palette = look.palette
    size = min(STRING, max(12, width // 3))
    runs: list[Run] = [
        (f" {one.minority:>6,} ", palette.bad_mark if one.split else palette.current_mark),
        (f"{100 * one.share:>4.0f} %  ", palette.faint),
        (f"{set_cell_size(short(one.string, size - 1), size)} ", palette.strong),
    ]
    used = sum(cell_len(text) for text, _ in runs)
    return runs + spread(one.keys, look=look, width=width - used - 2, named=width >= WIDE, bar=False)


def form_heads(*, palette: Palette, width: int) -> list[Run]:
    """Return the runs of the line above the strings."""
    size = min(STRING, max(12, width // 3))
    return [(f" unlike  share  {set_cell_size('string', size)} how it is read", palette.faint)]
