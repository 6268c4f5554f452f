"""What lies on disk under a tantivy index: other versions, damage, what a crash left behind."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import tantivy
from index_backends import Place, document

from core.errors import SchemaMismatch, StoreError, StoreUnavailable
from core.query import SearchRequest
from core.store import tantivy_query, tantivy_schema
from core.store.tantivy_index import TantivyIndex, discard

FIRST = f"schema{tantivy_schema.VERSION}-000001"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An index with one document, closed."""
    index = TantivyIndex(tmp_path, writable=True)
    index.put("a", 1, [document("a", "x", gone=["no"])])
    index.commit()
    index.close()
    return tmp_path


def names(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir() if path.is_dir())


def look(root: Path, *, writable: bool) -> int:
    index = TantivyIndex(root, writable=writable)
    try:
        return index.search(SearchRequest(facets=("gone",))).total
    finally:
        index.close()


def older_version(root: Path) -> None:
    (root / FIRST).rename(root / "schema0-000001")
    (root / "current").write_text("schema0-000001\n")


def other_schema(root: Path) -> None:
    shutil.rmtree(root / FIRST)
    (root / FIRST).mkdir()
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("body")
    tantivy.Index(builder.build(), path=str(root / FIRST))


@pytest.mark.parametrize("writable", [True, False])
@pytest.mark.parametrize("make", [older_version, other_schema])
def test_an_index_of_another_version_names_its_path_and_the_command_that_helps(
    root: Path, make: Callable[[Path], None], writable: bool
) -> None:
    make(root)
    with pytest.raises(SchemaMismatch, match=rf"{root}.*`baqylau reindex`"):
        TantivyIndex(root, writable=writable)


def no_meta(root: Path) -> None:
    (root / FIRST / "meta.json").unlink()


def garbled_meta(root: Path) -> None:
    (root / FIRST / "meta.json").write_text("{")


def lost_segment(root: Path) -> None:
    next((root / FIRST).glob("*.fast")).unlink()


def empty_segment(root: Path) -> None:
    next((root / FIRST).glob("*.term")).write_bytes(b"")


def lost_directory(root: Path) -> None:
    shutil.rmtree(root / FIRST)


def garbled_pointer(root: Path) -> None:
    (root / "current").write_bytes(b"\xff\xfe")


def pointer_elsewhere(root: Path) -> None:
    (root / "current").write_text("../../etc\n")


@pytest.mark.parametrize("writable", [True, False])
@pytest.mark.parametrize("damage", [
    no_meta, garbled_meta, lost_segment, empty_segment, lost_directory, garbled_pointer,
    pointer_elsewhere,
])  # fmt: skip
def test_damage_is_an_error_that_names_the_path_and_the_command_that_helps(
    root: Path, damage: Callable[[Path], None], writable: bool
) -> None:
    damage(root)
    with pytest.raises(StoreError, match=rf"{root}.*`baqylau reindex`"):
        look(root, writable=writable)
    discard(root)
    assert look(root, writable=True) == 0


def test_damage_found_by_a_search_is_an_error_too(root: Path) -> None:
    fast = next((root / FIRST).glob("*.fast"))
    fast.write_bytes(b"\xff" * fast.stat().st_size)
    with pytest.raises(StoreError, match=str(root)):
        look(root, writable=False)


def test_damage_found_while_facets_are_counted_is_told_to_whoever_looks_at_them(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tantivy_query, "terms", lambda names: {"a": {"no": "aggregation"}})
    with closing(TantivyIndex(root, writable=False)) as index:
        page = index.search(SearchRequest(facets=("kind",)))
        with pytest.raises(StoreError, match=str(root)):
            dict(page.facets)


def test_a_refused_index_is_not_left_locked(root: Path) -> None:
    older_version(root)
    with pytest.raises(SchemaMismatch):
        TantivyIndex(root, writable=True)
    discard(root)
    assert look(root, writable=True) == 0
    assert names(root) == [FIRST]


def test_nothing_is_discarded_under_a_writer(root: Path) -> None:
    index = TantivyIndex(root, writable=True)
    with pytest.raises(StoreUnavailable):
        discard(root)
    assert index.search(SearchRequest()).total == 1
    index.close()


def test_discarding_what_is_not_there_is_allowed(tmp_path: Path) -> None:
    discard(tmp_path / "never")
    assert not (tmp_path / "never").exists()


def test_a_reader_of_a_discarded_index_finds_nothing_after_a_refresh(root: Path) -> None:
    reader = TantivyIndex(root, writable=False)
    discard(root)
    assert reader.search(SearchRequest()).total == 1
    reader.refresh()
    assert reader.search(SearchRequest()).total == 0
    assert look(root, writable=True) == 0
    reader.refresh()
    assert reader.search(SearchRequest()).total == 0
    reader.close()


def test_a_reader_makes_nothing(tmp_path: Path) -> None:
    assert look(tmp_path / "index", writable=False) == 0
    assert not (tmp_path / "index").exists()


def test_a_rebuild_leaves_one_directory_and_so_does_one_that_is_given_up(root: Path) -> None:
    index = TantivyIndex(root, writable=True)
    index.start_rebuild().close()
    assert names(root) == [FIRST]
    for _ in range(2):
        index.finish_rebuild(index.start_rebuild())
    assert len(names(root)) == 1
    assert (root / "current").read_text().strip() == names(root)[0] != FIRST
    index.close()


def test_what_a_killed_rebuild_left_is_removed_when_the_next_writer_comes(tmp_path: Path) -> None:
    place = Place("tantivy", tmp_path)
    with place.elsewhere(writable=True) as other:
        assert other.answer() == "open"
        other.ask("put", "a", "1", "x")
        other.ask("commit")
        other.ask("start_rebuild")
        assert len(names(tmp_path / "index")) == 2
    index = place.open(writable=True)
    assert names(tmp_path / "index") == [FIRST]
    assert index.search(SearchRequest()).total == 1
    index.close()


def test_other_files_of_the_directory_are_left_alone(root: Path) -> None:
    (root / "notes.txt").write_text("mine")
    (root / "schema").mkdir()
    assert look(root, writable=True) == 1
    discard(root)
    assert (root / "notes.txt").read_text() == "mine"
    assert names(root) == ["schema"]


def test_a_refresh_that_finds_nothing_new_does_not_open_the_index_again(root: Path) -> None:
    reader = TantivyIndex(root, writable=False)
    volume = reader._volume
    assert volume is not None
    searcher = volume.searcher
    reader.refresh()
    assert reader._volume is volume
    assert volume.searcher is searcher
    reader.close()
