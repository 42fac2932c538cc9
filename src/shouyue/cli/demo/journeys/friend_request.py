"""Journey 1: 张伟, 42 days overdue, adds collector 李娜 on WeCom. Journey 2 follows: the message that must not go."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

from shouyue.cli.demo.cards import id_card
from shouyue.cli.demo.stage import SHANGHAI, Stage, must

PHONE: dict[str, Any] = {
    "SERVER_NAME": "127.0.0.1",
    "HTTP_USER_AGENT": "Mozilla/5.0 (iPhone) MicroMessenger",
    "HTTP_ACCEPT_LANGUAGE": "zh-CN",
}


def play(stage: Stage) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.test import Client

    from shouyue.casework.friend_request import FriendRequest as State
    from shouyue.desk.approvals import reads as approvals
    from shouyue.desk.friend_requests import actions, reads
    from shouyue.desk.matters import reads as matters
    from shouyue.desk.messages import outbound
    from shouyue.desk.messages import reads as messages
    from shouyue.desk.people.reads import all_staff

    staff: dict[str, Any] = {s.username: s for s in all_staff()}
    lina, wangmin = staff["lina"], staff["wangmin"]
    matter = matters.by_number(f"AJ{stage.at.astimezone(SHANGHAI):%Y}00001")
    assert matter
    debtor = matters.debtor_of(matter.loan)
    assert debtor

    with stage.step("李娜 makes a link of its own for 张伟's case") as shown:
        url = actions.make_link(matter=matter, party=debtor, by=lina, at=stage.at)
        shown["link"] = re.sub(r"(channel=).*", r"\1…", url)

    with stage.step("张伟 presses “add”; WeCom's sealed callback arrives and is understood"):
        pressed = stage.world.add("cooperative", url=url)
        stage.settle()
        request = reads.board(lina, stage.at).get()
        must(request.state == State.IDENTITY_PENDING, f"the request is {request.state}")
        must(request.party_id == debtor.pk, "it is not matched to 张伟")

    with stage.step("he gets one link by SMS, which says nothing of a debt") as shown:
        (sms,) = stage.pocket.got.values()
        must("逾期" not in sms.text and "欠" not in sms.text, sms.text)
        found = re.search(r"/p/([\w-]+)", sms.text)
        assert found
        shown["words"] = sms.text.replace(found.group(1), "…")

    phone = Client(**(PHONE | {"shouyue.at": stage.at}))
    with stage.step("he opens it: no amount is shown before identity is proved"):
        page = phone.get(f"/p/{found.group(1)}", follow=True)
        must(page.status_code == 200, f"the page answered {page.status_code}")
        must("3,218" not in page.content.decode(), "an amount is shown to somebody unproved")

    with stage.step("a picture that is no identity card is refused in words"):
        wrong = phone.post("/p/identity", {"card": SimpleUploadedFile("a.svg", b"<svg/>", "image/svg+xml")})
        must(wrong.status_code == 422, f"an SVG was answered {wrong.status_code}")

    with stage.step("he sends his card; it is read by a local model and matched with the loan"):
        card = SimpleUploadedFile("card.jpg", id_card(debtor.name, debtor.id_no or ""), "image/jpeg")
        phone.post("/p/identity", {"card": card})
        stage.settle()
        must(reads.get(request.pk).state == State.IDENTITY_PROVED, f"it is {reads.get(request.pk).state}")

    with stage.step("he confirms the debt in his own name") as shown:
        debt = matters.debt(matter.loan, stage.at)
        assert debt
        must(f"{debt.total:,}" in phone.get("/p/").content.decode(), "the amount is not on the page")
        answer = phone.post(
            "/p/debt",
            {
                "answer": "agree",
                "amount": str(debt.total),
                "as_of": debt.as_of.isoformat(),
                "typed_name": debtor.name,
            },
        )
        must(answer.status_code == 302, f"the confirmation was answered {answer.status_code}")
        shown |= {"amount": str(debt.total), "as_of": str(debt.as_of)}

    with stage.step("王敏 sees the four risks, and decides with a reason; 李娜 cannot") as shown:
        must(not approvals.waiting_for(lina, stage.at), "the person who asked could decide")
        (waiting,) = approvals.waiting_for(wangmin, stage.at)
        request = reads.get(request.pk)
        shown |= {
            "risks": {r["risk"]: r["score"] for r in request.sheet["risks"]},
            "recommendation": request.sheet["recommendation"],
        }
        actions.decide(
            approval=waiting,
            grant=True,
            reason="身份、债务均已核实，公司账号存档，同意沟通",
            by=wangmin,
            at=stage.at,
        )

    with stage.step(
        "李娜 accepts by hand in WeCom; the friendship is reconciled and the thread opens"
    ) as shown:
        stage.world.accept(pressed.id)
        stage.settle()
        request = reads.get(request.pk)
        must(request.state == State.RECONCILED, f"the request is {request.state}")
        thread = request.thread
        assert thread
        must(thread.matter_id == matter.pk, "the thread is not bound to the matter")
        shown["thread"] = str(thread.pk)

    with stage.step("the thread begins with the opening notice") as shown:
        (first,) = [m for m in messages.in_thread(thread) if m.number]
        must("存档" in (first.text or ""), "the opening notice does not say that it is recorded")
        shown["words"] = first.text

    evening = stage.at.astimezone(SHANGHAI).replace(hour=21, minute=58)
    stage.later(seconds=(evening - stage.at.astimezone(SHANGHAI)).total_seconds())
    with stage.step("21:58: 李娜 types a threat; it is marked before she sends, and does not go") as shown:
        words = "再不还钱我们就去你单位"
        seen = messages.preview(thread=thread, text=words, by=lina, at=stage.at)
        must(not seen.decision.allowed, "the preview allows it")
        kept = outbound.propose(id=uuid.uuid4(), thread=thread, text=words, by=lina, at=stage.at)
        must(kept.state == "blocked", f"it is {kept.state}")
        shown["rules"] = [s.rule for s in seen.decision.grounds]

    stage.later(minutes=2)
    with stage.step("22:00: even a polite message waits; the next lawful moment is tomorrow 08:00") as shown:
        polite = f"{debtor.name}您好，明天方便时请回电，谢谢。"
        seen = messages.preview(thread=thread, text=polite, by=lina, at=stage.at)
        must(seen.decision.next_lawful, "no next lawful moment is named")
        local = seen.decision.next_lawful.astimezone(SHANGHAI)  # type: ignore[union-attr]
        expected = (evening + timedelta(days=1)).replace(hour=8, minute=0)
        must(local == expected, f"the next lawful moment is {local}")
        shown["next_lawful"] = local.isoformat()
