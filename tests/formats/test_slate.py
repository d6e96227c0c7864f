"""SLATE: items of every scope, links, annotators from names, and what stands nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from formats_support import incoming_of

from annotator.core.record import Bad
from annotator.core.spans import Span
from annotator.formats.base import Incoming, ReadOptions
from annotator.formats.gate import Gate
from annotator.formats.slate import FORMAT, claims

TEXT = "Rebels shelled  New Aleppo\r\n\r\n\tkilling six 👩‍👩‍👧‍👦 people\nThe end"


def read(
    folder: Path, rows: str, *, name: str = "a.txt.annotations", text: str = TEXT, **values: str
) -> Incoming | Bad:
    (folder / "a.txt").write_bytes(text.encode())
    (folder / name).write_text(rows)
    (item,) = incoming_of(FORMAT, folder / name, ReadOptions(values=values))
    if isinstance(item, Incoming):
        Gate(None).admit(item)
    return item


def spans(item: Incoming | Bad) -> list[tuple[str, str]]:
    assert isinstance(item, Incoming)
    assert item.record.layer is not None
    return [(span.surface(item.record.text), span.label) for span in item.record.layer.spans]


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("(0, 1) - label:a", [("shelled", "a")]),
        ("((0, 2), (0, 3)) - place", [("New Aleppo", "place")]),
        ("((2, 1), (3, 0)) - x-y", [("six 👩‍👩‍👧‍👦 people\nThe", "x-y")]),
        ("(2, 2) - label:s label:a", [("👩‍👩‍👧‍👦", "s"), ("👩‍👩‍👧‍👦", "a")]),
        ("((0, 0, 1), (0, 0, 3)) - c", [("ebe", "c")]),
        ("(0, 0, 5) - c", [("s", "c")]),
        ("2 - line", [("killing six 👩‍👩‍👧‍👦 people", "line")]),
        ("() - doc", [(TEXT, "doc")]),
        ("2 0 -", [("killing six 👩‍👩‍👧‍👦 people", "item"), ("Rebels shelled  New Aleppo", "item")]),
        ("[(0, 0), (3, 1)] -", [("Rebels", "item"), ("end", "item")]),
    ],
)
def test_items_of_every_scope(tmp_path: Path, row: str, found: list[tuple[str, str]]) -> None:
    item = read(tmp_path, row + "\n")
    assert spans(item) == found
    assert isinstance(item, Incoming)
    assert item.record.text == TEXT
    assert not item.losses


def test_items_on_one_line_are_linked(tmp_path: Path) -> None:
    item = read(tmp_path, "[(0, 0), (3, 1), (3, 0)] - x\n(0, 1) - y\n")
    assert isinstance(item, Incoming)
    assert item.record.layer is not None
    assert item.record.layer.spans[0] == Span("s1", 0, 6, "x", {"link": ["s2", "s3"]})
    assert [span.attributes for span in item.record.layer.spans[1:]] == [{}, {}, {}]


def test_options(tmp_path: Path) -> None:
    assert spans(read(tmp_path, "(0, 2) -\n", scope="line", label="turn")) == [(TEXT[:-8], "turn")]


@pytest.mark.parametrize(
    "row",
    [
        "(9, 0) - a",
        "(1, 0) - a",
        "(0, 4) - a",
        "(0, 0, 6) - a",
        "1 - a",
        "((0, 3), (0, 2)) - a",
        "__import__('os') - a",
        "(" * 9999,
        "9" * 5000 + " - a",
        "- a",
    ],
)
def test_what_stands_nowhere_is_listed(tmp_path: Path, row: str) -> None:
    item = read(tmp_path, f"(0, 0) - a\n{row}\n")
    assert spans(item) == [("Rebels", "a")]
    assert isinstance(item, Incoming)
    assert [(loss.why[:7], loss.gone) for loss in item.losses] == [("line 2:", True)]


@pytest.mark.parametrize(
    ("name", "annotator"),
    [
        ("a.txt.annotations", ""),
        ("a.txt.annotations2", "2"),
        ("a.txt.ana.annotations", "ana"),
        ("a.txt.category.annotations2", "category-2"),
    ],
)
def test_the_annotator_is_in_the_name(tmp_path: Path, name: str, annotator: str) -> None:
    item = read(tmp_path, "", name=name)
    assert isinstance(item, Incoming)
    assert item.record.layer is not None
    assert (item.record.layer.annotator, item.record.key) == (annotator, "a")


def test_the_text_belongs_to_its_annotations(tmp_path: Path) -> None:
    read(tmp_path, "")
    assert claims(tmp_path / "a.txt")
    (tmp_path / "a.txt").rename(tmp_path / "b.txt")
    assert not claims(tmp_path / "b.txt")
    (bad,) = incoming_of(FORMAT, tmp_path / "a.txt.annotations")
    assert isinstance(bad, Bad)
