"""Settling what annotators disagree on: layers to cases, choices to edits on the gold layer.

Invariant: no input or output here; what is decided reaches the gold layer as edits, like anything else.
"""
