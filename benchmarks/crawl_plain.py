"""The baseline of the crawl: pages that lie in memory, extracted, hashed and written as WARC."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from io import BytesIO
from pathlib import Path

import trafilatura
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

CHUNK = 10


def plain(pages: Sequence[bytes], copies: int, processes: int, folder: Path) -> tuple[float, float]:
    """Seconds that the plain loop takes for all copies of the pages, and of processor time."""
    chunks = [pages[start : start + CHUNK] for start in range(0, len(pages), CHUNK)] * copies
    context = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory(dir=folder) as out,
        ProcessPoolExecutor(
            processes, mp_context=context, initializer=extract_all, initargs=(pages[:2], out)
        ) as pool,
    ):
        list(pool.map(time.sleep, [0.5] * processes))  # each has started and imported by then
        started = time.perf_counter()
        used = sum(pool.map(extract_all, chunks, [out] * len(chunks)))
        return time.perf_counter() - started, used


def extract_all(pages: Sequence[bytes], folder: str) -> float:
    """The loop, over a part of the pages; processor seconds it took."""
    started = time.process_time()
    with (Path(folder) / f"{os.getpid()}.warc.gz").open("ab") as file:
        writer = WARCWriter(file, gzip=True, warc_version="WARC/1.1")
        for page in pages:
            trafilatura.extract(page)
            digest = hashlib.sha256(page).hexdigest()
            head = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], "HTTP/1.1")
            writer.write_record(
                writer.create_warc_record(
                    f"http://example.kz/{digest}", "response", payload=BytesIO(page),
                    http_headers=head, warc_headers_dict={"WARC-Payload-Digest": digest},
                )
            )  # fmt: skip
    return time.process_time() - started
