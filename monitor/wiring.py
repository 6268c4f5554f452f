"""The only wiring: settings become objects. Nobody else knows which adapter stands behind a port.

Heavy libraries are imported where they are needed, so that `baqylau law` does not wait for Scrapy
and `baqylau crawl` holds no matcher in memory.
"""

from __future__ import annotations

import gc
import logging
import os
import random
import socket
import threading
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import TYPE_CHECKING

from config.loader import load_election
from config.settings import Settings
from config.sources_file import load_sources
from core.election import Election
from core.model import Source
from core.ports import UNCOUNTED, Analyzer, Annotator, Archive, Detector, SearchIndex, Tally
from monitor.clock import SystemClock
from monitor.lazy import LazyAnnotator

if TYPE_CHECKING:
    from fastapi import FastAPI

    from core.store.elastic import Server
    from crawler.parts import Parts
    from monitor.jobs import Worker


def clock_of(settings: Settings) -> SystemClock:
    """The machine's clock, or the demo's."""
    return SystemClock(timedelta(seconds=settings.clock_shift_s))


def worker_name() -> str:
    """Who holds a lease: host and process."""
    return f"{socket.gethostname()}:{os.getpid()}"


def election_of(settings: Settings) -> Election:
    """The profile that the settings name. Raises InvalidProfile."""
    return load_election(
        settings.election,
        directories=settings.elections_dirs,
        register=settings.candidates,
    )


def sources_of(
    settings: Settings, election: Election, *, check_addresses: bool = True
) -> tuple[Source, ...]:
    """The sources that the settings name. Raises InvalidSource."""
    return load_sources(
        settings.sources,
        election,
        allow_private=settings.allow_private,
        check_addresses=check_addresses,
    )


def open_archive(settings: Settings) -> Archive:
    """The archive, its schema brought up to date. Raises SchemaMismatch, StoreUnavailable."""
    from core.store.sql_archive import open_archive as opened

    if not settings.archive:
        settings.data.mkdir(parents=True, exist_ok=True)
    return opened(settings.archive_url)


def open_index(settings: Settings, *, writable: bool) -> SearchIndex:
    """The search index; only one process at a time may open it for writing."""
    if settings.index_url:
        from core.store.elastic import ElasticIndex

        return ElasticIndex(elastic_of(settings), writable=writable, lock_in=settings.data)
    from core.store.tantivy_index import TantivyIndex

    return TantivyIndex(settings.index_dir, writable=writable)


def discard_index(settings: Settings) -> None:
    """Forget an index that cannot be used, so that the next one is empty."""
    if settings.index_url:
        from core.store import elastic

        return elastic.discard(elastic_of(settings), settings.data)
    from core.store import tantivy_index

    return tantivy_index.discard(settings.index_dir)


def elastic_of(settings: Settings) -> Server:
    """Where Elasticsearch is, and who we are there."""
    from core.store.elastic import Server

    return Server(
        settings.index_url,
        user=settings.index_user,
        password=settings.index_secret("password"),
        api_key=settings.index_secret("api_key"),
        ca=settings.index_ca,
    )


def analyzer() -> Analyzer:
    """Text to lemmas, for documents and for queries."""
    from nlp.analyzer import LemmaAnalyzer

    return LemmaAnalyzer()


def crawl_parts(
    settings: Settings, archive: Archive, election: Election, tally: Tally = UNCOUNTED
) -> Parts:
    """What the crawler works with. To be called where its event loop runs."""
    from crawler.cadence import calendar
    from crawler.parts import make_parts
    from crawler.settings import options_from

    options = options_from(settings)
    return make_parts(
        archive,
        clock_of(settings),
        settings.warc_dir,
        options=options,
        calendar=calendar([election], options.cadence),
        rng=random.Random(),  # noqa: S311 (jitter, not a secret)
        tally=tally,
    )


def set_up_logging(settings: Settings) -> None:
    """Text for people or JSON for machines, on standard error."""
    from monitor.logs import handler

    root = logging.getLogger()
    root.handlers[:] = [handler(settings.log)]
    root.setLevel(settings.log_level)
    # A dictionary is loaded once a process, a request made a hundred times a minute: nobody's news.
    quiet = ["pymorphy3", "elastic_transport", "alembic"]
    if settings.log == "text":  # a line for each request and batch is for machines
        quiet += ["api.requests", "monitor.pipeline", "monitor.indexer"]
    for chatty in quiet:
        logging.getLogger(chatty).setLevel(logging.WARNING)


