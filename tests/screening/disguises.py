"""Identifiers in disguise, and messages that only look like them: made from a seed, invented people only.

Three sets. KNOWN are the disguises that the folding was written against, one by one. UNSEEN and HELD_OUT were each written
down before the folding was tried on them, and are combined at random on one number. First try on UNSEEN: 73.7 %; then the
folding was mended in general (any mark may separate, not a list of them), and HELD_OUT written to see
what that is worth: first try 96.6 % (characters with two readings were the rest; since mended).
All by one hand: an upper bound of what other people's inventions would give.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Iterator

Disguise = Callable[[str, random.Random], str]

# --- numbers -----------------------------------------------------------------------------------------------------------


def resident_id(rng: random.Random) -> str:
    """18 characters with region 999999 (nobody's) and a right check character."""
    body = f"999999{rng.randint(1950, 2006)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}{rng.randint(0, 999):03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def mobile(rng: random.Random) -> str:
    """1xx 0000 xxxx: no number that is in use."""
    return f"{rng.choice(['133', '135', '138', '139', '150', '158', '166', '177', '186', '189', '199'])}0000{rng.randint(0, 9999):04}"


def bank_card(rng: random.Random) -> str:
    """16 or 19 digits from 620000, Luhn right."""
    body = "620000" + "".join(str(rng.randint(0, 9)) for _ in range(rng.choice([9, 12])))
    total = sum(sum(divmod(2 * int(d), 10)) for d in body[-1::-2]) + sum(int(d) for d in body[-2::-2])
    return body + str(-total % 10)


NUMBERS: dict[str, Callable[[random.Random], str]] = {
    "resident_id": resident_id, "mobile": mobile, "bank_card": bank_card,
}  # fmt: skip

# --- disguises ---------------------------------------------------------------------------------------------------------


def each(table: str | dict[str, str], share: float = 1.0) -> Disguise:
    """Every digit, or a share of them, written with another sign; several choices are separated by spaces."""
    choices = dict(zip("0123456789", table.split(), strict=True)) if isinstance(table, str) else table

    def disguise(number: str, rng: random.Random) -> str:
        return "".join(rng.choice(choices[c]) if c in choices and rng.random() < share else c for c in number)

    return disguise


def shifted(first: int, share: float = 1.0) -> Disguise:
    return each({str(n): chr(first + n) for n in range(10)}, share)


def between(marks: str, chance: float = 1.0, *, same: bool = False) -> Disguise:
    """One of the marks between characters."""

    def disguise(number: str, rng: random.Random) -> str:
        one = rng.choice(marks)
        return (
            "".join(
                c + ((one if same else rng.choice(marks)) if rng.random() < chance else "")
                for c in number[:-1]
            )
            + number[-1]
        )

    return disguise


def grouped(marks: list[str], sizes: tuple[int, ...]) -> Disguise:
    def disguise(number: str, rng: random.Random) -> str:
        mark, size, parts, at = rng.choice(marks), rng.choice(sizes), [], 0
        while at < len(number):
            parts.append(number[at : at + size])
            at += size
        return mark.join(parts)

    return disguise


NUMERALS = "零〇 一 二 三 四 五 六 七 八 九"
FORMAL = "零 壹 贰 叁 肆 伍 陆 柒 捌 玖"

KNOWN: dict[str, Disguise] = {
    "plain": lambda number, rng: number,
    "full-width": shifted(0xFF10),
    "circled": each("⓪ ① ② ③ ④ ⑤ ⑥ ⑦ ⑧ ⑨"),
    "mathematical": shifted(0x1D7CE),
    "zero-width": between("\u200b\u200c\u200d\u2060\ufeff", 0.6),
    "soft hyphen": between("\u00ad", 0.6),
    "variation selector": between("\ufe0f", 0.6),
    "keycap": lambda number, rng: "".join(c + "\ufe0f\u20e3" if c.isdigit() else c for c in number),
    "spaces": between(" ", 0.7),
    "dashes": between("-", 0.7),
    "dots": between(".", 0.7),
    "slashes": between("/", 0.7),
    "stars": between("*", 0.7),
    "commas": between(",，", same=True),
    "groups": grouped([" ", "-", "."], (3, 4)),
    "numerals": each(NUMERALS),
    "formal numerals": each(FORMAL),
    "yao": each("零 幺 二 三 四 五 六 七 八 九"),
    "homophones": each("灵玲铃 医衣腰 儿尔 散伞 思丝 午舞 刘留 期漆 爸巴 酒旧"),
    "letters": each({"0": "Oo", "1": "lI"}),
    "some numerals": each("零〇零 一幺壹 二贰 三叁 四肆 五伍 六陆 七柒 八捌 九玖", 0.5),
}

UNSEEN: dict[str, Disguise] = {
    "superscript": each("⁰ ¹ ² ³ ⁴ ⁵ ⁶ ⁷ ⁸ ⁹", 0.8),
    "subscript": shifted(0x2080, 0.8),
    "double-struck": shifted(0x1D7D8, 0.9),
    "monospace": shifted(0x1D7F6, 0.9),
    "arabic-indic": shifted(0x0660),
    "devanagari": shifted(0x0966),
    "thai": shifted(0x0E50),
    "black circles": each("⓿ ❶ ❷ ❸ ❹ ❺ ❻ ❼ ❽ ❾", 0.9),
    "in brackets": each({str(n): chr(0x2474 + n - 1) for n in range(1, 10)}, 0.8),
    "with full stops": each({str(n): chr(0x2488 + n - 1) for n in range(1, 10)}, 0.8),
    "circled ideographs": each({str(n): chr(0x3280 + n - 1) for n in range(1, 10)}, 0.8),
    "bidi marks": between("\u202a\u202c\u200e\u200f\u2066\u2069", 0.4),
    "tag characters": between("\U000e0031\U000e0041\U000e007f", 0.4),
    "strike-through": lambda number, rng: "".join(c + "\u0336" for c in number),
    "hangul filler": between("\u3164", 0.4),
    "odd spaces": between("\u00a0\u2003\u2009\u3000\u202f", 0.6),
    "long dashes": between("—–‐‑−", 0.6),
    "underscores": between("_~", 0.6),
    "middle dots": between("·•・", 0.6),
    "bars": between("|+", 0.5),
    "two marks": lambda number, rng: number[0] + "".join((rng.choice(["--", " .", "..", " -"]) if rng.random() < 0.4 else "") + c for c in number[1:]),
    "emoji between": between("😀🐶👉🔥", 0.5),
    "lines": grouped(["\n"], (3, 4, 6)),
    "spoken blank": grouped(["空格", "杠", "空"], (3, 4)),
    "numerals, a few": each(NUMERALS, 0.3),
    "formal, a few": each("零 壹 貳贰 叁參 肆 伍 陸陆 柒 捌 玖", 0.4),
    "other homophones": each("零另凌 腰邀妖 耳尔 叁三 寺司 吴武 溜流 起骑 八吧 救久", 0.8),
    "army": each("洞 幺 两 三 四 五 六 拐 八 勾"),
    "letter o": each({"0": "oO"}, 0.7),
    "letter l": each({"1": "lI"}, 0.7),
    "pinyin": lambda number, rng: " ".join({"0": "ling", "1": "yao", "2": "er", "3": "san", "4": "si", "5": "wu", "6": "liu", "7": "qi", "8": "ba", "9": "jiu"}.get(c, c) for c in number),
}  # fmt: skip

# written down after the folding had been mended against UNSEEN, and before it was tried on these
HELD_OUT: dict[str, Disguise] = {
    "khmer": shifted(0x17E0), "tibetan": shifted(0x0F20), "bengali": shifted(0x09E6), "bold sans": shifted(0x1D7EC),
    "double circles": each({str(n): chr(0x24F5 + n - 1) for n in range(1, 10)}, 0.8),
    "sans circles": each({str(n): chr(0x2780 + n - 1) for n in range(1, 10)}, 0.8),
    "dark sans circles": each({str(n): chr(0x278A + n - 1) for n in range(1, 10)}, 0.8),
    "suzhou": each("〇 〡 〢 〣 〤 〥 〦 〧 〨 〩"), "roman": each({str(n): chr(0x2160 + n - 1) for n in range(1, 10)}, 0.8),
    "ideographs in brackets": each({str(n): chr(0x3220 + n - 1) for n in range(1, 10)}, 0.8),
    "everything": each("0０零〇洞⓪o 1１一壹幺①l 2２二贰貳两② 3３三叁③ 4４四肆④ 5５五伍⑤ 6６六陆⑥ 7７七柒拐⑦ 8８八捌⑧ 9９九玖勾⑨"),
    "english": lambda number, rng: " ".join((["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"][int(c)] if c.isdigit() else c) for c in number),
    "toned pinyin": lambda number, rng: "-".join((["líng", "yāo", "èr", "sān", "sì", "wǔ", "liù", "qī", "bā", "jiǔ"][int(c)] if c.isdigit() else c) for c in number),
    "sounds again": each("伶棱灵 依咿妖 而贰儿 仨叁三 撕嗣死 屋乌五 六榴柳 七栖戚 芭疤扒 九揪纠", 0.7),
    "quotes": between("'\"`’”", 0.5), "brackets": lambda number, rng: "".join(f"({c})" for c in number),
    "corner brackets": lambda number, rng: "".join(f"【{c}】" if rng.random() < 0.5 else c for c in number),
    "arrows": between("→➜>»", 0.5), "stars": between("★☆※♪", 0.5), "boxes": between("│┃║", 0.5), "equals": between("=＝≡", 0.5),
    "tabs": between("\t", 0.4), "stacked marks": lambda number, rng: "".join(c + "\u0301\u0335\u20dd"[: rng.randint(0, 3)] for c in number),
    "supplementary selectors": between("\U000e0100\U000e01ef", 0.5), "mongolian": between("\u180e\u180b", 0.4),
    "isolates": lambda number, rng: "\u2067" + number + "\u2069", "dots of all sorts": between("。．·‧…", 0.5),
    "hearts": between("❤️💔", 0.4), "three blanks": grouped(["   ", " - ", "___", "。。。"], (2, 3, 4, 5)),
}  # fmt: skip
# these say the digits themselves: one of them on a number at most
_WRITING = frozenset(
    ["superscript", "subscript", "double-struck", "monospace", "arabic-indic", "devanagari", "thai", "black circles", "in brackets", "with full stops", "circled ideographs", "numerals, a few", "formal, a few", "other homophones", "army", "letter o", "letter l", "pinyin", "khmer", "tibetan", "bengali", "bold sans", "double circles", "sans circles", "dark sans circles", "suzhou", "roman", "ideographs in brackets", "everything", "english", "toned pinyin", "sounds again"]
)  # fmt: skip
_SPELLED = frozenset({"pinyin", "english", "toned pinyin"})  # no marks inside a word

FRAMES = (
    "{}", "他电话{}", "你记一下{}，别说是我给的", "身份证{}", "号码是 {} 你打吧", "联系她：{}。", "这是他老婆的：{}",
    "加这个{}", "{}，名字你知道", "【提示】{}请核对", "ta的号 {} ok?", "发你了（{}）",
)  # fmt: skip


def known(rng: random.Random, count: int) -> Iterator[tuple[str, str, str, str]]:
    """(kind, number, disguise, message), each disguise equally often."""
    names = list(KNOWN)
    for n in range(count):
        name, kind = names[n % len(names)], rng.choice(list(NUMBERS))
        number = NUMBERS[kind](rng)
        yield kind, number, name, rng.choice(FRAMES).format(KNOWN[name](number, rng))


def combined(
    rng: random.Random, count: int, disguises: dict[str, Disguise]
) -> Iterator[tuple[str, str, str, str]]:
    """The same with one to three disguises on each number: at most one way of writing, then marks between."""
    ways = [name for name in disguises if name in _WRITING]
    marks = [name for name in disguises if name not in _WRITING]
    for _ in range(count):
        kind = rng.choice(list(NUMBERS))
        number = written = NUMBERS[kind](rng)
        chosen = [rng.choice(ways)] if rng.random() < 0.7 else []
        if not _SPELLED.intersection(chosen):
            chosen += rng.sample(marks, rng.randint(0 if chosen else 1, 2))
        for name in chosen:
            written = disguises[name](written, rng)
        yield kind, number, " + ".join(chosen), rng.choice(FRAMES).format(written)


# --- messages without an identifier ------------------------------------------------------------------------------------

ORDINARY = (
    "您好，这期还没看到入账，方便说一下情况吗？", "好的，我十五号发工资就还", "已收到，谢谢您的配合", "在吗", "合同第八条写得很清楚",
    "请通过官方APP还款，不要转给个人", "我最近失业了，能不能分期？", "嗯嗯知道了", "您有异议可以书面提出，我们十五日内答复",
    "明天上午十点到网点办理可以吗", "以前就已经起诉过一次了，其实不是我的错", "二维码扫不出来", "一一对应就是了，三七二十一", "下周一二三都行，四五六不在",
    "车在修理厂，三四天能好", "别再一而再再而三地打了", "四舍五入也就一万五六七千吧", "😂😂😂", "……", "1", "收到[OK]",
)  # fmt: skip


def _digits(rng: random.Random, n: int) -> str:
    return "".join(str(rng.randint(0, 9)) for _ in range(n))


def _amount(rng: random.Random) -> str:
    return f"{rng.uniform(100, 99999):,.2f}"


_LOOKALIKES: tuple[Callable[[random.Random], str], ...] = (
    lambda r: f"订单号{_digits(r, 18)}已发货",
    lambda r: f"您的快递单号SF{_digits(r, 13)}，请查收",
    lambda r: f"流水号{_digits(r, 20)}，可在APP查询",
    lambda r: f"交易时间{1_600_000_000_000 + r.randint(0, 10**11)}",
    lambda r: f"时间戳 {1_600_000_000 + r.randint(0, 10**8)}",
    lambda r: f"{r.randint(2020, 2026)}{r.randint(1, 12):02}{r.randint(1, 28):02}{_digits(r, 6)}为本批次编号",
    lambda r: f"本期应还{_amount(r)}元，利息{_amount(r)}元，合计{_amount(r)}元",
    lambda r: f"截至{r.randint(2020, 2026)}-{r.randint(1, 12):02}-{r.randint(1, 28):02} {r.randint(0, 23):02}:{r.randint(0, 59):02}:{r.randint(0, 59):02}未到账{_amount(r)}",
    lambda r: f"合同HT-{r.randint(2020, 2026)}-{_digits(r, 5)}第{r.randint(1, 36)}期",
    lambda r: f"客服热线400-{_digits(r, 3)}-{_digits(r, 4)}",
    lambda r: f"工单{_digits(r, 10)},3天内答复",
    lambda r: f"受理编号{_digits(r, 12)}，{r.randint(1, 15)}日内处理",
    lambda r: f"第{r.randint(1, 36)}期{_digits(r, 4)}元，第{r.randint(1, 36)}期{_digits(r, 4)}元，尾号{_digits(r, 4)}",
    lambda r: f"验证码{_digits(r, 6)}，5分钟内有效",
    lambda r: f"（{r.randint(2020, 2026)}）湘9999执{_digits(r, 4)}号",
    lambda r: f"里程{_digits(r, 5)}公里，发动机号尾四位{_digits(r, 4)}",
    lambda r: f"{r.randint(1, 9)}.{r.randint(1, 9)}.{r.randint(1, 9)}版，{_digits(r, 3)}.{_digits(r, 3)}.{_digits(r, 2)}.{_digits(r, 3)}",
    lambda r: f"尾号{_digits(r, 4)}、{_digits(r, 4)}、{_digits(r, 4)}三笔都到了",
    lambda r: f"订单1{_digits(r, 6)},3天后到",
    lambda r: f"保单号 PD{_digits(r, 16)}",
    lambda r: f"13:30-15:40 {r.randint(1, 28)}号 {r.randint(1, 28)}号 {r.randint(2, 9)}00 {r.randint(2, 9)}00",
    lambda r: f"批次{_digits(r, 16)}共{r.randint(10, 999)}笔",
)  # fmt: skip


def innocent(rng: random.Random, count: int, texts: tuple[str, ...] = ORDINARY) -> Iterator[str]:
    """Messages without any identifier, 12 % of them with numbers that look like one."""
    for _ in range(count):
        yield rng.choice(_LOOKALIKES)(rng) if rng.random() < 0.12 else rng.choice(texts)


# --- a second hand: not from a list of disguises, but from Unicode itself, put into other people's sentences ---------------

_ALOUD = dict(zip("0123456789", ("零〇灵凌", "一壹幺医衣依腰", "二贰两儿而尔耳", "三叁伞散", "四肆思丝司", "五伍舞午吴", "六陆溜刘留", "七柒起骑妻", "八捌吧巴", "九玖久酒就"), strict=True))  # fmt: skip
_INVISIBLE = (
    "\u200b\u200c\u2060\ufeff\u00ad\ufe0f\u20e3\u202a\u202e\u202c\u2066\u2069\u200f\U000e0030\U000e0061\u0336"
)
_BETWEEN = (" ", "  ", "-", "—", "_", ".", "。", "·", "/", "\\", "|", "*", "~", "+", "=", "#", "、", ",", "，", "\n", "\t", "😂", "👉", "❤️", "…", "^", "`")  # fmt: skip


def _every_digit() -> dict[str, list[str]]:
    """Each digit in every script that has one, in super- and subscript, in circles and in brackets."""
    found: dict[str, list[str]] = {str(n): [str(n)] for n in range(10)}
    for code in range(0x80, 0x1F200):
        char = chr(code)
        if unicodedata.category(char) in ("Nd", "No") and unicodedata.numeric(char, -1) in range(10):
            found[str(int(unicodedata.numeric(char)))].append(char)
    return found


def by_a_second_hand(
    rng: random.Random, count: int, sentences: list[str]
) -> Iterator[tuple[str, str, str, str]]:
    """(kind, number, how, message): before or after a sentence, in one of five hands, with marks or separators or neither."""
    scripts = _every_digit()
    for _ in range(count):
        kind = rng.choice(list(NUMBERS))
        number = NUMBERS[kind](rng)
        hand = rng.choice(("plain", "scripts", "aloud", "letters", "mixed"))
        signs = []
        for char in number:
            now = rng.choice(("plain", "scripts", "aloud", "letters")) if hand == "mixed" else hand
            if char.isdigit() and now == "scripts":
                char = rng.choice(scripts[char])
            elif char.isdigit() and now == "aloud":
                char = rng.choice(_ALOUD[char])
            elif now == "letters":
                char = {"0": "O", "1": "l"}.get(char, char)
            signs.append(char)
        way, size = rng.choice(("close", "invisible", "each", "groups")), rng.choice((3, 4, 6))
        mark = rng.choice(_BETWEEN)
        for i in range(len(signs) - 1):
            if way == "invisible" and rng.random() < 0.5:
                signs[i] += rng.choice(_INVISIBLE)
            elif way == "each" or (way == "groups" and i % size == size - 1):
                signs[i] += mark
        sentence, written = rng.choice(sentences), "".join(signs)
        message = f"{sentence}：{written}。" if rng.random() < 0.5 else f"{written}，{sentence}"
        yield kind, number, f"{hand} {way}", message
