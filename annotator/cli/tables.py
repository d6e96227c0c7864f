"""Plain tables for a terminal.

Invariant: no control character of the data reaches the terminal, and columns line up by what a terminal paints.
"""

from __future__ import annotations

from collections.abc import Sequence

from annotator.core.counting import count

__all__ = ["clean", "count", "table"]


def clean(text: str) -> str:
    """Return the text on one line, with what would drive a terminal replaced."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "�" for c in text)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return rows under a head, columns two blanks apart; numbers stand to the right.

    Args:
        head: The column names.
        rows: As many cells each.
    """
    from wcwidth import wcswidth

    numeric = [bool(rows) and all(isinstance(row[i], int | float) for row in rows) for i in range(len(head))]
    cells = [[clean(name) for name in head], *([_cell(value) for value in row] for row in rows)]
    widths = [max(max(wcswidth(row[i]), 0) for row in cells) for i in range(len(head))]
    lines = []
    for row in cells:
        padded = []
        for text, width, right in zip(row, widths, numeric, strict=True):
            gap = " " * (width - max(wcswidth(text), 0))
            padded.append(gap + text if right else text + gap)
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return clean(str(value))
