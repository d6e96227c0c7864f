"""What a CAS says as a record: which annotations are spans, what they are called, and what they carry.

Invariant: an annotation is a span, a link between two spans, or named in a note or a loss; what `annotator` wrote gives
the record that it was made from, if the spans in the file are still those that it wrote.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from annotator.core.spans import Span
from annotator.errors import InputError
from annotator.formats.about import Data, read_data
from annotator.formats.base import Incoming, Loss
from annotator.formats.cas_model import ARRAYS, INITIAL_VIEW, Cas, Sofa, Structure
from annotator.formats.cas_xmi import NOT_XML
from annotator.formats.quick_spans import spans_of
from annotator.formats.units import Offsets

SPAN: Final = "custom.Span"
RELATION: Final = "custom.Relation"
DATA: Final = "annotator.Data"
METADATA: Final = "de.tudarmstadt.ukp.dkpro.core.api.metadata.type.DocumentMetaData"
_CAS_METADATA: Final = "CASMetadata"
_NAMED_ENTITY: Final = "NamedEntity"
_NOT_SPANS: Final = (
    "uima.",
    "de.tudarmstadt.ukp.dkpro.core.api.metadata.",
    "de.tudarmstadt.ukp.dkpro.core.api.segmentation.",
    "de.tudarmstadt.ukp.dkpro.core.api.lexmorph.",
    "de.tudarmstadt.ukp.dkpro.core.api.syntax.",
    "de.tudarmstadt.ukp.clarin.webanno.api.type.",
    "de.tudarmstadt.ukp.inception.api.",
    "org.dkpro.core.api.xml.",
)
_SILENT: Final = frozenset({"DocumentAnnotation", "DocumentMetaData", _CAS_METADATA})
_DOCUMENTS: Final = frozenset({METADATA, "uima.tcas.DocumentAnnotation"})
_OF_SPAN: Final = frozenset({"begin", "end", "sofa"})
_NOBODY: Final = frozenset({"INITIAL_CAS"})  # as INCEpTION calls what nobody has annotated yet
_CURATOR: Final = "CURATION_USER"
_UNSAID: Final = "x-unspecified"  # the language, as UIMA says that it does not know


def record_of(cas: Cas, where: str, key: str, annotator: str) -> Incoming:
    """Return the record of a CAS.

    Args:
        cas: What the file holds.
        where: Its place, for messages.
        key: What the article is called if the file does not say.
        annotator: Whose layer it is if the file does not say.

    Raises:
        InputError: If it has no text, or an annotation that does not fit it.
    """
    sofa = _sofa(cas)
    return _Reading(cas, sofa, sofa.text or "", annotator).incoming(where, key)


def _sofa(cas: Cas) -> Sofa:
    texts = [sofa for sofa in cas.sofas if sofa.text is not None]
    if not texts:
        raise InputError("has no text", hint="a CAS needs a Sofa with a sofaString")
    return next((sofa for sofa in texts if sofa.name == INITIAL_VIEW), texts[0])


_Found = tuple[Structure, int, int, str, str]
"""An annotation that is a span: it, the code points from which to which, its label, the feature that says it."""


class _Reading:
    """One CAS on its way to a record."""

    def __init__(self, cas: Cas, sofa: Sofa, text: str, annotator: str) -> None:
        self._cas = cas
        self._sofa = sofa
        self._text = text
        self._units = Offsets(text, "utf16")
        self._annotator = annotator
        self._left: Counter[str] = Counter()
        self._losses: list[tuple[str, str, str, bool]] = []
        self._meta: dict[str, Any] = {}
        members, own = sofa.members, [sofa.id]
        self._indexed = [
            one
            for one in cas.structures.values()
            if (members is None or one.id in members) and one.refs.get("sofa", own) == own
        ]

    def incoming(self, where: str, key: str) -> Incoming:
        """Return what the CAS comes to."""
        data = self._data()
        key = self._about(key)
        found = self._found()
        ours = data is not None and [(s.start, s.end, s.label) for s in data.spans] == [
            (start, end, label) for _, start, end, label, _ in found
        ]
        data = data or Data(annotator=self._annotator)
        if ours:
            spans: Sequence[Span] = spans_of(data.spans)
        else:
            data.meta = {**self._meta, **data.meta}
            spans = self._linked([_span(*one) for one in found])
        if data.annotator == _CURATOR and data.kind == "human":
            data.kind = "gold"
        if data.annotator in _NOBODY:
            data.annotator = ""
        for sofa in self._cas.sofas:
            if sofa is not self._sofa:
                self._losses.append(("", "other view", f"the view {sofa.name!r} was left out", False))
        record = data.record(where, key, self._text, spans)
        losses = tuple(Loss(record.key, data.annotator, id, what, why, gone) for id, what, why, gone in self._losses)
        notes = tuple(f"annotations of type {type!r} are not read" for type in sorted(self._left))
        return Incoming(record, (), notes, losses, loose=not ours)

    def _data(self) -> Data | None:
        """Return what `annotator` says in its own structure, and take the text from it where XML has no place."""
        found = next((one for one in self._indexed if one.type == DATA), None)
        if found is None:
            return None
        try:
            values = msgspec.json.decode(str(found.values.get("data", "")), type=dict[str, Any])
            text = values.pop("text", None)
            if isinstance(text, str) and NOT_XML.sub("\ufffd", text) == self._text:
                self._text = text
            return read_data(values)
        except (msgspec.MsgspecError, TypeError, ValueError, RecursionError) as error:
            raise InputError(f"{DATA}: {str(error)[:200]}".replace("`", ""), hint="take that structure out") from error

    def _about(self, key: str) -> str:
        """Take in what the CAS says about the document and its annotator, and return the article's key."""
        title = document = ""
        for one in self._cas.structures.values():
            if one.type in _DOCUMENTS:
                words = _words(one)
                title = words.get("documentTitle", title)
                if words.get("language", _UNSAID) != _UNSAID:
                    self._meta["language"] = words["language"]
            elif one.type.endswith(_CAS_METADATA) and one.short == _CAS_METADATA:
                words = _words(one)
                self._annotator = words.get("username", self._annotator)
                document = words.get("sourceDocumentName", document)
        return document or title or key

    def _found(self) -> list[_Found]:
        """Return the annotations that are spans, and where."""
        spans: list[_Found] = []
        others: dict[str, bool] = {}  # by type, whether its annotations are no spans
        for one in self._indexed:
            values, type = one.values, one.type
            if "begin" not in values or "end" not in values or _is_relation(one):
                continue
            if type not in others:
                others[type] = type.startswith(_NOT_SPANS)
            if others[type]:
                if one.short not in _SILENT:
                    self._left[type] += 1
                continue
            start, end = self._units.extent(values["begin"], values["end"]) or self._place(one)
            if start == end:
                why = f"{type} at {start} covers nothing"
                self._losses.append((f"s{one.id}", "empty span", why, True))
                continue
            spans.append((one, start, end, *_label(one)))
        return spans

    def _place(self, one: Structure) -> tuple[int, int]:
        start, end = self._point(one, one.values["begin"]), self._point(one, one.values["end"])
        if start > end:
            raise InputError(f"{one.type} {one.id} ends before it begins", hint="export the file again")
        return start, end

    def _point(self, one: Structure, offset: int) -> int:
        point = self._units.point(offset)
        if point is None:
            inside = 0 < offset < self._units.offset(len(self._text))
            what = "falls within a character" if inside else "is outside the text"
            raise InputError(f"{one.type} {one.id}: offset {offset} {what}", hint="offsets of a CAS count UTF-16 units")
        return point

    def _linked(self, spans: Sequence[Span]) -> list[Span]:
        """Return the spans with the links that relations and references between them say."""
        known = {span.id: span for span in spans}
        links: dict[str, dict[str, list[str]]] = {}
        for one in self._indexed:
            if _is_relation(one):
                if one.type.startswith(_NOT_SPANS):
                    self._left[one.type] += 1
                else:
                    self._relation(one, known, links)
            elif f"s{one.id}" in known:
                for name, ids in one.refs.items():
                    if name != "sofa":
                        self._references(one, name, ids, known, links)
        return [
            Span(span.id, span.start, span.end, span.label, {**span.attributes, **_short(links.get(span.id, {}))})
            for span in spans
        ]

    def _relation(self, one: Structure, known: dict[str, Span], links: dict[str, dict[str, list[str]]]) -> None:
        source, target = (f"s{(one.refs[end] or [0])[0]}" for end in ("Governor", "Dependent"))
        label, name = _label(one)
        if source not in known or target not in known:
            self._losses.append(("", "relation", f"{label}: {source}–{target} are not both spans", False))
            return
        links.setdefault(source, {}).setdefault(label, []).append(target)
        more = [feature for feature in one.values if feature not in {*_OF_SPAN, name}]
        if more:
            self._losses.append((source, "feature of a relation", f"{label}: {', '.join(more)}", False))

    def _references(
        self,
        one: Structure,
        name: str,
        ids: Sequence[int],
        known: dict[str, Span],
        links: dict[str, dict[str, list[str]]],
    ) -> None:
        own = links.setdefault(f"s{one.id}", {})
        for id in self._flat(ids):
            target = self._cas.structures.get(id)
            role = name
            if target is not None and f"s{id}" not in known and target.refs.get("target"):
                said = target.values.get("role")
                role = said if isinstance(said, str) and said else name
                id = target.refs["target"][0]
            if f"s{id}" in known:
                own.setdefault(role, []).append(f"s{id}")
            else:
                self._losses.append((f"s{one.id}", "reference", f"{name} refers to {id}, which is no span", False))

    def _flat(self, ids: Sequence[int]) -> list[int]:
        """Return ids with those of arrays in the place of the arrays."""
        flat: list[int] = []
        for id in ids:
            found = self._cas.structures.get(id)
            array = found is not None and (found.type in ARRAYS or found.type.endswith("[]"))
            flat += found.refs.get("elements", []) if found is not None and array else [id]
        return flat


def _span(one: Structure, start: int, end: int, label: str, name: str) -> Span:
    """Return the span of an annotation, with its own features but without links."""
    kept = {feature: value for feature, value in one.values.items() if value is not None}
    for feature in (*_OF_SPAN, name):
        kept.pop(feature, None)
    return Span(f"s{one.id}", start, end, label, kept)


def _words(one: Structure) -> dict[str, str]:
    return {name: value for name, value in one.values.items() if isinstance(value, str) and value}


def _is_relation(one: Structure) -> bool:
    return "Governor" in one.refs and "Dependent" in one.refs


def _label(one: Structure) -> tuple[str, str]:
    """Return what an annotation is called, and the feature that says so ("" for its type)."""
    value = one.values.get("label")
    if isinstance(value, str) and value:
        return value, "label"
    if one.short == _NAMED_ENTITY:
        value = one.values.get("value")
        if isinstance(value, str) and value:
            return value, "value"
    return one.short, ""


def _short(links: dict[str, list[str]]) -> dict[str, Any]:
    return {name: ids[0] if len(ids) == 1 else ids for name, ids in links.items() if ids}
