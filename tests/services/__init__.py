"""The real servers that tests start."""
