"""What the bars of the tag screen say: plain functions from the state to runs.

Invariant: everything that came from outside is made safe to show, and each line still makes sense at 80 columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.cells import cell_len

from annotator.core.attributes import describe
from annotator.core.counting import named
from annotator.core.index import SpanIndex
from annotator.core.layer import Layer
from annotator.core.schema import Schema
from annotator.core.spans import Span
from annotator.core.text import Article
from annotator.tui.desk import Desk, short
from annotator.tui.glyphs import visible
from annotator.tui.keymap import Keymap
from annotator.tui.paint import Theme
from annotator.tui.prompts import Prompt
from annotator.tui.style import Palette
from annotator.tui.widgets.bar import Run

RUNS_A_LABEL = 4
STATUS_MARKS = {"open": "", "done": "✓ done", "flagged": "⚑ flagged"}
META_SHOWN = ("source", "date", "language")


def head(
    project: str,
    article: Article,
    layer: Layer,
    *,
    palette: Palette,
    position: int,
    count: int,
    width: int,
    through: str = "",
) -> tuple[list[Run], list[Run]]:
    """Return the runs of the head bar: project, whose layer, place, title, source; the source gives way first.

    Args:
        project: Its name.
        article: The open one.
        layer: The annotator's.
        palette: The colours.
        position: The article's place, from 1; 0 while that is being looked for.
        count: How many articles there are.
        width: In cells.
        through: The filter that position and count are of; "" for all articles.
    """
    left: list[Run] = [
        ("▌", palette.on_bar_bright),
        (f"{short(project, max(8, width // 5))}", palette.on_bar_bright),
        (f" {short(layer.annotator, max(6, width // 8))}  ", palette.on_bar_dim),
    ]
    if through:
        left += [(f" {short(through, max(8, width // 4))} ", palette.chip), (" ", palette.on_bar)]
    left += [
        (f"{position:,}" if position else "…", palette.on_bar_accent),
        (f"/{count:,}  " if position else "  ", palette.on_bar_dim),
    ]
    mark = STATUS_MARKS[layer.status]
    if mark:
        left.append((f"{mark}  ", palette.on_bar_good if layer.status == "done" else palette.on_bar_bad))
    if layer.note:
        left.append(("✎  ", palette.on_bar_accent))
    room = width - _cells(left) - 3
    title = short(article.title or article.key, max(8, room))
    left.append((f"“{title}”", palette.on_bar))
    meta = short(" · ".join(str(article.meta[name]) for name in META_SHOWN if article.meta.get(name)), 40)
    fits = meta and cell_len(title) + cell_len(meta) + 3 <= room
    return left, [(f"  {meta} ", palette.on_bar_dim)] if fits else []


def labels(look: Theme, counts: Mapping[str, int], *, width: int) -> list[Run]:
    """Return the runs of the label bar: for each label its key, its name, its count, and a gap.

    Names are cut so that every label has its place on the bar, as long as there is any.
    """
    schema, palette = look.schema, look.palette
    shares = [(short(label.title, 80), f" {counts.get(name, 0):,}") for name, label in schema.labels.items()]
    longest = max((cell_len(title) for title, _ in shares), default=0)
    gap = 3
    while longest and _bar_width(shares, longest, gap) > width:
        longest, gap = (longest, gap - 1) if gap > 1 else (longest - 1 if longest > 3 else 0, gap)
    runs: list[Run] = []
    for number, ((name, label), (title, count)) in enumerate(zip(schema.labels.items(), shares, strict=True), 1):
        key = label.key or (str(number) if number < 10 else " ")
        runs += [
            (f" {key} ", look.key(name)),
            (f" {short(title, longest)} " if longest else "", look.chip(name)),
            (count, palette.on_bar_dim),
            (" " * gap, palette.on_bar),
        ]
    return runs


def _bar_width(shares: Sequence[tuple[str, str]], longest: int, gap: int) -> int:
    return sum(5 + min(cell_len(title), longest) + len(count) + gap for title, count in shares) - gap


def _cells(runs: Sequence[Run]) -> int:
    return sum(cell_len(text) for text, _ in runs)


def label_of_run(schema: Schema, run: int) -> str | None:
    """Return the label whose chip a run of the label bar is part of, or None for a gap."""
    number, part = divmod(run, RUNS_A_LABEL)
    names = list(schema.labels)
    return names[number] if part < RUNS_A_LABEL - 1 and number < len(names) else None


def status(desk: Desk, *, look: Theme, keys: Keymap, prompt: Prompt | None, width: int) -> tuple[list[Run], list[Run]]:
    """Return the runs of the status bar: mode, what is selected, problems, whether it is saved."""
    palette = look.palette
    said = prompt.line if prompt else desk.message
    right = [
        *_problems(desk, palette, keys, width),
        *_saved(desk, palette, keys, brief=bool(said) or width < 60),
    ]
    if width >= 60 and desk.session.state != "failed":
        helps = {"screen.help": "help", "screen.palette": "actions"} if width >= 100 else {"screen.help": "help"}
        named = [f"  {keys.label(id)} {what}" for id, what in helps.items() if keys.label(id)]
        right.append((f"{''.join(named)} ", palette.on_bar_dim))
    mode = prompt.chip if prompt else "EXTEND" if desk.extending else "CHAR" if desk.pointer.by_character else "TOKEN"
    left: list[Run] = [(f" {mode} ", palette.chip), (" ", palette.on_bar)]
    room = width - _cells(left) - _cells(right) - 1
    if said:
        return [*left, (short(said, max(8, room)), palette.on_bar_bright)], right
    return left + _selection(desk, look, keys, room), right


def facts(desk: Desk, *, look: Theme, keys: Keymap, width: int) -> list[Run]:
    """Return the runs of the line that stands for the panel on narrow terminals: what the span here carries."""
    palette = look.palette
    dim, plain = palette.on_bar_dim, palette.on_bar
    span = desk.offers.in_hand()
    if span is None:
        span = desk.span_here()
    if span is None:
        return []
    runs: list[Run] = [(f" {visible(span.label)} ", look.chip(span.label))]
    own = desk.session.index if span.id in desk.session.index else None
    for name, value in span.attributes.items():
        words = described(value, own, desk.text)
        runs += [(f"  {visible(name)}: ", dim), (short(words, 40), plain)]
    if span.note:
        runs.append((f"  “{short(span.note, 40)}”", plain))
    if len(runs) == 1 and own is not None:
        key = keys.label("tag.attributes")
        runs.append((f"  no attributes{f' · {key} sets them' if key else ''}", dim))
    return _cut(runs, width)


def _cut(runs: list[Run], width: int) -> list[Run]:
    """Return runs with what goes beyond a width left out, and a mark where something was."""
    while len(runs) > 1 and _cells(runs) > width:
        text, style = runs.pop()
        room = width - _cells(runs)
        if room > 4:
            return [*runs, (text[: len(text) - len(text.lstrip())] + short(text, room - 2), style)]
    return runs


def described(value: object, spans: SpanIndex | None, text: str) -> str:
    """Return an attribute's value in words, safe to show; a link as the words that it points to.

    Args:
        value: The value.
        spans: Those of the layer that it is from; None where links cannot be followed.
        text: The article's text.
    """
    ids = value if isinstance(value, list) else [value]
    found = [spans.get(id) if isinstance(id, str) else None for id in ids] if spans is not None else []
    if found and all(found):
        return ", ".join(f"→ {short(target.surface(text), 30)}" for target in found if target)
    return visible(describe(value))


def offer(span: Span, keys: Keymap) -> str:
    """Return what is said of a suggestion: what it is, which keys accept and dismiss it, and then whose."""
    hints = {"tag.accept": "accepts", "tag.dismiss": "dismisses"}
    named = [f"{keys.label(id)} {what}" for id, what in hints.items() if keys.label(id)]
    return " · ".join([f"suggestion: {short(span.label, 16)}", *named, f"model {visible(span.source)}"])


def _selection(desk: Desk, look: Theme, keys: Keymap, room: int) -> list[Run]:
    """Return what is selected: the words, then the label, then offsets if there is room, then what is wrong."""
    palette = look.palette
    start, end = desk.place.extent
    offered = desk.offers.in_hand()
    if offered is not None:
        return [(short(offer(offered, keys), max(8, room)), palette.on_bar_accent)]
    span = desk.span_here()
    label: list[Run] = []
    if span is not None:
        label = [
            (" · in: ", palette.on_bar_dim),
            (visible(span.label), look.words(span.label, on=palette.bar)),
        ]
    words = short(desk.text[start:end], max(8, min(40, room - _cells(label))))
    runs: list[Run] = [(words, palette.on_bar_bright)]
    facts = f"  {end - start} chars · {start}–{end}"
    left = room - cell_len(words) - _cells(label)
    own = desk.session.problems_of(span) if span is not None else []
    if own:
        return [*runs, *label, (f"  {short(own[0].message, max(1, left - 2))}", palette.on_bar_bad)]
    return [*runs, *([(facts, palette.on_bar_dim)] if cell_len(facts) <= left else []), *label]


def _problems(desk: Desk, palette: Palette, keys: Keymap, width: int) -> list[Run]:
    counts = desk.session.problem_counts
    errors, warnings = counts["error"], counts["warning"]
    mark, number, style = ("✗", errors, palette.on_bar_bad) if errors else ("!", warnings, palette.on_bar_accent)
    if not number:
        return []
    what = named(number, "error" if errors else "warning")
    key = keys.label("article.problems")
    return [(f" {mark} {number} {what} ({key}) " if width >= 100 else f" {mark} {number} {key} ", style)]


def _saved(desk: Desk, palette: Palette, keys: Keymap, *, brief: bool) -> list[Run]:
    state = desk.session.state
    if state == "failed":
        failure = desk.session.failure
        why = "" if brief or failure is None else f": {short(failure.message, 40)}"
        return [(f" ✗ NOT SAVED{why} · {keys.label('article.save')} ", palette.on_bar_bad)]
    if desk.outdated:
        what = "changed" if brief else "changed in another window"
        return [(f" ↻ {what} · {keys.label('article.save')} reloads ", palette.on_bar_bad)]
    return [(" ● saved ", palette.on_bar_good)] if state == "saved" else [(" ○ saving", palette.on_bar_dim)]
