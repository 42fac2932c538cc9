"""Identifiers: found whatever their disguise, checked, masked, and told whose they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from shouyue.screening import checks, digits
from shouyue.screening.finding import Finding, Kind, Parties
from shouyue.screening.fold import CJK, Folded, fold

# --- masking -------------------------------------------------------------------------------------------------------------

_SHOWN: dict[str, tuple[int, int]] = {  # how many characters of the normal form may be shown: at its head, at its tail
    Kind.RESIDENT_ID: (6, 2), Kind.MOBILE: (3, 4), Kind.LANDLINE: (4, 2), Kind.BANK_CARD: (0, 4), Kind.PLATE: (2, 1),
    Kind.VIN: (3, 4), Kind.USCC: (4, 4), Kind.PASSPORT: (1, 2), Kind.WECHAT_ID: (1, 1), Kind.QQ_ID: (1, 1),
    Kind.ADDRESS: (6, 0), Kind.PERSON_NAME: (1, 0), Kind.SECRET: (0, 0), Kind.EMAIL: (1, 0),
}  # fmt: skip


def mask(text: str, what: Iterable[Finding] | str) -> str:
    """The one masking function. `what` is the kind of the identifier that `text` is, or the findings of a message.

    Three characters or more are covered; of a short value all but its first.
    """
    if isinstance(what, str):
        value, host = text.split("@", 1) if what == Kind.EMAIL and "@" in text else (text, "")
        head, tail = _SHOWN[what]
        if len(value) < head + tail + 3:
            head, tail = min(head, 1, len(value) - 1), 0
        covered = (
            value[:head] + "*" * (len(value) - head - tail) + (value[len(value) - tail :] if tail else "")
        )
        return f"{covered}@{host}" if host else covered
    out: list[str] = []
    here = 0
    for found in sorted((found for found in what if found.kind), key=lambda found: (found.start, -found.end)):
        if found.start >= here:
            out += text[here : found.start], found.canonical_masked
        here = max(here, found.end)
    return "".join(out) + text[here:]


_DIGITS = re.compile("[0-9]{3,}")


def covered(findings: list[Finding], original: str) -> list[Finding]:
    """The same findings; what their grounds quote of an identifier found beside them is masked, whole or in part."""
    known = {}
    for one in findings:
        if one.kind and one.end > one.start:
            written = original[one.start : one.end]
            known[written] = known[fold(written).text] = one.canonical_masked
    if not known or all(one.kind for one in findings):
        return findings

    def cover(word: str) -> str:
        for written, masked in known.items():
            if written in word:
                word = word.replace(written, masked)
            elif len(word) > 1 and word in written:
                return "*" * len(word)
        return _DIGITS.sub(
            lambda part: "*" * len(part[0]) if any(part[0] in written for written in known) else part[0], word
        )

    return [
        one
        if one.kind
        else one._replace(grounds=tuple((cover(word), weight) for word, weight in one.grounds))
        for one in findings
    ]


# --- finding -------------------------------------------------------------------------------------------------------------


class Identifier(NamedTuple):
    """An identifier in a folded text, in normal form. Held in memory only; nothing of it is kept in clear."""

    kind: Kind
    start: int
    end: int
    canonical: str
    certainty: float


_CUE = 14  # how far before a number the word may stand that says what it is
_ID_CUE = re.compile("身份证|证件|身份号|sfz|id ?(?:card|no|number)|公民号")
_CARD_CUE = re.compile(
    "卡号|银行卡|账号|账户|帐号|帐户|户名|开户|农行|工行|建行|中行|交行|招行|银行|信用社|转账|转到|汇至|打到|打款|card"
)
_PHONE_CUE = re.compile("电话|座机|固话|致电|回电|单位|办公室|家里|tel|phone|call")
_LOOKALIKE = re.compile(
    "(?:订单|单号|流水|编号|运单|快递|批次|工单|受理|案号|凭证|票据|交易|保单|序列|条码|备案|order|trace|ref)[^。！？!?\n]{0,8}$"
)
_HOTLINE = re.compile("(?:400|800|95)")


def _before(text: str, start: int) -> str:
    return text[max(0, start - _CUE) : start]


def _plain(text: str, start: int, end: int) -> bool:
    """Written without any disguise: only digits."""
    written = text[start:end]
    return written.isascii() and written.isdigit()


def _numbers(text: str, *, spelled: bool) -> Iterator[Identifier]:
    """Resident IDs, mobiles, cards and landlines, among all runs of digit-like characters."""
    taken = bytearray()
    for found in digits.stretches(text, spelled=spelled):
        number = found[0]
        if number.isascii() and number.isdigit():  # as most are: it is one number or none
            start, end = found.span()
            for _, begins, shape, (kind, judge) in _BY_SIZE.get(len(number), ()):
                if number[0] in begins and shape(number) and (sure := judge(number, text, start, end)):
                    yield Identifier(kind, start, end, number, sure)
                    break
            continue
        run = digits.read(found, spelled=spelled, shape=checks.any_shape)
        if run is None:
            continue
        taken = taken or bytearray(len(text))
        for (kind, judge), number, start, end in digits.windows(run, text, _SOUGHT):
            if 1 not in taken[start:end] and (sure := judge(number, text, start, end)):
                taken[start:end] = b"\1" * (end - start)
                yield Identifier(kind, start, end, number, sure)


def _resident_id(number: str, text: str, start: int, end: int) -> float:
    if checks.resident_id_check(number):
        return 1.0
    if _ID_CUE.search(_before(text, start)):
        return 0.8  # misread, mistyped or invented; the words beside it say what it is meant to be
    return 0.0


def _old_resident_id(number: str, text: str, start: int, end: int) -> float:
    if _ID_CUE.search(_before(text, start)):
        return 0.9
    return 0.0 if _LOOKALIKE.search(_before(text, start)) else 0.6


def _mobile(number: str, text: str, start: int, end: int) -> float:
    before = _before(text, start)
    if _plain(text, start, end) and (_LOOKALIKE.search(before) or _token(text, start, end)):
        return 0.0
    return 1.0


_TOKEN = re.compile("[a-z0-9]*-?$")
_PHONE_TOKENS = ("", "v", "vx", "wx", "tel", "mob", "m", "q", "qq", "dh", "sj", "dianhua", "shouji", "phone", "call", "no", "t", "p", "86", "+86", "0086")  # fmt: skip


def _token(text: str, start: int, end: int) -> bool:
    """Is this the digits of a longer code (HT13800138000, 13800138000AB)?"""
    found = _TOKEN.search(text[max(0, start - 12) : start])
    prefix = found[0].rstrip("-") if found else ""
    return prefix not in _PHONE_TOKENS or (text[end : end + 1].isalpha() and text[end : end + 1].isascii())


def _bank_card(number: str, text: str, start: int, end: int) -> float:
    before = _before(text, start)
    if checks.luhn(number):
        lookalike = _plain(text, start, end) and _LOOKALIKE.search(before)
        return (
            0.0
            if lookalike
            or (number[0] not in "64" and not _CARD_CUE.search(before) and _plain(text, start, end))
            else 1.0
        )
    return 0.8 if number.startswith("62") and _CARD_CUE.search(before) else 0.0


_AREA_APART = re.compile("0[0-9]{2,3}[)）]?[- ]{0,2}[0-9]{3,4}-?[0-9]{4}")


def _landline(number: str, text: str, start: int, end: int) -> float:
    if _PHONE_CUE.search(_before(text, start)):
        return 0.9
    return (
        0.7 if _AREA_APART.fullmatch(text[start:end]) and not _LOOKALIKE.search(_before(text, start)) else 0.0
    )


_Judge = Callable[[str, str, int, int], float]
# lengths, first digits, what it looks like; its kind, and how certain it is where it stands
_JUDGES: tuple[tuple[tuple[int, ...], str, Callable[[str], bool], tuple[Kind, _Judge]], ...] = (
    ((18,), "12345689", checks.resident_id_shape, (Kind.RESIDENT_ID, _resident_id)),
    ((19, 18, 17, 16, 15), "1234569", checks.card_shape, (Kind.BANK_CARD, _bank_card)),
    ((15,), "12345689", checks.is_old_resident_id, (Kind.RESIDENT_ID, _old_resident_id)),
    ((11,), "1", checks.is_mobile, (Kind.MOBILE, _mobile)),
    ((12, 11, 10), "0", checks.landline_shape, (Kind.LANDLINE, _landline)),
)
_SOUGHT = [
    digits.Sought(size, begins, shape, what) for sizes, begins, shape, what in _JUDGES for size in sizes
]
_BY_SIZE = {size: [one for one in _SOUGHT if one.size == size] for size in range(digits.SHORTEST, 20)}


@dataclass(frozen=True, slots=True)
class Shape:
    """An identifier that is not digits alone. `trigger` is of both engines' subset and says that one may be there."""

    kind: Kind
    trigger: str
    place: re.Pattern[str]  # its group `it` is the identifier
    judge: Callable[
        [str, str], tuple[str, float]
    ]  # (as written, text before) → canonical, certainty; 0 is none


