"""People who go on asking: which of their requests failed, and whether each had to."""

from __future__ import annotations

import random
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass

PAUSE_S = 0.1


@dataclass(frozen=True, slots=True)
class Answer:
    """One request: what was asked, when, and the status; 0 where there was no answer."""

    what: str
    began: float
    ended: float
    status: int


@dataclass(frozen=True, slots=True)
class Outage:
    """While this lasted, requests of these sorts could not be answered."""

    whats: frozenset[str]
    began: float
    ended: float

    def excuses(self, answer: Answer) -> bool:
        """True where the request overlaps it."""
        return (
            answer.what in self.whats and answer.began <= self.ended and answer.ended >= self.began
        )


class Asker(threading.Thread):
    """Asks one thing after another: a search, a post, whether the process lives."""

    def __init__(self, base: str, known: Sequence[str], rng: random.Random) -> None:
        super().__init__(name="asker")
        self.answers: list[Answer] = []
        self._base = base
        self._known = known
        self._rng = rng
        self._stop_now = threading.Event()

    def run(self) -> None:
        """Until `end`."""
        while not self._stop_now.wait(PAUSE_S):
            for what, path in (
                ("search", "/api/posts?q=%D0%B4%D0%B0%D1%83%D1%8B%D1%81&limit=3"),
                ("post", f"/api/posts/{self._rng.choice(self._known)}"),
                ("alive", "/healthz"),
            ):
                began = time.monotonic()
                status = self._status(path)
                self.answers.append(Answer(what, began, time.monotonic(), status))

    def _status(self, path: str) -> int:
        try:
            with urllib.request.urlopen(self._base + path, timeout=60) as answer:
                answer.read()
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def end(self) -> None:
        """Ask no more."""
        self._stop_now.set()
        self.join()


def failed(answers: Sequence[Answer], outages: Sequence[Outage]) -> tuple[list[Answer], int]:
    """Those that could have been answered and were not, and how many could not be."""
    wrong = [one for one in answers if one.status != 200]
    unexcused = [one for one in wrong if not any(outage.excuses(one) for outage in outages)]
    return unexcused, len(wrong) - len(unexcused)
