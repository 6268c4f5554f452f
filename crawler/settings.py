"""The numbers of crawling, and the Scrapy settings made of them. Nothing is read at import.

Only plain values go into Scrapy's settings (they are copied for each crawl, and a live object in
them cannot be); archive, sink, clock and the rest reach spiders as arguments.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from config.settings import Settings
from crawler.cadence import Cadence

# The name that robots.txt rules are looked up under.
ROBOTS_AGENT = "Baqylau"


@dataclass(frozen=True, slots=True)
class CrawlOptions:
    """How to fetch. The defaults suit other people's servers."""

    # Who asks, for the User-Agent: an address or a page where the operator can be reached.
    contact: str = ""
    # host:port entries that may be private; their hosts get no delay either, being our own.
    allow_private: tuple[str, ...] = ()
    max_bytes: int = 10 * 1024 * 1024
    timeout_s: float = 30.0
    max_redirects: int = 10
    # Between two requests to one host, whichever sources they are for; AutoThrottle may add.
    delay_s: float = 1.0
    per_host: int = 2
    own_per_host: int = 16
    longest_block: timedelta = timedelta(hours=6)
    # Sources crawled at the same time, and the longest a visit may take.
    visits: int = 16
    visit_limit_s: float = 1800.0
    lease_s: float = 300.0
    tick_s: float = 1.0
    # How long crawls in flight may take to end when the process is asked to stop.
    grace_s: float = 20.0
    # Parsing runs in processes of its own; 0 parses in threads.
    parse_workers: int = 2
    parse_limit_s: float = 60.0
    # What one visit fetches at most; what is left is fetched by the next, a minute later.
    pages_per_visit: int = 200
    looks_per_visit: int = 50
    sitemaps_per_visit: int = 50
    sitemap_depth: int = 3
    # Older pages of a Telegram channel: on the first visit, and later until known posts.
    telegram_first_pages: int = 5
    telegram_pages: int = 20
    cadence: Cadence = field(default_factory=Cadence)

    @property
    def user_agent(self) -> str:
        """Says who asks and why: `Baqylau/0.1.0 (election observation; +https://...)`."""
        about = "election observation"
        if self.contact:
            about += f"; {'+' if '://' in self.contact else ''}{self.contact}"
        # A header is ASCII and one line, whatever somebody wrote into a setting.
        about = "".join(one for one in about if " " <= one <= "~" and one not in "()")
        return f"{ROBOTS_AGENT}/{product_version()} ({about})"


def options_from(settings: Settings) -> CrawlOptions:
    """What is set from outside, as options; the rest keeps its defaults."""
    return CrawlOptions(
        contact=settings.contact,
        allow_private=settings.allow_private,
        max_bytes=settings.max_bytes,
        timeout_s=settings.timeout_s,
        max_redirects=settings.max_redirects,
        delay_s=settings.delay_s,
        per_host=settings.per_host,
        visits=settings.visits,
        lease_s=settings.crawl_lease_s,
        parse_workers=settings.parse_workers,
        cadence=Cadence(
            visits={
                "quiet": settings.visit_quiet_min,
                "campaign": settings.visit_campaign_min,
                "silence": settings.visit_silence_min,
            },
            jitter=settings.jitter,
            tight=(settings.look_silence_min, 2 * settings.look_silence_min),
        ),
    )


def product_version() -> str:
    """The version of the installed distribution."""
    try:
        return version("baqylau")
    except PackageNotFoundError:
        return "0"


def scrapy_settings(options: CrawlOptions) -> dict[str, Any]:
    """Settings of every crawl."""
    return {
        **_fetching(options),
        **_manners(options),
        **_MACHINERY,
    }


def _fetching(options: CrawlOptions) -> dict[str, Any]:
    handler = "crawler.transport.GuardedHandler"
    return {
        "USER_AGENT": options.user_agent,
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "Accept-Language": "kk,ru;q=0.9,en;q=0.5",
            # Only what crawler/wire.py reads again a year later, without further libraries.
            "Accept-Encoding": "gzip, deflate",
        },
        "DOWNLOAD_HANDLERS": {
            "http": handler, "https": handler, "data": None, "file": None, "ftp": None, "s3": None,
        },
        "DOWNLOAD_MAXSIZE": options.max_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_TIMEOUT": options.timeout_s,
        # Evidence from somebody who could not show who he is would prove nothing.
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "REDIRECT_MAX_TIMES": options.max_redirects,
        # A page that refreshes itself is a page; following it would need its HTML parsed here.
        "METAREFRESH_ENABLED": False,
        "HTTPERROR_ALLOW_ALL": True,
        "RETRY_TIMES": 1,
        # 429 and 503 are for the gate; a slow or dead server waits for the next visit.
        "RETRY_HTTP_CODES": [500, 502, 504, 522, 524],
        "RETRY_EXCEPTIONS": [
            "scrapy.exceptions.DownloadFailedError", "scrapy.exceptions.ResponseDataLossError",
        ],
        "RETRY_GIVE_UP_LOG_LEVEL": "DEBUG",
        "COOKIES_ENABLED": False,
        "REFERER_ENABLED": True,
        "REFERRER_POLICY": "no-referrer",
        # Addresses are judged when they are connected to, which a proxy would do unseen.
        "HTTPPROXY_ENABLED": False,
    }  # fmt: skip


def _manners(options: CrawlOptions) -> dict[str, Any]:
    own = {entry.rpartition(":")[0].strip("[]").lower() for entry in options.allow_private}
    return {
        "CONCURRENT_REQUESTS": 32,
        "CONCURRENT_REQUESTS_PER_DOMAIN": options.per_host,
        # The gate keeps the least delay across crawls; AutoThrottle adds what a slow host needs.
        "AUTOTHROTTLE_ENABLED": True,
        "AUTOTHROTTLE_START_DELAY": min(options.delay_s, 0.5),
        "AUTOTHROTTLE_MAX_DELAY": 30.0,
        "AUTOTHROTTLE_TARGET_CONCURRENCY": 1.0,
        "DOWNLOAD_SLOTS": {
            host: {"concurrency": options.own_per_host, "delay": 0, "jitter": 0} for host in own
        },
        "DOWNLOADER_MIDDLEWARES": {
            "crawler.middlewares.address.AddressMiddleware": 20,
            "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            "crawler.middlewares.robots.RobotsMiddleware": 100,
            "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
            "scrapy.downloadermiddlewares.stats.DownloaderStats": None,
            "crawler.middlewares.hosts.HostMiddleware": 900,
            "crawler.middlewares.capture.CaptureMiddleware": 990,
        },
    }


_MACHINERY: dict[str, Any] = {
    "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
    "TELNETCONSOLE_ENABLED": False,
    "STATS_CLASS": "scrapy.statscollectors.DummyStatsCollector",
    "STATS_DUMP": False,
    "LOG_INSTALL_ROOT_HANDLER": False,
    # Scrapy makes so many tasks for each response; ours yield requests only, one after the other.
    "CONCURRENT_ITEMS": 1,
    "EXTENSIONS_BASE": {},
    "EXTENSIONS": {"crawler.throttle.OtherPeoplesThrottle": 0},
    # Requests are told apart by the spiders; a filter would drop a page that two entries name.
    "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
    "SCHEDULER_MEMORY_QUEUE": "scrapy.squeues.FifoMemoryQueue",
    "WARN_ON_GENERATOR_RETURN_VALUE": False,
}
