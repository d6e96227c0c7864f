"""The tutorial: the tag screen on a sample article, in a database that is gone afterwards.

Invariant: nothing of the person's is opened but the settings, which are only read; every exercise has a layer of its
own, so that undo never reaches past its beginning.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar, Final

from textual.binding import Binding, BindingType

from annotator.config import Settings
from annotator.core.record import LayerRecord, Record
from annotator.project import Project
from annotator.resources import corpus_dir
from annotator.schemas import load_schema
from annotator.tui.app import AnnotatorApp, run_until_left
from annotator.tui.commands import label_keys
from annotator.tui.course import Course, Guide, own_keys
from annotator.tui.exercises import start_of
from annotator.tui.screens.tutor import TutorScreen

SCHEMA: Final = "conflict-events"
ARTICLE: Final = 1  # the only one in a new database


def sample() -> str:
    """Return the text of the sample article."""
    return (corpus_dir() / "tutorial.txt").read_text(encoding="utf-8")


class TutorApp(AnnotatorApp):
    """The app on the sample article.

    Args:
        project: A new database with the schema that the exercises are about.
        settings: The person's settings.
        exercise: Which exercise to begin with, from 1.
    """

    RESUMES = False  # each exercise begins at the beginning
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "quit", show=False, priority=True)]

    def __init__(self, project: Project, *, settings: Settings, exercise: int = 1) -> None:
        super().__init__(project, annotator="", settings=settings)
        self.course = Course()
        own = own_keys({*self.keys.by_key, *label_keys(project.schema)})
        self.guide = Guide(self.keys, project.schema, own)
        self._text = sample()
        self._layers = count(1)
        self.begin(exercise - 1)

    def open_first_screen(self) -> None:
        """Open the sample article at the first exercise."""
        self.push_screen(TutorScreen(ARTICLE))

    def begin(self, number: int) -> None:
        """Begin an exercise: on a new layer that has the spans it begins with.

        Raises:
            StoreError: If the layer cannot be written.
        """
        spans = start_of(self.course.exercises[number], self._text)
        annotator = f"exercise-{number + 1}-{next(self._layers)}"
        title = self._text.partition("\n")[0]
        layer = LayerRecord(annotator, spans=spans)
        with self.project.loader() as loader:
            loader.add(Record("tutorial.txt", "tutorial", title, self._text, layer=layer))
        self.course.go(number)
        self.annotator = annotator

    def leave_article(self, article: int, *, said: str = "") -> None:
        """End the tutorial; there is no queue behind it."""
        self.exit()


def run_tutor(settings: Settings, *, exercise: int = 1) -> tuple[int, Course]:
    """Run the tutorial until the person leaves.

    Args:
        settings: The person's settings.
        exercise: Which exercise to begin with, from 1.

    Returns:
        The exit status, as `run_until_left` gives it, and how far they came.

    Raises:
        AnnotatorError: If the settings do not fit the schema, or the temporary files cannot be made.
    """
    with TemporaryDirectory(prefix="annotator-tutor-") as folder:
        schema = load_schema(SCHEMA)
        with Project.create(Path(folder) / "tutorial.db", schema) as project:
            app = TutorApp(project, settings=settings, exercise=exercise)
            return run_until_left(app), app.course
