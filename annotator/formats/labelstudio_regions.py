"""The regions of one Label Studio annotation: labelled stretches, what is chosen or written for them, and relations.

Invariant: a result of any type is a span, an attribute, a link or a loss.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from annotator.core.attributes import COUNT_NUMBERS, COUNT_WORDS, targets
from annotator.core.spans import Span
from annotator.formats.losing import Losses, shortened
from annotator.formats.units import Offsets, Unit

WHOLE: Final = "article."
"""What the names of controls for the whole article begin with, where `annotator` made them."""

_LABELS: Final = ("labels", "hypertextlabels")
_UNITS: Final[tuple[Unit, ...]] = ("codepoints", "utf16", "lf")
_COUNT: Final = frozenset({*COUNT_NUMBERS, *COUNT_WORDS})
_DIGITS: Final = re.compile("[0-9]{1,15}")
_BROWSER: Final = frozenset({"globalOffsets", "startOffset"})
"""What regions of an HTML document have besides."""
_HIGHEST: Final = 2**53

Place = tuple[int, int]


class Result(msgspec.Struct):
    """One result of an annotation, as it stands in the file."""

    type: str = ""
    id: str | int = ""
    from_name: str = ""
    value: dict[str, Any] = {}
    origin: str | None = ""
    score: float | None = None
    meta: dict[str, Any] | None = None
    from_id: str | int = ""
    to_id: str | int = ""
    direction: str | None = "right"
    labels: list[str] | None = None

    @property
    def is_hypertext(self) -> bool:
        """Whether its offsets are those of an HTML document."""
        return "globalOffsets" in self.value or self.type.startswith("hypertext")

    @property
    def ends(self) -> Place | None:
        """The offsets that the file gives, in whatever unit; None if there are none of a text."""
        value = self.value
        if type(value.get("start")) is type(value.get("end")) is int and not _BROWSER & value.keys():
            return _bounded(value["start"], value["end"])  # as it mostly is
        given = value.get("globalOffsets", value)
        if not isinstance(given, dict) or (given is value and "startOffset" in given):
            return None
        start, end = _whole(given.get("start")), _whole(given.get("end"))
        return None if start is None or end is None else (start, end)

    @property
    def surface(self) -> str | None:
        """The words that the file gives for it."""
        text = self.value.get("text")
        return text if isinstance(text, str) else None


PLACED: Final = frozenset(
    {
        *(field.encode_name for field in msgspec.structs.fields(Result)),
        *("to_name", "original_length", "original_width", "original_height", "image_rotation", "source"),
    }
)
"""Fields of a result that are read, or that follow from the labelling interface or a picture."""


def _bounded(start: int, end: int) -> Place | None:
    return (start, end) if abs(start) < _HIGHEST and abs(end) < _HIGHEST else None


def _whole(value: Any) -> int | None:
    if type(value) is int:  # which bool is not
        return value if abs(value) < _HIGHEST else None
    return int(value) if isinstance(value, str) and _DIGITS.fullmatch(value) else None


def places_in(text: str, results: Sequence[Result]) -> Callable[[Result], tuple[Place | None, str | None]]:
    """Return what finds a region of a text: its code points, and the words that are to stand there.

    Args:
        text: The text.
        results: All that there is about it; its words tell what the offsets count.
    """
    offsets = {unit: Offsets(text, unit) for unit in _UNITS}
    units = [unit for unit in _UNITS if unit == "codepoints" or offsets[unit].differs]

    def fits(result: Result, unit: Unit) -> Place | None:
        ends = result.ends
        place = offsets[unit].span(*ends) if ends is not None else None
        words = result.surface
        if words is None or place is None or text[place[0] : place[1]] == words:
            return place
        return place if _same(text[slice(*place)], words, folded=result.is_hypertext) else None

    found: dict[int, Place] = {}  # by the identity of the result
    told = [result for result in results if result.type in _LABELS and result.surface] if len(units) > 1 else []
    for result in told:
        if (place := fits(result, "codepoints")) is not None:
            found[id(result)] = place
    if len(found) < len(told):
        found.clear()
        votes = {unit: sum(fits(result, unit) is not None for result in told) for unit in units}
        units.sort(key=lambda unit: -votes[unit])  # of equals the first stays first

    def place_of(result: Result) -> tuple[Place | None, str | None]:
        if id(result) in found:
            return found[id(result)], None
        for unit in units:
            place = fits(result, unit)
            if place is not None:
                return place, None
        return result.ends, result.surface

    return place_of


def _same(words: str, given: str, *, folded: bool) -> bool:
    """Say whether words are those that Label Studio gives, which writes a line end as it is, as LF, or as \\n.

    Args:
        words: What the text has.
        given: What the file has.
        folded: Whether blanks may differ, as they do where a browser lays out a document.
    """
    lines = words.replace("\r\n", "\n")
    shown = (lines, lines.replace("\r", "\n").replace("\n", "\\n"), re.sub("[\r\n]", r"\\n", words))
    return given in shown or (folded and words.split() == given.split())


class Regions:
    """The spans of an annotation and what is said of the article as a whole.

    Args:
        results: The results of the annotation.
        place: What finds a region; see `places_in`.
        losses: Where to note what is none of these.

    Attributes:
        spans: The spans with their attributes and links.
        surfaces: The words that the file gives for each and that are to be compared once more, None where they are.
        whole: The attributes of the article.
    """

    def __init__(
        self, results: Sequence[Result], place: Callable[[Result], tuple[Place | None, str | None]], losses: Losses
    ) -> None:
        self._losses = losses
        self._place = place
        self._spans: dict[str, tuple[Place, str, Result]] = {}
        self._attributes: dict[str, dict[str, Any]] = {}
        self._same_region: dict[str, list[str]] = {}
        self.surfaces: list[str | None] = []
        self.whole: dict[str, Any] = {}
        for result in results:
            if result.type in _LABELS:
                self._region(result)
        for result in results:
            if result.type not in _LABELS and result.type != "relation":
                self._said(result)
        for result in results:
            if result.type == "relation":
                self._relation(result)
        self.spans = tuple(
            Span(id, *ends, label, self._attributes[id], *_note_and_source(result))
            for id, (ends, label, result) in self._spans.items()
        )

    def _region(self, result: Result) -> None:
        region = str(result.id) or f"r{len(self._spans) + 1}"
        labels = _listed(result.value.get(result.type))
        ends, words = self._place(result)
        if ends is None:
            why = f"{', '.join(map(str, labels)) or 'it'} has no offsets of a text"
            self._losses.named(region, "region without offsets", why, gone=True)
            return
        if not labels:
            self._losses.named(region, "region without a label", f"{ends[0]}–{ends[1]} has no label", gone=True)
        for label in labels:
            id, number = region, 1
            while id in self._spans:
                number += 1
                id = f"{region}-{number}"
            self._spans[id] = (ends, str(label), result)
            self._attributes[id] = {} if result.score is None else {"score": result.score}
            self._same_region.setdefault(region, []).append(id)
            self.surfaces.append(words)

    def _said(self, result: Result) -> None:
        """Take what was chosen or written, for a region or for the article."""
        value = _value(result)
        spans = self._same_region.get(str(result.id), ())
        if spans:
            own = [id for id in spans if result.from_name.startswith(f"{self._spans[id][1]}.")]
            for id in own or spans:
                name = result.from_name.removeprefix(f"{self._spans[id][1]}.")
                _add(self._attributes[id], name or result.type, value)
        elif result.ends is not None or value is None or result.type.endswith("labels"):
            gone = result.type.endswith("labels")
            why = f"{result.type} {shortened(result.value)} is no labelled stretch of a text"
            self._losses.named(str(result.id), "region that is no text", why, gone=gone)
        else:
            _add(self.whole, result.from_name.removeprefix(WHOLE) or result.type, value)

    def _relation(self, result: Result) -> None:
        ends = [self._same_region.get(str(id), [""])[0] for id in (result.from_id, result.to_id)]
        names = result.labels or ["related"]
        if not all(ends):
            why = f"{', '.join(names)} from {result.from_id} to {result.to_id} does not join two labelled stretches"
            self._losses.whole("relation", why)
            return
        pairs = {"left": [ends[::-1]], "bi": [ends, ends[::-1]]}.get(result.direction or "", [ends])
        for start, to in pairs:
            for name in names:
                _link(self._attributes[start], name, to)


def _listed(labels: Any) -> list[Any]:
    """Return the labels of a region: one alone may stand without a list, and what is no name of one is none."""
    return labels if isinstance(labels, list) else [labels] if isinstance(labels, str) and labels else []


def _link(attributes: dict[str, Any], name: str, to: str) -> None:
    old = attributes.get(name)
    attributes[name] = to if old is None else [*targets(old), to]


def _add(attributes: dict[str, Any], name: str, value: Any) -> None:
    old = attributes.get(name)
    if old is not None:
        value = [*(old if isinstance(old, list) else [old]), *(value if isinstance(value, list) else [value])]
    attributes[name] = value


def _value(result: Result) -> Any:
    """Return what a control other than labels says, None if it is not one of those that say something."""
    match result.type:
        case "textarea":
            value = result.value.get("text")
        case "taxonomy":
            paths = result.value.get("taxonomy")
            value = paths
            if isinstance(paths, list):
                value = [" / ".join(map(str, path)) for path in paths if isinstance(path, list)]
        case "pairwise":
            value = result.value.get("selected")
        case kind:
            value = result.value.get(kind)
    if "x" in result.value or "points" in result.value:  # on a picture
        return None
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return _count(value) if isinstance(value, str) and value.startswith("{") else value


def _count(text: str) -> Any:
    """Return the count that a text is, as `annotator` writes them, or the text."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, dict) and value and value.keys() <= _COUNT else text


def _note_and_source(result: Result) -> tuple[str, str]:
    meta = result.meta
    if not meta:
        return "", "" if result.origin in (None, "", "manual") else str(result.origin)
    notes = meta.get("text")
    note = "\n".join(map(str, notes)) if isinstance(notes, list) else str(notes or "")
    source = meta.get("source")
    if not isinstance(source, str):
        source = "" if result.origin in (None, "", "manual") else str(result.origin)
    return note, source
