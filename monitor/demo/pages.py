"""How the demo's sites look on the wire: feeds, sitemaps, article pages, Telegram's preview."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape

from monitor.demo.world import DemoPost

# What a visitor of a channel's preview gets at once; the rest lies behind `?before=`.
CHANNEL_PAGE = 20
FEED_ENTRIES = 200


def rss(site: str, title: str, base: str, posts: Sequence[DemoPost]) -> str:
    """RSS 2.0 with links to the pages and no text of theirs."""
    items = "".join(
        f"<item><title>{escape(_title(post))}</title><link>{base}{page_path(post)}</link>"
        f'<guid isPermaLink="false">{site}-{post.number}</guid>{_pub_date(post)}</item>'
        for post in posts[:FEED_ENTRIES]
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>'
        f"<title>{escape(title)}</title><link>{base}/{site}/</link>"
        f"<description>{escape(title)}</description>{items}</channel></rss>"
    )


def atom(site: str, title: str, base: str, posts: Sequence[DemoPost], *, now: datetime) -> str:
    """Atom 1.0, RFC 4287; it cannot say a day alone, so such a post has no `published`."""
    entries = "".join(
        f"<entry><id>tag:demo.invalid,2023:{site}-{post.number}</id>"
        f"<title>{escape(_title(post))}</title>"
        f'<link href="{base}{page_path(post)}"/>'
        f"{'' if post.date_only else f'<published>{post.at.isoformat()}</published>'}"
        f"<updated>{_changed(post, now).isoformat()}</updated></entry>"
        for post in posts[:FEED_ENTRIES]
    )
    updated = max((_changed(post, now) for post in posts), default=now)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        f"<id>tag:demo.invalid,2023:{site}</id><title>{escape(title)}</title>"
        f"<updated>{updated.isoformat()}</updated>{entries}</feed>"
    )


def news_sitemap(title: str, base: str, posts: Sequence[DemoPost]) -> str:
    """A sitemap with the news extension."""
    urls = "".join(
        f"<url><loc>{base}{page_path(post)}</loc><news:news><news:publication>"
        f"<news:name>{escape(title)}</news:name><news:language>kk</news:language>"
        f"</news:publication><news:publication_date>{_published(post)}</news:publication_date>"
        f"<news:title>{escape(_title(post))}</news:title></news:news></url>"
        for post in posts[:FEED_ENTRIES]
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{urls}</urlset>'
    )


def article(outlet: str, language: str, base: str, post: DemoPost, now: datetime) -> str:
    """A page of an outlet, with its date in JSON-LD and its mark where it was edited."""
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": _title(post),
        "datePublished": _published(post),
        "author": {"@type": "Organization", "name": outlet},
    }
    if post.shows_edit(now):
        data["dateModified"] = _changed(post, now).isoformat()
    paragraphs = "".join(f"<p>{escape(part)}</p>" for part in post.text_at(now).split("\n") if part)
    ld = json.dumps(data, ensure_ascii=False).replace("</", "<\\/")
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{escape(_title(post))} | {escape(outlet)}</title>"
        f'<link rel="canonical" href="{base}{page_path(post)}">'
        f'<script type="application/ld+json">{ld}</script></head><body>'
        f"<header><nav><a href='/'>{escape(outlet)}</a></nav></header><main><article>"
        f"<h1>{escape(_title(post))}</h1>{paragraphs}</article></main>"
        f"<footer><p>{escape(outlet)}</p></footer></body></html>"
    )


def channel(
    site: str,
    title: str,
    base: str,
    posts: Sequence[DemoPost],
    *,
    now: datetime,
    before: int | None,
) -> str:
    """The public preview of a channel, the newest CHANNEL_PAGE messages below `before`."""
    older = [post for post in posts if before is None or post.number < before]
    page = list(reversed(older[:CHANNEL_PAGE]))
    messages = "".join(_message(site, title, post, now) for post in page)
    more = (
        f'<a href="/s/{site}?before={page[0].number}" class="tme_messages_more '
        f'js-messages_more" data-before="{page[0].number}"></a>'
        if len(older) > CHANNEL_PAGE
        else ""
    )
    return (
        '<!DOCTYPE html><html><head><meta charset="utf-8">'
        f"<title>{escape(title)} – Telegram</title>"
        f'<meta property="og:title" content="{escape(title)}"></head><body>'
        '<main class="tgme_main"><section class="tgme_channel_history js-message_history">'
        '<div class="tgme_channel_info"><div class="tgme_channel_info_header_title">'
        f'<span dir="auto">{escape(title)}</span></div>'
        f'<div class="tgme_channel_info_header_username"><a>@{site}</a></div></div>'
        f"{more}{messages}</section></main></body></html>"
    )


def _message(site: str, title: str, post: DemoPost, now: datetime) -> str:
    number, at = post.number, post.at.astimezone(UTC)  # as Telegram has it
    forwarded = (
        '<div class="tgme_widget_message_forwarded_from accent_color">Forwarded from '
        '<a class="tgme_widget_message_forwarded_from_name" '
        f'href="https://t.me/{escape(post.forwarded_from)}">'
        f'<span dir="auto">{escape(post.forwarded_from)}</span></a></div>'
        if post.forwarded_from
        else ""
    )
    text = escape(post.text_at(now)).replace("\n", "<br/>")
    return (
        '<div class="tgme_widget_message_wrap js-widget_message_wrap">'
        '<div class="tgme_widget_message text_not_supported_wrap js-widget_message" '
        f'data-post="{site}/{number}"><div class="tgme_widget_message_bubble">'
        '<div class="tgme_widget_message_author accent_color">'
        f'<a class="tgme_widget_message_owner_name" href="https://t.me/{site}">'
        f'<span dir="auto">{escape(title)}</span></a></div>{forwarded}'
        f'<div class="tgme_widget_message_text js-message_text" dir="auto">{text}</div>'
        '<div class="tgme_widget_message_footer compact js-message_footer">'
        '<div class="tgme_widget_message_info short js-message_info">'
        f'<span class="tgme_widget_message_views">{post.views}</span>'
        '<span class="copyonly"> views</span><span class="tgme_widget_message_meta">'
        f"{'edited &nbsp;' if post.shows_edit(now) else ''}"
        f'<a class="tgme_widget_message_date" href="https://t.me/{site}/{number}">'
        f'<time datetime="{at.isoformat()}" class="time">{at:%H:%M}</time></a></span>'
        "</div></div></div></div></div>"
    )


def page_path(post: DemoPost) -> str:
    """Where the page of a post lies on its site."""
    return f"/{post.site}/news/{post.number}"


def _title(post: DemoPost) -> str:
    return post.title or post.text.split("\n", 1)[0][:90]


def _published(post: DemoPost) -> str:
    """The day alone where the outlet tells no more."""
    return post.at.date().isoformat() if post.date_only else post.at.isoformat()


def _pub_date(post: DemoPost) -> str:
    """RSS cannot say a day alone."""
    return "" if post.date_only else f"<pubDate>{format_datetime(post.at)}</pubDate>"


def _changed(post: DemoPost, now: datetime) -> datetime:
    """When the publisher says that it last changed: edits without a mark leave no trace."""
    return post.edit.at if post.edit and post.shows_edit(now) else post.at