_JOIN = r"[ ·.\-_•*/]{0,2}"
_PROVINCE = "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使]"


_ALOUD = "[a-z0-9零〇一幺二三四五六七八九]"  # of a plate read out
_READ_OUT = str.maketrans("零〇一幺二三四五六七八九", "001123456789")


def _upper(written: str) -> str:
    return re.sub("[^a-z0-9]", "", written).upper()


def _plate(written: str, before: str) -> tuple[str, float]:
    tail = re.sub(r"[^a-z0-9挂学警港澳领]", "", written[1:].translate(_READ_OUT)).upper()
    tail = tail[0] + tail[1:].replace("O", "0").replace("I", "1")
    return written[0] + tail, 1.0 if sum(c.isdigit() for c in tail) >= 2 else 0.0


def _vin(written: str, before: str) -> tuple[str, float]:
    code = _upper(written).replace("O", "0").replace("I", "1").replace("Q", "0")
    if not code[-4:].isdigit():  # GB 16735; and what tells it from a sentence in English
        return code, 0.0
    if checks.is_vin(code):
        return code, 1.0
    cued = re.search("车架|大架|vin|识别|底盘", before)
    return code, 0.8 if checks.vin_shape(code) and cued else 0.0


def _uscc(written: str, before: str) -> tuple[str, float]:
    code = _upper(written)
    named = not code.isdigit() or re.search(
        "信用代码|税号|统一", before
    )  # one number in thirty has the right check
    return code, 1.0 if named and checks.is_uscc(code) else 0.0


