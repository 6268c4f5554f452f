"""The language of the whole house: its nouns, its promises, its law. Imports nothing of ours."""

import zoneinfo

# Zones come from PyPI's `tzdata` and never from the machine: its files win otherwise, and stale
# ones still put Almaty at UTC+6 after 2024-03-01.
zoneinfo.reset_tzpath([])
