"""`annotator adjudicate`: settle what annotators disagree on."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from annotator.cli.common import echo_json, next_command
from annotator.cli.options import FilePath
from annotator.cli.tables import clean, count, table
from annotator.cli.tag import in_browser
from annotator.errors import InputError, UsageError

if TYPE_CHECKING:
    from annotator.adjudication.strategy import Strategy
    from annotator.project import Project
    from annotator.settlement import Comparison, Finish, Merged

KINDS = ("agree", "boundary", "label", "attribute", "missing", "split")


@click.command("adjudicate", short_help="Settle what annotators disagree on.")
@click.option("--annotator", "name", help="Who settles; your name in the settings, or your login name, if left out.")
@click.option("--article", "key", help="Open (or merge) this article.")
@click.option("--readers", metavar="A,B,…", help="Whose layers are compared; all human annotators if left out.")
@click.option(
    "--strategy",
    "wanted",
    metavar="S",
    help="Settle without a screen what S is clear about: all, majority, at-least:K, prefer:NAME.",
)
@click.option("--again", is_flag=True, help="Let the strategy replace what was decided between other readings.")
@click.option(
    "--done", is_flag=True, help="Mark gold done, without a screen, where nothing is left undecided and no check fails."
)
@click.option("--blind", is_flag=True, help="Hide the names of the annotators.")
@click.option(
    "--examples",
    type=FilePath(dir_okay=False, path_type=Path),
    default="examples.md",
    show_default=True,
    help="The file that decisions are appended to as examples for the guideline.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the cases as JSON, or what the strategy did; no screen.")
@click.pass_obj
def command(
    db: Path,
    name: str | None,
    key: str | None,
    readers: str | None,
    wanted: str | None,
    again: bool,
    done: bool,
    blind: bool,
    examples: Path,
    as_json: bool,
) -> None:
    """Settle disagreement into the gold layer.

    Opens the settle screen: one key takes a side, another goes back.  What all agree on is taken over at once.  With
    --strategy, what a rule is clear about is settled in every article and the rest is left for a person; so is what was
    decided before, as between other readers, unless --again is given.  What is completely settled is marked done by
    --done, alone or after a strategy.
    """
    if again and not wanted:
        raise UsageError("--again is for --strategy", hint="on the screen each decision can be made anew")
    from annotator.config import load_settings, person_name
    from annotator.fresh import refuse_database
    from annotator.project import Project

    with Project.open(db, read_only=as_json and not (wanted or done)) as project:
        from annotator.adjudication.strategy import strategy
        from annotator.settlement import readers_of

        settings = load_settings()
        person = name or person_name(settings)
        if wanted or done or not as_json:
            if name:
                project.store.admit(name)
            project.store.require_lead(person, "settle")
            project.store.admit(person)
            project.store.refuse_retired(person)
        names = readers_of(project, [one.strip() for one in readers.split(",") if one.strip()] if readers else ())
        articles = _articles(project, key, names)
        if as_json or wanted or done:
            rule = strategy(wanted, annotators=names) if wanted else None
            report = [_settled(project, article, person, names, rule, again=again, done=done) for article in articles]
            _print(report, as_json=as_json, rule=rule, done=done)
            return
        if not (in_browser() or (sys.stdin.isatty() and sys.stdout.isatty())):
            hint = f"`{next_command('adjudicate --json')}` or `--strategy majority` work without one"
            raise UsageError("the screen needs a terminal", hint=hint)
        refuse_database(examples)
        project.add_annotator(person, helper=True)
        from annotator.tui.app import run_until_left
        from annotator.tui.settle_app import SettleApp
        from annotator.tui.settle_round import SettleRound

        private = settings.private
        work = SettleRound(project, by=person, readers=names, examples=examples, private=private, blind=blind)
        first = work.open(articles[0] if key else None)
        status = run_until_left(SettleApp(work, first, settings=settings))
    if status:
        raise click.exceptions.Exit(status)


def _articles(project: Project, key: str | None, names: list[str]) -> list[int]:
    """Return the numbers of the articles that are asked for.

    Raises:
        InputError: If there is no such article, or fewer than two of the annotators have read it.
    """
    shared = project.store.shared(names)
    if key is None:
        if not shared:
            raise InputError("no article has the layers of two annotators", hint="load another with --annotator NAME")
        return shared
    article = project.store.article_by_key(key)
    if article is None:
        raise InputError(f"no article {key!r} in {project.path}", hint="the queue lists them")
    if article.id not in shared:
        raise InputError(
            f"article {key!r} was not read by two of {', '.join(names)}", hint="load another layer, or see --readers"
        )
    return [article.id]


def _settled(
    project: Project, article: int, person: str, names: list[str], rule: Strategy | None, *, again: bool, done: bool
) -> dict[str, Any]:
    """Return the cases of an article, after a strategy has settled what it is clear about."""
    from annotator.settlement import Comparison, Settlement, gold_name

    merged: Merged | None = None
    finish: Finish | None = None
    work: Comparison
    if rule is not None or done:
        work = settlement = Settlement.open(project, article, by=person, readers=names)
        merged = settlement.merge(rule, again=again) if rule is not None else None
        finish = settlement.finish() if done else None
        settlement.session.close()
    else:
        work = Comparison.look(project, article, readers=names)
    statuses = {name: status for name, _, status in project.store.readings(article)}
    return {
        "article": work.article.key,
        "readers": sorted(work.layers),
        "exact_f1": work.agreement,
        "settled_now": len(merged.done) if merged else 0,
        "decided_before": len(merged.before) if merged else 0,
        "replaced": merged.replaced if merged else 0,
        "open": len(work.ledger.open),
        "settled": work.settled,
        "gold_status": statuses.get(gold_name(project)),
        "done": finish,
        "cases": [_case(work, number) for number in range(len(work.cases))],
    }


def _case(work: Comparison, number: int) -> dict[str, Any]:
    """Return a case as JSON values."""
    case, decision = work.cases[number], work.ledger.decision(number)
    return {
        "kind": case.kind,
        "start": case.start,
        "end": case.end,
        "text": work.article.text[case.start : case.end],
        "settled": number not in work.ledger.open,
        "take": list(decision.take) if decision and decision.take is not None else None,
        "by": decision.by if decision else None,
        "why": decision.why if decision else "",
        "readings": {r.annotator: [_span(span) for span in r.spans] for r in case.readings},
        "gold": [_span(span) for span in work.ledger.spans(number)],
    }


def _span(span: Any) -> dict[str, Any]:
    return {
        "id": span.id,
        "start": span.start,
        "end": span.end,
        "label": span.label,
        "attributes": dict(span.attributes),
    }


def _print(report: list[dict[str, Any]], *, as_json: bool, rule: Strategy | None, done: bool) -> None:
    """Print what there is, or what was done."""
    if as_json:
        echo_json({"strategy": None if rule is None else str(rule), "articles": report})
        return
    rows = []
    for one in report:
        kinds = Counter(case["kind"] for case in one["cases"])
        rows.append([clean(one["article"]), *(kinds[kind] for kind in KINDS), one["settled_now"], one["open"]])
    click.echo(table(["article", *KINDS, "settled now", "open"], rows) + "\n")
    if rule is not None:
        _print_settled(report, rule)
    click.echo(_marked(report) if done else _to_mark(report))


def _print_settled(report: list[dict[str, Any]], rule: Strategy) -> None:
    """Print what a strategy settled, and what not."""
    settled, left, before, replaced = (
        sum(one[name] for one in report) for name in ("settled_now", "open", "decided_before", "replaced")
    )
    instead = f" (replaces {count(replaced, 'decision')})" if replaced else ""
    command_line = next_command("adjudicate")
    click.echo(f"{count(settled, 'case')} settled by {rule}{instead}, {left:,} left for a person: {command_line}")
    if before:
        click.echo(f"{before:,} of those were decided before, between other readings: --again replaces that")


def _to_mark(report: list[dict[str, Any]]) -> str:
    """Return how many articles are completely settled, and how their gold is marked done where it is not."""
    settled = [one for one in report if one["settled"]]
    marked = sum(one["gold_status"] == "done" for one in settled)
    said = f"{len(settled):,} of {count(len(report), 'article')} completely settled, {marked:,} of these marked done"
    return said + (f": {next_command('adjudicate --done')} marks the others" if marked < len(settled) else "")


def _marked(report: list[dict[str, Any]]) -> str:
    """Return how many gold layers were marked done, and why others were not."""
    why = Counter(one["done"] for one in report)
    reasons = {
        "already": "marked done before",
        "undecided": "with something left undecided",
        "flagged": "flagged for a second look",
        "unread": "in which nobody has marked anything or is done",
        "wrong": f"with an error: {next_command('check --annotator gold')}",
    }
    others = [f"{why[name]:,} {said}" for name, said in reasons.items() if why[name]]
    return "; ".join([f"{count(why['marked'], 'article')} marked done", *others])
