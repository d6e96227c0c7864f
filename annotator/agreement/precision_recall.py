"""Precision and recall of a layer against a reference: what of it is right, and what of the reference it found.

Invariant: what counts as shared is what F1 of the same scheme counts, so F1 is the harmonic mean of the two, and with
the layers changed over each becomes the other.  Only a study with a reference has them; without one neither annotator
is the truth, and F1 says all there is to say.

Three schemes: exact (start, end and label), span (start and end), and overlap (half credit for units of one label that
only overlap).  Overlapping and nested units are matched one to one, as for F1.  Precision is undefined where the layer
has no unit, recall where the reference has none (van Rijsbergen 1979, "Information retrieval", chapter 7).
"""

from __future__ import annotations

from typing import Final

from annotator.agreement import exact_f1, overlap_f1, span_f1
from annotator.agreement.f1 import Table, shared_of
from annotator.agreement.measure import Additive, Figure, ratio
from annotator.agreement.study import Floats

# By scheme: the F1 whose table it shares, the table, and whether there is one for each label.
_SCHEMES: Final[dict[str, tuple[str, Table, bool]]] = {
    "exact": ("exact-f1", exact_f1.table, True),
    "span": ("span-f1", span_f1.table, False),
    "overlap": ("overlap-f1", overlap_f1.half_credit(labelled=True), True),
}
_REFERENCE: Final = 0
_OTHER: Final = 1


def _figures(name: str, side: int, none: str) -> tuple[Figure, ...]:
    """Return the share of what a side has that the two share, by scheme."""

    def share(sums: Floats) -> Floats:
        return ratio(sums[..., 2], sums[..., side])

    def why(sums: Floats) -> str:
        return none if sums[4] > 0 else "no article was read by both"

    return tuple(
        Figure(f"{name}-{scheme}", shared_of(key, table), share, why, labelled=labelled, directed=True)
        for scheme, (key, table, labelled) in _SCHEMES.items()
    )


PRECISION: Final = Additive(
    "precision",
    "with a reference: how much of what the other layer has is right (exact, span, overlap)",
    _figures("precision", _OTHER, "the layer that is compared with the reference has no such span"),
)
RECALL: Final = Additive(
    "recall",
    "with a reference: how much of it the other layer has found (exact, span, overlap)",
    _figures("recall", _REFERENCE, "the reference has no such span"),
)
