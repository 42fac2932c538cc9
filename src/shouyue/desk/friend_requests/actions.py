"""The friend request, verb by verb: seen → identity → proof → approval → accepted → reconciled (R2, R12).

Nothing here accepts anything: WeCom has no interface for it. Approval is permission for a manual act by the member, and
the friendship that then appears is reconciled with it. A friendship that nobody approved is an orphan and an incident.
"""

from __future__ import annotations

import logging
import secrets
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.timezone import localdate

from shouyue.casework.friend_request import MACHINE
from shouyue.casework.friend_request import FriendRequest as State
from shouyue.connectors.channel import ConnectorDown
from shouyue.connectors.recognition import IdCard, NotACard
from shouyue.desk.approvals import actions as approvals
from shouyue.desk.approvals.models import Approval
from shouyue.desk.approvals.reads import about
from shouyue.desk.friend_requests.models import (
    CaseToken,
    DebtConfirmation,
    FriendRequest,
    IdentityAttempt,
    Incident,
)
from shouyue.desk.friend_requests.reads import (
    TOKEN_FOR,
    NoSuchLink,
    digest_of,
    identity_link_id,
    sheet_of,
    token,
)
from shouyue.desk.ledger.actions import seal
from shouyue.desk.matters import actions as matter_verbs
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.models import Matter
from shouyue.desk.messages import outbound
from shouyue.desk.messages.channels import NotConnected, friends
from shouyue.desk.outbox.actions import note
from shouyue.desk.parties import actions as party_verbs
from shouyue.desk.parties import reads as parties
from shouyue.desk.parties.models import Party
from shouyue.desk.people import reads as people
from shouyue.desk.people.models import Staff
from shouyue.desk.people.reads import Actor
from shouyue.desk.rulebook.reads import script
from shouyue.terms import Channel, Purpose

EXPIRES = timedelta(days=3)
DECIDE_WITHIN = timedelta(hours=4)
ACCEPT_WITHIN = timedelta(hours=48)
MOST_ATTEMPTS = 5
LINKS_AT_ONCE = 50
log = logging.getLogger(__name__)


class UnableToContinue(Exception):
    """The friend request cannot take this step."""


class UnableToProve(UnableToContinue):
    """What was offered does not prove identity."""


def stream_of(request: FriendRequest | UUID) -> str:
    return f"friend_request:{request.pk if isinstance(request, FriendRequest) else request}"


# ── the two ways in ──


@transaction.atomic
def invite(*, matter: Matter, party: Party, by: Staff, at: datetime) -> str:
    """A one-time word for an acquisition or contact-me link, bound to this case and person. Returns the word, once.

    Raises UnableToContinue for somebody who owes nothing: an invitation would tell them that there is something to owe.
    """
    if not matters.role_in(matter.loan, party).owes:
        raise UnableToContinue("only somebody who owes on this loan can be invited to a thread about it")
    word = secrets.token_urlsafe(16)  # 22 characters: WeCom keeps 30 of a contact-me link's state
    CaseToken.objects.create(
        digest=digest_of(word),
        purpose="invite",
        matter=matter,
        party=party,
        staff=by,
        made_at=at,
        expires_at=at + TOKEN_FOR,
    )
    seal(
        "audit/friend_invited",
        stream=matter_verbs.matter_stream(matter),
        subject=party.pk,
        parts={"token": digest_of(word)},
        by=by,
        at=at,
    )
    return word


def make_link(*, matter: Matter, party: Party, by: Staff, at: datetime) -> str:
    """An acquisition link of its own for this case and person, verification on. Returns its address, to be given to them.

    The word is kept before WeCom is asked; dying in between leaves a word that no link carries, which expires.
    """
    word = invite(matter=matter, party=party, by=by, at=at)
    made = friends().make_link(
        name=f"{matter.number}-{word[:4]}", members=[by.wecom_userid or ""], state=word
    )
    note_link(word=word, link_id=made.link_id, by=by, at=at)
    return made.url


