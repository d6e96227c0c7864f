"""What the bars of the tag screen say: plain functions from the state to runs.

Invariant: everything that came from outside is made safe to show, and each line still makes sense at 80 columns.
"""

from __future__ import annotations

from collections.abc import Mapping

from rich.cells import cell_len
from rich.style import Style

from annotator.core.layer import Layer
from annotator.core.schema import Schema
from annotator.core.text import Article
from annotator.tui.desk import Desk, short
from annotator.tui.glyphs import visible
from annotator.tui.paint import tint_of
from annotator.tui.style import (
    BAR,
    CHIP,
    ON_BAR,
    ON_BAR_ACCENT,
    ON_BAR_BAD,
    ON_BAR_BRIGHT,
    ON_BAR_DIM,
    ON_BAR_GOOD,
    key_style,
    label_style,
)
from annotator.tui.widgets.bar import Run

RUNS_A_LABEL = 4
STATUS_MARKS = {"open": "", "done": "✓ done", "flagged": "⚑ flagged"}
META_SHOWN = ("source", "date", "language")


def head(project: str, article: Article, layer: Layer, position: int, count: int) -> tuple[list[Run], list[Run]]:
    """Return the runs of the head bar: project, place in the corpus, title, source."""
    done = round(8 * position / count) if count else 0
    meta = " · ".join(visible(str(article.meta[name])) for name in META_SHOWN if article.meta.get(name))
    left: list[Run] = [
        ("▌", ON_BAR_BRIGHT),
        (f"{visible(project)}  ", ON_BAR_BRIGHT),
        (f"{position:,}", ON_BAR_ACCENT),
        (f"/{count:,}  ", ON_BAR_DIM),
    ]
    mark = STATUS_MARKS[layer.status]
    if mark:
        left.append((f"{mark}  ", ON_BAR_GOOD if layer.status == "done" else ON_BAR_BAD))
    if layer.note:
        left.append(("✎  ", ON_BAR_ACCENT))
    left.append((f"“{short(article.title or article.key, 60)}”   ", ON_BAR))
    left.append((meta, ON_BAR_DIM))
    right: list[Run] = [
        (" ", ON_BAR),
        ("▰" * done, ON_BAR_GOOD),
        ("▱" * (8 - done), ON_BAR_DIM),
        (" ", ON_BAR),
    ]
    return left, right


def labels(schema: Schema, counts: Mapping[str, int]) -> list[Run]:
    """Return the runs of the label bar: for each label its key, its name, its count, and a gap."""
    runs: list[Run] = []
    for number, (name, label) in enumerate(schema.labels.items(), 1):
        key = label.key or (str(number) if number < 10 else " ")
        runs += [
            (f" {key} ", key_style(label.color)),
            (f" {visible(label.title)} ", label_style(label.color)),
            (f" {counts.get(name, 0):,}", ON_BAR_DIM),
            ("   ", ON_BAR),
        ]
    assert len(runs) == RUNS_A_LABEL * len(schema.labels)
    return runs


def label_of_run(schema: Schema, run: int) -> str | None:
    """Return the label whose chip a run of the label bar is part of, or None for a gap."""
    number, part = divmod(run, RUNS_A_LABEL)
    names = list(schema.labels)
    return names[number] if part < RUNS_A_LABEL - 1 and number < len(names) else None


def status(desk: Desk, *, asking: str, width: int) -> tuple[list[Run], list[Run]]:
    """Return the runs of the status bar: mode, what is selected, problems, whether it is saved."""
    right = [*_problems(desk), *_saved(desk)]
    if width >= 60:
        right.append(("  ? help  : actions ", ON_BAR_DIM))
    mode = "RETAG" if asking else "EXTEND" if desk.extending else "CHAR" if desk.pointer.by_character else "TOKEN"
    left: list[Run] = [(f" {mode} ", CHIP), (" ", ON_BAR)]
    room = width - sum(cell_len(text) for text, _ in [*left, *right]) - 2
    if asking or desk.message:
        left.append((short(asking or desk.message, max(8, room)), ON_BAR_BRIGHT))
        return left, right
    return left + _selection(desk, room), right


def _selection(desk: Desk, room: int) -> list[Run]:
    start, end = desk.place.extent
    span = desk.span_here()
    facts = f"  {end - start} chars · {start}–{end}"
    words = short(desk.text[start:end], max(8, min(30, room - len(facts) - 16)))
    runs: list[Run] = [(words, ON_BAR_BRIGHT), (facts, ON_BAR_DIM)]
    if span is not None:
        known = desk.session.schema.labels.get(span.label)
        runs.append((" · in: ", ON_BAR_DIM))
        runs.append((visible(span.label), Style(color=tint_of(known.color) if known else None, bgcolor=BAR)))
        own = [problem for problem in desk.session.problems if problem.span == span.id]
        if own:
            runs.append((f"  {visible(own[0].message)}", ON_BAR_BAD))
    return runs


def _problems(desk: Desk) -> list[Run]:
    problems = desk.session.problems
    errors = sum(1 for problem in problems if problem.severity == "error")
    if errors:
        return [(f" ✗ {errors} P ", ON_BAR_BAD)]
    if problems:
        return [(f" ! {len(problems)} P ", ON_BAR_ACCENT)]
    return []


def _saved(desk: Desk) -> list[Run]:
    state = desk.session.state
    if state == "failed":
        failure = desk.session.failure
        why = short(failure.message if failure else "", 48)
        return [(f" ✗ NOT SAVED: {why} · ^S ", ON_BAR_BAD)]
    return [(" ● saved", ON_BAR_GOOD)] if state == "saved" else [(" ○ saving", ON_BAR_DIM)]
