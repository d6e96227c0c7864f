"""Articles of any size with any number of spans, for the screen's benchmark; the same for the same numbers."""

from __future__ import annotations

import random
from pathlib import Path

from annotator.core.record import LayerRecord, Record
from annotator.core.spans import Span
from annotator.project import Project
from annotator.schemas import load_schema

WORDS = [
    "shelling",
    "hit",
    "the",
    "crowded",
    "market",
    "in",
    "Taiz",
    "killing",
    "at",
    "least",
    "twelve",
    "civilians",
    "and",
    "families",
    "fled",
    "toward",
    "Turbah",
    "while",
    "officials",
    "said",
    "forces",
    "denied",
    "all",
    "responsibility",
    "monitors",
    "counted",
    "dozens",
    "of",
    "wounded",
    "after",
    "midnight",
    "near",
    "a",
    "hospital",
    "Aden",
    "Marib",
    "3,000",
    "people",
    "left",
    "their",
    "homes",
    "before",
    "dawn",
    "as",
    "rebels",
    "advanced",
]
FIRST = "Opening"
"""The first word of every article, and of no other text on the screen: what first paint waits for."""
ANNOTATOR = "ana"
LENGTHS = (1, 1, 2, 4)  # tokens in a span: never three, so that three tokens are never a span already


def words_of(size: int, *, seed: int = 7) -> str:
    """Return a text of about so many characters, in paragraphs of four sentences."""
    draw = random.Random(seed)
    sentences: list[str] = []
    length = 0
    while length < size:
        chosen = draw.choices(WORDS, k=draw.randint(8, 22))
        sentence = " ".join(chosen).capitalize() + "."
        sentences.append(sentence)
        length += len(sentence) + 1
    paragraphs = [" ".join(sentences[at : at + 4]) for at in range(0, len(sentences), 4)]
    return f"{FIRST} words\n" + "\n".join(paragraphs)


def spans_of(text: str, count: int, labels: list[str]) -> list[Span]:
    """Return so many spans of whole words, evenly spread; a tenth of them holds the one after it."""
    spans: list[Span] = []
    step = len(text) / count
    for number in range(count):
        start = text.rfind(" ", 0, int((number + 0.5) * step)) + 1
        end = start
        for _ in range(LENGTHS[number % 4]):
            end = _end_of_word(text, end + 1)
        if number % 10 == 0:
            outer = _end_of_word(text, _end_of_word(text, end + 1) + 1)
            spans.append(Span(f"s{number + 1}", start, outer, labels[1]))
            continue
        if number % 10 == 1 and spans:
            start, end = spans[-1].start, _end_of_word(text, spans[-1].start)
        spans.append(Span(f"s{number + 1}", start, end, labels[number % len(labels)]))
    return spans


def _end_of_word(text: str, at: int) -> int:
    """Return the end of the word at or after an offset, a full stop not counted."""
    while at < len(text) and not text[at].isalnum():
        at += 1
    while at < len(text) and (text[at].isalnum() or text[at] == ","):
        at += 1
    return at


def make_database(path: Path, *, size: int, spans: int) -> None:
    """Make a database of one article of so many characters, tagged by one annotator."""
    schema = load_schema("conflict-events")
    text = words_of(size)
    layer = LayerRecord(ANNOTATOR, "human", spans=tuple(spans_of(text, spans, list(schema.labels))))
    with Project.create(path, schema) as project:
        project.add_annotator(ANNOTATOR)
        with project.loader() as loader:
            loader.add(Record("", "article", "An article", text, layer=layer))
