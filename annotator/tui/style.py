"""The one place for colours: a palette for each theme, and the styles that bars, rows, lists and forms take from it.

Invariant: every style that a palette gives can be read on its own background (the tests compute it), and the palette
without colour gives no colour, only bold, underlined, slanted and reversed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from rich.style import Style

from annotator.tui.shades import hue_of, readable, tint_of, with_lightness

Labels = Literal["deep", "pale", "vivid", "ansi", "none"]
"""How the colours that a schema gives its labels become backgrounds:

deep: as they are, under white text; pale: a light tint under dark text; vivid: saturated and light under black text;
ansi: the nearest of the terminal's own colours; none: not at all.
"""

PALE: Final = 0.85  # lightness of a pale background
ANSI_HUES: Final = {"red": 0.03, "yellow": 1 / 6, "green": 1 / 3, "cyan": 1 / 2, "blue": 0.61, "magenta": 5 / 6}
ANSI_UNDER_BLACK: Final = ("yellow", "green", "cyan")  # light enough in all usual terminals; the others take white


@dataclass(frozen=True, slots=True)
class Shades:
    """What a label's colour becomes under a palette.

    Args:
        color: Background of its spans and chips.
        text: What is written on that.
        tint: The label's colour as that of text, on the background, on a bar and on the row in hand.
        on_tint: What is written where the tint is the background.
    """

    color: str
    text: str
    tint: str
    on_tint: str


@dataclass(frozen=True)
class Palette:
    """The colours of a theme, as #rrggbb or as the name of one of the terminal's own.

    Args:
        name: The theme.
        dark: Whether text is lighter than its background.
        labels: How labels are coloured.
        background: Behind the text.
        bar: Behind the bars at the top and the bottom.
        row: Behind the row in hand of a list.
        on_row: Text there, or "" if every colour can be read there.
        text: Text.
        bright: Text that stands out.
        dim: Text that stands back.
        rule: Lines between panes.
        thumb: The part of a scrollbar that moves.
        selected: Behind the selection.
        on_selected: Text there.
        hint: Behind the letters to jump by.
        on_hint: Those letters.
        chosen: Behind a chosen option of the form.
        on_chosen: The option.
        good: What is well.
        bad: What is wrong.
        accent: What leads the eye: headings, frames, numbers.
        current: The field in hand, and articles under work.
        unknown: Behind spans whose label the schema does not have.
    """

    name: str
    dark: bool
    labels: Labels
    background: str
    bar: str
    row: str
    on_row: str
    text: str
    bright: str
    dim: str
    rule: str
    thumb: str
    selected: str
    on_selected: str
    hint: str
    on_hint: str
    chosen: str
    on_chosen: str
    good: str
    bad: str
    accent: str
    current: str
    unknown: str

    @property
    def colour(self) -> bool:
        """Whether there is any colour."""
        return self.labels != "none"

    @property
    def native(self) -> bool:
        """Whether the colours are the terminal's own."""
        return self.labels in ("ansi", "none")

    def _on(
        self, color: str, background: str, *, bold: bool = False, underline: bool = False, italic: bool = False
    ) -> Style:
        return Style(color=color, bgcolor=background, bold=bold, underline=underline, italic=italic)

    def _filled(self, color: str, background: str, *, bold: bool = False, underline: bool = False) -> Style:
        """Return a style that stands out by its background, or without colour by being reversed."""
        return self._on(color, background, bold=bold, underline=underline) + Style(reverse=not self.colour)

    # Bars

    @cached_property
    def on_bar(self) -> Style:
        """Text on a bar."""
        return self._on(self.text, self.bar)

    @cached_property
    def on_bar_dim(self) -> Style:
        """What stands back on a bar."""
        return self._on(self.dim, self.bar)

    @cached_property
    def on_bar_bright(self) -> Style:
        """What stands out on a bar."""
        return self._on(self.bright, self.bar, bold=True)

    @cached_property
    def on_bar_good(self) -> Style:
        """What is well."""
        return self._on(self.good, self.bar)

    @cached_property
    def on_bar_bad(self) -> Style:
        """What is wrong."""
        return self._on(self.bad, self.bar, bold=True)

    @cached_property
    def on_bar_accent(self) -> Style:
        """What leads the eye."""
        return self._on(self.accent, self.bar)

    @cached_property
    def chip(self) -> Style:
        """The mode at the beginning of a bar."""
        return self._filled(self.on_selected, self.selected, bold=True)

    # Panes, lists and forms

    @cached_property
    def plain(self) -> Style:
        """Text."""
        return self._on(self.text, self.background)

    @cached_property
    def faint(self) -> Style:
        """What stands back."""
        return self._on(self.dim, self.background)

    @cached_property
    def strong(self) -> Style:
        """What stands out."""
        return self._on(self.bright, self.background, bold=True)

    @cached_property
    def heading(self) -> Style:
        """A heading."""
        return self._on(self.accent, self.background, bold=True)

    @cached_property
    def good_mark(self) -> Style:
        """The mark of what is done."""
        return self._on(self.good, self.background)

    @cached_property
    def bad_mark(self) -> Style:
        """The mark of what is wrong."""
        return self._on(self.bad, self.background, bold=not self.colour)

    @cached_property
    def current_mark(self) -> Style:
        """The mark of what is under work."""
        return self._on(self.current, self.background)

    @cached_property
    def found(self) -> Style:
        """Words that were looked for."""
        return self._filled(self.on_selected, self.selected)

    @cached_property
    def chosen_option(self) -> Style:
        """A chosen option of the form."""
        return self._filled(self.on_chosen, self.chosen, bold=True)

    @cached_property
    def chosen_here(self) -> Style:
        """A chosen option with the cursor on it."""
        return self._filled(self.on_chosen, self.chosen, bold=True, underline=True)

    @cached_property
    def suggested(self) -> Style:
        """A value that the program proposes."""
        return self._on(self.accent, self.background, italic=True)

    @cached_property
    def field_here(self) -> Style:
        """The name of the field in hand."""
        return self._on(self.current, self.background, bold=True)

    @cached_property
    def here(self) -> Style:
        """What the row in hand adds to the styles of its parts."""
        if not self.colour:
            return Style(reverse=True)
        return Style(color=self.on_row or None, bgcolor=self.row)

    def lit(self, style: Style) -> Style:
        """Return the style of a part of the row in hand; what has a background of its own, as a label, keeps it."""
        return style + self.here if style.bgcolor == self.plain.bgcolor else style

    @cached_property
    def markdown(self) -> Mapping[str, Style]:
        """The styles of guidelines, by the names that Rich gives them."""
        heading, text, code = self.heading, self.plain, self.strong
        return {
            **{f"markdown.h{level}": heading for level in range(1, 7)},
            "markdown.h1.border": self.faint,
            "markdown.hr": self.faint,
            "markdown.code": code,
            "markdown.code_block": code,
            "markdown.item.bullet": heading,
            "markdown.item.number": heading,
            "markdown.block_quote": self.faint,
            "markdown.link": text,
            "markdown.link_url": self.faint,
            "markdown.table.border": self.faint,
            "markdown.table.header": heading,
        }

    # Labels

    def shades(self, color: str) -> Shades:
        """Return what a label's colour becomes.

        Args:
            color: As the schema has it, #rrggbb; under "ansi" one of the terminal's own, see `ansi_colors`.
        """
        grounds = (self.background, self.bar, self.row)
        match self.labels:
            case "deep":
                deep = readable(color, "#ffffff", least=4.5, lighter=False)
                return Shades(deep, "#ffffff", readable(tint_of(color), *grounds, least=4.5, lighter=True), "#000000")
            case "pale":
                pale = with_lightness(color, PALE)
                ink = readable(color, *grounds, "#ffffff", least=4.5, lighter=False)
                return Shades(pale, readable(color, pale, least=7, lighter=False), ink, "#ffffff")
            case "vivid":
                # From below, so that all come out about equally light, and none glares.
                vivid = with_lightness(color, 0.25, saturation=1.0)
                vivid = readable(vivid, self.background, self.bar, "#000000", least=7, lighter=True)
                return Shades(vivid, "#000000", vivid, "#000000")
            case "ansi":
                text = "black" if color in (*ANSI_UNDER_BLACK, self.unknown) else "bright_white"
                return Shades(color, text, self.dim, "black")
        return Shades("default", "default", "default", "default")


def ansi_colors(colors: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield for each label the nearest of the terminal's own colours that no label before it has, while there is one.

    Args:
        colors: Each label's colour, #rrggbb.
    """
    free = dict(ANSI_HUES)
    for name, color in colors.items():
        hue, _ = hue_of(color)
        nearest = min(free, key=lambda known: min(abs(free[known] - hue), 1 - abs(free[known] - hue)))
        del free[nearest]
        free = free or dict(ANSI_HUES)
        yield name, nearest
