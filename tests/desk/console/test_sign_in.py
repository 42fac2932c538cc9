"""Signing in: nobody works without a second factor; the demonstration's door is the one exception, and only there."""

from __future__ import annotations

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough passphrase"


@pytest.fixture
def lina(office):
    office.lina.set_password(PASSWORD)
    office.lina.save()
    return office.lina


def signed_in_by_password(username: str) -> Client:
    client = Client()
    answer = client.post(reverse("account_login"), {"login": username, "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return client


def test_a_password_alone_leads_every_page_to_setting_up_a_second_factor(lina):
    client = signed_in_by_password("lina")
    for place in ("home", "queue", "friend_requests", "inbox"):
        answer = client.get(reverse(place))
        assert (answer.status_code, answer.url) == (302, reverse("mfa_activate_totp")), place


def test_the_second_factor_is_set_up_once_and_asked_for_from_then_on(lina):
    client = signed_in_by_password("lina")
    client.get(reverse("mfa_activate_totp"))
    secret = client.session["mfa.totp.secret"]
    code = totp.format_hotp_value(totp.hotp_value(secret, totp.yield_hotp_counters_from_time().__next__()))
    assert client.post(reverse("mfa_activate_totp"), {"code": code}).status_code == 302
    assert client.get(reverse("queue")).status_code == 200
    again = Client()
    answer = again.post(reverse("account_login"), {"login": "lina", "password": PASSWORD})
    assert answer.url == reverse("mfa_authenticate")
    assert again.get(reverse("queue")).status_code == 302


def test_a_wrong_password_says_so_in_chinese_and_lets_nobody_in(lina):
    client = Client()
    answer = client.post(reverse("account_login"), {"login": "lina", "password": "wrong"})
    assert answer.status_code == 200
    assert "密码" in str(answer.context["form"].non_field_errors())
    assert client.get(reverse("queue")).status_code == 302


def test_nobody_makes_an_account_for_themselves(db):
    client = Client()
    client.post(reverse("account_signup"), {"username": "mallory", "password1": PASSWORD})
    answer = client.post(reverse("account_login"), {"login": "mallory", "password": PASSWORD})
    assert answer.status_code == 200


def test_the_demonstrations_door_lets_in_its_people_and_nobody_else(office):
    client = Client()
    assert client.post(reverse("demo_door"), {"username": "nobody"}).status_code == 404
    assert client.get(reverse("demo_door")).status_code == 405
    assert client.post(reverse("demo_door"), {"username": "lina"}).status_code == 302
    assert client.get(reverse("queue")).status_code == 200


def test_production_has_no_such_door_and_forgets_who_came_through_it(office, settings):
    client = Client()
    client.post(reverse("demo_door"), {"username": "lina"})
    settings.MODE = "production"
    assert client.get(reverse("queue")).url == reverse("mfa_activate_totp")
    assert Client().post(reverse("demo_door"), {"username": "lina"}).status_code == 404
    assert "demo-people" not in Client().get(reverse("account_login")).content.decode()


def test_chinese_unless_somebody_chose_otherwise(db):
    client = Client(headers={"accept-language": "en"})
    assert "登录" in client.get(reverse("account_login")).content.decode()
    client.post(reverse("set_language"), {"language": "en", "next": "/"})
    assert "Sign in" in client.get(reverse("account_login")).content.decode()


def test_recovery_codes_passkeys_and_password_are_managed_in_the_desks_own_look(lina):
    client = signed_in_by_password("lina")
    client.get(reverse("mfa_activate_totp"))
    secret = client.session["mfa.totp.secret"]
    code = totp.format_hotp_value(totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time())))
    client.post(reverse("mfa_activate_totp"), {"code": code})
    for place in (
        "mfa_index",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "mfa_deactivate_totp",
        "account_change_password",
        "account_logout",
    ):
        answer = client.get(reverse(place))
        assert answer.status_code == 200, place
        assert 'class="skip"' in answer.content.decode(), place