_NOT_GIVEN = re.compile(
    "[的叫们我你您他她它是在有和也就都不了吗吧呢啊委师律士姐总某先女经哥局厂校院行部处科]|主任|老板"
)


def _name(written: str, before: str) -> tuple[str, float]:
    return written, 0.0 if _NOT_GIVEN.search(written[1:]) else 0.8


def _from_abroad(written: str, before: str) -> tuple[str, float]:
    meant = checks.is_mobile(written) and (
        before.rstrip("860 -()")[-1:] == "+" or not _LOOKALIKE.search(before)
    )
    return written, 1.0 if meant else 0.0


def _certain(written: str, before: str) -> tuple[str, float]:
    return written, 0.9


_AT = r"(?: ?(?:@|艾特|圈a|\(at\)|\[at\]) ?| at |#)"
_DOT = r"(?:\.| ?(?:点|\(dot\)|dot) ?)"
_ENDS = re.compile(r"\.[a-z]{2,20}$")
_HOSTS = re.compile(r"\.(?:com|cn|net|org|edu|gov|top|vip|io|cc|me|info|hk)$")


def _email(written: str, before: str) -> tuple[str, float]:
    address = re.sub(_DOT, ".", re.sub(_AT, "@", written, count=1))
    named = "@" in written and _ENDS.search(address)
    return address, 1.0 if named or _HOSTS.search(address) else 0.0


