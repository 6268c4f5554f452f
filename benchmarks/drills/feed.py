"""Posts that come in while something is broken. What was saved is a promise from then on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from core.election import AccountRef
from core.errors import StoreUnavailable
from core.identity import post_id, text_hash
from core.model import Account, Evidence, Post, Source
from core.store.sql_archive import SqlArchive
from core.when import Instant

AT = datetime(2023, 3, 18, 6, tzinfo=UTC)
NAME = "drill"
URL = f"https://t.me/s/{NAME}"
BATCH = 10
_CALLS = (
    "Құрметті сайлаушылар! Ертең Ауыл партиясына дауыс беріңіздер, бірге жеңеміз! Үндеу {n}",
    "Завтра приходите на участки и голосуйте за партию AMANAT! Обращение {n}",
    "Қала әкімдігінде көктемгі су тасқынына дайындық мәселесі талқыланды. Хабар {n}",
    "Синоптики обещают тёплую погоду, ремонт дороги закончат в мае. Новость {n}",
)


def source() -> Source:
    """Who speaks."""
    account = Account(AccountRef("telegram", NAME), "media", ("KZ-75",))
    return Source(NAME, "telegram", URL, account, "mixed", 5.0)


def post(number: int) -> Post:
    """Post number so-and-so: its text is nobody else's, every second one campaigns."""
    return Post(
        platform="telegram", native_id=f"{NAME}/{number}", url=f"https://t.me/{NAME}/{number}",
        text=_CALLS[number % len(_CALLS)].format(n=number), published=Instant(AT),
        parser="telegram", parser_version="1",
    )  # fmt: skip


class Feed(threading.Thread):
    """Saves posts, `a_second` of them, until `end`; one that cannot be saved is tried again.

    Only while more is `wanted`; a rate of 0 is as fast as that asks for.
    """

    def __init__(self, archive: SqlArchive, *, a_second: float, wanted: Callable[[], bool]) -> None:
        super().__init__(name="feed")
        self.saved: list[str] = []
        self._archive = archive
        self._pause = BATCH / a_second if a_second else 0.05
        self._wanted = wanted
        self._stop_now = threading.Event()
        self._broken: BaseException | None = None
        archive.register_sources([source()], AT)

    def run(self) -> None:
        """Until `end`."""
        due = time.monotonic()
        try:
            while not self._stop_now.is_set():
                due += self._pause
                if self._wanted():
                    self.save(BATCH)
                self._stop_now.wait(max(0.0, due - time.monotonic()))
        except BaseException as error:
            self._broken = error

    def save(self, count: int) -> None:
        """The next `count` posts, however long the archive is away."""
        posts = [post(n) for n in range(len(self.saved), len(self.saved) + count)]
        capture = Evidence(
            text_hash(posts[0].text), URL, AT, 200, (), "text/html", 1, "drill.warc.gz", 0, 1
        )
        while True:
            try:
                self._archive.save_posts(NAME, posts, seen_at=AT, evidence=capture)
            except StoreUnavailable:
                if self._stop_now.wait(0.2):
                    return
            else:
                self.saved += [post_id(one.platform, one.native_id) for one in posts]
                return

    def end(self) -> None:
        """No more posts."""
        self._stop_now.set()
        if self.ident is not None:
            self.join()
        if self._broken is not None:
            raise self._broken
