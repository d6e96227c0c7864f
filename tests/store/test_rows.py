"""Values to rows and back."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import attributes, json_values, layers_and_batches, spans

from annotator.core.edits import Add, Edit, Remove, SetAttribute
from annotator.core.layer import Layer
from annotator.core.spans import Span, span_key
from annotator.errors import StoreError
from annotator.store.connection import explained
from annotator.store.rows import (
    LEAN_COLUMNS,
    SPAN_COLUMNS,
    added_text,
    attributes_text,
    edits_text,
    edits_value,
    json_value,
    removed_text,
    span_row,
    span_rows,
    span_value,
    span_values,
)


def through_sqlite(row: tuple[Any, ...], columns: str = SPAN_COLUMNS) -> tuple[Any, ...]:
    """Return a row as SQLite gives it back."""
    with closing(sqlite3.connect(":memory:")) as conn:
        conn.execute(
            'CREATE TABLE span (layer INTEGER, id TEXT, start INTEGER, "end" INTEGER, label TEXT, attributes TEXT, '
            "note TEXT, source TEXT)"
        )
        conn.execute("INSERT INTO span VALUES (7, ?, ?, ?, ?, ?, ?, ?)", row)
        found: tuple[Any, ...] = conn.execute(f"SELECT {columns} FROM span").fetchone()
        return found


@given(spans())
def test_a_span_comes_back(span: Span) -> None:
    assert span_value(through_sqlite(span_row(span))) == span  # type: ignore[arg-type]


@given(layers_and_batches())
def test_edits_come_back(case: tuple[Layer, list[Edit]]) -> None:
    text = edits_text(case[1])
    assert edits_value(text) == tuple(case[1])
    assert "\n" not in text


@given(st.lists(spans(), max_size=4), layers_and_batches())
def test_a_load_is_the_edits_of_its_spans_and_the_others(loaded: list[Span], case: tuple[Layer, list[Edit]]) -> None:
    refs = [(span.start, span.end, span.id) for span in loaded]
    assert edits_value(added_text(span_rows(loaded), case[1])) == (*map(Add, loaded), *case[1])
    assert edits_value(removed_text(case[1], refs)) == (*case[1], *(Remove(span.ref) for span in loaded))


@given(st.lists(spans(), max_size=6))
def test_many_spans_come_back_in_the_order_of_a_layer(found: list[Span]) -> None:
    rows = [through_sqlite(span_row(span), LEAN_COLUMNS) for span in found]
    assert span_values(rows) == tuple(sorted(found, key=span_key))  # type: ignore[arg-type]


DAMAGED = [("s1", 0, "x", "actor", "{}", "", ""), ("s1", 0, 1, b"actor", "{}", "", ""), ("s1", 0, 1, "x", "{", "", "")]


@pytest.mark.parametrize("damaged", DAMAGED)
def test_a_damaged_span_is_told_of(damaged: tuple[Any, ...]) -> None:
    with pytest.raises(StoreError, match=r"damaged (span|value)"):
        span_values([through_sqlite(damaged, LEAN_COLUMNS)])  # type: ignore[list-item]


def test_bytes_where_a_span_has_text_are_told_as_damage(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="damaged"), explained(tmp_path / "corpus.db"):
        through_sqlite(("s1", 0, 1, "actor", b"{}", "", ""), LEAN_COLUMNS)


@given(attributes())
def test_attributes_are_json_that_anybody_reads(values: dict[str, Any]) -> None:
    assert json.loads(attributes_text(values)) == values
    assert json_value(attributes_text(values)) == values


@given(st.one_of(st.none(), json_values(), st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_any_value_of_an_attribute_comes_back(value: Any) -> None:
    (edit,) = edits_value(edits_text([SetAttribute("x", value)]))
    assert edit == SetAttribute("x", value)


@pytest.mark.parametrize("text", ["", "{", "[1", '{"a":}', "nothing"])
def test_what_is_no_json_is_told(text: str) -> None:
    for read in (json_value, edits_value, lambda text: span_value(("s1", 0, 1, "actor", text, "", ""))):
        with pytest.raises(StoreError, match="holds a damaged value"):
            read(text)


def test_an_edit_of_a_later_release_is_told() -> None:
    with pytest.raises(StoreError, match="unknown edit 'merge'"):
        edits_value('[{"op":"merge"}]')
