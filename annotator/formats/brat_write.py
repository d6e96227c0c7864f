"""Writing brat standoff: a folder for each annotator, in it a text and an `.ann` file for each article.

Invariant: what is written is read back equal by `brat`, except for ids of spans and what comes back as a `Loss`; no
name from data leads out of the folder.

| of a span | becomes |
|---|---|
| the label and place | T; one line break or more inside part it into pieces, as brat's own line-wise view wants it |
| a chain of `FRAGMENT_LINK` | one T with the pieces, where nothing else is said of the later ones |
| links | R, or * for `EQUAL`, or the arguments of an E where the source says "brat E1:T3" |
| other attributes | A, without a value where it is true; several options one each; what is no plain word as JSON |
| "x" like "database:id" and "x_text" | N |
| the note | # AnnotatorNotes, one for each line |
| lines of the layer's note about a relation | # and A of that relation, see `brat_relations` |
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import msgspec

from annotator.core.record import LayerRecord, Record
from annotator.core.schema import Link, Schema
from annotator.core.spans import Span, span_key
from annotator.errors import InputError
from annotator.formats.base import FRAGMENT_LINK, Loss, WriteOptions
from annotator.formats.brat_conf import annotation_conf, visual_conf
from annotator.formats.brat_lines import BREAKS, EQUAL, number_of
from annotator.formats.brat_relations import Sayings, called
from annotator.formats.linking import LIST_OF_ONE, attributes_of, lone
from annotator.formats.losing import Shortfall
from annotator.formats.safe_names import FileNames, safe

_PARTS: Final = re.compile(f"[^{re.escape(BREAKS)}]+")
_BROKEN: Final = re.compile(f"[{re.escape(BREAKS)}]")
_EVENT: Final = re.compile(r"brat (E[0-9]+):(T[0-9]+)")
_OWN: Final = re.compile(r"T[1-9][0-9]{0,8}")
_NORMAL: Final = re.compile(r"[^\s:]+:\S+")
_BOM: Final = "\ufeff"


class BratWriter:
    """Writes articles into a folder as they come; see `Writer`.

    Args:
        folder: Where; it is there and empty.
        options: The schema, if it is known, tells which attributes are links.
    """

    def __init__(self, folder: Path, options: WriteOptions) -> None:
        self._folder = folder
        self._schema = options.schema
        self._annotators = FileNames()
        self._articles = FileNames()  # one for all annotators, so that an article has the same name with each
        self._breaks = lru_cache(maxsize=1)(_breaks)  # the layers of an article come one after the other

    def write(self, record: Record) -> Sequence[Loss]:
        """Write the text and the annotations of one record."""
        lost = Shortfall(record)
        layer = record.layer
        folder = self._folder
        if layer is not None and layer.annotator:
            folder /= self._annotators.of(layer.annotator)
            lost.renamed("annotator", layer.annotator, folder.name)
        elif layer is not None:
            lost.whole("annotator", "nobody is named: the files lie in the folder itself, and will get its name")
        name = self._articles.of(record.key)
        lost.renamed("article", record.key, name)
        ann = folder / f"{name}.ann"
        if ann.exists():
            lost.whole("written already", "the same annotator has another layer of it in this folder", gone=True)
            return lost.found
        folder.mkdir(exist_ok=True)
        # A mark of the byte order is dropped by readers; where the text itself begins with one there must be two.
        text = _BOM + record.text if record.text.startswith(_BOM) else record.text
        (folder / f"{name}.txt").write_bytes(text.encode())
        if layer is None:
            return lost.found
        own = Shortfall(record)
        made = _Ann(record, layer, self._schema, own, self._breaks(record.text))
        ann.write_bytes(made.text().encode())
        lost.about_article(keeps=() if made.homeless else ("note",))
        lost.found += own.found
        return lost.found

    def close(self) -> None:
        """Write brat's configuration."""
        if self._schema is not None:
            (self._folder / "annotation.conf").write_bytes(annotation_conf(self._schema).encode())
            (self._folder / "visual.conf").write_bytes(visual_conf(self._schema).encode())


