"""A person is forgotten whole, or not at all; a legal hold beats it, and puts the key where no one of us can destroy it."""

from __future__ import annotations

import base64
import inspect
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.apps import apps

from shouyue.casework.right import Kind
from shouyue.casework.right import Right as RightState
from shouyue.cli.erasure import escrow as commands
from shouyue.connectors.channel import MessageArrived
from shouyue.desk.erasure import actions as erasure
from shouyue.desk.erasure.reads import keep_until, kept_until, obstacles
from shouyue.desk.holds import actions as holds
from shouyue.desk.ledger import actions as ledger
from shouyue.desk.ledger import reads as log
from shouyue.desk.matters.models import Matter
from shouyue.desk.messages import inbound
from shouyue.desk.parties import reads as parties
from shouyue.desk.rights import actions as rights
from shouyue.desk.rulebook import actions as rulebook
from shouyue.desk.vault import escrow
from shouyue.desk.vault.actions import destroy_key, existing_key
from shouyue.desk.vault.fields import EncryptedTextField
from shouyue.desk.vault.reads import shares_of
from shouyue.desk.worker.run import drain
from shouyue.terms import Channel
from tests.office import MORNING

pytestmark = pytest.mark.django_db(transaction=True)

CASE = 2  # nobody else has this name
LATER = MORNING + timedelta(days=6 * 366)
WORDS = "我被裁员了，下个月二十号前还两千"


@pytest.fixture
def settled(office: Any, wires: Any) -> Any:
    """A person who wrote to us, complained, was answered, and whose matter was closed."""
    party = office.debtor(CASE)
    mobile = parties.points(party, "mobile")[0].value
    event = MessageArrived(
        external_id="m",
        channel=Channel.SMS,
        account="corp",
        at=office.at,
        raw=b"m",
        sender=mobile,
        text=WORDS,
    )
    wires["sms"].events[WORDS.encode()] = (event,)
    inbound.receive(connector="sms", payload=WORDS.encode(), by="callback", at=office.at)
    drain(at=office.at)
    asked = rights.ask(
        id=uuid4(), kind=Kind.COMPLAINT, matter=office.matter(CASE), party=party, words="你们打电话太多了",
        by="portal", at=office.at,
    )  # fmt: skip
    officer = next(s for s in office.staff.values() if s.role == "compliance")
    rights.take_in_hand(right=asked.pk, by=officer, at=office.at)
    rights.answer(right=asked.pk, outcome=RightState.GRANTED, words="今后每周一次", by=officer, at=office.at)
    Matter.objects.filter(loan=office.matter(CASE).loan).update(state="closed", closed_at=office.at)
    drain(at=office.at)
    return party


@pytest.fixture
def two(office: Any) -> tuple[Any, Any]:
    by_role = {s.role: s for s in office.staff.values()}
    return by_role["compliance"], by_role["legal"]


def everything_in_tables() -> str:
    """Every value of every table of the desk, decrypted where the desk can decrypt it."""
    rows = (
        value
        for table in apps.get_app_config("desk").get_models()
        for row in table._default_manager.values_list()
        for value in row
    )
    return "\0".join(v.hex() if isinstance(v, bytes | memoryview) else str(v) for v in rows)


def test_after_erasure_no_table_says_who_it_was_or_what_they_said(settled: Any, two: Any) -> None:
    person = parties.get(settled.pk)
    mobiles = [point.value for point in parties.points(person)]
    secrets = [person.name, person.id_no, WORDS, "你们打电话太多了", "今后每周一次", *mobiles]
    before = everything_in_tables()
    assert all(secret in before for secret in secrets)  # the test can fail
    erasure.erase_person(party=settled.pk, basis="保存期限届满", agreed=two[1], by=two[0], at=LATER)
    after = everything_in_tables()
    assert [secret for secret in secrets if secret in after] == []
    assert person.name_index not in after and (person.id_index or "?") not in after
    ledger.catch_up(by="test", at=LATER)
    assert log.verify_log().ok
    drain(at=LATER)
    erasure.erase_person(
        party=settled.pk, basis="保存期限届满", agreed=two[1], by=two[0], at=LATER
    )  # once is enough
    assert existing_key(subject=settled.pk) is None


def test_every_slice_that_keeps_encrypted_words_can_forget_them() -> None:
    """A new table with words about people needs a `forget` that erase_person calls."""
    called = inspect.getsource(erasure.erase_person)
    kept = {
        f"{table.__name__}.{field.name}": table.__module__.split(".")[2]
        for table in apps.get_app_config("desk").get_models()
        for field in table._meta.get_fields()
        if isinstance(field, EncryptedTextField)
    }
    home = {"messages": "forgetting"}
    lost = {name for name, slice_ in kept.items() if f"{home.get(slice_, slice_)}.forget(" not in called}
    assert lost == set()


