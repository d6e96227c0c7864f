"""Plug-ins: formats and measures, found by name through entry points.

Invariant: nothing is imported before it is asked for by name, so a broken or heavy plug-in never slows or breaks a
command that does not use it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final, Literal

from annotator.errors import AnnotatorError, UsageError

Group = Literal["formats", "measures"]
_ONE: Final = {"formats": "format", "measures": "measure"}


def names(group: Group) -> list[str]:
    """Return the names of all plug-ins of a group, sorted; none of them is imported."""
    return sorted(_points(group))


def load(group: Group, name: str) -> Any:
    """Return the plug-in of this name.

    Raises:
        UsageError: If there is none; the hint lists those that there are.
        AnnotatorError: If it is there but cannot be imported.
    """
    point = _points(group).get(name)
    if point is None:
        known = ", ".join(names(group)) or "none: install annotator again"
        raise UsageError(f"there is no {_ONE[group]} {name!r}", hint=f"known: {known}")
    try:
        return point.load()
    except (ImportError, AttributeError) as error:
        raise AnnotatorError(
            f"the {_ONE[group]} {name!r} cannot be loaded: {error}", hint=f"it is {point.value}; install it again"
        ) from error


def load_all(group: Group) -> Iterator[Any]:
    """Yield every plug-in of a group, by name."""
    return (load(group, name) for name in names(group))


@cache
def _points(group: Group) -> dict[str, EntryPoint]:
    # Looking through what is installed takes some milliseconds, and it does not change while a program runs.
    return {point.name: point for point in entry_points(group=f"annotator.{group}")}
