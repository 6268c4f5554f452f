"""The routes: each parses, calls, shapes, and does nothing else."""
