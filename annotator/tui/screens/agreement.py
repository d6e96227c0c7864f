"""The agreement screens: pairs and labels as a heat table, the articles of a cell, the differences of an article.

Invariant: they only read.  What takes a while is asked of the reader thread, and `q` leaves meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Final, TypeVar

from textual import events

from annotator.agreeing import Choice
from annotator.core.counting import count
from annotator.errors import AnnotatorError
from annotator.store.reader import Superseded
from annotator.tui import agree_lines, listing_help
from annotator.tui.agree_board import MEASURES, ArticleRow, Board, read_board
from annotator.tui.desk import short
from annotator.tui.glyphs import visible
from annotator.tui.screens.listing import Listing
from annotator.tui.widgets.bar import Bar, Run

if TYPE_CHECKING:
    from annotator.core.text import Article

T = TypeVar("T")
QUICK: Final = 0.015  # seconds that a key waits for what is not there yet, so that most are one frame


class AgreementScreen(Listing):
    """How far each pair agrees on each label.

    Args:
        choice: Whose layers are compared.
    """

    CSS = "AgreementScreen RowList { height: 1fr; scrollbar-size-vertical: 0; }"
    KEYS = ("m", "M")
    TOLD = listing_help.AGREEMENT
    LOWER = 3  # the first for notes, if there are any
    hints = "←→↑↓ cell · Enter its articles · m measure · ? keys · q back"

    def __init__(self, choice: Choice | None = None) -> None:
        super().__init__()
        self._choice = choice or Choice()
        self._board: Board | None = None
        self._measure = MEASURES[0]
        self._column = 0
        self._said = "reading the layers …"
        self._articles: dict[tuple[int, int], list[ArticleRow]] = {}

    def on_mount(self) -> None:
        """Ask for the study."""
        self.query_one("#lower0").display = False
        project = self.owner.project
        question = read_board(project.schema, self._choice)
        self._hear(project.reader.ask(question), self._begin)
        self.show()

    def _hear(self, future: Future[T], then: Callable[[T], None]) -> None:
        self.run_worker(self._answered(future, then), group="agreement", exclusive=True)

    async def _answered(self, future: Future[T], then: Callable[[T], None]) -> None:
        try:
            answer = await asyncio.wrap_future(future)
        except Superseded:
            if self._board is None:
                self._said = "stopped: leave and come back"
        except AnnotatorError as error:
            self._said = str(error)
        else:
            self._said = ""
            if not self.gone:
                then(answer)
        self._show_again()

    def _begin(self, board: Board) -> None:
        self._board = board
        self.query_one("#lower0").display = bool(board.notes)
        self.rows.show(len(board.pairs))

    def told(self) -> Sequence[listing_help.Section]:
        """Return the keys, below what to know before trusting the figures."""
        notes = self._board.notes if self._board is not None else ()
        told: list[listing_help.Section] = [("Notes", tuple(("!", visible(note)) for note in notes))] if notes else []
        return [*told, *self.TOLD]

    def line(self, number: int, width: int) -> Sequence[Run]:
        """Return the runs of a pair."""
        assert self._board is not None
        here = number == self.rows.current
        return agree_lines.row(
            self._board, self._measure, number, self._column, here=here, look=self.owner.look, width=width
        )

    def show(self) -> None:
        """Paint the bars."""
        super().show()
        look, board, width = self.owner.look, self._board, self.size.width
        name = short(self.owner.project.path.stem, 20)
        if board is None or self._said:
            self.head(f"agreement  {name}", "")
            self.lower([], [(f" {short(self._said, max(1, width - 2))}", look.palette.on_bar_bright)], [])
            return
        study = board.study
        if study.drawn_from:
            articles = f"{len(study.articles):,} of {count(study.drawn_from, 'article')}"
        else:
            articles = count(len(study.articles), "article")
        counts = f"{count(len(study.annotators), 'annotator')} · {articles}"
        self.head(f"agreement  {name}  {counts if width >= agree_lines.WIDE else ''}", board.measure(self._measure))
        self.query_one("#columns", Bar).show(agree_lines.heads(board, self._column, look=look, width=width))
        place = (self.rows.current, self._column)
        value = board.value(self._measure, *place)
        self.lower(
            agree_lines.notes(board.notes, palette=look.palette, width=width),
            agree_lines.about_cell(board, value, place, palette=look.palette, width=width),
            self._spread(board, place),
        )

    def _spread(self, board: Board, place: tuple[int, int]) -> list[Run]:
        """Return how a cell's articles are spread; nothing yet where that takes a while, as with many of them."""
        if place not in self._articles:

            def keep(found: list[ArticleRow]) -> None:
                self._articles[place] = found

            future = self.owner.project.reader.ask(lambda store: board.articles(*place))
            try:
                keep(future.result(QUICK))
            except TimeoutError:
                self._hear(future, keep)
                return []
            except Superseded:
                return []
        return agree_lines.spread(
            self._articles[place], board.kinds, palette=self.owner.look.palette, width=self.size.width
        )

    def command(self, name: str) -> None:
        """Go to another column or measure."""
        board = self._board
        if board is None or self._said:
            return
        if name in ("left", "right"):
            step = 1 if name == "right" else -1
            self._column = min(max(self._column + step, 0), len(board.labels) - 1)
        elif name in ("m", "M"):
            step = 1 if name == "m" else -1
            self._take(board.measures[(board.measures.index(self._measure) + step) % len(board.measures)])
        self.rows.refresh()
        self.show()

    def _take(self, measure: str) -> None:
        board = self._board
        assert board is not None
        if board.has(measure):
            self._measure = measure
            return

        def then(name: str) -> None:
            self._measure = measure
            self.rows.refresh()

        self._said = "computing …"
        self._hear(self.owner.project.reader.ask(lambda store: board.measure(measure)), then)

    def open(self) -> None:
        """Show the articles of the cell."""
        if self._board is not None and not self._said:
            place = (self.rows.current, self._column)
            found = self._articles.get(place)
            found = self._board.articles(*place) if found is None else found
            self.app.push_screen(ArticlesScreen(self._board, place, found))


