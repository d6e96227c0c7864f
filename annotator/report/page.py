"""The page of agreement: figures with plots, what they mean, and the worst articles in both readings.

Invariant: the page holds everything it shows: no script, and nothing from outside, which its own policy forbids; every
word of a name, a label or an article is escaped.  It is there whole or not at all.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from annotator.agreeing import LEAD, Agreement
from annotator.errors import InputError
from annotator.formats.atomic import Output
from annotator.formats.html import Colours, shown_text
from annotator.fresh import is_private
from annotator.report.meanings import meaning_of
from annotator.report.plots import Axis, axis_for, mark

if TYPE_CHECKING:
    from jinja2 import Environment

    from annotator.agreement.value import Value
    from annotator.project import Project

TITLE: Final = "Agreement"
IN_SHORT: Final = (LEAD, "overlap-f1", "krippendorff-alpha-tokens")
EVALUATION: Final = (LEAD, "precision-exact", "recall-exact")
"""The same where one of two layers is the reference."""


def write_page(path: Path, agreement: Agreement, project: Project) -> None:
    """Write the page of an agreement.

    Args:
        path: Where; a file that is there is replaced in one step.  It is as private as the database.
        agreement: With figures by pair and label.
        project: Where the texts of the worst articles are.

    Raises:
        InputError: If Jinja2 is not installed, or the file cannot be written.
        StoreError: If a text cannot be read.
    """
    content = page_of(agreement, project)
    with Output(path, private=is_private(project.path)) as output:
        with output.told():
            output.file.write(content.encode())
        output.finish()
        output.publish()


def page_of(agreement: Agreement, project: Project) -> str:
    """Return the page of an agreement; see `write_page`."""
    from annotator.report.sections import articles, confusions, kinds, labels, pairs, worst

    environment = _environment()
    colours = Colours(project.schema)
    short = EVALUATION if agreement.study.directed else IN_SHORT
    parts = {
        "figures": figures(agreement),
        "short": [row for name in short for row in figures(agreement, only=name)],
        "pairs": pairs(agreement),
        "labels": labels(agreement, colours),
        "kinds": kinds(agreement.study),
        "confusion": confusions(agreement.study, colours),
        "articles": articles(agreement.study),
        "worst": worst(agreement.study, project.store, colours),
    }
    from markupsafe import Markup

    css = files("annotator.report").joinpath("page/page.css").read_text("utf-8")
    template = environment.get_template("agreement.html")
    return template.render(title=TITLE, css=Markup(css), about=_about(agreement, project), **parts)


def figures(agreement: Agreement, *, only: str = "") -> list[dict[str, Any]]:
    """Return the figures over everything, and those that are about one label, as of an attribute, by label."""
    whole = agreement.overall()
    names = {value.name for value in whole}
    rows = whole + [v for v in agreement.values if v.name not in names and v.label and not v.pair and not v.article]
    rows = [value for value in rows if only in ("", value.name)]
    axis = axis_for(rows)
    return [_figure(agreement, value, axis) for value in rows]


def _figure(agreement: Agreement, value: Value, axis: Axis) -> dict[str, Any]:
    measure = agreement.titles.get(agreement.measures.get(value.name, ""), "")
    meaning = meaning_of(value.name, measure=measure)
    return {
        "name": value.name,
        "meaning": meaning,
        "label": value.label,
        "value": value,
        "axis": axis,
        "mark": mark(value, axis),
    }


def _about(agreement: Agreement, project: Project) -> dict[str, Any]:
    study = agreement.study
    people = [
        {"name": name, "articles": int(study.seen[at].sum()), "spans": int((study.units.annotator == at).sum())}
        for at, name in enumerate(study.annotators)
    ]
    return {
        "project": project.path.stem,
        "schema": project.schema.ref,
        "people": people,
        "articles": agreement.there(),
        "reference": study.annotators[0] if study.directed else "",
        "pairs": len(study.pairs()),
        "notes": agreement.notes(),
        "sample": agreement.sample,
        "shared": agreement.shared(),
        "spans": len(study.units),
        "seed": agreement.seed,
        "samples": agreement.samples,
        "statuses": agreement.statuses,
    }


def _environment() -> Environment:
    try:
        from jinja2 import Environment, PackageLoader
    except ImportError as error:
        hint = 'pip install "conflict-annotator[html]"'
        raise InputError("writing a page takes Jinja2, which is not installed", hint=hint) from error
    loader = PackageLoader("annotator.report", "page")
    return Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, finalize=_shown)


def _shown(value: object) -> object:
    """Return a value with signs for the control characters that a page must not hold; markup stays as it is."""
    return shown_text(value) if type(value) is str else value
