"""A report of agreement as one page, to be read in a browser and printed.

Invariant: what a page shows is computed elsewhere; here it is laid out, drawn and explained.
"""
