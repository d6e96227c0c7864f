"""Build a labelled corpus of conflict news in the terminal."""

__version__ = "0.1.0"
