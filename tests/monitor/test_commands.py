"""The composable commands: in one process, and once each as a shell would call them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from monitor.cli import app
from monitor.training import order_of


@pytest.fixture(autouse=True)
def without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("BAQYLAU_"):
            monkeypatch.delenv(name)


def run(*arguments: str, given: bytes = b"", **environment: str) -> Result:
    return CliRunner().invoke(app, list(arguments), input=given, env=environment)


def lines(*records: object) -> bytes:
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records).encode()


def answers(done: Result) -> list[Any]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_law_judges_what_is_given_without_a_text() -> None:
    act = {"id": "a", "kind": "campaigning", "at": "2023-03-18T00:00:00+06:00", "region": "KZ-75"}
    done = run("law", "--election", "kz-maslikhat-2023", given=lines(act))
    assert done.exit_code == 0, done.stderr
    (answer,) = answers(done)
    assert answer["id"] == "a"
    flags = {flag["rule"]: flag for flag in answer["flags"]}
    silence = flags["silence_violation"]
    assert silence["verdict"] == "violation"
    assert "32" in silence["article"]
    assert silence["window"]["Asia/Almaty"]["start"] == "2023-03-18T00:00:00+06:00"
    assert set(silence["reason"]) == {"kk", "ru", "en"}
    assert "missing_imprint" not in flags


def test_law_reads_a_text_and_finds_the_constituency_of_who_is_named() -> None:
    text = "Голосуйте за Нуржана Серикбаева!"
    half_past = {"id": 1, "text": text, "at": "2023-03-18T00:30:00+06:00"}
    an_hour_later = {"id": 2, "text": text, "at": "2023-03-18T01:30:00+06:00"}
    done = run("law", "--election", "kz-maslikhat-2023", given=lines(half_past, an_hour_later))
    verdicts = [
        {flag["rule"]: flag["verdict"] for flag in answer["flags"]}["silence_violation"]
        for answer in answers(done)
    ]
    assert verdicts == ["cleared", "violation"]


def test_a_given_kind_wins_over_what_the_text_says() -> None:
    act = {"id": 1, "text": "Голосуйте за AMANAT!", "kind": "news_report", "at": "2023-03-18",
           "region": "KZ"}  # fmt: skip
    assert answers(run("law", given=lines(act)))[0]["flags"] == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "violation"),
        ({"stance": {"vote_buying": "reports"}}, "indeterminate"),
        ({"stance": "reports"}, "indeterminate"),
        ({"stance": {"intimidation": "reports"}}, "violation"),
        ({"signals": {"vote_buying": False}}, None),
    ],
)
def test_a_given_stance_wins_over_what_the_text_says(
    given: dict[str, object], expected: str | None
) -> None:
    text = "Дам 5000 тенге за голос за Динару Омарову, приходите!"
    done = run("law", given=lines({"id": 1, "text": text, "at": "2023-03-01", **given}))
    verdicts = {flag["rule"]: flag["verdict"] for flag in answers(done)[0]["flags"]}
    assert verdicts.get("vote_buying") == expected


def test_a_given_label_is_sure_and_a_given_score_counts() -> None:
    signals = [["vote_buying"], {"vote_buying": True}, {"vote_buying": 0.5}, {"vote_buying": 0.42}]
    acts = [{"id": n, "at": "2023-03-01", "signals": one, "stance": "commits"}
            for n, one in enumerate(signals)]  # fmt: skip
    said = [answer["flags"][0]["verdict"] for answer in answers(run("law", given=lines(*acts)))]
    assert said == ["violation", "violation", "violation", "indeterminate"]


@pytest.mark.parametrize(
    ("record", "field"),
    [
        ({"at": "2023-03-18T00:00:00"}, "at"),
        ({"at": 5}, "at"),
        ({"at": None, "kind": "agitation"}, "kind"),
        ({"at": None, "region": "KZ-99"}, "region"),
        ({"at": None, "region": [["KZ-75"]]}, "region"),
        ({"at": None, "role": "king"}, "role"),
        ({"at": None, "act": "shout"}, "act"),
        ({"at": None, "contest": "moon"}, "contest"),
        ({"at": None, "signals": ["love"]}, "signals"),
        ({"at": None, "signals": {"poll": 7}}, "signals"),
        ({"at": None, "signals": ["poll"], "stance": "maybe"}, "stance"),
        ({"at": None, "stance": {"vote_buying": "maybe"}}, "stance"),
        ({"at": None, "paid": "yes"}, "paid"),
        ({"at": None, "text": 7}, "text"),
    ],
)
def test_a_wrong_field_is_named_with_its_line_and_the_rest_goes_on(
    record: dict[str, object], field: str
) -> None:
    from config.loader import load_election
    from core.errors import InvalidRecord
    from monitor.law import Lawyer
    from tests.monitor.conftest import MarkReader

    lawyer = Lawyer(load_election("kz-maslikhat-2023"), MarkReader())
    with pytest.raises(InvalidRecord, match=rf"^line 7: {field}: "):
        lawyer.answer(7, {"id": 1, **record})
    assert lawyer.answer(8, {"id": 2, "at": None}) == {"id": 2, "flags": []}


def test_bad_lines_end_with_status_one_and_lose_nothing() -> None:
    good = {"id": 1, "kind": "campaigning", "at": "2023-03-18", "region": "KZ"}
    done = run("law", given=b"{broken\n[1]\n\n" + lines({"id": 0, "at": "soon"}, good))
    assert done.exit_code == 1
    assert [answer["id"] for answer in answers(done)] == [1]
    told = done.stderr
    assert "line 1: column" in told
    assert "line 2: " in told
    assert "line 4: at: " in told


def test_an_unknown_election_says_which_there_are() -> None:
    done = run("law", "--election", "kz-maslikhat-2022", given=lines({"id": 1}))
    assert done.exit_code == 2
    assert "kz-maslikhat-2023" in done.stderr
    assert "Traceback" not in done.stderr


def test_classify_answers_odd_texts_too() -> None:
    texts = ["", "🔥🔥", "\x00\ud800", "Голосуйте за AMANAT!", "a" * 1_000_000]
    done = run("classify", given="".join(
        json.dumps({"id": number, "text": text}) + "\n" for number, text in enumerate(texts)
    ).encode())  # fmt: skip
    assert done.exit_code == 0, done.stderr
    found = answers(done)
    assert [answer["id"] for answer in found] == [0, 1, 2, 3, 4]
    assert [answer["kind"] for answer in found[:3]] == ["other"] * 3
    assert found[3]["kind"] == "campaigning"
    for answer in found:
        assert {"id", "lang", "kind", "kind_score", "signals", "spans"} <= set(answer)
        assert 0 <= answer["kind_score"] <= 1
    spans = [s for s in found[3]["spans"] if s["label"] == "kind"]
    assert spans
    assert all(0 <= s["start"] < s["end"] <= len(texts[3]) for s in spans)


PAGE = """<!doctype html><html lang="ru"><head><title>Открыт мост</title>
<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Открыт мост",
"datePublished": "2023-03-17T09:00:00+05:00"}</script></head><body><article><h1>Открыт мост</h1>
<p>В городе открыли новый мост через реку, и движение по нему началось сегодня утром.</p>
<p>Жители ждали этого два года, а теперь дорога до рынка занимает десять минут.</p>
</article></body></html>"""


def test_parse_prints_one_post_a_line() -> None:
    done = run("parse", "article", "--url", "https://news.kz/1", given=PAGE.encode())
    (post,) = answers(done)
    assert post["native_id"] == "https://news.kz/1"
    assert post["published_at"] == "2023-03-17T09:00:00+05:00"
    assert post["edited"] is False
    assert "новый мост" in post["text"]
    assert set(post) == {
        "native_id", "url", "author", "text", "lang", "published_at", "edited", "edited_at",
        "media", "links", "forwarded_from", "views",
    }  # fmt: skip


BOMB = b'<!DOCTYPE u [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><urlset>&c;</urlset>'


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        ("feed", b"<html><body>no</body></html>", "HTML where"),
        ("telegram", b"<html><body>no</body></html>", "no message"),
        (
            "sitemap",
            b'<!DOCTYPE u [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><urlset>&c;</urlset>',
            "entity",
        ),
        ("article", b"", "empty"),
        ("letter", b"x", "one of article, feed, sitemap, telegram"),
    ],
)
def test_wrong_bytes_are_one_line_of_error(kind: str, body: bytes, expected: str) -> None:
    done = run("parse", kind, "--url", "https://news.kz/x", given=body)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert expected.lower() in done.stderr.lower()
    assert "Traceback" not in done.stderr


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    done = run("search", "x", "--data", str(tmp_path), BAQYLAU_PORT="eighty")
    assert done.exit_code == 2
    assert "BAQYLAU_PORT" in done.stderr
    misspelt = run("law", given=b"", BAQYLAU_ELECTON="x")
    assert "BAQYLAU_ELECTON" in misspelt.stderr


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (("--layers", "1,3,5"), "--frozen"),  # six stay as they are, so nothing would be learnt
        (("--layers", "1,three"), "--layers"),
        (("--layers", "-1,3", "--frozen", "0"), "--layers"),
        (("--bits", "8"), "--bits"),
        (("--teacher-alone",), "--teacher"),
    ],
)
def test_what_cannot_be_trained_is_named(
    tmp_path: Path, given: tuple[str, ...], named: str
) -> None:
    done = run("model", "train", "--base", "x", "--to", str(tmp_path / "new"), *given)
    assert done.exit_code == 2
    assert named in done.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("option", ["--begin", "--teacher"])
@pytest.mark.parametrize(("name", "other"), [("base", "y"), ("held_out", "1/5")])
def test_a_training_of_other_words_or_of_what_is_held_out_is_refused(
    tmp_path: Path, option: str, name: str, other: str
) -> None:
    record = {"base": "x", "data": [], "held_out": "0/5", "epochs": 1, "frozen": 0, "layers": [],
              "rate": 0.1, "seed": 1, name: other}  # fmt: skip
    (tmp_path / "order.json").write_text(json.dumps(record), encoding="utf-8")
    to = tmp_path / "new"
    done = run("model", "train", "--base", "x", "--to", str(to), option, str(tmp_path))
    assert done.exit_code == 2
    assert option in done.stderr
    assert f"{name} '{other}'" in done.stderr
    assert not to.exists()


@pytest.mark.parametrize(("layers", "kept"), [(0, []), (3, [0, 1, 2])])
def test_an_order_of_before_layers_could_be_chosen_is_read(
    tmp_path: Path, layers: int, kept: list[int]
) -> None:
    record = {"base": "x", "data": [], "held_out": "0/5", "epochs": 1, "frozen": 0,
              "layers": layers, "rate": 0.1, "seed": 1}  # fmt: skip
    (tmp_path / "order.json").write_text(json.dumps(record), encoding="utf-8")
    assert order_of(tmp_path).layers == kept


@pytest.mark.parametrize("command", ["vocabulary", "narrow"])
def test_where_no_new_base_can_be_made_is_named(tmp_path: Path, command: str) -> None:
    taken = tmp_path / "taken"
    taken.write_text("", encoding="utf-8")
    done = run("model", command, str(tmp_path / "none"), "--to", str(taken))
    assert done.exit_code == 2
    assert "--to" in done.stderr
    done = run("model", command, str(tmp_path / "none"), "--to", str(tmp_path / "new"))
    assert done.exit_code == 2
    assert "order.json" in done.stderr
    assert not (tmp_path / "new").exists()


def test_where_no_checkpoint_can_be_unpacked_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    done = run("model", "unpack", "shipped", "--to", str(tmp_path))
    assert done.exit_code == 2
    assert "--to" in done.stderr


def test_what_has_no_new_pieces_is_not_aligned(tmp_path: Path) -> None:
    record = {"base": "x", "data": [], "held_out": "0/5", "epochs": 1, "frozen": 0, "layers": [],
              "rate": 0.1, "seed": 1}  # fmt: skip
    (tmp_path / "order.json").write_text(json.dumps(record), encoding="utf-8")
    done = run("model", "align", str(tmp_path), "--to", str(tmp_path / "new"))
    assert done.exit_code == 2
    assert "model vocabulary" in done.stderr
    assert not (tmp_path / "new").exists()


def test_a_mean_of_trainings_that_held_out_other_posts_is_refused(tmp_path: Path) -> None:
    record = {"base": "x", "data": [], "epochs": 1, "frozen": 0, "layers": [], "rate": 0.1,
              "seed": 1}  # fmt: skip
    for name, held_out in (("one", "0/5"), ("two", "1/5")):
        (tmp_path / name).mkdir()
        order = json.dumps(record | {"held_out": held_out})
        (tmp_path / name / "order.json").write_text(order, encoding="utf-8")
    both = [str(tmp_path / "one"), str(tmp_path / "two")]
    done = run("model", "mean", *both, "--to", str(tmp_path / "mean"))
    assert done.exit_code == 2
    assert "held_out '1/5'" in done.stderr
    assert not (tmp_path / "mean").exists()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("BAQYLAU_INDEX", "http://127.0.0.1:1"),
        ("BAQYLAU_ARCHIVE", "postgresql+psycopg://nobody@127.0.0.1:1/none"),
    ],
)
def test_a_store_that_cannot_be_had_is_told_once_before_anything_starts(
    tmp_path: Path, setting: str, value: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "monitor.cli", "up", "--data", str(tmp_path)], check=False,
        env={**os.environ, setting: value}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.count("error:") == done.stderr.count(setting) == 1, done.stderr
    assert "Pages and API" not in done.stderr


def test_in_a_shell_without_a_locale_text_is_utf8_both_ways() -> None:
    record = {"id": "ә", "text": "Дауыс беріңіздер, ағайын!"}
    done = subprocess.run(
        [sys.executable, "-m", "monitor.cli", "classify"], input=lines(record), capture_output=True,
        env=os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0"}, timeout=120, check=True,
    )  # fmt: skip
    answer = json.loads(done.stdout.decode("utf-8"))
    assert answer["id"] == "ә"
    assert answer["lang"] == "kk"


def test_a_query_may_begin_with_a_minus(tmp_path: Path) -> None:
    done = run("search", "-слово", "--data", str(tmp_path / "nothing"))
    assert done.exit_code == 2
    assert "No such option" not in done.stderr
    assert "nothing" in done.stderr
