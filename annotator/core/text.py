"""Article text: the one frame that every offset refers to.

Invariant: a stored text never changes.  Offsets are half-open Unicode code points into it, which is what Python's
slices count, and no function here normalises anything after an offset exists.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from annotator.errors import InputError

TITLE_LIMIT = 200  # code points; a longer first line is prose, not a headline


@dataclass(frozen=True, slots=True)
class Article:
    """One article as it is stored.

    Args:
        id: The store's number for it; 0 before it is stored.
        key: The name that people and files use for it; unique in a database.
        title: One line for lists; the text keeps it too when it came from there.
        text: The whole text, exactly as decoded.
        digest: SHA-256 of the text's UTF-8 bytes, as 64 hexadecimal digits.
        meta: Whatever the source said about it, as JSON values.
    """

    id: int
    key: str
    title: str
    text: str
    digest: str
    meta: Mapping[str, Any] = field(default_factory=dict, hash=False)


def digest_of(text: str) -> str:
    """Return the SHA-256 of the text's UTF-8 bytes as 64 hexadecimal digits.

    Raises:
        InputError: If the text holds a lone surrogate, which no UTF-8 file can carry.
    """
    try:
        return hashlib.sha256(text.encode("utf-8")).hexdigest()
    except UnicodeEncodeError as error:
        raise InputError(
            f"lone surrogate U+{ord(text[error.start]):04X} at offset {error.start}",
            hint="half of a UTF-16 pair is not a character; export the text again as UTF-8",
        ) from error


def unify_newlines(text: str) -> str:
    """Turn CRLF into LF; for text that has no offsets yet.  A lone CR stays."""
    return text.replace("\r\n", "\n")


def title_of(text: str) -> str:
    """Return the first non-empty line, stripped, or "" if it is longer than 200 code points."""
    for line in re.finditer(r"[^\r\n]+", text):
        stripped = line[0].strip()
        if stripped:
            return stripped if len(stripped) <= TITLE_LIMIT else ""
    return ""


def context(text: str, start: int, end: int, *, width: int = 24) -> str:
    """Return the slice with a little of what stands around it, on one line, for messages."""
    before = text[max(0, start - width) : start]
    after = text[end : end + width]
    return " ".join(f"{before}⟦{text[start:end]}⟧{after}".split())
