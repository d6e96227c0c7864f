"""Where in a TOML file a field stands, for messages.

Invariant: reads text that `tomllib` has accepted, so it needs to know how values end and not whether they are right;
it never changes a value and never fails, it only falls back to the table or the top of the file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence

Path = tuple[str | int, ...]

_KEY = r"""(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[A-Za-z0-9_-]+)"""
_DOTTED = rf"{_KEY}(?:[ \t]*\.[ \t]*{_KEY})*"
_HEADER = re.compile(rf"[ \t]*(\[\[?)[ \t]*({_DOTTED})[ \t]*\]\]?")
_ASSIGNMENT = re.compile(rf"[ \t]*({_DOTTED})[ \t]*=")
_PART = re.compile(_KEY)
# One step through a value: a whole string, a comment, a bracket, a line's end, or anything else.
_STEP = re.compile(
    r'"""(?:\\[\s\S]|[^\\])*?"""(?:"{0,2})'
    r"|'''[\s\S]*?'''(?:'{0,2})"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*"
    r"|[\[{\]}\n]"
    r"|[^\"'#\[\]{}\n]+"
)


def line_of(text: str, path: Sequence[str | int]) -> int:
    """Return the line on which a field is set, or else its table begins, or else 1.

    Args:
        text: The whole TOML file.
        path: Keys and positions in arrays of tables from the top, such as ("labels", "actor", "key").

    Returns:
        The line's number, counted from 1.
    """
    known = dict(reversed([*_places(text)]))  # the first mention of a path wins
    for length in range(len(path), 0, -1):
        if tuple(path[:length]) in known:
            return known[tuple(path[:length])]
    return 1


def _places(text: str) -> Iterator[tuple[Path, int]]:
    """Yield every path that the file mentions, with its line, in the order of the file."""
    table: Path = ()
    counts: dict[Path, int] = {}
    at, line = 0, 1
    while at < len(text):
        if header := _HEADER.match(text, at):
            table = _resolve(_parts(header[2]), counts, new_item=header[1] == "[[")
            yield from ((table[:length], line) for length in range(1, len(table) + 1))
            end = _end_of_value(text, header.end())
        elif assignment := _ASSIGNMENT.match(text, at):
            path = (*table, *_parts(assignment[1]))
            yield from ((path[:length], line) for length in range(len(table) + 1, len(path) + 1))
            end = _end_of_value(text, assignment.end())
        else:  # a blank line or a comment
            end = _end_of_value(text, at)
        line += text.count("\n", at, end)
        at = end


def _resolve(keys: list[str], counts: dict[Path, int], *, new_item: bool) -> Path:
    """Turn a header's keys into a path, with the position of the current item after each array of tables."""
    path: Path = ()
    for number, key in enumerate(keys):
        path = (*path, key)
        if new_item and number == len(keys) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _parts(dotted: str) -> list[str]:
    """Split a dotted key, taking quotes and escapes off."""
    return [_unquote(part[0]) for part in _PART.finditer(dotted)]


def _unquote(key: str) -> str:
    if key[0] == '"':
        return str(tomllib.loads(f"key = {key}")["key"])
    return key.strip("'")


def _end_of_value(text: str, at: int) -> int:
    """Return the offset after the line's end that ends a value: one outside of strings and brackets."""
    depth = 0
    while step := _STEP.match(text, at):
        at = step.end()
        if step[0] in ("[", "{"):
            depth += 1
        elif step[0] in ("]", "}"):
            depth -= 1
        elif step[0] == "\n" and depth <= 0:
            return at
    return len(text)
