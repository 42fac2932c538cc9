"""With 10⁵ messages queued and several senders at work, a stop over the whole lender: when does the last message leave?

    python -m bench emergency             100,000 messages, four senders, on the embedded database and on PostgreSQL
    python -m bench.emergency --queued 20000 --senders 4
    python deploy/postgres.py python -m bench.emergency --here      on the database that SHOUYUE_DATABASE names, empty

Rows of the queue are written in bulk, as `propose` would leave them. Senders are processes that call the real
`outbound.send`, as fast as they can, none of them paced; the channel writes down the moment at which it was given each
message. The clock of all of them is the machine's own. What is printed: when the last message reached the channel, counted
from the moment at which the stop had committed; how long the stop took to commit; and how long the sweep takes.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.evidence import empty_desk, say

NOON = datetime(
    2026, 3, 10, 4, 0, tzinfo=UTC
)  # what the desk's clock says: noon of a working day in Shanghai


DEBTORS = 2000
SWEEPS = 20  # of 500 messages each: enough for a rate


def fill(count: int, at: datetime) -> None:
    """`count` messages that may leave now, to DEBTORS people: the demonstration's first case, copied row by row."""
    from django.db import transaction

    from shouyue.casework.contact import Contact as State
    from shouyue.cli.demo.lender import found
    from shouyue.desk.matters.reads import by_number, debtor_of
    from shouyue.desk.messages.models import Contact

    found(at=at)
    matter = by_number(f"AJ{at:%Y}00001")
    assert matter
    loan, owner = matter.loan, matter.owner
    party = debtor_of(loan)
    assert party and owner
    point, balance = party.points.filter(kind="mobile").first(), loan.balances.first()
    with transaction.atomic():
        threads = [_copied(n, party, loan, matter, point, balance, owner, at) for n in range(DEBTORS)]
    who, client = owner, loan.client
    text = f"【{client}】{party.name}您好，我是{client}工作人员{who}，工号{who.staff_no}。请您方便时回电400-000-0000。"
    for start in range(0, count, 5000):
        Contact.objects.bulk_create(
            Contact(
                id=uuid.uuid4(),
                thread=t,
                matter_id=t.matter_id,
                party_id=t.party_id,
                channel="sms",
                direction="outbound",
                purpose=t.purpose,
                staff=owner,
                account=t.account,
                text=text,
                state=State.SCHEDULED,
                at=at,
                not_before=at,
            )
            for t in (threads[n % len(threads)] for n in range(start, min(start + 5000, count)))
        )


def _copied(n, party, loan, matter, point, balance, owner, at):  # type: ignore[no-untyped-def]
    """One more debtor with a loan, a case and an open thread; the rows given are used again and again."""
    from shouyue.desk.matters.models import Balance, LoanParty, Thread
    from shouyue.desk.parties.models import ContactPoint

    party.pk, party.id_index, party.id_no = uuid.uuid4(), f"bench-{n}", None
    loan.pk, loan.contract_no, loan.receipt_no = uuid.uuid4(), f"C{n}", f"R{n}"
    matter.pk, matter.number, matter.loan = uuid.uuid4(), f"B{n}", loan
    for row in (party, loan, matter):
        row._state.adding = True
        row.save(force_insert=True)
    LoanParty.objects.create(loan=loan, party=party, role="debtor")
    for kind, row in ((ContactPoint, point), (Balance, balance)):
        row.pk, row._state.adding = None, True
        row.party, row.loan = party, loan
        kind.save(row, force_insert=True)
    return Thread.objects.create(
        matter_id=matter.pk,
        party_id=party.pk,
        purpose="notice",
        channel="sms",
        account=loan.client,
        owner=owner,
        opened_at=at,
    )


