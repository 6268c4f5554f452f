"""Examples of answers in the OpenAPI description: real ones of an invented world, one a file.

A file is named after the operation whose answer it shows; a test holds each to its schema.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fastapi import FastAPI

FOLDER = Path(__file__).parent


def show_examples(app: FastAPI) -> None:
    """Add the examples to the description, when it is first asked for."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            for methods in plain()["paths"].values():
                for operation in methods.values():
                    _add(operation)
        return plain()

    app.openapi = described  # type: ignore[method-assign]


def _add(operation: dict[str, Any]) -> None:
    file = FOLDER / f"{operation['operationId']}.json"
    if file.exists():
        content = operation["responses"]["200"]["content"]["application/json"]
        content["example"] = json.loads(file.read_text("utf-8"))
