"""Hand out the evidence of a thread or of a matter: everything gathered, asked for, made and kept for whoever takes it away."""

from __future__ import annotations

import base64
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from django.conf import settings

from shouyue.connectors.signing import PdfSigner
from shouyue.desk.ledger import attest
from shouyue.desk.ledger.actions import keep_package
from shouyue.desk.ledger.export import Exported, SignPdf, UnableToExport, export
from shouyue.desk.ledger.reads import HandedOut
from shouyue.desk.matters import exhibits
from shouyue.desk.matters.actions import matter_stream, stream_of
from shouyue.desk.matters.models import Matter, Thread
from shouyue.desk.messages.counting import state_numbers
from shouyue.desk.messages.media import original_of
from shouyue.desk.messages.models import RawEvent
from shouyue.desk.people.models import Staff
from shouyue.desk.people.reads import may

PURPOSE = "证明逾期催收的经过"


def hand_out(
    *,
    about: Thread | Matter,
    reason: str,
    purpose: str = PURPOSE,
    withhold: Collection[str] = (),
    receipts: bool = False,
    tool: str,
    by: Staff,
    at: datetime,
) -> tuple[HandedOut, Exported]:
    """Make the package of a whole thread or matter, record it in the log, and hold it for a day.

    Asks witnesses and time authorities, so it runs outside any transaction. Raises UnableToExport for somebody who may not,
    for a reason or purpose that says nothing, and while nothing is sealed; reads.CustodyBroken; UnableToSign.
    """
    if not may(by, "export_evidence"):
        raise UnableToExport(f"{by} ({by.role}) may not hand out evidence")
    if len(reason.strip()) < 4 or len(purpose.strip()) < 4:
        raise UnableToExport("say in a few words why it is handed out and what it is to prove")
    thread = isinstance(about, Thread)
    state_numbers(by=by, at=at)
    chosen = (
        exhibits.of_thread(about, purpose=purpose) if thread else exhibits.of_matter(about, purpose=purpose)
    )
    if not any(one.about in ("thread", "matter") for one in chosen):
        raise UnableToExport("nothing was sealed here yet")
    title = about.matter.title if isinstance(about, Thread) else about.title
    people = {one.party_id for one in ([about] if isinstance(about, Thread) else about.threads.all())}

    def originals(digest: str) -> bytes | None:
        raw = RawEvent.objects.filter(digest=digest).first()
        if raw:
            return base64.b64decode(raw.body)
        return next((body for whose in people if (body := original_of(digest, whose))), None)

    made = export(
        exhibits=chosen,
        title=title,
        purpose=purpose,
        reason=reason,
        by=by,
        at=at,
        withhold=withhold,
        attest=lambda: attest.everything(by=by, at=at),
        originals=originals,
        sign=_signer(at),
        receipts=receipts,
        tool=tool,
    )
    kept = keep_package(
        about=stream_of(about) if isinstance(about, Thread) else matter_stream(about),
        title=title,
        purpose=purpose,
        reason=reason,
        made=made,
        by=by,
        at=at,
    )
    return kept, made


def _signer(at: datetime) -> SignPdf | None:
    """Signs papers where the operator named a certificate, with a stamp of the first time authority."""
    if not settings.PDF_KEY:
        return None
    return PdfSigner(Path(settings.PDF_KEY), attest.asked_for_time(at) if settings.LOG_TIME_URLS else None)
