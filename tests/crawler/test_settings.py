"""What the crawler is told from outside, and how it introduces itself."""

from __future__ import annotations

from config.settings import read_settings
from crawler.settings import CrawlOptions, options_from, scrapy_settings


def test_settings_reach_the_options_and_scrapy() -> None:
    settings = read_settings(
        contact="https://observers.example.kz", allow_private=("127.0.0.1:80",), max_bytes=1000,
        timeout_s=7.0, max_redirects=2, visit_silence_min=1.5, jitter=0.0,
    )  # fmt: skip
    options = options_from(settings)
    assert options.cadence.visits["silence"] == 1.5
    made = scrapy_settings(options)
    assert (made["DOWNLOAD_MAXSIZE"], made["DOWNLOAD_TIMEOUT"], made["REDIRECT_MAX_TIMES"]) == (
        1000,
        7.0,
        2,
    )
    assert list(made["DOWNLOAD_SLOTS"]) == ["127.0.0.1"]


def test_a_contact_cannot_break_the_header() -> None:
    agent = CrawlOptions(contact="Бақылаушы obs@example.kz\r\nX-Evil: (1)").user_agent
    assert agent.isascii()
    assert "obs@example.kz" in agent
    assert "\r" not in agent and "\n" not in agent
    assert agent.count("(") == agent.count(")") == 1