def _wechat(written: str, before: str) -> tuple[str, float]:
    named = re.search("号|id|账|帐|[:：]", before[-6:])
    digits_in_it = any(c.isdigit() or c == "_" for c in written)
    return written, 0.9 if named or digits_in_it else 0.0


_LIVES = re.compile("住|家|地址|户籍|搬到|送达|寄到|老家|现居")
_TOWARDS = re.compile(".*(?:住在|[住在到址成于是])")


def _address(written: str, before: str) -> tuple[str, float]:
    lives = _LIVES.search(before + written)
    return re.sub(r"\s", "", _TOWARDS.sub("", written)), 0.9 if lives else 0.5


_ROAD = "(?:大道|胡同|新村|小区|花园|公寓|家园|街道|路|街|道|巷|弄|里|村|镇|园|苑|府|城|院)"
_PHASE = "(?:[0-9一二三四五六七八九十]{1,2}[期区])?"
_NUMBER = "[0-9一二三四五六七八九十百零〇]{1,5}"
_UNIT = "(?:号楼|单元|号院|楼|号|弄|栋|幢|座|室|层|组|户)"
SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章苏潘葛范彭郎鲁韦马苗凤方俞任袁柳鲍史唐费廉岑"
    "薛雷贺倪汤滕殷罗毕郝安常乐于傅皮齐康伍余元顾孟黄穆萧尹姚邵汪祁毛狄米贝明臧戴谈宋庞熊纪舒屈项祝董梁杜阮蓝闵季强贾路江童颜郭"
    "梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万柯管卢莫经房裘解应宗丁宣邓洪包左石崔吉龚程邢裴陆荣翁荀羊惠曲封储靳段富焦侯班秋仲伊宫宁"
    "仇栾甘厉祖武符刘景詹龙叶黎白赖卓池乔翟谭申冉桂牛寿边燕尚温庄柴阎艾易古廖向聂晁敖辛饶曾沙丰关查游权司肖"
)
_COMPOUND = "欧阳|太史|端木|上官|司马|东方|独孤|南宫|夏侯|诸葛|尉迟|皇甫|慕容|长孙|宇文|司徒|令狐|公孙|轩辕|百里|东郭|呼延"
_HE = f"(?:{_COMPOUND}|[{SURNAMES}])[{CJK}]{{1,2}}"
_NAME_CUE = "(?:姓名|户名|收款人|联系人|本人|借款人|保证人|担保人|债务人|车主|名字|爱人|老公|老婆|妻子|丈夫|同事|朋友|叫做|名叫|叫|找)"
_AFTER_NAME = "(?:先生|女士|小姐|同志|经理|老师|律师)"

