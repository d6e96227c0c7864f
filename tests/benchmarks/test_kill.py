"""Six rounds of the benchmark that kills the program at random moments."""

from __future__ import annotations

import sys

import pytest

if sys.platform == "win32":
    pytest.skip("there is no SIGKILL here", allow_module_level=True)
from benchmarks import kill


def test_what_was_told_saved_is_there_after_a_kill(capsys: pytest.CaptureFixture[str]) -> None:
    status = kill.main(["--rounds", str(len(kill.WORK)), "--seed", "7"])
    said = capsys.readouterr().out
    assert status == 0, said
    assert [line.split()[1] for line in said.splitlines()[1:]] == ["1"] * len(kill.WORK)
