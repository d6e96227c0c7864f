"""Plug-ins: formats and measures, found by name through entry points.

Invariant: nothing is imported before it is asked for, and a plug-in that cannot be imported breaks nothing but itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
    except Exception as error:  # whatever a package of somebody else does when it is imported
        raise AnnotatorError(
            f"the {_ONE[group]} {name!r} cannot be loaded: {error}", hint=f"it is {point.value}; install it again"
        ) from error


def usable(group: Group, *, told: Callable[[str, AnnotatorError], None] | None = None) -> Iterator[Any]:
    """Yield every plug-in of a group that can be imported, by name.

    Args:
        group: Which.
        told: Called with the name and the error of each that cannot.
    """
    for name in names(group):
        try:
            yield load(group, name)
        except AnnotatorError as error:
            if told is not None:
                told(name, error)


@cache
def _points(group: Group) -> dict[str, EntryPoint]:
    # Looking through what is installed takes some milliseconds, and it does not change while a program runs.
    return {point.name: point for point in entry_points(group=f"annotator.{group}")}
