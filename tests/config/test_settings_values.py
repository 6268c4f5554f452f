"""Settings: read when asked, from BAQYLAU_ variables; a wrong value names its variable."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url

from config.settings import Settings, read_settings, unknown_variables, variables
from core.errors import InvalidInput


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("BAQYLAU_")]:
        monkeypatch.delenv(name)


def test_defaults_are_one_machine_on_loopback() -> None:
    settings = read_settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.election == "kz-maslikhat-2023"
    assert settings.archive_url == f"sqlite:///{Path('var') / 'archive.sqlite3'}"
    assert settings.index_dir == Path("var/index")
    assert settings.allow_private == ()
    assert settings.max_bytes == 10 * 1024 * 1024


def test_everything_lies_under_the_data_directory_that_is_given(tmp_path: Path) -> None:
    settings = read_settings(data=tmp_path)
    assert settings.archive_url == f"sqlite:///{tmp_path}/archive.sqlite3"
    assert settings.index_dir.parent == settings.warc_dir.parent == tmp_path


def test_archive_and_index_can_lie_elsewhere() -> None:
    settings = read_settings(archive="postgresql+psycopg://db/baqylau", index=Path("/fast/index"))
    assert settings.archive_url == "postgresql+psycopg://db/baqylau"
    assert settings.index_dir == Path("/fast/index")


def test_the_url_of_the_archive_can_come_from_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "archive_url"
    secret.write_text("postgresql+psycopg://baqylau:p%40ss@db/baqylau\n")
    monkeypatch.setenv("BAQYLAU_ARCHIVE_FILE", str(secret))
    assert read_settings().archive_url == "postgresql+psycopg://baqylau:p%40ss@db/baqylau"


def test_the_password_of_the_archive_can_come_from_a_file_as_it_is(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("p@ss:/w?rd#құпия%40\r\n", encoding="utf-8")
    given = "postgresql+psycopg://baqylau@db:5432/baqylau?sslmode=verify-full"
    url = make_url(read_settings(archive=given, archive_file=secret).archive_url)
    assert url.password == "p@ss:/w?rd#құпия%40"
    assert url.render_as_string(hide_password=True) == given.replace("@db", ":***@db")


@pytest.mark.parametrize(
    ("archive", "content", "where"),
    [
        ("", None, "BAQYLAU_ARCHIVE_FILE"),
        ("", "", "BAQYLAU_ARCHIVE_FILE"),
        ("", "hunter2\nhunter3\n", "BAQYLAU_ARCHIVE_FILE"),
        ("postgresql://u:hunter1@db/x", "hunter2", "BAQYLAU_ARCHIVE"),
        ("postgresql://db/x", "hunter2", "BAQYLAU_ARCHIVE"),
        ("sqlite:////var/x.sqlite3", "hunter2", "BAQYLAU_ARCHIVE"),
    ],
)
def test_a_secret_that_cannot_be_used_names_its_variable_and_stays_secret(
    archive: str, content: str | None, where: str, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    if content is not None:
        secret.write_text(content)
    settings = read_settings(archive=archive, archive_file=secret)
    with pytest.raises(InvalidInput) as caught:
        _ = settings.archive_url
    assert caught.value.where == where
    assert "hunter" not in str(caught.value)


def test_lists_are_written_with_commas_and_paths_as_in_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BAQYLAU_ALLOW_PRIVATE", "127.0.0.1:8081, [::1]:80")
    monkeypatch.setenv("BAQYLAU_SOURCES", "kz, /my sources/here.yml")
    monkeypatch.setenv("BAQYLAU_ELECTIONS_DIRS", os.pathsep.join(["/a", "/b"]))
    settings = read_settings()
    assert settings.allow_private == ("127.0.0.1:8081", "[::1]:80")
    assert settings.sources == ("kz", "/my sources/here.yml")
    assert settings.elections_dirs == (Path("/a"), Path("/b"))


def test_what_code_gives_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAQYLAU_PORT", "9000")
    assert read_settings().port == 9000
    assert read_settings(port=9001).port == 9001


def test_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAQYLAU_PORT", "")
    monkeypatch.setenv("BAQYLAU_INDEX", "")
    assert read_settings().port == 8000
    assert read_settings().index is None


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("BAQYLAU_PORT", "eight", "valid integer"),
        ("BAQYLAU_PORT", "70000", "less than or equal to 65535"),
        ("BAQYLAU_ALLOW_PRIVATE", "127.0.0.1", "host:port entries such as 127.0.0.1:8001"),
        ("BAQYLAU_TIMEOUT_S", "0", "greater than 0"),
        ("BAQYLAU_TIMEOUT_S", "inf", "finite number"),
        ("BAQYLAU_MAX_BYTES", "10 MB", "valid integer"),
        ("BAQYLAU_JITTER", "1", "less than 1"),
        ("BAQYLAU_LOG", "xml", "'text' or 'json'"),
        ("BAQYLAU_WORK_BATCH", "0", "greater than or equal to 1"),
    ],
)
def test_wrong_value_names_its_variable_and_what_would_be_right(
    variable: str, value: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(InvalidInput) as caught:
        read_settings()
    assert caught.value.where == variable
    assert expected in caught.value.expected
    assert variables()[variable] in caught.value.expected


def test_all_wrong_values_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAQYLAU_PORT", "eight")
    monkeypatch.setenv("BAQYLAU_LOG", "xml")
    with pytest.raises(InvalidInput) as caught:
        read_settings()
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == [
        "BAQYLAU_PORT", "BAQYLAU_LOG",
    ]  # fmt: skip


def test_misspelt_variable_finds_the_one_that_was_meant() -> None:
    found = unknown_variables({"BAQYLAU_PROT": "1", "BAQYLAU_PORT": "1", "PATH": ""})
    assert list(found) == ["BAQYLAU_PROT"]
    assert found["BAQYLAU_PROT"].startswith("did you mean BAQYLAU_PORT?")


def test_every_setting_says_what_it_is_for() -> None:
    assert all(about.endswith(".") for about in variables().values())


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read_settings().port = 1


def test_import_reads_nothing() -> None:
    """A wrong variable must not break `import config.settings`, only `read_settings()`."""
    environment = {**os.environ, "BAQYLAU_PORT": "eight"}
    done = subprocess.run(
        [sys.executable, "-c", "import config.settings, config.loader"],
        env=environment,
        check=False,
    )
    assert done.returncode == 0
    assert Settings.model_fields


def test_a_password_file_without_its_url_is_refused_and_the_password_not_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "password"
    secret.write_text("hunter2\n")
    monkeypatch.delenv("BAQYLAU_ARCHIVE", raising=False)
    monkeypatch.setenv("BAQYLAU_ARCHIVE_FILE", str(secret))
    with pytest.raises(InvalidInput, match="BAQYLAU_ARCHIVE") as told:
        _ = read_settings().archive_url
    assert "hunter2" not in str(told.value)
