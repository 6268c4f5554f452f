"""Candidates and parties in running text: their forms, and the linker that finds them."""

from nlp.names.linker import NameLinker

__all__ = ["NameLinker"]
