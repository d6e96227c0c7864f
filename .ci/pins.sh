#!/bin/sh
# Write the pinned dependencies again, at the newest versions that pyproject.toml admits: `make pins`.
# They hold for every Python from 3.11 and every platform, name no host, and carry the hashes of every file of a version.
set -eu
cd "$(dirname "$0")/.."
uv=${1:-uv}

compile() { # compile OUT OPTION...
    out=$1
    shift
    printf '# Written by `make pins`; do not edit.\n' >"$out.new"
    "$uv" pip compile --no-config --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest \
        --generate-hashes --no-header --no-annotate "$@" pyproject.toml >>"$out.new"
    mv "$out.new" "$out"
}

compile .ci/pins-run.txt --group build
compile .ci/pins-dev.txt --group dev --extra spacy --extra html --extra parquet --extra web --constraint .ci/pins-run.txt
if grep -nE '://|^--|@ |find-links|file:' .ci/pins-run.txt .ci/pins-dev.txt; then
    echo "pins: an address found its way in" >&2
    exit 1
fi
