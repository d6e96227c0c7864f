"""The SQLite file: the only place with SQL.

Invariant: what the journal says and what the span table says are the same thing; both are written in one transaction.
"""
