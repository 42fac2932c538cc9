"""What others say about our checkpoints: witnesses, time authorities, chains. Each optional; none can stop sealing.

Each verb asks about the newest published checkpoint, keeps what passes the library's check, and raises UnableToAttest with
what did not come; the schedule asks again at its next stroke. Only a witness's conflict stops publishing: see `actions.alarm`.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings

from shouyue.connectors.anchoring import AnchorUnavailable, Calendar, EvmChain
from shouyue.connectors.timestamping import AuthorityUnavailable, OwnAuthority, ask
from shouyue.connectors.witnessing import (
    WitnessConflict,
    WitnessElsewhere,
    WitnessUnavailable,
    add_checkpoint,
    request,
)
from shouyue.desk.ledger import actions, reads
from shouyue.evidence import timestamp
from shouyue.evidence.checkpoint import Note, NoteRefused, VerifierKey, check_note
from shouyue.evidence.trust import parse_policy

OWN = "own:"  # in place of an address: the authority made here, worth nothing in court
log = logging.getLogger("shouyue.ledger")


class UnableToAttest(Exception):
    """Some of those who were asked did not answer, or not well. Sealing and publishing go on."""


@contextmanager
def _client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=10, follow_redirects=False) as client:
        yield client


def stamp(*, by: object, at: datetime) -> int:
    """Ask each time authority for a token over the newest published checkpoint. Returns how many new ones were kept."""
    head = reads.newest_published()
    if head is None:
        return 0
    digest = hashlib.sha256(Note.parse(head.note).text.encode()).digest()
    kept, problems = 0, []
    for url in settings.LOG_TIME_URLS:
        if reads.has_token(head.size, url):
            continue
        nonce = secrets.randbits(63) + 1
        query = timestamp.request(digest, nonce)
        try:
            roots, response = _ask_time(url, query, at)
            token, _ = timestamp.check_token(response, digest, roots, nonce)
        except (AuthorityUnavailable, timestamp.TokenRefused, OSError, ValueError) as wrong:
            problems.append(f"{url}: {wrong}")
            continue
        chain = b"".join(certificate.public_bytes(Encoding.PEM) for certificate in token.certificates)
        actions.keep_token(
            size=head.size,
            authority=url,
            request=query,
            response=response,
            chain=chain,
            their_time=token.time,
            by=by,
            at=at,
        )
        kept += 1
    _complain(problems)
    return kept


def _ask_time(url: str, query: bytes, at: datetime) -> tuple[list[x509.Certificate], bytes]:
    if url == OWN:
        own = OwnAuthority(settings.HOME / "keys" / "time")
        own.make(at)
        return x509.load_pem_x509_certificates(own.root), own.answer(query)
    with _client() as client:
        return x509.load_pem_x509_certificates(settings.LOG_AUTHORITIES), ask(url, query, client=client)


def asked_for_time(at: datetime) -> Callable[[bytes], bytes]:
    """What asks the first time authority of the settings for a token, request in and answer out."""
    url = settings.LOG_TIME_URLS[0]
    return lambda query: _ask_time(url, query, at)[1]


def witness(*, by: object, at: datetime) -> int:
    """Ask each witness to cosign the newest published checkpoint. Returns how many new cosignatures were kept."""
    head = reads.newest_published()
    policy = parse_policy(reads.own_trust().policy)
    if head is None or not policy.urls:
        return 0
    kept, problems = 0, []
    with _client() as client:
        for name, url in policy.urls.items():
            key = policy.witnesses[name]
            old = reads.witnessed_size(key.name)
            if old >= head.size:
                continue
            try:
                _ask_witness(head, key, url, old, client, by, at)
                kept += 1
            except WitnessConflict as conflict:
                actions.alarm(reason=str(conflict), by=by, at=at)
                problems.append(f"ALARM {conflict}")
            except (WitnessUnavailable, WitnessElsewhere, NoteRefused) as wrong:
                problems.append(f"{name}: {wrong}")
    _complain(problems)
    return kept


def _ask_witness(
    head: reads.SignedHead,
    key: VerifierKey,
    url: str,
    old: int,
    client: httpx.Client,
    by: object,
    at: datetime,
) -> None:
    note = Note.parse(head.note)
    plain = Note(note.text, tuple(line for line in note.lines if line.name == settings.LOG_ORIGIN))

    def add(size: int) -> object:
        path = reads.growth(size, head.size) if 0 < size < head.size else []
        return add_checkpoint(url, request(size, path, plain.to_bytes()), key, note.text, client=client)

    try:
        line = add(old)
    except (
        WitnessElsewhere
    ) as elsewhere:  # it remembers another size than we do: prove growth from there, once
        if elsewhere.size > head.size:
            raise WitnessConflict(
                f"{key.name} holds size {elsewhere.size}, more than the {head.size} that we ever published"
            ) from None
        line = add(elsewhere.size)
    signed = check_note(plain.with_lines([line]), [key])  # type: ignore[list-item]
    if len(signed) != 1 or signed[0].seconds is None:
        raise WitnessUnavailable(f"{key.name} did not sign this checkpoint")
    their_time = datetime.fromtimestamp(signed[0].seconds, UTC)
    actions.keep_cosignature(
        size=head.size, witness=key.name, line=str(line).rstrip("\n"), their_time=their_time, by=by, at=at
    )


def anchor(*, by: object, at: datetime) -> int:
    """Send the newest published checkpoint's digest to the chain and to each calendar, and look what became of earlier ones."""
    head = reads.newest_published()
    if head is None:
        return 0
    problems: list[str] = []
    done = 0
    for where in _ledgers():
        done += _anchor(where, head, problems, by, at)
    _complain(problems)
    return done


def _anchor(
    chain: EvmChain | Calendar, head: reads.SignedHead, problems: list[str], by: object, at: datetime
) -> int:
    digest = hashlib.sha256(Note.parse(head.note).text.encode()).digest()
    done = 0
    with _client() as client:
        for row, record in reads.unconfirmed_anchors(chain.place):
            try:
                confirmed = chain.confirm(record, client=client)
                if confirmed:
                    actions.confirm_anchor(row=row, record=confirmed, by=by, at=at)
                    done += 1
            except AnchorUnavailable as wrong:
                problems.append(str(wrong))
        if not reads.has_anchor(head.size, chain.place):
            try:
                record = chain.submit(digest, client=client)
                actions.keep_anchor(
                    size=head.size, place=chain.place, digest=digest.hex(), record=record, by=by, at=at
                )
            except AnchorUnavailable as wrong:
                problems.append(str(wrong))
    return done


def _ledgers() -> list[EvmChain | Calendar]:
    chain = _chain()
    return [*([chain] if chain else []), *map(Calendar, settings.LOG_CALENDARS)]


def _chain() -> EvmChain | None:
    """SHOUYUE_ANCHOR is `<account>@<address of the node>`."""
    account, _, url = settings.LOG_ANCHOR.partition("@")
    return EvmChain(url, account) if url else None


def everything(*, by: object, at: datetime) -> list[str]:
    """Ask all of them now, for an export. Returns what did not come; the package then shows what there is."""
    problems = []
    verbs: tuple[Callable[..., object], ...] = (witness, stamp, anchor)
    for verb in verbs:
        try:
            verb(by=by, at=at)
        except UnableToAttest as wrong:
            problems.append(str(wrong))
            log.warning("%s", wrong)
    return problems


def _complain(problems: list[str]) -> None:
    if problems:
        raise UnableToAttest("; ".join(problems))
