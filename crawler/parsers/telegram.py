"""The public preview of a Telegram channel, https://t.me/s/<channel>, or single message widgets.

The text of a poll (question and options, without the counts, which move) stands for the text of a
message that has none. The preview gives no time of an edit, only that there was one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

from lxml import html as lxml_html

from core.errors import ParseError
from core.model import Post
from core.when import When
from crawler.parsers.addresses import absolutes, page_address
from crawler.parsers.counts import read_count
from crawler.parsers.dates import plausible, read_date
from crawler.parsers.encoding import decode
from crawler.parsers.intake import MAX_BYTES, check_size
from crawler.parsers.markup import line_text, links_in, plain_text
from crawler.parsers.telegram_media import find_first, find_within, has_class, media_of, unsupported

PARSER = "telegram"
VERSION = "1"

_POST = re.compile(r"^([A-Za-z0-9_]+)/(\d+)$")
_LINK = re.compile(r"^https?://(?:www\.)?(?:t|telegram)\.me/(?:s/)?([A-Za-z0-9_]+)/(\d+)")
_EDITED = re.compile(r"\b(edited|изменено|отредактировано|өңделді|өзгертілді|өңделген)\b", re.I)
# What quotes another message: none of it is the text of this one.
_QUOTING = ("tgme_widget_message_reply", "tgme_widget_message_link_preview")


@dataclass(frozen=True, slots=True)
class Channel:
    """What the page says of the channel. `counters` are subscribers, photos, videos, links."""

    handle: str
    title: str = ""
    description: str = ""
    image: str = ""
    counters: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class TelegramReading:
    """A page of a channel. `before` is the URL of the older page, None where there is none.

    `smallest` and `largest` are message numbers over everything on the page, service messages and
    members of albums included: between them, a number that is missing is a message that is gone.
    """

    posts: tuple[Post, ...]
    channel: Channel
    before: str | None
    smallest: int
    largest: int
    notes: tuple[str, ...] = ()


def parse_telegram(
    body: bytes, *, url: str, content_type: str = "", now: datetime, limit: int = MAX_BYTES
) -> TelegramReading:
    """Read a page of the preview, oldest message first as on the page.

    Raises ParseError where there is no message: the channel's contact page, an empty channel, a
    deleted message, another page altogether.
    """
    page_address(url)
    check_size(body, url, limit)
    decoded = decode(body, content_type)
    tree = _tree(decoded.text, url)
    widgets = [item for item in find_within(tree, "tgme_widget_message") if item.get("data-post")]
    if not widgets:
        raise ParseError(url, _why_empty(tree))
    posts: dict[str, Post] = {}
    numbers: list[int] = []
    notes = list(decoded.notes)
    for widget in widgets:
        address = _POST.match(widget.get("data-post", "").strip())
        if address is None:
            notes.append(f"a message without a number: {widget.get('data-post')[:60]!r}")
            continue
        members = _album(widget, address[1])
        numbers += [int(address[2]), *members]
        if not has_class(widget, "service_message"):
            post = _post(widget, address[1], int(address[2]), members, now)
            posts.setdefault(post.native_id, post)
    if not numbers:
        raise ParseError(url, "no message of this page has a number")
    channel = read_channel(tree, url)
    return TelegramReading(
        posts=tuple(posts.values()),
        channel=channel,
        before=_before(tree, url, min(numbers)),
        smallest=min(numbers),
        largest=max(numbers),
        notes=tuple(notes),
    )


def read_channel(tree: Any, url: str) -> Channel:
    """The head of the page; of a bare widget no more than the handle."""
    handle = line_text(find_first(tree, "tgme_channel_info_header_username")).lstrip("@")
    counters = []
    for counter in find_within(tree, "tgme_channel_info_counter"):
        number = read_count(line_text(find_first(counter, "counter_value")))
        if number is not None:
            kind = line_text(find_first(counter, "counter_type"))
            counters.append((kind if kind.endswith("s") else f"{kind}s", number))
    title = line_text(find_first(tree, "tgme_channel_info_header_title"))
    about = plain_text(find_first(tree, "tgme_channel_info_description"))
    return Channel(
        handle=handle or _handle(tree, url),
        title=title or _meta(tree, "og:title"),
        description=about or _meta(tree, "og:description"),
        image=_meta(tree, "og:image"),
        counters=tuple(counters),
    )


def _tree(text: str, url: str) -> Any:
    parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = lxml_html.document_fromstring(text.encode(), parser=parser)
    except (lxml_html.etree.ParserError, lxml_html.etree.XMLSyntaxError) as error:
        raise ParseError(url, f"this is no HTML page: {error}") from error
    return tree


def _post(widget: Any, channel: str, number: int, members: list[int], now: datetime) -> Post:
    notes: list[str] = []
    numbers = sorted({number, *members})
    media = media_of(widget)
    text = _text(widget) or _poll_text(widget)
    excuse = unsupported(widget)
    if excuse and not media:
        notes.append(f"media the preview does not show: {excuse}")
    published = _published(widget, now, notes)
    date_link = find_first(widget, "tgme_widget_message_date")
    href = date_link.get("href") if date_link is not None else None
    views = find_first(widget, "tgme_widget_message_views")
    return Post(
        platform="telegram",
        native_id=f"{channel}/{numbers[0]}",
        url=(absolutes("https://t.me/", [href]) or (f"https://t.me/{channel}/{number}",))[0],
        text=text,
        author=line_text(_own(widget, "tgme_widget_message_from_author")),
        published=published,
        edited=_is_edited(widget),
        media=media,
        links=_links(widget),
        aliases=tuple(f"{channel}/{other}" for other in numbers[1:]),
        forwarded_from=_forwarded(widget),
        reply_to=_reply_to(widget),
        views=read_count(line_text(views)) if views is not None else None,
        parser=PARSER,
        parser_version=VERSION,
        notes=tuple(notes),
    )


def _album(widget: Any, channel: str) -> list[int]:
    """The message numbers of a group of pictures and videos; empty where there is no group."""
    numbers = []
    for group in find_within(widget, "tgme_widget_message_grouped_wrap"):
        for anchor in group.iter("a"):
            match = _LINK.match(anchor.get("href") or "")
            if match and match[1].lower() == channel.lower():
                numbers.append(int(match[2]))
    return numbers


def _text(widget: Any) -> str:
    """The message itself: the outermost text blocks that quote nothing, each once."""
    blocks = [
        plain_text(block)
        for block in find_within(widget, "tgme_widget_message_text")
        if not _inside(block, widget, ("tgme_widget_message_text", *_QUOTING))
        and not has_class(block, "js-message_reply_text")
    ]
    return "\n".join(dict.fromkeys(block for block in blocks if block))


def _poll_text(widget: Any) -> str:
    question = line_text(find_first(widget, "tgme_widget_message_poll_question"))
    options = find_within(widget, "tgme_widget_message_poll_option_text")
    return "\n".join(filter(None, (question, *(line_text(option) for option in options))))


def _published(widget: Any, now: datetime, notes: list[str]) -> When | None:
    stamps = [
        stamp.get("datetime")
        for stamp in widget.iter("time")
        if stamp.get("datetime") and not _inside(stamp, widget, _QUOTING)
    ]
    if not stamps:
        notes.append("no date")
        return None
    reading = read_date(stamps[-1])
    if reading is None or not plausible(reading.when, now):
        notes.append(f"date refused: {stamps[-1][:60]!r}")
        return None
    if reading.wall:
        notes.append(f"{reading.wall.isoformat()} has no offset, only the day is kept")
    return reading.when


def _is_edited(widget: Any) -> bool:
    """The mark stands as bare text beside the date, never inside author or date."""
    for meta in find_within(widget, "tgme_widget_message_meta"):
        bare = [meta.text or "", *(child.tail or "" for child in meta)]
        marked = find_first(meta, "tgme_widget_message_meta_edited") is not None
        if marked or _EDITED.search(" ".join(bare)):
            return True
    return False


def _links(widget: Any) -> tuple[str, ...]:
    """Addresses behind the text, the buttons under it, and maps."""
    found: list[str] = []
    for name in (
        "tgme_widget_message_text",
        "tgme_widget_message_inline_button",
        "tgme_widget_message_location_wrap",
    ):
        for element in find_within(widget, name):
            if not _inside(element, widget, _QUOTING):
                found += links_in(element, "https://t.me/")
    return tuple(link for link in dict.fromkeys(found) if not link.startswith("https://t.me/?"))


def _forwarded(widget: Any) -> str:
    """`Name (address)`, or the name alone where the origin is not public."""
    name = find_first(widget, "tgme_widget_message_forwarded_from_name")
    if name is None:
        origin = line_text(find_first(widget, "tgme_widget_message_forwarded_from"))
        return origin.removeprefix("Forwarded from").strip()
    address = absolutes("https://t.me/", [name.get("href")])
    return f"{line_text(name)} ({address[0]})" if address else line_text(name)


def _reply_to(widget: Any) -> str:
    reply = find_first(widget, "tgme_widget_message_reply")
    match = _LINK.match(reply.get("href") or "") if reply is not None else None
    return f"{match[1]}/{match[2]}" if match else ""


def _own(widget: Any, name: str) -> Any:
    found = (item for item in find_within(widget, name) if not _inside(item, widget, _QUOTING))
    return next(found, None)


def _inside(element: Any, widget: Any, names: tuple[str, ...]) -> bool:
    parent = element.getparent()
    while parent is not None and parent is not widget:
        if any(has_class(parent, name) for name in names):
            return True
        parent = parent.getparent()
    return False


def _before(tree: Any, url: str, smallest: int) -> str | None:
    """The address of the older page; links to newer ones look alike but for their number."""
    candidates = [link.get("href") for link in find_within(tree, "js-messages_more")]
    candidates += [link.get("href") for link in tree.iter("link") if link.get("rel") == "prev"]
    for href in filter(None, candidates):
        number = parse_qs(urlsplit(str(href)).query).get("before", [""])[0]
        if number.isdigit() and int(number) <= smallest:
            return urljoin(url, str(href))
    return None


def _handle(tree: Any, url: str) -> str:
    widget = find_first(tree, "tgme_widget_message")
    address = _POST.match(widget.get("data-post") or "") if widget is not None else None
    return address[1] if address else urlsplit(url).path.rstrip("/").rpartition("/")[2]


def _meta(tree: Any, name: str) -> str:
    for meta in tree.iter("meta"):
        if meta.get("property") == name:
            return str(meta.get("content") or "").strip()
    return ""


def _why_empty(tree: Any) -> str:
    error = find_first(tree, "tgme_widget_message_error")
    if error is not None:
        return f"Telegram says: {line_text(error) or 'no such message'}"
    if find_first(tree, "tgme_channel_info") is not None:
        return "a channel preview with no messages"
    if find_first(tree, "tgme_page") is not None:
        name = line_text(find_first(tree, "tgme_page_title"))
        return f"no public preview: this is the contact page of {name or 'the channel'}"
    if "telegram" in line_text(tree.find(".//title")).lower() or _meta(tree, "og:site_name"):
        return "a Telegram page with no messages"
    return "not a Telegram preview: no message in this page"