def test_each_obstacle_stands_against_it_alone_and_the_refusal_is_in_the_log(
    settled: Any, two: Any, office: Any
) -> None:
    assert obstacles(settled, LATER) == []
    for _ in range(2):
        hold = holds.put_on_hold(
            kind="preserve", over="party", key=str(settled.pk), why="已提起诉讼", by=office.wangmin, at=LATER
        )
        with pytest.raises(
            erasure.UnableToErase, match=r"legal hold over this person stands since .*已提起诉讼"
        ):
            erasure.erase_person(party=settled.pk, basis="本人请求删除", agreed=two[1], by=two[0], at=LATER)
        assert existing_key(subject=settled.pk) and parties.get(settled.pk).name
        panel = log.panel(f"party:{settled.pk}")
        assert panel and panel.rows[0].kind == "erase/refused"
        holds.release(hold=hold.pk, why="案件已结", by=two[1], at=LATER)
        assert obstacles(settled, LATER) == []
    whole = holds.put_on_hold(
        kind="preserve", over="lender", key="", why="监管检查", by=office.wangmin, at=LATER
    )
    assert any("监管检查" in line for line in obstacles(settled, LATER))
    holds.release(hold=whole.pk, why="检查结束", by=two[1], at=LATER)
    until = keep_until(settled, LATER)
    assert until and until.year == 2031
    assert any("kept until" in line for line in obstacles(settled, MORNING + timedelta(days=5 * 365)))
    Matter.objects.filter(loan=office.matter(CASE).loan).update(state="active", closed_at=None)
    assert any("is open" in line for line in obstacles(settled, LATER))


def test_nobody_erases_alone_or_without_being_allowed(settled: Any, two: Any, office: Any) -> None:
    for by, agreed in ((two[0], two[0]), (office.lina, two[0]), (two[0], office.wangmin)):
        with pytest.raises(erasure.UnableToErase, match="two different people"):
            erasure.erase_person(party=settled.pk, basis="保存期限届满", agreed=agreed, by=by, at=LATER)
    with pytest.raises(erasure.UnableToErase, match="few words"):
        erasure.erase_person(party=settled.pk, basis=" ", agreed=two[1], by=two[0], at=LATER)
    assert parties.get(settled.pk).name


def test_records_of_conduct_end_with_their_time_unless_held(settled: Any, two: Any, office: Any) -> None:
    from shouyue.desk.conduct import actions as conduct
    from shouyue.desk.conduct.models import Kind as Conduct
    from shouyue.desk.conduct.reads import timeline

    conduct.record(key="k", kind=Conduct.STALLED, party=settled, grounds={}, by="test", at=MORNING)
    had = len(timeline(party=settled.pk))
    hold = holds.put_on_hold(
        kind="preserve", over="party", key=str(settled.pk), why="已提起诉讼", by=office.wangmin, at=LATER
    )
    assert conduct.clear(by="clock", at=LATER) == 0
    holds.release(hold=hold.pk, why="案件已结", by=two[1], at=LATER)
    assert conduct.clear(by="clock", at=MORNING + timedelta(days=30)) == 0
    assert conduct.clear(by="clock", at=LATER) == had and timeline(party=settled.pk) == []


# --- escrow ---


@pytest.fixture
def holders(settings: Any) -> dict[str, X25519PrivateKey]:
    keys = {name: X25519PrivateKey.generate() for name in ("notary", "counsel", "court")}
    settings.ESCROW = "".join(
        f"{name} {base64.b64encode(key.public_key().public_bytes_raw()).decode()}\n"
        for name, key in keys.items()
    )
    return keys


def test_under_a_legal_hold_any_two_of_three_bring_back_a_key_that_we_lost(
    settled: Any, two: Any, office: Any, holders: dict[str, X25519PrivateKey]
) -> None:
    hold = holds.put_on_hold(
        kind="preserve", over="party", key=str(settled.pk), why="已提起诉讼", by=office.wangmin, at=LATER
    )
    drain(at=LATER)
    shares, key = shares_of(settled.pk), existing_key(subject=settled.pk)
    assert set(shares) == set(holders) and key
    about = escrow.about(settled.pk)
    opened = {name: escrow.open_share(shares[name], holders[name], about) for name in holders}
    for pair in (("notary", "court"), ("notary", "counsel"), ("counsel", "court")):
        assert escrow.unite({name: opened[name] for name in pair}) == key
    assert not any(key.hex() in json.dumps(one) for one in opened.values())
    taken_away = dict(shares)
    destroy_key(
        subject=settled.pk, by="a rogue", at=LATER
    )  # by whoever could: the copies were taken away before
    again = {n: escrow.open_share(taken_away[n], holders[n], about) for n in ("notary", "court")}
    erasure.reopen(subject=settled.pk, opened=again, why="法院调取", by=two[1], at=LATER)
    assert existing_key(subject=settled.pk) == key
    panel = log.panel("log/escrow")
    assert panel and panel.rows[0].kind == "hold/escrow_opened"
    holds.release(hold=hold.pk, why="案件已结", by=two[1], at=LATER)


