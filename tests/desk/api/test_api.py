"""The HTTP API: the same verbs as the console, for programs that were admitted, each act once."""

from __future__ import annotations

import csv
import io
import json
import logging
import threading
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from shouyue.connectors.channel import FriendRequested
from shouyue.connectors.recognition import IdCard
from shouyue.desk.api import door
from shouyue.desk.api.v1 import description
from shouyue.desk.friend_requests import actions as friend_requests
from shouyue.desk.friend_requests import reads as request_reads
from shouyue.desk.ledger.models import Leaf
from shouyue.desk.matters import actions as matters
from shouyue.desk.matters import reads as matter_reads
from shouyue.desk.messages import inbound
from shouyue.desk.messages.models import Contact
from shouyue.desk.programs import actions as programs
from shouyue.desk.programs.reads import SCOPES
from shouyue.desk.worker.run import drain
from shouyue.terms import Channel, Purpose
from tests.cast import 张伟
from tests.promises.house import REPOSITORY

pytestmark = pytest.mark.django_db
POLITE = (
    "【示例汽车金融】张伟先生您好,我是示例汽车金融有限公司工作人员,工号1023。请在方便时回电400-000-0000。"
)


class Caller:
    """A program with a token."""

    def __init__(self, office, staff, scopes=tuple(SCOPES), **more):
        self.token, self.secret = programs.admit(
            name="loan system", staff=staff, scopes=scopes, days=30, by="test", at=office.at, **more
        )
        self.client = Client(headers={"authorization": f"Bearer {self.secret}"})

    def get(self, path):
        return self.client.get(f"/api/v1{path}")

    def post(self, path, body, key="k1"):
        headers = {"idempotency-key": key} if key else {}
        return self.client.post(
            f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=headers
        )

    def upload(self, path, body, key="k1", name="cases.csv"):
        return self.client.post(
            f"/api/v1{path}", {"file": SimpleUploadedFile(name, body)}, headers={"idempotency-key": key}
        )


@pytest.fixture
def at(office, monkeypatch):
    """The API's clock stands at the office's morning."""
    monkeypatch.setattr(door, "now", lambda: office.at)
    for module in ("approvals", "cases", "friend_requests", "messages"):
        monkeypatch.setattr(f"shouyue.desk.api.{module}.now", lambda: office.at)
    return office.at


@pytest.fixture
def lina(office, at):
    return Caller(office, office.lina)


@pytest.fixture
def thread(office, wires):
    return matters.open_thread(
        matter=office.matter(), party=office.debtor(), purpose=Purpose.NOTICE, channel=Channel.SMS,
        account=office.matter().loan.client, owner=office.lina, by=office.lina, at=office.at,
    )  # fmt: skip


# --- who calls ---


@pytest.mark.parametrize("header", ["", "Bearer sy_nobody", "Basic eDp5"])
def test_without_a_valid_token_nothing_is_shown(office, header):
    answer = Client(headers={"authorization": header}).get("/api/v1/approvals")
    assert answer.status_code == 401


def test_a_token_ends_when_it_expires_is_turned_away_or_its_person_leaves(office, at, monkeypatch):
    voided, leaver, late = (Caller(office, staff) for staff in (office.lina, office.zhaolei, office.wangmin))
    programs.turn_away(token=voided.token, reason="取消对接", by="test", at=at)
    office.zhaolei.is_active = False
    office.zhaolei.save()
    assert voided.get("/approvals").status_code == leaver.get("/approvals").status_code == 401
    assert late.get("/approvals").status_code == 200
    monkeypatch.setattr(door, "now", lambda: at + timedelta(days=31))
    assert late.get("/approvals").status_code == 401


def test_the_secret_is_kept_nowhere(lina):
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM desk_token")
        assert lina.secret not in repr(cursor.fetchall())
    assert not any(lina.secret.encode() in bytes(leaf.entry) for leaf in Leaf.objects.all())


def test_a_program_does_what_its_scopes_say_and_its_person_may(office, at, thread):
    reader = Caller(office, office.lina, scopes=["messages:read"])
    answer = reader.post(f"/threads/{thread.pk}/messages", {"text": POLITE})
    assert (answer.status_code, answer.json()["code"]) == (403, "scope")
    auditor = Caller(office, office.admin)
    answer = auditor.post(f"/threads/{thread.pk}/messages", {"text": POLITE})
    assert (answer.status_code, answer.json()["code"]) == (403, "role")


def test_what_is_another_persons_is_not_found_and_logged(office, at, thread, caplog):
    other = Caller(office, office.zhaolei)
    with caplog.at_level(logging.WARNING, "shouyue.api"):
        assert other.get(f"/threads/{thread.pk}/messages").status_code == 404
        assert other.post(f"/threads/{thread.pk}/preview", {"text": POLITE}).status_code == 404
        assert other.get(f"/friend-requests/{thread.pk}").status_code == 404
    assert caplog.text.count("not theirs") == 3
    assert Leaf.objects.filter(kind="audit/access_refused").count() == 3


