"""A desk in the middle of a morning: a thread that a friend request opened, requests on their way, a message held back.

For browser tests and for the screens in docs/: everything is done by verbs, nothing is written into tables.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Model

from shouyue.casework.finding import Level
from shouyue.casework.plan import equal_parts
from shouyue.casework.right import Kind
from shouyue.cli.demo import agencies
from shouyue.cli.demo.lender import resident_id
from shouyue.cli.demo.life import liven
from shouyue.cli.demo.procedures import begin
from shouyue.connectors.channel import ContactAdded, FriendRequested, MessageArrived
from shouyue.connectors.recognition import IdCard
from shouyue.desk.approvals import reads as approvals
from shouyue.desk.emergency import actions as emergencies
from shouyue.desk.emergency import reads as emergency_reads
from shouyue.desk.friend_requests import actions as friend_requests
from shouyue.desk.friend_requests import reads as friend_reads
from shouyue.desk.ledger import actions as ledger
from shouyue.desk.matters import actions as matter_verbs
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.actions import promises
from shouyue.desk.matters.actions.companies import represent
from shouyue.desk.messages import channels, inbound, outbound
from shouyue.desk.messages.reads import in_thread
from shouyue.desk.parties import actions as parties
from shouyue.desk.people import reads as people_reads
from shouyue.desk.review import actions as review
from shouyue.desk.review import reads
from shouyue.desk.rights import actions as rights
from shouyue.desk.rulebook import actions as rulebook
from shouyue.desk.suits import reads as suits
from shouyue.desk.vault import originals
from shouyue.desk.worker.run import drain
from shouyue.terms import Channel, Purpose
from tests.copies import copied
from tests.office import MORNING, Office, Wire, open_office, place_company

POLITE = "【示例汽车金融有限公司】您好，我是示例汽车金融有限公司工作人员李娜，工号1023。请您方便时回电400-000-0000。"
DATED = POLITE + "如不能协商一致，我司将于2026年4月20日向人民法院起诉。"
RUDE = "再不还钱我们就去你单位，让所有人都知道"


@dataclass
class Scene:
    office: Office
    matter: Any
    thread: Any  # on WeCom, opened by an approved friend request
    texting: Any  # by SMS, of another case
    sealed: Any  # the request that opened `thread`
    waiting: Any  # a request that waits for the supervisor
    stranger: Any  # a request that matches nobody
    helped: Any  # a plan that somebody asked for by right
    worded: Any  # the question about a wording of the lender's own
    provoking: Any  # a thread in which the other side has just provoked
    reviewed: Any  # a contact that waits for its verdict
    asked: Any  # the question about a message that names a date of filing
    own_page: str  # the word of that person's own page
    suit: Any  # a judgment was served; the time to appeal runs
    agency: Any  # one that works well
    mediated: Any  # an agreement waits for the court's confirmation
    company: Any  # one that owes, with a representative before and now, and two seals


def reviewed(office: Office, at: Any, *, blocked: Any) -> Any:
    """Two contacts turn out to have been against the person's wish: one is found, and appealed; one waits for its verdict."""
    for n in (2, 5):
        matter = office.matter(n)
        opened = matter_verbs.open_thread(
            matter=matter, party=office.debtor(n), purpose=Purpose.NOTICE, channel=Channel.SMS,
            account=matter.loan.client, owner=office.lina, by=office.lina, at=at,
        )  # fmt: skip
        outbound.propose(
            id=uuid.uuid4(), thread=opened, text=POLITE, acknowledged=True, by=office.lina, at=at
        )
        drain(at=at)
        parties.stop(
            party=office.debtor(n),
            kind="opt_out",
            why="来函当日九时送达",
            by=office.lina,
            at=at - timedelta(hours=1),
        )
    later = at + timedelta(minutes=20)
    review.look(by="scene", at=later)
    second, first = sorted(
        reads.to_judge(office.sunli)[:2], key=lambda row: row.contact.matter.number, reverse=True
    )
    review.judge(
        look=first.pk, level=Level.SERIOUS, rule="CBA-2026.red.threat", note_="来函已送达，仍于当日发短信", by=office.sunli, at=later
    )  # fmt: skip
    drain(at=later)
    (finding,) = reads.findings_of(office.lina)
    review.appeal(finding=finding.pk, why="收发室十一时才转交", by=office.lina, at=later)
    review.appeal_block(
        contact=blocked.pk,
        rule=reads.blocking_rules(blocked)[0],
        why="这句是转述客户的话",
        by=office.lina,
        at=later,
    )
    return second


