"""Evidence: what is written can be read, replayed, and is never hidden by a crash."""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import sys
import threading
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from core.errors import NotFound, ParseError, ResponseRefused, StoreError, StoreUnavailable
from crawler.warc import WarcWriter, read_record
from crawler.wire import Exchange, decoded

NOW = datetime(2023, 3, 18, 6, 30, 15, 123456, tzinfo=UTC)
PAGE = "<!DOCTYPE html><html><head><title>Т</title></head><body>Дауыс беріңіз</body></html>"


def exchange(payload: bytes = PAGE.encode(), url: str = "http://example.kz/a?b=1") -> Exchange:
    return Exchange(
        url=url,
        fetched_at=NOW,
        request_line="GET /a?b=1 HTTP/1.1",
        request_headers=(("User-Agent", "Baqylau"), ("Host", "example.kz")),
        status_line="HTTP/1.1 200 Отлично".encode().decode("latin-1"),
        status=200,
        headers=(
            ("content-TYPE", "text/html; charset=utf-8"),
            ("X-City", "Алматы".encode().decode("latin-1")),
            ("Set-Cookie", "a=1"),
            ("Set-Cookie", "b=2"),
        ),
        payload=payload,
        ip_address="93.184.216.34",
    )


def writer(directory: Path, **kwargs: int) -> WarcWriter:
    return WarcWriter(directory, now=lambda: NOW, software="Baqylau/test", **kwargs)


def records(path: Path) -> list[tuple[str, str]]:
    with path.open("rb") as file:
        return [
            (one.rec_type, one.rec_headers.get_header("WARC-Target-URI") or "")
            for one in ArchiveIterator(file, check_digests="raise")
        ]


def test_a_record_gives_back_its_bytes_and_its_head_as_they_came(tmp_path: Path) -> None:
    sink = writer(tmp_path)
    evidence = [sink.write(exchange(bytes([n]) * 1000 * n)) for n in range(4)]
    for n, one in enumerate(evidence):
        assert read_record(one, tmp_path) == bytes([n]) * 1000 * n
        assert one.sha256 == hashlib.sha256(bytes([n]) * 1000 * n).hexdigest()
    data = (tmp_path / evidence[1].warc_file).read_bytes()
    record = gzip.decompress(data[evidence[1].offset : evidence[1].offset + evidence[1].length])
    assert "HTTP/1.1 200 Отлично\r\ncontent-TYPE: text/html; charset=utf-8\r\nX-City: Алматы" in (
        record.decode("utf-8", "replace")
    )
    assert b"WARC/1.1\r\n" in record
    assert b"WARC-IP-Address: 93.184.216.34" in record
    assert f"WARC-Payload-Digest: sha256:{evidence[1].sha256}".encode() in record
    assert b"WARC-Date: 2023-03-18T06:30:15.123456Z" in record


def test_a_file_is_a_warcinfo_and_pairs_of_response_and_request(tmp_path: Path) -> None:
    sink = writer(tmp_path)
    evidence = sink.write(exchange())
    sink.write(exchange(url="http://example.kz/b"))
    assert records(tmp_path / evidence.warc_file) == [
        ("warcinfo", ""),
        ("response", "http://example.kz/a?b=1"),
        ("request", "http://example.kz/a?b=1"),
        ("response", "http://example.kz/b"),
        ("request", "http://example.kz/b"),
    ]


def test_each_start_begins_a_file_of_its_own_even_with_the_same_clock_and_process(
    tmp_path: Path,
) -> None:
    first, second = writer(tmp_path).write(exchange()), writer(tmp_path).write(exchange())
    assert first.warc_file != second.warc_file
    assert first.warc_file.startswith("baqylau-20230318T063015Z-")


def test_nothing_is_made_before_the_first_capture(tmp_path: Path) -> None:
    writer(tmp_path / "warc").close()
    assert not (tmp_path / "warc").exists()


def test_a_full_file_is_followed_by_another(tmp_path: Path) -> None:
    sink = writer(tmp_path, max_bytes=1500)
    files = [sink.write(exchange(url=f"http://example.kz/{n}")).warc_file for n in range(6)]
    assert len(set(files)) > 1
    assert sum(len(records(tmp_path / name)) - 1 for name in set(files)) == 12


def test_a_torn_tail_hides_nothing_that_was_written_after_the_restart(tmp_path: Path) -> None:
    before = writer(tmp_path).write(exchange())
    path = tmp_path / before.warc_file
    path.write_bytes(path.read_bytes()[:-40])
    after = writer(tmp_path).write(exchange(b"after the crash"))
    assert read_record(after, tmp_path) == b"after the crash"
    assert read_record(before, tmp_path) == PAGE.encode()  # the tear is in the request record


