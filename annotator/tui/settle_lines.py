"""What the settle screen says about cases: plain functions from the desk to runs.

Invariant: everything that came from outside is made safe to show; each line makes sense at 40 columns; where names are
hidden no line has one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.cells import cell_len, set_cell_size
from rich.style import Style

from annotator.adjudication.cases import Case, Reading
from annotator.core.attributes import describe, targets
from annotator.core.counting import count
from annotator.core.index import SpanIndex
from annotator.core.schema import Link
from annotator.core.spans import Span
from annotator.tui.desk import short
from annotator.tui.glyphs import visible
from annotator.tui.keymap import Keymap
from annotator.tui.paint import Theme
from annotator.tui.settle_desk import SettleDesk
from annotator.tui.style import Palette
from annotator.tui.widgets.bar import Run

WIDE, NARROW = 100, 60
TITLES: Final = {
    "agree": "AGREE",
    "boundary": "BOUNDARY",
    "label": "LABEL",
    "attribute": "ATTRIBUTE",
    "missing": "MISSING",
    "split": "SPLIT",
}
BAR: Final = 10


def head(
    desk: SettleDesk, project: str, *, palette: Palette, place: tuple[int, int], width: int
) -> tuple[list[Run], list[Run]]:
    """Return the runs of the head bar: project, place, how many cases agree and differ, F1 and κ."""
    counts = Counter("agree" if case.kind == "agree" else "differ" for case in desk.work.cases)
    article = desk.work.session.article
    right: list[Run] = [
        (f"{counts['agree']:,} agree  ", palette.on_bar_good),
        (f"{counts['differ']:,} differ  ", palette.on_bar_accent),
        ("exact F1 " if width >= WIDE else "F1 ", palette.on_bar_dim),
        (f"{_figure(desk.work.agreement)} ", palette.on_bar_bright),
        (" κ tokens " if width >= WIDE else " κ ", palette.on_bar_dim),
        (f"{_figure(desk.work.kappa)} ", palette.on_bar_bright),
    ]
    mark = {"open": "", "done": "✓ ", "flagged": "⚑ "}[desk.work.session.head.status]
    left: list[Run] = [("▌", palette.on_bar_bright)]
    if width >= NARROW:
        left += [("SETTLE  ", palette.on_bar_bright)]
    if width >= WIDE:
        left += [(f"{short(project, 20)}  ", palette.on_bar)]
    left += [
        (f"{place[0]:,}", palette.on_bar_accent),
        (f"/{place[1]:,}  ", palette.on_bar_dim),
        (mark, palette.on_bar_good),
    ]
    room = width - sum(cell_len(text) for text, _ in (*left, *right)) - 4
    if room >= 8:
        left.append((f"“{short(article.title or article.key, room)}”", palette.on_bar))
    return left, right


def _figure(value: float | None) -> str:
    """Return a figure with two places and without the zero before them, or a dash where it is undefined."""
    return "–" if value is None else "1" if value == 1 else f"{value:.2f}".replace("0.", ".", 1)


def pane(desk: SettleDesk, number: int, *, palette: Palette) -> tuple[list[Run], list[Run]]:
    """Return the runs above a reader's pane: the number that takes their side, the name, and how many spans."""
    layer = desk.work.layers[desk.readers[number]]
    state = "" if layer.status == "done" else f"  {layer.status}"
    taken = _chosen(desk, number)
    return [
        (f" {number + 1} ", palette.chip if taken else palette.on_bar_accent + Style(bold=True)),
        (f" {short(desk.name(number), 24)}", palette.on_bar_bright),
        (f"  {count(len(layer.spans), 'span')}", palette.on_bar_dim),
        (state, palette.on_bar_bad),
    ], []