def sender(file: Path, number: int, of: int) -> None:
    """One sender process: take its share of the queue, message by message, until it is told to end."""
    from shouyue.connectors.channel import Accepted
    from shouyue.desk.messages import channels, outbound
    from shouyue.desk.messages.models import Contact
    from shouyue.terms import Channel, Gate

    class Paper:
        channel, gate = Channel.SMS, Gate.HARD

        def __init__(self) -> None:
            self.lines = file.open("a", buffering=1)

        def send(self, message, key):  # type: ignore[no-untyped-def]
            self.lines.write(f"{time.time():.6f} {key}\n")
            return Accepted(f"ref-{key}")

        def find(self, key):  # type: ignore[no-untyped-def]
            return Accepted(f"ref-{key}")

    channels.connect("sms", sends=Paper())
    mine = list(Contact.objects.filter(state="scheduled").order_by("pk").values_list("pk", flat=True))[
        number::of
    ]
    for n, pk in enumerate(mine):
        if (file.parent / "end").exists():
            return
        # each at its own minute of the debtor's day, so that counting rules are not what holds messages back
        outbound.send(contact=pk, by="bench", at=NOON + timedelta(milliseconds=n))
        (file.parent / f"ready-{number}").touch()  # pack and models are loaded


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--queued", type=int, default=100_000)
    parser.add_argument("--senders", type=int, default=4)
    parser.add_argument("--here", action="store_true")
    parser.add_argument("--send", nargs=3, help=argparse.SUPPRESS)
    given = sys.argv[1:] if __name__ == "__main__" else []
    told = parser.parse_args(given)
    if told.send:
        import django

        django.setup()
        sender(Path(told.send[0]), int(told.send[1]), int(told.send[2]))
        return
    database = os.environ.get("SHOUYUE_DATABASE", "") if told.here else ""
    with empty_desk(database), tempfile.TemporaryDirectory() as folder:
        measure(told.queued, told.senders, Path(folder))
    if not told.here:
        words = [sys.executable, "-m", "bench.emergency", *given, "--here"]
        subprocess.run([sys.executable, "deploy/postgres.py", *words], check=True)


def measure(queued: int, senders: int, folder: Path) -> None:
    from django.db import connection

    from shouyue.desk.emergency import actions
    from shouyue.desk.emergency import reads as reads_of_emergency
    from shouyue.desk.messages import reads
    from shouyue.desk.outbox.actions import claim
    from shouyue.desk.people.reads import staff_by_no
    from shouyue.desk.worker.run import carry_out

    say("database", connection.vendor)
    began = time.perf_counter()
    fill(queued, NOON)
    say("queued, in bulk", f"{queued} messages in {time.perf_counter() - began:.0f} s")
    paper = folder / "sent"
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "shouyue.desk.settings"}
    if connection.vendor == "sqlite":
        env["SHOUYUE_DATABASE"] = f"sqlite:///{connection.settings_dict['NAME']}"
    words = [sys.executable, "-m", "bench.emergency", "--send", str(paper)]
    running = [subprocess.Popen([*words, str(n), str(senders)], env=env) for n in range(senders)]
    while len(list(folder.glob("ready-*"))) < senders:
        if any(p.poll() for p in running):
            raise SystemExit("a sender stopped")
        time.sleep(0.05)
    time.sleep(5)  # they send
    reads_of_emergency.playbooks_on(NOON)  # as in a desk that has been running
    before = time.time()
    called = actions.call(
        cause="hand",
        why="系统故障，全部停止",
        over="lender",
        by=staff_by_no("3001"),
        at=NOON + timedelta(hours=1),
    )
    committed = time.time()
    time.sleep(5)  # they try
    (folder / "end").touch()
    for one in running:
        one.wait(120)
    times = [float(line.split()[0]) for line in paper.read_text().splitlines()]
    keys = [line.split()[1] for line in paper.read_text().splitlines()]
    rate = sum(1 for t in times if t < before) / max(1e-9, before - min(times))
    late = [t - committed for t in times if t > committed]
    named = {k for k, t in zip(keys, times, strict=True) if t > committed} <= set(called.in_flight)
    say("sent before the stop, by all senders", f"{sum(1 for t in times if t < before)}, {rate:.0f} a second")
    say("the stop: from the call to its commit", f"{(committed - before) * 1000:.0f} ms")
    say(
        "left after the stop had committed",
        f"{len(late)}, the last {max(late, default=0.0) * 1000:.0f} ms after it",
    )
    say("each of those named as in flight", "yes" if named else "NO")
    waiting, at, sweeps = reads.of_scope("lender", "", reads.WAITING).count(), NOON + timedelta(hours=1), []
    say("waiting when the sweep begins", f"{waiting}")
    cpu, began = time.process_time(), time.perf_counter()
    while rows := claim(at=at, most={"held": 1, "hold_sweep": 1}):
        if rows[0].what == "hold_swept" or len(sweeps) == SWEEPS:
            break
        start = time.perf_counter()
        carry_out(rows[0].batch, now=lambda: at)
        sweeps.append(time.perf_counter() - start)
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    waiting -= reads.of_scope("lender", "", reads.WAITING).count()
    say(
        "taken back and sealed by one worker",
        f"{waiting} in {took:.0f} s ({cpu:.0f} s of processor), {waiting / took:.0f} a second",
    )
    say(
        "one sweep of 500: for how long others wait to write",
        f"median {statistics.median(sweeps) * 1000:.0f} ms",
    )
    say("load of the machine", f"{os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
