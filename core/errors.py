"""Every error this house raises, in one tree. Foreign errors are wrapped where they enter.

BaqylauError
├── InvalidInput            what somebody gave us is not right; says where, and what would be
│   ├── InvalidWhen         not a time we can use
│   ├── InvalidProfile      an election profile, a register, a lexicon: file and key
│   ├── InvalidSource       a source definition: file and key
│   ├── InvalidQuery        a search: the position and what was expected
│   ├── InvalidCheckpoint   a model's directory or name: the file and what it must hold
│   └── InvalidRecord       a line of JSON Lines: line number and field
├── FetchError              a source could not be read; becomes a gap, never a crash
│   ├── AddressRefused      a private address, or a scheme that is not http(s)
│   ├── ResponseRefused     too large, too slow, too many redirects, robots.txt
│   └── ParseError          the bytes are not what the source promised
├── StoreError              the archive or the index
│   ├── NotFound            no such post, evidence, flag
│   ├── EvidenceNeeded      something is new and no capture was given to prove it
│   ├── LeaseLost           another worker holds it now; nothing was written
│   ├── SchemaMismatch      the store was written by another version
│   └── StoreUnavailable    it cannot be reached or is locked; trying later may help
└── DetectorError           a detector failed on a text; names detector and version
"""

from __future__ import annotations


class BaqylauError(Exception):
    """The root: catch this at the edges."""


class InvalidInput(BaqylauError, ValueError):
    """What was given is not right: `where` names it, `expected` says what would be right."""

    def __init__(self, where: str, expected: str) -> None:
        super().__init__(f"{where}: {expected}")
        self.where = where
        self.expected = expected


class InvalidWhen(InvalidInput):
    """Not a time we can use."""


class InvalidProfile(InvalidInput):
    """An election profile, a register or a lexicon; `where` is `file: key`."""


class InvalidSource(InvalidInput):
    """A source definition; `where` is `file: key`."""


class InvalidQuery(InvalidInput):
    """A search that cannot be read; `where` is the position in the query."""


class InvalidCheckpoint(InvalidInput):
    """A trained model that cannot be used; `where` is its file or its name."""


class InvalidRecord(InvalidInput):
    """A line of JSON Lines; `where` is `line N: field`."""


class FetchError(BaqylauError):
    """A source could not be read. `reason` is for people; the gap it leaves is recorded."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url}: {reason}")
        self.url = url
        self.reason = reason


class AddressRefused(FetchError):
    """A private or loopback address outside `allow_private`, or a scheme that is not http(s)."""


class ResponseRefused(FetchError):
    """Too large, too slow, too many redirects, or forbidden by robots.txt."""


class ParseError(FetchError):
    """The bytes are not what the source promised."""


class StoreError(BaqylauError):
    """The archive or the index."""


class NotFound(StoreError):
    """There is no such post, evidence or flag."""


class EvidenceNeeded(StoreError):
    """Something is new or revised and no capture was given that proves it; nothing was written."""


class LeaseLost(StoreError):
    """Somebody else holds the lease now; nothing was written."""


class SchemaMismatch(StoreError):
    """The store was written by another version of this program."""


class StoreUnavailable(StoreError):
    """The store cannot be reached or is locked; trying later may help."""


class DetectorError(BaqylauError):
    """A detector failed on a text."""

    def __init__(self, detector: str, version: str, reason: str) -> None:
        super().__init__(f"{detector} {version}: {reason}")
        self.detector = detector
        self.version = version
