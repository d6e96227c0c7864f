"""The screen.

Invariant: nothing outside this package sees Textual, and `glyphs`, `layout`, `motion`, `lanes` and `paint` do not
either.
"""
