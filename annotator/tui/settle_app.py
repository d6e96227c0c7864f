"""The app on the settle screen: which articles there are to settle, and where examples go.

Invariant: as in `app`; what is settled is saved as it is decided.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from pathlib import Path

from annotator.config import Settings
from annotator.errors import AnnotatorError
from annotator.project import Project
from annotator.settlement import gold_name
from annotator.tui.app import AnnotatorApp, run_until_left
from annotator.tui.commands import label_keys
from annotator.tui.desk import short
from annotator.tui.keymap import keymap
from annotator.tui.pointer import Direction
from annotator.tui.settle_commands import SETTLE_COMMANDS
from annotator.tui.settle_desk import SettleDesk


class SettleApp(AnnotatorApp):
    """The app that opens on the settle screen.

    Args:
        project: The open database.
        annotator: Who decides.
        settings: The person's settings.
        readers: Whose layers are compared.
        article: The article to begin with; the first whose gold layer is not done if None.
        blind: Whether names are hidden at first.
        examples: The file that examples are appended to.
    """

    def __init__(
        self,
        project: Project,
        *,
        annotator: str,
        settings: Settings,
        readers: Sequence[str],
        examples: Path,
        article: int | None = None,
        blind: bool = False,
    ) -> None:
        super().__init__(project, annotator=annotator, settings=settings)
        self.readers = tuple(readers)
        self.blind = blind
        self.failure: AnnotatorError | None = None
        self._examples = examples
        self._begin = article
        self._shared = project.store.shared(self.readers)
        self.keys = keymap(settings, labels=label_keys(project.schema), table=SETTLE_COMMANDS)

    def open_first_screen(self) -> None:
        """Open the settle screen."""
        from annotator.tui.screens.settle import SettleScreen

        first = self._begin or self.next_to_settle(0) or self._shared[0]
        self.push_screen(SettleScreen(first))

    def fail(self, error: AnnotatorError) -> None:
        """End by an error of the first article."""
        self.failure = error
        self.exit()

    def place(self, desk: SettleDesk) -> tuple[int, int]:
        """Return which of the articles to settle is open, counted from 1, and how many there are."""
        return bisect_right(self._shared, desk.work.session.article.id), len(self._shared)

    def neighbour(self, article: int, direction: Direction) -> int | None:
        """Return the number of the next or previous article to settle, or None at the end."""
        at = bisect_right(self._shared, article) if direction > 0 else bisect_left(self._shared, article) - 1
        return self._shared[at] if 0 <= at < len(self._shared) else None

    def next_to_settle(self, article: int) -> int | None:
        """Return the next other article whose gold layer is not done, from one on and round to the beginning."""
        gold = gold_name(self.project)
        after = bisect_right(self._shared, article)
        for one in (*self._shared[after:], *self._shared[:after]):
            statuses = {name: status for name, _, status in self.project.store.readings(one)}
            if one != article and statuses.get(gold) != "done":
                return one
        return None

    def append_example(self, said: str) -> str:
        """Append an example to the file, and return what to say."""
        try:
            with self._examples.open("a", encoding="utf-8") as file:
                file.write(said)
        except OSError as error:
            return f"not written: {short(str(self._examples), 30)}: {error.strerror}"
        return f"appended to {short(str(self._examples), 50)}"


def run_settle_app(app: SettleApp) -> int:
    """Run the app until the person leaves; see `run_until_left`.

    Raises:
        AnnotatorError: If the first article could not be opened.
    """
    status = run_until_left(app)
    if app.failure is not None:
        raise app.failure
    return status
