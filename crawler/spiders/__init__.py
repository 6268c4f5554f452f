"""Spiders fetch and decide what to fetch next; parsing and saving are done by others."""
