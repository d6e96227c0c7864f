"""Rows as they are painted: the rows of the design's pictures, and the arithmetic of lanes."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len
from support import Watched, steps

from annotator.core.index import SpanIndex
from annotator.core.schema import Label, Schema
from annotator.core.spans import Span
from annotator.tui.lanes import Density, Lane, Lines, lanes_of
from annotator.tui.layout import Layout
from annotator.tui.paint import LabelPaint, Theme, bracket, dotted, doubled, lane_runs, text_runs
from annotator.tui.palettes import DARK, MONO
from annotator.tui.shades import contrast, tint_of
from annotator.tui.style import Palette, Shades

SCHEMA = Schema(
    name="conflict",
    version="1",
    labels={"actor": Label(), "location": Label(), "casualty": Label(), "displacement": Label()},
)
THEME = Theme(SCHEMA)
SHADES = Shades("#2f6b3a", "#ffffff", "#aaccaa", "#000000")
TEXT = (
    "TAIZ, 14 June — Houthi forces shelled a crowded market in the al-Dhabab district of Taiz on Friday, killing "
    "at least twelve civilians, including four children, and wounding more than thirty."
)
WORDS = [
    ("Houthi forces", "actor"),
    ("market in the al-Dhabab district of Taiz", "location"),
    ("al-Dhabab district of Taiz", "location"),
    ("Taiz on", "location"),
    ("at least twelve civilians, including four children", "casualty"),
    ("four children", "casualty"),
    ("more than thirty", "casualty"),
]


def span(words: str, label: str, number: int = 0, text: str = TEXT) -> Span:
    start = text.index(words)
    return Span(f"s{number}", start, start + len(words.removesuffix(" on")), label)


INDEX = SpanIndex(span(words, label, n) for n, (words, label) in enumerate(WORDS))


def screen(
    text: str,
    index: SpanIndex,
    width: int,
    density: Density,
    *,
    suggested: SpanIndex | None = None,
    other: SpanIndex | None = None,
) -> list[str]:
    """Paint everything, text and lanes, without colours."""
    layout = Layout(text, width)
    lines = Lines(layout, index, density, suggested=suggested, other=other)
    painted = []
    for number in range(lines.count):
        row, below = lines.at(number)
        line = layout.line(row)
        lane = lines.lanes(row)[below - 1] if below else Lane([])
        runs = (
            lane_runs(line, lane.spans, THEME, lane.kind)
            if below
            else text_runs(line, index.overlapping(line.start, line.end), THEME)
        )
        assert sum(cell_len(run.text) for run in runs) <= width
        painted.append("".join(run.text for run in runs))
    return painted


def test_only_overlaps_have_lanes_by_default() -> None:
    assert screen(TEXT, INDEX, 79, "overlaps") == [
        "TAIZ, 14 June — Houthi forces shelled a crowded market in the al-Dhabab ",
        "                                                ╰location──────────────┈",
        "district of Taiz on Friday, killing at least twelve civilians, including four ",
        "┈location──────╯                    ╰casualty────────────────────────────────┈",
        "┈location──────╯",
        "children, and wounding more than thirty.",
        "┈casual╯",
    ]


def test_all_spans_have_lanes_when_asked() -> None:
    assert screen(TEXT, INDEX, 79, "all") == [
        "TAIZ, 14 June — Houthi forces shelled a crowded market in the al-Dhabab ",
        "                ╰actor──────╯                   ╰location──────────────┈",
        "                                                              ╰location┈",
        "district of Taiz on Friday, killing at least twelve civilians, including four ",
        "┈location──────╯                    ╰casualty────────────────────────────────┈",
        "┈location──────╯                                                         ╰cas┈",
        "            ╰L─╯",
        "children, and wounding more than thirty.",
        "┈casual╯               ╰casualty──────╯",
        "┈casual╯",
    ]


def test_no_lanes_when_off() -> None:
    assert screen(TEXT, INDEX, 79, "off") == [screen(TEXT, INDEX, 79, "all")[n] for n in (0, 3, 7)]


def test_suggestions_ask_and_another_layer_stands_below_them() -> None:
    text = "Houthi forces shelled a market in the al-Dhabab district of Taiz"
    own = SpanIndex([span("Houthi forces", "actor", 1, text)])
    market, taiz = (
        span("a market in the al-Dhabab district of Taiz", "location", 2, text),
        span("Taiz", "actor", 3, text),
    )
    seen = [span("Houthi", "location", 4, text), span("al-Dhabab", "location", 5, text)]
    lanes = ["own", "suggested", "suggested", "other"]
    for density, kept in (("overlaps", lanes[1:]), ("all", lanes), ("off", lanes[3:])):
        layout = Layout(text, 50)
        suggested, other = SpanIndex([market, taiz]), SpanIndex(seen)
        lines = Lines(layout, own, density, suggested=suggested, other=other)  # type: ignore[arg-type]
        found = [lane.kind for row in range(layout.rows) for lane in lines.lanes(row)]
        assert list(dict.fromkeys(found)) == list(dict.fromkeys(kept))
    assert screen(text, own, 50, "overlaps", suggested=SpanIndex([market, taiz]), other=SpanIndex(seen)) == [
        "Houthi forces shelled a market in the al-Dhabab ",
        "                      ?location┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄",
        "=locat                                =location",
        "district of Taiz",
        "┄location┄┄┄┄┄┄┄",
        "            ?act",
    ]


@pytest.mark.parametrize(
    ("width", "begins", "asks", "looks"),
    [
        (12, True, "?location┄┄┄", "=location==="),
        (12, False, "┄location┄┄┄", "┈location==="),
        (4, True, "?loc", "=loc"),
        (3, True, "?L┄", "=L="),
        (2, True, "?L", "=L"),
        (2, False, "┄L", "┈L"),
        (1, True, "?", "L"),
        (1, False, "┄", "L"),
    ],
)
def test_suggestions_and_other_layers_are_told_from_spans_by_their_shape(
    width: int, begins: bool, asks: str, looks: str
) -> None:
    paint = LabelPaint("location", "L", SHADES)
    assert dotted(paint, width, begins=begins, ends=True) == asks
    assert doubled(paint, width, begins=begins, ends=True) == looks


@pytest.mark.parametrize("palette", [DARK, MONO], ids=lambda palette: palette.name)
def test_a_suggestion_has_no_background_and_a_span_on_top_hides_its_underline(palette: Palette) -> None:
    theme = Theme(SCHEMA, palette)
    line = Layout("Houthi forces left", 40).line(0)
    own, offered = Span("s1", 0, 6, "location"), Span("m1", 0, 13, "actor")
    runs = {run.text: run.look for run in text_runs(line, [own], theme, suggested=[offered])}
    assert list(runs) == ["Houthi", " forces", " left"]
    assert runs["Houthi"] == theme.span("location", depth=1)
    look = runs[" forces"]
    assert (look.background, look.underline, look.bold) == (palette.background, True, False)
    assert look.color == theme.label("actor").shades.tint
    assert look not in (theme.plain, theme.span("actor", depth=1), theme.span("actor", depth=2))


def test_suggestions_may_be_taken_in_now_and_counted_later() -> None:
    text = "aa bb\ncc dd\nee ff"
    layout, own = Layout(text, 20), SpanIndex()
    offered = SpanIndex([Span("m1", 0, 2, "actor"), Span("m2", 12, 14, "actor")])
    lines = Lines(layout, own, "overlaps")
    lines.take_in(own, suggested=offered, other=None)
    assert lines.count == 3
    assert lines.update([offered.nth(1)])
    assert [lines.height(row) for row in range(3)] == [1, 1, 2]
    assert lines.update([offered.nth(0)])
    fresh = Lines(layout, own, "overlaps", suggested=offered)
    assert [lines.at(n) for n in range(lines.count)] == [fresh.at(n) for n in range(fresh.count)]


def test_the_innermost_span_is_the_background_and_deeper_ones_are_underlined() -> None:
    line = Layout(TEXT, 400).line(0)
    runs = text_runs(line, list(INDEX), THEME)
    found = [(run.text, run.look.background, run.look.underline) for run in runs]
    green, brown = THEME.label("location").shades.color, THEME.label("casualty").shades.color
    assert ("market in the ", green, False) in found
    assert ("al-Dhabab district of Taiz", green, True) in found
    assert ("at least twelve civilians, including ", brown, False) in found
    assert ("four children", brown, True) in found
    assert "".join(run.text for run in runs) == TEXT


def test_the_selection_hides_colours_but_not_that_a_span_is_there() -> None:
    line = Layout(TEXT, 400).line(0)
    start = TEXT.index("children")
    runs = text_runs(line, list(INDEX), THEME, selection=(start, start + len("children, and")))
    chosen = [(run.text, run.look.bold, run.look.underline) for run in runs if run.look.background == DARK.selected]
    assert chosen == [("children", True, True), (", and", True, False)]


@pytest.mark.parametrize(
    ("text", "offset", "painted", "under"),
    [("", 0, " ", " "), ("ab", 1, "ab", "b"), ("ab", 2, "ab ", " "), ("e\u0301x", 1, "e\u0301x", "e\u0301")],
)
def test_an_empty_selection_is_a_cursor_of_one_cell(text: str, offset: int, painted: str, under: str) -> None:
    runs = text_runs(Layout(text, 10).line(0), [], THEME, selection=(offset, offset))
    assert "".join(run.text for run in runs) == painted
    assert [run.text for run in runs if run.look.background == DARK.selected] == [under]


def test_edges_within_a_cluster_take_the_whole_cluster() -> None:
    text = "x👨\u200d👩\u200d👧y"
    line = Layout(text, 20).line(0)
    runs = text_runs(line, [Span("s1", 2, 3, "actor")], THEME)
    assert [run.text for run in runs] == ["x", "👨\u200d👩\u200d👧", "y"]
    assert [run.text for run in lane_runs(line, [Span("s1", 2, 3, "actor")], THEME)] == [" ", "A╯"]


def test_hints_keep_the_width() -> None:
    line = Layout("ab 中文 cd", 20).line(0)
    runs = text_runs(line, [], THEME, hints={3: "k", 6: "jj", 90: "q"})
    assert "".join(run.text for run in runs) == "ab k 文 jj"


@pytest.mark.parametrize(
    ("width", "begins", "ends", "drawn"),
    [
        (12, True, True, "╰location──╯"),
        (10, True, True, "╰location╯"),
        (10, False, False, "┈location┈"),
        (6, True, False, "╰loca┈"),
        (5, False, True, "┈loc╯"),
        (4, True, True, "╰L─╯"),
        (3, True, True, "╰L╯"),
        (2, True, True, "L╯"),
        (2, True, False, "L┈"),
        (1, True, True, "L"),
    ],
)
def test_brackets(width: int, begins: bool, ends: bool, drawn: str) -> None:
    paint = LabelPaint("location", "L", SHADES)
    assert bracket(paint, width, begins=begins, ends=ends) == drawn


@given(st.text(alphabet="ab中\u0301👍", min_size=1, max_size=9), st.integers(1, 12))
def test_a_bracket_is_as_wide_as_its_span_whatever_the_label_is_called(name: str, width: int) -> None:
    paint = LabelPaint(name, "L", SHADES)
    assert cell_len(bracket(paint, width, begins=True, ends=True)) == width


def test_tints_can_be_read_on_the_background_and_unknown_labels_are_grey() -> None:
    for name in [*SCHEMA.labels, "gone"]:
        shades = THEME.label(name).shades
        assert contrast(shades.tint, DARK.background) >= 4.5
        assert contrast(shades.text, shades.color) >= 4.5
    assert THEME.label("gone\x1b").name == "gone␛"
    grey = tint_of("#666666")
    assert grey[1:3] == grey[3:5] == grey[5:7]


EXTENTS = st.lists(st.tuples(st.integers(0, 70), st.integers(1, 60)), max_size=12)
DENSITIES: st.SearchStrategy[Density] = st.sampled_from(["off", "overlaps", "all"])
PROSE = "aa bb cc\n\ndd 中文 ee ff gg hh\nii jj kk ll mm nn oo pp qq rr ss tt uu vv ww xx yy zz"


def spans_of(extents: list[tuple[int, int]]) -> list[Span]:
    return [
        Span(f"s{n}", min(start, len(PROSE) - 1), min(start + size, len(PROSE)), "actor")
        for n, (start, size) in enumerate(extents)
    ]


@given(EXTENTS)
@example([(10, 5), (15, 5)])  # touching is not hiding
@example([(5, 9), (14, 40), (14, 40)])
def test_a_span_has_a_lane_exactly_when_another_hides_part_of_it(extents: list[tuple[int, int]]) -> None:
    index = SpanIndex(spans_of(extents))
    start, end = 10, 30
    tops = {at: index.at(at)[-1] for at in range(start, end) if index.at(at)}
    hidden = {s.id for at in tops for s in index.at(at) if s != tops[at]}
    lanes = lanes_of(index.overlapping(start, end), start, end, "overlaps")
    assert {s.id for lane in lanes for s in lane} == hidden
    every = lanes_of(index.overlapping(start, end), start, end, "all")
    assert sorted(s.id for lane in every for s in lane) == sorted(s.id for s in index.overlapping(start, end))
    for lane in lanes + every:
        assert all(not a.overlaps(b.start, b.end) for n, a in enumerate(lane) for b in lane[n + 1 :])


@given(EXTENTS, DENSITIES, st.integers(4, 30), st.data())
def test_lines_and_rows_map_both_ways_and_updates_equal_a_new_count(
    extents: list[tuple[int, int]], density: Density, width: int, data: st.DataObject
) -> None:
    layout, index = Layout(PROSE, width), SpanIndex()
    lines = Lines(layout, index, density)
    held: list[Span] = []
    for span_ in spans_of(extents):
        index.add(span_)
        held.append(span_)
        before = [lines.height(row) for row in range(layout.rows)]
        changed = lines.update([span_])
        assert changed == (before != [lines.height(row) for row in range(layout.rows)])
        if data.draw(st.booleans()):
            gone = held.pop(data.draw(st.integers(0, len(held) - 1)))
            index.remove(gone.ref)
            lines.update([gone])
    fresh = Lines(layout, index, density)
    expected = [(row, below) for row in range(layout.rows) for below in range(1 + len(fresh.lanes(row)))]
    for counted in (lines, fresh):
        assert counted.count == len(expected)
        assert [counted.at(number) for number in range(counted.count)] == expected
        assert [counted.line_of(row) for row in range(layout.rows)] == [
            number for number, (_, below) in enumerate(expected) if below == 0
        ]
    assert lines.at(-5) == expected[0]
    assert lines.at(10_000) == expected[-1]


def test_moves_and_edits_stay_local_however_many_spans_there_are() -> None:
    def work(paragraphs: int) -> int:
        text = "Houthi forces shelled a crowded market in the al-Dhabab district of Taiz on Friday. " * 6 + "\n\n"
        text *= paragraphs
        draw = random.Random(1)
        starts = [Watched(draw.randrange(len(text) - 500)) for _ in range(10 * paragraphs)]
        index = SpanIndex(Span(f"s{n}", s, s + draw.choice([5, 12, 30, 400]), "actor") for n, s in enumerate(starts))
        index.add(Span("whole", 0, len(text), "location"))
        lines = Lines(layout := Layout(text, 78), index, "overlaps")

        def edits() -> None:
            for n in range(50):
                row, _ = lines.at(lines.line_of(n * layout.rows // 50))
                line = layout.line(row)
                text_runs(line, index.overlapping(line.start, line.end), THEME, selection=(line.start, line.start + 6))
                new = Span("new", line.start, line.start + 6, "actor")
                index.add(new)
                lines.update([new])
                index.remove(new.ref)
                lines.update([new])

        return steps(edits)

    assert work(2_000) <= 1.3 * work(100)  # twenty times the text and the spans