def test_when_the_last_hold_is_released_the_shares_go(
    settled: Any, two: Any, office: Any, holders: Any
) -> None:
    one, other = (
        holds.put_on_hold(
            kind="preserve", over="party", key=str(settled.pk), why=why, by=office.wangmin, at=LATER
        )
        for why in ("已提起诉讼", "已向公安报案")
    )
    drain(at=LATER)
    holds.release(hold=one.pk, why="案件已结", by=two[1], at=LATER)
    drain(at=LATER)
    assert len(shares_of(settled.pk)) == 3
    holds.release(hold=other.pk, why="案件已结", by=two[1], at=LATER)
    drain(at=LATER)
    assert shares_of(settled.pk) == {}


def test_one_alone_a_stranger_and_a_share_about_somebody_else_open_nothing(
    holders: dict[str, X25519PrivateKey],
) -> None:
    public = {name: key.public_key().public_bytes_raw() for name, key in holders.items()}
    key, about, other = b"k" * 32, escrow.about(uuid4()), escrow.about(uuid4())
    shares = escrow.divide(key, public, about)
    mine = escrow.open_share(shares["court"], holders["court"], about)
    with pytest.raises(escrow.NoEscrow, match="two are needed"):
        escrow.unite({"court": mine})
    for share, private, bound in (
        (shares["court"], X25519PrivateKey.generate(), about),
        (shares["court"], holders["notary"], about),
        (shares["court"], holders["court"], other),
        (shares["court"][:-1], holders["court"], about),
        (b"", holders["court"], about),
    ):
        with pytest.raises(escrow.NoEscrow, match="not closed to this key"):
            escrow.open_share(share, private, bound)


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "found 0"), ("a b c\n", "no name and public key"), ("a AAAA\n", "32 bytes"), ("a !!\n", "no name")],
)
def test_holders_that_cannot_be_meant_are_refused(text: str, words: str) -> None:
    with pytest.raises(escrow.NoEscrow, match=words):
        escrow.parse_holders(text)


def test_the_commands_bring_a_key_back(
    settled: Any, two: Any, office: Any, settings: Any, tmp_path: Any
) -> None:
    run = CliRunner()
    lines = []
    for name in ("notary", "counsel", "court"):
        made = run.invoke(commands, ["key", name, "--out", str(tmp_path / name)])
        assert (
            made.exit_code == 0
            and run.invoke(commands, ["key", name, "--out", str(tmp_path / name)]).exit_code == 1
        )
        lines.append(made.output)
    settings.ESCROW = "".join(lines)
    holds.put_on_hold(
        kind="preserve", over="party", key=str(settled.pk), why="已提起诉讼", by=office.wangmin, at=LATER
    )
    drain(at=LATER)
    key = existing_key(subject=settled.pk)
    for name in ("notary", "court"):
        share = str(tmp_path / f"{name}.share")
        assert run.invoke(commands, ["share", str(settled.pk), name, "--out", share]).exit_code == 0
        asked = ["open", share, "--key", str(tmp_path / name), "--out", str(tmp_path / f"{name}.open")]
        assert run.invoke(commands, asked).exit_code == 0
    destroy_key(subject=settled.pk, by="a rogue", at=LATER)
    opened = [str(tmp_path / f"{name}.open") for name in ("notary", "court")]
    done = run.invoke(commands, ["unite", *opened, "--by", two[1].staff_no, "--why", "法院调取"])
    assert done.exit_code == 0, done.output
    assert existing_key(subject=settled.pk) == key
    twice = run.invoke(
        commands, ["unite", opened[0], opened[0], "--by", two[1].staff_no, "--why", "法院调取"]
    )
    assert twice.exit_code == 1 and "two are needed" in twice.output


def test_rules_that_do_not_say_how_long_records_are_kept_stand_against_it(office: Any, settled: Any) -> None:
    """Not knowing is not permission: the rules for the United States name no such period."""
    edition = rulebook.propose(
        pack="us", overlay={}, why="美国组合", effective_at=office.at, by=office.sunli, at=office.at
    )
    rulebook.approve(edition=edition.pk, by=office.hebing, at=office.at)
    assert "no rules in force say how long records must be kept" in list(obstacles(settled, office.at))
    assert kept_until(settled, office.at) is None
