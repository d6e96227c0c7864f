"""Which spans of several annotators are about the same thing.

Invariant: every span is in exactly one cluster, and the clusters do not hang on the order of annotators or spans.  Each
two annotators are matched one to one by `agreement.matching` (exact first, then as many shared characters as possible);
spans that are matched, directly or through others, are one cluster.  A pair of two labels counts only if at least half
of what the two cover is shared, so that a long span and another thing that lies in it are two matters.  A span that is
left over joins one of the same label whose partner lies beside it: one reader's long span is another's two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from annotator.agreement.matching import matching
from annotator.agreement.study import Study
from annotator.core.index import SpanIndex
from annotator.core.spans import Span

Member = tuple[str, str]
"""An annotator and the id of a span in that annotator's layer."""

_ARTICLE = "-"  # a study has articles; this one has one


class _Groups:
    """Members joined to groups, the smallest one standing for its group."""

    def __init__(self, members: Sequence[Member]) -> None:
        self._of = {member: member for member in members}

    def find(self, member: Member) -> Member:
        root = member
        while self._of[root] != root:
            root = self._of[root]
        while self._of[member] != root:
            self._of[member], member = root, self._of[member]
        return root

    def join(self, one: Member, other: Member) -> None:
        low, high = sorted((self.find(one), self.find(other)))
        self._of[high] = low


def clusters(layers: Mapping[str, Sequence[Span]], *, texts: Mapping[str, Mapping[str, str]]) -> list[list[Member]]:
    """Return the clusters, the members of each sorted.

    Args:
        layers: The spans of each annotator, at least one annotator.
        texts: What tells spans of one annotator with the same extent and label apart, by annotator and id: those that
            are alike go together first, by this order.
    """
    by_id = {name: {span.id: span for span in spans} for name, spans in layers.items()}
    groups = _Groups([(name, id) for name, spans in by_id.items() for id in spans])
    readings = {name: {_ARTICLE: [(s.start, s.end, s.label) for s in spans]} for name, spans in layers.items()}
    study = Study.of_readings(readings)
    alike = {name: _alike(spans, texts[name]) for name, spans in layers.items()}
    indexes = {name: SpanIndex(spans) for name, spans in layers.items()}
    for first, second in study.pairs():
        a, b = study.annotators[first], study.annotators[second]
        partners = dict(_partners(study, first, second, alike[a], alike[b]))
        for one, other in partners.items():
            groups.join((a, one), (b, other))
        back = {other: one for one, other in partners.items()}
        for left, right, there in ((a, b, partners), (b, a, back)):
            here = {other: one for one, other in there.items()}
            for span in layers[left]:
                if span.id not in there:
                    piece = _whole_of(span, indexes[right], here, by_id[left])
                    if piece is not None:
                        groups.join((left, span.id), (right, piece.id))
    found: dict[Member, list[Member]] = {}
    for name, spans in by_id.items():
        for id in spans:
            found.setdefault(groups.find((name, id)), []).append((name, id))
    return [sorted(members) for members in found.values()]


def _alike(spans: Sequence[Span], texts: Mapping[str, str]) -> dict[tuple[int, int, str], list[Span]]:
    """Return the spans of each extent and label, in an order that does not hang on theirs."""
    found: dict[tuple[int, int, str], list[Span]] = {}
    for span in sorted(spans, key=lambda span: (texts[span.id], span.id)):
        found.setdefault((span.start, span.end, span.label), []).append(span)
    return found


def _partners(
    study: Study,
    first: int,
    second: int,
    of_first: Mapping[tuple[int, int, str], Sequence[Span]],
    of_second: Mapping[tuple[int, int, str], Sequence[Span]],
) -> Iterator[tuple[str, str]]:
    """Yield the ids of matched spans."""
    units, found = study.units, matching(study, first, second, labelled=False)

    def unit(index: int) -> tuple[int, int, str]:
        return int(units.start[index]), int(units.end[index]), study.labels[int(units.label[index])]

    for a, b, shared in zip(found.first.tolist(), found.second.tolist(), found.shared.tolist(), strict=True):
        one, other = unit(a), unit(b)
        covered = max(one[1], other[1]) - min(one[0], other[0])
        if one[2] != other[2] and 2 * shared < covered:
            continue
        pairs = zip(of_first[one], of_second[other], strict=False)
        if one != other:
            pairs = zip(of_first[one][:1], of_second[other][:1], strict=True)
        yield from ((x.id, y.id) for x, y in pairs)


def _whole_of(span: Span, others: SpanIndex, partner_of: Mapping[str, str], own: Mapping[str, Span]) -> Span | None:
    """Return the span of another annotator that this one is a piece of (or that is a piece of this one), or None."""
    best: tuple[int, int, int, str] | None = None
    found = None
    for other in others.overlapping(span.start, span.end):
        partner = own.get(partner_of.get(other.id, ""))
        if other.label != span.label:
            continue
        if partner is not None and (
            partner.overlaps(span.start, span.end) or (partner.start, partner.end) == (other.start, other.end)
        ):
            continue
        shared = min(span.end, other.end) - max(span.start, other.start)
        rank = (-shared, other.start, other.end, other.id)
        if best is None or rank < best:
            best, found = rank, other
    return found
