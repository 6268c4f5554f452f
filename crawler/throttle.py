"""Scrapy's AutoThrottle for hosts that are not ours."""

from __future__ import annotations

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response


class OtherPeoplesThrottle(AutoThrottle):
    """Leaves the slots of `allow_private` hosts alone: nobody there asks for manners."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._own = frozenset(crawler.settings.getdict("DOWNLOAD_SLOTS"))

    def _response_downloaded(self, response: Response, request: Request, spider: Spider) -> None:
        if request.meta.get("download_slot") not in self._own:
            super()._response_downloaded(response, request, spider)
