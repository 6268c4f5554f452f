"""Where the search index is: a directory or Elasticsearch, and how its secrets are given."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.settings import read_settings
from core.errors import InvalidInput


def test_a_url_stays_as_it_is_and_a_directory_is_no_url() -> None:
    url = "https://es.example.org:9200/kz-2029"
    assert read_settings(index=url).index_url == url
    assert read_settings().index_url == read_settings(index="/fast//index").index_url == ""
    assert read_settings(index="/fast/index").index_dir == Path("/fast/index")


def test_another_scheme_is_refused_without_the_password_in_it() -> None:
    with pytest.raises(InvalidInput, match=r"BAQYLAU_INDEX.*https://host:9200") as caught:
        read_settings(index="elasticsearch://user:hunter2@host")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("name", ["password", "api_key"])
def test_a_secret_comes_from_the_variable_or_from_a_file_and_never_from_both(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2\n")
    given = read_settings(**{f"index_{name}": "hunter1"})
    assert given.index_secret(name) == "hunter1"  # type: ignore[arg-type]
    assert "hunter" not in repr(given)
    monkeypatch.setenv(f"BAQYLAU_INDEX_{name.upper()}_FILE", str(secret))
    assert read_settings().index_secret(name) == "hunter2"  # type: ignore[arg-type]
    both = read_settings(**{f"index_{name}": "hunter1"})
    with pytest.raises(InvalidInput, match=f"BAQYLAU_INDEX_{name.upper()}") as caught:
        both.index_secret(name)  # type: ignore[arg-type]
    assert "hunter" not in str(caught.value)


def test_a_file_that_cannot_be_read_names_its_variable(tmp_path: Path) -> None:
    settings = read_settings(index_password_file=tmp_path / "nowhere")
    with pytest.raises(InvalidInput, match="BAQYLAU_INDEX_PASSWORD_FILE"):
        settings.index_secret("password")
