"""Sources: YAML files of what to fetch, from whom, how much of it to expect."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import Field, PlainValidator, ValidationError

from config.addresses import account_of, checked_url
from config.fields import IdText, RegionText, Strict, civil_date, note_errors
from config.problems import Problems, choice_hint, spell_path
from config.profile_schema import RawNames
from config.yaml_file import YamlFile, read_yaml
from core.election import AccountRef, Election, Names
from core.errors import InvalidInput, InvalidSource
from core.model import Account, Language, Role, Source, SourceKind


def _checked(value: object) -> str:
    return "never" if value == "never" else civil_date(value).isoformat()


def _account(value: object) -> AccountRef:
    match = isinstance(value, str) and re.fullmatch(r"(telegram|web|vk):([\w.:-]+)", value)
    if not match:
        raise ValueError(f"telegram:handle, web:host or vk:handle, got {value!r}")
    return AccountRef(match[1], match[2].lower())


CheckedText: TypeAlias = Annotated[str, PlainValidator(_checked)]
AccountText: TypeAlias = Annotated[AccountRef, PlainValidator(_account)]


class RawSource(Strict):
    kind: SourceKind = Field(description="feed, sitemap, article or telegram")
    url: str = Field(description="where it is fetched from, http or https")
    account: AccountText | None = None
    role: Role = Field(description="who speaks there: media, party, election_commission, ...")
    regions: Annotated[list[RegionText], Field(min_length=1)] = Field(
        description="ISO 3166-2 codes, or the country's for all of it: [KZ-15]"
    )
    language: Language = Field(description="kk, ru, en, mixed or und")
    name: RawNames
    expected_per_day: Annotated[float, Field(ge=0, le=100_000)] = Field(
        strict=False, description="posts a day below which it is an alarm, such as 20"
    )
    checked: CheckedText = Field(description="the day it was last seen to answer, or never")
    party: str = ""
    candidate: str = ""
    contest: str = ""


class RawSources(Strict):
    sources: Annotated[dict[IdText, RawSource], Field(min_length=1)] = Field(
        description="a mapping of source ids"
    )


def load_sources(
    path: str | Path | Sequence[str | Path],
    election: Election,
    *,
    allow_private: Iterable[str] = (),
    check_addresses: bool = True,
) -> tuple[Source, ...]:
    """The sources of a .yml file, of all in a directory, of several of either, or of a shipped
    set (`kz`), in order of id.

    An address that is no http(s), or is loopback or private and not in `allow_private`
    (host:port), raises InvalidSource, as do all other mistakes: each with file, line and key.
    With `check_addresses` False such a source is loaded as it is written: the crawler refuses it,
    says so among its gaps, and the others go on. Names that resolve to private addresses are the
    crawler's matter.
    """
    given = [path] if isinstance(path, str | Path) else list(path)
    allowed = frozenset(entry.lower() for entry in allow_private) if check_addresses else None
    found: dict[str, tuple[Source, Path]] = {}
    urls: dict[str, str] = {}
    for file in [file for one in given for file in _files(one)]:
        for source in _read(file, election, allowed):
            if source.id in found:
                earlier = found[source.id][1]
                raise InvalidSource(
                    f"{file}: sources.{source.id}", f"an id of its own: it is in {earlier} already"
                )
            if source.url in urls:
                raise InvalidSource(
                    f"{file}: sources.{source.id}.url",
                    f"an address of its own: {source.url} is {urls[source.url]} already",
                )
            found[source.id] = (source, file)
            urls[source.url] = source.id
    return tuple(found[id_][0] for id_ in sorted(found))


def _files(path: str | Path) -> list[Path]:
    shipped = Path(str(files("config"))) / "sources"
    if isinstance(path, str) and re.fullmatch(r"[\w-]+", path) and not Path(path).exists():
        names = sorted(file.stem for file in shipped.glob("*.yml"))
        if path not in names:
            expected = f"a file, a directory, or a shipped set, {choice_hint(path, names)}"
            raise InvalidSource(repr(path), expected)
        return [shipped / f"{path}.yml"]
    path = Path(path)
    if not path.is_dir():
        return [path]
    found = sorted(path.glob("*.yml"))
    if not found:
        raise InvalidSource(str(path), "a directory with at least one .yml file of sources")
    return found


def _read(path: Path, election: Election, allowed: frozenset[str] | None) -> list[Source]:
    file = read_yaml(path, InvalidSource)
    problems = Problems(path, InvalidSource)
    if not isinstance(file.data, dict):
        raise InvalidSource(str(path), "a mapping with the key `sources`")
    try:
        raw = RawSources.model_validate(file.data)
    except ValidationError as error:
        note_errors(error, RawSources, file, problems)
        problems.raise_if_any()
        raise
    sources = [
        source
        for id_, one in raw.sources.items()
        if (source := _Building(id_, one, file, election, problems).source(allowed))
    ]
    problems.raise_if_any()
    return sources


class _Building:
    """One source, checked against the election while it is made."""

    def __init__(
        self, id_: str, raw: RawSource, file: YamlFile, election: Election, problems: Problems
    ) -> None:
        self.id, self.raw, self.file = id_, raw, file
        self.election, self.problems = election, problems

    def source(self, allowed: frozenset[str] | None) -> Source | None:
        raw = self.raw
        self._references()
        try:
            url = checked_url(raw.url, raw.kind, allowed or frozenset())
        except InvalidInput as error:
            if allowed is not None:
                self._note("url", error.expected)
                return None
            url = raw.url
        ref = raw.account or account_of(url, raw.kind)
        if raw.role == "private" or ref in _private_accounts(self.election):
            self._note("role", "whoever acts in public: private accounts are never crawled")
        name = Names(raw.name.kk, raw.name.ru, raw.name.en)
        account = Account(
            ref=ref,
            role=raw.role,
            regions=tuple(raw.regions),
            party=raw.party,
            candidate=raw.candidate,
            contest=raw.contest,
            name=name,
        )
        return Source(
            self.id, raw.kind, url, account, raw.language, raw.expected_per_day, raw.checked
        )

    def _note(self, key: str, expected: str) -> None:
        path = ("sources", self.id, key)
        self.problems.add(spell_path(path), expected, self.file.line(path))

    def _references(self) -> None:
        election = self.election
        regions = [election.country, *election.regions]
        for region in self.raw.regions:
            if region not in regions:
                self._note("regions", f"{choice_hint(region, regions)}; got {region!r}")
        self._known("party", self.raw.party, election.parties)
        self._known("candidate", self.raw.candidate, election.candidates)
        self._known("contest", self.raw.contest, {**election.contests, "other": None})

    def _known(self, key: str, given: str, known: Mapping[str, object]) -> None:
        if given and given not in known:
            hint = choice_hint(given, list(known))
            self._note(key, f"a {key} of {self.election.id}, {hint}; got {given!r}")


def _private_accounts(election: Election) -> set[AccountRef]:
    """Accounts of candidates that the register marks as their private ones."""
    marked = (one for one in election.candidates.values() if one.private_accounts)
    return {account for one in marked for account in one.accounts}
