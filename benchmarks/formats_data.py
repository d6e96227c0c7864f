"""Articles for the benchmark of formats: many, all different, out of the paragraphs of the bundled corpus.

    python -m benchmarks.formats_data OUT [--articles 10000] [--annotators 3] [--length 3500] [--attributes] [--as csv]

An article is paragraphs drawn with a seed until it has about 3,500 characters, with about 30 of the spans that the
corpus has in them for each annotator.  It runs as a program of its own, because the peak memory of a command that is
measured is never less than that of the one that starts it.
"""

from __future__ import annotations

import argparse
import csv
import html
import json
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

CORPUS = Path(__file__).parents[1] / "corpus" / "conflict-news.jsonl"
ANNOTATORS = ("ana", "ben", "cleo")
LENGTH = 3500  # code points of an article
SPANS = 30


class Paragraph(NamedTuple):
    """A paragraph and the spans in it, as (start, end, label, attributes), counted from its beginning."""

    text: str
    spans: tuple[tuple[int, int, str, dict[str, Any]], ...]


def paragraphs(path: Path = CORPUS) -> list[Paragraph]:
    """Return the English paragraphs of the corpus with their settled spans."""
    found = []
    for line in path.read_text("utf-8").splitlines():
        record = json.loads(line)
        if record["kind"] == "gold" and record["meta"].get("language") == "en":
            found += list(_of(record))
    return found


def _of(record: dict[str, Any]) -> Iterator[Paragraph]:
    at = 0
    for text in record["text"].split("\n\n"):
        end = at + len(text)
        inside = [span for span in record["spans"] if at <= span["start"] and span["end"] <= end]
        spans = [(span["start"] - at, span["end"] - at, span["label"], _plain(span["attributes"])) for span in inside]
        if spans:
            yield Paragraph(text, tuple(spans))
        at = end + 2


def _plain(attributes: dict[str, Any]) -> dict[str, Any]:
    """Return attributes without links, whose targets need not be drawn as well."""
    return {name: value for name, value in attributes.items() if name not in ("from", "to", "perpetrator", "location")}


def records(
    count: int, *, annotators: int, attributes: bool = False, seed: int = 1, length: int = LENGTH
) -> Iterator[dict[str, Any]]:
    """Yield native records, those of an article one after the other.

    Args:
        count: How many articles.
        annotators: How many layers each has, up to three.
        attributes: Give the spans the attributes that they have in the corpus; else they are labels alone.
        seed: Another seed gives other articles.
        length: About how many code points an article has; the spans become fewer in proportion.
    """
    draw = random.Random(seed)
    pool = paragraphs()
    most = max(1, round(SPANS * length / LENGTH))
    for number in range(count):
        text, spans = _article(number, draw, pool, length)
        record = {"id": f"article-{number}", "text": text, "title": f"Report {number}", "meta": {"language": "en"}}
        for annotator in ANNOTATORS[:annotators]:
            chosen = sorted(draw.sample(range(len(spans)), min(most, len(spans))))
            yield record | {
                "annotator": annotator,
                "kind": "human",
                "status": "done",
                "spans": [_span(f"s{n}", text, spans[at], attributes) for n, at in enumerate(chosen, 1)],
            }


def _article(number: int, draw: random.Random, pool: Sequence[Paragraph], length: int) -> tuple[str, list[Any]]:
    text, spans = f"Report {number}", []
    while len(text) < max(length - 150, 20):  # half a paragraph less, so that the mean is the length
        paragraph = draw.choice(pool)
        at = len(text) + 2
        text += f"\n\n{paragraph.text}"
        spans += [(at + start, at + end, label, values) for start, end, label, values in paragraph.spans]
    return text, spans


def _span(id: str, text: str, span: tuple[int, int, str, dict[str, Any]], attributes: bool) -> dict[str, Any]:
    start, end, label, values = span
    made = {"id": id, "start": start, "end": end, "label": label, "text": text[start:end]}
    return made | {"attributes": values} if attributes else made


def _lines(out: Path, found: Iterable[dict[str, Any]]) -> None:
    with out.open("w", encoding="utf-8") as file:
        for record in found:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def _table(out: Path, found: Iterable[dict[str, Any]]) -> None:
    with out.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, delimiter="\t" if out.suffix == ".tsv" else ",")
        rows.writerow(("id", "title", "text"))
        rows.writerows((record["id"], record["title"], record["text"]) for record in found)


def _texts(out: Path, found: Iterable[dict[str, Any]]) -> None:
    out.mkdir()
    for record in found:
        (out / f"{record['id']}.txt").write_text(record["text"], "utf-8")


def _pages(out: Path, found: Iterable[dict[str, Any]]) -> None:
    out.mkdir()
    for record in found:
        title = html.escape(record["title"])
        body = "".join(f"<p>{html.escape(part)}</p>\n" for part in record["text"].split("\n\n"))
        page = f"<html><head><title>{title}</title></head><body><article>\n{body}</article></body></html>\n"
        (out / f"{record['id']}.html").write_text(page, "utf-8")


def _bdocs(out: Path, found: Iterable[dict[str, Any]]) -> None:
    out.mkdir()
    for record in found:
        annotations = [
            {"type": span["label"], "start": span["start"], "end": span["end"], "id": number, "features": {}}
            for number, span in enumerate(record["spans"])
        ]
        sets = {record["annotator"]: {"annotations": annotations}}
        document = {"text": record["text"], "offset_type": "p", "features": {}, "annotation_sets": sets}
        (out / f"{record['id']}.bdocjs").write_text(json.dumps(document, ensure_ascii=False), "utf-8")


def _items(out: Path, found: Iterable[dict[str, Any]]) -> None:
    """Write texts, and beside each the lines and tokens of its spans, widened to whole tokens, as SLATE counts both."""
    out.mkdir()
    for record in found:
        lines = list(re.finditer(r"[^\n]*(?:\n|\Z)", record["text"]))
        tokens = [
            (token.start(), token.end(), f"({number}, {place})")
            for number, line in enumerate(lines)
            for place, token in enumerate(re.compile(r"\S+").finditer(record["text"], *line.span()))
        ]
        rows = []
        for span in record["spans"]:
            touched = [item for start, end, item in tokens if start < span["end"] and span["start"] < end]
            item = f"({touched[0]}, {touched[-1]})" if len(touched) > 1 else touched[0]
            rows.append(f"{item} - {span['label']}\n")
        name = f"{record['id']}.txt"
        (out / name).write_text(record["text"], "utf-8")
        (out / f"{name}.{record['annotator']}.annotations").write_text("".join(rows), "utf-8")


MAKERS: dict[str, Callable[[Path, Iterable[dict[str, Any]]], None]] = {
    "jsonl": _lines,
    "csv": _table,
    "tsv": _table,
    "gate": _bdocs,
    "slate": _items,
    "text": _texts,
    "web": _pages,
}
"""Writers of what the product itself reads and does not write, and of native lines, by the name of the format."""


def main(arguments: list[str] | None = None) -> int:
    """Write the file or folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--annotators", type=int, default=3)
    parser.add_argument("--length", type=int, default=LENGTH, help="code points of an article")
    parser.add_argument("--attributes", action="store_true")
    parser.add_argument("--as", dest="format", choices=sorted(MAKERS), default="jsonl")
    given = parser.parse_args(arguments)
    options = {"annotators": given.annotators, "attributes": given.attributes, "length": given.length}
    MAKERS[given.format](given.out, records(given.articles, **options))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
