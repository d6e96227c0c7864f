"""Label Studio's JSON, in: tasks with annotations, predictions and drafts.

Invariant: every region of a text is a span whose words are those that the file gives for it, or the task is refused;
every region of anything else is listed.  Label Studio has counted code points since 1.4 and UTF-16 units before, and a
browser takes CRLF for one character: which it was is decided span by span, by the words.

A person who annotated a task twice has two layers, "ana" and "ana-2"; predictions are layers of models; an annotation
that is ground truth is a gold layer; one that was cancelled is flagged, and a draft is open.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from io import BufferedReader
from typing import Any, Final, Generic, TypeVar

import msgspec

from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.spans import Span
from annotator.core.text import title_of
from annotator.errors import InputError
from annotator.formats.base import Format, Incoming, Option, ReadOptions
from annotator.formats.json_items import first_item, objects
from annotator.formats.labelstudio_config import config
from annotator.formats.labelstudio_plain import Plain, plain_spans
from annotator.formats.labelstudio_regions import PLACED, Regions, Result, places_in
from annotator.formats.labelstudio_write import USERS, LabelStudioWriter
from annotator.formats.losing import Losses, shortened
from annotator.formats.markup import text_of
from annotator.formats.sources import Source
from annotator.formats.table import TEXT_COLUMNS

R = TypeVar("R", Plain, Result)


class _Own(msgspec.Struct):
    """What `annotator` says of a layer; Label Studio passes it over."""

    name: str = ""
    kind: str = ""
    status: str = ""
    schema: str = ""
    note: str = ""


class _Annotation(msgspec.Struct, Generic[R]):
    result: list[R] | None = None
    completed_by: Any = None
    user: Any = None  # of a draft
    was_cancelled: bool | None = None
    skipped: bool | None = None
    ground_truth: bool | None = None
    model_version: str | None = None
    annotator: _Own | None = None


class _Task(msgspec.Struct, Generic[R]):
    data: dict[str, Any]
    id: int | str | None = None
    annotations: list[_Annotation[R]] | None = None
    completions: list[_Annotation[R]] | None = None  # before 1.0
    predictions: list[_Annotation[R]] | None = None
    drafts: list[_Annotation[R]] | None = None

    @property
    def layers(self) -> list[_Annotation[R]]:
        """All of them."""
        return [annotation for name in _LAYERS for annotation in getattr(self, name) or ()]


_LAYERS: Final = ("annotations", "completions", "predictions", "drafts")
_USED: Final = frozenset(field.encode_name for field in msgspec.structs.fields(_Annotation))
_ADDRESS: Final = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:\S+|/\S*|data:\S*)\s*", re.IGNORECASE)
_HEAD: Final = re.compile(rb'"(?:annotations|predictions|completions)"\s*:\s*\[')


def read(stream: BufferedReader, source: Source, options: ReadOptions = ReadOptions(), /) -> Iterator[Incoming | Bad]:
    """Yield every layer of every task; see `Reader`."""
    field = options.values.get("text", "")
    yield from objects(
        stream,
        source,
        lambda value, where, number: _Reading(value, where, source, number, field).layers(),
        hint="each task is an object, {…}",
    )


def text_field(data: Mapping[str, Any], wanted: str = "") -> str:
    """Return the name of the field that holds a task's text.

    Args:
        data: The task's data.
        wanted: The name that a person gave; "" to find it: the field `text`, another with a usual name, else the first
            with words in it that are not an address.

    Raises:
        InputError: If there is none.
    """
    names = [name for name, value in data.items() if isinstance(value, str) and value.strip()]
    if wanted:
        if wanted in names:
            return wanted
        raise InputError(f"the task's data has no text {wanted!r}", hint=f"it has {', '.join(data) or 'nothing'}")
    usual = [name for name in TEXT_COLUMNS if name in names]
    prose = [name for name in names if " " in data[name].strip() and not _ADDRESS.fullmatch(data[name])]
    found = next(iter([*usual, *prose]), None)
    if found is None:
        has = ", ".join(data) or "nothing"
        raise InputError(f"the task has no text: its data has {has}", hint="name the text with --option text=FIELD")
    return found


def annotator_of(person: Any) -> str:
    """Return the name of whoever Label Studio says: an e-mail address, a number, or an object with either."""
    if isinstance(person, Mapping):
        names = " ".join(str(person.get(part) or "") for part in ("first_name", "last_name")).strip()
        return str(person.get("email") or person.get("username") or names or person.get("id") or "")
    return str(person) if isinstance(person, str | int) and not isinstance(person, bool) else ""


class _Reading:
    """One task on its way to records."""

    def __init__(self, data: dict[str, Any], where: str, source: Source, number: str, field: str) -> None:
        self._raw = data
        self._where = where
        self._html = False
        self._spans: dict[int, tuple[Span, ...]] = {}  # of plain annotations, by identity
        self._task: _Task[Any] = self._plain(field) or self._full(field)
        self._key = self._named(source, number)
        self._seen: Counter[str] = Counter()
        title = self._task.data.get("title")
        self._title = title if isinstance(title, str) else title_of(self._text)
        self._meta = self._rest()

    def _plain(self, field: str) -> _Task[Plain] | None:
        """Return the task if all of its annotations are plain, with their spans put by."""
        try:
            task = msgspec.convert(self._raw, _Task[Plain])
        except msgspec.ValidationError:
            return None
        self._field = text_field(task.data, field)
        self._text = task.data[self._field]
        for layer in task.layers:
            spans = plain_spans(layer.result or (), self._text)
            if spans is None:
                return None
            self._spans[id(layer)] = spans
        return task

    def _full(self, field: str) -> _Task[Result]:
        """Return the task, with what finds its regions."""
        task = msgspec.convert(self._raw, _Task[Result])
        self._spans.clear()
        raw = [annotation for name in _LAYERS for annotation in self._raw.get(name) or ()]
        self._results = {id(layer): one.get("result") or [] for layer, one in zip(task.layers, raw, strict=True)}
        self._field = text_field(task.data, field)
        self._text = task.data[self._field]
        results = [result for layer in task.layers for result in layer.result or ()]
        self._html = any(result.is_hypertext for result in results)
        if self._html:
            self._text = text_of(self._text)
        self._places = places_in(self._text, results)
        return task

    def _named(self, source: Source, number: str) -> str:
        own = (self._task.data.get(name) for name in ("id", "key"))
        given = next((key for key in (*own, self._task.id) if isinstance(key, str | int) and key != ""), None)
        return source.key_of(number, self._text) if given is None else str(given)

    def layers(self) -> list[Incoming]:
        """Return the article with each of its layers, or alone."""
        task = self._task
        found = [self._layer(one) for one in (*(task.annotations or ()), *(task.completions or ()))]
        found += [self._layer(one, model=True) for one in task.predictions or ()]
        found += [self._layer(one, draft=True) for one in task.drafts or ()]
        return found or [Incoming(self._record(None))]

    def _layer(self, one: _Annotation[Any], *, model: bool = False, draft: bool = False) -> Incoming:
        own = one.annotator or _Own()
        person = annotator_of(one.user if draft else one.completed_by)
        gold = bool(one.ground_truth)
        name = (one.model_version or "model") if model else "gold" if gold else f"{person}-draft" if draft else person
        name = self._numbered(own.name or name)
        losses = Losses(self._key, name)
        cancelled = bool(one.was_cancelled or one.skipped)
        if not own.status and cancelled:
            losses.whole("cancelled", "it was skipped by its annotator: the layer is flagged")
        if gold and not own.name and person:
            losses.whole("ground truth", f"it is by {person}: the layer is that of gold")
        spans, surfaces, whole = self._found(one, losses)
        kind = own.kind or ("model" if model else "gold" if gold else "human")
        status = own.status or ("flagged" if cancelled else "open" if draft else "done")
        about = (kind, status, own.schema, whole, own.note, spans)
        layer = LayerRecord(name, *about)  # type: ignore[arg-type]  # checked by the gate
        return Incoming(self._record(layer), surfaces, losses=tuple(losses.found), loose=True)

    def _found(
        self, one: _Annotation[Any], losses: Losses
    ) -> tuple[tuple[Span, ...], Sequence[str | None], dict[str, Any]]:
        """Return the spans, the words that are to be compared once more, and what is said of the article."""
        if id(one) in self._spans:
            return self._spans[id(one)], (), {}
        regions = Regions(one.result or [], self._places, losses)
        for result in self._results[id(one)]:
            for name in sorted(result.keys() - PLACED):
                if result[name]:
                    why = f"{name} = {shortened(result[name])} has no place"
                    losses.named(str(result.get("id", "")), "field of a region", why)
        return regions.spans, regions.surfaces, regions.whole

    def _numbered(self, name: str) -> str:
        """Return a name that no other layer of the task has."""
        self._seen[name] += 1
        number = self._seen[name]
        return f"{name}-{number}" if name and number > 1 else name

    def _record(self, layer: LayerRecord | None) -> Record:
        where = self._where
        if layer is not None and len(self._task.layers) > 1:
            where = f"{where}, by {layer.annotator or 'nobody'}"
        return Record(where, self._key, self._title, self._text, self._meta, layer)

    def _rest(self) -> dict[str, Any]:
        """Return what else the task says: its data by name, and what Label Studio adds under "labelstudio"."""
        data = dict(self._task.data)
        text = data.pop(self._field)
        own = data.pop("meta", None)
        used = [name for name in ("id", "key") if str(data.get(name)) == self._key]
        for name in (*used[:1], *(["title"] if isinstance(data.get("title"), str) else [])):
            del data[name]
        if self._html:
            data["html"] = text
        if own is not None:
            data |= own if isinstance(own, dict) else {"meta": own}
        more = {name: value for name, value in self._raw.items() if name not in ("data", *_LAYERS) and value}
        for name in _LAYERS:
            rest = [{k: v for k, v in one.items() if k not in _USED and v} for one in self._raw.get(name) or ()]
            if any(rest):
                more[name] = rest
        if more and (set(more) != {"id"} or str(more["id"]) != self._key):
            data["labelstudio"] = more
        return data


def _sniff(head: bytes) -> int:
    item = first_item(head)
    if isinstance(item, dict) and isinstance(item.get("data"), dict):
        return 95 if any(name in item for name in _LAYERS) else 80
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n[")
    return 90 if item is None and start.startswith(b"{") and b'"data"' in head and _HEAD.search(head) else 0


FORMAT: Final = Format(
    "labelstudio",
    "Label Studio's JSON: tasks with annotations, predictions, drafts and relations",
    (".json", ".jsonl"),
    read=read,
    write=LabelStudioWriter,
    sniff=_sniff,
    stdout=True,
    config=config,
    options=(
        Option("text", "the field of a task's data that holds the text; found by itself if left out", side="read"),
        Option(
            "users",
            "whether annotators are written as e-mail addresses that Label Studio has to know",
            USERS,
            side="write",
        ),
    ),
    single=False,
)
