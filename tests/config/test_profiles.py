"""Election profiles: both load, and each kind of mistake is named by file, line, key and remedy."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config.loader import available_elections, load_election
from core.election import Election
from core.errors import InvalidProfile

FIXTURES = Path(__file__).parent / "fixtures"
PROFILE = (FIXTURES / "three-days.yml").read_text(encoding="utf-8")
SHIPPED = ("kz-maslikhat-2023", "pl-samorzad-2024")
UTC_PLUS_5 = {"KZ-15", "KZ-23", "KZ-27", "KZ-43", "KZ-47"}
RULES_WITH_LAW = {
    "silence_violation", "early_campaigning", "missing_imprint", "barred_campaigner", "poll_ban",
    "vote_buying", "intimidation",
}  # fmt: skip


@pytest.fixture(scope="module")
def kz() -> Election:
    return load_election("kz-maslikhat-2023")


def refusal(text: str, tmp_path: Path, name: str = "three-days.yml") -> str:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidProfile) as caught:
        load_election(file)
    message = str(caught.value)
    assert str(file) in message
    return message


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


# --- the shipped profiles ------------------------------------------------------------------------


@pytest.mark.parametrize("election_id", SHIPPED)
def test_shipped_profile_loads(election_id: str) -> None:
    assert load_election(election_id).id == election_id
    assert election_id in available_elections()


def test_kz_offset_of_every_region_on_voting_day_is_the_one_of_the_table(kz: Election) -> None:
    noon = datetime(2023, 3, 19, 12, tzinfo=UTC)
    offsets = {
        code: {noon.replace(tzinfo=ZoneInfo(zone)).utcoffset() for zone in region.zones}
        for code, region in kz.regions.items()
    }
    assert len(offsets) == 20
    assert {code for code, found in offsets.items() if found == {timedelta(hours=5)}} == UTC_PLUS_5
    assert all(len(found) == 1 for found in offsets.values())
    assert {timedelta(hours=6)} in offsets.values()


def test_kz_is_one_zone_since_the_change_of_2024_03_01(kz: Election) -> None:
    after = datetime(2024, 3, 1, 12, tzinfo=UTC)
    zones = [ZoneInfo(zone) for region in kz.regions.values() for zone in region.zones]
    assert {after.replace(tzinfo=zone).utcoffset() for zone in zones} == {timedelta(hours=5)}


def test_kz_windows_are_those_of_the_calendar_plan(kz: Election) -> None:
    for contest in kz.contests.values():
        assert str(contest.called) == "2023-01-19T00:00:00"
        assert str(contest.opens) == "2023-02-18T18:00:00"
        assert str(contest.silence.start) == "2023-03-18T00:00:00"
        assert str(contest.silence.end) == "2023-03-20T00:00:00"
        (ban,) = contest.poll_bans
        assert (str(ban.start), str(ban.end)) == ("2023-03-14T00:00:00", "2023-03-20T00:00:00")
        assert {place.region for place in contest.constituencies} == set(kz.regions)
        assert len(contest.zones) == 7


def test_kz_law_is_strong_enough_for_a_verdict_exactly_where_an_article_is_known(
    kz: Election,
) -> None:
    cited = {rule for rule in RULES_WITH_LAW if rule in kz.facts and not kz.facts[rule].is_weak}
    assert cited == RULES_WITH_LAW
    assert "voting_misinfo" not in kz.facts
    assert "abuse" not in kz.facts
    for fact in kz.facts.values():
        assert fact.article
        assert fact.url.startswith("http")
        assert fact.says.kk
        assert fact.says.ru
        assert fact.says.en


def test_kz_acts_say_that_they_rest_on_speech_or_inference(kz: Election) -> None:
    assert set(kz.acts) == {"repost", "pin", "comment", "story", "live", "edit", "running_ad"}
    for fact_id in kz.acts.values():
        assert set(kz.facts[fact_id].basis) & {"official_speech", "inference"}


def test_kz_osdp_stands_for_the_mazhilis_only(kz: Election) -> None:
    assert kz.parties["osdp"].contests == ("mazhilis",)
    others = [party for party in kz.parties.values() if party.id != "osdp"]
    assert len(others) == 6
    assert all(set(party.contests) == {"maslikhat-oblast", "mazhilis"} for party in others)


def test_pl_silence_ends_when_polls_close_and_clocks_change_before_it() -> None:
    pl = load_election("pl-samorzad-2024")
    warsaw = ZoneInfo("Europe/Warsaw")
    contest = pl.contests["sejmik"]
    assert contest.called == contest.opens
    assert contest.silence.end.in_zone(warsaw) == datetime(2024, 4, 7, 19, tzinfo=UTC)
    assert contest.silence.start.in_zone(warsaw) == datetime(2024, 4, 5, 22, tzinfo=UTC)
    assert contest.opens.in_zone(warsaw) == datetime(2024, 1, 28, 23, tzinfo=UTC)
    assert len(pl.regions) == 16


def test_three_days_of_silence_last_73_hours_where_clocks_go_back() -> None:
    silence = load_election(FIXTURES / "three-days.yml").contests["assembly"].silence
    lengths = {
        zone: silence.end.in_zone(ZoneInfo(zone)) - silence.start.in_zone(ZoneInfo(zone))
        for zone in ("Europe/Sofia", "Europe/Istanbul")
    }
    assert lengths["Europe/Sofia"] == timedelta(hours=73)
    assert lengths["Europe/Istanbul"] == timedelta(hours=72)


# --- where profiles are found, and their hash ----------------------------------------------------


def test_a_directory_given_comes_before_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "three-days.yml").write_text(PROFILE, encoding="utf-8")
    assert load_election("three-days", directories=[tmp_path]).country == "XX"
    assert available_elections([tmp_path])["three-days"] == tmp_path / "three-days.yml"


def test_profiles_are_found_from_any_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_election("pl-samorzad-2024").country == "PL"


def test_unknown_id_names_the_ones_there_are() -> None:
    with pytest.raises(InvalidProfile, match="did you mean kz-maslikhat-2023"):
        load_election("kz-maslihat-2023")


def test_an_id_that_is_not_the_name_of_its_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.yml").write_text(PROFILE, encoding="utf-8")
    with pytest.raises(InvalidProfile, match=r"mine\.yml: id: mine"):
        load_election("mine", directories=[tmp_path])


def test_hash_is_stable_and_changes_with_every_value_and_with_the_register(tmp_path: Path) -> None:
    file = tmp_path / "three-days.yml"
    file.write_text(PROFILE, encoding="utf-8")
    first = load_election(file).hash
    assert load_election(file).hash == first
    assert load_election(file, register=FIXTURES / "three-days.csv").hash != first
    file.write_text("# a comment is no content\n" + PROFILE, encoding="utf-8")
    assert load_election(file).hash == first
    file.write_text(PROFILE.replace("2024-10-28T00:00", "2024-10-28T00:01"), encoding="utf-8")
    assert load_election(file).hash != first


# --- mistakes ------------------------------------------------------------------------------------

SILENCE = "silence: {start: 2024-10-25T00:00, end: 2024-10-28T00:00}"
VOTING = "voting: {start: 2024-10-27T07:00, end: 2024-10-27T20:00}"
BAN = "- {start: 2024-10-26T00:00, end: 2024-10-27T20:00}"
SOFIA = "XX-S: {names: {en: Sofia side}, zones: [Europe/Sofia]}"
TAIL = "barred_roles: {}\nacts: {}\n"

MISTAKES = {
    "region without zone": (
        SOFIA, "XX-S: {names: {en: Sofia side}}", "regions.XX-S.zones", "missing; the IANA zones",
    ),
    "region with no zone in the list": (
        "[Europe/Sofia]", "[]", "regions.XX-S.zones", "at least 1 item",
    ),
    "unknown zone": (
        "[Europe/Sofia]", "[Europe/Sofija]", "regions.XX-S.zones[0]",
        "did you mean Europe/Sofia?",
    ),
    "zone outside the database": (
        "[Europe/Sofia]", "[../../etc/passwd]", "regions.XX-S.zones[0]", "an IANA zone",
    ),
    "unknown key": (
        "    level: parliament\n", "    level: parliament\n    silense: 1\n",
        "contests.assembly.silense", "unknown key; did you mean silence?",
    ),
    "unknown key at the top": (
        "country: XX\n", "country: XX\ncolour: red\n", "colour", "unknown key",
    ),
    "missing key": (
        "    opens: 2024-09-27T00:00\n", "", "contests.assembly.opens",
        "missing; when campaigning opens",
    ),
    "wrong type": (
        "retention_days: 30", "retention_days: thirty", "retention_days", "valid integer",
    ),
    "text where a list belongs": (
        "languages: [en]", "languages: en", "languages", "valid list",
    ),
    "silence that ends before it starts": (
        SILENCE, "silence: {start: 2024-10-25T00:00, end: 2024-10-24T00:00}",
        "contests.assembly.silence.end", "after its start 2024-10-25T00:00:00",
    ),
    "silence that begins when campaigning opens": (
        "opens: 2024-09-27T00:00", "opens: 2024-10-25T00:00",
        "contests.assembly.silence.start", "after campaigning opens (2024-10-25T00:00:00)",
    ),
    "silence that begins after voting": (
        SILENCE, "silence: {start: 2024-10-27T12:00, end: 2024-10-28T00:00}",
        "contests.assembly.silence.start", "no later than voting starts",
    ),
    "called after opening": (
        "called: 2024-09-01T00:00", "called: 2024-10-01T00:00",
        "contests.assembly.called", "no later than the opening",
    ),
    "voting on another day": (
        VOTING, "voting: {start: 2024-10-26T07:00, end: 2024-10-27T20:00}",
        "contests.assembly.voting.start", "on the voting day 2024-10-27",
    ),
    "voting that ends the next day": (
        VOTING, "voting: {start: 2024-10-27T07:00, end: 2024-10-28T00:01}",
        "contests.assembly.voting.end", "on the voting day 2024-10-27",
    ),
    "empty poll ban": (
        BAN, "- {start: 2024-10-26T00:00, end: 2024-10-26T00:00}",
        "contests.assembly.poll_bans[0].end", "an empty window bans nothing",
    ),
    "overlapping poll bans": (
        BAN, f"{BAN}\n      - {{start: 2024-10-27T00:00, end: 2024-10-28T00:00}}",
        "contests.assembly.poll_bans", "do not overlap",
    ),
    "time with an offset": (
        "opens: 2024-09-27T00:00", "opens: 2024-09-27T00:00+03:00",
        "contests.assembly.opens", "without an offset",
    ),
    "time in UTC": (
        "opens: 2024-09-27T00:00", "opens: 2024-09-27T00:00:00Z",
        "contests.assembly.opens", "without an offset",
    ),
    "bare date for a time": (
        "opens: 2024-09-27T00:00", "opens: 2024-09-27",
        "contests.assembly.opens", "a local time such as",
    ),
    "a day that does not exist": (
        "opens: 2024-09-27T00:00", "opens: 2024-09-31T00:00",
        "contests.assembly.opens", "a local time such as",
    ),
    "hour 24": (
        "end: 2024-10-28T00:00}", "end: 2024-10-27T24:00}",
        "contests.assembly.silence.end", "a local time such as",
    ),
    "constituency of an unknown region": (
        "region: XX-I}\nparties", "region: XX-J}\nparties",
        "contests.assembly.constituencies[1].region", "one of XX-S, XX-I",
    ),
    "constituency in a zone its region has not": (
        "{id: north, region: XX-S}", "{id: north, region: XX-S, zone: Europe/Istanbul}",
        "contests.assembly.constituencies[0].zone", "a zone of XX-S: Europe/Sofia",
    ),
    "constituency of a region with two zones": (
        "[Europe/Sofia]", "[Europe/Sofia, Europe/Istanbul]",
        "contests.assembly.constituencies[0].zone", "missing; one of",
    ),
    "two constituencies of one id": (
        "{id: south, region: XX-I}", "{id: north, region: XX-I}",
        "contests.assembly.constituencies[1].id", "an id of its own",
    ),
    "contest without constituencies": (
        "    constituencies:\n      - {id: north, region: XX-S}\n"
        "      - {id: south, region: XX-I}\n", "",
        "contests.assembly.constituencies", "every_region: true",
    ),
    "contest called other": (
        "  assembly:\n", "  other:\n", "contests.other", "outside the profile",
    ),
    "party of an unknown contest": (
        "contests: [assembly]}", "contests: [senate]}", "parties.blue.contests[0]",
        "a contest of the profile",
    ),
    "two parties of one name": (
        "  blue: {names: {en: Blue}, contests: [assembly]}\n",
        "  blue: {names: {en: Blue}, contests: [assembly]}\n"
        "  sky: {names: {en: Sky}, aliases: [BLUE], contests: []}\n",
        "parties.sky", "BLUE is blue already",
    ),
    "region of another country": (
        "XX-I: {names", "YY-I: {names", "regions.YY-I", "a code of XX",
    ),
    "region twice": (
        SOFIA, f"{SOFIA}\n  {SOFIA}", "regions.XX-S", "written once",
    ),
    "fact without article": (
        "    article: Invented law, art. 1\n", "", "facts.silence_violation.article", "missing",
    ),
    "fact without basis": (
        "article: Invented law, art. 1\n    basis: [statute]\n", "article: Invented law, art. 1\n",
        "facts.silence_violation.basis", "missing; how we know",
    ),
    "fact with an empty basis": (
        "art. 1\n    basis: [statute]", "art. 1\n    basis: []",
        "facts.silence_violation.basis", "at least 1 item",
    ),
    "basis outside the list": (
        "art. 1\n    basis: [statute]", "art. 1\n    basis: [rumour]",
        "facts.silence_violation.basis[0]", "'statute', 'commission'",
    ),
    "fact without edition": (
        "    edition: 2024-01-01\n    url: https://law.example/1\n",
        "    url: https://law.example/1\n", "facts.silence_violation.edition", "missing; the day",
    ),
    "fact without url": (
        "    url: https://law.example/1\n", "", "facts.silence_violation.url", "missing; where",
    ),
    "fact at no address": (
        "https://law.example/1", "law.example", "facts.silence_violation.url", "http or https",
    ),
    "unknown rule": (
        "  silence_violation:\n", "  silence_breach:\n", "facts.silence_breach", "a flag rule",
    ),
    "unknown role": (
        TAIL, "barred_roles: {judges: poll_ban}\nacts: {}\n", "barred_roles.judges",
        "did you mean judge?",
    ),
    "role barred by no fact": (
        TAIL, "barred_roles: {judge: law}\nacts: {}\n", "barred_roles.judge", "the id of a fact",
    ),
    "unknown act": (
        TAIL, "barred_roles: {}\nacts: {reposts: poll_ban}\n", "acts.reposts",
        "did you mean repost?",
    ),
    "act of no fact": (
        TAIL, "barred_roles: {}\nacts: {repost: law}\n", "acts.repost", "the id of a fact",
    ),
    "penalty of no fact": (
        TAIL, TAIL + "penalties: {poll_ban: [fine]}\n", "penalties.poll_ban[0]",
        "the id of a fact",
    ),
    "register that is not there": (
        "languages: [en]\n", "languages: [en]\nregister: people.csv\n", "register",
        "a CSV file beside the profile",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_is_named(name: str, tmp_path: Path) -> None:
    right, wrong, key, expected = MISTAKES[name]
    assert right in PROFILE
    message = refusal(PROFILE.replace(right, wrong, 1), tmp_path)
    assert f": {key}: " in message
    assert expected in message


def test_the_line_of_the_mistake_is_named(tmp_path: Path) -> None:
    text = PROFILE.replace("opens: 2024-09-27T00:00", "opens: soon")
    assert f"three-days.yml:{line_of(text, 'opens: soon')}: contests" in refusal(text, tmp_path)


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    text = PROFILE.replace("opens: 2024-09-27T00:00", "opens: soon")
    text = text.replace("[Europe/Sofia]", "[Europe/Sofija]").replace("basis: [press]", "basis: []")
    message = refusal(text, tmp_path)
    assert len(message.splitlines()) == 3
    for key in ("contests.assembly.opens", "regions.XX-S.zones[0]", "facts.poll_ban.basis"):
        assert key in message


def test_window_that_clocks_skip_is_empty_in_that_zone(tmp_path: Path) -> None:
    """Sofia's clocks go from 03:00 to 04:00 on 2024-03-31; Istanbul's do not."""
    text = PROFILE.replace(BAN, "- {start: 2024-03-31T03:10, end: 2024-03-31T03:50}")
    message = refusal(text, tmp_path)
    assert "poll_bans[0]: a window that is not skipped by clocks of Europe/Sofia" in message
    assert "Istanbul" not in message


# --- files that are no profile -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "an election profile"),
        ("- a list\n", "an election profile"),
        ("id: [unclosed\n", "well-formed YAML"),
        ("id: &a [*a]\n", "well-formed YAML"),
        ("id: !!python/object/apply:os.system [ls]\n", "missing"),
        ("? [a, b]\n: 1\n", "well-formed YAML"),
        ("id: a\x00b\n", "well-formed YAML"),
        ("[" * 5000, "nested"),
        ("id: x\n--- \nid: y\n", "well-formed YAML"),
    ],
)
def test_no_profile_at_all(text: str, expected: str, tmp_path: Path) -> None:
    assert expected in refusal(text, tmp_path)


def test_aliases_that_multiply_without_end_are_refused_quickly(tmp_path: Path) -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert "more than" in refusal("\n".join(rows), tmp_path)


def test_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    file = tmp_path / "three-days.yml"
    file.write_bytes(PROFILE.replace("Blue", "Синие").encode("cp1251"))
    with pytest.raises(InvalidProfile, match="UTF-8"):
        load_election(file)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidProfile, match=r"nowhere\.yml: a file that can be read"):
        load_election(tmp_path / "nowhere.yml")


def test_norway_and_clock_times_stay_text(tmp_path: Path) -> None:
    """YAML 1.1 reads NO as false; a country is two letters all the same."""
    file = tmp_path / "three-days.yml"
    file.write_text(PROFILE.replace("XX", "NO"), encoding="utf-8")
    assert load_election(file).country == "NO"


def test_voting_day_is_a_date(kz: Election) -> None:
    assert kz.voting_day == date(2023, 3, 19)
