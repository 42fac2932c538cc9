"""What the desk's slices and connectors say in English, in the language of the page.

Slices raise sentences with names and numbers in them, for logs and for the interface. Here each that can reach a page
stands once with its gaps named; `in_page_language` recognises it and says it again. What it does not know it leaves as it is.
"""

from __future__ import annotations

import re
from functools import cache

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

SENTENCES = (
    # approvals
    _("the person who asked cannot decide; a second person must"),
    _("this was already decided: %(state)s"),
    _("this waits for a %(needs)s of the team, or who stands in for them"),
    _("write the reason in at least %(n)s characters; found “%(found)s”"),
    _("you have said yes already; another person must"),
    _("%(name)s holds it: %(why)s"),
    _("it is held already; decide it, or leave it to escalate"),
    # wordings
    _("wordings are compliance's; ask an officer"),
    _("choose channels and roles that exist; found %(found)s"),
    _("a version of %(name)s waits for its decision already"),
    _("a brace stands alone: %(why)s; write fields as {client}"),
    _("unknown field %(found)s; known are %(known)s"),
    _("%(found)s stands in one language only"),
    _("an amount needs its date; add {as_of}"),
    _("a wording has at least 8 characters in each language; found “%(found)s”"),
    _("screening finds fault with these words: %(labels)s"),
    _("say in at least 4 characters why it is taken out of use"),
    # review
    _("these are the words as they were; release them or change them"),
    _("the gate would block these words too: %(rules)s"),
    _("%(what)s needs at least %(n)s characters; found “%(found)s”"),
    _("this contact was not drawn"),
    _("nobody reviews their own contacts"),
    _("you have judged this contact already"),
    _("this contact is judged already"),
    _("a compliance officer judges it first"),
    _("another officer or an auditor judges it"),
    _("name the rule that was broken; %(found)s is none of the rules in force"),
    _("only the member whom a finding is about appeals it"),
    _("a finding is appealed within %(n)s days"),
    _("say in a sentence what was not so"),
    _("another officer answers: neither who found it nor whom it is about"),
    _("a compliance officer says what was done about it, never the member"),
    _("only the writer of a blocked message says that the block was wrong"),
    _("%(rule)s did not block this message"),
    _("say in a sentence why the rule does not fit"),
    _("another officer answers, never the writer"),
    _("nobody decided in time"),
    # evidence
    _("%(who)s (%(role)s) may not hand out evidence"),
    _("say in a few words why it is handed out and what it is to prove"),
    _("nothing was sealed here yet"),
    _("the paper could not be signed: %(why)s"),
    _("what is kept of %(what)s changed while it was looked at"),
    _("the recording was not kept, or not yet; without it there is nothing to transcribe"),
    _("write down what is said"),
    # matters
    _("this person has no part in this loan; a thread would disclose it"),
    _(
        "a thread on matter %(number)s is open with this person on this account; close it first: one matter, one chat"
    ),
    _("only %(owner)s takes up this thread; ask them, or have the case handed over"),
    _("the thread is %(state)s; open a new one on this matter"),
    _("this person owes nothing on this loan; a promise of theirs cannot be taken"),
    _("%(amount)s is no sum to promise; write one above zero with at most two places"),
    _("%(amount)s was promised and %(owed)s is owed as of %(day)s; correct the sum"),
    _("%(day)s lies not between today, %(today)s, and %(last)s; a later day is a plan of instalments"),
    _("%(amount)s is promised for %(day)s already; say why another takes its place"),
    _("this person owes nothing on this loan; nothing is to be planned"),
    _("say in at least 4 characters why instalments are asked for"),
    _("the amount is not known today, and no plan is made without one; load the balance first"),
    _("a proposal on this matter waits for its decision already; withdraw it first"),
    _("a plan runs on this matter; a new one must say that it follows it"),
    _("a plan has at least one instalment with a date and a sum"),
    _("instalment %(n)s is %(amount)s; a sum above zero with at most two places is needed"),
    _("instalment %(n)s is due on %(day)s, before today, %(today)s; choose a later day"),
    _("the instalments are not in the order of their days, or two have the same day"),
    _("the instalments come to %(found)s; the plan is over %(total)s"),
    _("the last instalment is %(n)s months away; at most %(most)s can be agreed"),
    _("the owner of a case hands it over, or the supervisor of their team"),
    _("%(name)s cannot take over; choose somebody of the team who may contact"),
    _("say in at least 4 characters why it is handed over"),
    _("handed over to %(name)s; the friend is transferred in WeCom by hand"),
    # companies
    _("as the case file names"),
    _("a company is represented by a person; check which is which"),
    _("say in at least 4 characters what shows who represents the company"),
    _("this person represents the company already"),
    _("this very print is on record already; retire that seal first"),
    _("say in at least 4 characters why the seal is retired"),
    _("%(day)s lies before %(since)s, from which the seal is valid; look at the date"),
    _("this number or address is on record already"),
    # conduct
    _("this record is already contested and waits for its answer"),
    _("this record waits for no answer"),
    # messages
    _("this message has its place already; look it up in its thread"),
    _("this message speaks of no distress"),
    _("say in at least 4 characters what you did"),
    _("nobody works on %(number)s; assign it first"),
    _("this person has no part in this loan; the message would disclose it to them"),
    _("this id was used for another message; write anew and send that"),
    _("the message is empty; write something or choose a script"),
    _("the thread is %(state)s; open one on this matter first"),
    _("the thread is %(state)s"),
    _("only %(owner)s writes in this thread; ask them, or have it handed over"),
    _("it is %(state)s; only what has not left can be cancelled"),
    _("the channel never got it"),
    _("approved: %(reason)s"),
    _("stopped: %(reasons)s"),
    # pictures
    _("The file is empty; take the picture again."),
    _("The picture is larger than 8 MB; send a smaller one."),
    _("This is not a JPEG, PNG or WebP picture; take a photograph and send that."),
    _("The picture is damaged and cannot be opened; take it again."),
    _("The picture has too many pixels; send a smaller one."),
    # emergencies
    _("a supervisor, compliance or legal officer decides here; ask one"),
    _("the stop is over you; another person decides"),
    _("give the reason in words, at least 4 characters"),
    _("the stop is over no single open case; hand over each case by itself"),
    _("nobody has asked to release it; one person asks, a second releases"),
    _("whoever asked cannot release it alone; a second person must"),
    _("whoever put a hold on cannot release it alone; a second person must"),
    _("a police order of %(day)s forbids contact; lift that stop with its end first"),
    _("found nobody with the staff number '%(number)s'; check the number"),
    _("found no account '%(account)s' of ours: no thread and no message has it; check how it is written"),
    _("%(step)s cannot be left out; only going to legal and a report can, with a reason"),
    _("only %(member)s can say so; a second person reconciles it"),
    _("it is your own account; a second person looks"),
    _("there is no such notice for you"),
    _("say to whom it was reported"),
    _("%(channel)s cannot take a task back"),
    _("emergency: from %(now)s the next step cannot be %(then)s; possible: %(able)s"),
    _("channel stop: from %(now)s the next step cannot be %(then)s; possible: %(able)s"),
    _("%(label)s: contact %(contact)s"),
    _("%(kind)s: incident %(incident)s"),
    _("%(label)s: %(n)s messages within %(minutes)s minutes"),
    _("%(label)s: %(n)s of %(m)s messages"),
    _("no_contact_order: %(why)s"),
    # friend requests
    _("say what was done about it, in at least 4 characters"),
    _("it concerns you; another person settles it"),
    _("only somebody who owes on this loan can be invited to a thread about it"),
    _("only somebody who owes on this loan can be asked to prove who they are"),
    _("somebody has already been matched to this request"),
    _("a refusal needs a reason in words"),
    _("this request waits for a supervisor's decision; it is refused there"),
    _("only %(member)s can accept this request on their account"),
    _("the card is not that of the person on this loan"),
    _("the number could not be read without doubt; take the picture again, flat and in good light"),
    _("the request expired"),
    _("friend request: from %(now)s the next step cannot be %(then)s; possible: %(able)s"),
    _("said in contact %(contact)s"),
    _("%(n)s instalments over %(total)s as of %(day)s: %(why)s"),
    # strategies
    _("whoever proposed these strategies cannot approve them; a second person must"),
    _("say in at least 4 characters why the strategies change"),
    _("the person must not be contacted any more"),
    _("the person took a consent back"),
    _("no strategies are in force"),
    # rights
    _("asked for by right %(right)s"),
    _("this person owes nothing on this loan; a page of theirs would disclose it"),
    _("no valid mobile number is known; give the page by letter or in person"),
    _("this is answered by compliance, never by whom it is about"),
    _("take it in hand first, so that it is known who answers"),
    _("write the answer in at least 4 characters; the person reads it"),
    _("say in at least 4 characters why it takes longer"),
    _("done at once"),
    _("taken back by the person"),
    # agencies
    _("a case goes to an agency and comes back by being placed and taken back"),
    _("compliance keeps the list of agencies; ask them"),
    _("nobody has inspected %(agency)s; inspect it before it is listed"),
    _("compliance inspects agencies; ask them"),
    _("%(day)s is still to come; an inspection is written down when it was done"),
    _("each score lies between 0 and 100; found %(found)s"),
    _("the contract with %(agency)s ends on %(day)s, before %(until)s"),
    _("the weights are 100 together, none below 0; found %(sum)s"),
    _("%(day)s has passed; what was agreed before stays as it was"),
    _("this message did not go to the debtor of this matter"),
    _("the lender tells the debtor, not the agency itself"),
    _("this message is %(state)s; it tells when it has left"),
    _("this message does not name %(agency)s"),
    _("no case %(number)s is yours to place; look at its number"),
    _("%(number)s is with %(agency)s; take it back first"),
    _("%(who)s does not work for %(agency)s"),
    _("%(day)s has passed; write a day to come"),
    _("say what shows that the debtor was told: the message or a receipt"),
    _("write the reason in at least 4 characters"),
    _("the contract runs from %(since)s to %(until)s; renew it first"),
    _("the contract runs until %(day)s already; found %(until)s"),
    _("the contract would end on %(until)s, before it begins on %(since)s"),
    _("whoever recalled an agency cannot list it again alone; a second person must"),
    _("no commission was agreed with %(agency)s by %(day)s; agree on one first"),
    _("nobody has evaluated %(agency)s by %(day)s; nothing is paid unseen"),
    # training
    _("your role makes no contacts and needs no certificate"),
    _("the rules in force have no course %(course)s"),
    _("an exam of %(course)s is running; hand it in first"),
    _("the next try may begin at %(time)s; read the course again"),
    _("say in words why this course must be taken again"),
    _("%(name)s cannot lift their own retraining; another person must"),
    _("write the reason in at least 4 characters"),
    _("%(name)s makes no contacts; an exemption would mean nothing"),
    _("an exemption lasts 1 to %(most)s days, not %(n)s"),
    _("the rules changed: %(rules)s"),
    _("nobody exempts themselves; another officer must"),
    _("a trainer asks for exemptions"),
    # legal procedures
    _("a legal officer conducts procedures; ask one"),
    _("a legal officer has a calendar of procedures"),
    _("this procedure ended as %(stage)s; open another one on the case"),
    _("say why this procedure is opened"),
    _("%(now)s: from %(before)s the next step cannot be %(then)s; possible: %(able)s"),
    _("%(what)s: %(day)s is still to come; it is written down when it has come"),
    _("%(what)s was %(before)s and would become %(day)s; say why it is corrected"),
    _("%(day)s is still to come; a stage is written down when it is reached"),
    _("%(stage)s cannot be recorded without %(what)s; enter it from %(paper)s"),
    _(
        "%(stage)s cannot be recorded without %(what)s: “%(due)s” runs from it (%(cite)s); enter it from %(paper)s"
    ),
    _("name the court, the commission, the notary's office or the mediators"),
    _("no balance with its date is in the record: no amount may be claimed; take one in first"),
    _("%(moment)s is past; a hearing is fixed for a moment to come"),
    _("say why the hearing is off"),
    _("%(amount)s is no fee; write a sum above zero with at most two places"),
    _("a measure over %(kind)s from %(day)s ends after that day and by %(last)s; found %(found)s"),
    _("the measure ended on %(last)s and cannot be renewed from %(day)s; apply for a new one"),
    _("an exhibit has a title and says where it comes from"),
    _("say why the exhibit is not used"),
    _("%(day)s is still to come; an event is written down when it has happened"),
    _("%(kind)s of %(day)s has no proof; name the receipt, the sealed entry or the court's number"),
    _("this person does not guarantee this loan; an event against the debtors names nobody"),
    _("%(paper)s cannot be written without %(fields)s; enter it in the record, it is never left blank"),
    _("%(paper)s has no %(list)s to name; bring them into the record first"),
    _("choose a guarantor of this loan; the claim is on one person"),
    _("the guarantee period cannot be counted: %(what)s is not in the record"),
    _("the guarantee period ended on %(day)s unclaimed: the guarantor owes nothing and is not asked"),
    # case files
    _("the file is empty; download the template and fill it in"),
    _("more than %(n)s rows; split the file"),
    _("the file has %(mb)s MB; at most %(most)s MB are read"),
    _("this is no .xlsx file; save it as .xlsx or CSV and try again"),
    _("the text is neither UTF-8 nor GB18030; save the file as CSV UTF-8"),
    _("the workbook unpacks to far more than its size; it is not read"),
    _("the workbook is damaged or protected; save it anew as .xlsx"),
    _("columns missing: %(missing)s; found: %(found)s"),
    _("each contract once"),
    _("each receipt once"),
    _("columns that stand twice: %(names)s; keep one of each"),
    _("a quotation mark is not closed, or stands inside a cell; save the file anew as CSV"),
    _("all principal that is left, and what is overdue beside principal"),
    _("it stands in row %(row)s too"),
    _("a value"),
    _("a whole number"),
    _("the whole number as text"),
    _("a spreadsheet shortened it; format the column as text before filling it"),
    _("at most 200 characters"),
    _("a date such as 2026-01-31"),
    _("a date that exists"),
    _("%(date)s is not in the calendar"),
    _("a sum of money such as 1,234.50"),
    _("a sum that is not negative"),
    _("at most two places after the point"),
    _("a sum below ten trillion"),
    _("a yearly rate such as 0.0888 or 8.88%"),
    _("a yearly rate between 0 and 36 %"),
    _("18 characters as text"),
    _("18 digits, the last may be X"),
    _("a date of birth that exists in places 7 to 14"),
    _("a number whose last character fits the others"),
    _("one character was probably mistyped"),
    _("mobile numbers of 11 digits, several apart by / ; or 、"),
    _("%(found)s is none"),
    _("17 letters and digits without I, O and Q"),
    _("a VIN whose ninth character fits the others"),
    _("a plate such as 京A12345, or eight characters for a new-energy car"),
    _("the sum of its parts, %(sum)s, or what is outstanding"),
    _("the sum of its parts, %(total)s"),
    _("a part is missing or wrong"),
    _("%(days)s, the days from %(since)s to %(as_of)s"),
    _("a day not before %(day)s"),
    _("at most %(n)s"),
    _("at least what is overdue, %(sum)s"),
)
# words that fill the gaps
WORDS = (
    _("open"), _("closed"), _("proposed"), _("escalated"), _("granted"), _("refused"), _("lapsed"), _("withdrawn"),
    _("leaving"), _("accepted"), _("delivered"), _("failed"), _("returned"), _("cancelled"), _("blocked"), _("unknown"),
    _("supervisor"), _("compliance"), _("defendants"), _("guarantors"), _("exhibits"),
    _("legal officer"), _("compliance or supervisor"), _("compliance or legal officer"), _("held"), _("half"),
    _("the new wording"), _("a violation"), _("the answer"), _("a remedy"), _("nothing"),
    _("threat"), _("flooding"), _("provocation"), _("personal_data"),
    _("third_party_disclosure"), _("unapproved_friend"), _("leak"), _("freeze"), _("preserve"), _("notify"),
)  # fmt: skip
GAP = re.compile(r"%\((\w+)\)s")


@cache
def _shapes() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Each sentence with its gaps as a pattern, the most definite first."""
    shapes = []
    for sentence in sorted(SENTENCES, key=lambda s: (len(GAP.findall(s)), -len(s))):
        pattern = "".join(
            f"(?P<{part}>.+?)" if n % 2 else re.escape(part) for n, part in enumerate(GAP.split(sentence))
        )
        shapes.append((re.compile(pattern, re.DOTALL), sentence))
    return tuple(shapes)


def in_page_language(said: str) -> str:
    """A slice's sentence in the language of the page; one that is not known stays as it is."""
    for pattern, sentence in _shapes():
        found = pattern.fullmatch(said)
        if found:
            told = gettext(sentence)
            for name, value in found.groupdict().items():
                told = told.replace(f"%({name})s", gettext(value))
            return told
    return said
