"""Write `conflict-news.jsonl` from the articles and spans in `corpus/source`.

Invariant: the corpus on disk is a function of `corpus/source` and the schema alone; `--check` proves that it is up to
date.  One line per article and layer, in the order of the articles' names, then annotator-1, annotator-2, gold.

    python corpus/build.py [--check]
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from layers import Reading, readings
from source_format import GOLD, META, Source, parse

from annotator.core.counting import count
from annotator.core.schema import Schema
from annotator.core.text import title_of
from annotator.errors import BAD_INPUT, OK, PROBLEMS, InputError


def read_schema(path: Path) -> Schema:
    """Return the schema of a TOML file."""
    return Schema.validated(tomllib.loads(path.read_text(encoding="utf-8")))


def read_article(path: Path, *, name: str) -> str:
    """Return an article's text, exactly as the file has it.

    Raises:
        InputError: If it is not UTF-8 with LF alone, or has no line that could be its title.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError as error:
        raise InputError(f"{name}:1: there is no such text", hint="write the article beside its .spans file") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{name}:1: not UTF-8 at byte {error.start}", hint="save it as UTF-8") from error
    if "\r" in text:
        line = text[: text.index("\r")].count("\n") + 1
        raise InputError(f"{name}:{line}: a carriage return", hint="save it with LF line ends")
    if not title_of(text):
        raise InputError(f"{name}:1: the first line is not a title", hint="at most 200 code points")
    return text


def line_of(key: str, text: str, source: Source, reading: Reading, schema: Schema) -> str:
    """Return one layer as a line of native JSONL, without its newline."""
    spans: list[dict[str, Any]] = [
        {
            "id": span.id,
            "start": span.start,
            "end": span.end,
            "label": span.label,
            "text": span.surface(text),
            "attributes": dict(span.attributes),
            "note": span.note,
            "source": span.source,
        }
        for span in reading.spans
    ]
    return json.dumps(
        {
            "id": key,
            "text": text,
            "title": title_of(text),
            "meta": {name: source.meta[name] for name in (*META, *sorted(set(source.meta) - set(META)))},
            "annotator": reading.annotator,
            "kind": "gold" if reading.annotator == GOLD else "human",
            "status": "done",
            "schema": schema.ref,
            "attributes": dict(reading.attributes),
            "note": reading.note,
            "spans": spans,
        },
        ensure_ascii=False,
    )


def build(folder: Path, schema: Schema, *, only: str = "", shown: str = "corpus/source") -> Iterator[str]:
    """Yield the corpus line by line.

    Args:
        folder: Holds NAME.txt and NAME.spans of every article.
        schema: What the layers are made under.
        only: What an article's name must begin with.
        shown: The folder's name in messages.

    Raises:
        InputError: If a file cannot be read as the notation says, or has no partner.
    """
    files = (path for path in folder.iterdir() if path.suffix in (".txt", ".spans"))
    names = sorted({path.stem for path in files if path.stem.startswith(only)})
    for name in names:
        where = f"{shown}/{name}.spans"
        text = read_article(folder / f"{name}.txt", name=f"{shown}/{name}.txt")
        spans = folder / f"{name}.spans"
        if not spans.exists():
            raise InputError(f"{where}:1: there is no such file", hint="write the spans beside the article")
        source = parse(spans.read_text(encoding="utf-8"), where=where)
        for reading in readings(source, text, schema):
            yield line_of(name, text, source, reading, schema)


def main(arguments: Sequence[str] | None = None) -> int:
    """Build or check the corpus and return the exit status."""
    parser = argparse.ArgumentParser(description="Write corpus/conflict-news.jsonl from corpus/source.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the file would change")
    parser.add_argument("--only", metavar="PREFIX", default="", help="read only these articles and write nothing")
    options = parser.parse_args(arguments)
    here = Path(__file__).resolve().parent
    schema = read_schema(here.parent / "schemas" / "conflict-events.toml")
    target = here / "conflict-news.jsonl"
    try:
        lines = list(build(here / "source", schema, only=options.only))
    except InputError as error:
        sys.stderr.write(f"{error}\n")
        return BAD_INPUT
    if options.only:
        sys.stdout.write(f"{len(lines) // 3} articles read, nothing written\n")
        return OK
    fresh = "".join(f"{line}\n" for line in lines)
    if options.check:
        if target.exists() and target.read_text(encoding="utf-8") == fresh:
            return OK
        sys.stderr.write("corpus/conflict-news.jsonl is not what corpus/source says; run python corpus/build.py\n")
        return PROBLEMS
    target.write_bytes(fresh.encode("utf-8"))
    sys.stdout.write(f"{target.name}: {count(len(lines), 'layer')} of {count(len(lines) // 3, 'article')}\n")
    return OK


if __name__ == "__main__":
    sys.exit(main())