@transaction.atomic
def note_link(*, word: str, link_id: str, by: Actor, at: datetime) -> None:
    """The channel made the link for this word."""
    CaseToken.objects.filter(digest=digest_of(word)).update(link_id=link_id)
    seal(
        "audit/link_made",
        stream="links",
        subject=None,
        parts={"token": digest_of(word), "link": link_id},
        by=by,
        at=at,
    )


def close_links(*, by: Actor, at: datetime) -> int:
    """Links that serve nobody any more are deleted in WeCom: their word has expired, or their case is closed. Returns how many.

    Reaches WeCom, one link at a time and outside any transaction; what it refuses is tried again at the next stroke.
    """
    over = CaseToken.objects.exclude(link_id="").filter(Q(expires_at__lte=at) | Q(matter__state="closed"))
    gone = 0
    for row in over.order_by("made_at")[:LINKS_AT_ONCE]:
        try:
            friends().delete_link(row.link_id)
        except NotConnected:
            break
        except ConnectorDown as why:
            log.warning("link %s was not deleted: %s", row.link_id, why)
            continue
        _note_link_gone(row.digest, by=by, at=at)
        gone += 1
    return gone


@transaction.atomic
def _note_link_gone(digest: str, *, by: Actor, at: datetime) -> None:
    row = CaseToken.objects.select_for_update().get(pk=digest)
    parts = {"token": digest, "link": row.link_id}
    row.link_id = ""
    row.save(update_fields=["link_id"])
    seal("audit/link_deleted", stream="links", subject=None, parts=parts, by=by, at=at)


@transaction.atomic
def see_by_link(*, state: str, key: str, by: Actor, at: datetime) -> FriendRequest | None:
    """WeCom says somebody pressed "add" on a link that carries `state`. `key` is the event's id: a repeat is one request.

    A word we never gave, that was used up or has expired, is an incident: that request stays in WeCom, unanswered.
    """
    try:
        given = token(state, "invite", at)
    except NoSuchLink as why:
        raise_incident(kind="unknown_link", what=str(why), request=None, staff=None, party=None, by=by, at=at)
        return None
    assert given.staff and given.matter and given.party
    given.used_at = at
    given.save(update_fields=["used_at"])
    request = FriendRequest.objects.create(
        pk=uuid5(given.matter.pk, key),
        way="link",
        channel=Channel.WECOM,
        staff=given.staff,
        matter=given.matter,
        party=given.party,
        match={"by": "case_token", "certainty": "high"},
        seen_at=at,
        expires_at=at + EXPIRES,
    )
    _seal(request, "seen", {"way": "link", "token": given.digest}, by=by, at=at)
    ask_for_proof(request=request, by=by, at=at)
    return request


@transaction.atomic
def report(
    *,
    id: UUID,
    channel: str,
    claimed_name: str,
    words: str,
    mobile: str,
    screenshot: str,
    by: Staff,
    at: datetime,
) -> FriendRequest:
    """A member of staff reports a request they got, with a screenshot. R7: personal accounts must be reported.

    `screenshot` is the digest of the stored original. The screenshot is read later; see `read_screenshot`.
    """
    known = FriendRequest.objects.filter(pk=id).first()
    if known:
        return known
    party, matter, match = _match(claimed_name, mobile, by)
    request = FriendRequest.objects.create(
        pk=id,
        way="staff_report",
        channel=channel,
        staff=by,
        matter=matter,
        party=party,
        match=match,
        claimed_name=claimed_name,
        claimed_words=words,
        screenshot=screenshot,
        seen_at=at,
        expires_at=at + EXPIRES,
    )
    _seal(request, "seen", {"way": "staff_report", "screenshot": screenshot, "words": words}, by=by, at=at)
    if screenshot:
        note(
            "screenshot_stored",
            key=f"screenshot_stored:{request.pk}",
            payload={"request": str(request.pk), "original": screenshot},
            by=by,
            at=at,
        )
    if party and matter and matters.role_in(matter.loan, party).owes:
        ask_for_proof(request=request, by=by, at=at)
    else:
        _due(request, by=by, at=at)
    return request