SHAPES: tuple[Shape, ...] = (
    Shape(
        Kind.LANDLINE,
        r"(?:\+|00)86[^0-9a-z]{0,3}[1-9][0-9]",
        re.compile(
            r"(?:\+|(?<![0-9])00)86[- ()]{0,3}(?P<it>(?:10|[2-9][0-9]{1,2})[- )]{0,2}[2-8][0-9]{2,3}[- ]?[0-9]{4})(?![0-9])"
        ),
        lambda written, before: ("0" + re.sub("[^0-9]", "", written), 0.9),
    ),
    Shape(
        Kind.MOBILE,
        r"86[^0-9a-z]{0,2}1[3-9][0-9]{4}",
        re.compile(r"(?<![0-9])(?:00)?86[- ()]{0,2}(?P<it>1[3-9][0-9]{9})(?![0-9])"),
        _from_abroad,
    ),
    Shape(
        Kind.PLATE,
        rf"{_PROVINCE}{_JOIN}[a-z]{_JOIN}{_ALOUD}{_JOIN}{_ALOUD}{_JOIN}{_ALOUD}{_JOIN}{_ALOUD}",
        re.compile(
            rf"(?P<it>{_PROVINCE}{_JOIN}[a-hj-np-z]{_JOIN}{_ALOUD}(?:{_JOIN}{_ALOUD}){{3}}{_JOIN}(?:{_ALOUD}|[挂学警港澳领])(?:{_JOIN}{_ALOUD})?)(?![a-z0-9])"
        ),
        _plate,
    ),
    Shape(
        Kind.USCC,
rf"[0-9any](?:{_JOIN}[0-9]){{7}}(?:{_JOIN}[0-9a-z]){{0,9}}{_JOIN}[a-hj-z]|信用代码|税号|统一代码",  # wide: so it is a DFA
        re.compile(rf"(?<![a-z0-9])(?P<it>[159any]{_JOIN}[1-39](?:{_JOIN}[0-9]){{6}}(?:{_JOIN}[0-9a-z]){{10}})(?![a-z0-9])"),
        _uscc,
    ),
    Shape(
        Kind.VIN,
        rf"[a-z0-9](?:{_JOIN}[a-z0-9]){{12}}(?:{_JOIN}[0-9oiq]){{4}}",
        re.compile(rf"(?P<it>[a-z0-9](?<![a-z0-9].)(?!(?<=[0-9])[0-9]{{16}})(?:{_JOIN}[a-z0-9]){{16}})(?![a-z0-9])"),
        _vin,
    ),
    Shape(
        Kind.PASSPORT,
        r"(?:护照|passport|通行证)[^。\n]{0,8}[a-z][a-z0-9]{0,1}[0-9]{7}",
        re.compile(r"(?:护照|passport|通行证)[^。\n]{0,8}?(?<![a-z])(?P<it>[a-z](?:[a-hj-np-z]?[0-9]{7}|[0-9]{8}))(?![0-9])"),
        lambda written, before: (written.upper(), 1.0),
    ),
    Shape(
        Kind.EMAIL,
        rf"[a-z0-9]{_AT.replace(' ?', ' {0,1}')}[a-z0-9\-]{{1,30}}{_DOT.replace(' ?', ' {0,1}')}[a-z0-9]{{2}}",
        re.compile(
            rf"(?<![a-z0-9._%+\-])(?P<it>[a-z0-9][a-z0-9._%+\-]{{0,63}}{_AT}[a-z0-9\-]{{1,30}}(?:{_DOT}[a-z0-9\-]{{2,20}}){{1,3}})"
        ),
        _email,
    ),
    Shape(
        Kind.WECHAT_ID,
        r"(?:微信|微.{0,1}信|v信|威信|薇信|维信|徽信|卫星|加v|\+ {0,1}v|[薇威微][:： 是号]|vx|wx|weixin|wechat|加我)[^a-z0-9。\n]{0,5}(?:号|id|码){0,1}[^a-z0-9。\n]{0,3}[a-z][a-z0-9_\-]{5}",
        re.compile(
            r"(?:微.?信|v信|威信|薇信|维信|徽信|卫星|加v|\+ ?v|[薇威微][:： 是号]|vx|wx|weixin|wechat|加我)(?:号|id|码)?[^a-z0-9。\n]{0,5}(?P<it>[a-z][a-z0-9_\-]{5,19})(?![a-z0-9_@])"
        ),
        _wechat,
    ),
    Shape(
        Kind.WECHAT_ID, r"wxid_[a-z0-9]{6}", re.compile(r"(?P<it>wxid_[a-z0-9]{6,20})"), _certain
    ),
    Shape(
        Kind.QQ_ID,
        r"(?:qq|扣扣|企鹅号|球球|q号|加q)[^0-9。\n]{0,4}[1-9一幺二三四五六七八九][0-9零〇一幺二三四五六七八九]{4}",
        re.compile(
            r"(?:qq|扣扣|企鹅号|球球|q号|加q)[^0-9。\n]{0,4}?"
            r"(?P<it>[1-9一幺二三四五六七八九][0-9零〇一幺二三四五六七八九]{4,10})(?![0-9]|\.com|@)"
        ),
        lambda written, before: (written.translate(_READ_OUT), 0.9),
    ),
    Shape(
        Kind.ADDRESS,
        rf"[{CJK}]{{2}}{_ROAD}[^。\n]{{0,3}}{_NUMBER}(?:{_UNIT}|-[0-9])",
        re.compile(
            rf"(?P<it>[{CJK}]{{2,24}}?{_ROAD}{_PHASE}"
            rf"(?:[ ]?{_NUMBER}{_UNIT}|[ ]?[0-9]{{1,4}}(?:-[0-9]{{1,4}}){{1,3}}){{1,5}}(?:[0-9]{{1,5}}|[零〇一二三四五六七八九]{{3,4}})?)"
        ),
        _address,
    ),
    Shape(
        Kind.PERSON_NAME,
        rf"{_NAME_CUE}[:： 是为]{{0,2}}{_HE}",
        re.compile(rf"{_NAME_CUE}[:： 是为]{{0,2}}(?P<it>{_HE})(?=[^{CJK}]|{_AFTER_NAME}|的|在|说|和|已|欠|不|有|电|手|身|收|$)"),
        _name,
    ),
    Shape(
        Kind.PERSON_NAME,
        rf"{_HE}{_AFTER_NAME}",
        re.compile(rf"(?P<it>{_HE}?)(?={_AFTER_NAME})"),
        _name,
    ),
    Shape(
        Kind.SECRET,
        r"(?:sk|pk|rk|ghp|gho|glpat|xox[bp])[\-_][a-z0-9_\-]{16}|akia[0-9a-z]{16}|eyj[a-z0-9_\-]{16}|-----begin",
        re.compile(
            r"(?<![a-z0-9])(?P<it>(?:sk|pk|rk|ghp|gho|glpat|xox[bp])[\-_][a-z0-9_\-]{16,200}|akia[0-9a-z]{16}"
            r"|eyj[a-z0-9_\-]{16,2000}(?:\.[a-z0-9_\-]{4,4000}){0,2}|-----begin [a-z ]{0,30}private key-----)"
        ),
        lambda written, before: (written, 1.0),
    ),
    Shape(
        Kind.SECRET,
        r"(?:密码|口令|密钥|pass ?word|passwd|pwd|api[ _\-]{0,1}key|token|secret)[^a-z0-9。\n]{0,8}[a-z0-9@#!$%^&*_\-]{6}",
        re.compile(
            r"(?:密码|口令|密钥|pass ?word|passwd|pwd|api[ _\-]?key|token|secret)(?:是|为|改成|给你|告诉你吧|告诉你|[:：=, ，]){0,4}"
            r"(?P<it>[a-z0-9@#!$%^&*_\-]{6,200})"
        ),
        _certain,
    ),
)  # fmt: skip

