"""`annotator concordance`: every occurrence of a string, how each person labelled it, and fixes in one go."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from annotator.cli.common import echo_json, next_command, progress, stoppable
from annotator.cli.tables import clean, count
from annotator.errors import PROBLEMS, UsageError

if TYPE_CHECKING:
    from annotator.concordance import Choice
    from annotator.core.fixes import Fix
    from annotator.core.occurrences import Wanted
    from annotator.fixing import Outcome, Plan
    from annotator.project import Project

SHOWN = 40  # places, or strings, in a table
WIDTH = 120  # cells where nobody knows how wide the terminal is


@click.command("concordance", short_help="Show how every occurrence of a string was labelled, and fix it.")
@click.argument("string", required=False)
@click.option("--ignore-case", "-i", is_flag=True, help="Capitals and small letters are the same.")
@click.option("--word/--no-word", default=True, show_default=True, help="Leave out what lies within a longer word.")
@click.option("--annotator", "names", metavar="NAME", multiple=True, help="Only this one's readings (repeatable).")
@click.option("--label", help="Only what somebody gave this label.")
@click.option("--inconsistent", "uneven", is_flag=True, help="Only what was read inconsistently.")
@click.option("--limit", type=click.IntRange(0), help=f"How many to show; {SHOWN} if left out, 0 for all.")
@click.option("--set", "new", metavar="LABEL", help="Give this label to the places …")
@click.option("--remove", is_flag=True, help="… or take their labels away …")
@click.option("--for", "target", metavar="ANNOTATOR", help="… in this annotator's layers …")
@click.option("--only-label", "old", metavar="LABEL", default="", help="… only where they have this label …")
@click.option("--only-unmarked", "unmarked", is_flag=True, help="… or only where they have no span …")
@click.option("--overlapping", is_flag=True, help="… also within or across spans with other edges.")
@click.option("--yes", is_flag=True, help="Do it; without this, only what would be done is shown.")
@click.option("--undo", is_flag=True, help="Undo the last such change that you made.")
@click.option("--author", help="Who changes; your name in the settings, or your login name, if left out.")
@click.option("--screen", is_flag=True, help="Open the concordance screen.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(db: Path, /, string: str | None, undo: bool, screen: bool, as_json: bool, **given: Any) -> None:
    """Show every occurrence of STRING over the corpus and how each person labelled it, inconsistent ones first.

    Without STRING, the strings that are labelled most inconsistently.  A blank in STRING also finds a line break.
    With --set or --remove many places are changed in one go; --undo takes that back.
    """
    fix = _fix(string, undo=undo, screen=screen, **given)
    from annotator.concordance import Choice
    from annotator.core.occurrences import Wanted

    wanted = None if string is None else Wanted(string, ignore_case=given["ignore_case"], word=given["word"])
    choice = Choice(given["names"], given["label"] or "", given["uneven"])
    if screen:
        _open_screen(db, wanted, choice, given["author"], as_json=as_json)
        return
    status = 0
    with stoppable():
        if undo:
            status = _undo(db, given["author"], as_json=as_json)
        elif fix is not None and wanted is not None:
            status = _run_fix(db, wanted, choice, fix, given, as_json=as_json)
        else:
            _show(db, wanted, choice, given["limit"], as_json=as_json)
    if status:
        raise click.exceptions.Exit(status)


def _fix(string: str | None, *, undo: bool, screen: bool, **given: Any) -> Fix | None:
    """Return the fix that was asked for, or None.

    Raises:
        UsageError: If options do not go together.
    """
    wanted = [name for name, on in (("--set", given["new"] is not None), ("--remove", given["remove"])) if on]
    details = {
        "--for": given["target"] is not None,
        "--only-label": bool(given["old"]),
        "--only-unmarked": given["unmarked"],
        "--overlapping": given["overlapping"],
        "--yes": given["yes"],
    }
    if len(wanted) > 1:
        raise UsageError("--set and --remove exclude each other", hint="use one of them")
    if undo and (wanted or any(details.values()) or string is not None or screen):
        raise UsageError("--undo stands alone", hint=f"for example: {next_command('concordance --undo')}")
    if screen and (wanted or any(details.values())):
        raise UsageError("--screen changes labels by keys", hint="leave out the options that change labels")
    if not wanted:
        named = next((name for name, on in details.items() if on), None)
        if named:
            raise UsageError(f"{named} needs --set LABEL or --remove", hint="say what is to become of the places")
        return None
    if string is None:
        raise UsageError(f"{wanted[0]} needs a STRING", hint=next_command(f"concordance Taiz {wanted[0]} …"))
    if given["target"] is None:
        raise UsageError(f"{wanted[0]} needs --for ANNOTATOR", hint="say whose layers are to be changed")
    if given["old"] and given["unmarked"]:
        raise UsageError("--only-label and --only-unmarked exclude each other", hint="use one of them")
    if given["remove"] and (given["unmarked"] or given["overlapping"]):
        raise UsageError("--remove takes labels away where there are some", hint="see --only-label")
    from annotator.core.fixes import Fix

    return Fix(given["new"], given["old"], given["unmarked"], given["overlapping"])


def _show(db: Path, wanted: Wanted | None, choice: Choice, limit: int | None, *, as_json: bool) -> None:
    from annotator.concordance import MOST, as_data, concordance_of, forms_data, uneven_forms
    from annotator.project import Project

    most = (MOST if as_json else SHOWN) if limit is None else limit or MOST
    with Project.open(db, read_only=True) as project:
        _check_label(project, choice.label)
        if wanted is None:
            forms = uneven_forms(project.store, annotators=choice.annotators, label=choice.label, limit=most)
            if as_json:
                echo_json(forms_data(forms))
            else:
                click.echo(_forms_text(forms))
            return
        found = concordance_of(project.store, wanted, choice, most=most)
        if as_json:
            echo_json(as_data(wanted, found))
            return
        letters = {name: label.key.upper() or name[:1].upper() for name, label in project.schema.labels.items()}
    from annotator.cli.kwic import head, lines

    parts = [head(wanted, found)]
    if found.occurrences:
        parts.append(lines(found, found.occurrences, letters=letters, width=_width()))
    if found.left_out:
        parts.append(f"and {count(found.left_out, 'more place')}: --limit 0 shows all, --json too")
    click.echo("\n\n".join(parts))


def _forms_text(forms: Any) -> str:
    from annotator.cli.kwic import forms_table

    if not forms:
        return "everything that is marked is marked alike everywhere"
    return f"{forms_table(forms)}\n\n{next_command('concordance STRING')} shows the places of one of them"


def _check_label(project: Project, label: str) -> None:
    """Refuse a label that neither the schema nor anybody has: it would silently let nothing through."""
    known = dict.fromkeys([*project.schema.labels, *(name for _, name, _ in project.store.label_counts())])
    if label and label not in known:
        raise UsageError(f"there is no label {label!r}", hint=f"known: {', '.join(known)}")


def _width() -> int:
    return max(60, shutil.get_terminal_size((WIDTH, 40)).columns)


def _run_fix(db: Path, wanted: Wanted, choice: Choice, fix: Fix, given: dict[str, Any], *, as_json: bool) -> int:
    """Show what a fix would do, and do it if that was asked for; return the exit status."""
    from dataclasses import replace

    from annotator.concordance import concordance_of
    from annotator.fixing import apply_plan, check_fix, plan_of
    from annotator.project import Project

    target = given["target"]
    with Project.open(db, read_only=not given["yes"]) as project:
        _check_label(project, choice.label)
        check_fix(project, fix, annotator=target)
        _check_label(project, fix.only)
        if target not in choice.annotators and choice.annotators:
            choice = replace(choice, annotators=(*choice.annotators, target))
        elif dict(project.store.annotators())[target] == "model":
            choice = replace(choice, annotators=(*_everybody(project), target))
        found = concordance_of(project.store, wanted, choice)
        plan = plan_of(found.occurrences, fix, annotator=target)
        outcome = None
        if given["yes"]:
            author = _author(given["author"])
            project.store.admit(author)
            what = f"“{wanted.string}”: {fix.told()}, {target}"
            outcome = _driven(apply_plan(project, plan, author=author, what=what), "articles changed", plan.articles)
    if as_json:
        echo_json(_plan_data(wanted, plan, outcome))
    else:
        click.echo(_plan_text(wanted, plan, outcome, left_out=found.left_out, limit=given["limit"]))
    return PROBLEMS if outcome is not None and outcome.skipped else 0


def _everybody(project: Project) -> tuple[str, ...]:
    from annotator.concordance import readers_of

    return readers_of(project.store)


def _author(given: str | None) -> str:
    from annotator.config import load_settings, person_name

    return given or person_name(load_settings())


def _driven(steps: Iterator[Outcome], what: str, total: int) -> Outcome:
    """Run to the end what is done article by article, showing how far it is, and return the outcome."""
    with progress(total, what) as line:
        outcome = next(steps)
        line.update()
        for outcome in steps:  # noqa: B007 - the last one is what came out
            line.update()
    return outcome


def _undo(db: Path, given: str | None, *, as_json: bool) -> int:
    from annotator.core.times import local_time
    from annotator.fixing import last_sweep, undo_sweep
    from annotator.project import Project

    author = _author(given)
    with Project.open(db) as project:
        sweep = last_sweep(project, author)
        outcome = _driven(undo_sweep(project, sweep, author=author), "articles undone", len(sweep.parts))
    if as_json:
        echo_json({"undone": {"sweep": sweep.id, "time": sweep.time, "what": sweep.what}, **_outcome_data(outcome)})
    else:
        time = local_time(sweep.time).strftime("%Y-%m-%d %H:%M:%S")  # as `history` has it
        click.echo(f"undone: {clean(sweep.what)} of {time}")
        click.echo(f"{count(outcome.places, 'span')} in {count(outcome.articles, 'article')} as before{_rest(outcome)}")
    return PROBLEMS if outcome.skipped else 0


def _plan_text(wanted: Wanted, plan: Plan, outcome: Outcome | None, *, left_out: int, limit: int | None) -> str:
    """Return what a fix would do, or what it did."""
    from annotator.cli.kwic import cell, context, cut, key_width, pad
    from annotator.core.fixes import REASONS

    what = f"“{clean(wanted.string)}”: {plan.fix.told()}, in the layers of {clean(plan.annotator)}"
    most = SHOWN if limit is None else limit or len(plan.places)
    key = key_width([one.name for one in plan.places[:most]], _width())
    room = max(40, _width() - key - 36)
    rows = [
        f"  {pad(cut(one.name, key), key)}  {context(one, room, min(40, len(one.found)))}  "
        f"{cell(one.readings[plan.annotator])} → {plan.fix.label or '·'}"
        for one in plan.places[:most]
    ]
    if len(plan.places) > most:
        rows.append(f"  and {count(len(plan.places) - most, 'more place')}: --limit 0 shows all")
    left = "".join(f"\n{number:,} left: {REASONS[verdict]}" for verdict, number in plan.left.most_common())
    if left_out:
        left += f"\n{left_out:,} left: too many for one go; do it again for the rest"
    if plan.left["across"]:
        left += "\n--overlapping takes in what is within or across others"
    total = f"{count(len(plan.places), 'place')} in {count(plan.articles, 'article')}"
    if outcome is None:
        end = f"{total} would change; nothing was changed: --yes does it" if plan.places else "nothing to change"
    elif not plan.places:
        end = "nothing to change"
    else:
        done = f"{count(outcome.places, 'place')} in {count(outcome.articles, 'article')} changed"
        end = f"{done}{_rest(outcome)}\n{next_command('concordance --undo')} takes it back"
    return "\n".join([what, *([""] if rows else []), *rows]) + f"\n{left}\n{end}"


def _rest(outcome: Outcome) -> str:
    """Return what was left as it is, and what was opened again."""
    said = "".join(f"\nleft: {clean(key)}: {why}" for key, why in outcome.skipped)
    reopened = ", ".join(clean(key) for key in outcome.reopened)
    return said + (f"\nopen again, for they have an error now: {reopened}" if reopened else "")


def _plan_data(wanted: Wanted, plan: Plan, outcome: Outcome | None) -> dict[str, Any]:
    fix = plan.fix
    return {
        "string": wanted.string,
        "set": fix.label,
        "only_label": fix.only or None,
        "only_unmarked": fix.unmarked,
        "overlapping": fix.overlapping,
        "for": plan.annotator,
        "applied": outcome is not None,
        "places": [
            {
                "article": one.name,
                "start": one.start,
                "end": one.end,
                "text": one.found,
                "labels": list(one.readings[plan.annotator].labels),
            }
            for one in plan.places
        ],
        "left": dict(plan.left),
        **({} if outcome is None else _outcome_data(outcome)),
    }


def _outcome_data(outcome: Outcome) -> dict[str, Any]:
    return {
        "sweep": outcome.sweep or None,
        "changed": {"spans": outcome.places, "articles": outcome.articles},
        "journal": outcome.entries,
        "skipped": [{"article": key, "why": why} for key, why in outcome.skipped],
        "reopened": outcome.reopened,
    }


def _open_screen(db: Path, wanted: Wanted | None, choice: Choice, author: str | None, *, as_json: bool) -> None:
    if as_json:
        raise UsageError("--screen and --json exclude each other", hint="use one of them")
    from annotator.cli.tag import run
    from annotator.concordance import Look, readers_of
    from annotator.project import Project

    if choice.annotators or choice.label:
        with Project.open(db, read_only=True) as project:
            readers_of(project.store, choice.annotators)
            _check_label(project, choice.label)
    run(db, name=author, key=None, queue=True, concordance=Look(wanted, choice))
