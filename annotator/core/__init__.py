"""Values and rules, without any input or output.

Invariant: nothing in this package imports sqlite, textual, click, spacy or pathlib.
"""
