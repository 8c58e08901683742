"""The admin page's timeline in a real browser: what ends, what changes its price, what that means, and what was assigned."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from admin_page import admin_page, expect_address, judge_everywhere, visit
from playwright.sync_api import Locator, Page, expect
from serving import Served, shared_server

NOW = datetime.now(UTC).date()
MORE = f"""
[models.gone]
provider = "local"
capabilities = ["chat"]
price = {{ input = 1, output = 10 }}
retires = {NOW - timedelta(days=30)}
replacement = "alpha"
[models.ending]
provider = "local"
capabilities = ["chat"]
price = {{ input = 0.5, output = 5, changes = [{{ from = {NOW + timedelta(days=40)}, input = 0.25, output = 2.5 }}] }}
deprecated = {NOW - timedelta(days=90)}
retires = {NOW + timedelta(days=20)}
replacement = "alpha"
[models.dearer]
provider = "local"
price = {{ input = 1, output = 2, changes = [{{ from = {NOW + timedelta(days=10)}, input = 2 }}] }}
[tasks.answers]
model = "ending"
profile = {{ requests_per_day = 1000, input_tokens = 1000, output_tokens = 100 }}
[tasks.late]
model = "gone"
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with shared_server(tmp_path_factory.mktemp("shared"), "http://127.0.0.1:9", MORE) as running:
        yield running


@pytest.fixture(scope="module")
def page(served: Served) -> Iterator[Page]:
    with admin_page(served) as opened:
        yield opened


def rows(page: Page, model: str) -> Locator:
    return page.locator("table.timeline tbody tr").filter(has=page.get_by_role("link", name=model, exact=True))


def test_what_ends_and_what_changes_its_price(page, served):
    """Models in use come first, late ones before all, with what each event means for their tasks; the rest by date."""
    visit(page, served, "timeline")
    first = page.locator("table.timeline tbody tr")
    expect(first.nth(0)).to_have_text("Models that tasks use")
    expect(first.nth(1)).to_contain_text("gone")
    expect(first.nth(1)).to_contain_text("30 days ago")
    expect(first.nth(1)).to_contain_text("used by late")
    ending = rows(page, "ending")
    expect(ending).to_have_count(2)
    expect(ending.nth(0)).to_contain_text("in 20 days")
    expect(ending.nth(0)).to_contain_text("then alpha")
    expect(ending.nth(0)).to_contain_text("for answers 2\u00d7 as expensive")
    expect(ending.nth(1)).to_contain_text("Price falls")
    expect(ending.nth(1)).to_contain_text("$0.50 \u2192 $0.25 in, $5.00 \u2192 $2.50 out per million tokens")
    expect(ending.nth(1)).to_contain_text("for answers 2\u00d7 cheaper")
    expect(rows(page, "dearer")).to_contain_text("Price rises")
    expect(page.locator(".timeline .flag")).to_have_text("today")
    judge_everywhere(page, "timeline")


def test_the_filters_are_a_link(page, served):
    """What is shown is in the address and comes back with it; where nothing is announced, that is said."""
    visit(page, served, "timeline?what=prices")
    expect(rows(page, "ending")).to_have_count(1)
    page.get_by_label("Models", exact=True).select_option("used")
    expect(rows(page, "dearer")).to_have_count(0)
    expect_address(page, "#timeline?what=prices&models=used")
    visit(page, served, "timeline?what=retirements&models=used&past=true")
    expect(rows(page, "ending")).to_have_count(2)
    expect(rows(page, "ending").first).to_contain_text("Deprecated")
    rows(page, "ending").first.get_by_role("link").click()
    expect(page.get_by_role("dialog")).to_contain_text("ending at local")
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)
    text = json.dumps({**served.get("/api/ai/models", all="true").json(), "models": []})
    page.route(
        "**/api/ai/models?all=true", lambda route: route.fulfill(body=text, content_type="application/json")
    )
    page.reload()
    expect(page.get_by_text("Nothing is announced.")).to_be_visible()
    page.unroute("**/api/ai/models?all=true")
    page.reload()
    expect(rows(page, "ending")).to_have_count(2)


def test_what_was_assigned(page, served):
    """The changes of all tasks stand in one table, the latest first, with who made them; none yet is said."""
    visit(page, served, "timeline")
    page.get_by_text("What was assigned").click()
    expect(page.get_by_text("No changes yet.")).to_be_visible()
    for route in ("lab/beta", "alpha,lab/beta"):
        served.send("PUT", "/api/ai/tasks/chat", {"route": route}, User_Agent="a test")
    changes = page.get_by_role("table", name="Changes of all tasks").locator("tbody tr")
    expect(changes).to_have_count(2)
    expect(changes.first).to_contain_text("lab/beta \u2192 alpha,lab/beta")
    expect(changes.last).to_contain_text("not set \u2192 lab/beta")
    judge_everywhere(page, "what was assigned")
