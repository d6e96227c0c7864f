"""Scripts, emoji and odd characters under keyboard and mouse: whatever is selected is exact, to the code point.

`test_layout.py` proves rows and cells; here the pointer moves over them and the mouse points at them.
"""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from test_layout import ODD, TEXTS
from textual import _wait
from textual.app import App, ComposeResult
from wcwidth import iter_graphemes

from annotator.core.index import SpanIndex
from annotator.core.schema import Label, Schema
from annotator.core.spans import Span
from annotator.tui.article import ArticleView
from annotator.tui.glyphs import glyph
from annotator.tui.layout import Layout
from annotator.tui.pointer import Place, Pointer

SCHEMA = Schema(name="conflict", version="1", labels={"actor": Label(), "location": Label()})
FAMILY, SKIN, FLAGS = "👨\u200d👩\u200d👧\u200d👦", "👍🏽👋🏿", "🇸🇩🇺🇦🇾🇪"
SAMPLES = {
    "Chinese": "政府军星期天炮击了塔伊兹一个拥挤的市场，造成至少三人死亡。",
    "Japanese": "「ｶﾌﾞｰﾙで爆発」、少なくとも３人が死亡した。",
    "Korean": "카불에서 폭발로 \u1112\u1161\u11ab명 사망",
    "family": f"a{FAMILY}b {FAMILY}{FAMILY} c",
    "skin tones": f"x{SKIN} y{SKIN}",
    "flags": f"{FLAGS} and {FLAGS[:5]} half",
    "combining": "\u0301lone e\u0301te\u0301 n\u0303\u0323o a\u0300\u0301\u0302\u0303",
    "Devanagari": "काबुल में विस्फोट, क्ष्म्य नि प्र\u200dति तीन लोगों की मौत।",
    "Thai": "กองกำลังยิงปืนใหญ่ใส่ตลาด มีผู้เสียชีวิต",
    "tabs": "a\tb\t\tc\n\td\te\t",
    "line ends": "one\rtwo\r\nthree\n\rfour\u2028five\u2029six\x85seven\x0b\x0c",
    "controls": "nul\x00 esc\x1b[31m bell\x07 del\x7f csi\x9b1m",
    "Arabic": "قُتل ثلاثة مدنيين على الأقل في قصف سوق بمدينة تعز يوم الأحد.",
    "Hebrew": "שלושה אזרחים נהרגו בהפצצה על שׁוּק בתעז, 12 נפצעו.",
    "bidi": "the \u202bשלום\u202c and \u2067عربي\u2069 end\u200f.",
    "mixed": f"Київ—東京 {FLAGS} قُتل 3,000\tक्ष {FAMILY}e\u0301.\r\nTaiz",
    "halves": "a\ud800b\udc00c\ud83d",
}
WIDTHS = [1, 2, 7, 20, 78]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_wait, "SLEEP_GRANULARITY", 0.001)
    monkeypatch.setattr(_wait, "SLEEP_IDLE", 0.0005)


def clusters(text: str) -> list[str]:
    """Return the clusters of a text; a line break is one, and none crosses one."""
    found: list[str] = []
    for part in filter(None, re.split(r"(\r\n|\n|\r)", text)):
        found += [part] if part[0] in "\r\n" else iter_graphemes(part)
    return found


def walk(pointer: Pointer, start: Place) -> list[Place]:
    """Return the places that one comes through from a start to the end, and check that going back is the same way."""
    places = [start]
    while (after := pointer.step(places[-1], 1, extend=False)) != places[-1]:
        places.append(after)
    back = [places[-1]]
    while (before := pointer.step(back[-1], -1, extend=False)) != back[-1]:
        back.append(before)
    where = [[p.extent for p in way if pointer.text[p.start : p.end].strip("\r\n")] for way in (places, back[::-1])]
    assert where[0] == where[1]
    return places


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", SAMPLES)
def test_character_mode_visits_every_cluster_but_line_breaks_and_none_in_part(name: str, width: int) -> None:
    text = SAMPLES[name]
    pointer = Pointer(text, Layout(text, width), by_character=True)
    assert [text[place.start : place.end] for place in walk(pointer, pointer.first())] == [
        c for c in clusters(text) if c[0] not in "\r\n"
    ]


