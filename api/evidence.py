"""Captured bytes, given out unchanged or not at all, every time with a line in the audit log."""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from collections.abc import Mapping
from urllib.parse import quote

from api import times
from api.context import Context
from api.problems import EVIDENCE_DAMAGED, NOT_FOUND, Problem, bad_parameter
from core.errors import BaqylauError, StoreUnavailable
from core.identity import Json
from core.model import Evidence

log = logging.getLogger(__name__)
_SHA256 = re.compile(r"[0-9a-f]{64}")


def read(context: Context, sha256: str, actor: str) -> tuple[Evidence, bytes, int]:
    """The first capture of that hash, its bytes, and how many captures there are.

    Raises Problem for a malformed or unknown hash and for bytes that do not have it any more.
    """
    wanted = sha256.lower()
    if not _SHA256.fullmatch(wanted):
        raise bad_parameter("sha256", f"{sha256[:80]!r} is no hash", "64 hexadecimal digits")
    captures = context.archive.captures(wanted)
    if not captures:
        raise Problem(NOT_FOUND, f"there is no evidence with the hash {wanted}")
    first = captures[0]
    body, wrong = _whole(context, first)
    note: dict[str, Json] = {"url": first.url, "capture": first.capture_id, "size": first.size}
    if wrong:
        log.error("evidence %s in %s at %d: %s", wanted, first.warc_file, first.offset, wrong)
        _audit(context, actor, wanted, {**note, "refused": wrong})
        raise Problem(EVIDENCE_DAMAGED, f"evidence {wanted}: {wrong}")
    _audit(context, actor, wanted, note)
    return first, body, len(captures)


def headers(evidence: Evidence, captures: int) -> dict[str, str]:
    """A download that no browser renders, described by the capture it comes from."""
    named = {name.lower(): value for name, value in evidence.headers}
    digest = base64.b64encode(bytes.fromhex(evidence.sha256)).decode()
    return {
        "Content-Disposition": f'attachment; filename="{evidence.sha256}.bin"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "no-store",
        "Repr-Digest": f"sha-256=:{digest}:",
        "X-Captured-Url": quote(evidence.url, safe=":/?#[]@!$&'()*+,;=%"),
        "X-Captured-At": times.utc(evidence.fetched_at),
        "X-Captured-Status": str(evidence.status),
        "X-Captured-Content-Type": _header_safe(evidence.content_type),
        "X-Captured-Content-Encoding": _header_safe(named.get("content-encoding", "identity")),
        "X-Captures": str(captures),
    }


def _whole(context: Context, evidence: Evidence) -> tuple[bytes, str]:
    """The bytes, and what is wrong with them, or an empty string."""
    try:
        body = context.read_evidence(evidence)
    except StoreUnavailable:
        raise
    except (BaqylauError, OSError, EOFError, ValueError) as error:
        log.error("evidence %s: %s", evidence.sha256, error)
        return b"", f"the record cannot be read ({type(error).__name__})"
    found = hashlib.sha256(body).hexdigest()
    return body, "" if found == evidence.sha256 else f"the stored bytes have the hash {found}"


def _audit(context: Context, actor: str, sha256: str, detail: Mapping[str, Json]) -> None:
    context.archive.append_audit(
        at=context.clock.now(),
        actor=actor,
        action="evidence.read",
        subject=sha256,
        detail=detail,
    )


def _header_safe(value: str) -> str:
    return "".join(letter for letter in value if " " <= letter <= "~")[:200]
