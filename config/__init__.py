"""Data and its loader: settings, election profiles, registers, sources, lexicons."""
