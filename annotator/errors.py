"""The one family of errors that a user may see.

Invariant: every `AnnotatorError` reads as one line that says what is wrong and where, carries a hint that says what
to do, and an exit status from section "Commands" of the documentation.  Anything else that escapes is a bug.
"""

from __future__ import annotations

OK = 0
PROBLEMS = 1
USAGE = 2
BAD_INPUT = 3
DATABASE = 4
INTERRUPTED = 130
"""What a shell reports for a command that Ctrl+C ended."""


class AnnotatorError(Exception):
    """Something that the user can mend.

    Args:
        message: One line: what is wrong, and where (file, line, field).
        hint: One line: what to do about it; may be empty.
    """

    exit_code: int = BAD_INPUT

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class UsageError(AnnotatorError):
    """The command was called in a way that cannot work."""

    exit_code = USAGE


class InputError(AnnotatorError):
    """A file, record, schema or setting that was read is wrong."""

    exit_code = BAD_INPUT


class EditError(InputError):
    """An edit that does not fit the layer that it is applied to."""


class StoreError(AnnotatorError):
    """The database cannot be opened, read or written."""

    exit_code = DATABASE


class StoppedError(AnnotatorError):
    """Somebody stopped a command that had done a part of its work, which stays done."""

    exit_code = INTERRUPTED


class ConflictError(StoreError):
    """The layer was changed by somebody else since it was read."""


class TakenError(StoreError):
    """All places of an article are other annotators'."""


class SchemaMovedError(ConflictError):
    """The database has moved to another schema since it was opened."""


class RoleError(AnnotatorError):
    """Something that only a lead may do, or that a retired annotator may not."""
