"""Which stored post an incoming one is: by its own id, or by any address either is known under."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from sqlalchemy import Connection, select, union_all

from core.errors import InvalidInput
from core.identity import normalise_url, post_id
from core.model import Post
from core.store.dialect import Among, ids
from core.store.tables import aliases, posts

# One question for both.
_OWNERS = union_all(
    select(aliases.c.id, aliases.c.post_id).where(Among(aliases.c.id)),
    select(posts.c.id, posts.c.id).where(Among(posts.c.id)),
)


class Identities:
    """Ids and aliases of a batch; grows with every post of it, so the batch knows itself."""

    def __init__(self, known: dict[str, str]) -> None:
        self._known = known

    @classmethod
    def load(cls, connection: Connection, batch: Sequence[Post]) -> Identities:
        """What the archive knows of the addresses in `batch`."""
        return cls(owners(connection, (key for post in batch for key in _addresses(post))))

    def stored_ids(self) -> set[str]:
        """The posts that were found."""
        return set(self._known.values())

    def resolve(self, post: Post) -> str:
        """The id of the stored post, or the post's own where nobody knows it."""
        found = (self._known.get(key) for key in _addresses(post))
        own = post_id(post.platform, post.native_id)
        return next((known_as for known_as in found if known_as is not None), own)

    def adopt(self, post: Post, known_as: str) -> list[dict[str, str]]:
        """Rows for those addresses of `post` that lead nowhere yet: now to `known_as`."""
        fresh = {key: text for key, text in _addresses(post).items() if key not in self._known}
        self._known.update(dict.fromkeys(fresh, known_as))
        return [
            {"id": key, "post_id": known_as, "alias": text}
            for key, text in fresh.items()
            if key != known_as
        ]


def owners(connection: Connection, keys: Iterable[str]) -> dict[str, str]:
    """The post behind each of these ids and alias ids; a post's own id goes before an alias."""
    found: dict[str, str] = {}
    for key, known_as in connection.execute(_OWNERS, ids(set(keys))):
        if found.get(key) != key:
            found[key] = known_as
    return found


def known(connection: Connection, platform: str, native_ids: Sequence[str]) -> set[str]:
    """Those of `native_ids` that are a post's id or alias."""
    keys = {native: _keys(platform, native) for native in native_ids}
    found = owners(connection, (key for one in keys.values() for key in one))
    return {native for native, one in keys.items() if any(key in found for key in one)}


def _addresses(post: Post) -> dict[str, str]:
    """Each id that `post` may be known by, its own first, with the text it is made of."""
    found = {post_id(post.platform, post.native_id): post.native_id}
    for alias in filter(None, post.aliases):
        found.setdefault(_keys(post.platform, alias)[-1], alias)
    return found


def _keys(platform: str, native_id: str) -> list[str]:
    """The id as it is written, then in normal form where that is another (a URL of the web)."""
    keys = [post_id(platform, native_id)]
    if platform == "web":
        with suppress(InvalidInput):  # not a URL: it is only known as it is written
            keys.append(post_id(platform, normalise_url(native_id)))
    return keys