class _Ann:
    """One `.ann` file."""

    def __init__(
        self, record: Record, layer: LayerRecord, schema: Schema | None, lost: Shortfall, breaks: Sequence[int]
    ) -> None:
        self._text = record.text
        self._schema = schema
        self._lost = lost
        self._breaks = breaks
        self._out: list[str] = []
        self._numbers = {"R": 0, "A": 0, "N": 0, "#": 0}
        self._kept: dict[str, Span] = {}
        for span in sorted(layer.spans, key=span_key):
            if self._in_one(span) or _PARTS.search(span.surface(self._text)):
                self._kept[span.id] = span
            else:
                lost.span(span, "only line breaks", "brat has no span without other characters; left out", gone=True)
        self._next = self._chains()
        self._later = set(self._next.values())
        self._trigger, self._name = self._ids()
        self._said = Sayings(layer.note)

    def text(self) -> str:
        """Return the content of the file."""
        written: set[str] = set()
        for id, span in self._kept.items():
            if id not in self._later and self._trigger[id] not in written:
                written.add(self._trigger[id])
                self._bound(span)
        for id, span in self._kept.items():
            if id not in self._later and (span.attributes or span.note or span.source):
                self._about(span)
        return "".join(self._out)

    @property
    def homeless(self) -> bool:
        """Whether the layer's note has lines that are about no relation that was written."""
        return self._said.left

    def _line(self, id: str, what: str, tail: str | None = None) -> None:
        if id in self._numbers:
            self._numbers[id] += 1
            id = f"{id}{self._numbers[id]}"
        self._out.append(f"{id}\t{what}\n" if tail is None else f"{id}\t{what}\t{tail}\n")

    def _in_one(self, span: Span) -> bool:
        """Say whether there is no line break in a span."""
        at = bisect_left(self._breaks, span.start)
        return at == len(self._breaks) or self._breaks[at] >= span.end

    def _clean(self, span: Span) -> bool:
        return self._text[span.start] not in BREAKS and self._text[span.end - 1] not in BREAKS

    def _chains(self) -> dict[str, str]:
        """Return the next piece by each piece, where brat can have both as pieces of one span."""
        found: dict[str, str] = {}
        for span in self._kept.values():
            if FRAGMENT_LINK not in span.attributes:
                continue
            before = self._kept.get(str(span.attributes.get(FRAGMENT_LINK)))
            if (
                before is not None
                and (len(span.attributes), span.note, span.source, span.label) == (1, "", "", before.label)
                and before.end < span.start
                and self._text[before.end : span.start].strip(BREAKS)
                and self._clean(before)
                and self._clean(span)
                and before.id not in found
            ):
                found[before.id] = span.id
        # A later piece has no line of its own, so nothing but the piece after it may point to it.
        pointed = Counter(target for span in self._kept.values() for target in _targets(span)) if found else Counter()
        while apart := [id for id, later in found.items() if pointed[later] != (later in found)]:
            for id in apart:
                del found[id]
        return found

    def _ids(self) -> tuple[dict[str, str], dict[str, str]]:
        """Return the id of each span's T line, and the id by which others name it: that, or its event's."""
        triggers: dict[str, str] = {}
        names: dict[str, str] = {}
        events: set[str] = set()
        places: dict[str, Span] = {}  # by id of a T line
        first = {id: span for id, span in self._kept.items() if id not in self._later}
        for id, span in first.items():
            event = _EVENT.fullmatch(span.source) if span.source else None
            wanted = event[2] if event else id
            if _OWN.fullmatch(wanted) and (wanted not in places or (event and self._alike(span, places[wanted]))):
                places[wanted] = span
                triggers[id] = wanted
            if event and event[1] not in events:
                events.add(event[1])
                names[id] = event[1]
        number = max((int(id[1:]) for id in places), default=0)
        event_number = max((int(id[1:]) for id in names.values()), default=0)
        for id, span in first.items():
            if id not in triggers:
                number += 1
                triggers[id] = f"T{number}"
            if span.source and id not in names and _EVENT.fullmatch(span.source):
                event_number += 1
                names[id] = f"E{event_number}"
            names.setdefault(id, triggers[id])
        return triggers, names

    def _alike(self, one: Span, other: Span) -> bool:
        """Say whether two spans have the same label and the same pieces."""
        pairs = zip_longest(self._pieces(one), self._pieces(other))
        return one.label == other.label and all(a and b and (a.start, a.end) == (b.start, b.end) for a, b in pairs)

    def _pieces(self, span: Span) -> Iterator[Span]:
        yield span
        while span.id in self._next:
            span = self._kept[self._next[span.id]]
            yield span

    def _bound(self, span: Span) -> None:
        if span.id not in self._next and self._in_one(span):  # as nearly all are: half the time of a file (measured)
            self._line(self._trigger[span.id], f"{safe(span.label)} {span.start} {span.end}", span.surface(self._text))
            return
        pieces: list[tuple[int, int]] = []
        for part in self._pieces(span):
            found = [(part.start + m.start(), part.start + m.end()) for m in _PARTS.finditer(part.surface(self._text))]
            if (found[0][0], found[-1][1]) != (part.start, part.end):
                why = f"line breaks at its edge cannot be marked; it became {found[0][0]}–{found[-1][1]}"
                self._lost.span(part, "line break at the edge", why)
            pieces += found
        places = ";".join(f"{start} {end}" for start, end in pieces)
        words = " ".join(self._text[start:end] for start, end in pieces)
        self._line(self._trigger[span.id], f"{safe(span.label)} {places}", words)

    def _about(self, span: Span) -> None:
        """Write the lines that say something of a span."""
        name, event = self._name[span.id], self._name[span.id].startswith("E")
        links = dict(self._links(span))
        self._loose(span)
        arguments = [
            f"{_role(role)}{number if number > 1 else ''}:{target}"
            for role, targets in links.items()
            for number, target in enumerate(targets, 1)
        ]
        if event:
            self._line(name, " ".join([f"{safe(span.label)}:{self._trigger[span.id]}", *arguments]))
        else:
            for role, targets in links.items():
                # Of a * line nothing can be said, so that those of which there is stay R lines.
                if role == EQUAL and targets and not any(self._said.has(called(EQUAL, name, to)) for to in targets):
                    self._line("*", f"{EQUAL} {' '.join([name, *targets])}")
                    continue
                for target in targets:
                    self._line("R", f"{safe(role)} Arg1:{name} Arg2:{target}")
                    self._about_relation(called(safe(role), name, target), f"R{self._numbers['R']}")
            if span.source:
                self._lost.span(span, "source", f"no place for {span.source!r}")
        values = {key: value for key, value in span.attributes.items() if key not in links}
        for key, id, words in _normalised(values):
            self._line("N", f"{safe(key)} {name} {id}", words)
            del values[key], values[f"{key}_text"]
        for key, value in values.items():
            for words in _words(value):
                self._line("A", f"{safe(key)} {name} {words}" if words else f"{safe(key)} {name}")
        if span.note:
            if _BROKEN.search(span.note.replace("\n", "")):
                self._lost.span(span, "line breaks in the note", "others than LF became blanks")
            for words in span.note.split("\n"):
                self._line("#", f"AnnotatorNotes {name}", _BROKEN.sub(" ", words))

    def _about_relation(self, relation: str, id: str) -> None:
        for one in self._said.of(relation):
            if one.note is None:
                self._line("A", f"{one.key} {id} {one.value}" if one.value else f"{one.key} {id}")
            else:
                self._line("#", f"AnnotatorNotes {id}", one.note)

    def _loose(self, span: Span) -> None:
        """Tell which values are read back as others where nobody knows the schema."""
        known = attributes_of(span, self._schema)
        for name, value in span.attributes.items():
            if lone(value, known.get(name)):
                self._lost.span(span, LIST_OF_ONE, f"{name!r} is read back as one value without a schema")
            elif value is False and name not in known:
                self._lost.span(span, "false", f"{name!r} is read back as a word without a schema")

    def _links(self, span: Span) -> Iterator[tuple[str, list[str]]]:
        """Yield the links of a span with the ids that brat's lines name their targets by."""
        for key, value in span.attributes.items():
            targets = value if isinstance(value, list) else [value]
            if not self._is_link(span.label, key, targets):
                continue
            for target in targets:
                if target not in self._name:
                    self._lost.span(span, "link left out", f"{key!r} points to {target!r}, which is not here")
            yield key, [self._name[target] for target in targets if target in self._name]

    def _is_link(self, label: str, key: str, targets: Sequence[Any]) -> bool:
        if not targets or not all(isinstance(target, str) for target in targets):
            return False
        known = self._schema.labels.get(label) if self._schema is not None else None
        if known is not None and key in known.attributes:
            return isinstance(known.attributes[key], Link)
        return all(target in self._name for target in targets)


