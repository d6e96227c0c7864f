"""`annotator agree`: how far annotators agree, and how far a model agrees with the gold layer."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from textwrap import fill
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
WIDTH = 79  # cells of what is no table
_SHORTEST = 6  # cells of a bar that still says something
_BESIDE = 36  # cells of a table's other columns, gaps and minus signs included, but for the names
_OVER_ALL = (
    "Over all annotators a figure is the mean over the {pairs}, each counting alike, however many articles it shares; "
    "only Fleiss' κ, Krippendorff's α, the unitizing alphas and γ are of all at once."
)


@click.command("agree", short_help="Measure agreement between annotators or layers.")
@click.option("--annotators", metavar="A,B,…", help="Whose layers; those of all people if left out.")
@click.option("--layer-a", metavar="LAYER", help="Take this layer as the reference: an annotator, gold …")
@click.option("--layer-b", metavar="LAYER", help="… and evaluate this one against it, as model:NAME.")
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

    Every article counts that two of them have read.  Over more than two annotators a figure is the mean over their
    pairs, each pair counting alike; measures of all at once, as Fleiss' kappa, are not.  Two layers of any kind can be
    compared with --layer-a, which is the reference, and --layer-b: that has precision and recall, too.
    """
    if listing:
        _list_measures()
        return
    from annotator.agreeing import Choice, as_data, measured, study_of
    from annotator.project import Project

    choice = Choice(_names(annotators, layer_a, layer_b), statuses, sample or 0, seed, reference=layer_a is not None)
    if screen:
        _open_screen(db, choice, others=bool(measures or by or page or as_json))
        return
    with stoppable(), Project.open(db, read_only=True) as project:
        _refuse_database(project, page)
        study = study_of(project.store, project.schema, choice)
        agreement = measured(
            study,
            names=measures,
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
    for note in agreement.notes():
        click.echo(clean(f"annotator: note: {note}"), err=True)
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
        by: What tables to show besides that of all figures; the first measure by label and by pair if left out, and
            with a reference exact precision and recall by label.
    """
    study = agreement.study
    two = len(study.annotators) == 2
    parts = [f"{_about(agreement)}\n\n{_table('', _main(agreement, by))}"]
    if not two:
        parts[0] += f"\n\n{_wrapped(_OVER_ALL.format(pairs=count(len(study.pairs()), 'pair')))}"
    first = _first(agreement)
    shown = [value for value in agreement.values if by or value.name in first]
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


def _first(agreement: Agreement) -> list[str]:
    """Return the figures that are shown by label and pair where nobody asked for any."""
    from annotator.agreeing import LEAD

    names = [value.name for value in agreement.values]
    lead = LEAD if LEAD in names else next(iter(names), "")
    return [lead, *(name for name in ("precision-exact", "recall-exact") if agreement.study.directed)]


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
    drawn = f" drawn (seed {agreement.seed})" if agreement.sample else ""
    facts = [
        count(len(study.annotators), "annotator") + f" ({people})",
        f"{agreement.shared():,}{drawn} of {count(agreement.there(), 'article')} read by two and more",
        count(len(study.units), "span"),
    ]
    if study.directed:
        facts.append(f"{clean(study.annotators[0])} is the reference")
    if agreement.statuses:
        facts.append("status " + ", ".join(agreement.statuses))
    return " · ".join(facts)


def _section(title: str, values: Sequence[Value], head: str) -> list[str]:
    names = list(dict.fromkeys(value.name for value in values))
    return [f"{name} {title}\n\n{_table(head, [v for v in values if v.name == name])}" for name in names]


def _table(head: str, values: Sequence[Value]) -> str:
    """Return values as a table; why some are undefined stands below it, each reason once."""
    reasons = {why: number for number, why in enumerate(dict.fromkeys(v.undefined for v in values if v.undefined), 1)}
    names = [_named(value, head) for value in values]
    width = _bar_width([head or "measure", *names])
    rows = [[name, *_figures(value, reasons, width)] for name, value in zip(names, values, strict=True)]
    text = table([head or "measure", "value", "", "95 % interval", "articles"], rows)
    told = [_wrapped(f"({number}) {clean(why)}", hang=4) for why, number in reasons.items()]
    return "\n".join([text, *([""] if told else []), *told])


def _wrapped(text: str, *, hang: int = 0) -> str:
    return fill(text, WIDTH, subsequent_indent=" " * hang, break_long_words=False, break_on_hyphens=False)


def _bar_width(names: Sequence[str]) -> int:
    """Return how wide bars may be beside these names, so that no line of the table is broken by the terminal."""
    from wcwidth import wcswidth

    from annotator.report.bars import WIDTH as FULL

    columns = shutil.get_terminal_size((0, 0)).columns
    room = columns - _BESIDE - max(wcswidth(clean(name)) for name in names)
    return min(FULL, max(_SHORTEST, room)) if columns else FULL


def _named(value: Value, head: str) -> str:
    pair = " × ".join(value.pair or ())
    about = {"pair": pair, "label": value.label, "article": value.article, "pair and label": f"{pair}  {value.label}"}
    return about.get(head) or (value.name if value.label is None else f"{value.name} ({value.label})")


def _figures(value: Value, reasons: dict[str, int], width: int) -> list[object]:
    from annotator.report.bars import bar

    if value.value is None:
        return ["–", f"undefined ({reasons[value.undefined]})", "", value.n]
    between = "" if value.low is None or value.high is None else f"{value.low:.3f} – {value.high:.3f}"
    return [f"{value.value:.3f}", bar(value.value, value.low, value.high, width=width), between, value.n]


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
    from annotator.agreeing import few_threads

    few_threads()
    rows = [[measure.name, _usual(measure.name), measure.title] for measure in plugins.usable("measures", told=_tell)]
    click.echo(table(["measure", "usual", "what it measures"], rows))


def _usual(name: str) -> str:
    from annotator.agreeing import DEFAULT, EVALUATION

    return "yes" if name in DEFAULT else "of two layers" if name in EVALUATION else ""


def _tell(name: str, error: AnnotatorError) -> None:
    click.echo(f"annotator: note: {clean(str(error))}", err=True)


def _open_screen(db: Path, choice: Choice, *, others: bool) -> None:
    if others:
        raise UsageError("--screen shows figures in its own way", hint="leave out --measure, --by, --html and --json")
    from annotator.agreeing import check_names
    from annotator.cli.tag import run
    from annotator.project import Project

    if choice.annotators:
        with Project.open(db, read_only=True) as project:
            check_names(project.store, choice)
    run(db, name=None, key=None, queue=True, agreement=choice)
