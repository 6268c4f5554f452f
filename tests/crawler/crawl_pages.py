"""Small pages in the shapes that real ones have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

PARAGRAPH = (
    "Жители города обсудили с руководством области ремонт дорог и строительство новой школы. "
    "На встрече говорили и о сроках, и о том, кто будет отвечать за качество работ."
)


def article(title: str, text: str, published: str = "2023-03-16T10:00:00+06:00") -> str:
    """A page of a news site, long enough for extraction to find its text."""
    return f"""<!DOCTYPE html><html lang="ru"><head><meta charset="utf-8"><title>{title}</title>
<script type="application/ld+json">{{"@context": "https://schema.org", "@type": "NewsArticle",
"headline": "{title}", "datePublished": "{published}"}}</script></head>
<body><header><nav><a href="/">Главная</a></nav></header>
<article><h1>{title}</h1><p>{text}</p><p>{PARAGRAPH}</p><p>{PARAGRAPH[::1]}</p></article>
<footer>© 2023</footer></body></html>"""


def rss(items: Iterable[tuple[str, str]]) -> str:
    """A feed of (link, title)."""
    entries = "".join(
        f"<item><title>{title}</title><link>{link}</link>"
        "<pubDate>Thu, 16 Mar 2023 10:00:00 +0600</pubDate></item>"
        for link, title in items
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>
<title>Новости</title><link>http://example.kz/</link><description>.</description>
{entries}</channel></rss>"""


def urlset(pages: Mapping[str, str]) -> str:
    """A sitemap of URL to lastmod (may be empty)."""
    entries = "".join(
        f"<url><loc>{url}</loc>{f'<lastmod>{at}</lastmod>' if at else ''}</url>"
        for url, at in pages.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'
    )


def sitemap_index(urls: Iterable[str]) -> str:
    """An index of sitemaps."""
    entries = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</sitemapindex>'
    )


def message(channel: str, number: int, text: str, *, edited: bool = False) -> str:
    """One message of a Telegram preview."""
    mark = "edited " if edited else ""
    return f"""<div class="tgme_widget_message_wrap js-widget_message_wrap">
<div class="tgme_widget_message text_not_supported_wrap js-widget_message"
 data-post="{channel}/{number}">
<div class="tgme_widget_message_bubble">
<div class="tgme_widget_message_author"><a class="tgme_widget_message_owner_name"
 href="https://t.me/{channel}"><span dir="auto">{channel}</span></a></div>
<div class="tgme_widget_message_text js-message_text" dir="auto">{text}</div>
<div class="tgme_widget_message_footer"><div class="tgme_widget_message_info">
<span class="tgme_widget_message_views">12</span>
<span class="tgme_widget_message_meta">{mark}<a class="tgme_widget_message_date"
 href="https://t.me/{channel}/{number}"><time datetime="2023-03-16T1{number % 10}:00:00+00:00"
 class="time">1{number % 10}:00</time></a></span></div></div></div></div></div>"""


def preview(channel: str, messages: Iterable[str], before: int | None = None) -> str:
    """A page of a Telegram channel's preview."""
    more = (
        f'<a href="/s/{channel}?before={before}" class="tme_messages_more js-messages_more" '
        f'data-before="{before}"></a>'
        if before
        else ""
    )
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8"></head><body>
<div class="tgme_channel_info"><div class="tgme_channel_info_header">
<div class="tgme_channel_info_header_title"><span>{channel}</span></div>
<div class="tgme_channel_info_header_username"><a href="https://t.me/{channel}">@{channel}</a></div>
</div></div><section class="tgme_channel_history js-message_history">
{more}{"".join(messages)}</section></body></html>"""
