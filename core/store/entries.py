"""Posts while they are being saved: their row, and what parsers read in their newest revision."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from core.model import Post
from core.revisions import Known, Reading, reading
from core.store.codec import from_json
from core.store.dialect import Among, ids
from core.store.tables import posts, rereads, revisions

# The columns of a post that move; all others are as they were when it was first saved.
CLOCKS = (
    "claimed_published", "claimed_us", "edited", "last_seen", "gone_at", "mark_seen", "mark_at",
    "newest",
)  # fmt: skip


class Entry:
    """One post in the middle of a save; `row` is its row of `posts`, changed as posts are seen."""

    def __init__(
        self,
        row: dict[str, Any],
        readings: tuple[Reading, ...] = (),
        earlier: frozenset[str] = frozenset(),
        *,
        is_new: bool = False,
    ) -> None:
        self.row = row
        self.is_new = is_new
        self._readings = readings
        self._earlier = earlier

    @classmethod
    def of_new(
        cls, known_as: str, source_id: str, post: Post, seen_at: datetime, look: datetime | None
    ) -> Entry:
        """A post that nobody saw before, to be looked at again; it has no revision yet."""
        row = dict.fromkeys((*CLOCKS, "sort_key")) | {
            "id": known_as,
            "source_id": source_id,
            "platform": post.platform,
            "native_id": post.native_id,
            "url": post.url,
            "first_seen": seen_at,
            "last_seen": seen_at,
            "mark_seen": False,
            "next_look": look,
            "newest": 0,
            "index_version": 1,
        }
        return cls(row, is_new=True)

    @property
    def id(self) -> str:
        """The id of the post."""
        return str(self.row["id"])

    @property
    def known(self) -> Known:
        """What a decision may rest on."""
        row = self.row
        return Known(
            self._readings, row["last_seen"], row["mark_seen"], row["mark_at"], self._earlier
        )

    def begin_revision(self, read: Reading) -> None:
        """From now on posts are compared with this."""
        self._earlier |= {one.fingerprint for one in self._readings[:1]}
        self._readings = (read,)

    def add_reading(self, read: Reading) -> None:
        """Another parser version read the newest revision too."""
        self._readings = (*self._readings, read)


# Made once: a statement written anew for each post took as long as asking it.
_POSTS = select(posts).where(Among(posts.c.id))
_STORED = (
    select(revisions.c.post_id, revisions.c.post)
    .join(posts, (posts.c.id == revisions.c.post_id) & (posts.c.newest == revisions.c.number))
    .where(Among(revisions.c.post_id))
)
_AGAIN = (
    select(rereads.c.post_id, rereads.c.post)
    .join(posts, (posts.c.id == rereads.c.post_id) & (posts.c.newest == rereads.c.number))
    .where(Among(rereads.c.post_id))
    .order_by(rereads.c.parser, rereads.c.version)
)
_EARLIER = (
    select(revisions.c.post_id, revisions.c.post)
    .join(posts, posts.c.id == revisions.c.post_id)
    .where(Among(revisions.c.post_id), revisions.c.number < posts.c.newest)
)


def load_entries(
    connection: Connection, wanted: Collection[str], seen_at: datetime
) -> dict[str, Entry]:
    """These posts as stored. Older revisions are read only for captures handed in late."""
    if not wanted:
        return {}
    rows = connection.execute(_POSTS, ids(wanted)).all()
    readings = _newest_readings(connection, wanted)
    late = [row.id for row in rows if seen_at < row.last_seen and row.newest > 1]
    earlier = _earlier(connection, late) if late else {}
    return {
        row.id: Entry(
            dict(row._mapping), tuple(readings[row.id]), frozenset(earlier.get(row.id, ()))
        )
        for row in rows
    }


def _newest_readings(connection: Connection, wanted: Collection[str]) -> dict[str, list[Reading]]:
    """The newest revision as it was stored, then as later parser versions read it."""
    found: dict[str, list[Reading]] = {}
    for query in (_STORED, _AGAIN):
        for row in connection.execute(query, ids(wanted)):
            found.setdefault(row.post_id, []).append(_read(row))
    return found


def _earlier(connection: Connection, wanted: Collection[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in connection.execute(_EARLIER, ids(wanted)):
        found.setdefault(row.post_id, set()).add(_read(row).fingerprint)
    return found


def _read(row: Any) -> Reading:
    return reading(from_json(Post, row.post))
