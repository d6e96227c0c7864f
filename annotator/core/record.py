"""Records: an article and perhaps one reading of it, on their way between a file and the store.

Invariant: a record is not trusted until `intake` has checked it against the schema and its own text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from annotator.core.layer import Kind, Status
from annotator.core.spans import Span


@dataclass(frozen=True, slots=True)
class LayerRecord:
    """One annotator's reading, as a file brings it or takes it away; spans in any order."""

    annotator: str
    kind: Kind = "human"
    status: Status = "open"
    schema: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict, hash=False)
    note: str = ""
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """One article with at most one layer, and where it came from ("news.jsonl:3") for messages."""

    where: str
    key: str
    title: str
    text: str
    meta: Mapping[str, Any] = field(default_factory=dict, hash=False)
    layer: LayerRecord | None = None


@dataclass(frozen=True, slots=True)
class Bad:
    """Something in a file that could not be read, and why."""

    where: str
    message: str
    hint: str = ""
