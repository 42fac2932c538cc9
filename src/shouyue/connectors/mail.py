"""E-mail. Gate: hard. Through the lender's own mail server (SMTP, RFC 5321).

A server that took a message cannot be asked about it later, so `find` never says that something was not sent. The
Message-ID is made of our key: whoever has the server's log can look it up, and a reply names it.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from shouyue.connectors import channel as ch
from shouyue.terms import Channel, Gate

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


class Mail:
    """Messages through one server. `account` of a message is the sender's address."""

    channel = Channel.EMAIL
    gate = Gate.HARD

    def __init__(
        self,
        host: str,
        port: int,
        *,
        user: str = "",
        password: str = "",
        tls: bool = True,
        timeout: float = 20.0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._where, self._who, self._tls = (host, port), (user, password), tls
        self._timeout, self._clock = timeout, clock

    def send(self, message: ch.Outgoing, key: str) -> ch.Outcome:
        """Hand it to the server. Everything before the message's own bytes is certain; after them, silence is `Unknown`."""
        if not (_ADDRESS.fullmatch(message.to) and _ADDRESS.fullmatch(message.account)):
            return ch.Refused(True, "the address is no e-mail address", "unfit")
        if message.not_after is not None and self._clock() > message.not_after:
            return ch.Refused(True, "its last lawful moment has passed", "late")
        try:
            letter = self._written(message, key)
        except ValueError as wrong:
            return ch.Refused(True, f"the message cannot be written: {wrong}", "unfit")
        # until the server has the message, nothing was sent, for certain
        try:
            server = self._signed_in()
        except smtplib.SMTPAuthenticationError as no:
            return ch.Refused(True, "the mail server does not accept our sign-in", str(no.smtp_code))
        except (OSError, smtplib.SMTPException) as nobody:
            why = f"the mail server could not be used: {type(nobody).__name__}"
            return ch.Refused(False, why, "unreached", timedelta(minutes=1))
        # from here on, only a clear answer is one
        try:
            server.send_message(letter)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as no:
            code = _code(no)
            wait = timedelta(0) if code >= 500 else timedelta(minutes=15)
            return ch.Refused(code >= 500, f"the mail server refused it with {code}", str(code), wait)
        except (OSError, smtplib.SMTPException) as lost:
            return ch.Unknown(f"the mail server did not say whether it took it: {type(lost).__name__}")
        finally:
            server.close()
        return ch.Accepted(letter["Message-ID"])

    def find(self, key: str) -> ch.Found:
        return ch.Unknown("a mail server cannot be asked about a message that it took; look into its log")

    def _signed_in(self) -> smtplib.SMTP:
        server = smtplib.SMTP(*self._where, timeout=self._timeout)
        try:
            if self._tls:
                server.starttls(context=ssl.create_default_context())
            if self._who[0]:
                server.login(*self._who)
        except BaseException:
            server.close()
            raise
        return server

    def _written(self, message: ch.Outgoing, key: str) -> EmailMessage:
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = message.account, message.to, message.subject
        letter["Date"] = format_datetime(self._clock())
        letter["Message-ID"] = f"<{message_id(key)}@{message.account.rpartition('@')[2]}>"
        letter.set_content(message.text)
        return letter


def message_id(key: str) -> str:
    """The key as the left half of a Message-ID."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", key)[:64]


def _code(no: Exception) -> int:
    """The server's code: the worst one, where each recipient got his own."""
    if isinstance(no, smtplib.SMTPRecipientsRefused):
        return max((code for code, _ in no.recipients.values()), default=500)
    return no.smtp_code if isinstance(no, smtplib.SMTPResponseException) else 500
