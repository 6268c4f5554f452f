"""`baqylau`: the commands. Each only reads its arguments, asks the wiring, and prints.

Long runners: up, serve, crawl, work. Of the whole archive: reindex, rejudge, move, backup, restore.
Composable ones read lines and print lines: parse, classify, law, search. Errors of ours end with
one line on standard error and exit status 2.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor import cli_model
from monitor.shell import Data, Election, err, settings_for, stopping, telling_errors, watching

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False,
                  help="Watches public campaigning around an election.")  # fmt: skip
sources_app = typer.Typer(no_args_is_help=True, help="The sources that are watched.")
app.add_typer(sources_app, name="sources")
app.add_typer(cli_model.app, name="model")

Url = Annotated[str, typer.Option("--url", help="Where the bytes were fetched from.")]
ContentType = Annotated[str, typer.Option(help="The Content-Type they came with.")]


# --- the long runners ----------------------------------------------------------------------------


@app.command()
@telling_errors
def up(
    demo: Annotated[
        bool, typer.Option("--demo", help="A small invented world on loopback.")
    ] = False,
    election: Election = None,
    data: Data = None,
    port: Annotated[int | None, typer.Option(help="Port of the page.")] = None,
) -> None:
    """Run everything: api, crawl and work, supervised together, until Ctrl-C."""
    from monitor.up import run_up

    given = {"port": port} if port is not None else {}
    settings = (settings_for if demo else watching)(election, data, **given)
    raise typer.Exit(run_up(settings, demo=demo, console=err))


@app.command()
@telling_errors
def serve(election: Election = None, data: Data = None) -> None:
    """The pages and the API over what was collected."""
    import uvicorn

    from monitor import wiring

    settings = watching(election, data)
    uvicorn.run(wiring.web_app(settings), host=settings.host, port=settings.port,
                log_config=None, access_log=False)  # fmt: skip


@app.command()
@telling_errors
def crawl(
    election: Election = None,
    data: Data = None,
    once: Annotated[bool, typer.Option("--once", help="Visit what is due, once, and end.")] = False,
) -> None:
    """Fetch the sources when they are due."""
    from crawler.reactor import run_on_reactor
    from monitor.crawling import crawl_main

    settings = watching(election, data)
    run_on_reactor(crawl_main(settings, once=once))


@app.command()
@telling_errors
def work(
    election: Election = None,
    data: Data = None,
    once: Annotated[bool, typer.Option("--once", help="Judge what is pending, and end.")] = False,
) -> None:
    """Judge what was collected and keep the search index up to date."""
    from monitor import wiring

    settings = watching(election, data)
    with stopping() as stop:
        worker = wiring.worker_of(settings, stop)
        if once:
            err.print(f"judged {worker.drain()} revisions")
            return
        with wiring.worker_served(settings, worker):
            worker.run()


@app.command()
@telling_errors
def reindex(election: Election = None, data: Data = None) -> None:
    """Build the search index anew from the archive, while the old one goes on answering."""
    from monitor.reindexing import run_reindex

    with stopping() as stop:
        raise typer.Exit(run_reindex(watching(election, data), stop, err))


@app.command()
@telling_errors
def migrate(data: Data = None) -> None:
    """Bring the archive's schema up to date; every long runner does the same when it starts."""
    from core.store.migrate import HEAD
    from monitor import wiring

    wiring.open_archive(settings_for(data=data)).close()
    err.print(f"the archive has schema {HEAD}", highlight=False)


@app.command()
@telling_errors
def rejudge(election: Election = None, data: Data = None) -> None:
    """Queue every post to be judged again under the present law and detectors.

    The flags that exist stay. It can be stopped: posts queued so far stay queued.
    """
    from monitor.reindexing import run_rejudge

    with stopping() as stop:
        raise typer.Exit(run_rejudge(watching(election, data), stop, err))


@app.command()
@telling_errors
def move(
    to: Annotated[str, typer.Option("--to", help="URL of an empty database, or of a new file.")],
    data: Data = None,
) -> None:
    """Carry the archive into another database, SQLite to PostgreSQL or back, and prove it.

    It can be stopped: the same command goes on from there. Evidence and index stay where they are.
    """
    from monitor.moving import run_move

    with stopping() as stop:
        raise typer.Exit(run_move(settings_for(data=data), to, stop, err))


