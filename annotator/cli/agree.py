"""`annotator agree`: how far annotators agree, and how far a model agrees with the gold layer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from annotator.cli.common import echo_json, stoppable
from annotator.cli.options import FilePath
from annotator.cli.tables import clean, count, table
from annotator.errors import UsageError

if TYPE_CHECKING:
    from annotator.agreeing import Agreement, Choice
    from annotator.agreement.measure import By
    from annotator.agreement.value import Value
    from annotator.core.layer import Status
    from annotator.errors import AnnotatorError
    from annotator.project import Project

MOST_SAMPLES = 100_000


@click.command("agree", short_help="Measure agreement between annotators or layers.")
@click.option("--annotators", metavar="A,B,…", help="Whose layers; those of all people if left out.")
@click.option("--layer-a", metavar="LAYER", help="Compare this layer: an annotator, gold, or model:NAME …")
@click.option("--layer-b", metavar="LAYER", help="… with this one: gold and a model are an evaluation.")
@click.option("--measure", "measures", metavar="NAME", multiple=True, help="A measure, or all (repeatable).")
@click.option("--list-measures", "listing", is_flag=True, help="Tell which measures there are.")
@click.option(
    "--by", type=click.Choice(["pair", "label", "article"]), multiple=True, help="Figures of each (repeatable)."
)
@click.option(
    "--status", "statuses", type=click.Choice(["open", "done", "flagged"]), multiple=True, help="Only such layers."
)
@click.option(
    "--sample", type=click.IntRange(1), metavar="N", help="Only N articles, drawn among those that two have read."
)
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the sample, and of the resamples."
)
@click.option(
    "--samples",
    type=click.IntRange(0, MOST_SAMPLES),
    metavar="N",
    help="How many resamples of the articles; 1000 if left out, 0 for no intervals.",
)
@click.option("--html", "page", type=FilePath(path_type=Path, dir_okay=False), help="Write a page with plots, too.")
@click.option("--screen", is_flag=True, help="Open the agreement screen.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(
    db: Path,
    annotators: str | None,
    layer_a: str | None,
    layer_b: str | None,
    measures: tuple[str, ...],
    listing: bool,
    by: tuple[By, ...],
    statuses: tuple[Status, ...],
    sample: int | None,
    seed: int,
    samples: int | None,
    page: Path | None,
    screen: bool,
    as_json: bool,
) -> None:
    """Measure how far annotators agree, with 95 % bootstrap intervals over articles.

    Every article counts that two of them have read.  Two layers of any kind can be compared with --layer-a and
    --layer-b.
    """
    if listing:
        _list_measures()
        return
    from annotator.agreeing import DEFAULT, Choice, as_data, measured, study_of
    from annotator.project import Project

    choice = Choice(_names(annotators, layer_a, layer_b), statuses, sample or 0, seed)
    if screen:
        _open_screen(db, choice, others=bool(measures or by or page or as_json))
        return
    with stoppable(), Project.open(db, read_only=True) as project:
        _refuse_database(project, page)
        study = study_of(project.store, project.schema, choice)
        agreement = measured(
            study,
            names=measures or DEFAULT,
            by=by or ("pair", "label"),
            seed=seed,
            samples=samples,
            statuses=statuses,
            sample=choice.sample,
            told=_tell,
        )
        if page is not None:
            from annotator.report.page import write_page

            write_page(page, agreement, project)
    if as_json:
        echo_json(as_data(agreement))
        return
    click.echo(as_text(agreement, by=by))
    if page is not None:
        click.echo(f"\n{clean(str(page))}: the same with plots, and the articles with most differences")


def as_text(agreement: Agreement, *, by: Sequence[By] = ()) -> str:
    """Return an agreement for people.

    Args:
        agreement: What was measured.
        by: What tables to show besides that of all figures; the first measure by label and by pair if left out.
    """
    from annotator.agreeing import LEAD

    study = agreement.study
    two = len(study.annotators) == 2
    parts = [f"{_about(agreement)}\n\n{_table('', _main(agreement, by))}"]
    names = [value.name for value in agreement.values]
    first = LEAD if LEAD in names else next(iter(names), "")
    shown = [value for value in agreement.values if by or value.name == first]
    if "label" in (by or ("label",)):
        parts += _section("by label", [v for v in shown if v.label and not v.pair and not v.article], "label")
    if "pair" in (by or ("pair",)) and not two:
        pairs = [v for v in shown if v.pair and not v.article]
        parts += _section("by pair", [v for v in pairs if not v.label], "pair")
        if "label" in by:
            parts += _section("by pair and label", [v for v in pairs if v.label], "pair and label")
    if "article" in by:
        found = [v for v in shown if v.article is not None]
        order = {name: number for number, name in enumerate(dict.fromkeys(v.name for v in found))}
        found.sort(key=lambda v: (order[v.name], v.value is None, v.value or 0.0, v.article or ""))
        parts += _section("by article, the worst first", found, "article")
    return "\n\n".join(parts)


def _main(agreement: Agreement, by: Sequence[By]) -> list[Value]:
    """Return the values over everything, and those of figures that are about one label only, as of an attribute.

    The latter have a table of their own if figures by label are asked for.
    """
    whole = agreement.overall()
    if "label" in by:
        return whole
    names = {value.name for value in whole}
    return whole + [v for v in agreement.values if v.name not in names and v.label and not v.pair and not v.article]


def _about(agreement: Agreement) -> str:
    study = agreement.study
    people = ", ".join(clean(name) for name in study.annotators)
    facts = [
        count(len(study.annotators), "annotator") + f" ({people})",
        f"{agreement.shared():,} of {count(len(study.articles), 'article')} read by two and more",
        count(len(study.units), "span"),
    ]
    if agreement.sample:
        facts.append(f"a sample, seed {agreement.seed}")
    if agreement.statuses:
        facts.append("status " + ", ".join(agreement.statuses))
    return " · ".join(facts)


def _section(title: str, values: Sequence[Value], head: str) -> list[str]:
    names = list(dict.fromkeys(value.name for value in values))
    return [f"{name} {title}\n\n{_table(head, [v for v in values if v.name == name])}" for name in names]


def _table(head: str, values: Sequence[Value]) -> str:
    rows = [[*_row(value, head)] for value in values]
    return table([head or "measure", "value", "", "95 % interval", "articles"], rows)


def _row(value: Value, head: str) -> list[object]:
    from annotator.report.bars import bar

    pair = " × ".join(value.pair or ())
    name = {
        "pair": pair,
        "label": value.label,
        "article": value.article,
        "pair and label": f"{pair}  {value.label}",
    }.get(head, value.name if value.label is None else f"{value.name} ({value.label})")
    if value.value is None:
        return [name, "–", f"undefined: {value.undefined}", "", value.n]
    between = "" if value.low is None or value.high is None else f"{value.low:.3f} – {value.high:.3f}"
    return [name, f"{value.value:.3f}", bar(value.value, value.low, value.high), between, value.n]


def _names(annotators: str | None, layer_a: str | None, layer_b: str | None) -> tuple[str, ...]:
    """Return the layers that were asked for.

    Raises:
        UsageError: If they were asked for in two ways, or one only.
    """
    if (layer_a is None) != (layer_b is None):
        raise UsageError("--layer-a and --layer-b go together", hint="for example --layer-a gold --layer-b model:NAME")
    if annotators is not None and layer_a is not None:
        raise UsageError("--annotators and --layer-a say the same", hint="use one of them")
    if layer_a is not None and layer_b is not None:
        return (layer_a, layer_b)
    if annotators is None:
        return ()
    names = tuple(name.strip() for name in annotators.split(",") if name.strip())
    if len(names) < 2:
        raise UsageError("--annotators takes two names and more", hint="for example --annotators ana,ben")
    return names


def _refuse_database(project: Project, page: Path | None) -> None:
    if page is not None:
        from annotator.sink import check_apart

        check_apart(project.path, [page])


def _list_measures() -> None:
    from annotator import plugins
    from annotator.agreeing import DEFAULT, few_threads

    few_threads()
    rows = [
        [measure.name, "yes" if measure.name in DEFAULT else "", measure.title]
        for measure in plugins.usable("measures", told=_tell)
    ]
    click.echo(table(["measure", "usual", "what it measures"], rows))


def _tell(name: str, error: AnnotatorError) -> None:
    click.echo(f"annotator: note: {clean(str(error))}", err=True)


def _open_screen(db: Path, choice: Choice, *, others: bool) -> None:
    if others:
        raise UsageError("--screen shows figures in its own way", hint="leave out --measure, --by, --html and --json")
    from annotator.cli.tag import run

    run(db, name=None, key=None, queue=True, agreement=choice)