@pytest.mark.parametrize("name", SAMPLES)
def test_tokens_begin_and_end_between_clusters_and_leave_out_only_blanks(name: str) -> None:
    text = SAMPLES[name]
    edges = {0}
    for cluster in clusters(text):
        edges.add(max(edges) + len(cluster))
    places = walk(pointer := Pointer(text, Layout(text, 20)), pointer.first())
    for before, after in pairwise(places):
        assert before.end <= after.start
    for place in places:
        assert place.start < place.end
        assert {place.start, place.end} <= edges, (text[place.start : place.end], name)
    covered = {offset for place in places for offset in range(place.start, place.end)}
    assert not [text[o] for o in range(len(text)) if o not in covered and text[o].isalnum()]


@given(
    TEXTS,
    st.integers(1, 24),
    st.lists(st.sampled_from(["right", "left", "up", "down", "more", "less", "deep", "high"]), max_size=25),
)
@example(ODD, 3, ["more", "down", "deep", "left"])
@example(SAMPLES["mixed"], 5, ["deep", "deep", "less", "right", "more"])
def test_keys_keep_the_selection_between_clusters(text: str, width: int, keys: list[str]) -> None:
    layout = Layout(text, width)
    edges = {0}
    for cluster in clusters(text):
        edges.add(max(edges) + len(cluster))
    pointer = Pointer(text, layout, by_character=True)
    place = pointer.first()
    for key in keys:
        match key:
            case "right" | "more":
                place = pointer.step(place, 1, extend=key == "more")
            case "left" | "less":
                place = pointer.step(place, -1, extend=key == "less")
            case "down" | "deep":
                place = pointer.vertical(place, 1, extend=key == "deep")
            case _:
                place = pointer.vertical(place, -1, extend=key == "high")
        assert 0 <= place.start <= place.end <= len(text)
        assert {place.start, place.end} <= edges
        assert place.start < place.end or not text
        assert place.start <= place.anchor[0]
        assert place.anchor[1] <= place.end


@pytest.mark.parametrize("width", [3, 20, 61])
@pytest.mark.parametrize("name", SAMPLES)
def test_up_and_down_land_on_the_cluster_painted_in_the_column(name: str, width: int) -> None:
    text = "wide enough to start from here\n" + SAMPLES[name] + "\nand the end of it"
    layout = Layout(text, width)
    pointer = Pointer(text, layout, by_character=True)
    for row in range(layout.rows - 1):
        for offset, _, _ in layout.pieces(row):
            cell = layout.cell_of(offset)[1]
            place = pointer.vertical(pointer.at(offset), 1, extend=False)
            landed = layout.row_of(place.start)
            assert landed > row or place == pointer.at(offset)
            if landed > row and cell < layout.line(landed).width:
                pieces = layout.pieces(landed)
                at = layout.cell_of(place.start)[1]
                size = next(size for start, _, size in pieces if start == place.start)
                assert at <= cell < at + size


class Host(App[None]):
    """Shows one view."""

    def __init__(self) -> None:
        super().__init__()
        self.view = ArticleView()
        self.selected: list[tuple[int, int]] = []

    def compose(self) -> ComposeResult:
        yield self.view

    def on_article_view_selected(self, event: ArticleView.Selected) -> None:
        self.selected.append((event.start, event.end))