@app.command()
@telling_errors
def backup(
    to: Annotated[Path, typer.Option("--to", help="A directory that is empty or not there yet.")],
    data: Data = None,
) -> None:
    """Write the archive and its evidence into a directory, while the other processes go on."""
    from monitor.backups import run_backup
    from monitor.wiring import clock_of

    settings = settings_for(data=data)
    raise typer.Exit(run_backup(settings, to, clock_of(settings).now(), err))


@app.command()
@telling_errors
def restore(
    source: Annotated[Path, typer.Option("--from", help="A directory that backup wrote.")],
    data: Data = None,
) -> None:
    """Bring a backup to where there is no archive and no evidence yet.

    Of this program or an older one. It can be stopped: the same command goes on from there.
    """
    from monitor.restoring import run_restore

    with stopping() as stop:
        raise typer.Exit(run_restore(settings_for(data=data), source, stop, err))


@sources_app.command("check")
@telling_errors
def sources_check(
    only: Annotated[list[str] | None, typer.Argument(help="Ids of sources; all without.")] = None,
    election: Election = None,
    as_json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,
) -> None:
    """Try every source once, with nothing kept, and say what came of it."""
    from monitor.crawling import check_sources

    raise typer.Exit(
        check_sources(settings_for(election), only or [], as_json=as_json, console=err)
    )


# --- the composable ones -------------------------------------------------------------------------


@app.command()
@telling_errors
def parse(
    kind: Annotated[str, typer.Argument(help="article, feed, sitemap or telegram")],
    url: Url,
    content_type: ContentType = "",
) -> None:
    """Bytes on standard input to posts, one JSON object a line."""
    from monitor.parsing import parse_bytes

    notes: list[str] = []
    for record in parse_bytes(kind, sys.stdin.buffer.read(), url, content_type, notes):
        print_line(record)
    for note in notes:
        err.print(f"[yellow]note:[/yellow] {note}", highlight=False, soft_wrap=True)


@app.command()
@telling_errors
def classify(
    election: Election = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Name the sentences that carried each decision.")
    ] = False,
) -> None:
    """Texts to labels: lines {"id", "text"} in; lang, kind, signals and more out, with scores."""
    from monitor import wiring
    from monitor.classifying import Classifier
    from monitor.lines import convert_together, utf8_stdin

    settings = settings_for(election)
    profile = wiring.election_of(settings)
    classifier = Classifier(wiring.annotator(settings, profile, wiring.analyzer(), explain=explain))
    answers = classifier.answers
    raise typer.Exit(convert_together(utf8_stdin(), sys.stdout, answers, errors=sys.stderr))


@app.command()
@telling_errors
def law(election: Election = None) -> None:
    """Acts to flags: lines {"id", "at", "kind" or "text", ...} in, `id, flags` out."""
    from monitor import wiring
    from monitor.law import Lawyer
    from monitor.lines import convert, utf8_stdin

    settings = settings_for(election)
    profile = wiring.election_of(settings)
    lawyer = Lawyer(profile, wiring.lazy_annotator(settings, profile))
    raise typer.Exit(convert(utf8_stdin(), sys.stdout, lawyer.answer, errors=sys.stderr))


@app.command(context_settings={"ignore_unknown_options": True})  # a query may begin with -
@telling_errors
def search(  # noqa: PLR0917 (a command has the options that it has)
    query: Annotated[str, typer.Argument(help='Words, "phrases", AND, OR, NOT, field:value.')],
    filters: Annotated[
        list[str] | None, typer.Option("--filter", help="facet=value; may be given again.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,
    flags: Annotated[bool, typer.Option("--flags", help="Flags instead of posts.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 50,
    election: Election = None,
    data: Data = None,
) -> None:
    """Posts (or flags) that match, newest first."""
    from monitor.searching import run_search

    run_search(settings_for(election, data), query, filters or [], flags=flags, limit=limit,
               as_json=as_json)  # fmt: skip


def print_line(record: Any) -> None:
    """One object as one line on standard output."""
    sys.stdout.write(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n")


def main() -> None:
    """The console script: UTF-8 out, whatever the locale says."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")
    app()


if __name__ == "__main__":
    main()
