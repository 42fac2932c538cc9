"""The doors of the outside world: callbacks checked and read, gateway calls, a case file."""

from __future__ import annotations

import csv
import io
import time
from datetime import UTC, datetime

from shouyue.connectors import loanbook
from shouyue.connectors.channel import Call
from shouyue.connectors.gateway import SIGNATURE, TIME, signed
from shouyue.connectors.sms import Sms
from shouyue.connectors.wecom.envelope import Door, Envelope
from shouyue.connectors.wecom.events import parse

AT = datetime.fromtimestamp(1_700_000_000, UTC)
EVENT = (
    b"<xml><ToUserName>ww1</ToUserName><FromUserName>sys</FromUserName><CreateTime>1700000000</CreateTime>"
    b"<MsgType>event</MsgType><Event>customer_acquisition</Event><ChangeType>friend_request</ChangeType>"
    b"<LinkId>caw1</LinkId><State>token</State></xml>"
)
CASE = {
    "委托方": "示例汽车金融有限公司", "资方": "示例银行", "批次号": "B1", "委案日期": "2026-03-01", "预计退案日期": "2026-06-01",
    "委案金额": "9655.20", "产品": "汽车抵押贷款", "贷款金额": "106200", "逾期天数": "42", "逾期起始日": "2026-01-27",
    "逾期本金": "8000.00", "逾期利息": "1500.20", "罚息": "155.00", "剩余应还": "90000", "金额截止日": "2026-03-10", "姓名": "张伟",
    "身份证号": "999999198804121014", "手机号": "13800000001",
}  # fmt: skip


def main(calls: int = 5_000, rows: int = 5_000) -> None:
    envelope = Envelope(
        token="t",
        aes_key="AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        receive_id="ww1",
    )
    sealed = envelope.close(EVENT, salt=bytes(16), timestamp="1700000000", nonce="1")
    query = {"msg_signature": sealed.signature, "timestamp": sealed.timestamp, "nonce": sealed.nonce}
    call = Call("POST", query, f"<xml><Encrypt>{sealed.encrypted}</Encrypt></xml>".encode())
    door = Door(envelope)
    started = time.perf_counter()
    for _ in range(calls):
        parse(door.verify(call, AT).payload)
    print(
        f"WeCom callbacks checked, opened and read: {calls / (time.perf_counter() - started):,.0f} a second"
    )

    sms, body = (
        Sms("http://127.0.0.1:9", "s" * 20),
        b'{"id":"1","kind":"receipt","at":"2026-03-10T10:00:00+08:00","reference":"r","delivered":true}',
    )
    headers = {TIME: "1700000000", SIGNATURE: signed("s" * 20, "from", "1700000000", body)}
    started = time.perf_counter()
    for _ in range(calls):
        sms.parse(sms.verify(Call("POST", {}, body, headers), AT).payload)
    print(f"gateway calls checked and read: {calls / (time.perf_counter() - started):,.0f} a second")

    out = io.StringIO()
    sheet = csv.DictWriter(out, [*CASE, "案件编号", "合同号", "借据编号"])
    sheet.writeheader()
    for n in range(rows):
        sheet.writerow({**CASE, "案件编号": f"A{n}", "合同号": f"C{n}", "借据编号": f"R{n}"})
    started = time.perf_counter()
    read = loanbook.read_cases(out.getvalue().encode(), "cases.csv")
    spent = time.perf_counter() - started
    print(f"case file rows read and checked: {read.rows / spent:,.0f} a second ({len(read.errors)} errors)")


if __name__ == "__main__":
    main()
