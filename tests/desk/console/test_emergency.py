"""The emergency page: two clicks stop everything for one person; the same hand cannot let go."""

from __future__ import annotations

import pytest

from shouyue.desk.emergency import reads
from shouyue.desk.worker.run import drain

pytestmark = pytest.mark.django_db


def test_a_stop_in_two_clicks_and_a_release_by_another(office, wires, sign_in):
    supervisor, compliance = sign_in(office.wangmin), sign_in(office.sunli)
    told = {"case": office.matter().number, "reason": "公安机关要求停止接触"}
    assert supervisor.post("/emergencies/", told).status_code == 302
    drain(at=office.at)
    (running,) = reads.running()
    assert running.state == "evidence_frozen"
    page = supervisor.get("/emergencies/").content.decode()
    assert office.matter().number in page and "张伟" not in page
    release = f"/emergencies/{running.pk}/release/"
    assert supervisor.post(release, {"reason": "自己解除自己"}).status_code == 422
    assert compliance.post(release, {"reason": ""}).status_code == 422
    assert compliance.post(release, {"reason": "机关已解除要求"}).status_code == 302
    assert not reads.running()


def test_a_wrong_case_is_told_and_changes_nothing(office, wires, sign_in):
    answer = sign_in(office.wangmin, language="en").post(
        "/emergencies/", {"case": "AJ0", "reason": "because"}
    )
    assert answer.status_code == 422
    assert "no such case" in answer.content.decode()
    assert not reads.running()


def test_a_collector_has_no_such_page(office, wires, sign_in):
    assert sign_in(office.lina).get("/emergencies/").status_code == 404
