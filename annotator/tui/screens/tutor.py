"""The screens of the tutorial: the tag screen with a guide above the article, and what it ends with.

Invariant: every key that is not one of the guide's own is the tag screen's; after each key the guide shows what the
session says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, cast

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from annotator.tui.course import Course, Line, Role
from annotator.tui.exercises import Moment
from annotator.tui.look import palette_of
from annotator.tui.screens.box import Box
from annotator.tui.screens.dialogs import BOX
from annotator.tui.screens.tag import TagScreen
from annotator.tui.style import Palette
from annotator.tui.widgets.plain import PlainLines

if TYPE_CHECKING:
    from annotator.tui.tutor import TutorApp

NEXT: Final = (
    ("annotator demo", "the same screen on the bundled articles"),
    ("annotator new", "a database of your own,"),
    ("annotator load FILES", "with your articles in it,"),
    ("annotator tag", "and this screen on the first of them"),
)


def guide_rows(height: int) -> int:
    """Return how many rows the guide takes on a screen of this height: always the same, so that nothing jumps."""
    for least, rows in ((28, 8), (22, 7), (16, 5), (9, 3)):
        if height >= least:
            return rows
    return 2


class GuidePane(PlainLines, Widget):
    """Rows of runs over the article."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "GuidePane { height: 7; }"

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[Line] = []

    def show(self, lines: list[Line]) -> None:
        """Show other lines."""
        if lines != self._lines:
            self._lines = lines
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Paint a line."""
        palette = palette_of(self)
        styles = styles_of(palette)
        line = self._lines[y] if y < len(self._lines) else []
        strip = Strip([Segment(text, styles[role]) for text, role in line])
        if y == len(self._lines) - 1 and not palette.colour:  # no background says where the article begins
            strip = Strip([*strip, Segment("─" * (self.size.width - strip.cell_length), palette.on_bar_dim)])
        return strip.adjust_cell_length(self.size.width, palette.on_bar)


def styles_of(palette: Palette) -> dict[Role, Style]:
    """Return the styles of the guide's parts."""
    return {
        "plain": palette.on_bar,
        "dim": palette.on_bar_dim,
        "bright": palette.on_bar_bright,
        "key": palette.on_bar_accent + Style(bold=True),
        "good": palette.on_bar_good + Style(bold=True),
        "chip": palette.chip,
    }


class TutorScreen(TagScreen):
    """The tag screen under guidance."""

    def compose(self) -> ComposeResult:
        """Build the tag screen, with the guide below its head."""
        for number, widget in enumerate(super().compose()):
            yield widget
            if number == 0:
                yield GuidePane()

    @property
    def tutor(self) -> TutorApp:
        """The app, by its own type."""
        return cast("TutorApp", self.app)

    def on_mount(self) -> None:
        """Give the guide its rows before the article is laid out."""
        self.query_one(GuidePane).styles.height = guide_rows(self.app.size.height)

    def on_resize(self, event: events.Resize) -> None:
        """Give the guide as many rows as there is room for."""
        self.query_one(GuidePane).styles.height = guide_rows(event.size.height)

    def show(self) -> None:
        """Paint, and look whether a goal was reached."""
        super().show()
        course = self.tutor.course
        if self._prompt is None:  # what is selected while one types is on the way only
            course.see(self._moment())
        width, height = self.app.size
        self.query_one(GuidePane).show(self.tutor.guide.lines(course, width, guide_rows(height)))

    def _moment(self) -> Moment:
        session = self.session
        return Moment(
            self.desk.text,
            self.desk.place.extent,
            tuple(session.index),
            session.head.status,
            session.head.note,
            session.redoable,
        )

    def _answer(self, name: str) -> None:
        if self._prompt is not None or not self._guided(name):
            super()._answer(name)

    def open_agreement(self) -> None:
        """Stay: one person has nobody to agree with."""
        self.desk.message = "the tutorial has one annotator; there is nobody to agree with"

    def _guided(self, name: str) -> bool:
        """Act on a key of the guide, and say whether it was one."""
        own, course = self.tutor.guide.own, self.tutor.course
        if name == own.go or (name == "enter" and course.done):
            self._go_on()
        elif name == own.back:
            self._begin_exercise(max(0, course.number - 1))
        elif name == own.hint:
            course.hinted = not course.hinted
        else:
            return False
        return True

    def _go_on(self) -> None:
        course = self.tutor.course
        if course.number + 1 < len(course.exercises):
            self._begin_exercise(course.number + 1)
        else:
            self.app.push_screen(SummaryScreen(course), self._after_summary)

    def _begin_exercise(self, number: int) -> None:
        self.tutor.begin(number)
        self.open(self._position[0])
        self.desk.last_label = None
        self.desk.message = ""

    def _after_summary(self, leave: bool | None) -> None:
        if leave:
            self.app.exit()


class SummaryScreen(Box[bool | None]):
    """What was done, and what to run next; gives whether to leave."""

    CSS = BOX.format(name="SummaryScreen") + (
        "SummaryScreen > VerticalScroll { width: 90%; max-width: 72; height: auto; max-height: 90%; }"
    )
    ALLOW_SELECT = False

    def __init__(self, course: Course) -> None:
        super().__init__()
        self._course = course

    def compose(self) -> ComposeResult:
        """Build the page."""
        with VerticalScroll() as box:
            box.border_title = "The tutorial"
            yield Static(self._page())

    def _page(self) -> Text:
        palette, course = palette_of(self), self._course
        text = Text()
        for number, exercise in enumerate(course.exercises):
            passed = number in course.passed
            text.append(" ✓ " if passed else " ○ ", palette.good_mark if passed else palette.faint)
            text.append(exercise.title, palette.plain)
            text.append("\n" if passed else "  skipped\n", palette.faint)
        text.append(f"\n{verdict(course)}\n", palette.strong)
        text.append("\nNext, in a shell\n", palette.heading)
        for command, what in NEXT:
            text.append(f" {command:<22}", palette.strong)
            text.append(f"{what}\n", palette.plain)
        text.append("\nEnter leaves · Esc back to the last exercise", palette.faint)
        return text

    def on_key(self, event: events.Key) -> None:
        """Leave, or go back."""
        event.stop()
        event.prevent_default()
        box = self.query_one(VerticalScroll)
        if event.key in ("down", "pagedown"):
            box.scroll_page_down(animate=False)
        elif event.key in ("up", "pageup"):
            box.scroll_page_up(animate=False)
        elif event.key in ("enter", "q", "space"):
            self.dismiss(True)
        elif event.key in ("escape", "b"):
            self.dismiss(None)


def verdict(course: Course) -> str:
    """Return in a sentence how much was done."""
    total, passed = len(course.exercises), len(course.passed)
    return f"All {total} exercises are done." if passed == total else f"{passed} of {total} exercises are done."


def closing_lines(course: Course, commands: Iterable[Sequence[str]] = NEXT) -> list[str]:
    """Return what the command prints once the screen has gone."""
    return [verdict(course), "Next:", *(f"  {command:<22}{what}" for command, what in commands)]