_PLAYED: dict[Any, Scene] = {}


def set_up(at: Any = MORNING) -> Scene:
    """The morning up to `at`, played once a process and copied from then on. The database must be empty."""
    wires = {"sms": Wire(Channel.SMS), "wecom": Wire(Channel.WECOM)}
    for name, wire in wires.items():
        channels.connect(name, sends=wire, door=wire, parse=wire.parse)

    def play() -> None:
        _PLAYED[at] = _play(at, wires)

    copied(("scene", at), play)
    return _as_it_stands(_PLAYED[at])


def _as_it_stands(scene: Scene) -> Scene:
    """The same people and things, read again from the database that this test has."""

    def again(thing: Any) -> Any:
        return type(thing).objects.get(pk=thing.pk) if isinstance(thing, Model) else thing

    office = Office({name: again(staff) for name, staff in scene.office.staff.items()}, scene.office.at)
    things = {
        field.name: again(getattr(scene, field.name)) for field in fields(scene) if field.name != "office"
    }
    return Scene(office, **things)


def stopped(scene: Scene, at: Any = MORNING) -> Any:
    """郑虎 threatens a collector, and the plan runs: what the desk does by itself is done, the rest waits for people."""
    office = scene.office
    matter, party = office.matter(4), office.debtor(4)
    parties.bind_account(
        party=party, channel="wecom", external_id="wmZhengHu", method="friend_request_proof", confidence="0.95",
        by=office.zhaolei, at=at,
    )  # fmt: skip
    for channel, account in ((Channel.WECOM, "zhaolei"), (Channel.SMS, matter.loan.client)):
        thread = matter_verbs.open_thread(
            matter=matter, party=party, purpose=Purpose.NOTICE, channel=channel, account=account, owner=office.zhaolei,
            by=office.zhaolei, at=at - timedelta(minutes=40),
        )  # fmt: skip
    outbound.propose(
        id=uuid.uuid4(), thread=thread, text=POLITE.replace("李娜", "赵磊").replace("1023", office.zhaolei.staff_no),
        acknowledged=True, send_at=at + timedelta(hours=2), by=office.zhaolei, at=at - timedelta(minutes=40),
    )  # fmt: skip
    called = emergencies.call(
        cause="threat", why="对方称知道员工住址，扬言上门伤人", key=party.pk, by=office.wangmin, at=at - timedelta(minutes=25)
    )  # fmt: skip
    drain(at=at - timedelta(minutes=25))
    for who in (office.wangmin, office.sunli, office.chen):
        for notice in emergency_reads.unread(who):
            emergencies.read_notice(notice=notice.pk, by=who, at=at - timedelta(minutes=18))
    emergencies.say_done(
        stop=emergency_reads.duties_of(office.zhaolei)[0].pk, by=office.zhaolei, at=at - timedelta(minutes=9)
    )
    return called