def legend(desk: SettleDesk, *, palette: Palette, width: int) -> tuple[list[Run], list[Run]]:
    """Return the runs above a text with lanes: all readers with their numbers."""
    share = max(4, (width - 2) // max(1, len(desk.readers)) - 5)
    runs: list[Run] = []
    for number in range(len(desk.readers)):
        runs += [
            (f" {number + 1} ", palette.on_bar_accent + Style(bold=True)),
            (f"{short(desk.name(number), share)} ", palette.on_bar),
        ]
    return runs, [(f" the text shows {short(desk.gold_name, 20)} ", palette.on_bar_dim)] if width >= WIDE else []


def _chosen(desk: SettleDesk, number: int) -> bool:
    """Say whether the decision on the case in hand is this reader's side."""
    decision = desk.work.ledger.decision(desk.at) if desk.listed else None
    return bool(decision and decision.take and desk.readers[number] in decision.take)


def case_title(desk: SettleDesk, keys: Keymap, *, palette: Palette, width: int) -> list[Run]:
    """Return the runs of the line about the case in hand: its place, its kind, whether it is settled, and why."""
    case = desk.case
    if case is None:
        if desk.kind == "differ" and not desk.label:
            done = keys.label("gold.done")
            return [(" nothing to settle ", palette.plain), (f"· {done} marks it done, and on", palette.faint)]
        esc = keys.label("settle.cancel")
        return [
            (f" no case is: {desk.told_filter()} ", palette.plain),
            (f"· {esc} lists all differences", palette.faint),
        ]
    state: list[Run] = [("open", palette.bad_mark)]
    decision = desk.work.ledger.decision(desk.at)
    if not desk.is_open:
        by = f" by {short(decision.by, 16)}" if decision and not desk.blind else ""
        edited = ", edited" if decision and decision.edited else ""
        state = [(f"✓ settled{by}{edited}", palette.good_mark)]
    runs: list[Run] = [
        (f" {desk.place()}/{len(desk.listed)} ", palette.heading),
        (f" {TITLES[case.kind]} ", palette.found if desk.is_open else palette.strong),
        ("  ", palette.plain),
        *state,
    ]
    overlap = _overlap(case)
    if overlap and width >= NARROW:
        runs.append((f"  overlap {overlap}", palette.faint))
    if desk.kind != "differ" or desk.label:
        runs.append((f"  [{desk.told_filter()}]", palette.current_mark))
    if decision and decision.why:
        room = width - sum(cell_len(text) for text, _ in runs) - 6
        if room > 4:
            runs.append((f"  ✎ {short(decision.why, room)}", palette.suggested))
    return runs


def _overlap(case: Case) -> str:
    """Return the share of what two readings cover that both cover, of two spans with other edges."""
    spans = [reading.spans[0] for reading in case.readings if reading.spans]
    if case.kind not in ("boundary", "label") or len(spans) != 2:
        return ""
    shared = min(s.end for s in spans) - max(s.start for s in spans)
    share = shared / (max(s.end for s in spans) - min(s.start for s in spans))
    return f"{share:.2f}".removeprefix("0")


def reading(desk: SettleDesk, number: int, *, look: Theme, width: int) -> list[Run]:
    """Return the runs of what a reader has in the case in hand."""
    palette, case = look.palette, desk.case
    assert case is not None
    found = case.readings[number] if number < len(case.readings) else Reading("", (), "")
    chip = palette.chip if _chosen(desk, number) else palette.heading
    names = max(cell_len(short(desk.name(one), 14)) for one in range(len(desk.readers)))
    name = set_cell_size(short(desk.name(number), 14), names) if width >= NARROW else ""
    start: list[Run] = [(f" {number + 1} ", chip), (f" {name} " if name else " ", palette.plain)]
    room = width - names * bool(name) - 6
    return [*start, *_spans(desk, found.spans, case, look, room, _facts(desk, found, desk.work.indexes))]


def gold(desk: SettleDesk, *, look: Theme, width: int) -> list[Run]:
    """Return the runs of what the gold layer has for the case in hand."""
    palette, case = look.palette, desk.case
    assert case is not None
    names = max([cell_len(short(desk.name(one), 14)) for one in range(len(desk.readers))], default=0)
    name = set_cell_size(short(desk.gold_name, max(4, names)), max(4, names)) if width >= NARROW else ""
    mark = (" ✓ ", palette.good_mark) if not desk.is_open else (" · ", palette.faint)
    own = desk.gold()
    editing = desk.editing and width >= NARROW
    start: list[Run] = [mark, (f" {name} " if name else " ", palette.field_here if editing else palette.plain)]
    if not own and desk.is_open:
        return [*start, (" not settled yet", palette.faint)]
    found, room = Reading("", tuple(own), ""), width - max(4, names) * bool(name) - 6
    facts = _facts(desk, found, {"": desk.work.session.index})
    return [*start, *_spans(desk, own, case, look, room, facts)]


def _facts(desk: SettleDesk, reading: Reading, indexes: Mapping[str, SpanIndex]) -> list[dict[str, str]]:
    """Return the attributes of each span of a reading in words; a link as the words that it points to."""
    index, labels = indexes[reading.annotator], desk.work.project.schema.labels

    def told(span: Span, name: str, value: Any) -> str:
        known = labels[span.label].attributes if span.label in labels else {}
        if not isinstance(known.get(name), Link):
            return visible(describe(value))
        found = filter(None, map(index.get, targets(value)))
        return ", ".join(f"→ {short(target.surface(desk.text), 24)}" for target in found) or "→ nothing"

    return [{name: told(span, name, value) for name, value in span.attributes.items()} for span in reading.spans]


def _spans(
    desk: SettleDesk, spans: Sequence[Span], case: Case, look: Theme, room: int, facts: Sequence[Mapping[str, str]]
) -> list[Run]:
    """Return spans as chips with words, offsets and attributes; what tells readings apart comes first."""
    palette = look.palette
    if not spans:
        return [(" nothing", palette.faint)]
    runs: list[Run] = []
    share = max(8, room // len(spans))
    differing = _differing(desk, case)
    for span, said_of in zip(spans, facts, strict=True):
        title = short(look.label(span.label).name, 14 if share >= 40 else 6)
        place = f"{span.start}–{span.end}"
        told = " · ".join(f"{visible(name)}: {short(said_of.get(name, '–'), 30)}" for name in differing)
        left = share - cell_len(title) - 7
        extra = min(cell_len(told) + 2, left * 2 // 3) if told and case.kind == "attribute" else 0
        words = short(desk.text[span.start : span.end], max(4, left - extra))
        here = span.id == desk.editing
        runs += [
            (f" {title} ", look.chip(span.label)),
            (" ", palette.plain),
            (f"“{words}”", palette.found if here else palette.plain),
        ]
        left -= cell_len(words)
        parts = [(told, palette.suggested), (place, palette.faint)]
        for said, style in parts if case.kind == "attribute" else reversed(parts):
            if said and left > min(cell_len(said), 8) + 2:
                shown = short(said, left - 2)
                runs.append((f"  {shown}", style))
                left -= cell_len(shown) + 2
        runs.append(("  ", palette.plain))
    return runs


def _differing(desk: SettleDesk, case: Case) -> list[str]:
    """Return the names of the attributes that are not the same, in words, in all spans of a case."""
    found = [facts for reading in case.readings for facts in _facts(desk, reading, desk.work.indexes)]
    names = dict.fromkeys(name for facts in found for name in facts)
    return [name for name in names if len({facts.get(name) for facts in found}) > 1]


def hints(desk: SettleDesk, keys: Keymap, *, palette: Palette, width: int) -> list[Run]:
    """Return the keys that matter now, as many as there is room for."""
    if desk.editing:
        edges = " ".join(filter(None, (keys.label(f"edit.{edge}") for edge in EDGES)))
        parts = [
            (edges, "edges"),
            ("label keys", "relabel"),
            (keys.label("edit.attributes"), "attributes"),
            ("1–9", "start from"),
            (keys.label("settle.keep"), "ends"),
        ]
    else:
        readers = "1/2" if len(desk.readers) == 2 else f"1–{len(desk.readers)}"
        parts = [
            (readers, "take"),
            (keys.label("settle.both"), "both" if len(desk.readers) == 2 else "all"),
            ("0", "neither"),
            (keys.label("edit.begin"), "edit"),
            (keys.label("settle.note"), "why"),
            (f"{keys.label('settle.next')}/{keys.label('settle.previous')}", "next/prev"),
            (keys.label("gold.undo"), "undo"),
            (keys.label("settle.kind"), "kind"),
            (keys.label("settle.label"), "label"),
            (keys.label("settle.all-of-one"), "all of one"),
            (keys.label("settle.blind"), "blind"),
            (keys.label("settle.example"), "example"),
        ]
    runs: list[Run] = [(" ", palette.plain)]
    used = 1
    for key, what in parts:
        size = cell_len(f"{key} {what}  ")
        if key and used + size <= width:
            runs += [(key, palette.strong), (f" {what}  ", palette.faint)]
            used += size
    return runs


EDGES: Final = ("left-edge-left", "left-edge-right", "right-edge-left", "right-edge-right")


def status(
    desk: SettleDesk, keys: Keymap, *, palette: Palette, asking: bool, width: int
) -> tuple[list[Run], list[Run]]:
    """Return the runs of the status bar: mode, progress or message, and whether it is saved."""
    session = desk.work.session
    total = sum(case.kind != "agree" for case in desk.work.cases)
    left = sum(desk.work.cases[number].kind != "agree" for number in desk.work.ledger.open)
    saved: Run = (" ● saved ", palette.on_bar_good) if session.state == "saved" else (" ○ saving ", palette.on_bar_dim)
    if session.state == "failed":
        saved = (f" ✗ NOT SAVED · {keys.label('gold.save')} ", palette.on_bar_bad)
    right = [saved]
    if width >= NARROW and keys.label("screen.help"):
        right.append((f" {keys.label('screen.help')} help ", palette.on_bar_dim))
    mode = "WHOSE?" if asking else "EDIT" if desk.editing else "BLIND" if desk.blind else "DIFF"
    runs: list[Run] = [(f" {mode} ", palette.chip), (" ", palette.on_bar)]
    room = width - sum(cell_len(text) for text, _ in (*runs, *right)) - 1
    if asking:
        return [
            *runs,
            (short("1–9 takes all open cases of the list · Esc", max(8, room)), palette.on_bar_bright),
        ], right
    if desk.message:
        return [*runs, (short(desk.message, max(8, room)), palette.on_bar_bright)], right
    done = total - left
    filled = round(BAR * done / total) if total else BAR
    facts = f" {done:,}/{total:,} settled"
    runs += [
        ("▰" * filled, palette.on_bar_good),
        ("▱" * (BAR - filled), palette.on_bar_dim),
        (facts, palette.on_bar_bright),
    ]
    if width >= NARROW:
        of_kind = "gold" if desk.gold_name == "gold" else f"gold {short(desk.gold_name, 14)}:"
        runs.append((f" · {of_kind} {count(len(session.index), 'span')}", palette.on_bar_dim))
        lost = sum(len(one.spans) for one in desk.work.ledger.lost)
        if lost and width >= WIDE:
            runs.append((f" · {lost} of them nobody has any more", palette.on_bar_bad))
    return runs, right
