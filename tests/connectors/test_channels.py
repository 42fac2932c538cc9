"""What every channel through which the desk writes must keep to, each against a counterpart that misbehaves."""

from __future__ import annotations

import json
import socketserver
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shouyue.connectors import channel as ch
from shouyue.connectors.gateway import Gateway
from shouyue.connectors.gateways import KINDS, connected
from shouyue.connectors.mail import Mail
from shouyue.connectors.rehearsal.server import Rehearsal
from shouyue.connectors.sms import parts, whole_text
from shouyue.terms import GATE_OF

NOW = datetime.now(UTC)
SOON = NOW + timedelta(hours=1)
FIT = {
    "sms": ch.Outgoing(to="13800000001", text="您好，请回电。", account="示例汽车金融"),
    "phone": ch.Outgoing(to="13800000001", text="话术", account="4008001234", not_after=SOON),
    "letter": ch.Outgoing(to="张伟\n示例市守约路7号", text="正文", account="示例", subject="催告函"),
    "visit": ch.Outgoing(to="示例市守约路7号", text="说明", account="lina,zhaolei", not_after=SOON),
    "mediation": ch.Outgoing(to="13800000001", text="邀请您参加调解", account="诚和调解"),
}


@pytest.fixture(scope="module")
def world():
    with Rehearsal(pace=0) as running:
        yield running


@pytest.fixture(params=sorted(KINDS))
def name(request):
    return request.param


@pytest.fixture
def provider(world, name):
    one = world.providers[name]
    yield one
    one.no_answer = one.broken = one.busy = 0
    one.wrong_signature, one.deliver = False, None
    one.blocked.clear()
    one.taken.clear()


@pytest.fixture
def channel(world, name, provider) -> Gateway:
    made = KINDS[name](world.gateways[name]["base"], provider.secret)
    yield made
    made.close()


def test_every_channel_of_the_trade_keeps_the_contract(channel, name):
    assert isinstance(channel, ch.Sends)
    assert isinstance(channel, ch.Receives)
    assert channel.gate is GATE_OF[channel.channel]
    assert channel.channel.value == name


def test_what_is_sent_is_taken_with_a_reference(channel, provider, name):
    sent = channel.send(FIT[name], "k1")
    assert sent == ch.Accepted(provider.taken["k1"].reference)
    assert provider.taken["k1"].body["text"] == FIT[name].text


def test_the_same_key_twice_is_one_contact(channel, provider, name):
    assert channel.send(FIT[name], "k1") == channel.send(FIT[name], "k1")
    assert len(provider.taken) == 1


def test_the_same_key_with_other_words_is_refused(channel, provider, name):
    channel.send(FIT[name], "k1")
    other = channel.send(replace(FIT[name], text="别的话"), "k1")
    assert isinstance(other, ch.Refused) and other.permanent
    assert provider.taken["k1"].body["text"] == FIT[name].text


def test_a_lost_answer_is_unknown_and_found_again(channel, provider, name):
    """The case that must never send twice: it left, and nobody told us."""
    provider.no_answer = 1
    assert isinstance(channel.send(FIT[name], "k1"), ch.Unknown)
    assert channel.find("k1") == ch.Accepted(provider.taken["k1"].reference)


def test_an_answer_that_says_nothing_is_unknown(channel, provider, name):
    provider.broken = 1
    assert isinstance(channel.send(FIT[name], "k1"), ch.Unknown)


def test_only_a_certain_never_sent_is_said_so(channel, name):
    assert channel.find("k-never") == ch.NeverSent()


def test_what_they_counted_is_theirs_and_no_answer_is_no_count(channel, provider, world, name):
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    channel.send(FIT[name], "k1")
    assert channel.totals(today).sent == 1
    provider.miscounts = 2
    assert channel.totals(today).sent == 3
    assert channel.totals(today - timedelta(days=30)).received == 0
    provider.miscounts = -1 - 1  # nonsense is no count
    assert channel.totals(today) is None
    provider.miscounts, provider.busy = 0, 1
    with pytest.raises(ch.ConnectorDown):
        channel.totals(today)
    with pytest.raises(ch.ConnectorDown):
        KINDS[name]("http://127.0.0.1:9/x", "s" * 20).totals(today)


def test_nobody_there_means_not_sent_but_not_found_either(world, name):
    gone = KINDS[name]("http://127.0.0.1:9/x", "s" * 20)
    sent = gone.send(FIT[name], "k1")
    assert isinstance(sent, ch.Refused) and not sent.permanent
    assert isinstance(gone.find("k1"), ch.Unknown)


