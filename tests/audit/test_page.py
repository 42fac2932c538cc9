"""The report in a real browser: nothing runs off the screen, however long a name is, and axe finds nothing serious."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from shouyue.audit.page import write_html
from shouyue.audit.run import audit
from tests.audit.test_audit import write
from tests.desk.console.chromium import PHONE, WIDE, browser

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["1440", "390"])
def test_the_report_fits_and_axe_finds_nothing_serious(size, tmp_path):
    rows = [
        [
            f"C{n}",
            f"2026-03-0{n}T22:30:00+08:00",
            "电话",
            "外呼",
            "坐席" * 40 + str(n),
            "未接通",
            "再不还钱就打断你的腿",
        ]
        for n in range(1, 7)
    ] + [["C1", "昨天" * 60, "电话", "外呼", "S1", "未接通", ""]]
    target = tmp_path / "report.html"
    write_html(audit([write(tmp_path / ("很长的文件名" * 8 + ".csv"), rows)], pack="cn"), target)
    with browser(tmp_path) as chromium:
        if chromium is None:
            pytest.skip("no Chromium here; `make browser` installs one")
        page = chromium.new_page(viewport={"width": size[0], "height": size[1]}, bypass_csp=True)
        page.goto(target.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        found = Axe().run(page).response["violations"]
        assert not [wrong["id"] for wrong in found if wrong["impact"] in {"serious", "critical"}]
        page.get_by_role("link").first.click()
        assert page.url.endswith("#rule-1") and page.locator("#rule-1").is_visible()
