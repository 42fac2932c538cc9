"""The same invented people in every test. Resident IDs carry the region code 999999, which is nobody's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    name: str
    mobile: str
    id_no: str = ""


def _id(birth: str, serial: str) -> str:
    body = f"999999{birth}{serial}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


张伟 = Person("张伟", "13800000001", _id("19880412", "101"))  # the borrower, 42 days overdue
刘洋 = Person("刘洋", "13800000002", _id("19860923", "211"))  # his guarantor
周敏 = Person("周敏", "13800000003", _id("19900105", "122"))  # a friend he named as contact; owes nothing
张伟_namesake = Person("张伟", "13800000004", _id("19950701", "137"))  # another man of the same name
赵强 = Person("赵强", "13800000005", _id("19930317", "155"))  # a stranger who must see nothing
李娜 = Person("李娜", "13800000011")  # collects
王敏 = Person("王敏", "13800000012")  # supervises
孙丽 = Person("孙丽", "13800000013")  # compliance
陈律师 = Person("陈律", "13800000014")  # legal
钱进 = Person("钱进", "13800000015")  # stands in for the supervisor