@transaction.atomic
def read_screenshot(*, request: UUID, lines: list[str], by: Actor, at: datetime) -> FriendRequest:
    """What OCR read from the reported screenshot: may match a party that the reporter could not name."""
    row = _locked(request)
    _seal(row, "screenshot_read", {"lines": lines}, by=by, at=at)
    if row.party_id is None and row.state == State.SEEN:
        for line in lines:
            digits = "".join(c for c in line if c.isdigit())
            name = line.strip()
            party, matter, match = _match(name if 2 <= len(name) <= 6 else "", digits[-11:], row.staff)
            if party and matter and matters.role_in(matter.loan, party).owes:
                row.party, row.matter = party, matter
                row.match = {
                    **match,
                    "by": "screenshot_mobile" if match["by"] == "reserved_mobile" else match["by"],
                }
                row.save(update_fields=["party", "matter", "match"])
                ask_for_proof(request=row, by=by, at=at)
                break
    return row


def _match(name: str, mobile: str, staff: Staff) -> tuple[Party | None, Matter | None, dict[str, str]]:
    """Who this may be: by a reserved number, else by a name that only one debtor of this member bears."""
    if mobile:
        found = list(parties.by_point("mobile", mobile)[:2])
        if len(found) == 1:
            matter = matters.open_matters_of(found[0]).first()
            return found[0], matter, {"by": "reserved_mobile", "certainty": "medium"}
    if name:
        mine = [
            (p, m)
            for p in parties.by_name(name)
            for m in matters.open_matters_of(p)
            if m.owner_id == staff.pk
        ]
        if len(mine) == 1:
            return mine[0][0], mine[0][1], {"by": "name", "certainty": "low"}
    return None, None, {"by": "nothing", "certainty": "none"}


@transaction.atomic
def half_added(
    *, userid: str, external_userid: str, state: str, key: str, by: Actor, at: datetime
) -> FriendRequest | None:
    """Somebody added a member whose account skips verification; the member has not confirmed. Seen, so asked for proof."""
    if state:
        return see_by_link(state=state, key=key, by=by, at=at)
    staff = people.staff_by_wecom(userid)
    if staff is None:
        raise UnableToContinue(
            f"WeCom names the member {userid!r}, whom the desk does not know; enrol them first"
        )
    id = uuid5(NAMESPACE_URL, key)
    known = FriendRequest.objects.filter(pk=id).first()
    if known:
        return known
    request = FriendRequest.objects.create(
        pk=id,
        way="half",
        channel=Channel.WECOM,
        staff=staff,
        match={"by": "nothing", "certainty": "none"},
        external_id=external_userid,
        external_index=parties.index_of("account", external_userid),
        seen_at=at,
        expires_at=at + EXPIRES,
    )
    _seal(request, "seen", {"way": "half"}, by=by, at=at)
    _due(request, by=by, at=at)
    return request


@transaction.atomic
def match(*, request: UUID, matter: Matter, party: Party, by: Staff, at: datetime) -> FriendRequest:
    """A member of staff says who this is; the proof that follows decides whether that is true."""
    row = _locked(request)
    if row.state != State.SEEN:
        raise UnableToContinue("somebody has already been matched to this request")
    if not matters.role_in(matter.loan, party).owes:
        raise UnableToContinue("only somebody who owes on this loan can be asked to prove who they are")
    row.matter, row.party, row.match = matter, party, {"by": "name", "certainty": "low"}
    row.save(update_fields=["matter", "party", "match"])
    _seal(row, "matched", {"matter": matter.number}, by=by, at=at)
    ask_for_proof(request=row, by=by, at=at)
    return row


def _due(request: FriendRequest, *, by: Actor, at: datetime) -> None:
    note(
        "friend_request_due",
        key=f"friend_request_due:{request.pk}:{int(request.expires_at.timestamp())}",
        payload={"request": str(request.pk)},
        by=by,
        at=at,
        not_before=request.expires_at,
    )


# ── identity and debt, on the borrower's own page ──


