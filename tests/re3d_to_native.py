"""Turn re3d documents into native JSON Lines, and make the smallest schema that fits them.

    python tests/re3d_to_native.py re3d-open.jsonl OUT.jsonl SCHEMA.toml

Each document keeps its id, title and text; the source goes to `meta`, each span's confidence to an attribute.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

ANNOTATOR = "re3d"


def native(document: dict[str, Any]) -> dict[str, Any]:
    """Return one document as the object of a native line."""
    text = document["text"]
    spans = [
        {
            "id": f"s{number}",
            "start": span["start"],
            "end": span["end"],
            "label": span["label"],
            "text": text[span["start"] : span["end"]],
            "attributes": {"confidence": span["confidence"]} if "confidence" in span else {},
        }
        for number, span in enumerate(document["spans"], 1)
    ]
    return {
        "id": document["doc_id"],
        "text": text,
        "title": document["title"],
        "meta": {"source": document["source"]},
        "annotator": ANNOTATOR,
        "kind": "human",
        "status": "done",
        "spans": spans,
    }


def schema_of(documents: Iterable[dict[str, Any]]) -> str:
    """Return the smallest schema, as TOML, that has the labels of these documents."""
    labels = sorted({span["label"] for document in documents for span in document["spans"]})
    lines = ['name = "re3d"', 'version = "1"']
    for label in labels:
        lines += ["", f"[labels.{label}.attributes.confidence]", 'kind = "number"', "min = 0", "max = 1"]
    return "\n".join(lines) + "\n"


def documents(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the documents of a re3d file."""
    with path.open(encoding="utf-8", newline="\n") as file:
        yield from map(json.loads, file)


def main(source: str, out: str, schema: str) -> None:
    """Write both files."""
    with Path(out).open("w", encoding="utf-8", newline="\n") as file:
        for document in documents(Path(source)):
            file.write(json.dumps(native(document), ensure_ascii=False) + "\n")
    Path(schema).write_text(schema_of(documents(Path(source))), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
