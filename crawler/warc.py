"""Evidence on disk: WARC 1.1, one gzip member a record, on the disk before the archive knows of it.

A new file is begun at every start and when one is full, never appended to again: behind a torn
tail a reader would find nothing. Reading needs only the file's name and the record's offset.
"""

from __future__ import annotations

import hashlib
import os
import re
import socket
import threading
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO, FileIO
from pathlib import Path

from isal import isal_zlib
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from core.errors import NotFound, StoreError, StoreUnavailable
from core.model import Evidence
from crawler.wire import Exchange, Headers

# ISA-L's highest. The mean of 120 real pages of 122 kB: 0.4 ms for 28.2 kB; zlib's level 3 takes
# 1.4 ms for 28.5 kB, its level 5 2.1 ms for 26.0 kB, warcio's 9 4.2 ms for 25.6 kB.
_GZIP_LEVEL = 3
_FILE_NAME = re.compile(r"[\w.-]+\.warc\.gz")


class WarcWriter:
    """Appends captures to files of its own under `directory`. Safe to call from several threads.

    Nothing is created before the first capture.
    """

    def __init__(
        self,
        directory: Path,
        *,
        now: Callable[[], datetime],
        software: str,
        prefix: str = "baqylau",
        max_bytes: int = 1_000_000_000,
    ) -> None:
        self._directory = directory
        self._now = now
        self._software = software
        self._prefix = prefix
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._file: FileIO | None = None
        self._name = ""
        self._serial = 0

    def write(self, exchange: Exchange) -> Evidence:
        """Append `response` and `request` records, fsync, and say where the response lies.

        Raises StoreUnavailable where the disk refuses; then nothing of it stays in the file.
        """
        sha256 = exchange.sha256
        response, request = _records(exchange, sha256)  # compressed outside the lock
        with self._lock:
            try:
                offset = self._append(response + request)
            except OSError as error:
                raise StoreUnavailable(f"evidence cannot be written: {error}") from error
            name = self._name
        return Evidence(
            sha256=sha256,
            url=exchange.url,
            fetched_at=exchange.fetched_at,
            status=exchange.status,
            headers=exchange.headers,
            content_type=exchange.header("content-type"),
            size=len(exchange.payload),
            warc_file=name,
            offset=offset,
            length=len(response),
        )

    def close(self) -> None:
        """Close the present file; a later write begins a new one."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _append(self, data: bytes) -> int:
        file = self._open_file()
        offset = file.tell()
        try:
            _write_all(file, data)
            os.fsync(file.fileno())
        except OSError:
            # What was half written must not stay in front of the next record.
            self._file = None
            file.close()
            os.truncate(self._directory / self._name, offset)
            raise
        return offset

    def _open_file(self) -> FileIO:
        if self._file is not None and self._file.tell() >= self._max_bytes:
            self._file.close()
            self._file = None
        if self._file is None:
            self._directory.mkdir(parents=True, exist_ok=True)
            self._file = self._new_file()
            _write_all(self._file, _warcinfo(self._name, self._software, self._now()))
            _sync_directory(self._directory)
        return self._file

    def _new_file(self) -> FileIO:
        """A file that was not there before: a container's process ids and a demo's clock repeat."""
        stamp = self._now().astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        while True:
            self._serial += 1
            self._name = f"{self._prefix}-{stamp}-{os.getpid()}-{self._serial:05d}.warc.gz"
            try:
                # Unbuffered, so that a failed write leaves nothing behind to be flushed later.
                return FileIO(self._directory / self._name, "xb")
            except FileExistsError:
                continue


def read_record(evidence: Evidence, directory: Path) -> bytes:
    """The payload of a capture as it was transferred, checked against its hash.

    Raises NotFound where file or record is missing, StoreError where the bytes are not those.
    """
    if not _FILE_NAME.fullmatch(evidence.warc_file):
        raise NotFound(f"{evidence.warc_file!r} is not the name of an evidence file")
    try:
        with (directory / evidence.warc_file).open("rb") as file:
            file.seek(evidence.offset)
            record = next(iter(ArchiveIterator(BytesIO(file.read(evidence.length)))), None)
            if record is None or record.rec_type != "response":
                raise NotFound(f"{evidence.warc_file} has no response at {evidence.offset}")
            payload: bytes = record.raw_stream.read()
    except OSError as error:
        raise NotFound(f"evidence file {evidence.warc_file}: {error}") from error
    except (ArchiveLoadFailed, zlib.error, EOFError) as error:
        raise StoreError(f"{evidence.warc_file} at {evidence.offset}: {error}") from error
    if hashlib.sha256(payload).hexdigest() != evidence.sha256:
        raise StoreError(
            f"{evidence.warc_file} at {evidence.offset}: the bytes do not have the hash "
            f"{evidence.sha256} that was recorded when they were fetched"
        )
    return payload


class _WireHead(StatusAndHeaders):  # type: ignore[misc]
    """An HTTP head as it came: warcio would percent-encode what is not ASCII in it."""

    def __init__(self, first_line: str, headers: Headers) -> None:
        super().__init__(first_line.partition(" ")[2], list(headers), first_line.partition(" ")[0])
        lines = [first_line, *(f"{name}: {value}" for name, value in headers)]
        self._as_it_came = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def compute_headers_buffer(self, header_filter: object = None) -> None:
        self.headers_buff = self._as_it_came


def _records(exchange: Exchange, sha256: str) -> tuple[bytes, bytes]:
    """The two records of an exchange, each a gzip member."""
    builder = WARCWriter(BytesIO(), gzip=False, warc_version="WARC/1.1")
    headers = {"WARC-Date": _warc_date(exchange.fetched_at)}
    if exchange.ip_address:
        headers["WARC-IP-Address"] = exchange.ip_address
    response = builder.create_warc_record(
        exchange.url,
        "response",
        payload=BytesIO(exchange.payload),
        length=len(exchange.payload),
        http_headers=_WireHead(exchange.status_line, tuple(map(_unchunked, exchange.headers))),
        warc_headers_dict={**headers, "WARC-Payload-Digest": f"sha256:{sha256}"},
    )
    request = builder.create_warc_record(
        exchange.url,
        "request",
        payload=BytesIO(b""),
        http_headers=_WireHead(exchange.request_line, exchange.request_headers),
        warc_headers_dict={
            **headers,
            "WARC-Concurrent-To": response.rec_headers.get_header("WARC-Record-ID"),
        },
    )
    return _member(response), _member(request)


def _warc_date(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _unchunked(pair: tuple[str, str]) -> tuple[str, str]:
    """The chunks are gone, so the record must not claim them; the row keeps the name as it came."""
    if pair[0].lower() == "transfer-encoding":
        return f"X-Archive-Orig-{pair[0]}", pair[1]
    return pair


def _member(record: object) -> bytes:
    buffer = BytesIO()
    WARCWriter(buffer, gzip=False, warc_version="WARC/1.1").write_record(record)
    engine = isal_zlib.compressobj(_GZIP_LEVEL, isal_zlib.DEFLATED, 31)
    return engine.compress(buffer.getvalue()) + engine.flush()


def _warcinfo(name: str, software: str, now: datetime) -> bytes:
    writer = WARCWriter(BytesIO(), gzip=False, warc_version="WARC/1.1")
    record = writer.create_warcinfo_record(
        name,
        {
            "software": software,
            "format": "WARC File Format 1.1",
            "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            "hostname": socket.gethostname(),
            "robots": "obey",
        },
    )
    record.rec_headers.replace_header("WARC-Date", _warc_date(now))
    return _member(record)


def _write_all(file: FileIO, data: bytes) -> None:
    """A write to a nearly full disk takes a part and says so; only the next one fails."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


def _sync_directory(directory: Path) -> None:
    """The name of a new file is only safe once its directory is."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
