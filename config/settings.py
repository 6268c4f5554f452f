"""What can be set from outside, each by an environment variable BAQYLAU_<NAME>.

Nothing is read at import: `read_settings()` makes an instance, and an error names the variable.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias
from urllib.parse import quote

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from config.problems import choice_hint
from core.errors import InvalidInput

PREFIX = "BAQYLAU_"


def _listed(value: object) -> object:
    """`a, b` from the environment; a list given by code stays one."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _paths(value: object) -> object:
    """Paths separated as in PATH."""
    if isinstance(value, str):
        return tuple(Path(part) for part in value.split(os.pathsep) if part)
    return value


def _endpoints(value: object) -> object:
    """`127.0.0.1:8001, [::1]:80`, each a host with its port."""
    entries = _listed(value)
    for entry in entries if isinstance(entries, tuple | list) else ():
        if not _is_endpoint(str(entry)):
            raise ValueError(f"host:port entries such as 127.0.0.1:8001, got {entry!r}")
    return entries


def _listening(value: object) -> object:
    """One host with its port, or nothing."""
    if value and not _is_endpoint(str(value)):
        raise ValueError(f"host:port such as 127.0.0.1:9101, got {value!r}")
    return value


def _is_endpoint(text: str) -> bool:
    host, colon, port = text.rpartition(":")
    return bool(colon and host and port.isdigit() and 0 < int(port) < 65536)


def _place(value: object) -> object:
    """A directory, or a URL of the web."""
    text = str(value)
    scheme, separator, _ = text.partition("://")
    if separator and scheme not in {"http", "https"}:
        raise ValueError(f"a directory, or a URL such as https://host:9200, got {scheme}://")
    return value if value is None else text


Place: TypeAlias = Annotated[str | None, BeforeValidator(_place)]
Paths: TypeAlias = Annotated[tuple[Path, ...], NoDecode, BeforeValidator(_paths)]
Words: TypeAlias = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
Endpoints: TypeAlias = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_endpoints)]
Listening: TypeAlias = Annotated[str, BeforeValidator(_listening)]
Positive: TypeAlias = Annotated[float, Field(gt=0)]
Count: TypeAlias = Annotated[int, Field(ge=1)]


