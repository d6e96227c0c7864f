"""What the queue says: plain functions from rows, filters and counts to runs.

Invariant: everything that came from outside is made safe to show and is never markup; each line makes sense at 40
columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.cells import cell_len, set_cell_size

from annotator.core.counting import count, named
from annotator.core.stopwatch import duration
from annotator.core.words import hits
from annotator.store.queue import QueueFilter, QueueRow
from annotator.tui.desk import short
from annotator.tui.glyphs import visible
from annotator.tui.keymap import Keymap
from annotator.tui.style import Palette
from annotator.tui.widgets.bar import Run

MARKS: Final = {"todo": "·", "open": "◐", "flagged": "⚑", "done": "✓"}
NOTE: Final = "✎"
STATUS_NAMES: Final = {"todo": "to do", "open": "open", "flagged": "flagged", "done": "done"}
META_SHOWN: Final = ("source", "language", "country")
WIDE, NARROW = 100, 60
BAR: Final = 12
MINE: Final = (("filter.mine",), "mine")
FILTERS: Final = ("filter.status", "filter.annotator", "filter.label", "filter.date")
HINTS: Final = (
    (
        (("queue.open",), "opens"),
        (("filter.words",), "search"),
        (("filter.status",), "status"),
        (("filter.annotator",), "by"),
        (("filter.label",), "label"),
        (("filter.date",), "date"),
        (("queue.next-to-do",), "to do"),
        (("queue.agreement",), "agree"),
        (("queue.settle",), "settle"),
        (("queue.concordance",), "strings"),
        (("screen.help",), "help"),
        (("screen.leave",), "quits"),
    ),
    (
        (("queue.open",), "opens"),
        (("filter.words",), "search"),
        (FILTERS, "filter"),
        (("queue.agreement",), "agree"),
        (("queue.settle",), "settle"),
        (("screen.help",), "help"),
        (("screen.leave",), "quits"),
    ),
    (
        (("queue.open",), ""),
        (("filter.words",), "find"),
        (FILTERS, "filter"),
        (("queue.next-to-do",), "to do"),
        (("screen.help",), "help"),
        (("screen.leave",), "quits"),
    ),
    ((("filter.words",), "find"), (FILTERS, "filter"), (("screen.help",), "keys"), (("screen.leave",), "")),
)
"""Actions and what they are called, for wide screens first."""


def head(
    project: str, annotator: str, counts: Mapping[str, int], *, total: int, palette: Palette, width: int
) -> tuple[list[Run], list[Run]]:
    """Return the runs of the head bar: the project, how its articles stand with the annotator, and the share done."""
    done, flagged = counts.get("done", 0), counts.get("flagged", 0)
    left: list[Run] = [("▌", palette.on_bar_bright)]
    if width >= NARROW:
        left += [(f"{short(project, 20)}  ", palette.on_bar_bright), (f"{count(total, 'article')}  ", palette.on_bar)]
    left += [
        (f"✓ {done:,}  ", palette.on_bar_good),
        (f"◐ {counts.get('open', 0):,}  ", palette.on_bar),
        (f"⚑ {flagged:,}  ", palette.on_bar_bad if flagged else palette.on_bar_dim),
    ]
    bar = round(BAR * done / total) if total else 0
    right: list[Run] = [
        (f"{short(annotator, 20 if width >= NARROW else 8)}  ", palette.on_bar_accent),
        ("▰" * bar, palette.on_bar_good),
        ("▱" * (BAR - bar), palette.on_bar_dim),
        (f" {100 * done // total if total else 0} % ", palette.on_bar_dim),
    ]
    return left, right if width >= NARROW else [right[0], right[-1]]


def filter_names(chosen: QueueFilter) -> list[str]:
    """Return what a filter asks for, part by part, safe to show."""
    names = []
    if chosen.mine:
        names.append("assigned to you")
    if chosen.status:
        names.append(STATUS_NAMES[chosen.status])
    if chosen.by:
        names.append(f"by {short(chosen.by, 16)}")
    if chosen.label:
        names.append(short(chosen.label, 16))
    if chosen.days:
        first, last = chosen.days
        names.append(first if first == last else f"{first}..{last}")
    if chosen.words:
        names.append(f"“{short(chosen.words, 24)}”")
    return names


def filters(chosen: QueueFilter, place: str, *, palette: Palette) -> tuple[list[Run], list[Run]]:
    """Return the runs of the filter bar: a chip for each part of the filter, and how many articles there are."""
    left: list[Run] = [(" ", palette.on_bar)]
    names = filter_names(chosen)
    for name in names:
        left += [(f" {name} ", palette.chip), (" ", palette.on_bar)]
    left.append(("Esc shows all" if names else "all articles", palette.on_bar_dim))
    return left, [(f" {place} ", palette.on_bar_accent)]


def none_found(chosen: QueueFilter, palette: Palette) -> list[Run]:
    """Return what is shown in place of rows where a filter lets nothing through."""
    return [
        ("  no article matches ", palette.plain),
        (" · ".join(filter_names(chosen)), palette.strong),
        (" — Esc shows all", palette.faint),
    ]


def row(row: QueueRow, chosen: QueueFilter, *, palette: Palette, width: int) -> list[Run]:
    """Return the runs of an article's row: status, name, title, and either figures or where the search found it."""
    styles = {"open": palette.current_mark, "flagged": palette.bad_mark, "done": palette.good_mark}
    key_width = 24 if width >= WIDE else 14 if width >= NARROW else 8
    runs: list[Run] = [
        (f" {MARKS[row.status]} ", styles.get(row.status, palette.faint)),
        (f"{set_cell_size(middle_cut(row.key, key_width), key_width)}  ", palette.faint),
    ]
    note = (f"{NOTE if row.noted else ' '} ", palette.current_mark)
    room = max(4, width - key_width - 7)
    title = row.title or (f"“{row.opening}”" if row.opening.strip() else "(no title)")
    if chosen.searches:
        share = room if row.hit is None else max(4, room * 2 // 5)
        runs += marked(short(title, share), share, chosen.words, palette)
        if row.hit is not None:
            runs += [*_snippet(row, room - share - 1, palette), (" ", palette.plain)]
        return [*runs, note]
    facts = f"{row.length:>7,} chars  {row.spans:>4} {named(row.spans, 'span'):<5} "
    if width >= WIDE:
        facts = f"{row.date:<10}  {facts}"
    elif width < NARROW:
        facts = f"{row.spans:>4} "
    room = max(4, room - len(facts) - 1)
    return [*runs, (f"{_fit(title, room)} ", palette.plain), (facts, palette.faint), note]


def marked(text: str, width: int, words: str, palette: Palette) -> list[Run]:
    """Return safe text as runs of a width in cells, the words of a search marked."""
    runs: list[Run] = []
    at = 0
    for start, end in hits(text, words):
        runs += [(text[at:start], palette.plain), (text[start:end], palette.found)]
        at = end
    runs.append((text[at:] + " " * max(0, width - cell_len(text)), palette.plain))
    return [run for run in runs if run[0]]


def _snippet(row: QueueRow, room: int, palette: Palette) -> list[Run]:
    """Return the words around a hit in so many cells, two of them a gap."""
    hit = row.hit
    assert hit is not None
    room -= 2
    found = short(hit.found, max(1, room - 2)) if room > 3 else ""
    before, after = _line(hit.before), _line(hit.after)
    left = _end(before, max(0, (room - cell_len(found)) // 3))
    right = set_cell_size(after, max(0, room - cell_len(found) - cell_len(left)))
    return [("  ", palette.plain), (left, palette.faint), (found, palette.found), (right, palette.faint)]


def _line(text: str) -> str:
    """Return text on one line, safe to show, a blank at each end kept."""
    words = " ".join(text.split())
    head, tail = (" " if text[:1].isspace() else ""), (" " if text[-1:].isspace() else "")
    return visible(f"{head}{words}{tail}") if words else " " * bool(text)


def _end(text: str, width: int) -> str:
    """Return the end of safe text that has room, from a word's beginning where there is one."""
    if cell_len(text) <= width:
        return text
    while text and cell_len(text) > width - 1:
        text = text[1:]
    word = text.partition(" ")[2]
    return f"…{word if word.strip() else text}" if text else ""


def detail(
    row: QueueRow,
    *,
    meta: Mapping[str, Any],
    note: str,
    seconds: float,
    others: Sequence[tuple[str, str]],
    palette: Palette,
    width: int,
) -> list[Run]:
    """Return the runs of the line about the current article: its day, time spent, note, the others, and its source."""
    dim, plain = palette.on_bar_dim, palette.on_bar
    parts: list[Run] = [(row.date, plain)]
    if seconds >= 0.5:
        parts.append((f"{duration(seconds)} spent", palette.on_bar_good))
    if note:
        parts.append((f"{NOTE} {short(note, max(8, width // 3))}", palette.on_bar_accent))
    elif row.noted:
        parts.append((f"{NOTE} on a span", palette.on_bar_accent))
    if others:
        told = "  ".join(f"{short(name, 12)} {MARKS[status]}" for name, status in others[:4])
        parts.append((told + (f" and {len(others) - 4} more" if len(others) > 4 else ""), plain))
    source = " · ".join(str(meta[name]) for name in META_SHOWN if meta.get(name))
    if source:
        parts.append((short(source, 40), dim))
    runs: list[Run] = [(" ", plain)]
    for text, style in parts:
        runs += [(text, style), ("   ", plain)]
    return runs[:-1]


def hints(keys: Keymap, width: int, *, mine: bool = False) -> str:
    """Return the keys of the queue, as many as there is room for; none is cut on 40 columns or more.

    Args:
        keys: The keys in force.
        width: The cells there are.
        mine: Whether something is assigned, so that there is a use for its key.
    """
    known = [(MINE, *parts) for parts in HINTS] if mine else HINTS
    lines = [" · ".join(filter(None, (_hint(keys, ids, what) for ids, what in parts))) for parts in known]
    return next((line for line in lines if cell_len(line) < width), lines[-1])


def _hint(keys: Keymap, ids: Sequence[str], what: str) -> str:
    """Return the first keys of actions and what they are for; nothing if none has a key."""
    labels = " ".join(filter(None, map(keys.label, ids)))
    return f"{labels} {what}".rstrip() if labels else ""


def middle_cut(name: str, width: int) -> str:
    """Return a name on one line, safe to show; one too long is cut in the middle, for ends tell names apart."""
    if len(name) <= 4 * width and cell_len(short(name, 8 * width)) <= width:
        return short(name, width)
    head = short(name[:width], 2 * width)
    tail = short(name[-width:], 8 * width)
    while tail and cell_len(tail) > width // 2:
        tail = tail[1:]
    return f"{set_cell_size(head, width - 1 - cell_len(tail)).rstrip()}…{tail}"


def _fit(text: str, width: int) -> str:
    """Return text padded or cut to a width in cells."""
    return set_cell_size(short(text, width), width)