# --- once ---


def test_the_same_key_gets_the_same_answer_and_one_message(lina, thread):
    first, again = (lina.post(f"/threads/{thread.pk}/messages", {"text": POLITE}) for _ in range(2))
    assert (first.status_code, first.json()["state"]) == (201, "scheduled")
    assert again.content == first.content
    assert (first["Idempotent-Replay"], again["Idempotent-Replay"]) == ("false", "true")
    assert Contact.objects.count() == 1


def test_the_same_key_with_another_body_or_path_is_a_conflict(lina, thread):
    lina.post(f"/threads/{thread.pk}/messages", {"text": POLITE})
    for path, body in [
        (f"/threads/{thread.pk}/messages", {"text": POLITE + "!"}),
        (f"/messages/{thread.pk}/cancellation", {"why": "写错了"}),
    ]:
        answer = lina.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (409, "key_used")
    assert Contact.objects.count() == 1


def test_two_programs_may_use_the_same_key(office, at, lina, thread):
    second = Caller(office, office.lina)
    answers = [c.post(f"/threads/{thread.pk}/messages", {"text": POLITE}) for c in (lina, second)]
    assert answers[0].json()["id"] != answers[1].json()["id"]


def test_an_act_without_a_key_is_not_done(lina, thread):
    answer = lina.post(f"/threads/{thread.pk}/messages", {"text": POLITE}, key="")
    assert (answer.status_code, answer.json()["code"]) == (400, "no_key")
    assert not Contact.objects.exists()


def test_a_refusal_is_not_kept_so_the_key_may_try_again(lina, thread):
    answer = lina.post(f"/threads/{thread.pk}/messages", {"text": "  "})
    assert (answer.status_code, answer.json()["code"]) == (422, "unable_to_propose")
    assert lina.post(f"/threads/{thread.pk}/messages", {"text": POLITE}).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_one_key_from_two_sides_at_once_is_one_act(office, at, lina, thread):
    answers = []

    def ask():
        try:
            answers.append(lina.post(f"/threads/{thread.pk}/messages", {"text": POLITE}).content)
        finally:
            connection.close()

    both = [threading.Thread(target=ask) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(30)
    assert len(answers) == 2
    assert len(set(answers)) == Contact.objects.count() == 1


# --- messages ---


def test_a_preview_says_what_the_gate_says_and_keeps_nothing(lina, thread):
    before = Leaf.objects.count()
    answer = lina.post(f"/threads/{thread.pk}/preview", {"text": "再不还钱我们就去你单位"}, key="").json()
    assert answer["effect"] == "block"
    assert all(ground["citation"] and ground["reason_zh"] for ground in answer["grounds"])
    assert (Contact.objects.count(), Leaf.objects.count()) == (0, before)


def test_a_lawful_no_is_an_answer_with_its_reasons(lina, thread):
    answer = lina.post(f"/threads/{thread.pk}/messages", {"text": "再不还钱我们就去你单位"})
    assert (answer.status_code, answer.json()["state"]) == (201, "blocked")
    assert answer.json()["decision"]["spoken"]


def test_a_message_is_seen_and_taken_back_before_it_leaves(office, lina, thread):
    later = (office.at + timedelta(hours=1)).isoformat()
    sent = lina.post(f"/threads/{thread.pk}/messages", {"text": POLITE, "send_at": later}).json()
    assert lina.get(f"/messages/{sent['id']}").json()["state"] == "scheduled"
    assert [m["id"] for m in lina.get(f"/threads/{thread.pk}/messages").json()] == [sent["id"]]
    taken = lina.post(f"/messages/{sent['id']}/cancellation", {"why": "客户已还款"}, key="k2")
    assert (taken.status_code, taken.json()["state"]) == (200, "cancelled")


@pytest.mark.parametrize(
    "body", [{}, {"text": ""}, {"text": "x", "send_at": "2026-03-10T10:00:00"}, {"text": "x" * 4001}]
)
def test_a_malformed_request_says_which_field(lina, thread, body):
    answer = lina.post(f"/threads/{thread.pk}/messages", body)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][-1] in {"text", "send_at"}


# --- friend requests and approvals ---


@pytest.fixture
def waiting(office, wires):
    """A request that has everything but the supervisor's answer."""
    word = friend_requests.invite(matter=office.matter(), party=office.debtor(), by=office.lina, at=office.at)
    one = FriendRequested(
        external_id="e1",
        channel=Channel.WECOM,
        account="corp",
        at=office.at,
        raw=b"",
        link_id="L1",
        state=word,
    )
    wires["wecom"].events[b"e1"] = (one,)
    inbound.receive(connector="wecom", payload=b"e1", by="callback", at=office.at)
    drain(at=office.at)
    request = request_reads.board(office.lina, office.at).get()
    friend_requests.offer_identity(request=request.pk, digest="d", by="borrower", at=office.at)
    read = IdCard(request.party.name, request.party.id_no, True, 0.98)
    friend_requests.judge_identity(request=request.pk, digest="d", read=read, by="worker", at=office.at)
    debt = matter_reads.debt(request.matter.loan, office.at)
    friend_requests.confirm_debt(
        request=request.pk, agrees=True, amount=debt.total, as_of=debt.as_of, typed_name=request.party.name,
        words="", device={}, by="borrower", at=office.at,
    )  # fmt: skip
    return request_reads.get(request.pk)