# what to look for before looking closer: the shapes, and digits spelled as words
TRIGGERS = (*(shape.trigger for shape in SHAPES), digits.SPELLED)
_SPELLED = len(SHAPES)
VEHICLE = next(n for n, shape in enumerate(SHAPES) if shape.kind is Kind.VIN)


def standing(text: str, triggers: Collection[int]) -> list[int]:
    """Those of the triggers that were seen whose shapes may stand there: cheaper to ask than `identifiers` where none does."""
    return [n for n in triggers if n == _SPELLED or SHAPES[n].place.search(text)]


def identifiers(
    text: str, triggers: Collection[int] | None = None, *, numbers: bool | None = None
) -> list[Identifier]:
    """Every identifier of a folded text, in order of place; of two that overlap the more certain, then the longer.

    `triggers` are the numbers of those that were seen, all where it is None; `numbers`: are there digits enough for one,
    where that is known?
    """
    seen = range(len(TRIGGERS)) if triggers is None else triggers
    spelled = _SPELLED in seen
    found: list[Identifier] = []
    if spelled or (digits.are_in(text) if numbers is None else numbers):
        found += _numbers(text, spelled=spelled)
    for n in sorted(seen) if seen else ():
        if n == _SPELLED:
            continue
        shape = SHAPES[n]
        for place in shape.place.finditer(text):
            start, end = place.span("it")
            canonical, certainty = shape.judge(place["it"], _before(text, start))
            if certainty:
                if canonical and place["it"].endswith(canonical):  # the judge may leave out words in front
                    start = end - len(canonical)
                found.append(Identifier(shape.kind, start, end, canonical, certainty))
    if len(found) < 2:
        return found
    kept: list[Identifier] = []
    taken = bytearray(len(text))
    for one in sorted(found, key=lambda one: (-one.certainty, one.start - one.end, one.start)):
        if 1 not in taken[one.start : one.end]:
            taken[one.start : one.end] = b"\1" * (one.end - one.start)
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)


