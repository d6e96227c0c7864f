"""Streams: which records, in which order, across chunks, of one moment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support import clock, load, reading_of, record, rows

from annotator.core.spans import Span
from annotator.errors import StoreError
from annotator.project import Project
from annotator.store import stream as module

A, B, C = Span("s1", 4, 9, "actor"), Span("s2", 0, 9, "location"), Span("s3", 4, 12, "casualty")


@pytest.fixture(params=[1, 2, 3, 200])
def five(project: Project, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setattr(module, "_CHUNK", request.param)
    ana, zoe = reading_of("ana", A, B, C, status="done"), reading_of("zoe", status="flagged")
    gold, bot = reading_of("gold", A, kind="gold", status="done"), reading_of("bot", kind="model")
    load(project, record("k1", layer=zoe), record("k1", layer=ana), record("k2"), record("k3", layer=gold))
    load(project, record("k3", layer=ana), record("k4", layer=bot), record("k5"))
    return project


FILTERS: list[tuple[dict[str, Any], str]] = [
    ({}, "k1 ana, k1 zoe, k3 ana, k3 gold, k4 bot"),
    ({"bare": True}, "k1 ana, k1 zoe, k2, k3 ana, k3 gold, k4 bot, k5"),
    ({"annotators": ["ana"]}, "k1 ana, k3 ana"),
    ({"annotators": ["ana", "bot", "nobody"]}, "k1 ana, k3 ana, k4 bot"),
    ({"annotators": []}, ""),
    ({"annotators": ["nobody"], "bare": True}, "k1, k2, k3, k4, k5"),
    ({"kinds": ["gold", "model"]}, "k3 gold, k4 bot"),
    ({"statuses": ["done"]}, "k1 ana, k3 ana, k3 gold"),
    ({"statuses": ["done"], "kinds": ["human"], "bare": True}, "k1 ana, k2, k3 ana, k4, k5"),
    ({"statuses": ["done", "flagged"], "annotators": ["zoe", "gold"]}, "k1 zoe, k3 gold"),
]


@pytest.mark.parametrize(("filters", "expected"), FILTERS)
def test_filters_and_order(five: Project, filters: dict[str, Any], expected: str) -> None:
    found = [
        f"{each.key} {each.layer.annotator if each.layer else ''}".strip() for each in five.store.stream(**filters)
    ]
    assert ", ".join(found) == expected


def test_spans_are_in_order_whatever_order_they_came_in(five: Project) -> None:
    layers = [each.layer for each in five.store.stream()]
    assert [layer.spans for layer in layers if layer] == [(B, C, A), (), (B, C, A), (A,), ()]
    assert [layer.schema for layer in layers if layer] == ["test@1"] * 5
    assert [layer.kind for layer in layers if layer] == ["human", "human", "human", "gold", "model"]


def test_a_stream_is_of_one_moment(five: Project) -> None:
    records = five.store.stream(bare=True)
    seen = [next(records)]
    with Project.open(five.path, clock=clock) as other:
        load(other, record("k6"), record("k5", layer=reading_of("new")))
        assert other.store.count() == 6
    seen += records
    assert [each.key for each in seen] == ["k1", "k1", "k2", "k3", "k3", "k4", "k5"]
    assert seen[-1].layer is None
    assert five.store.count() == 6


def test_a_stream_that_is_left_holds_nothing(five: Project) -> None:
    records = five.store.stream()
    next(records)
    records.close()  # type: ignore[attr-defined]
    load(five, record("k6"))
    assert five.store.count() == 6


def test_two_streams_at_once(five: Project) -> None:
    both = [*zip(five.store.stream(bare=True), five.store.stream(bare=True), strict=True)]
    assert len(both) == 7
    assert all(one == two for one, two in both)


def test_a_text_that_was_changed_is_told(five: Project) -> None:
    five.writer.submit(lambda conn: conn.execute("UPDATE article SET text = 'k3: lies' WHERE key = 'k3'")).result()
    records = five.store.stream()
    assert [next(records).key for _ in range(2)] == ["k1", "k1"]
    with pytest.raises(StoreError, match="the text of article 'k3' is not what was stored"):
        next(records)
    assert [each.key for each in five.store.stream(annotators=["bot"])] == ["k4"]


def test_more_layers_than_one_question_asks_for(project: Project, path: Path) -> None:
    load(project, *(record("k1", layer=reading_of(f"a{n:04}", Span("s1", n, n + 1, "actor"))) for n in range(1001)))
    found = [each.layer for each in project.store.stream()]
    assert [(layer.annotator, layer.spans[0].start) for layer in found if layer] == [
        (f"a{n:04}", n) for n in range(1001)
    ]
    assert rows(path, "SELECT count(*) FROM span") == [(1001,)]
