"""The dossier's page: in both languages, for who may see the matter, with nobody's name in full."""

from __future__ import annotations

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_is_shown_to_its_owner_and_not_found_by_others(office, sign_in, language):
    url = reverse("dossier", args=[office.matter().pk])
    page = sign_in(office.lina, language).get(url)
    assert page.status_code == 200 and b"ROAD." in page.content
    assert "张伟" not in page.content.decode()
    assert sign_in(office.zhaolei).get(url).status_code == 404
    assert sign_in(office.admin).get(url).status_code == 404
