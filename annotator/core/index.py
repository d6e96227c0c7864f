"""The spans of one layer, kept so that "what is here?" is answered without looking at the rest.

Invariant: `_keys` holds the key of every span, sorted; each key is also in exactly one of `_classes`, that of its
length's bit count, sorted too; `_by_id` maps ids one to one; `counts` says how many spans each label has and holds no
zero.  Spans of class k are shorter than 2**k, so those that reach an offset start within 2**k before it: a query is a
bisection in each of the few classes, however long the longest span is.
"""

from __future__ import annotations

import sys
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from annotator.core.spans import Key, Ref, Span, span_key
from annotator.errors import EditError

_LOWEST: Final = -sys.maxsize  # sorts before every negated end


class SpanIndex:
    """A mutable, ordered set of spans.

    Args:
        spans: What it holds at first, in any order.

    Raises:
        EditError: If two spans have the same id.
    """

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        ordered = sorted(spans, key=span_key)
        self._by_id: dict[str, Span] = {span.id: span for span in ordered}
        if len(self._by_id) < len(ordered):
            twice = next(id for id, count in Counter(span.id for span in ordered).items() if count > 1)
            raise EditError(f"two spans have the id {twice}", hint="ids are unique in a layer")
        self._keys: list[Key] = [span.key for span in ordered]
        self._classes: dict[int, list[Key]] = {}
        for key in self._keys:
            self._classes.setdefault(_length_class(key), []).append(key)
        self.counts: Counter[str] = Counter(span.label for span in ordered)

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[Span]:
        """Yield all spans in key order."""
        return (self._by_id[key[2]] for key in self._keys)

    def __contains__(self, id: object) -> bool:
        return id in self._by_id

    def get(self, id: str) -> Span | None:
        """Return the span with this id, or None."""
        return self._by_id.get(id)

    def snapshot(self) -> list[Span]:
        """Return all spans in no order; another thread may then read them while this index changes."""
        return list(self._by_id.values())

    def add(self, span: Span) -> None:
        """Put a span in.

        Raises:
            EditError: If a span with its id is already there; to change one, remove it first.
        """
        if span.id in self._by_id:
            raise EditError(f"span {span.id} is already there", hint="ids are unique in a layer")
        self._by_id[span.id] = span
        insort(self._keys, span.key)
        insort(self._classes.setdefault(_length_class(span.key), []), span.key)
        self.counts[span.label] += 1

    def remove(self, ref: Ref) -> Span:
        """Take the span at this place out and return it.

        Raises:
            EditError: If no span with this id is at this place.
        """
        span = self._by_id.get(ref.id)
        if span is None or span.key != ref.key:
            raise EditError(f"no span {ref.id} at {ref.start}–{ref.end}", hint="reload the article")
        del self._by_id[ref.id]
        _discard(self._keys, ref.key)
        number = _length_class(ref.key)
        _discard(self._classes[number], ref.key)
        if not self._classes[number]:
            del self._classes[number]
        self.counts[span.label] -= 1
        if not self.counts[span.label]:
            del self.counts[span.label]
        return span

    def overlapping(self, start: int, end: int) -> list[Span]:
        """Return the spans that share at least one code point with a stretch, in key order.

        Args:
            start: First code point of the stretch.
            end: One past its last code point; an empty stretch overlaps nothing.
        """
        if start >= end:
            return []
        found: list[Key] = []
        stop = (end, _LOWEST, "")
        for number, keys in self._classes.items():
            low = bisect_left(keys, (start - (1 << number) + 1, _LOWEST, ""))
            high = bisect_left(keys, stop, low)
            found += [key for key in keys[low:high] if -key[1] > start]
        found.sort()
        return [self._by_id[key[2]] for key in found]

    def at(self, offset: int) -> list[Span]:
        """Return the spans that contain the code point at an offset, outermost first."""
        return self.overlapping(offset, offset + 1)

    def after(self, offset: int) -> Span | None:
        """Return the first span that starts after an offset, or None."""
        return self._nth(bisect_left(self._keys, (offset + 1, _LOWEST, "")))

    def before(self, offset: int) -> Span | None:
        """Return the last span that starts before an offset, or None."""
        return self._nth(bisect_left(self._keys, (offset, _LOWEST, "")) - 1)

    def next_after(self, key: Key) -> Span | None:
        """Return the first span whose key is greater, or None; the key need not be there."""
        return self._nth(bisect_right(self._keys, key))

    def previous_before(self, key: Key) -> Span | None:
        """Return the last span whose key is smaller, or None; the key need not be there."""
        return self._nth(bisect_left(self._keys, key) - 1)

    def nth(self, number: int) -> Span:
        """Return the span with this number in key order, counted from 0.

        Raises:
            IndexError: If there are not so many.
        """
        return self._by_id[self._keys[number][2]]

    def rank(self, key: Key) -> int:
        """Return how many spans come before a key."""
        return bisect_left(self._keys, key)

    def _nth(self, number: int) -> Span | None:
        return self._by_id[self._keys[number][2]] if 0 <= number < len(self._keys) else None


def _length_class(key: Key) -> int:
    """Return the bit count of a key's length; spans of class k are shorter than 2**k."""
    return (-key[1] - key[0]).bit_length()


def _discard(keys: list[Key], key: Key) -> None:
    """Delete a key that is known to be in a sorted list."""
    del keys[bisect_left(keys, key)]
