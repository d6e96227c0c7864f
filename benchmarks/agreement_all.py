"""Every measure that an entry point names, on all layers of a database, in one process.

python -m benchmarks.agreement_all DATABASE RESULT
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def main(arguments: list[str]) -> None:
    """Measure with intervals of 1,000 samples, by pair and label, and write how long each measure took."""
    database, result = arguments
    began = time.perf_counter()
    from annotator import plugins
    from annotator.agreement.bootstrap import Bootstrap
    from annotator.agreement.study import Study
    from annotator.agreement.tokens import plain_tokens
    from annotator.project import Project

    with Project.open(Path(database), read_only=True) as project:
        people = [name for name, _ in project.store.annotators()]
        records = project.store.stream(annotators=people)
        study = Study.of(records, tokenize=plain_tokens, schema=project.schema)
    seconds, values = {"read": time.perf_counter() - began}, 0
    bootstrap = Bootstrap()
    for measure in plugins.usable("measures"):
        began = time.perf_counter()
        values += len(measure.values(study, bootstrap=bootstrap, by=("pair", "label")))
        seconds[measure.name] = time.perf_counter() - began
    told = {"seconds": seconds, "values": values, "processor": time.process_time()}
    Path(result).write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