@transaction.atomic
def ask_for_proof(*, request: FriendRequest, by: Actor, at: datetime) -> None:
    """Give the borrower one link: it goes to their reserved number, through the gate like any other message."""
    row = _locked(request.pk)
    assert row.party and row.matter
    _move(row, State.IDENTITY_PENDING, {}, by=by, at=at)
    word = proof_link(request=row, by=by, at=at)
    mobile = parties.points(row.party, "mobile").filter(state="valid").first()
    if mobile:
        thread = _sms_thread(row, by=by, at=at)
        if thread:
            outbound.propose(
                id=identity_link_id(row),
                thread=thread,
                text=script(
                    "identity_link",
                    at,
                    language=row.party.language,
                    client=row.matter.loan.client,
                    link=f"{settings.ADDRESS}/p/{word}",
                    staff_no=row.staff.staff_no,
                ),
                script="identity_link",
                by=by,
                at=at,
            )
    _due(row, by=by, at=at)


def _sms_thread(row: FriendRequest, *, by: Actor, at: datetime):  # type: ignore[no-untyped-def]
    assert row.party and row.matter
    try:
        return matter_verbs.open_thread(
            matter=row.matter,
            party=row.party,
            purpose=Purpose.DOCUMENTS,
            channel=Channel.SMS,
            account=row.matter.loan.client,
            owner=row.staff,
            by=by,
            at=at,
        )
    except matter_verbs.UnableToOpen:
        return None


@transaction.atomic
def proof_link(*, request: FriendRequest, by: Actor, at: datetime) -> str:
    """The word of the borrower's page; making a new one ends the earlier."""
    CaseToken.objects.filter(request=request, purpose="proof").update(expires_at=at)
    word = secrets.token_urlsafe(24)
    CaseToken.objects.create(
        digest=digest_of(word),
        purpose="proof",
        request=request,
        matter=request.matter,
        party=request.party,
        made_at=at,
        expires_at=min(at + TOKEN_FOR, request.expires_at),
    )
    _seal(request, "proof_link", {"token": digest_of(word)}, by=by, at=at)
    return word


@transaction.atomic
def offer_identity(*, request: UUID, digest: str, by: Actor, at: datetime) -> IdentityAttempt:
    """The borrower offered a photograph, kept in quarantine under `digest`; it is read in the background.

    Raises UnableToProve after too many tries, UnableToContinue when the request is past this step.
    """
    row = _locked(request)
    if row.state not in {State.IDENTITY_PENDING, State.IDENTITY_FAILED}:
        raise UnableToContinue("this step is over; nothing more is needed here")
    known = row.attempts.filter(digest=digest).first()
    if known:
        return known
    if row.attempts.count() >= MOST_ATTEMPTS:
        raise UnableToProve("too many tries; please call the number in the message you got")
    attempt = IdentityAttempt.objects.create(request=row, at=at, digest=digest)
    _seal(row, "identity_offered", {"original": digest}, by=by, at=at)
    note(
        "identity_offered",
        key=f"identity_offered:{row.pk}:{digest}",
        payload={"request": str(row.pk), "original": digest},
        by=by,
        at=at,
    )
    return attempt


@transaction.atomic
def judge_identity(
    *, request: UUID, digest: str, read: IdCard | NotACard, by: Actor, at: datetime
) -> IdentityAttempt:
    """What recognition made of an offered photograph. Passes when the number's checksum holds and number and name are
    those of the party on the loan."""
    row = _locked(request)
    attempt = row.attempts.get(digest=digest)
    if attempt.passed is not None or row.state not in {State.IDENTITY_PENDING, State.IDENTITY_FAILED}:
        return attempt
    assert row.party
    if isinstance(read, NotACard):
        attempt.passed, attempt.why_not = False, read.reason
    else:
        same = parties.normalised
        attempt.facts = {
            "checksum": read.valid,
            "number_matches": bool(row.party.id_no)
            and same("id_no", read.number) == same("id_no", row.party.id_no or ""),
            "name_matches": same("name", read.name) == same("name", row.party.name),
            "confidence": f"{read.confidence:.0%}",
        }
        attempt.passed = all(attempt.facts[k] for k in ("checksum", "number_matches", "name_matches"))
        attempt.why_not = "" if attempt.passed else _why_not(attempt.facts)
    attempt.save(update_fields=["passed", "facts", "why_not"])
    _seal(
        row,
        "identity_judged",
        {"passed": attempt.passed, "facts": attempt.facts, "original": digest, "why": attempt.why_not},
        by=by,
        at=at,
    )
    if attempt.passed:
        _move(row, State.IDENTITY_PROVED, attempt.facts, by=by, at=at)
        party_verbs.prove_identity(
            party=row.party, how="id_card_photo", facts=attempt.facts, original=digest, by=by, at=at
        )
    elif row.state == State.IDENTITY_PENDING:
        _move(row, State.IDENTITY_FAILED, attempt.facts, by=by, at=at)
    return attempt


