"""How the processes log: a line for people, or one JSON object a line for machines."""

from __future__ import annotations

import json
import logging
from typing import Literal

from rich.console import Console
from rich.logging import RichHandler

_OWN = set(vars(logging.makeLogRecord({})))


class JsonFormatter(logging.Formatter):
    """One object a line: time, level, logger, message, and whatever was given as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON."""
        line = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **{key: value for key, value in vars(record).items() if key not in _OWN},
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def handler(style: Literal["text", "json"]) -> logging.Handler:
    """A handler on standard error."""
    if style == "json":
        plain = logging.StreamHandler()
        plain.setFormatter(JsonFormatter())
        return plain
    return RichHandler(console=Console(stderr=True), show_path=False, rich_tracebacks=False)
