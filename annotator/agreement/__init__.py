"""How far annotators agree.

Invariant: measures work on a `Study` of plain values; nothing here reads a database, a file or a terminal.
"""
