"""Scrapy's AutoThrottle for hosts that are not ours."""

from __future__ import annotations

from scrapy import Request
from scrapy.core.downloader import Slot
from scrapy.crawler import Crawler
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response


class OtherPeoplesThrottle(AutoThrottle):
    """Leaves the slots of `allow_private` hosts alone: nobody there asks for manners."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._own = frozenset(crawler.settings.getdict("DOWNLOAD_SLOTS"))

    def _adjust_delay(self, slot: Slot, latency: float, response: Response) -> None:
        request: Request | None = response.request
        key = request.meta.get("download_slot") if request is not None else None
        if key not in self._own:
            super()._adjust_delay(slot, latency, response)
