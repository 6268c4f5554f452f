"""Sources: the shipped ones load, and an address that must not be fetched never becomes one."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.loader import load_election, load_sources
from core.election import AccountRef, Election
from core.errors import InvalidSource

SOURCE = """\
sources:
  one:
    kind: feed
    url: https://news.example/feed
    role: media
    regions: [KZ-15]
    language: ru
    name: {ru: Новости}
    expected_per_day: 2.5
    checked: never
"""


@pytest.fixture(scope="module")
def kz() -> Election:
    return load_election("kz-maslikhat-2023")


def write(text: str, tmp_path: Path, name: str = "mine.yml") -> Path:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return file


# --- the shipped ones ----------------------------------------------------------------------------


def test_shipped_sources_are_many_of_many_kinds_and_honest(kz: Election) -> None:
    sources = load_sources("kz", kz)
    assert len(sources) >= 25
    assert len({source.id for source in sources}) == len(sources)
    assert len({source.url for source in sources}) == len(sources)
    assert {source.kind for source in sources} == {"feed", "sitemap", "telegram"}
    roles = {source.account.role for source in sources}
    assert {"media", "party", "election_commission", "state_body"} <= roles
    regions = {region for source in sources for region in source.account.regions}
    assert len(regions - {"KZ"}) >= 10
    assert {source.checked for source in sources} == {"never"}
    assert all(source.expected_per_day > 0 for source in sources)


def test_every_party_source_names_its_party(kz: Election) -> None:
    for source in load_sources("kz", kz):
        assert (source.account.role == "party") == bool(source.account.party)


# --- reading -------------------------------------------------------------------------------------


def test_account_is_the_host_or_the_channel_where_none_is_written(
    kz: Election, tmp_path: Path
) -> None:
    (feed,) = load_sources(write(SOURCE.replace("news.", "www.news."), tmp_path), kz)
    assert feed.account.ref == AccountRef("web", "news.example")
    channel = SOURCE.replace("kind: feed", "kind: telegram")
    for written in ("https://t.me/Some_Channel", "https://t.me/s/Some_Channel/"):
        text = channel.replace("https://news.example/feed", written)
        (source,) = load_sources(write(text, tmp_path), kz)
        assert source.url == "https://t.me/s/Some_Channel"
        assert source.account.ref == AccountRef("telegram", "some_channel")


def test_account_that_is_written_wins(kz: Election, tmp_path: Path) -> None:
    text = SOURCE.replace("    role:", "    account: telegram:News_KZ\n    role:")
    (source,) = load_sources(write(text, tmp_path), kz)
    assert source.account.ref == AccountRef("telegram", "news_kz")


def test_directory_and_several_files_are_read_in_order_of_id(kz: Election, tmp_path: Path) -> None:
    write(SOURCE.replace("one:", "two:").replace("news.", "more."), tmp_path, "a.yml")
    write(SOURCE, tmp_path, "b.yml")
    assert [source.id for source in load_sources(tmp_path, kz)] == ["one", "two"]
    both = load_sources([tmp_path / "a.yml", tmp_path / "b.yml"], kz)
    assert [source.id for source in both] == ["one", "two"]


def test_same_id_in_two_files_names_both(kz: Election, tmp_path: Path) -> None:
    write(SOURCE, tmp_path, "a.yml")
    write(SOURCE, tmp_path, "b.yml")
    with pytest.raises(InvalidSource, match=r"b\.yml: sources\.one: .*a\.yml already"):
        load_sources(tmp_path, kz)


def test_same_address_under_two_ids_is_refused(kz: Election, tmp_path: Path) -> None:
    write(SOURCE, tmp_path, "a.yml")
    write(SOURCE.replace("one:", "two:").replace("/feed", "/feed#top"), tmp_path, "b.yml")
    with pytest.raises(InvalidSource, match=r"b\.yml: sources\.two\.url: .* is one already"):
        load_sources(tmp_path, kz)


def test_private_address_is_taken_where_it_is_listed(kz: Election, tmp_path: Path) -> None:
    file = write(SOURCE.replace("https://news.example", "http://127.0.0.1:8081"), tmp_path)
    (source,) = load_sources(file, kz, allow_private=["127.0.0.1:8081"])
    assert source.url == "http://127.0.0.1:8081/feed"
    with pytest.raises(InvalidSource):
        load_sources(file, kz, allow_private=["127.0.0.1:8082"])


def test_default_port_counts_for_a_listed_address(kz: Election, tmp_path: Path) -> None:
    file = write(SOURCE.replace("https://news.example", "http://localhost"), tmp_path)
    assert load_sources(file, kz, allow_private=["localhost:80"])


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/feed", "http://127.0.0.1:9/feed", "http://localhost/feed",
        "http://LOCALHOST./feed", "http://feeds.localhost/", "http://127.1/", "http://2130706433/",
        "http://0x7f.0.0.1/", "http://0/", "http://[::1]/", "http://[::ffff:10.0.0.1]/",
        "http://10.1.2.3/", "http://192.168.0.1/", "http://172.16.0.1/", "http://169.254.169.254/",
        "http://100.64.0.1/", "http://224.0.0.1/", "http://[fe80::1]/", "http://[fd00::1]/",
        "http://printer.local/", "http://db.internal/",
    ],
)  # fmt: skip
def test_private_address_is_refused_in_any_spelling(url: str, kz: Election, tmp_path: Path) -> None:
    file = write(SOURCE.replace("https://news.example/feed", f'"{url}"'), tmp_path)
    with pytest.raises(InvalidSource, match=r"mine\.yml:4: sources\.one\.url: a public address"):
        load_sources(file, kz)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://news.example/", "news.example/feed", "//news.example/feed",
        "javascript:alert(1)", "http:///feed", "http://news.example:99999/", "http://[::1/", "",
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(url: str, kz: Election, tmp_path: Path) -> None:
    file = write(SOURCE.replace("https://news.example/feed", f'"{url}"'), tmp_path)
    with pytest.raises(InvalidSource, match=r"mine\.yml:4: sources\.one\.url: an http or https"):
        load_sources(file, kz)


def test_password_in_an_address_is_refused_and_not_repeated(kz: Election, tmp_path: Path) -> None:
    file = write(SOURCE.replace("https://news", "https://me:secret@news"), tmp_path)
    with pytest.raises(InvalidSource, match="without user name and password") as caught:
        load_sources(file, kz)
    assert "secret" not in str(caught.value)


MISTAKES = {
    "unknown kind": ("kind: feed", "kind: rss", "kind", "'feed', 'sitemap'"),
    "unknown key": ("    role:", "    rôle: 1\n    role:", "rôle", "unknown key"),
    "missing key": ("    checked: never\n", "", "checked", "missing; the day"),
    "private account": ("role: media", "role: private", "role", "never crawled"),
    "account the register calls private": (
        "kind: feed\n    url: https://news.example/feed",
        "kind: telegram\n    url: https://t.me/egemberdi_demo", "role", "never crawled",
    ),
    "unknown role": ("role: media", "role: press", "role", "'candidate', 'proxy'"),
    "unknown region": ("[KZ-15]", "[KZ-16]", "regions", "one of KZ, KZ-10"),
    "no region": ("[KZ-15]", "[]", "regions", "at least 1 item"),
    "no region code": ("[KZ-15]", "[Aktobe]", "regions[0]", "an ISO 3166-2 code"),
    "unknown language": ("language: ru", "language: de", "language", "'kk', 'ru'"),
    "no name": ("{ru: Новости}", "{}", "name", "at least one of kk, ru, en"),
    "yield that is no number": ("2.5", "many", "expected_per_day", "valid number"),
    "negative yield": ("2.5", "-1", "expected_per_day", "greater than or equal to 0"),
    "checked on no day": ("never", "yes", "checked", "a day such as"),
    "unknown party": ("    role:", "    party: red\n    role:", "party", "a party of"),
    "unknown candidate": ("    role:", "    candidate: x\n    role:", "candidate", "a candidate"),
    "unknown contest": ("    role:", "    contest: x\n    role:", "contest", "a contest of"),
    "account of no platform": ("    role:", "    account: '@x'\n    role:", "account", "telegram"),
    "telegram that is a post": (
        "kind: feed\n    url: https://news.example/feed",
        "kind: telegram\n    url: https://t.me/channel/5", "url", "a public channel",
    ),
    "telegram that is an invitation": (
        "kind: feed\n    url: https://news.example/feed",
        "kind: telegram\n    url: https://t.me/+AbCdEf123", "url", "a public channel",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_is_named(name: str, kz: Election, tmp_path: Path) -> None:
    right, wrong, key, expected = MISTAKES[name]
    assert right in SOURCE
    with pytest.raises(InvalidSource) as caught:
        load_sources(write(SOURCE.replace(right, wrong, 1), tmp_path), kz)
    assert "mine.yml:" in str(caught.value)
    assert f": sources.one.{key}: " in str(caught.value)
    assert expected in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "sources: {}", "sources: []", "feeds: {}"])
def test_file_without_sources_is_refused(text: str, kz: Election, tmp_path: Path) -> None:
    with pytest.raises(InvalidSource, match=r"mine\.yml"):
        load_sources(write(text, tmp_path), kz)


def test_places_without_files_are_named(kz: Election, tmp_path: Path) -> None:
    with pytest.raises(InvalidSource, match=r"at least one \.yml"):
        load_sources(tmp_path, kz)
    with pytest.raises(InvalidSource, match="a file that can be read"):
        load_sources(tmp_path / "none.yml", kz)
    with pytest.raises(InvalidSource, match="a shipped set"):
        load_sources("nowhere", kz)


def test_contest_other_is_an_account_outside_the_profile(kz: Election, tmp_path: Path) -> None:
    text = SOURCE.replace("    role:", "    contest: other\n    role:")
    (source,) = load_sources(write(text, tmp_path), kz)
    assert source.account.contest == "other"


def test_an_address_may_be_left_to_the_crawler_so_that_one_does_not_stop_the_others(
    tmp_path: Path,
) -> None:
    line = (
        "  {}: {{kind: feed, url: '{}', role: media, regions: [KZ], language: kk, "
        "name: {{en: X}}, expected_per_day: 1, checked: never}}\n"
    )
    addresses = {
        "good": "https://news.kz/rss",
        "inside": "http://127.0.0.1:9/",
        "file": "file:///etc/x",
    }
    path = tmp_path / "mine.yml"
    path.write_text("sources:\n" + "".join(line.format(*one) for one in addresses.items()))
    election = load_election("kz-maslikhat-2023")
    with pytest.raises(InvalidSource, match=r"sources\.inside\.url"):
        load_sources(path, election)
    found = load_sources(path, election, check_addresses=False)
    assert {one.id: one.url for one in found} == addresses
