"""What each figure means in one sentence, and when not to trust it.

Invariant: a figure that nobody has explained here, as of a measure that was installed, is told by its measure's title.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Meaning:
    """How to read a figure.

    Args:
        title: What people call it.
        says: What it means, in one sentence.
        beware: When not to trust it; "" if nobody has said.
    """

    title: str
    says: str
    beware: str = ""


_CHANCE: Final = "0 is what chance gives, 1 is full agreement, below 0 is worse than chance"
_TEXT_LEFT: Final = "text that nobody marked counts as agreement, so it is high where little is marked"

# By the longest beginning of a figure's name; "-tokens" and "-characters" at its end say what is counted.
MEANINGS: Final[Mapping[str, Meaning]] = {
    "exact-f1": Meaning(
        "Exact F1",
        "The share of spans that both marked with the same start, end and label.",
        "It is harsh: one word more or less counts as no agreement at all; read it beside overlap F1.",
    ),
    "span-f1": Meaning(
        "Span F1",
        "The share of spans that both marked with the same start and end, whatever the label.",
        "It says nothing of labels; where it is well above exact F1, the labels are what people disagree on.",
    ),
    "overlap-f1": Meaning(
        "Overlap F1",
        "As exact F1, with half credit for spans of one label that only overlap (MUC).",
        "Long spans overlap easily: a careless long span gets the half credit, too.",
    ),
    "overlap-f1-unlabelled": Meaning(
        "Overlap F1, any label",
        "Half credit for spans that only overlap, whatever their labels.",
        "It says nothing of labels, and long spans overlap easily.",
    ),
    "overlap-f1-characters": Meaning(
        "Overlap F1 by characters",
        "The share of marked characters that both marked in spans of one label that go together.",
        "Long spans weigh more than short ones, so a few of them can make the figure.",
    ),
    "overlap-f1-characters-unlabelled": Meaning(
        "Overlap F1 by characters, any label",
        "The share of marked characters that both marked in spans that go together, whatever the label.",
        "It says nothing of labels, and long spans weigh more than short ones.",
    ),
    "nervaluate": Meaning(
        "SemEval-2013 F1",
        "F1 under one of the four schemes of SemEval-2013, with the best one-to-one matching.",
        "Figures of the nervaluate package itself depend on the order of spans, and may differ.",
    ),
    "disagreement-label": Meaning(
        "Differences: label",
        "The share of all differences in which the words are the same and the label is not.",
        "It is a share of the differences: it can rise while agreement gets better.",
    ),
    "disagreement-boundary": Meaning(
        "Differences: boundary",
        "The share of all differences in which the label is the same and the words only overlap.",
        "It is a share of the differences: it can rise while agreement gets better.",
    ),
    "disagreement-both": Meaning(
        "Differences: both",
        "The share of all differences in which words overlap, and neither edges nor label are the same.",
        "It is a share of the differences: it can rise while agreement gets better.",
    ),
    "disagreement-missing": Meaning(
        "Differences: missing",
        "The share of all differences in which only one of the two marked anything there.",
        "It is a share of the differences: it can rise while agreement gets better.",
    ),
    "disagreement-missed": Meaning(
        "Differences: missed",
        "The share of all differences in which the reference has a span and the other layer has nothing there.",
        "It is a share of the differences: it can rise while recall gets better.",
    ),
    "disagreement-spurious": Meaning(
        "Differences: spurious",
        "The share of all differences in which the other layer has a span and the reference has nothing there.",
        "It is a share of the differences: it can rise while precision gets better.",
    ),
    "precision-exact": Meaning(
        "Precision",
        "Of the spans that the other layer has, the share that the reference has with the same start, end and label.",
        "A layer that marks only what is certain has it high: read it beside recall.",
    ),
    "recall-exact": Meaning(
        "Recall",
        "Of the spans of the reference, the share that the other layer has with the same start, end and label.",
        "A layer that marks nearly everything has it high: read it beside precision.",
    ),
    "precision-span": Meaning(
        "Precision, any label",
        "Of the spans that the other layer has, the share that the reference has with the same start and end.",
        "It says nothing of labels, and little without recall.",
    ),
    "recall-span": Meaning(
        "Recall, any label",
        "Of the spans of the reference, the share that the other layer has with the same start and end.",
        "It says nothing of labels, and little without precision.",
    ),
    "precision-overlap": Meaning(
        "Precision by overlap",
        "As precision, with half credit for spans of one label that only overlap (MUC).",
        "Long spans overlap easily, and it says little without recall.",
    ),
    "recall-overlap": Meaning(
        "Recall by overlap",
        "As recall, with half credit for spans of one label that only overlap (MUC).",
        "Long spans overlap easily, and it says little without precision.",
    ),
    "observed-agreement": Meaning(
        "Observed agreement",
        "The share of the text on which both put the same labels.",
        f"Chance is not taken out, and {_TEXT_LEFT}.",
    ),
    "cohen-kappa": Meaning(
        "Cohen's κ",
        f"Agreement on the text beyond chance, each annotator's own use of labels given: {_CHANCE}.",
        f"Label use that differs between the two is held for chance, and {_TEXT_LEFT}.",
    ),
    "scott-pi": Meaning(
        "Scott's π",
        f"Agreement on the text beyond chance, the use of labels by both together given: {_CHANCE}.",
        "Where one label is on nearly everything, a few differences bring it down a long way.",
    ),
    "bennett-s": Meaning(
        "Bennett's S",
        f"Agreement on the text beyond chance, all labels taken as equally likely: {_CHANCE}.",
        "Labels that are never needed raise it; do not compare schemas with it.",
    ),
    "fleiss-kappa": Meaning(
        "Fleiss' κ",
        f"Agreement of all annotators on the text beyond chance: {_CHANCE}.",
        "Only articles that everybody has read count; with missing readings take Krippendorff's α.",
    ),
    "krippendorff-alpha": Meaning(
        "Krippendorff's α",
        f"Agreement of all annotators on the text beyond chance, missing readings allowed: {_CHANCE}.",
        "It sees labels on words and not spans: two spans side by side and one long span are the same to it.",
    ),
    "alpha-u-1995": Meaning(
        "Unitizing α of 1995",
        f"Agreement on where units of a label begin and end, by squared distances, beyond chance: {_CHANCE}.",
        "It is not the uα of 2016, and long articles with few spans make it high; never compare the two.",
    ),
    "u-alpha": Meaning(
        "uα of 2016",
        f"Agreement on which stretches are marked and with what, beyond chance: {_CHANCE}.",
        "It is not the unitizing α of 1995; where one span ends and the next begins at once is not seen.",
    ),
    "u-alpha-binary": Meaning(
        "|uα of 2016",
        f"Agreement on which stretches are marked at all, beyond chance: {_CHANCE}.",
        "It says nothing of labels.",
    ),
    "cu-alpha": Meaning(
        "cuα of 2016",
        f"Agreement on labels where both marked something, beyond chance: {_CHANCE}.",
        "What only one of the two marked is left out, so missed spans do not lower it.",
    ),
    "ku-alpha": Meaning(
        "(k)uα of 2016",
        f"Agreement on one label where somebody put it and both marked something, beyond chance: {_CHANCE}.",
        "It rests on the stretches of one label alone; with few of them the interval is wide.",
    ),
    "gamma": Meaning(
        "γ",
        f"How well units can be aligned by place and label, against chance: {_CHANCE}.",
        "Chance is sampled, so it moves a little with the seed; compare values of equal settings only.",
    ),
    "gamma-cat": Meaning(
        "γ_cat",
        f"Agreement on labels in the best alignment, against chance: {_CHANCE}.",
        "Units without a partner are left out, so missed spans do not lower it.",
    ),
    "gamma-k": Meaning(
        "γ_k",
        f"Agreement on one label in the best alignment, against chance: {_CHANCE}.",
        "It rests on the units of one label alone; with few of them the interval is wide.",
    ),
    "attribute-alpha": Meaning(
        "α of an attribute",
        f"Agreement on the attribute's value beyond chance, on spans that both marked: {_CHANCE}.",
        "Missed spans do not count; where nearly all values are one, a few differences bring it down a long way.",
    ),
    "attribute-overlap": Meaning(
        "Overlap of a count",
        "How much the ranges of the counts share, on spans for which both set a number.",
        "Wide, cautious ranges overlap more easily than sharp ones.",
    ),
    "attribute-f1": Meaning(
        "F1 of a link",
        "The share of links that both drew, between spans that both marked.",
        "Links of spans that only one has marked do not count.",
    ),
}
_GRAINS: Final = {"-tokens": ", tokens", "-characters": ", characters"}


def meaning_of(name: str, *, measure: str = "") -> Meaning:
    """Return how to read a figure.

    Args:
        name: The figure's name.
        measure: The title of the measure that it comes from.
    """
    base, _, attribute = name.partition(":")
    if base in MEANINGS:
        return _called(MEANINGS[base], f": {attribute}" if attribute else "")
    for end, what in _GRAINS.items():
        if base.endswith(end) and base.removesuffix(end) in MEANINGS:
            return _called(MEANINGS[base.removesuffix(end)], what)
    known = max((one for one in MEANINGS if base.startswith(f"{one}-")), key=len, default=None)
    if known is not None:
        return _called(MEANINGS[known], f": {base.removeprefix(f'{known}-')}")
    return Meaning(name, measure[:1].upper() + measure[1:] + "." if measure else "", "")


def _called(meaning: Meaning, more: str) -> Meaning:
    return Meaning(f"{meaning.title}{more}", meaning.says, meaning.beware)
