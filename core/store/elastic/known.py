"""Which versions the index has, so that not every `put` has to ask it. No I/O."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

_RECENT = 50_000
_BITS = 1 << 25  # 4 MB: of a million posts, 2 in 10,000 new ones look as if they had been seen


@dataclass(frozen=True, slots=True)
class Stored:
    """What the index has of a post: its version, and how many documents."""

    version: int
    documents: int


class Known:
    """Remembers the posts put last; of an index that began empty, also which were put at all.

    A post is put when it comes and again when it was judged: the second time is answered here.
    """

    def __init__(self, *, began_empty: bool) -> None:
        self._recent: OrderedDict[str, Stored] = OrderedDict()
        self._seen = bytearray(_BITS // 8) if began_empty else None

    def recall(self, post_id: str) -> Stored | None:
        """What was put, where it is remembered; None says nothing."""
        return self._recent.get(post_id)

    def is_absent(self, post_id: str) -> bool:
        """True where the post was certainly never put."""
        if self._seen is None:
            return False
        return not all(self._seen[place >> 3] >> (place & 7) & 1 for place in _places(post_id))

    def remember(self, post_id: str, stored: Stored) -> None:
        """This is in the index now."""
        self._recent[post_id] = stored
        self._recent.move_to_end(post_id)
        if len(self._recent) > _RECENT:
            self._recent.popitem(last=False)
        if self._seen is not None:
            for place in _places(post_id):
                self._seen[place >> 3] |= 1 << (place & 7)

    def forget(self, post_id: str) -> None:
        """Somebody else wrote it: what is remembered no longer holds."""
        self._recent.pop(post_id, None)


def _places(post_id: str) -> tuple[int, int, int, int]:
    """The bits of a post: those of a Bloom filter of four hashes, by double hashing."""
    code = hash(post_id)
    at, step = code & 0xFFFFFFFF, code >> 32 | 1
    return at % _BITS, (at + step) % _BITS, (at + 2 * step) % _BITS, (at + 3 * step) % _BITS
