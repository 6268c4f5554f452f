"""Outermost: a request to a scheme or an address that is not fetched goes no further.

Redirects and robots.txt come through here as well, each as a request of its own.
"""

from __future__ import annotations

from scrapy import Request
from scrapy.crawler import Crawler

from crawler.addresses import AddressPolicy
from crawler.visit import visit_of


class AddressMiddleware:
    """Raises AddressRefused before anything is asked, robots.txt included."""

    def __init__(self, policy: AddressPolicy) -> None:
        self._policy = policy

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> AddressMiddleware:
        """The policy of the process."""
        return cls(visit_of(crawler).parts.addresses)

    def process_request(self, request: Request) -> None:
        """Judge the URL; names are judged again when they are resolved."""
        self._policy.check_url(request.url)