_PERSONAL = frozenset(
    {Kind.RESIDENT_ID, Kind.MOBILE, Kind.BANK_CARD, Kind.VIN, Kind.PASSPORT, Kind.EMAIL, Kind.WECHAT_ID, Kind.QQ_ID, Kind.SECRET}
)  # fmt: skip
# of each kind: its word, its rule, and whether it is personal whoever it belongs to; asked of the enumeration once
_SAID = {kind: (kind.value, f"privacy.{kind.value}", kind in _PERSONAL) for kind in Kind}


def _finding(
    one: Identifier, span: tuple[int, int], *, outbound: bool, parties: Parties | None, earlier: int = 0
) -> Finding:
    kind, _, _, canonical, certainty = one
    word, rule, personal = _SAID[kind]
    index, owner = "", None
    if parties:
        index = parties.index(kind, canonical)
        owner = parties.owners.get(index)
    covered = mask(canonical, kind)
    label = ""
    if (
        outbound
        and owner != "lender"
        and (personal or owner == "other" or (kind is Kind.ADDRESS and certainty > 0.8))
    ):
        label = "personal_data"
    return Finding(  # in the order of its fields: named, they cost half as much again
        *span, label, rule, ((covered, 1.0),), certainty, word, covered, index, owner, "", earlier,
    )  # fmt: skip


_STAFF = frozenset({"us", "collector", "agency", "mediator", "staff"})
_DIGIT = re.compile("[0-9零一二三四五六七八九幺]")


def find(
    folded: Folded,
    *,
    outbound: bool,
    triggers: Collection[int] | None = None,
    numbers: bool | None = None,
    context: Sequence[Mapping[str, str]] = (),
    parties: Parties | None = None,
) -> list[Finding]:
    """The identifiers of a message; also one that its writer began in earlier messages of the context."""
    found = [
        _finding(one, folded.span(one.start, one.end), outbound=outbound, parties=parties)
        for one in identifiers(folded.text, triggers, numbers=numbers)
    ]
    if context and _DIGIT.search(folded.text):
        same = [said["text"] for said in context if (said.get("from") in _STAFF) is outbound][-_PARTS:]
        for one, start, earlier in _split(folded.text, [fold(text).text for text in same]):
            span = folded.span(start, one.end)
            if not any(span[0] < other.end and other.start < span[1] for other in found):
                found.append(_finding(one, span, outbound=outbound, parties=parties, earlier=earlier))
    return found


_PARTS = 6  # messages over which a number may be split


def _split(text: str, earlier: Sequence[str]) -> Iterator[tuple[Identifier, int, int]]:
    """Numbers that began in earlier messages and end in this one: (with its end here, start here, messages ago).

    First the digits as they follow each other; then each message's digits without the words between.
    """
    begins = _DIGIT.search(text)
    assert begins is not None
    joined = "\n".join([*earlier, text])
    here = len(joined) - len(text)
    for one in _numbers(joined, spelled=False):
        if one.start < here < one.end:
            yield (
                one._replace(end=one.end - here),
                begins.start(),
                1 + joined.count("\n", one.start, here - 1),
            )
    digits_of = ["".join(_spoken(char) for char in _DIGIT.findall(part)) for part in (*earlier, text)]
    last = max(found.end() for found in _DIGIT.finditer(text))
    number = digits_of[-1]
    for back, part in enumerate(reversed(digits_of[:-1]), start=1):
        if not part:  # words between the parts
            continue
        number = part + number
        if len(part) < 2 or len(number) > 18:
            break
        for kind, holds in (
            (Kind.RESIDENT_ID, checks.is_resident_id(number)),
            (Kind.MOBILE, checks.is_mobile(number)),
        ):
            if holds:
                yield Identifier(kind, 0, last, number, 0.8), begins.start(), back


def _spoken(char: str) -> str:
    return digits.values().get(char, char)