def test_a_busy_provider_names_its_time(channel, provider, name):
    provider.busy = 1
    sent = channel.send(FIT[name], "k1")
    assert sent == ch.Refused(False, sent.why, "429", timedelta(seconds=7))


def test_a_refusal_for_good_is_kept_under_its_key(channel, provider, name):
    provider.blocked.add(FIT[name].to)
    sent = channel.send(FIT[name], "k1")
    assert isinstance(sent, ch.Refused) and sent.permanent
    assert isinstance(channel.find("k1"), ch.Refused)


def test_a_wrong_secret_sends_nothing(world, provider, name):
    stranger = KINDS[name](world.gateways[name]["base"], "another secret of ours")
    sent = stranger.send(FIT[name], "k1")
    assert isinstance(sent, ch.Refused) and sent.permanent
    assert provider.taken == {}
    assert isinstance(stranger.find("k1"), ch.Unknown)


def test_past_its_last_lawful_moment_nothing_leaves(channel, provider, name):
    late = channel.send(replace(FIT[name], not_after=NOW - timedelta(seconds=1)), "k1")
    assert isinstance(late, ch.Refused) and late.permanent
    assert provider.taken == {}


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        ("sms", {"to": "12345"}),
        ("sms", {"account": ""}),
        ("sms", {"text": " "}),
        ("sms", {"text": "长" * 600}),
        ("phone", {"account": ""}),
        ("phone", {"not_after": None}),
        ("letter", {"to": "张伟"}),
        ("letter", {"subject": ""}),
        ("visit", {"account": "lina"}),
        ("visit", {"account": "lina,lina"}),
        ("visit", {"not_after": None}),
        ("mediation", {"account": ""}),
    ],
)
def test_what_a_channel_cannot_carry_is_refused_before_anybody_is_asked(kind, changed):
    channel = KINDS[kind]("http://127.0.0.1:9/x", "s" * 20)
    sent = channel.send(replace(FIT[kind], **changed), "k")
    assert isinstance(sent, ch.Refused)
    assert (sent.permanent, sent.code) == (True, "unfit")


class Desk:
    def __init__(self, channel: Gateway) -> None:
        self.channel, self.events, self.refused = channel, [], []

    def take(self, call: ch.Call) -> int:
        try:
            found = self.channel.verify(call, datetime.now(UTC))
        except ch.CallbackRefused as no:
            self.refused.append(no.status)
            return no.status
        self.events += self.channel.parse(found.payload)
        return 200


def test_receipts_answers_and_reports_come_back(world, channel, provider, name):
    desk = Desk(channel)
    provider.deliver = desk.take
    sent = channel.send(FIT[name], "k1")
    provider.receipt(sent.reference, delivered=False, why="关机")
    provider.reply("13800000001", "我周五还")
    provider.report(sent.reference, connected=True, seconds=42, result="RPC", words="本人")
    assert world.corp.stage.settle()
    receipt, message, report = desk.events
    assert (receipt.reference, receipt.delivered, receipt.why) == (sent.reference, False, "关机")
    assert (message.sender, message.text) == ("13800000001", "我周五还")
    assert (report.connected, report.seconds, report.result) == (True, 42, "RPC")
    assert len({event.external_id for event in desk.events}) == 3
    assert channel.parse(message.raw) == (message,)


def test_a_forged_report_is_refused_three_times(world, channel, provider, name):
    desk = Desk(channel)
    provider.deliver, provider.wrong_signature = desk.take, True
    provider.reply("13800000001", "假的")
    assert world.corp.stage.settle()
    assert (desk.events, desk.refused) == ([], [403, 403, 403])


@given(st.binary(max_size=300))
def test_any_bytes_become_one_event_and_never_crash(payload):
    (event,) = KINDS["sms"]("http://127.0.0.1:9", "s" * 20).parse(payload)
    assert event.raw == payload


@given(st.text(max_size=500))
def test_the_parts_of_a_text_message_hold_it(text):
    count = parts(text)
    assert count >= 1
    assert count * 160 >= len(text)
    if len(text.encode("utf-16-le")) // 2 <= 70:
        assert count == 1


def test_chinese_counts_from_the_signature_on():
    text = whole_text(replace(FIT["sms"], text="字" * 62))
    assert (len(text), parts(text), parts(text + "字")) == (70, 1, 2)


