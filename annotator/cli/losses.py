"""Where losses go as they come: nowhere, to standard output, to a file, or into a JSON report.

Invariant: every loss is one line of JSON; a file of them is put in place in one step.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from annotator.cli.common import harmless
from annotator.errors import InputError

if TYPE_CHECKING:
    from annotator.formats.base import Loss

STDOUT = "-"


class Losses:
    """Takes losses one by one; use as a context manager, and `publish` at the end.

    Args:
        where: A file, "-" for standard output, or None.
        in_json: Whether standard output takes a JSON report, of which they become a part.
        private: Whether only its owner may read the file.

    Attributes:
        kept: The losses for that report; None if they go elsewhere.
    """

    def __init__(self, where: str | None, *, in_json: bool, private: bool = False) -> None:
        from annotator.formats.atomic import Output

        self.kept: list[Loss] | None = [] if where == STDOUT and in_json else None
        self._echo = where == STDOUT and not in_json
        self._output = Output(Path(where), private=private) if where not in (None, STDOUT) else None

    def add(self, loss: Loss) -> None:
        """Take one loss."""
        if self.kept is not None:
            self.kept.append(loss)
            return
        line = json.dumps(asdict(loss), ensure_ascii=False)
        if self._echo:
            click.echo(harmless(line))
        elif self._output is not None:
            with self._output.told():
                self._output.file.write(f"{line}\n".encode())

    def publish(self) -> None:
        """Put the file in its place."""
        if self._output is not None:
            self._output.finish()
            self._output.publish()

    def publish_on_refusal(self, kind: Any, error: Any, trace: Any) -> None:
        """Put the file in its place although the command failed, where it failed because of what the file lists."""
        if isinstance(error, InputError):
            self.publish()

    def __enter__(self) -> Losses:
        return self

    def __exit__(self, *failure: Any) -> None:
        if self._output is not None:
            self._output.__exit__(*failure)
