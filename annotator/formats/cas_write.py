"""Records as a UIMA CAS, for INCEpTION and whatever reads XMI or JSON CAS.

Invariant: a span is a `custom.Span` with a feature for its label and one for each attribute, as a text; a link that the
schema knows is a `custom.Relation`; and an `annotator.Data` structure holds the layer whole, so reading back is exact.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any, Final

import msgspec

from annotator.core.attributes import targets
from annotator.core.record import LayerRecord, Record
from annotator.core.schema import Link, Schema
from annotator.core.spans import Span
from annotator.formats.about import user_data
from annotator.formats.base import FRAGMENT_LINK, Loss
from annotator.formats.cas_layers import DATA, METADATA, RELATION, SPAN
from annotator.formats.cas_model import INITIAL_VIEW, Cas, Sofa, Structure, Types
from annotator.formats.cas_xmi import NOT_XML
from annotator.formats.units import Offsets

_STRING: Final = "uima.cas.String"
_ANNOTATION: Final = "uima.tcas.Annotation"
_DOCUMENT: Final = "uima.tcas.DocumentAnnotation"
_TAKEN: Final = frozenset({"begin", "end", "sofa", "label", "id", "self", "type"})
_SOFA_ID: Final = 1
_OF_SOFA: Final = {"sofa": [_SOFA_ID]}  # one for all spans, as nobody changes what is about to be written


class CasMaker:
    """Makes CASes of records, and the type system that fits them all.

    Args:
        schema: The schema of the layers; None where nobody knows it, and links are then written as texts.
        xml: Whether they are to be XML, which has no place for some characters.
    """

    def __init__(self, schema: Schema | None, *, xml: bool) -> None:
        self._schema = schema
        self._xml = xml
        self._features: dict[str, str] = {}
        self._encode: Callable[[Any], bytes] = msgspec.json.Encoder(enc_hook=dict).encode  # for mappings of other kinds
        self._units = lru_cache(maxsize=1)(partial(Offsets, unit="utf16"))  # the layers of an article come together
        self._misfit = lru_cache(maxsize=1)(NOT_XML.search)
        for label in schema.labels.values() if schema is not None else ():
            for name, attribute in label.attributes.items():
                if not isinstance(attribute, Link):
                    self._feature(name)

    def cas(self, record: Record) -> tuple[Cas, list[Loss]]:
        """Return a record as a CAS, and what other tools will not find in it."""
        layer = record.layer or LayerRecord("")
        units, text = self._units(record.text), record.text
        losses = []
        data = {**user_data(record, layer, ()), "spans": layer.spans}
        if self._xml and self._misfit(text):
            data["text"] = text
            why = "characters that XML has no place for are U+FFFD for other tools; annotator reads them as they were"
            losses.append(Loss(record.key, layer.annotator, "", "character not in XML", why))
        made = [self._about(record, units.offset(len(text)))]
        ids = {span.id: 3 + number for number, span in enumerate(layer.spans)}
        made += [self._span(span, ids[span.id], units) for span in layer.spans]
        places = {span.id: span for span in layer.spans}
        for span in layer.spans:
            if span.attributes:
                made += self._relations(span, places, ids, units, len(made) + 2)
        made.append(Structure(len(made) + 2, DATA, {"data": self._words(data)}))
        sofa = Sofa(_SOFA_ID, INITIAL_VIEW, text, {one.id for one in made})
        return Cas([sofa], {one.id: one for one in made}), losses

    def types(self) -> Types:
        """Return the type system of the CASes so far."""
        return Types(
            {METADATA: _DOCUMENT, SPAN: _ANNOTATION, RELATION: _ANNOTATION, DATA: "uima.cas.TOP"},
            {
                METADATA: {"documentTitle": _STRING, "documentId": _STRING},
                SPAN: {"label": _STRING, "id": _STRING, **dict.fromkeys(self._features.values(), _STRING)},
                RELATION: {"label": _STRING, "Governor": SPAN, "Dependent": SPAN},
                DATA: {"data": _STRING},
            },
        )

    def _about(self, record: Record, length: int) -> Structure:
        language = record.meta.get("language")
        words = {"documentTitle": record.key, "documentId": record.key}
        words["language"] = language if isinstance(language, str) and language else "x-unspecified"
        return Structure(2, METADATA, {"begin": 0, "end": length, **words}, {"sofa": [_SOFA_ID]})

    def _span(self, span: Span, id: int, units: Offsets) -> Structure:
        begin, end = units.offset(span.start), units.offset(span.end)
        values: dict[str, Any] = {"begin": begin, "end": end, "label": span.label, "id": span.id}
        for name, value in span.attributes.items() if span.attributes else ():
            if not self._is_link(span, name):
                values[self._feature(name)] = value if isinstance(value, str) else self._words(value)
        return Structure(id, SPAN, values, _OF_SOFA)

    def _relations(
        self, span: Span, places: Mapping[str, Span], ids: Mapping[str, int], units: Offsets, free: int
    ) -> list[Structure]:
        made: list[Structure] = []
        for name, value in span.attributes.items():
            if self._is_link(span, name):
                for target in targets(value):
                    if target in places:
                        end = places[target]
                        extent = {"begin": units.offset(end.start), "end": units.offset(end.end)}
                        refs = {"sofa": [_SOFA_ID], "Governor": [ids[span.id]], "Dependent": [ids[target]]}
                        made.append(Structure(free + len(made), RELATION, {**extent, "label": name}, refs))
        return made

    def _is_link(self, span: Span, name: str) -> bool:
        label = self._schema.labels.get(span.label) if self._schema is not None else None
        return name == FRAGMENT_LINK or (label is not None and isinstance(label.attributes.get(name), Link))

    def _feature(self, name: str) -> str:
        """Return a name that UIMA takes, another one for each attribute."""
        if name not in self._features:
            plain = re.sub(r"[^A-Za-z0-9_]", "_", name)
            plain = plain if plain[:1].isalpha() else f"a_{plain}"
            taken, free, number = {*_TAKEN, *self._features.values()}, plain, 1
            while free in taken:
                number += 1
                free = f"{plain}_{number}"
            self._features[name] = free
        return self._features[name]

    def _words(self, value: Any) -> str:
        """Return a value as JSON in which every character has a place in XML."""
        words = self._encode(value).decode()
        if words.isascii():  # JSON has the control characters as escapes already
            return words
        return NOT_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", words)
