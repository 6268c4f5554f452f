"""The trained classifier: kind, signals, stance and tone from one transformer, without torch."""

import os

# Said once a process by `transformers` where torch is missing: here it is not needed.
os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