def test_the_board_shows_masked_people_to_those_who_may_see_them(office, at, lina, waiting):
    (shown,) = lina.get("/friend-requests").json()
    assert (shown["id"], shown["state"]) == (str(waiting.pk), "approval_pending")
    assert shown["party"] != waiting.party.name
    assert lina.get(f"/friend-requests/{waiting.pk}").json() == shown
    assert Caller(office, office.zhaolei).get("/friend-requests").json() == []


def test_a_reported_request_is_one_request(lina):
    told = {
        "channel": "wechat_personal",
        "claimed_name": "张伟",
        "words": "我是张伟",
        "mobile": "13800000001",
    }
    first, again = (lina.post("/friend-requests", told) for _ in range(2))
    assert (first.status_code, first.json()["way"]) == (201, "staff_report")
    assert first.content == again.content


def test_the_supervisor_decides_once_with_a_reason_and_never_who_asked(office, at, lina, waiting):
    wangmin = Caller(office, office.wangmin)
    (question,) = wangmin.get("/approvals").json()
    assert question["about"] == str(waiting.pk)
    path, yes = f"/approvals/{question['id']}/decision", {"grant": True, "reason": "身份已核实"}
    assert lina.post(path, yes).status_code == 403
    assert wangmin.post(path, {"grant": True, "reason": " "}).status_code == 422
    done = wangmin.post(path, yes, key="k2")
    assert (done.status_code, done.json()["state"]) == (200, "granted")
    assert wangmin.post(path, yes, key="k2").content == done.content
    assert wangmin.post(path, yes, key="k3").status_code == 404
    assert request_reads.get(waiting.pk).state == "approved"


# --- cases ---


def csv_of(*rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


CASE = {
    "委托方": "示例汽车金融有限公司", "资方": "示例银行", "批次号": "B202603", "委案日期": "2026-03-01", "预计退案日期": "2026-06-01",
    "委案金额": "9655.20", "案件编号": "AJ90001", "合同号": "QC90001", "借据编号": "JJ1", "产品": "汽车抵押贷款", "贷款金额": "106200",
    "逾期天数": "42", "逾期起始日": "2026-01-27", "逾期本金": "8000.00", "逾期利息": "1500.20", "罚息": "155.00", "剩余应还": "90000",
    "金额截止日": "2026-03-10", "姓名": 张伟.name, "身份证号": 张伟.id_no, "手机号": 张伟.mobile,
}  # fmt: skip


@pytest.fixture
def admin(office, at):
    return Caller(office, office.admin)


def test_a_case_file_is_checked_taken_in_once_and_recognised(admin):
    assert admin.upload("/cases/check", csv_of(CASE)).json() == {"rows": 1, "errors": []}
    assert matter_reads.by_number("AJ90001") is None
    first, again, later = (admin.upload("/cases", csv_of(CASE), key=key) for key in ("k1", "k1", "k2"))
    assert (first.status_code, first.json()["new"]) == (201, 1)
    assert again.content == first.content
    assert (later.json()["repeated"], later.json()["new"]) == (True, 0)
    assert matter_reads.by_number("AJ90001") is not None


def test_one_wrong_cell_and_nothing_of_the_file_lands(admin):
    wrong = CASE | {
        "案件编号": "AJ90002",
        "合同号": "QC90002",
        "借据编号": "JJ90002",
        "逾期起始日": "2026-02-30",
    }
    for path in ("/cases/check", "/cases"):
        answer = admin.upload(path, csv_of(CASE, wrong))
        (error,) = answer.json()["errors"]
        assert (error["row"], error["found"]) == (3, "2026-02-30")
        assert error["expected"]
    assert answer.status_code == 422
    assert matter_reads.by_number("AJ90001") is None


def test_what_is_no_case_file_is_refused_in_words(admin):
    answer = admin.upload("/cases", b"\x89PNG\r\n\x1a\n", name="cases.csv")
    assert (answer.status_code, answer.json()["code"]) == (422, "unreadable_file")


def test_a_collectors_program_places_no_cases(lina):
    assert lina.upload("/cases", csv_of(CASE)).status_code == 403


# --- the description ---


def test_the_description_is_the_one_that_is_published():
    """After a change on purpose: .venv/bin/python docs/generate.py"""
    published = json.loads((REPOSITORY / "docs/reference/openapi.json").read_text())
    assert description() == published


def test_every_operation_says_what_it_does_and_asks_for_a_token():
    for path, methods in description()["paths"].items():
        for method, operation in methods.items():
            assert operation.get("summary"), (path, method)
            assert operation.get("security"), (path, method)