# ── mail, against a server that is told how to behave ────────────────────────────────────────────────────────────
class _Smtp(socketserver.StreamRequestHandler):
    says: dict[str, str]
    took: list[bytes]

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            word = line[:4].decode().upper().strip()
            if word == "QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            answer = self.says.get(word, "250 ok")
            if word == "DATA" and answer == "250 ok":
                self.wfile.write(b"354 go\r\n")
                body = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    body += part
                self.took.append(body)
                answer = self.says.get("TAKEN", "250 taken")
            if answer == "silence":
                return
            self.wfile.write(f"{answer}\r\n".encode())


@pytest.fixture
def server():
    handler = type("H", (_Smtp,), {"says": {}, "took": []})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, args=(0.05,), daemon=True).start()
        yield running
        running.shutdown()


LETTER = ch.Outgoing(to="zhangwei@example.com", text="您好", account="desk@example.com", subject="还款提醒")


def mail(server) -> Mail:
    return Mail("127.0.0.1", server.server_address[1], tls=False, timeout=5)


def test_mail_is_taken_and_named_by_its_key(server):
    sent = mail(server).send(LETTER, "3f25-04e0")
    assert sent == ch.Accepted("<3f25-04e0@example.com>")
    assert b"Message-ID: <3f25-04e0@example.com>" in server.RequestHandlerClass.took[0]


@pytest.mark.parametrize(
    ("says", "permanent"),
    [
        ({"RCPT": "550 nobody"}, True),
        ({"RCPT": "450 later"}, False),
        ({"TAKEN": "554 no"}, True),
        ({"MAIL": "451 wait"}, False),
    ],
)
def test_mail_that_is_refused_says_whether_for_good(server, says, permanent):
    server.RequestHandlerClass.says.update(says)
    sent = mail(server).send(LETTER, "k")
    assert isinstance(sent, ch.Refused)
    assert sent.permanent is permanent


def test_a_mail_server_that_falls_silent_after_the_message_leaves_it_unknown(server):
    server.RequestHandlerClass.says["TAKEN"] = "silence"
    assert isinstance(mail(server).send(LETTER, "k"), ch.Unknown)
    assert isinstance(mail(server).find("k"), ch.Unknown)


def test_without_a_mail_server_nothing_was_sent():
    sent = Mail("127.0.0.1", 9, tls=False, timeout=2).send(LETTER, "k")
    assert isinstance(sent, ch.Refused) and not sent.permanent


@pytest.mark.parametrize("bad", ["x", "a@b", "a@b.c\r\nBcc: d@e.f", "a b@c.de", ""])
def test_mail_goes_to_one_address_and_no_header_can_be_smuggled_in(bad):
    for message in (replace(LETTER, to=bad), replace(LETTER, account=bad)):
        sent = Mail("127.0.0.1", 9, tls=False).send(message, "k")
        assert isinstance(sent, ch.Refused) and sent.code == "unfit"
    smuggled = Mail("127.0.0.1", 9, tls=False).send(replace(LETTER, subject="a\r\nBcc: d@e.f"), "k")
    assert isinstance(smuggled, ch.Refused) and smuggled.code == "unfit"


# ── the file ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_gateways_file_makes_every_channel(world, tmp_path):
    file = tmp_path / "gateways.json"
    file.write_text(json.dumps({**world.gateways, "email": {"host": "127.0.0.1", "port": "25"}}))
    made = connected(file)
    assert sorted(made) == sorted([*KINDS, "email"])
    assert all(made[name].channel.value == name for name in made)


@pytest.mark.parametrize(
    "told", [{"pigeon": {}}, {"sms": {"base": "x"}}, {"sms": {"base": "x", "secret": "short"}}]
)
def test_a_wrong_gateways_file_is_named(tmp_path, told):
    file = tmp_path / "gateways.json"
    file.write_text(json.dumps(told))
    with pytest.raises(ValueError, match=r"gateways\.json"):
        connected(file)


def test_a_provider_that_tells_by_itself_says_that_it_was_delivered(world):
    provider = world.providers["sms"]
    sms = KINDS["sms"](world.gateways["sms"]["base"], provider.secret)
    desk = Desk(sms)
    provider.tells, provider.deliver = True, desk.take
    sent = sms.send(FIT["sms"], "told")
    assert world.corp.stage.settle()
    provider.tells, provider.deliver = False, None
    assert [(event.reference, event.delivered) for event in desk.events] == [(sent.reference, True)]
