"""The data of a study: what is kept of records, and in which order."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from support import schema

from annotator.agreement.study import Study, distinct, packed
from annotator.core.record import LayerRecord, Record
from annotator.core.spans import Span
from annotator.errors import InputError

TEXT = "Shells hit Taiz and Aden."


def record(key: str, who: str, *spans: Span, text: str = TEXT, kind: Any = "human") -> Record:
    return Record(f"{key}.jsonl:1", key, "", text, {}, LayerRecord(who, kind=kind, spans=spans))


def test_a_study_of_records() -> None:
    taiz, aden = Span("s1", 11, 15, "location"), Span("s2", 20, 24, "location", {"kind": "city"})
    study = Study.of(
        [record("n2", "ben", aden, taiz), record("n1", "ben"), record("n1", "ana"), Record("", "n3", "", "Bare.")],
        tokenize=lambda text: [(0, 6), (7, 10)],
    )
    assert (study.annotators, study.articles, study.labels) == (("ana", "ben"), ("n1", "n2"), ("location",))
    assert study.seen.tolist() == [[True, False], [True, True]]
    assert study.lengths.tolist() == [25, 25]
    assert study.units.start.tolist() == [11, 20]
    assert study.units.rank.tolist() == [1, 0]
    assert study.ids == ("s1", "s2")
    assert study.attributes == {1: {"kind": "city"}}
    assert study.tokens is not None and study.tokens.first.tolist() == [0, 2, 4]
    assert study.pairs() == [(0, 1)]


def test_attributes_have_the_kinds_of_the_schema() -> None:
    whole = schema()
    kinds = Study.of([], schema=whole).kinds
    assert kinds == {
        (label, name): attribute.kind
        for label, one in whole.labels.items()
        for name, attribute in one.attributes.items()
    }
    assert "count" in kinds.values()


def test_layers_may_be_named_otherwise() -> None:
    records = [record("n1", "ana"), record("n1", "ana", kind="model")]
    study = Study.of(records, name=lambda layer: f"{layer.kind}:{layer.annotator}")
    assert study.annotators == ("human:ana", "model:ana")


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([record("n1", "ana"), record("n1", "ana")], "ana has two layers of article 'n1'"),
        ([record("n1", "ana"), record("n1", "ben", text="Other.")], "n1.jsonl:1: article 'n1' has two texts"),
    ],
    ids=["two-layers", "two-texts"],
)
def test_what_cannot_be_one_study_is_refused(records: list[Record], message: str) -> None:
    with pytest.raises(InputError) as caught:
        Study.of(records)
    assert caught.value.message == message
    assert caught.value.hint


def test_the_same_unit_counts_once_and_empty_ones_not_at_all() -> None:
    study = Study.of_readings({"ana": {"x": [(3, 5, "b"), (0, 2, "a"), (3, 5, "b"), (4, 4, "a")]}})
    assert list(zip(study.units.start, study.units.end, study.units.label, strict=True)) == [(0, 2, 0), (3, 5, 1)]
    assert study.units.rank.tolist() == [1, 0]


def test_an_article_reaches_at_least_to_its_last_unit() -> None:
    assert Study.of_readings({"ana": {"x": [(0, 9, "a")]}}, lengths={"x": 4}).lengths.tolist() == [9]


def test_no_readings_make_an_empty_study() -> None:
    study = Study.of_readings({})
    assert (study.annotators, study.articles, study.labels, len(study.units), study.pairs()) == ((), (), (), 0, [])


def test_what_is_dear_is_made_once() -> None:
    study, made = Study.of_readings({}), []
    for _ in range(2):
        assert study.once("key", lambda: made.append(1) or 7) == 7  # type: ignore[func-returns-value]
    assert made == [1]


@pytest.mark.parametrize("size", [10, 2**40])
def test_packed_keys_sort_and_equal_like_rows(size: int) -> None:
    draw = random.Random(2)
    rows = [(draw.choice([0, 1, size]), draw.choice([0, 5, size]), draw.choice([0, size])) for _ in range(60)]
    key = packed(*np.array(rows, dtype=np.int64).T)
    assert [rows[at] for at in np.argsort(key, kind="stable")] == sorted(rows)
    assert len(set(key.tolist())) == len(set(rows))


def test_distinct_numbers() -> None:
    assert distinct(np.array([5, 1, 5, 1, 3])).tolist() == [1, 3, 5]
    assert distinct(np.zeros(0, dtype=np.int64)).tolist() == []