def _why_not(facts: dict[str, Any]) -> str:
    if not facts["checksum"]:
        return "the number could not be read without doubt; take the picture again, flat and in good light"
    return "the card is not that of the person on this loan"


@transaction.atomic
def confirm_debt(
    *,
    request: UUID,
    agrees: bool,
    amount: Decimal,
    as_of: date,
    typed_name: str,
    words: str,
    device: dict[str, str],
    by: Actor,
    at: datetime,
) -> DebtConfirmation:
    """The borrower confirms or disputes the amount shown, in their own name. Either way a supervisor decides next.

    Raises UnableToContinue before identity is proved, for another amount than the ledger's, or another name than theirs.
    """
    row = _locked(request)
    if row.state != State.IDENTITY_PROVED:
        raise UnableToContinue("first prove who you are, then the amount is shown")
    assert row.party and row.matter
    held = matters.balance(row.matter.loan, localdate(at))
    if held is None or held.as_of != as_of or held.overdue_total != amount:
        raise UnableToContinue("the amount has changed since this page was opened; open it again")
    if parties.normalised("name", typed_name) != parties.normalised("name", row.party.name):
        raise UnableToContinue("type your name as it is on your identity card")
    parts: dict[str, Any] = {
        "amount": str(amount),
        "currency": row.matter.loan.currency,
        "as_of": as_of.isoformat(),
        "typed_name": typed_name,
        "words": words,
        "device": device,
    }
    leaf = seal(
        "document/debt_confirmed" if agrees else "document/debt_disputed",
        stream=stream_of(row),
        subject=row.party_id,
        parts=parts,
        by=by,
        at=at,
    )
    given = DebtConfirmation.objects.create(
        request=row,
        at=at,
        agrees=agrees,
        amount=amount,
        as_of=as_of,
        typed_name=typed_name,
        words=words,
        device=device,
        leaf=leaf.digest,
    )
    if not agrees:
        party_verbs.stop(party=row.party, kind="dispute", why=words or "disputed on the page", by=by, at=at)
    submit(request=row, by=by, at=at)
    return given


@transaction.atomic
def submit(*, request: FriendRequest, by: Actor, at: datetime) -> Approval:
    """Everything is in: the sheet is drawn up as it stands and a supervisor is asked."""
    row = _locked(request.pk)
    drawn = sheet_of(row, at)
    row.sheet = drawn.to_json()
    row.save(update_fields=["sheet"])
    _move(row, State.APPROVAL_PENDING, {"sheet": row.sheet}, by=by, at=at)
    return approvals.ask(
        what="friend_request",
        about=row.pk,
        stream=stream_of(row),
        asks=drawn.because_zh,
        facts={"recommendation": drawn.recommendation, "matter": row.matter.number if row.matter else ""},
        due_at=at + DECIDE_WITHIN,
        subject=row.party_id,
        by=row.staff,
        at=at,
    )


# ── decision, acceptance, reconciliation ──


@transaction.atomic
def decide(*, approval: Approval, grant: bool, reason: str, by: Staff, at: datetime) -> FriendRequest:
    """The supervisor's answer, with a reason; never the person who asked. A yes is permission for the member's own hand."""
    row = _locked(approval.about)
    approvals.decide(approval=approval.pk, grant=grant, reason=reason, by=by, at=at)
    if row.state != State.APPROVAL_PENDING:
        return row
    row.reason = reason
    if grant:
        row.expires_at = at + ACCEPT_WITHIN
        row.save(update_fields=["reason", "expires_at"])
        _move(row, State.APPROVED, {"reason": reason}, by=by, at=at)
        _due(row, by=by, at=at)
    else:
        row.save(update_fields=["reason"])
        _refused(row, reason, by=by, at=at)
    return row