def _play(at: Any, wires: dict[str, Wire]) -> Scene:
    office = open_office(at - timedelta(days=4))
    n = iter(range(1000))

    def arrive(connector: str, kind: Any, when: Any, **more: Any) -> None:
        one = kind(
            external_id=f"e{next(n)}",
            channel=Channel(connector),
            account=more.pop("account", "corp"),
            at=when,
            raw=b"",
            **more,
        )
        payload = repr(one).encode()
        wires[connector].events[payload] = (one,)
        inbound.receive(connector=connector, payload=payload, by="callback", at=when)
        drain(at=when)

    def requested(case: int, owner: Any, when: Any) -> tuple[Any, str]:
        party = office.debtor(case)
        word = friend_requests.invite(matter=office.matter(case), party=party, by=owner, at=when)
        arrive("wecom", FriendRequested, when, link_id=f"L{case}", state=word)
        request = friend_reads.board(owner, when).get(party=party)
        digest = originals.keep(f"card of {party.pk}".encode(), room="quarantine")
        friend_requests.offer_identity(request=request.pk, digest=digest, by="borrower", at=when)
        friend_requests.judge_identity(
            request=request.pk,
            digest=digest,
            read=IdCard(party.name, party.id_no, True, 0.98),
            by="worker",
            at=when,
        )
        drain(at=when)
        debt = matters.debt(office.matter(case).loan, when)
        assert debt
        friend_requests.confirm_debt(
            request=request.pk, agrees=True, amount=debt.total, as_of=debt.as_of, typed_name=party.name,
            words="", device={}, by="borrower", at=when,
        )  # fmt: skip
        return friend_reads.get(request.pk), word

    early = at - timedelta(minutes=90)
    liven(at=early)
    sealed, word = requested(1, office.lina, early)
    (asked,) = approvals.waiting_for(office.wangmin, early)
    friend_requests.decide(
        approval=asked, grant=True, reason="身份已核实，同意在公司账号沟通", by=office.wangmin, at=early
    )
    friend_requests.say_accepted(request=sealed.pk, by=office.lina, at=early)
    arrive("wecom", ContactAdded, early, userid="lina", external_userid="wmZhangWei", state=word)
    thread = friend_reads.get(sealed.pk).thread
    parties.give_consent(
        party=office.debtor(),
        what="archive",
        form="wecom_event",
        words="同意会话存档",
        channel="wecom",
        by="wecom",
        at=early,
    )
    for minutes, text in ((70, "你好，我是张伟，想谈谈还款"), (20, "这个月工资25号才发，能不能先还一半？")):
        arrive(
            "wecom",
            MessageArrived,
            at - timedelta(minutes=minutes),
            account="lina",
            sender="wmZhangWei",
            to=("lina",),
            text=text,
        )
    waiting, _ = requested(8, office.zhaolei, at - timedelta(minutes=15))
    stranger = friend_requests.report(
        id=uuid.UUID(int=7), channel="wechat_personal", claimed_name="赵强", words="在吗", mobile="", screenshot="",
        by=office.lina, at=at - timedelta(minutes=10),
    )  # fmt: skip
    matter = office.matter(11)
    texting = matter_verbs.open_thread(
        matter=matter, party=matters.debtor_of(matter.loan), purpose=Purpose.NOTICE, channel=Channel.SMS,
        account=matter.loan.client, owner=office.lina, by=office.lina, at=early,
    )  # fmt: skip
    for text in (POLITE, RUDE):
        outbound.propose(
            id=uuid.uuid4(), thread=texting, text=text, acknowledged=True, by=office.lina, at=early
        )
        drain(at=early)
    dated = outbound.propose(
        id=uuid.uuid4(), thread=texting, text=DATED, acknowledged=True, by=office.lina, at=at - timedelta(minutes=30)
    )  # fmt: skip
    asked_ = approvals.still_open("contact", dated.pk)
    heated = office.matter(6)
    provoking = matter_verbs.open_thread(
        matter=heated, party=office.debtor(6), purpose=Purpose.NOTICE, channel=Channel.SMS, account=heated.loan.client,
        owner=office.lina, by=office.lina, at=early,
    )  # fmt: skip
    arrive(
        "sms", MessageArrived, at - timedelta(minutes=4), account=heated.loan.client, sender="13800000006",
        text="你们都是骗子，你这个废物，有种你骂我啊",
    )  # fmt: skip
    found = reviewed(office, early, blocked=in_thread(texting).get(state="blocked"))
    wording = rulebook.propose_wording(
        name="year-end", titles=("年末对账", "Year's end"), texts=(
            "【{client}】您好，我是{client}工作人员{staff}，工号{staff_no}。年末对账，请您方便时回电{callback}核对。",
            "【{client}】Hello, this is {staff} of {client}, staff no. {staff_no}. Please call {callback} to compare figures.",
        ), channels=["sms", "wecom"], roles=["debtor"], why="年末集中对账", by=office.hebing, at=early,
    )  # fmt: skip
    worded = approvals.still_open("wording", wording.pk)
    parties.stop(
        party=office.debtor(13),
        kind="represented",
        why="借款人已委托律师，来函为证",
        by=office.lina,
        at=early,
    )
    arrive("wecom", ContactAdded, at, account="lina", userid="lina", external_userid="wmNobody", state="")
    arrive(
        "wecom", MessageArrived, at, account="lina", sender="wmStranger", to=("lina",), text="我想谈谈还款"
    )
    ill = office.matter(3)
    person = office.debtor(3)
    owed = matters.debt(ill.loan, at)
    assert owed
    rights.ask(
        id=uuid.UUID(int=8), kind=Kind.COMPLAINT, matter=ill, party=person, words="电话太多，影响休息", by="borrower", at=at
    )  # fmt: skip
    parts = equal_parts(owed.total, 3, at.date() + timedelta(days=20))
    helped = rights.ask(
        id=uuid.UUID(int=9), kind=Kind.PLAN, matter=ill, party=person, words="住院后分三期还清",
        facts={"parts": [{"due_on": p.due_on.isoformat(), "amount": str(p.amount)} for p in parts]}, by="borrower", at=at,
    )  # fmt: skip
    own_page = rights.open_page(matter=ill, party=person, by=office.lina, at=at)
    promises.promise(
        id=uuid.UUID(int=10), matter=matter, party=matters.debtor_of(matter.loan), amount=Decimal("500.00"),
        due_on=at.date() + timedelta(days=5), channel="phone", by=office.lina, at=at,
    )  # fmt: skip
    begin(at=at)
    agencies.begin(at=at)
    while ledger.integrate(by="scene", at=early):
        pass
    (suit,), (mediated,) = (suits.of_matter(office.matter(n)) for n in (10, 12))
    company = _company(office, at)
    agency = next(one for one in people_reads.agencies() if one.name == agencies.NAME)
    return Scene(
        office,
        office.matter(),
        thread,
        texting,
        sealed,
        waiting,
        stranger,
        helped,
        worded,
        provoking,
        found,
        asked_,
        own_page,
        suit,
        agency,
        mediated,
        company,
    )


def _company(office: Office, at: Any) -> Any:
    """A carrier owes; its representative changed, and a seal was lost."""
    chief = {"role": "legal_representative", "name": "韩立", "id_no": resident_id("19750505", 301)}
    matter, party = place_company(office, legal_representative=chief)
    now = parties.get_to_know(
        name="郝云", id_no=resident_id("19780606", 302), by=office.chen, at=at - timedelta(days=2)
    )
    parties.add_point(
        party=party, kind="address", value="示例市和平区解放路18号", source="lawful_public", registered=True,
        by=office.chen, at=at,
    )  # fmt: skip
    represent(
        company=party,
        person=now,
        why="变更登记通知书（2026）第17号",
        by=office.chen,
        at=at - timedelta(days=2),
    )
    for kind, print_ in (("official", b"one print"), ("contract", b"another")):
        chop = parties.register_chop(
            company=party, kind=kind, specimen=originals.keep(print_), signatories=[now], number="备案 5101",
            valid_from=date(2024, 1, 1), by=office.chen, at=at,
        )  # fmt: skip
    parties.retire_chop(chop=chop, on=at.date(), why="遗失，已登报声明", by=office.chen, at=at)
    return {"matter": matter.pk, "party": party.pk}
