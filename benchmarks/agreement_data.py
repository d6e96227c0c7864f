"""Studies to measure agreement on: the bundled corpus, read by several annotators who make mistakes.

Invariant: an article's readings hang on the seed, its number and the annotator alone, so 100 articles are the first of
10,000 and two annotators the first of three.  Spans begin and end at tokens, which all peers can express.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from annotator.agreement.tokens import plain_tokens
from annotator.resources import corpus_dir

Places = tuple[int, int, str]
"""First token, one past the last, label."""
LABELS: Final = ("actor", "location", "casualty", "displacement")
SPANS: Final = 32  # of an article, before the mistakes
DROPPED, MOVED, RELABELLED, ADDED = 0.08, 0.08, 0.05, 0.04
UNSET: Final = 0.1  # of the attributes


@dataclass(frozen=True, slots=True)
class Source:
    """An article of the bundled corpus.

    Args:
        text: The article.
        tokens: Where each token begins and ends, in code points.
        spans: The gold spans that begin and end at tokens.
        marked: The gold spans as they are in the corpus, by their places.
    """

    text: str
    tokens: tuple[tuple[int, int], ...]
    spans: tuple[Places, ...]
    marked: dict[Places, dict[str, Any]]


def sources() -> list[Source]:
    """Return the articles of the bundled corpus that have enough spans."""
    found = []
    with (corpus_dir() / "conflict-news.jsonl").open(encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            if record.get("annotator") != "gold":
                continue
            tokens = tuple(plain_tokens(record["text"]))
            first = {start: number for number, (start, _) in enumerate(tokens)}
            last = {end: number + 1 for number, (_, end) in enumerate(tokens)}
            places = [(first.get(s["start"], -1), last.get(s["end"], -1), s["label"]) for s in record["spans"]]
            marked = {at: span for at, span in zip(places, record["spans"], strict=True) if 0 <= at[0] < at[1]}
            if len(marked) >= SPANS:
                found.append(Source(record["text"], tokens, tuple(sorted(marked)), marked))
    return found


def readings(source: Source, number: int, annotators: int, *, seed: int, flat: bool) -> list[list[Places]]:
    """Return how each annotator reads an article, spans sorted.

    Args:
        source: What the article is a copy of.
        number: Of the article.
        annotators: How many there are.
        seed: The same seed gives the same readings.
        flat: Whether to leave out spans that overlap one before them, which some peers cannot express.
    """
    chosen = random.Random(f"{seed} {number}").sample(source.spans, SPANS)
    found = []
    for who in range(annotators):
        draw = random.Random(f"{seed} {number} {who}")
        spans = sorted(set(_misread(chosen, len(source.tokens), draw)))
        found.append(_flat(spans) if flat else spans)
    return found


def _misread(spans: Sequence[Places], tokens: int, draw: random.Random) -> Iterator[Places]:
    for start, end, label in spans:
        luck = draw.random()
        if luck < ADDED:
            at = draw.randrange(tokens - 3)
            yield at, at + draw.randint(1, 3), draw.choice(LABELS)
        if draw.random() < DROPPED:
            continue
        if draw.random() < MOVED:
            start = min(max(start + draw.choice((-1, 0, 1)), 0), end - 1)
            end = max(min(end + draw.choice((-1, 0, 1)), tokens), start + 1)
        yield start, end, draw.choice(LABELS) if draw.random() < RELABELLED else label


def _flat(spans: Sequence[Places]) -> list[Places]:
    kept: list[Places] = []
    for span in spans:
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


def write(path: Path, articles: int, annotators: int, *, seed: int = 1) -> None:
    """Write a study of flat readings as JSON lines: first the texts with their tokens, then an article a line."""
    copied = sources()
    with path.open("w", encoding="utf-8") as file:
        head = {"texts": [source.text for source in copied], "tokens": [source.tokens for source in copied]}
        file.write(json.dumps(head) + "\n")
        for number in range(articles):
            which = number % len(copied)
            spans = readings(copied[which], number, annotators, seed=seed, flat=True)
            file.write(json.dumps([which, spans]) + "\n")


def write_native(path: Path, articles: int, annotators: int, *, seed: int = 1) -> None:
    """Write a study as native JSONL with the overlaps of the corpus, to be loaded."""
    copied = sources()
    with path.open("w", encoding="utf-8") as file:
        for number in range(articles):
            source = copied[number % len(copied)]
            text = f"{source.text}\n\n{number}"  # two articles are never the same
            for who, spans in enumerate(readings(source, number, annotators, seed=seed, flat=False)):
                draw = random.Random(f"{seed} {number} {who} attributes")
                record = {"id": f"article-{number:06}", "text": text, "annotator": f"ana-{who}", "status": "done"}
                marked = _native(source, spans, draw)
                file.write(json.dumps(record | {"spans": marked}, ensure_ascii=False) + "\n")


def _native(source: Source, spans: Sequence[Places], draw: random.Random) -> list[dict[str, Any]]:
    """Return spans with the attributes that they have in the corpus, some left out; mistaken spans have none."""
    known = {span: source.marked[span]["id"] for span in spans if span in source.marked}
    ids, found = set(known.values()), []
    for at, span in enumerate(spans):
        start, end = source.tokens[span[0]][0], source.tokens[span[1] - 1][1]
        attributes = {}
        for name, value in source.marked.get(span, {}).get("attributes", {}).items():
            kept = [one for one in value if one in ids] if isinstance(value, list) else value
            if kept and draw.random() >= UNSET:
                attributes[name] = kept
        one = {"id": known.get(span, f"new-{at}"), "start": start, "end": end, "label": span[2]}
        found.append(one | {"text": source.text[start:end], "attributes": attributes})
    return found