@transaction.atomic
def refuse(*, request: UUID, reason: str, by: Actor, at: datetime) -> FriendRequest:
    """Refuse before anybody was asked to approve: not a party, a personal account, a stop in force."""
    if len(reason.strip()) < approvals.LEAST_REASON:
        raise UnableToContinue("a refusal needs a reason in words")
    row = _locked(request)
    waiting = about("friend_request", row.pk)
    if waiting and waiting.state in {"open", "escalated"}:
        raise UnableToContinue("this request waits for a supervisor's decision; it is refused there")
    row.reason = reason.strip()
    row.save(update_fields=["reason"])
    _refused(row, row.reason, by=by, at=at)
    return row


def _refused(row: FriendRequest, reason: str, *, by: Actor, at: datetime) -> None:
    _move(row, State.REFUSED, {"reason": reason}, by=by, at=at)
    CaseToken.objects.filter(request=row, purpose="proof", expires_at__gt=at).update(expires_at=at)
    note(
        "friend_request_refused",
        key=f"friend_request_refused:{row.pk}",
        payload={"request": str(row.pk)},
        by=by,
        at=at,
    )


@transaction.atomic
def redirect(*, request: UUID, by: Actor, at: datetime) -> None:
    """After a refusal: the approved words that point to the company's own channels, if we may write to this person at all."""
    row = _locked(request)
    if row.state != State.REFUSED or row.party is None or row.matter is None:
        return
    thread = _sms_thread(row, by=by, at=at)
    if thread:
        outbound.propose(
            id=uuid5(row.pk, "redirect"),
            thread=thread,
            text=script(
                "refusal_redirect",
                at,
                language=row.party.language,
                client=row.matter.loan.client,
                staff_no=row.staff.staff_no,
            ),
            script="refusal_redirect",
            by=by,
            at=at,
        )


@transaction.atomic
def say_accepted(*, request: UUID, by: Staff, at: datetime) -> FriendRequest:
    """The member says they pressed "accept". What WeCom says decides; see `friendship_appeared`."""
    row = _locked(request)
    if row.staff_id != by.pk:
        raise UnableToContinue(f"only {row.staff} can accept this request on their account")
    if row.state in {State.ACCEPTED_BY_MEMBER, State.RECONCILED}:
        return row
    row.accepted_at = at
    row.save(update_fields=["accepted_at"])
    _move(row, State.ACCEPTED_BY_MEMBER, {}, by=by, at=at)
    return row


@transaction.atomic
def friendship_appeared(
    *, userid: str, external_userid: str, state: str, key: str, by: Actor, at: datetime
) -> FriendRequest:
    """WeCom says that a friendship exists. Reconcile it with an approval, or raise an incident: an orphan."""
    staff = people.staff_by_wecom(userid)
    if staff is None:
        raise UnableToContinue(
            f"WeCom names the member {userid!r}, whom the desk does not know; enrol them first"
        )
    index = parties.index_of("account", external_userid)
    done = FriendRequest.objects.filter(staff=staff, external_index=index, state=State.RECONCILED).first()
    if done and parties.by_account(
        Channel.WECOM, external_userid
    ):  # unbound since: it is a new question whose it is
        return done
    row = _the_request(staff, index, state)
    if row is None:
        row = FriendRequest.objects.create(
            pk=uuid5(NAMESPACE_URL, key),
            way="unannounced",
            channel=Channel.WECOM,
            staff=staff,
            match={"by": "nothing", "certainty": "none"},
            external_id=external_userid,
            external_index=index,
            seen_at=at,
            expires_at=at + EXPIRES,
        )
        _seal(row, "seen", {"way": "unannounced"}, by=by, at=at)
    row.external_id, row.external_index = external_userid, index
    row.save(update_fields=["external_id", "external_index"])
    if row.state in {State.APPROVED, State.ACCEPTED_BY_MEMBER}:
        return _reconciled(row, external_userid, by=by, at=at)
    return _orphaned(row, by=by, at=at)


