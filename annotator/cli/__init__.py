"""The command `annotator`: one file per command, read only when that command is called.

Invariant: nothing heavy is imported here, so help, version and completion answer at once; and every way out of a
command ends in an exit status of `annotator.errors` and, if something is wrong, one line on stderr, never a traceback
for a user's mistake.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

from annotator import __version__
from annotator.errors import BAD_INPUT, INTERRUPTED, OK, USAGE, AnnotatorError

# In the order in which a person meets them; each is `annotator/cli/NAME.py` with a click command named `command`.
COMMANDS: Final[Mapping[str, str]] = {
    "tutor": "Learn the tag screen in eight exercises.",
    "demo": "Make a project from the bundled articles and open it.",
    "new": "Create the database.",
    "load": "Load articles and labels.",
    "tag": "Open the tag screen.",
    "annotators": "List, add, rename and retire annotators.",
    "assign": "Say who reads what.",
    "adjudicate": "Settle what annotators disagree on.",
    "status": "Show progress by annotator and label.",
    "check": "List the problems in the labels.",
    "doctor": "Check that the database holds together; repair it.",
    "backup": "Copy the database while others work on it.",
    "agree": "Measure agreement between annotators or layers.",
    "concordance": "Show how every occurrence of a string was labelled, and fix it.",
    "history": "Show who did what when, or how much and how fast.",
    "undo": "Take back one batch of the journal.",
    "restore": "Bring layers as they were into a layer of another name.",
    "merge": "Take in what was done in other files.",
    "split": "Make a file of some articles for one annotator.",
    "export": "Write labels to files.",
    "convert": "Turn files into another format.",
    "selftest": "Read, write and read again a file of yours.",
    "serve": "Let people work in a browser.",
    "schema": "Show, check, compare and import schemas; move to another.",
}

PIPE_CLOSED: Final = 141  # and for one whose reader went away

_COMMAND_LINE: Final = re.compile(r"`annotator ([a-z][^`]*)`")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class _PipeClosedError(Exception):
    """The reader of our output went away (click would turn it into status 1, which means problems found here)."""


class LazyGroup(click.Group):
    """A group that knows the names and one-line helps of its commands without importing them.

    Args:
        lazy: One-line help by command name; the command is `command` in the module `annotator.cli.NAME`.
    """

    def __init__(self, *args: Any, lazy: Mapping[str, str], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        return [*self.lazy, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command, or None if there is no such name."""
        if cmd_name not in self.lazy:
            return super().get_command(ctx, cmd_name)
        command: click.Command = importlib.import_module(f"annotator.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the arguments begin with, and suggest one where there is none."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-") and not ctx.resilient_parsing:
            from difflib import get_close_matches

            near = get_close_matches(name, self.list_commands(ctx), n=1)
            raise click.UsageError(f"no command {name!r}" + (f"; did you mean {near[0]}?" if near else ""), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of commands without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.lazy.items()))

    def invoke(self, ctx: click.Context) -> None:
        """Run what was asked for; a command reports by its exit status, so what it returns is dropped."""
        try:
            super().invoke(ctx)
        except BrokenPipeError as error:
            raise _PipeClosedError from error
        except AnnotatorError as error:
            # Below this nobody knows how the database was named; a command of a hint must mean the same one.
            from annotator.cli.common import next_command

            error.hint = _COMMAND_LINE.sub(lambda found: f"`{next_command(found[1])}`", error.hint)
            raise


@click.group(
    cls=LazyGroup,
    lazy=COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--db",
    metavar="FILE",
    type=click.Path(path_type=Path),
    envvar="ANNOTATOR_DB",
    default="annotator.db",
    help="The database; else $ANNOTATOR_DB, else annotator.db in this folder.",
)
@click.version_option(__version__, prog_name="annotator", message="%(prog)s %(version)s")
@click.pass_context
def group(ctx: click.Context, /, db: Path) -> None:
    """Build a labelled corpus of conflict news.

    Without a command it opens the queue of articles.
    """
    ctx.obj = db
    if ctx.invoked_subcommand is None:
        from annotator.cli.tag import open_queue

        open_queue(db)


def run(arguments: Sequence[str] | None = None, *, command: click.Command = group) -> int:
    """Run a command line and return its exit status.

    Args:
        arguments: What follows the command's name; those of this process if None.
        command: Where to start.
    """
    _prepare_streams()
    try:
        status = command.main(
            args=None if arguments is None else list(arguments), prog_name="annotator", standalone_mode=False
        )
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return USAGE
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "annotator"
        return _fail(f"{error.format_message().rstrip('.')} (try '{where} --help')", status=USAGE)
    except click.ClickException as error:
        return _fail(error.format_message(), status=BAD_INPUT)
    except AnnotatorError as error:
        return _fail(str(error), status=error.exit_code)
    except click.Abort:
        return _fail("stopped", status=INTERRUPTED)
    except (_PipeClosedError, BrokenPipeError):
        _silence_stdout()
        return PIPE_CLOSED
    except OSError as error:
        return _fail(_describe(error), status=BAD_INPUT)
    except Exception as error:  # noqa: BLE001 - a bug; what Python would print may hold an article's text
        from annotator.cli.crash import report

        return report(error)
    return status if isinstance(status, int) else OK


def one_line(message: str) -> str:
    """Return a message without line breaks and control characters, which could reach the terminal from a file name."""
    return _CONTROLS.sub(" ", message).strip()


def _fail(message: str, *, status: int) -> int:
    print(f"annotator: error: {one_line(message)}", file=sys.stderr)
    return status


def _describe(error: OSError) -> str:
    reason = error.strerror or str(error) or type(error).__name__
    return f"{error.filename}: {reason}" if error.filename is not None else reason


def _prepare_streams() -> None:
    """Keep texts in any script from ending a command: files and pipes get UTF-8, a terminal what it can show."""
    # A service may be started with its streams closed; Python has None for them then, which nothing can write to.
    nowhere = Path(os.devnull)
    sys.stdin = sys.stdin or nowhere.open(encoding="utf-8")
    sys.stdout = sys.stdout or nowhere.open("w", encoding="utf-8")
    sys.stderr = sys.stderr or nowhere.open("w", encoding="utf-8")
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is None:
            continue
        if stream.isatty():
            reconfigure(errors="backslashreplace")
        else:
            reconfigure(encoding="utf-8", errors="backslashreplace")


def _silence_stdout() -> None:
    """Let the interpreter's last flush go nowhere instead of to a pipe that is closed."""
    try:
        out = sys.stdout.fileno()
    except (OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, out)
    os.close(nowhere)
