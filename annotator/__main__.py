"""`python -m annotator` and the command `annotator`."""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line and leave with its exit status."""
    from annotator.cli import run

    sys.exit(run())


if __name__ == "__main__":
    main()