@pytest.mark.usefixtures("quick")
async def test_the_mouse_points_at_what_is_painted_and_the_paint_is_where_the_layout_says() -> None:
    app = Host()
    async with app.run_test(size=(34, 14)) as pilot:
        view = app.view
        for text in SAMPLES.values():
            spans = SpanIndex([Span("s1", 0, len(text), "actor"), Span("s2", 0, max(1, len(text) // 2), "location")])
            view.show(text, spans, SCHEMA)  # crossing spans: rows have lanes beneath them
            await pilot.pause()
            layout = view.text_layout
            seen: set[int] = set()
            for y in range(view.size.height):
                row, below = view._lines.at(view.scroll_offset.y + y)
                if view.scroll_offset.y + y >= view._lines.count:
                    break
                cell = 0
                painted = view.render_line(y).text
                for offset, drawn, size in layout.pieces(row):
                    for x in range(cell, cell + size):
                        assert view.offset_at_point(x, y) == offset
                    if below == 0:
                        start = "".join(piece for _, piece, _ in layout.pieces(row)).find(drawn, 0)
                        assert start >= 0
                        seen.add(offset)
                    cell += size
                if below == 0:
                    expected = "".join(drawn for _, drawn, _ in layout.pieces(row))
                    assert painted.startswith(expected)
                    assert cell_len(painted) == view._width
            shown = {offset for offset in range(*view.visible_extent()) if offset in _starts(text)}
            assert shown - seen <= {o for o in shown if text[o] in "\r\n"}


def _starts(text: str) -> set[int]:
    at, found = 0, set()
    for cluster in clusters(text):
        found.add(at)
        at += len(cluster)
    return found


@pytest.mark.usefixtures("quick")
async def test_a_drag_over_any_script_selects_whole_clusters_to_the_code_point() -> None:
    app = Host()
    async with app.run_test(size=(60, 14)) as pilot:
        view = app.view
        view.character_mode = True
        for name in ("family", "flags", "Devanagari", "Thai", "Arabic", "Hebrew", "Chinese", "combining", "controls"):
            text = SAMPLES[name]
            view.show(text, SpanIndex(), SCHEMA)
            await pilot.pause()
            pieces = view.text_layout.pieces(0)
            first, last = pieces[1], pieces[min(5, len(pieces) - 1)]
            for source, target in ((first, last), (last, first)):
                app.selected.clear()
                down, up = (view.text_layout.cell_of(piece[0])[1] + piece[2] - 1 for piece in (source, target))
                await pilot.mouse_down(view, offset=(down + 2, 0))  # the view has a margin of two cells
                await pilot.hover(view, offset=(up + 2, 0))
                await pilot.mouse_up(view, offset=(up + 2, 0))
                await pilot.pause()
                end = view.text_layout.next_grapheme(last[0])
                assert app.selected[-1] == (first[0], end), name


@pytest.mark.parametrize("unit", ["x", "中", "e\u0301", FAMILY, "क्ष", "\x00", "\t", "ق"])
def test_twenty_thousand_characters_without_a_space(unit: str) -> None:
    text = unit * (20_000 // len(unit))
    layout = Layout(text, 78)
    size = len(unit)
    pointer = Pointer(text, layout, by_character=True)
    for number in (0, 1, 77, 78, 1_000, len(text) // size - 1):
        at = number * size
        row, cell = layout.cell_of(at)
        assert layout.offset_at(row, cell) == at
        place = pointer.at(at)
        assert place.extent == (at, at + size)
        assert pointer.step(place, 1, extend=False).start == min(at + size, len(text) - size)
    wide = 4 if unit == "\t" else glyph(unit)[1]
    assert layout.rows == -(-len(text) // size // (78 // wide)) or unit == "\t"
    whole = Pointer(text, layout).first()
    assert 0 == whole.start < whole.end <= len(text) or not text.strip("\x00\t")


@settings(max_examples=60)
@given(TEXTS, st.integers(1, 24), st.integers(1, 24))
def test_another_width_changes_no_offset(text: str, width: int, other: int) -> None:
    one, two = (Pointer(text, Layout(text, w), by_character=True) for w in (width, other))
    assert [p.extent for p in walk(one, one.first())] == [p.extent for p in walk(two, two.first())]
