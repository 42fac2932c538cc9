"""A company's page: who acts for it, its seals, where it is reached; and the gate that obeys what is written there at once."""

from __future__ import annotations

import io
import uuid

import pytest
from django.urls import reverse
from PIL import Image

from shouyue.cli.demo.lender import resident_id
from shouyue.desk.ledger.reads import sealed_since
from shouyue.desk.matters import actions as matter_verbs
from shouyue.desk.matters import reads as matters
from shouyue.desk.messages.reads import in_thread
from shouyue.desk.parties import actions as verbs
from shouyue.desk.parties import reads as parties
from shouyue.desk.worker.run import drain
from shouyue.terms import Channel, Purpose
from tests.office import place_company

pytestmark = pytest.mark.django_db
DUE = (
    "【示例汽车金融有限公司】您好，我是示例汽车金融有限公司工作人员李娜，工号1023。"
    "贵司汽车抵押贷款已逾期，请您方便时回电400-000-0000核对。"
)
CHIEF = {
    "role": "legal_representative",
    "name": "韩立",
    "id_no": resident_id("19750505", 301),
    "mobiles": ["13900000011"],
}
NEXT = {
    "name": "郝云",
    "id_no": resident_id("19780606", 302),
    "mobile": "13900000012",
    "why": "变更登记通知书2026-03-09",
}


POLITE = "【示例汽车金融有限公司】您好，我是示例汽车金融有限公司工作人员李娜，工号1023。请您方便时回电400-000-0000。"


def picture(colour: str = "red") -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", (40, 40), colour).save(file, "PNG")
    file.seek(0)
    file.name = "print.png"
    return file


@pytest.fixture
def company(office, wires):
    return place_company(office, legal_representative=CHIEF)


def page(client, company):
    matter, party = company
    return client.get(reverse("company", args=[matter.pk, party.pk])).content.decode()


def act(client, company, what, **given):
    matter, party = company
    return client.post(reverse("company_act", args=[matter.pk, party.pk, what]), given)


def write_to(office, matter, person):
    """A thread with them by SMS, opened by 李娜."""
    return matter_verbs.open_thread(
        matter=matter, party=person, purpose=Purpose.NOTICE, channel=Channel.SMS, account=matter.loan.client,
        owner=office.lina, by=office.lina, at=office.at,
    )  # fmt: skip


def proved(office, person):
    verbs.prove_identity(party=person, how="video", facts={}, original="", by=office.lina, at=office.at)


def said_by_lina(sign_in, office, thread, text=DUE):
    answer = sign_in(office.lina).post(
        reverse("send", args=[thread.pk]), {"id": str(uuid.uuid4()), "text": text, "acknowledged": "on"}
    )
    contact = list(in_thread(thread))[-1]
    return answer.status_code, contact


def test_once_another_is_named_the_former_representative_hears_nothing_of_the_debt(
    office, company, sign_in, wires
):
    matter, party = company
    former = parties.representative(party)
    proved(office, former)
    thread = write_to(office, matter, former)
    _, before = said_by_lina(sign_in, office, thread)
    assert before.state not in {"blocked", "held"}, before.decision["spoken"]
    answer = act(sign_in(office.sunli), company, "representative", **NEXT)
    assert answer.status_code == 302
    status, after = said_by_lina(sign_in, office, thread)
    assert (status, after.state) == (422, "blocked")
    drain(at=office.at)
    assert not wires["sms"].sent, "what waited for the worker was asked again and stopped"
    now = parties.representative(party)
    assert now.name == "郝云" and matters.role_in(matter.loan, now) == "legal_representative"
    assert matters.role_in(matter.loan, former) == "unrelated"
    proved(office, now)
    _, theirs = said_by_lina(sign_in, office, write_to(office, matter, now))
    assert theirs.state not in {"blocked", "held"}


def test_the_page_tells_who_acted_since_when_and_by_what_ground(office, company, sign_in):
    act(sign_in(office.chen), company, "representative", **NEXT)
    shown = page(sign_in(office.lina), company)
    assert "韩*" in shown and "郝*" in shown and "韩立" not in shown and "郝云" not in shown
    assert "变更登记通知书2026-03-09" in shown and "现任" in shown and "前任" in shown
    assert "更换法定代表人" not in shown, "a collector looks and writes nothing down"
    assert "as the case file names" in page(sign_in(office.lina, "en"), company)
    assert "案件文件所载" in shown


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({**NEXT, "why": "换"}, "至少"),
        ({**NEXT, "id_no": "999999199001011234"}, "18 位"),
        ({**NEXT, "mobile": "12"}, "11 位"),
        ({**NEXT, "name": "", "id_no": ""}, "请选择"),
        ({"person": "99", "why": "变更登记通知书"}, "99"),
    ],
)
def test_a_wrong_entry_is_told_in_words_and_changes_nothing(office, company, sign_in, given, told):
    answer = act(sign_in(office.sunli), company, "representative", **given)
    assert answer.status_code == 422 and told in answer.content.decode()
    assert parties.representative(company[1]).name == "韩立"


