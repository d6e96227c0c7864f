"""Other tools, measured with the files that this one writes; not part of the continuous checks."""