class Settings(BaseSettings):
    """All settings with their defaults; `model_fields[...].description` says what each is for."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True, allow_inf_nan=False
    )

    # where things lie
    data: Path = Field(
        default=Path("var"), description="Directory of everything collected: archive, index, WARC."
    )
    archive: str = Field(
        default="",
        description="SQLAlchemy URL of the archive; empty: SQLite in the data directory.",
    )
    archive_file: Path | None = Field(
        default=None,
        description="File (a secret) with the URL of the archive, or with the password for "
        "BAQYLAU_ARCHIVE where that is given too.",
    )
    index: Place = Field(
        default=None,
        description="Directory of the search index, or the URL of Elasticsearch, such as "
        "https://host:9200 or https://host:9200/name; empty: `index` in the data directory.",
    )
    index_user: str = Field(default="elastic", description="Who we are at Elasticsearch.")
    index_password: str = Field(
        default="", repr=False, description="The password of that user; better given by a file."
    )
    index_password_file: Path | None = Field(
        default=None, description="File (a secret) with the password for Elasticsearch."
    )
    index_api_key: str = Field(
        default="", repr=False, description="API key for Elasticsearch, in place of a password."
    )
    index_api_key_file: Path | None = Field(
        default=None, description="File (a secret) with the API key for Elasticsearch."
    )
    index_ca: Path | None = Field(
        default=None,
        description="Certificate (PEM) of the authority that signed that of Elasticsearch; empty: "
        "those that this machine trusts.",
    )

    # what is watched
    election: str = Field(
        default="kz-maslikhat-2023", description="Id of an election profile, or path to its .yml."
    )
    elections_dirs: Paths = Field(
        default=(), description="Directories of further profiles, searched before the shipped ones."
    )
    candidates: str = Field(
        default="",
        description="Register of candidates (CSV) in place of the profile's own; `none`: nobody.",
    )
    sources: Words = Field(
        default=("kz",),
        description="Files or directories of sources, or names of shipped sets; commas between.",
    )

    # who may be reached, and who asks
    allow_private: Endpoints = Field(
        default=(), description="host:port entries that may be fetched though private or loopback."
    )
    contact: str = Field(
        default="",
        description="Page or address of the operator, shown to servers in the User-Agent.",
    )

    # the page and the API
    host: str = Field(default="127.0.0.1", min_length=1, description="Address the page listens on.")
    port: Annotated[int, Field(ge=1, le=65535)] = Field(
        default=8000, description="Port of the page, 1 to 65535."
    )
    page_size: Annotated[int, Field(ge=1, le=200)] = Field(
        default=50, description="Entries on a page of a list, 1 to 200."
    )

    # what `crawl` and `work` tell a monitoring system; the page does it on its own port
    crawl_metrics: Listening = Field(
        default="",
        description="host:port where `crawl` serves /metrics, /healthz and /readyz; empty: none.",
    )
    work_metrics: Listening = Field(
        default="",
        description="host:port where `work` serves /metrics, /healthz and /readyz; empty: none.",
    )

    # crawling
    max_bytes: Count = Field(
        default=10 * 1024 * 1024, description="Largest response that is taken, in bytes."
    )
    timeout_s: Positive = Field(default=30.0, description="Longest download, in seconds.")
    max_redirects: Annotated[int, Field(ge=0)] = Field(
        default=10, description="Redirects that are followed from one address."
    )
    delay_s: Annotated[float, Field(ge=0)] = Field(
        default=1.0, description="Seconds between two requests to one host."
    )
    per_host: Count = Field(default=2, description="Requests to one host at the same time.")
    visits: Count = Field(default=16, description="Sources crawled at the same time.")
    visit_quiet_min: Positive = Field(
        default=60.0, description="Minutes between two visits of a source before the campaign."
    )
    visit_campaign_min: Positive = Field(
        default=10.0, description="Minutes between two visits of a source during the campaign."
    )
    visit_silence_min: Positive = Field(
        default=3.0, description="Minutes between two visits of a source during the silence."
    )
    look_silence_min: Positive = Field(
        default=15.0,
        description="Minutes until a post is looked at again during the silence; up to twice that.",
    )
    jitter: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.15, description="Share by which chance moves a visit, 0 to under 1."
    )
    crawl_lease_s: Positive = Field(
        default=300.0, description="Seconds after which a crashed crawler's source is taken over."
    )

    # working
    work_lease_s: Positive = Field(
        default=120.0, description="Seconds after which a crashed worker's posts are taken over."
    )
    work_batch: Count = Field(default=64, description="Posts that a worker takes at a time.")
    classifier: str = Field(
        default="",
        description="Checkpoint of the classifier: a directory, or a name on a hub; empty: the "
        "shipped one; `lexicon`: word lists alone.",
    )
    classifier_threads: Annotated[int, Field(ge=1, le=64)] = Field(
        default=4,
        description="Texts that one process reads at the same time; on two cores, 4 were fastest.",
    )

    parse_workers: Annotated[int, Field(ge=0, le=64)] = Field(
        default=1, description="Processes that parse pages; 0 parses in the crawler's own."
    )

    # the demo
    demo: bool = Field(default=False, description="Says on every page that the world is invented.")
    clock_shift_s: float = Field(
        default=0.0, description="Seconds that the clock is set ahead; only the demo sets it."
    )

    log: Literal["text", "json"] = Field(
        default="text", description="Format of the log: text for people, json for machines."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="What the log begins with: DEBUG, INFO, WARNING or ERROR."
    )

    @property
    def archive_url(self) -> str:
        """The URL of the archive, the default one and its secret filled in.

        Raises InvalidInput naming the variable where the secret cannot be read or has no place.
        """
        if self.archive_file is not None:
            secret = _secret("archive_file", self.archive_file)
            if self.archive:
                return _with_password(self.archive, secret)
            if "://" not in secret:  # a password alone: it must not be told as a wrong URL
                raise InvalidInput(
                    _variable("archive"), "the URL that the password file belongs to"
                )
            return secret
        return self.archive or f"sqlite:///{self.data / 'archive.sqlite3'}"

    @property
    def index_dir(self) -> Path:
        """The directory of the search index, the default one filled in."""
        return Path(self.index) if self.index else self.data / "index"

    @property
    def index_url(self) -> str:
        """The URL of the search index; empty where it is a directory."""
        return self.index if self.index and "://" in self.index else ""

    def index_secret(self, name: Literal["password", "api_key"]) -> str:
        """The password or the API key for Elasticsearch; empty where none is given.

        Raises InvalidInput naming the variable where the file cannot be read, or both are given.
        """
        given, file = {
            "password": (self.index_password, self.index_password_file),
            "api_key": (self.index_api_key, self.index_api_key_file),
        }[name]
        if file is None:
            return given
        if given:
            raise InvalidInput(_variable(f"index_{name}"), "left out where there is a file of it")
        return _secret(f"index_{name}_file", file)

    @property
    def warc_dir(self) -> Path:
        """The directory of the WARC files."""
        return self.data / "warc"


def _secret(name: str, path: Path) -> str:
    """What a secret's file holds, without the line's end that editors leave there."""
    try:
        secret = path.read_text(encoding="utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(_variable(name), f"a readable file ({error})") from error
    if not secret or "\n" in secret:
        raise InvalidInput(_variable(name), f"a file of one line ({path})")
    return secret


def _with_password(url: str, password: str) -> str:
    """`scheme://user@host/name` with the password for that user."""
    scheme, separator, rest = url.partition("://")
    user, at, place = rest.rpartition("@")
    if not (separator and user and at) or ":" in user:
        right = "scheme://user@host/name without a password, which BAQYLAU_ARCHIVE_FILE gives"
        raise InvalidInput(_variable("archive"), right)
    return f"{scheme}://{user}:{quote(password, safe='')}@{place}"


def read_settings(**given: Any) -> Settings:
    """The settings of the environment, with `given` ones over them.

    Raises InvalidInput naming each wrong variable and what would be right.
    """
    try:
        return Settings(**given)
    except ValidationError as error:
        (first, expected), *others = [_problem(detail) for detail in error.errors()]
        lines = [expected, *(f"{name}: {right}" for name, right in others)]
        raise InvalidInput(first, "\n".join(lines)) from error


def variables() -> dict[str, str]:
    """Every environment variable of the settings, with what it is for."""
    return {
        _variable(name): field.description or "" for name, field in Settings.model_fields.items()
    }


def unknown_variables(environment: dict[str, str] | None = None) -> dict[str, str]:
    """Variables with our prefix that no setting has, each with the one that was perhaps meant."""
    known = list(variables())
    names = os.environ if environment is None else environment
    return {
        name: choice_hint(name, known)
        for name in sorted(names)
        if name.startswith(PREFIX) and name not in known
    }


def _variable(name: str) -> str:
    return f"{PREFIX}{name.upper()}"


def _problem(detail: Any) -> tuple[str, str]:
    name = str(detail["loc"][0]) if detail["loc"] else ""
    variable = _variable(name)
    field = Settings.model_fields.get(name)
    about = f" ({field.description})" if field and field.description else ""
    if detail["type"] == "extra_forbidden":
        return variable, f"a setting that exists, {choice_hint(name, list(Settings.model_fields))}"
    message = str(detail["msg"]).removeprefix("Value error, ")
    got = "" if ", got " in message else f", got {detail['input']!r}"
    return variable, f"{message}{got}{about}"
