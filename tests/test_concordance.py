"""Concordances of a database: nothing is lost, nothing is counted twice, and memory is bounded by parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from support import load, reading_of, record, schema

from annotator import concordance
from annotator.concordance import Choice, concordance_of, readers_of, uneven_forms
from annotator.core.occurrences import Wanted
from annotator.core.spans import Span
from annotator.errors import StoreError, UsageError
from annotator.project import Project
from annotator.store import concordance as stored

WORDS = ("Taiz", "taiz", "Taizi", "Київ", "El\nFasher", "army", "🙂")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Nine articles of the same few words, read by three annotators who differ now and then, and a model."""
    draw = Random(7)
    with Project.create(tmp_path / "a.db", schema()) as project:
        for number in range(9):
            words = [draw.choice(WORDS) for _ in range(12)]
            text = f"{number} " + " ".join(words)
            for who in ("ana", "ben", "gold", "bot")[: 4 - number % 3]:
                spans, at = [], 2
                for index, word in enumerate(words):
                    if draw.random() < 0.6:
                        label = draw.choice(("actor", "location", "location"))
                        spans.append(Span(f"s{index + 1}", at, at + len(word), label))
                    at += len(word) + 1
                kind = {"gold": "gold", "bot": "model"}.get(who, "human")
                load(project, record(f"k{number}", text, layer=reading_of(who, *spans, kind=kind)))
        yield project


def test_every_place_with_every_reading(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "CHUNK", 2)
    found = concordance_of(project.store, Wanted("Taiz"))
    assert found.annotators == ("ana", "ben", "gold")
    expected = {}
    for one in project.store.stream():
        assert one.layer is not None
        at = one.text.find("Taiz ")
        while at >= 0:
            if one.layer.kind != "model" and one.text[at - 1] == " ":
                labels = tuple(s.label for s in one.layer.spans if (s.start, s.end) == (at, at + 4))
                expected[one.key, at, one.layer.annotator] = labels
            at = one.text.find("Taiz ", at + 1)
    told = {
        (one.name, one.start, who): reading.labels
        for one in found.occurrences
        for who, reading in one.readings.items()
        if one.after
    }
    assert told == expected
    assert found.tally.occurrences == len(found.occurrences)
    first = [one.split for one in found.occurrences]
    assert first == sorted(first, reverse=True) and any(first)


def test_other_case_and_parts_of_words(project: Project) -> None:
    def count(wanted: Wanted) -> int:
        return concordance_of(project.store, wanted).tally.occurrences

    texts = [one.text for one in project.store.stream(annotators=["ana"])]
    assert count(Wanted("taiz", ignore_case=True, word=False)) == sum(t.lower().count("taiz") for t in texts)
    assert count(Wanted("TAIZ")) == 0
    assert count(Wanted("El Fasher")) == sum(t.count("El\nFasher") for t in texts)
    assert count(Wanted("КИЇВ", ignore_case=True)) == sum(t.count("Київ") for t in texts)


def test_choices_narrow_what_is_shown_and_not_what_is_counted(project: Project) -> None:
    every = concordance_of(project.store, Wanted("Taiz"))
    some = concordance_of(project.store, Wanted("Taiz"), Choice(label="actor"))
    assert some.tally == every.tally
    assert {one.place for one in some.occurrences} == {
        one.place for one in every.occurrences if any("actor" in r.labels for r in one.readings.values())
    }
    uneven = concordance_of(project.store, Wanted("Taiz"), Choice(uneven=True))
    assert len(uneven.occurrences) == every.tally.inconsistent
    alone = concordance_of(project.store, Wanted("Taiz"), Choice(("bot",)))
    assert alone.annotators == ("bot",) and alone.tally.unread > 0


def test_what_is_not_kept_is_counted_and_differences_are_kept_first(project: Project) -> None:
    every = concordance_of(project.store, Wanted("Taiz"))
    few = concordance_of(project.store, Wanted("Taiz"), most=3)
    assert (len(few.occurrences), few.left_out) == (3, every.tally.occurrences - 3)
    assert few.tally == every.tally
    assert all(one.split for one in few.occurrences)


def test_the_most_uneven_strings(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    forms = uneven_forms(project.store)
    assert [one.rank for one in forms] == sorted(one.rank for one in forms)
    assert "El Fasher" in {one.string for one in forms}
    expected: dict[str, int] = {}
    articles: dict[str, dict[tuple[int, int], str]] = {}
    for one in project.store.stream(kinds=["human", "gold"]):
        assert one.layer is not None
        for span in one.layer.spans:
            articles.setdefault(one.key, {})[span.start, span.end] = one.text[span.start : span.end]
    for places in articles.values():
        for words in places.values():
            expected[" ".join(words.split())] = expected.get(" ".join(words.split()), 0) + 1
    assert {one.string: one.places for one in forms} == expected
    monkeypatch.setattr(concordance, "FORMS", 10)  # in many parts: the same, in less memory
    assert uneven_forms(project.store) == forms
    assert uneven_forms(project.store, limit=2) == forms[:2]
    assert [one.string for one in uneven_forms(project.store, label="location")] == [
        one.string for one in forms if ("label", "location") in one.keys
    ]


def test_who_is_not_there(project: Project) -> None:
    with pytest.raises(UsageError, match="there is no annotator 'nobody'") as refused:
        readers_of(project.store, ["nobody"])
    assert refused.value.hint == "known: ana, ben, bot, gold"


def test_a_damaged_text_is_told(project: Project, tmp_path: Path) -> None:
    project.writer.submit(lambda conn: conn.execute("UPDATE article SET text = 'x Taiz' WHERE id = 2")).result()
    with pytest.raises(StoreError, match="'k1' is not what was stored"):
        concordance_of(project.store, Wanted("Taiz"))
