"""Drills: the service with real servers and processes, something broken on purpose, and a count.

python -m benchmarks.drills            # all of them
python -m benchmarks.drills workers    # one; see benchmarks/drills/faults.py for the names
"""
