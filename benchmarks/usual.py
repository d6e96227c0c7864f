"""How DocBin is usually made of native JSON Lines: what the product's DocBin is held against.

    python -m benchmarks.usual tokenise FILE.jsonl
    python -m benchmarks.usual docbin FILE.jsonl OUT.spacy

`tokenise` does nothing but `tokenizer.pipe`; `docbin` also makes spans with `char_span`, widened to tokens, and puts
all documents into one DocBin.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import spacy
from spacy.tokens import DocBin


def _records(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def tokenise(source: Path) -> int:
    """Return the number of tokens."""
    texts = (record["text"] for record in _records(source))
    return sum(map(len, spacy.blank("en").tokenizer.pipe(texts)))


def docbin(source: Path, out: Path) -> None:
    """Write one DocBin with a span group, and of the tokens no more than that takes.

    With the attributes that DocBin stores by default, which a text without a parser and a tagger has not got, it takes
    longer and four times the memory.
    """
    records = list(_records(source))
    made = DocBin(attrs=["ENT_IOB", "ENT_TYPE"], store_user_data=True)
    docs = spacy.blank("en").tokenizer.pipe(record["text"] for record in records)
    for doc, record in zip(docs, records, strict=True):
        spans = (
            doc.char_span(span["start"], span["end"], label=span["label"], alignment_mode="expand")
            for span in record["spans"]
        )
        doc.spans["sc"] = [span for span in spans if span is not None]
        doc.user_data["key"] = record["id"]
        made.add(doc)
    made.to_disk(out)


if __name__ == "__main__":
    if sys.argv[1] == "tokenise":
        print(tokenise(Path(sys.argv[2])))
    else:
        docbin(Path(sys.argv[2]), Path(sys.argv[3]))
