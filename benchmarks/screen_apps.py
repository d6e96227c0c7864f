"""What the tag screen is measured beside: the least that Textual can do, and Textual's own text area with highlights.

python -m benchmarks.screen_apps minimal
python -m benchmarks.screen_apps area SIZE SPANS
"""

from __future__ import annotations

import sys

from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


class OneLine(Widget):
    """A widget of one changing line in a screen of constant ones."""

    number = 0

    def render_line(self, y: int) -> Strip:
        """Paint a line."""
        return Strip([Segment(f"Opening line {y} {self.number if y == 0 else ''}", Style(color="white"))])


class MinimalApp(App[None]):
    """Paints lines, and the first one again at each key."""

    ENABLE_COMMAND_PALETTE = False

    def compose(self) -> ComposeResult:
        """Build the screen."""
        yield OneLine()

    def on_key(self) -> None:
        """Paint the first line again."""
        line = self.query_one(OneLine)
        line.number += 1
        line.refresh(Region(0, 0, line.size.width, 1))


def run_area(size: int, spans: int) -> None:
    """Run a text area with the benchmark's text and its spans as highlights."""
    from textual.widgets import TextArea
    from textual.widgets.text_area import TextAreaTheme

    from benchmarks.screen_data import spans_of, words_of

    class AreaApp(App[None]):
        ENABLE_COMMAND_PALETTE = False

        def compose(self) -> ComposeResult:
            yield TextArea(text, soft_wrap=True, show_line_numbers=False)

        def on_mount(self) -> None:
            area = self.query_one(TextArea)
            styles = {label: Style(color="white", bgcolor="#1d4f91") for label in labels}
            area.register_theme(TextAreaTheme(name="labels", syntax_styles=styles))
            area.theme = "labels"
            starts = [0]
            for line in text.split("\n"):
                starts.append(starts[-1] + len(line) + 1)
            number = 0
            for span in sorted(spans_of(text, spans, labels), key=lambda span: span.start):
                while starts[number + 1] <= span.start:
                    number += 1
                # Offsets are bytes of the line, which are code points here: the text is ASCII.
                begin = starts[number]
                area._highlights[number].append((span.start - begin, span.end - begin, span.label))
            area.focus()

    text = words_of(size)
    labels = ["actor", "location", "casualty", "displacement"]
    AreaApp().run()


if __name__ == "__main__":
    if sys.argv[1] == "minimal":
        MinimalApp().run()
    else:
        run_area(int(sys.argv[2]), int(sys.argv[3]))
