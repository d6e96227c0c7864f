"""brat's configuration, made from a schema.

Invariant: every label, link and choice of the schema is declared once, under the name that the `.ann` files use; what
brat's forms cannot show is named in a comment.
"""

from __future__ import annotations

from collections.abc import Iterator

from annotator.core.schema import Attribute, Choice, Choices, Flag, Link, Schema
from annotator.formats.base import FRAGMENT_LINK
from annotator.formats.brat_lines import EQUAL
from annotator.formats.safe_names import safe


def annotation_conf(schema: Schema) -> str:
    """Return the `annotation.conf` with the schema's labels, links and choices."""
    lines = [f"# {schema.ref}", "", "[entities]", "", *map(safe, schema.labels), "", "[relations]", ""]
    lines += dict.fromkeys(_relations(schema))
    lines += ["", "[events]", "", "[attributes]", "", *_attributes(schema)]
    return "\n".join(lines) + "\n"


def visual_conf(schema: Schema) -> str:
    """Return the `visual.conf` with the schema's titles and colours."""
    lines = ["[labels]", ""]
    titles: dict[str, str] = {}
    for name, label in schema.labels.items():
        titles.setdefault(safe(name), label.title)
        for attribute_name, attribute in label.attributes.items():
            titles.setdefault(safe(attribute_name), attribute.title or attribute_name)
    # "|" parts the forms of a name, and "#" begins a comment.
    lines += [f"{name} | {title.replace('|', '/').replace('#', 'no.')}" for name, title in titles.items()]
    lines += ["", "[drawing]", ""]
    lines.append("SPAN_DEFAULT\tfgColor:black, bgColor:lightgrey, borderColor:darken")
    lines.append("ARC_DEFAULT\tcolor:black, arrowHead:triangle-5")
    for name, label in schema.labels.items():
        lines.append(f"{safe(name)}\tfgColor:white, bgColor:{label.color}, borderColor:darken")
    return "\n".join(lines) + "\n"


def _relations(schema: Schema) -> Iterator[str]:
    for label_name, label in schema.labels.items():
        for name, attribute in label.attributes.items():
            if isinstance(attribute, Link):
                targets = "|".join(map(safe, attribute.labels or schema.labels))
                kind = ", <REL-TYPE>:symmetric-transitive" if name == EQUAL else ""  # as brat wants of * lines
                yield f"{safe(name)}\tArg1:{safe(label_name)}, Arg2:{targets}{kind}"
        # Between the pieces of a span that brat has no room for as one.
        if FRAGMENT_LINK not in label.attributes:
            yield f"{FRAGMENT_LINK}\tArg1:{safe(label_name)}, Arg2:{safe(label_name)}"


def _attributes(schema: Schema) -> Iterator[str]:
    """Yield a line for each attribute by name, for brat has one definition a name, whatever the label."""
    found: dict[str, list[tuple[str, Attribute]]] = {}
    for label_name, label in schema.labels.items():
        for name, attribute in label.attributes.items():
            if not isinstance(attribute, Link):
                found.setdefault(name, []).append((label_name, attribute))
    for name, uses in found.items():
        options = [
            option for _, attribute in uses if isinstance(attribute, Choice | Choices) for option in attribute.options
        ]
        labels = "|".join(safe(label) for label, attribute in uses if isinstance(attribute, Flag | Choice | Choices))
        if options:
            yield f"{safe(name)}\tArg:{labels}, Value:{'|'.join(dict.fromkeys(options))}"
        elif labels:
            yield f"{safe(name)}\tArg:{labels}"
        others = [label for label, attribute in uses if not isinstance(attribute, Flag | Choice | Choices)]
        if others:
            yield f"# {safe(name)} of {', '.join(map(safe, others))}: written, but brat has no form for such values"
