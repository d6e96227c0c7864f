"""Label Studio's labelling interface for a schema: the XML that a project's settings take.

Invariant: every label and attribute has a control, named as the results that `labelstudio_write` writes name it; what
stands in it is escaped, whatever the schema's names are.
"""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from annotator.core.schema import Attribute, Choice, Choices, Flag, Link, Number, Schema
from annotator.formats.labelstudio_regions import WHOLE
from annotator.formats.labelstudio_write import LABEL, TEXT

_STYLE: Final = ".htx-text { white-space: pre-wrap; }"  # else blanks are folded and every offset after them is wrong


def config(schema: Schema) -> tuple[str, str]:
    """Return the name of the file and the labelling interface for a schema.

    Args:
        schema: The schema.
    """
    view = Element("View")
    SubElement(view, "Style").text = _STYLE
    labels = SubElement(view, "Labels", name=LABEL, toName=TEXT)
    for name, label in schema.labels.items():
        about = {"value": name, "background": label.color} | ({"hotkey": label.key} if label.key else {})
        SubElement(labels, "Label", about | ({"hint": label.description} if label.description else {}))
    SubElement(view, "Text", name=TEXT, value=f"${TEXT}")
    relations: list[str] = []
    for name, label in schema.labels.items():
        for attribute_name, attribute in label.attributes.items():
            if isinstance(attribute, Link):
                relations.append(attribute_name)
                continue
            when = {"perRegion": "true", "whenTagName": LABEL, "whenLabelValue": name}
            _control(view, f"{name}.{attribute_name}", attribute, when)
    for attribute_name, attribute in schema.attributes.items():
        if not isinstance(attribute, Link):
            _control(view, f"{WHOLE}{attribute_name}", attribute, {})
    if relations:
        joined = SubElement(view, "Relations")
        for name in dict.fromkeys(relations):
            SubElement(joined, "Relation", value=name)
    ElementTree.indent(view)
    return "label_config.xml", ElementTree.tostring(view, encoding="unicode") + "\n"


def _control(view: Element, name: str, attribute: Attribute, when: dict[str, str]) -> None:
    """Add the control of one attribute with its heading."""
    about = {"name": name, "toName": TEXT, **when, **({"required": "true"} if attribute.required else {})}
    shown = {"visibleWhen": "region-selected"} | {word: when[word] for word in when if word != "perRegion"}
    box = SubElement(view, "View", shown if when else {})
    SubElement(box, "Header", value=attribute.title or name.removeprefix(WHOLE), size="5")
    match attribute:
        case Choice() | Choices() | Flag():
            options = ["true", "false"] if isinstance(attribute, Flag) else attribute.options
            choice = "multiple" if isinstance(attribute, Choices) else "single"
            choices = SubElement(box, "Choices", about | {"choice": choice, "showInline": "true"})
            for option in options:
                SubElement(choices, "Choice", value=option)
        case Number():
            bounds = {"min": attribute.min, "max": attribute.max}
            given = {end: f"{value:g}" for end, value in bounds.items() if value is not None}
            SubElement(box, "Number", about | given)
        case _:
            SubElement(box, "TextArea", about | {"maxSubmissions": "1", "editable": "true"})
