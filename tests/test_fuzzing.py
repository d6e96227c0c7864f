"""A short run of every fuzzing target, the same each time; `make fuzz` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzzing import Target, fuzz, swallowing, targets

from annotator import plugins
from annotator.errors import InputError

EXAMPLES = 10


@pytest.mark.parametrize("name", sorted(targets()))
def test_nothing_but_a_message_comes_of_changed_samples(name: str) -> None:
    fuzz(targets()[name], examples=EXAMPLES, derandomize=True)


@pytest.mark.parametrize("name", sorted(targets()))
def test_a_target_reads_its_own_samples(name: str) -> None:
    target = targets()[name]
    with swallowing(target) as swallow:
        read = [swallow(seed) for seed in target.seeds()]
    if name in ("docbin", "spacy-docs", "spacy-json", "hf-spans", "hf-tokens", "web") and not any(read):
        pytest.skip("an extra is not installed")
    assert any(read)


def test_every_registered_reader_is_a_target() -> None:
    readers = {name for name in plugins.names("formats") if plugins.load("formats", name).read is not None}
    assert readers <= targets().keys()


def test_a_fault_is_found_and_a_message_is_none() -> None:
    def swallow(path: Path) -> bool:
        if b"[" not in path.read_bytes():
            raise KeyError(path.name)
        raise InputError("no")

    with pytest.raises(KeyError):
        fuzz(Target(lambda: [b'{"a": [1, 2]}'], ".json", swallow), examples=200, derandomize=True)
    fuzz(Target(lambda: [b"a"], ".json", lambda path: Path("missing").exists()), examples=20, derandomize=True)
