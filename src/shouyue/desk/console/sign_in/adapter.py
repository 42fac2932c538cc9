"""How allauth behaves here: nobody makes an account for themselves; who has just signed in is not asked again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from django.http import HttpRequest
from django.utils import timezone

from shouyue.desk.people import actions as people

JUST_NOW = timedelta(minutes=5)


class StaffAdapter(DefaultAccountAdapter):
    """Accounts are made by `people.enrol`; the sign-up page answers that it is closed."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def set_password(self, user: Any, password: str) -> None:
        """Whoever chooses a password has one that nobody else knows: the first one, which somebody gave them, is over."""
        people.choose_password(staff=user, password=password, by=user, at=timezone.now())

    def is_reauthentication_required(self, *, app: str, **kwargs: object) -> bool:
        """Whoever signed in within the last minutes may set up the second factor without the password a second time."""
        records = get_authentication_records(context.request, context.request.user)
        newest = max((record["at"] for record in records), default=0)
        if timezone.now().timestamp() - newest < JUST_NOW.total_seconds():
            return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))
