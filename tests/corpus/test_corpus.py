"""The bundled corpus: it is what its sources say, and it holds what the tool needs to be tried on."""

from __future__ import annotations

import json
import unicodedata
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from annotator.core.checks import check_layer
from annotator.core.layer import Layer
from annotator.core.schema import Schema
from annotator.core.spans import Span

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "corpus"
FILE = CORPUS / "conflict-news.jsonl"
LAYERS = ["annotator-1", "annotator-2", "gold"]

Line = dict[str, Any]


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    return [json.loads(line) for line in FILE.read_text(encoding="utf-8").split("\n") if line]


@pytest.fixture(scope="module")
def articles(lines: list[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        found[line["id"]].append(line)
    return found


def spans_of(line: Line) -> dict[tuple[int, int], Line]:
    """The spans by extent; of two with the same extent, the last."""
    return {(span["start"], span["end"]): span for span in line["spans"]}


def test_the_file_is_what_the_sources_say(script: SimpleNamespace, schema: Schema) -> None:
    fresh = "".join(f"{line}\n" for line in script.build.build(CORPUS / "source", schema))
    assert FILE.read_text(encoding="utf-8") == fresh, "run python corpus/build.py"


def test_there_are_enough_articles_of_a_readable_length(articles: dict[str, list[Line]]) -> None:
    assert len(articles) >= 24
    lengths = {key: len(layers[0]["text"]) for key, layers in articles.items()}
    assert {key: n for key, n in lengths.items() if not 600 <= n <= 6000} == {}


def test_no_two_articles_have_the_same_text_or_title(articles: dict[str, list[Line]]) -> None:
    for field in ("text", "title"):
        assert len({layers[0][field] for layers in articles.values()}) == len(articles)


def test_several_languages_are_present_and_each_says_where_it_is_from(articles: dict[str, list[Line]]) -> None:
    languages = {layers[0]["meta"]["language"] for layers in articles.values()}
    assert {"en", "ar", "fr", "uk", "zh"} <= languages
    countries = {layers[0]["meta"]["country"] for layers in articles.values()}
    assert len(countries) >= 10


def test_one_article_has_emoji_sequences_flags_and_combining_marks_on_span_edges(lines: list[Line]) -> None:
    found = [
        line
        for line in lines
        if "\u200d" in line["text"]
        and any("\U0001f1e6" <= c <= "\U0001f1ff" for c in line["text"])
        and any("\U0001f3fb" <= c <= "\U0001f3ff" for c in line["text"])
        and any(unicodedata.combining(c) and unicodedata.category(c) == "Mn" for c in line["text"])
    ]
    assert found
    surfaces = [span["text"] for line in found for span in line["spans"]]
    assert any("\u200d" in words for words in surfaces)
    assert any(unicodedata.normalize("NFC", words) != words for words in surfaces)


def test_every_article_has_two_annotators_and_gold_in_this_order(articles: dict[str, list[Line]]) -> None:
    assert list(articles) == sorted(articles)
    for layers in articles.values():
        assert [line["annotator"] for line in layers] == LAYERS
        assert [line["kind"] for line in layers] == ["human", "human", "gold"]
        assert {line["status"] for line in layers} == {"done"}
        assert {line["schema"] for line in layers} == {"conflict-events@1"}
        assert len({(line["text"], line["title"], json.dumps(line["meta"])) for line in layers}) == 1


def test_every_span_is_the_slice_that_it_names(lines: list[Line]) -> None:
    wrong = [
        (line["id"], line["annotator"], span["id"])
        for line in lines
        for span in line["spans"]
        if line["text"][span["start"] : span["end"]] != span["text"] or not span["text"].strip()
    ]
    assert wrong == []


def test_every_gold_layer_is_rich_enough(articles: dict[str, list[Line]], schema: Schema) -> None:
    for key, layers in articles.items():
        spans = layers[2]["spans"]
        assert len(spans) >= 15, key
        assert sum(bool(span["attributes"]) for span in spans) >= 0.8 * len(spans), key
    used = {span["label"] for layers in articles.values() for span in layers[2]["spans"]}
    assert used == set(schema.labels)


def test_no_layer_has_a_problem_and_spans_are_in_order(lines: list[Line], schema: Schema) -> None:
    for line in lines:
        spans = tuple(
            Span(s["id"], s["start"], s["end"], s["label"], s["attributes"], s["note"], s["source"])
            for s in line["spans"]
        )
        assert list(spans) == sorted(spans, key=lambda span: span.key)
        assert {span.id for span in spans} == {f"s{n}" for n in range(1, len(spans) + 1)}
        layer = Layer(1, line["annotator"], line["schema"], "done", spans, line["attributes"], line["note"])
        assert check_layer(layer, text=line["text"], schema=schema, key=line["id"]) == []


def test_gold_has_nested_and_crossing_spans_and_links(articles: dict[str, list[Line]]) -> None:
    nested = set()
    links = set()
    for layers in articles.values():
        spans = layers[2]["spans"]
        for outer in spans:
            links |= {(outer["label"], name) for name, value in outer["attributes"].items() if isinstance(value, list)}
            for inner in spans:
                if inner is not outer and outer["start"] <= inner["start"] and inner["end"] <= outer["end"]:
                    nested.add((outer["label"], inner["label"]))
    assert {("actor", "location"), ("casualty", "casualty"), ("location", "location")} <= nested
    assert links == {
        ("casualty", "perpetrator"),
        ("casualty", "location"),
        ("displacement", "from"),
        ("displacement", "to"),
    }


def test_the_annotators_disagree_in_every_article_and_neither_is_gold(articles: dict[str, list[Line]]) -> None:
    for key, layers in articles.items():
        readings = {
            json.dumps([(s["start"], s["end"], s["label"]) for s in line["spans"]]) + json.dumps(line["attributes"])
            for line in layers
        }
        assert len(readings) == 3, key


def test_all_kinds_of_disagreement_occur(articles: dict[str, list[Line]]) -> None:
    kinds = set()
    for one, two, _ in articles.values():
        first, second = spans_of(one), spans_of(two)
        for extent, span in first.items():
            other = second.get(extent)
            across = [e for e in second if e[0] < extent[1] and extent[0] < e[1]]
            if other is None:
                kinds.add("missed" if not across else "boundary")
            elif other["label"] != span["label"]:
                kinds.add("label")
            elif plain(other) != plain(span):
                kinds.add("attribute")
    assert kinds == {"boundary", "label", "missed", "attribute"}


def plain(span: Line) -> Line:
    """A span's attributes without links, whose ids differ between layers anyway."""
    return {name: value for name, value in span["attributes"].items() if not isinstance(value, list)}