def test_a_write_that_fails_half_way_leaves_nothing_in_front_of_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = writer(tmp_path)
    first = sink.write(exchange())

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("crawler.warc.os.fsync", full)
        with pytest.raises(StoreUnavailable, match="No space left"):
            sink.write(exchange(b"half"))
    later = sink.write(exchange(b"later"))
    assert len(records(tmp_path / first.warc_file)) == 3
    assert read_record(later, tmp_path) == b"later"


def test_threads_do_not_write_into_each_other(tmp_path: Path) -> None:
    sink, found = writer(tmp_path), {}

    def work(n: int) -> None:
        for m in range(20):
            payload = f"{n}-{m}".encode() * 500
            found[payload] = sink.write(exchange(payload))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 120
    assert all(read_record(one, tmp_path) == payload for payload, one in found.items())


def test_changed_bytes_are_an_error_and_a_missing_file_is_not_found(tmp_path: Path) -> None:
    evidence = writer(tmp_path).write(exchange())
    with pytest.raises(StoreError, match="do not have the hash"):
        read_record(replace(evidence, sha256="0" * 64), tmp_path)
    with pytest.raises(NotFound):
        read_record(replace(evidence, warc_file="other.warc.gz"), tmp_path)
    with pytest.raises(NotFound, match="not the name"):
        read_record(replace(evidence, warc_file="../../etc/passwd"), tmp_path)
    with pytest.raises(StoreError):
        read_record(replace(evidence, offset=evidence.offset + 5), tmp_path)
    with pytest.raises(StoreError):
        read_record(replace(evidence, length=50), tmp_path)


REPLAY = """
import sys
from pywb.apps.frontendapp import FrontEndApp
from werkzeug.test import Client
app = FrontEndApp()
for url in sys.argv[1:]:
    answer = Client(app).get("/case/20230318063015id_/" + url)
    sys.stdout.buffer.write(answer.status.encode() + b"\\n" + answer.get_data() + b"\\n--\\n")
"""


def test_pywb_indexes_the_file_and_replays_the_page(tmp_path: Path) -> None:
    pytest.importorskip("pywb", reason="pywb is not installed")
    sink = writer(tmp_path / "warc")
    squeezed = exchange(gzip.compress(PAGE.encode()), url="http://example.kz/gz")
    squeezed = replace(
        squeezed, headers=(*squeezed.headers, ("Content-Encoding", "gzip"),
                           ("Transfer-Encoding", "chunked")),
    )  # fmt: skip
    name = sink.write(exchange()).warc_file
    sink.write(squeezed)
    manager = [str(Path(sys.executable).with_name("wb-manager"))]
    for command in (["init", "case"], ["add", "case", str(tmp_path / "warc" / name)]):
        subprocess.run([*manager, *command], cwd=tmp_path, check=True, capture_output=True)
    replayed = subprocess.run(
        [sys.executable, "-c", REPLAY, "http://example.kz/a?b=1", "http://example.kz/gz"],
        cwd=tmp_path, check=True, capture_output=True,
    ).stdout  # fmt: skip
    page = f"200 Отлично\n{PAGE}".encode()
    first, second, _rest = replayed.split(b"\n--\n")
    assert (first.endswith(page), second.endswith(page)) == (True, True)


@pytest.mark.parametrize(
    ("encoding", "payload"),
    [
        ("gzip", gzip.compress(b"text")),
        ("x-gzip", gzip.compress(b"te") + gzip.compress(b"xt")),
        ("deflate", zlib.compress(b"text")),
        ("deflate", zlib.compress(b"text")[2:-4]),
        ("gzip, gzip", gzip.compress(gzip.compress(b"text"))),
        ("identity", b"text"),
        ("", b"text"),
    ],
)
def test_a_payload_is_read_again_through_its_content_encoding(
    encoding: str, payload: bytes
) -> None:
    headers = (("Content-Encoding", encoding),)
    assert decoded(payload, headers, url="http://x/", limit=100) == b"text"


def test_what_cannot_be_decoded_says_why() -> None:
    with pytest.raises(ParseError, match="'br' was not asked for"):
        decoded(b"x", (("content-encoding", "br"),), url="http://x/", limit=100)
    with pytest.raises(ParseError, match="cannot be read"):
        decoded(b"not gzip", (("content-encoding", "gzip"),), url="http://x/", limit=100)
    with pytest.raises(ResponseRefused, match="larger than 100 bytes"):
        decoded(gzip.compress(b"x" * 999), (("content-encoding", "gzip"),), url="u", limit=100)
