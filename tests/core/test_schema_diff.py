"""Differences between schemas, in words, and whether they may affect annotations."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from support import schema

from annotator.core.schema import Schema
from annotator.core.schema_diff import differences, tightened

OLD = schema()


def changed(*path: Any, value: Any = None, remove: bool = False) -> Schema:
    """Return the schema of the tests with one field set or taken out."""
    data = deepcopy(OLD.plain())
    place = data
    for part in path[:-1]:
        place = place[part]
    if remove:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return Schema.from_plain(data)


def test_a_schema_is_no_different_from_itself() -> None:
    assert differences(OLD, schema()) == []


ACTOR = ("labels", "actor", "attributes")


@pytest.mark.parametrize(
    ("new", "words", "affects"),
    [
        pytest.param(changed("version", value="2"), "version 1 → 2", False, id="version"),
        pytest.param(changed("labels", "actor", "key", value="z"), "actor: key a → z", False, id="key"),
        pytest.param(changed("labels", "actor", "description", value="x"), "actor: description reworded", False, id="prose"),
        pytest.param(changed("labels", "actor", "overlaps", value=[]), "actor: may overlap anything → nothing", True, id="overlaps"),
        pytest.param(changed(*ACTOR, "type", "options", value=["army"]), "actor.type: option rebels removed", True, id="option-gone"),
        pytest.param(changed(*ACTOR, "type", "options", value=["army", "rebels", "x"]), "actor.type: option x added", False, id="option"),
        pytest.param(changed(*ACTOR, "type", "required", value=True), "actor.type is now required", True, id="required"),
        pytest.param(changed(*ACTOR, "name", "pattern", value=""), "actor.name: pattern [A-Z].* → none", False, id="pattern-gone"),
        pytest.param(changed(*ACTOR, "name", "pattern", value="x"), "actor.name: pattern [A-Z].* → x", True, id="pattern"),
        pytest.param(changed("labels", "location", "attributes", "lat", "max", value=80.0), "location.lat: max 90.0 → 80.0", True, id="max"),
        pytest.param(changed("labels", "location", "attributes", "lat", "max", value=None), "location.lat: max 90.0 → none", False, id="max-gone"),
        pytest.param(changed("labels", "casualty", "attributes", "count", "units", value=["person"]), "casualty.count: unit family removed", True, id="unit-gone"),
        pytest.param(changed("labels", "casualty", "attributes", "by", "labels", value=["actor", "location"]), "casualty.by: labels actor → actor, location", False, id="link"),
        pytest.param(changed("labels", "casualty", "attributes", "by", "many", value=True), "casualty.by: many no → yes", True, id="many"),
        pytest.param(changed("attributes", "type", remove=True), "attribute article.type removed", True, id="article"),
        pytest.param(changed("rules", value=[]), "rule removed: actor: warning: when role is target: type required", False, id="rule"),
    ],
)  # fmt: skip
def test_each_difference_is_told_and_weighed(new: Schema, words: str, affects: bool) -> None:
    assert words in [one.words for one in differences(OLD, new)]
    assert tightened(OLD, new) is affects


def test_kinds_and_additions() -> None:
    new = changed(
        *ACTOR,
        "type",
        value={"kind": "text", "title": "", "description": "", "required": False, "pattern": "", "format": ""},
    )
    (one,) = differences(OLD, new)
    assert (one.change, one.what, one.where, one.affects) == ("changed", "attribute", "actor.type", True)
    (back,) = differences(new, OLD)
    assert back.words == "attribute actor.type: text → choice"


def test_the_order_of_labels_is_a_difference() -> None:
    data = OLD.plain()
    data["labels"] = dict(reversed(data["labels"].items()))
    (one,) = differences(OLD, Schema.from_plain(data))
    assert (one.what, one.affects) == ("order", False)
    assert one.words == "order of labels: displacement, casualty, location, actor"