class ArticlesScreen(Listing):
    """The articles of a cell, the worst first.

    Args:
        board: The study.
        place: Row and column of the cell.
        found: Its articles.
    """

    CSS = "ArticlesScreen RowList { height: 1fr; scrollbar-size-vertical: 0; }"
    LOWER = 1
    TOLD = listing_help.ARTICLES
    hints = "↑↓ article · Enter its differences · ? keys · q back"

    def __init__(self, board: Board, place: tuple[int, int], found: Sequence[ArticleRow]) -> None:
        super().__init__()
        self._board = board
        self._place = place
        self._found = found

    def on_mount(self) -> None:
        """Show the list."""
        self.rows.show(len(self._found))
        self.show()

    def line(self, number: int, width: int) -> Sequence[Run]:
        """Return the runs of an article."""
        one = self._found[number]
        key = self._board.study.articles[one.article]
        return agree_lines.article(one, key, self._board.kinds, palette=self.owner.look.palette, width=width)

    def show(self) -> None:
        """Paint the bars."""
        super().show()
        row, column = (
            name(at) for name, at in zip((self._board.row_name, self._board.column_name), self._place, strict=True)
        )
        self.head(f"{short(row, 40)} · {short(column, 24)}", "exact F1, the worst first")
        self.query_one("#columns", Bar).show([("  F1                   article", self.owner.look.palette.faint)])
        self.lower(
            agree_lines.spread(self._found, self._board.kinds, palette=self.owner.look.palette, width=self.size.width)
        )

    def open(self) -> None:
        """Show the differences of the article."""
        if not self._found:
            return
        index = self._found[self.rows.current].article
        article = self.owner.project.store.article_by_key(self._board.study.articles[index])
        if article is not None:
            self.app.push_screen(DifferencesScreen(self._board, self._place, index, article))


class DifferencesScreen(Listing):
    """The differences of an article of a cell, one below the other.

    Args:
        board: The study.
        place: Row and column of the cell.
        index: The article's index in the study.
        article: The article.
    """

    CSS = "DifferencesScreen RowList { height: 1fr; scrollbar-size-vertical: 0; }"
    TOLD = listing_help.DIFFERENCES
    hints = "↑↓ difference · Enter settles it · ? keys · q back"

    def __init__(self, board: Board, place: tuple[int, int], index: int, article: Article) -> None:
        super().__init__()
        self._board = board
        self._everybody = board.pairs[place[0]] is None
        self._readers = board.readers(place[0])
        self._article = article
        self._found = board.differences(*place, index)
        self._said = ""  # until the next key

    def on_mount(self) -> None:
        """Show the list."""
        self.rows.empty = [("  no differences", self.owner.look.palette.faint)]
        self.rows.show(len(self._found))
        self.show()

    def line(self, number: int, width: int) -> Sequence[Run]:
        """Return the runs of a difference."""
        return agree_lines.difference(
            self._found[number], self._article.text, everybody=self._everybody, look=self.owner.look, width=width
        )

    def show(self) -> None:
        """Paint the bars."""
        super().show()
        told = count(len(self._found), "difference")
        look, width = self.owner.look, self.size.width
        pair = None if self._everybody or not self._found else self._found[0].pair
        heads = agree_lines.difference_heads(pair, palette=look.palette, width=width)
        self.query_one("#columns", Bar).show(heads)
        self.head(short(self._article.title or self._article.key, max(8, self.size.width - 24)), told)
        if self._said:
            self.lower([(f" {short(self._said, max(1, width - 2))}", look.palette.on_bar_bright)], [])
        elif self._found:
            one = self._found[self.rows.current]
            self.lower(*(agree_lines.context(one, side, self._article.text, look=look, width=width) for side in (0, 1)))

    def open(self) -> None:
        """Go to the difference in hand."""
        if self._found:
            place = self._found[self.rows.current].extent
            self._said = self.owner.open_difference(self._article.id, place, self._readers)
            self._show_again()

    def on_key(self, event: events.Key) -> None:
        """Take away what was said, then act; see `Listing`."""
        self._said = ""
        super().on_key(event)