def test_who_represents_it_already_is_not_named_again(office, company, sign_in):
    chief = parties.representative(company[1])
    answer = act(sign_in(office.sunli), company, "representative", person=str(chief.pk), why="营业执照核对")
    assert answer.status_code == 422 and "已是" in answer.content.decode()


def test_a_seal_is_registered_looked_at_and_retired(office, company, sign_in):
    matter, party = company
    client = sign_in(office.chen)
    chief = str(parties.representative(party).pk)
    given = {"kind": "contract", "number": "备案0001", "valid_from": "2024-01-01", "signatories": [chief]}
    assert act(client, company, "chop", **given, picture=picture()).status_code == 302
    (chop,) = parties.chops(party)
    shown = page(client, company)
    assert "合同专用章" in shown and "备案0001" in shown and "2024-01-01" in shown
    before = len(sealed_since(0))
    taken = client.get(reverse("print_of", args=[matter.pk, party.pk, chop.pk]))
    assert taken["Content-Disposition"].startswith("attachment") and taken.content == picture().read()
    assert len(sealed_since(0)) == before + 1
    assert act(client, company, "chop", **given, picture=picture()).status_code == 422  # the same print twice
    where = reverse("retire_chop", args=[matter.pk, party.pk, chop.pk])
    early = client.post(where, {"on": "2023-12-31", "why": "遗失登报"})
    assert early.status_code == 422 and "早于" in early.content.decode()
    assert client.post(where, {"on": "2026-03-01", "why": "失"}).status_code == 422
    assert client.post(where, {"on": "2026-03-01", "why": "遗失登报"}).status_code == 302
    assert "遗失登报" in page(client, company)
    asked = {"seal": chop.pk, "on": "2025-05-05", "who": chief}
    place = reverse("company", args=[matter.pk, party.pk])
    assert "该印章对公司有约束力" in client.get(place, asked).content.decode()
    late = client.get(place, {**asked, "on": "2026-03-02"}).content.decode()
    assert "不具约束力" in late and "已于2026-03-01停用" in late
    assert client.get(place, {**asked, "on": "gestern"}).status_code == 200


@pytest.mark.parametrize("body", [b"", b"GIF89a;", b"\x89PNG\r\n\x1a\n" + b"\x00" * 40])
def test_what_is_no_picture_is_no_print(office, company, sign_in, body):
    file = io.BytesIO(body)
    file.name = "print.png"
    chief = str(parties.representative(company[1]).pk)
    answer = act(
        sign_in(office.chen), company, "chop", kind="official", valid_from="2024-01-01", signatories=[chief], picture=file
    )  # fmt: skip
    assert answer.status_code == 422 and not parties.chops(company[1])


def test_a_company_is_written_to_where_compliance_wrote_that_its_register_says(office, company, sign_in):
    matter, party = company
    verbs.lock_point(point=parties.points(party).get(), why="停机", by=office.lina, at=office.at)
    verbs.add_point(
        party=party,
        kind="mobile",
        value="13900000009",
        source="told_by_reserved_contact",
        by="t",
        at=office.at,
    )
    thread = write_to(office, matter, party)
    assert said_by_lina(sign_in, office, thread, POLITE)[1].state == "blocked"
    shown = page(sign_in(office.lina), company)
    assert "无：不得向该公司发送" in shown and "既未登记也不在合同中" in shown
    client = sign_in(office.sunli)
    wrong = act(client, company, "point", kind="mobile", value="139")
    assert wrong.status_code == 422 and "11 位" in wrong.content.decode()
    assert act(client, company, "point", kind="mobile", value="13900000002").status_code == 302
    assert act(client, company, "point", kind="mobile", value="139 0000 0002").status_code == 422
    assert said_by_lina(sign_in, office, thread, POLITE)[1].state not in {"blocked", "held"}


def test_only_compliance_and_legal_write_here_and_only_about_a_company_of_the_case(office, company, sign_in):
    matter, party = company
    for who in (office.lina, office.wangmin, office.wu, office.zhou, office.admin):
        assert act(sign_in(who), company, "representative", **NEXT).status_code == 404
    client = sign_in(office.sunli)
    person = parties.representative(party)
    assert client.get(reverse("company", args=[matter.pk, person.pk])).status_code == 404
    assert client.get(reverse("company", args=[office.matter().pk, party.pk])).status_code == 404
    assert act(client, company, "burn").status_code == 404
    assert client.post(reverse("retire_chop", args=[matter.pk, party.pk, 999])).status_code == 404
    assert sign_in(office.zhaolei).get(reverse("company", args=[matter.pk, party.pk])).status_code == 404