def annotator(
    settings: Settings, election: Election, words: Analyzer, *, explain: bool = True
) -> Annotator:
    """All detectors in their order: later ones see what earlier ones found.

    Raises InvalidCheckpoint where the classifier that the settings name cannot be used.
    """
    from config.lexicons import load_lexicons
    from core.lexicon import VotingFacts
    from nlp.ai_disclosure import AiDisclosureDetector
    from nlp.annotate import Annotators
    from nlp.disclosure import DisclosureDetector
    from nlp.foreign import OwnLanguages, kind_unknown
    from nlp.kind import KindDetector
    from nlp.language import LanguageDetector
    from nlp.names.linker import NameLinker
    from nlp.phrases import PhraseReader
    from nlp.signals import SignalDetector

    phrases = PhraseReader(load_lexicons())
    voting = next(iter(election.contests.values())).voting
    facts = VotingFacts(election.voting_day, voting.start.clock, voting.end.clock)
    kind, signals = KindDetector(phrases), SignalDetector(phrases, facts)
    deciding: tuple[Detector, ...] = (kind_unknown(kind), OwnLanguages(signals))
    if settings.classifier != "lexicon":
        deciding = _trained(settings.classifier, kind, signals, explain=explain)
    detectors: tuple[Detector, ...] = (
        LanguageDetector(),
        NameLinker(election),
        *deciding,
        OwnLanguages(DisclosureDetector(phrases)),
        OwnLanguages(AiDisclosureDetector(phrases)),
    )
    made = Annotators(detectors, words, threads=settings.classifier_threads)
    _settle()
    return made


def _settle() -> None:
    """Dictionaries and patterns stay as long as the process: each full collection that looked
    through them took a third of a millisecond from every post.
    """
    gc.collect()
    gc.freeze()


def _trained(
    checkpoint: str, kind: Detector, signals: Detector, *, explain: bool
) -> tuple[Detector, ...]:
    """The trained classifier, with the lexicons for what it does not read and as evidence."""
    from nlp.classifier.detector import ClassifierDetector
    from nlp.classifier.open import open_model
    from nlp.evidence import LexiconEvidence
    from nlp.foreign import OwnLanguages, kind_unknown

    model = open_model(checkpoint)
    classifier = kind_unknown(ClassifierDetector(model, explain=explain))
    if model.reads_signals:
        return classifier, LexiconEvidence((kind, signals))
    return classifier, OwnLanguages(signals), LexiconEvidence((kind,))


def lazy_annotator(settings: Settings, election: Election) -> Annotator:
    """An annotator that is built with the first text: acts without text need none."""
    return LazyAnnotator(lambda: annotator(settings, election, analyzer(), explain=False))


def worker_of(settings: Settings, stop: threading.Event) -> Worker:
    """A worker with its pipeline, its indexer and its watch."""
    from monitor.indexer import Indexer
    from monitor.jobs import Worker
    from monitor.pipeline import Pipeline
    from monitor.watch import Watch

    archive, election, words = open_archive(settings), election_of(settings), analyzer()
    name, watch = worker_name(), Watch()
    pipeline = Pipeline(
        archive,
        annotator(settings, election, words),
        election,
        clock_of(settings),
        name,
        lease_s=settings.work_lease_s,
        batch=settings.work_batch,
        tally=watch,
    )
    indexer = Indexer(
        archive, lambda: open_index(settings, writable=True), election, words, name, watch
    )
    return Worker(pipeline, indexer, stop, watch)


def worker_served(settings: Settings, worker: Worker) -> AbstractContextManager[None]:
    """What `work` tells those who watch it, where the settings say."""
    from monitor.watch import served

    return served(
        worker.watch,
        settings.work_metrics,
        setting="BAQYLAU_WORK_METRICS",
        archive=worker.pipeline.archive,
        clock=clock_of(settings),
        refused=worker.indexer.refused,
    )


def web_app(settings: Settings) -> FastAPI:
    """The API and the pages over what was collected."""
    from functools import partial

    from api.app import create_app
    from api.requests import RequestIds
    from crawler.cadence import phase
    from crawler.health import alarm
    from crawler.settings import product_version
    from crawler.warc import read_record

    for one in logging.getLogger().handlers:
        one.addFilter(RequestIds())
    election, clock = election_of(settings), clock_of(settings)
    return create_app(
        archive=open_archive(settings),
        index=open_index(settings, writable=False),
        analyzer=analyzer(),
        election=election,
        clock=clock,
        read_evidence=partial(read_record, directory=settings.warc_dir),
        alarm=lambda health: alarm(health, clock.now(), phase(election, clock.now())),
        version=product_version(),
        demo=settings.demo,
    )
