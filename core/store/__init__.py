"""Adapters of the ports, imported where they are needed: a name here would load an engine."""
