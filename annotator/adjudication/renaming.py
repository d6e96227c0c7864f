"""Another name for an annotator, in the gold layer: in decisions, in what they were made on, and in the ids of spans.

Invariant: a decision that held before the renaming holds after it; one that did not, does not.  Nothing else changes
but names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from annotator.adjudication.cases import member_name, parted, readings_digest, repeated
from annotator.adjudication.decision import Decision, decisions
from annotator.adjudication.settling import SOURCE
from annotator.core.edits import Add, Edit, Remove, SetAttribute
from annotator.core.layer import Layer
from annotator.core.renaming import renamed
from annotator.core.schema import Schema
from annotator.core.spans import Span

_ALIKE: Final = 20  # cases of one article with the very same readings that are told apart

Reading = Callable[[str], Mapping[str, Span]]
"""Gives the spans of an annotator's layer of the article by id, under the annotator's old name."""


def renaming(gold: Layer, schema: Schema, *, old: str, new: str, reading: Reading) -> list[Edit]:
    """Return the edits on a gold layer that go with another name of an annotator; none if it does not mention the name.

    Args:
        gold: The gold layer of an article.
        schema: Says which attributes are links.
        old: The name so far.
        new: The name from now on.
        reading: The layers of the article.
    """
    ids = {span.id: _member(span.id, old, new) for span in gold.spans}
    ids = {before: after for before, after in ids.items() if after != before}
    edits: list[Edit] = []
    # First all out, then all in: a new name may be one that another span has had so far.
    again = []
    for span in gold.spans:
        after = replace(_linked(span, ids, schema), source=_source(span.source, old, new))
        if after != span:
            edits.append(Remove(span.ref))
            again.append(Add(after))
    edits += again
    for name, value in gold.attributes.items():
        link = renamed([SetAttribute(name, value)], ids, schema)[0]
        if link != SetAttribute(name, value):
            edits.append(link)
    gone: list[Edit] = []
    put: list[Edit] = []
    for decision in decisions(gold.attributes).values():
        after_ = _decision(decision, old, new, ids=ids, reading=reading)
        if after_ != decision:
            gone += [SetAttribute(decision.name, None)] if after_.digest != decision.digest else []
            put.append(after_.edit())
    return [*edits, *gone, *put]


def _member(name: str, old: str, new: str) -> str:
    """Return the name of a span made from, or of, a span of the annotator; any other as it is."""
    found = parted(name)
    return member_name(new, found[1]) if found and found[0] == old else name


def _linked(span: Span, ids: Mapping[str, str], schema: Schema) -> Span:
    (edit,) = renamed([Add(span)], ids, schema)
    assert isinstance(edit, Add)
    return edit.span


def _source(source: str, old: str, new: str) -> str:
    """Return where a gold span comes from: "settled: A + B" names those whose readings were taken."""
    if not source.startswith(SOURCE):
        return source
    return SOURCE + " + ".join(new if name == old else name for name in source.removeprefix(SOURCE).split(" + "))


def _decision(decision: Decision, old: str, new: str, *, ids: Mapping[str, str], reading: Reading) -> Decision:
    def name(one: str) -> str:
        return new if one == old else one

    return replace(
        decision,
        digest=_digest(decision, old, new, reading),
        by=name(decision.by),
        take=None if decision.take is None else tuple(map(name, decision.take)),
        spans=tuple(ids.get(id, id) for id in decision.spans),
        of=tuple(_member(one, old, new) for one in decision.of),
    )


def _digest(decision: Decision, old: str, new: str, reading: Reading) -> str:
    """Return the digest of the decision's case under the new name, if the readings are still those that it was made on.

    If they are not, the decision holds no more, under whatever digest; it keeps the one it has.
    """
    found: dict[str, list[Span]] = {}
    for member in decision.of:
        who = parted(member)
        span = reading(who[0]).get(who[1]) if who else None
        if who is None or span is None:
            return decision.digest
        found.setdefault(who[0], []).append(span)
    before = readings_digest(found)
    times = next((n for n in range(1, _ALIKE + 1) if repeated(before, n) == decision.digest), None)
    if old not in found or times is None:
        return decision.digest
    after: dict[str, Sequence[Span]] = {new if who == old else who: spans for who, spans in found.items()}
    return repeated(readings_digest(after), times)
