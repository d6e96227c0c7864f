"""Bootstrap intervals over articles.

Invariant: the draws hang on the seed, the number of articles and the number of samples only, so that figures on the
same articles are resampled alike, and one seed gives one interval.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from annotator.agreement.study import Floats

SAMPLES: Final = 1000
_KEPT: Final = 1 << 25  # draws kept for the next figure, 64 MB
_ROWS: Final = 64  # samples in hand at a time

_Draws = npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True, eq=False)
class Bootstrap:
    """Draws articles anew, with replacement, as many as there are (Efron 1979, "Bootstrap methods").

    What a figure is computed from is a sum over articles, so a sample's sums are a product of how often each article
    was drawn with what each article has: all samples are one product of two matrices.

    Args:
        seed: The same seed gives the same draws.
        samples: How many times the articles are drawn; 0 for no intervals.
    """

    seed: int = 0
    samples: int = SAMPLES
    _kept: dict[int, list[_Draws]] = field(default_factory=dict, repr=False)

    def sums(self, counts: Floats) -> Floats:
        """Return the sums over the drawn articles.

        Args:
            counts: What each article has, shape (articles, columns).

        Returns:
            Shape (samples, columns).
        """
        parts = [draws.astype(np.float64) @ counts for draws in self._draws(len(counts))]
        return np.concatenate(parts) if parts else np.zeros((0, counts.shape[1]))

    def _draws(self, articles: int) -> Iterator[_Draws]:
        """Yield how often each article is drawn, some samples at a time; shape (some, articles)."""
        if articles in self._kept:
            yield from self._kept[articles]
            return
        rng, done = np.random.default_rng(self.seed), []
        keep = articles * self.samples <= _KEPT
        for low in range(0, self.samples, _ROWS):
            rows = range(low, min(low + _ROWS, self.samples))
            drawn = (rng.integers(articles, size=articles) for _ in rows)
            # No article is drawn 65,536 times in a sample: that takes as many articles, and luck of 1 in 10^287,157.
            part = np.array([np.bincount(one, minlength=articles) for one in drawn], dtype=np.uint16)
            if keep:
                done.append(part)
            yield part
        if keep:
            self._kept.clear()
            self._kept[articles] = done


def interval(values: Floats) -> tuple[float, float] | tuple[None, None]:
    """Return the 2.5th and 97.5th percentile of resampled values.

    Args:
        values: One a sample, NaN where it is undefined, shape (samples,).

    Returns:
        The two ends, or None twice where more than one sample in ten is undefined: the rest would mislead.
    """
    defined = values[~np.isnan(values)]
    if len(defined) * 10 < len(values) * 9 or not len(defined):
        return None, None
    low, high = np.percentile(defined, [2.5, 97.5])
    return float(low), float(high)