def _the_request(staff: Staff, index: str, state: str) -> FriendRequest | None:
    """The request that this friendship belongs to: by its word, by the account, else the only one approved and waiting."""
    rows = FriendRequest.objects.select_for_update(of=("self",)).filter(staff=staff, channel=Channel.WECOM)
    if state:
        given = CaseToken.objects.filter(digest=digest_of(state), purpose="invite").first()
        if given:
            return rows.filter(matter=given.matter_id, party=given.party_id).order_by("-seen_at").first()
    return rows.filter(external_index=index).exclude(state__in=[State.ENDED, State.RECONCILED]).first()


def _reconciled(row: FriendRequest, external_userid: str, *, by: Actor, at: datetime) -> FriendRequest:
    assert row.party and row.matter
    party_verbs.bind_account(
        party=row.party,
        channel=Channel.WECOM,
        external_id=external_userid,
        method="friend_request_proof",
        confidence="0.95",
        by=by,
        at=at,
    )
    row.thread = matter_verbs.open_thread(
        matter=row.matter,
        party=row.party,
        purpose=Purpose.NEGOTIATION,
        channel=Channel.WECOM,
        account=row.staff.wecom_userid or "",
        owner=row.staff,
        by=by,
        at=at,
    )
    row.reconciled_at = at
    row.save(update_fields=["thread", "reconciled_at"])
    _move(row, State.RECONCILED, {"thread": str(row.thread.pk)}, by=by, at=at)
    note(
        "friendship_reconciled",
        key=f"friendship_reconciled:{row.pk}",
        payload={"request": str(row.pk)},
        by=by,
        at=at,
    )
    return row


@transaction.atomic
def open_with_notice(*, request: UUID, by: Actor, at: datetime) -> None:
    """The first words of the thread: who we are, that it is recorded, what this thread is and is not for."""
    row = _locked(request)
    assert row.party and row.matter and row.thread
    outbound.propose(
        id=uuid5(row.pk, "opening notice"),
        thread=row.thread,
        text=script(
            "opening_notice",
            at,
            language=row.party.language,
            client=row.matter.loan.client,
            staff=row.staff.display_name,
            contract=row.matter.loan.contract_no[-4:],
            staff_no=row.staff.staff_no,
        ),
        script="opening_notice",
        by=by,
        at=at,
    )


def _orphaned(row: FriendRequest, *, by: Actor, at: datetime) -> FriendRequest:
    _move(row, State.ORPHAN, {}, by=by, at=at)
    raise_incident(
        kind="unapproved_friend",
        what=f"{row.staff} became friends with an external account without approval",
        request=row,
        staff=row.staff,
        party=row.party,
        by=by,
        at=at,
    )
    return row


@transaction.atomic
def raise_incident(
    *,
    kind: str,
    what: str,
    request: FriendRequest | None,
    staff: Staff | None,
    party: Party | None,
    by: Actor,
    at: datetime,
) -> Incident:
    """Something that should not have happened; a person must look."""
    row = Incident.objects.create(kind=kind, what=what, request=request, staff=staff, party=party, at=at)
    seal(
        "audit/incident",
        stream=f"incident:{row.pk}",
        subject=party.pk if party else None,
        parts={"kind": kind, "what": what},
        by=by,
        at=at,
    )
    payload = {"incident": str(row.pk), "kind": kind, "staff": staff.staff_no if staff else ""}
    note("incident_raised", key=f"incident_raised:{row.pk}", payload=payload, by=by, at=at)
    return row


@transaction.atomic
def settle_incident(*, incident: UUID, why: str, by: Staff, at: datetime) -> Incident:
    """A person has looked and says what was done about it. Never the person whom it concerns.

    Raises UnableToContinue for that person, and for words too short to be an account of anything.
    """
    if len(why.strip()) < 4:
        raise UnableToContinue("say what was done about it, in at least 4 characters")
    row = Incident.objects.select_for_update(of=("self",)).get(pk=incident)
    if row.staff_id == by.pk:
        raise UnableToContinue("it concerns you; another person settles it")
    if row.state == "closed":
        return row
    row.state, row.closed_at, row.closed_why = "closed", at, why
    row.save(update_fields=["state", "closed_at", "closed_why"])
    seal(
        "audit/incident_settled",
        stream=f"incident:{row.pk}",
        subject=row.party_id,
        parts={"why": why},
        by=by,
        at=at,
    )
    return row


