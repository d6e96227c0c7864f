"""The page: every word and span is there, everything is escaped, and nothing comes from outside."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interchange import SCHEMA, fitting_records, written
from strategies import spans

from annotator.core.record import LayerRecord, Record
from annotator.core.spans import Span, span_key
from annotator.formats.base import WriteOptions
from annotator.formats.html import FORMAT, HtmlWriter, lanes_of, pieces_of, shown_text

GOLDEN = Path(__file__).parents[1] / "golden" / "page.html"
TEXT = "Café 👩‍👩‍👧 army killed <b>12</b> civilians near Al-Fashir\x07.\nقال النازحون"
SPANS = (
    Span("s1", 0, 15, "actor", {"type": "army"}, note="seen & heard"),
    Span("s2", 5, 25, "casualty", {"by": "s1", "count": {"min": 12}}),
    Span("s3", 16, 48, "location"),
    Span("s4", 16, 22, "odd <label>"),
)
RECORDS = [
    Record("", "a<1>", "Title & <i>more</i>", TEXT, {"language": "en", "empty": ""}, LayerRecord("ana", "gold", "done", "", {"type": "news"}, "a\nnote", SPANS)),
    Record("", "a<1>", "Title & <i>more</i>", TEXT, {}, LayerRecord("ben", "human", "flagged")),
    Record("", "b", "", "Bare"),
]  # fmt: skip
TAGS = {
    "html", "head", "meta", "title", "style", "body", "header", "h1", "h2", "h3", "bdi", "main", "article", "p", "span",
    "div", "section", "small", "dl", "dt", "dd", "details", "summary", "table", "tr", "td", "q", "br", "i", "b", "nav", "footer",
}  # fmt: skip


class Page(HTMLParser):
    """What a page holds: its tags, the text of each layer, and the labels at the ends of spans."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self.ends: list[str] = []
        self._within = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        given = dict(attrs)
        self.attributes |= given.keys()
        if given.get("class") == "text":
            self._within = True
            self.texts.append("")
        if "data-l" in given:
            self.ends.append(given["data-l"] or "")

    def handle_endtag(self, tag: str) -> None:
        self._within = self._within and tag != "p"

    def handle_data(self, data: str) -> None:
        if self._within:
            self.texts[-1] += data


def page_of(records: list[Record], **values: str) -> str:
    return written(FORMAT, records, **values)[0].decode()


def test_the_bytes_are_those_of_the_golden_file() -> None:
    data, losses = written(FORMAT, RECORDS)
    assert data == GOLDEN.read_bytes()
    assert [loss.what for loss in losses] == ["control character"] * 2


@settings(max_examples=30)
@given(fitting_records())
def test_every_word_and_span_is_there_and_nothing_else(records: list[Record]) -> None:
    page = Page(page_of(records))
    assert page.tags <= TAGS
    assert page.texts == [shown_text(record.text) for record in records]
    labels = [span.label for record in records if record.layer for span in record.layer.spans]
    assert sorted(page.ends) == sorted(labels)


def test_everything_is_escaped() -> None:
    nasty = "\"><script>alert(1)</script>&{{ 7*7 }}'--><style>"
    span = Span(nasty, 0, 3, nasty, {nasty: nasty}, note=nasty)
    layer = LayerRecord(nasty, "human", "done", "", {nasty: nasty}, nasty, (span,))
    page = Page(made := page_of([Record("", nasty, nasty, nasty, {nasty: nasty}, layer)], title=nasty))
    assert page.tags <= TAGS
    assert not {name for name in page.attributes if name.startswith("on")}
    assert page.texts == [nasty]
    assert "{{ 7*7 }}" in made
    assert "<script" not in made


def test_nothing_comes_from_outside() -> None:
    page = page_of(RECORDS)
    assert "default-src 'none'; style-src 'unsafe-inline'" in page
    assert not re.search(r"https?:|//|url\(|@import|src=|href=", page)
    assert not Page(page).attributes & {"src", "href", "srcset", "action", "data"}


def test_colours_are_those_of_the_schema_and_differ_without_one() -> None:
    page = page_of(RECORDS)
    for label in ("actor", "casualty", "location"):
        assert f"--c:{SCHEMA.labels[label].color}" in page
    bare = written(FORMAT, RECORDS, schema=None)[0].decode()
    assert len(set(re.findall(r'class="key" style="--c:(#[0-9a-f]{6})"', bare))) == 4


def test_links_show_the_words_that_they_point_to() -> None:
    assert "→ Café 👩‍👩‍👧 army" in page_of(RECORDS)


def test_counts_and_title() -> None:
    page = page_of(RECORDS, title="My corpus")
    assert "<title>My corpus</title>" in page
    assert "2 articles · 2 layers · 4 spans" in page
    assert "0 articles · 0 layers · 0 spans" in page_of([])


@given(st.lists(spans(length=30), max_size=12, unique_by=lambda span: span.id))
def test_no_two_lines_meet_and_each_piece_has_its_spans(some: list[Span]) -> None:
    order = sorted(some, key=span_key)
    lanes = lanes_of(order)
    for one in order:
        for other in order:
            assert one is other or not one.overlaps(other.start, other.end) or lanes[one.id] != lanes[other.id]
    pieces = pieces_of(30, order)
    assert [start for start, _, _ in pieces] == [0, *(end for _, end, _ in pieces[:-1])]
    assert pieces[-1][1] == 30
    for start, end, covering in pieces:
        assert {span.id for span in covering} == {span.id for span in order if span.overlaps(start, end)}
        assert all(span.start <= start and end <= span.end for span in covering)


def test_without_jinja_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import io
    import sys

    from annotator.errors import InputError

    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(InputError, match="Jinja2, which is not installed") as raised:
        HtmlWriter(io.BytesIO(), WriteOptions())
    assert "conflict-annotator[html]" in raised.value.hint
