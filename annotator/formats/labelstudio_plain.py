"""Annotations of Label Studio that hold nothing but labelled stretches of a text, as most do, read in a few steps.

Invariant: an annotation is read here only if every one of its regions has one label, stands at its offsets as code
points, and says nothing else; anything more is left to `labelstudio_regions`, which would find the same spans in these.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from annotator.core.spans import Span
from annotator.formats.quick_spans import Made, spans_of


class _Value(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    start: int
    end: int
    text: str
    labels: tuple[str]


class Plain(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A region with a label and nothing else."""

    id: str
    type: Literal["labels"]
    value: _Value
    from_name: str = ""
    to_name: str = ""
    origin: Literal["manual", ""] | None = None


def plain_spans(regions: Sequence[Plain], text: str) -> tuple[Span, ...] | None:
    """Return the spans of an annotation, None if one of its regions does not stand at its offsets or has no own id."""
    made = [Made(one.id, (value := one.value).start, value.end, value.labels[0]) for one in regions]
    ids = {one.id for one in made}
    if len(ids) < len(made) or "" in ids or not all(0 <= one.start < one.end for one in made):
        return None
    same = [text[one.start : one.end] for one in made] == [one.value.text for one in regions]
    return spans_of(made) if same else None