def _breaks(text: str) -> Sequence[int]:
    """Return where the line breaks of a text are."""
    return [found.start() for found in _BROKEN.finditer(text)]


def _targets(span: Span) -> Iterator[str]:
    for value in span.attributes.values():
        yield from (item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str))


def _role(name: str) -> str:
    """Return the name of an event's argument; a digit at its end would be taken for the argument's number."""
    name = safe(name)
    return f"{name[:-1]}_u{ord(name[-1]):04X}_" if name[-1].isdigit() else name


def _normalised(values: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return name, id and words of what was, or can be, a normalisation."""
    return [
        (key, value, words)
        for key, value in values.items()
        if isinstance(value, str)
        and _NORMAL.fullmatch(value)
        and isinstance(words := values.get(f"{key}_text"), str)
        and words
        and not _BROKEN.search(words)
    ]


def _words(value: Any) -> list[str]:
    """Return the values of the A lines for one attribute; "" is a line without a value."""
    if value is True:
        return [""]
    if isinstance(value, str) and is_plain(value):
        return [value]
    if isinstance(value, list) and value and all(isinstance(item, str) and is_plain(item) for item in value):
        return value
    try:
        return [_BROKEN.sub(lambda found: f"\\u{ord(found[0]):04x}", msgspec.json.encode(value).decode())]
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"the attribute value {value!r:.60} is no JSON", hint="load it again from its file") from error


def is_plain(words: str) -> bool:
    """Say whether words can stand at the end of an A line as they are, and be read back as they are."""
    if words != words.strip() or not words or words[0] in '{["':
        return False
    return "\t" not in words and not _BROKEN.search(words) and number_of(words) is None