@transaction.atomic
def friendship_ended(*, userid: str, external_userid: str, by_member: bool, by: Actor, at: datetime) -> None:
    """One side deleted the other: the account no longer reaches this person; the thread is closed with that outcome."""
    staff = people.staff_by_wecom(userid)
    index = parties.index_of("account", external_userid)
    rows = FriendRequest.objects.filter(
        staff=staff, external_index=index, state__in=[State.RECONCILED, State.ORPHAN]
    )
    for row in rows.select_related("thread"):
        if row.thread and row.thread.state == "open":
            matter_verbs.close_thread(
                thread=row.thread,
                outcome="the member removed the contact" if by_member else "the contact removed the member",
                by=by,
                at=at,
            )
        _move(row, State.ENDED, {"by_member": by_member}, by=by, at=at)


@transaction.atomic
def lapse(*, approval: str, what: str, about: str, by: Actor, at: datetime) -> None:
    """Nobody decided in time, twice: that is a no."""
    if what != "friend_request":
        return
    row = _locked(about)
    if row.state == State.APPROVAL_PENDING:
        row.reason = "nobody decided in time"
        row.save(update_fields=["reason"])
        _refused(row, row.reason, by=by, at=at)


@transaction.atomic
def expire(*, request: UUID, by: Actor, at: datetime) -> FriendRequest:
    """Nobody did what was waited for in time: that is a no, and the link dies with it."""
    row = _locked(request)
    if at < row.expires_at or row.state not in {
        State.SEEN,
        State.IDENTITY_PENDING,
        State.IDENTITY_FAILED,
        State.IDENTITY_PROVED,
        State.APPROVAL_PENDING,
        State.APPROVED,
        State.ACCEPTED_BY_MEMBER,
    }:
        return row
    waiting = about("friend_request", row.pk)
    if waiting and waiting.state in {"open", "escalated"}:
        approvals.withdraw(approval=waiting.pk, reason="the request expired", by=by, at=at)
    CaseToken.objects.filter(request=row).update(expires_at=at)
    _move(row, State.EXPIRED, {}, by=by, at=at)
    return row


def _locked(pk: UUID | str) -> FriendRequest:
    return (
        FriendRequest.objects.select_for_update(of=("self",))
        .select_related("staff", "staff__team", "matter", "matter__loan", "party", "thread")
        .get(pk=pk)
    )


def _move(row: FriendRequest, to: State, facts: dict[str, Any], *, by: Actor, at: datetime) -> None:
    MACHINE.check(State(row.state), to)
    row.state = to
    row.save(update_fields=["state"])
    _seal(row, to.value, facts, by=by, at=at)


def _seal(row: FriendRequest, act: str, facts: dict[str, Any], *, by: Actor, at: datetime) -> None:
    seal(
        f"audit/{act}",
        stream=stream_of(row),
        subject=row.party_id,
        parts={"request": str(row.pk), "facts": facts},
        by=by,
        at=at,
    )


@transaction.atomic
def forget(*, party: Party, by: Actor, at: datetime) -> list[str]:
    """Blank what a person's requests say of them. Whoever calls this seals the erasure first. Returns the pictures to destroy."""
    shots = FriendRequest.objects.filter(party=party).values_list("screenshot", flat=True)
    tries = IdentityAttempt.objects.filter(request__party=party)
    originals = [digest for digest in (*shots, *tries.values_list("digest", flat=True)) if digest]
    tries.delete()
    FriendRequest.objects.filter(party=party).update(
        claimed_name=None, claimed_words=None, external_id=None, external_index="", screenshot="", match={},
        sheet={}, reason="",
    )  # fmt: skip
    DebtConfirmation.objects.filter(request__party=party).update(typed_name="", words=None, device={})
    Incident.objects.filter(party=party).update(what="", closed_why="")
    CaseToken.objects.filter(party=party).update(link_id="")
    return originals
