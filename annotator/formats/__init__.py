"""File formats: one file each, a reader and/or a writer.

Invariant: a format turns bytes into records and records into bytes and knows nothing of the store; it is found by
name through the entry points of the group "annotator.formats", see `annotator.plugins`.
"""
