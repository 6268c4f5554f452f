"""The pages: hostile posts stay text, three languages, and what each page must show."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from api_stories import HOSTILE
from api_world import World
from fastapi.testclient import TestClient

from api.web.tongue import choose


class Reader(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.ids: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.tags.append((tag, named))
        if named.get("id"):
            self.ids.append(str(named["id"]))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def hostile_post(api: TestClient) -> str:
    for one in api.get("/api/posts", params={"q": "Читатель"}).json()["items"]:
        return one["id"]
    raise AssertionError("the hostile post is not there")


def every_page(api: TestClient) -> list[str]:
    edited = api.get("/api/flags", params={"act": "edit"}).json()["items"][0]["post_id"]
    return [
        "/", "/?view=posts", "/?view=posts&verdict=violation", "/?q=дауыс", "/?q=ыыыы", "/?q=(",
        "/?rule=nonsense", "/sources", "/docs", f"/posts/{edited}?q=дауыс",
        f"/posts/{hostile_post(api)}", "/posts/none", "/nowhere",
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_every_page_in_every_language_is_whole(api: TestClient, language: str) -> None:
    for page in every_page(api):
        answer = api.get(page, params=None, headers={"Accept-Language": language})
        assert answer.headers["content-type"] == "text/html; charset=utf-8", page
        read = Reader(answer.text)
        assert ("html", {"lang": language}) in read.tags, page
        assert len(read.ids) == len(set(read.ids)), (page, "an id stands twice")
        assert "{{" not in answer.text
        assert "None" not in read.text, page


def test_no_page_runs_or_styles_anything_inline(api: TestClient) -> None:
    for page in every_page(api):
        answer = api.get(page)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        for tag, attributes in Reader(answer.text).tags:
            assert "style" not in attributes, (page, tag)
            assert not [name for name in attributes if name.startswith("on")], (page, tag)
            assert tag != "style"
            if tag == "script":
                assert str(attributes["src"]).startswith("/static/")


def test_what_a_post_says_is_shown_and_never_run(api: TestClient) -> None:
    for page in (f"/posts/{hostile_post(api)}", "/?view=posts&q=Читатель", "/?q=" + HOSTILE[:40]):
        answer = api.get(page)
        assert "<script>document" not in answer.text
        assert "<img src=x" not in answer.text
        for tag, attributes in Reader(answer.text).tags:
            for name in ("href", "src", "action"):
                assert not str(attributes.get(name, "")).lower().startswith("javascript"), tag
    assert HOSTILE in Reader(api.get(f"/posts/{hostile_post(api)}").text).text


def test_a_search_is_shown_again_as_it_was_typed(api: TestClient) -> None:
    typed = '"><script>alert(1)</script>'
    read = Reader(api.get("/", params={"q": typed}).text)
    (box,) = [attributes for _, attributes in read.tags if attributes.get("id") == "q"]
    assert box["value"] == typed


def test_links_out_do_not_say_where_one_came_from(api: TestClient) -> None:
    read = Reader(api.get("/?view=posts").text)
    out = [a for tag, a in read.tags if tag == "a" and str(a.get("href")).startswith("http")]
    assert out
    assert all("noopener" in str(one["rel"]) and "noreferrer" in str(one["rel"]) for one in out)


def test_the_list_explains_each_flag(api: TestClient) -> None:
    text = Reader(api.get("/?lang=ru&rule=silence_violation&source=omarov").text).text
    for said in (
        "Признаки нарушения", "Агитация в период тишины", "Тимур Омаров", "Кандидат",
        "город Алматы", "18 марта 2023, 09:30", "03:30 UTC", "ст. 32", "Подтверждено",
        "Нарушение устанавливает только прокурор или суд",
    ):  # fmt: skip
        assert said.replace(" ", "") in re.sub(r"\s", "", text), said


def test_facets_are_links_that_narrow_and_can_be_taken_back(api: TestClient) -> None:
    read = Reader(api.get("/?lang=en").text)
    (narrowed,) = [
        str(a["href"])
        for tag, a in read.tags
        if tag == "a" and str(a.get("aria-label", "")).startswith("Only Apparent breach")
    ]
    assert "verdict=violation" in narrowed
    page = api.get(narrowed)
    assert page.status_code == 200
    read = Reader(page.text)
    taken = [str(a["href"]) for _, a in read.tags if "Remove Finding" in str(a.get("aria-label"))]
    assert taken == ["/?lang=en"]


def test_older_leads_to_the_rest_and_nothing_is_lost(api: TestClient) -> None:
    seen: list[str] = []
    page = "/?limit=7"
    while page:
        read = Reader(api.get(page).text)
        seen += [str(a["href"]) for t, a in read.tags if t == "a" and a.get("class") == "open"]
        page = next((str(a["href"]) for t, a in read.tags if a.get("rel") == "next"), "")
    assert len(seen) == api.get("/api/flags").json()["total"]


def test_an_empty_house_says_that_nothing_came_yet() -> None:
    text = Reader(World().client().get("/?lang=en").text).text
    assert "Nothing has been collected yet" in text


def test_a_query_that_cannot_be_read_stays_in_the_box_with_the_reason(api: TestClient) -> None:
    answer = api.get("/", params={"q": "abc (def", "lang": "ru"})
    assert answer.status_code == 400
    read = Reader(answer.text)
    assert "Запрос не удалось прочитать" in read.text
    assert "position 5" in read.text
    (box,) = [attributes for _, attributes in read.tags if attributes.get("id") == "q"]
    assert box["value"] == "abc (def"


def test_an_unknown_parameter_is_refused_on_pages_too(api: TestClient) -> None:
    answer = api.get("/?verdikt=violation")
    assert answer.status_code == 422
    assert "verdikt" in answer.text


def test_a_store_that_is_away_gives_a_page_that_says_so(world: World) -> None:
    api = world.client()
    world.index.down = True
    answer = api.get("/?lang=en")
    assert answer.status_code == 503
    assert "does not answer" in answer.text


def test_the_post_page_shows_law_clocks_and_proof(api: TestClient) -> None:
    ident = api.get("/api/flags", params={"act": "edit"}).json()["items"][0]["post_id"]
    post = api.get(f"/api/posts/{ident}").json()
    text = Reader(api.get(f"/posts/{ident}?lang=en").text).text
    for capture in post["captures"]:
        assert capture["sha256"] in text
        assert capture["warc"]["file"] in text
    for said in (
        "Not before", "Not after", "Added by the edit", "Older findings", "UTC+05:00", "Aqtobe",
        "inside the window", "known from: scholarly book, press", "zone rules", "Revision 2",
    ):  # fmt: skip
        assert said in text, said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("kk", "таңба: 11 / {}"),
        ("ru", "первые знаки: 11 из {}"),
        ("en", "the first 11 of {} characters"),
    ],
)
def test_the_post_page_says_where_the_classifier_stopped_reading(
    world: World, language: str, said: str
) -> None:
    ident, state = next(iter(world.archive.posts.items()))
    page = f"/posts/{ident}?lang={language}"
    line = said.format(len(state.record.revisions[-1].post.full_text))
    assert line not in Reader(world.client().get(page).text).text
    notes = tuple(
        replace(one, data={"read_to": 11}) if one.label == "kind" else one
        for one in state.annotations
    )
    world.archive.posts[ident] = replace(state, annotations=notes)
    assert line in Reader(world.client().get(page).text).text


def test_the_demo_says_that_it_is_one(world: World) -> None:
    assert "invented" not in world.client().get("/?lang=en").text
    world.demo = True
    assert "invented" in world.client().get("/?lang=en").text


def test_the_language_is_kept_once_chosen(world: World) -> None:
    api = world.client()
    api.get("/?lang=en")
    assert '<html lang="en">' in api.get("/sources").text
    assert api.get("/?lang=de").status_code == 422


@pytest.mark.parametrize(
    ("asked", "cookie", "accepted", "chosen"),
    [
        ("en", "ru", "kk", "en"),
        ("", "ru", "kk", "ru"),
        ("", "", "en-GB,en;q=0.9", "en"),
        ("", "", "de,ru;q=0.5,kk;q=0.7", "kk"),
        ("", "", "en;q=0, ru;q=0.1", "ru"),
        ("", "", "nonsense;;;q=x,,", "kk"),
        ("", "fr", "", "kk"),
    ],
)
def test_which_language_a_page_speaks(asked: str, cookie: str, accepted: str, chosen: str) -> None:
    assert choose(asked, cookie, accepted, ("kk", "ru")) == chosen
