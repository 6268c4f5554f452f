"""Posts while they are being saved: their row, and what parsers read in their newest revision."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from core.model import Post
from core.revisions import Known, Reading, reading
from core.store.codec import from_json
from core.store.dialect import chunks
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
    def of_new(cls, known_as: str, source_id: str, post: Post, seen_at: datetime) -> Entry:
        """A post that nobody saw before; it has no revision yet."""
        row = dict.fromkeys((*CLOCKS, "next_look", "sort_key")) | {
            "id": known_as,
            "source_id": source_id,
            "platform": post.platform,
            "native_id": post.native_id,
            "url": post.url,
            "first_seen": seen_at,
            "last_seen": seen_at,
            "mark_seen": False,
            "newest": 0,
            "index_version": 0,
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


def load_entries(
    connection: Connection, ids: Collection[str], seen_at: datetime
) -> dict[str, Entry]:
    """These posts as stored. Older revisions are read only for captures handed in late."""
    found: dict[str, Entry] = {}
    for part in chunks(sorted(ids)):
        rows = connection.execute(select(posts).where(posts.c.id.in_(part))).all()
        readings = _newest_readings(connection, part)
        late = [row.id for row in rows if seen_at < row.last_seen and row.newest > 1]
        earlier = _earlier(connection, late) if late else {}
        for row in rows:
            found[row.id] = Entry(
                dict(row._mapping),
                tuple(readings[row.id]),
                frozenset(earlier.get(row.id, ())),
            )
    return found


def _newest_readings(connection: Connection, ids: Collection[str]) -> dict[str, list[Reading]]:
    """The newest revision as it was stored, then as later parser versions read it."""
    of_newest = posts.c.newest == revisions.c.number
    stored = (
        select(revisions.c.post_id, revisions.c.post)
        .join(posts, (posts.c.id == revisions.c.post_id) & of_newest)
        .where(revisions.c.post_id.in_(ids))
    )
    again = (
        select(rereads.c.post_id, rereads.c.post)
        .join(posts, (posts.c.id == rereads.c.post_id) & (posts.c.newest == rereads.c.number))
        .where(rereads.c.post_id.in_(ids))
        .order_by(rereads.c.parser, rereads.c.version)
    )
    found: dict[str, list[Reading]] = {}
    for query in (stored, again):
        for row in connection.execute(query):
            found.setdefault(row.post_id, []).append(_read(row))
    return found


def _earlier(connection: Connection, ids: Collection[str]) -> dict[str, set[str]]:
    query = (
        select(revisions.c.post_id, revisions.c.post)
        .join(posts, posts.c.id == revisions.c.post_id)
        .where(revisions.c.post_id.in_(ids), revisions.c.number < posts.c.newest)
    )
    found: dict[str, set[str]] = {}
    for row in connection.execute(query):
        found.setdefault(row.post_id, set()).add(_read(row).fingerprint)
    return found


def _read(row: Any) -> Reading:
    return reading(from_json(Post, row.post))
