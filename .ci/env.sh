#!/bin/sh
# Make the environment FOLDER from the pinned dependencies in PINS, unless it is there and up to date.
#
#     sh .ci/env.sh FOLDER PINS
#
# It needs nothing but a Python from 3.11 ($PYTHON, else the first one found) and a package index as pip is set up to
# reach it.  The stamp inside says what the environment was made from, so a second run takes no time.
set -eu
cd "$(dirname "$0")/.."
folder=$1
pins=$2
stamp=$folder/made-by-make

fits='import sys, venv, ensurepip
sys.exit(0 if sys.implementation.name == "cpython" and sys.version_info >= (3, 11) else 1)'

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        candidates=$PYTHON
    else
        candidates="python3.13 python3.12 python3.11 python3.14 python3 python"
    fi
    for candidate in $candidates; do
        if "$candidate" -c "$fits" >/dev/null 2>&1; then
            echo "$candidate"
            return
        fi
    done
    if [ -n "${PYTHON:-}" ]; then
        echo "$PYTHON is not a CPython from 3.11 with the modules venv and ensurepip" >&2
    else
        echo "no CPython from 3.11 with the modules venv and ensurepip was found" >&2
        echo "install one (on Debian and Ubuntu the package python3-venv too), or name it: make PYTHON=/path/to/python3" >&2
    fi
    exit 1
}

# The place counts, because the commands in an environment carry its full path.
wanted=$(pwd)' '${PYTHON:-}' '$(cat "$pins" pyproject.toml annotator/__init__.py .ci/env.sh | cksum)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && "$folder/bin/python" -c '' 2>/dev/null; then
    exit 0
fi
if [ -e "$folder" ] && [ ! -f "$stamp" ]; then
    echo "$folder is there but was not made by make: move it away first" >&2
    exit 1
fi

python=$(find_python)
echo "Making $folder with $("$python" -V) (once; takes a minute or two)" >&2
rm -rf "$folder"
mkdir -p "$folder"
echo unfinished >"$stamp"
"$python" -m venv "$folder"
unset PIP_REQUIRE_VIRTUALENV PIP_USER PYTHONHOME
install() {
    "$folder/bin/python" -m pip install -qq --disable-pip-version-check --no-input "$@"
}
install --require-hashes --requirement "$pins"
install --no-deps --no-build-isolation --editable .
"$folder/bin/python" -m pip check --disable-pip-version-check >/dev/null
echo "$wanted" >"$stamp"
