"""Frames in which only what changed is asked for and written.

Invariant: the terminal shows what Textual's own compositor would show.  Textual asks every widget for all its lines
when any region is to be painted anew; here a widget is asked for the lines that are, and one that is wholly
covered by what lies above it not at all, so that a frame costs what changed and not what is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from rich.console import Console
from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip

Stretch = tuple[int, int, int]  # line, from this cell, to before that one
Lines = dict[int, dict[int, Strip | None]]  # by line: what is painted from a cell on, up to the next edge of a widget


class FrameUpdate(ChopsUpdate):
    """What a frame writes to the terminal."""

    def render_segments(self, console: Console) -> str:
        """Return the frame as text with escape sequences."""
        written: list[str] = []
        append = written.append
        for y, x1, x2 in self.spans:
            at = -1
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=True):
                if strip is None or x >= x2 or end <= x1:
                    continue
                if x != at:
                    append(f"\x1b[{y + 1};{x + 1}H")
                append((strip if end <= x2 else strip.crop(0, x2 - x)).render(console))
                at = end
        return "".join(written)


class FrameCompositor(Compositor):
    """A compositor for screens of which most keys change a few lines."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """Return what is to be written for the regions that changed; None if nothing is."""
        changed, height = self._dirty_regions.copy(), len(self.cuts)
        self._dirty_regions.clear()
        spans = [span for span in self._regions_to_spans(changed) if 0 <= span[0] < height]
        if not spans:
            return None
        painted = self._painted(spans)
        cuts, no_line = self.cuts, dict[int, Strip | None]()
        chops: list[Mapping[int, Strip | None]] = [painted.get(y, no_line) for y in range(height)]
        ends = [cuts[y][1:] if y in painted else [] for y in range(height)]
        return FrameUpdate(chops, spans, ends)

    def _painted(self, spans: Sequence[Stretch]) -> Lines:
        """Return the lines of some stretches, each from the frontmost widgets."""
        lines: Lines = {y: dict.fromkeys(self.cuts[y][:-1]) for y in {y for y, _, _ in spans}}
        wanted: dict[int, set[int]] = {y: set() for y in lines}
        for y, x1, x2 in spans:
            wanted[y].update(x for x, end in pairwise(self.cuts[y]) if x < x2 and end > x1)
        for widget, (region, clip) in self.visible_widgets.items():  # the frontmost first
            shown = region.intersection(clip)
            left, right = shown.column_span
            asked = [y for y in shown.line_range if y in wanted and any(left <= x < right for x in wanted[y])]
            for first, count in _stretches(asked):
                crop = Region(shown.x - region.x, first - region.y, shown.width, count)
                for y, strip in enumerate(widget.render_lines(crop), first):
                    self._put(strip, left, right, lines[y], self.cuts[y], wanted[y])
                    if not wanted[y]:
                        del wanted[y]
            if not wanted:
                break
        return lines

    @staticmethod
    def _put(
        strip: Strip, left: int, right: int, line: dict[int, Strip | None], edges: Sequence[int], wanted: set[int]
    ) -> None:
        """Put a widget's line into those pieces of a line that nothing in front of it has filled."""
        cuts = [edge for edge in edges if left <= edge <= right]
        if len(cuts) == 2 and strip.cell_length == right - left:  # no other widget in these columns
            line[left] = strip
            wanted.discard(left)
            return
        for x, piece in zip(cuts, strip.divide([cut - left for cut in cuts[1:]]), strict=False):
            if x in wanted:
                line[x] = piece
                wanted.discard(x)


def _stretches(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Return ascending numbers as stretches: the first of each, and how many follow one another."""
    first = count = 0
    for number in numbers:
        if count and number == first + count:
            count += 1
            continue
        if count:
            yield first, count
        first, count = number, 1
    if count:
        yield first, count
