"""The admin page's costs and models in a real browser: what is compared, what is said of it, and links that lead back."""

import json
import re
from collections.abc import Iterator

import pytest
from admin_page import admin_page, expect_address, judge, judge_everywhere, visit
from playwright.sync_api import Locator, Page, expect
from serving import Served, shared_server

MANY = "".join(f'[models.many-{number}]\nprovider = "local"\n' for number in range(250))
MORE = f"""
[models.tiered]
provider = "local"
capabilities = ["chat"]
context_window = 2_000_000
price = {{ input = 2, output = 4, tiers = [{{ above = 50_000, input = 3 }}], changes = [{{ from = 2099-01-01, input = 1 }}] }}
[models.long-{"x" * 90}]
provider = "local"
capabilities = ["chat"]
price = {{ input = 0.01, output = 0.01 }}
[models.gratis]
provider = "local"
capabilities = ["chat"]
price = {{ input = 0, output = 0 }}
[models.half-known]
provider = "local"
capabilities = ["chat"]
price = {{ input = 1 }}
[models.with-fees]
provider = "local"
capabilities = ["chat"]
price = {{ input = 0.1, output = 0.1, request = 0.00001 }}
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with shared_server(tmp_path_factory.mktemp("shared"), "http://127.0.0.1:9", MORE + MANY) as running:
        yield running


@pytest.fixture(scope="module")
def page(served: Served) -> Iterator[Page]:
    with admin_page(served) as opened:
        yield opened


def row(page: Page, model: str) -> Locator:
    return page.locator("table.costs tbody tr").filter(has=page.get_by_role("link", name=model, exact=True))


def test_what_a_task_costs_now_and_elsewhere(page, served):
    """The present model is the reference and a line; bars show input, output and fees; free and unknown ones are folded."""
    visit(page, served, "costs")
    expect(page.get_by_label("Task", exact=True)).to_have_value("chat")
    expect(page.locator(".headline")).to_contain_text(
        "chat uses alpha: $60.00 per month. The cheapest that has a price is"
    )
    expect(row(page, "alpha")).to_contain_text("in use")
    expect(page.locator(".costs .flag")).to_have_text("alpha $60.00")
    expect(page.locator(".costs .mark").nth(2)).to_be_attached()
    legend = page.get_by_role("list", name="Meaning of the bars")
    expect(legend).to_contain_text("inputoutputfees per request")
    for model, words, shares in (
        ("alpha", "input $30.00, output $30.00", ["0.5", "0.5"]),
        ("with-fees", "input $3.00, output $0.30, fees $0.30", ["0.83", "0.083", "0.083"]),
    ):
        expect(row(page, model).get_by_role("cell", name=words)).to_have_count(1)
        parts = row(page, model).locator(".bar .part")
        expect(parts).to_have_count(len(shares))
        for place, share in enumerate(shares):
            expect(parts.nth(place)).to_have_attribute("style", re.compile(rf"flex-grow: {share}"))
    judge_everywhere(page, "costs")
    page.emulate_media(forced_colors="active")
    expect(legend).not_to_contain_text("other providers", use_inner_text=True)
    for part in ("input", "output"):
        expect(legend.get_by_text(part, exact=True)).to_be_visible()
    page.emulate_media(forced_colors="none")
    for fold, model, words in (
        ("free", "gratis", "free"),
        ("of unknown cost", "half-known", "not all of its prices are known"),
    ):
        expect(row(page, model)).to_have_count(0)
        button = page.get_by_role("button", name=fold)
        expect(button).to_have_attribute("aria-expanded", "false")
        button.click()
        expect(row(page, model)).to_contain_text(words)
        expect(button).to_be_focused()
    expect(row(page, "half-known").locator(".bar")).to_have_count(0)
    visit(page, served, "costs?task=chat&tokens=160k&models=ready")
    expect(page.get_by_label("Prompt tokens")).to_have_value("120000")
    expect(row(page, "alpha")).to_contain_text("beyond its context of 100k")
    expect(row(page, "alpha")).to_contain_text("beyond its output of 1k")
    expect(row(page, "tiered")).to_contain_text(
        "long-prompt price, above 50k; $12,000.00 in prompts of at most 50k"
    )
    expect(row(page, "tiered")).to_contain_text("price changes 2099-01-01")
    expect(page.locator(".headline")).to_contain_text("The cheapest that has a price is long-x")


def test_a_workload_is_a_link(page, served):
    """What is changed is in the address and nothing else is; a link and Back bring it back; a wrong number shows no figures."""
    visit(page, served, "costs?task=chat")
    page.get_by_label("Requests").last.fill("2000")
    expect(row(page, "lab/beta")).to_contain_text("$12.00")
    expect_address(page, "#costs?requests=2000")
    page.get_by_label("Compared with").select_option("lab/beta")
    expect(row(page, "alpha")).to_contain_text("10\u00d7 as expensive")
    expect(row(page, "alpha")).to_contain_text("in use")
    bar = row(page, "lab/beta").locator(".bar")
    width = bar.evaluate("bar => bar.getBoundingClientRect().width")
    page.get_by_label("Scale of the bars").select_option("linear")
    expect(page.locator(".costs .mark").first).to_have_text("$0")
    assert 0 < bar.evaluate("bar => bar.getBoundingClientRect().width") < width
    expect(page.locator('.costs .bar[style*="inline-size: 100%"]').first).to_be_attached()
    expect_address(page, "requests=2000&than=lab%2Fbeta&scale=linear")
    page.get_by_label("Prompt tokens").fill("")
    expect(page.get_by_text("Prompt tokens: Please fill out this field.")).to_be_visible()
    expect(page.locator("table.costs")).to_be_hidden()  # figures of another workload
    page.get_by_role("button", name="Back to the profile of chat").click()
    expect(page.get_by_label("Prompt tokens")).to_have_value("1000")
    expect(row(page, "alpha")).to_contain_text("$60.00")
    visit(page, served, "costs?task=none&input=1000&output=0&requests=10&per=month")
    expect(row(page, "alpha")).to_contain_text("$0.01")
    page.go_back()
    expect(page.get_by_label("Scale of the bars")).to_have_value("linear")
    visit(page, served, "costs?task=nobody")
    expect(page.get_by_role("alert")).to_contain_text("There is no task \u201cnobody\u201d.")


@pytest.mark.parametrize(("view", "field"), [("models", "Search"), ("costs", "Prompt tokens")])
def test_a_view_that_is_left_writes_no_address(page, served, view, field):
    """What is typed in the moment before somebody goes to another view is not written into that one's address."""
    visit(page, served, view)
    expect(page.locator(f"#view-{view} table")).to_be_visible()
    page.get_by_label(field).fill("77")
    page.evaluate(
        """() => new Promise(done => {
          addEventListener("hashchange", () => setTimeout(done, 300), { once: true });
          document.querySelector("[data-view=timeline]").click();
        })"""
    )
    expect_address(page, "/#timeline")


def test_a_price_that_cannot_be_had(page, served):
    """A refusal is told in the place of the figures, and tried again on demand; meanwhile nothing old is shown."""
    refusal = json.dumps({"detail": "Not now.", "kind": "error", "status": 503})
    page.route("**/api/ai/costs", lambda route: route.fulfill(status=503, body=refusal))
    visit(page, served, "costs?input=5")
    expect(page.get_by_role("alert")).to_contain_text("Not now.")
    expect(page.locator("table.costs")).to_be_hidden()
    page.unroute("**/api/ai/costs")
    page.get_by_role("button", name="Try again").click()
    expect(row(page, "alpha")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_models_are_found_by_a_link(page, served):
    """Words and filters narrow the list and are in the address; none left is told, with a way back; thousands come by pages."""
    visit(page, served, "models?search=lab+beta")
    rows = page.locator("table.models tbody tr")
    expect(rows).to_have_count(1)
    page.get_by_text("More filters").click()
    page.get_by_label("audio").check()
    expect(page.get_by_text("No model matches these filters.")).to_be_visible()
    expect_address(page, "#models?search=lab+beta&capability=audio")
    page.get_by_role("button", name="Clear the filters").click()
    page.get_by_label("Provider").select_option("local")
    expect(page.get_by_text("257 models. Prices")).to_be_visible()
    expect(rows).to_have_count(200)
    page.get_by_role("button", name="Show 57 more of 257").click()
    expect(rows).to_have_count(257)
    expect(rows.nth(200).get_by_role("link")).to_be_focused()
    expect(page.get_by_role("button", name="more of")).to_have_count(0)
    page.get_by_label("Search").fill("alpha")
    expect(rows).to_have_count(1)
    judge_everywhere(page, "models")
    page.get_by_label("Search").fill("")
    page.get_by_label("Minimum context window (tokens)").fill("-1")
    search = page.get_by_label("Search")
    search.press_sequentially("beta", delay=100)  # the mistake is told beside, and the cursor stays
    expect(page.get_by_text("Minimum context window (tokens): Value must be")).to_be_visible()
    expect(search).to_be_focused()
    visit(page, served, "models?all=true&recommended=true&sort=price")
    expect(page.get_by_label("include retired")).to_be_checked()
    expect(page.get_by_label("Search")).to_have_value("")


def test_a_model_is_a_link_and_back_closes_it(page, served):
    """The dialog of a model is in the address of the view below it; Back, Escape and a pasted link work; it leads on to costs."""
    visit(page, served, "models?search=first")
    link = page.get_by_role("link", name="Alpha", exact=True)
    link.click()
    dialog = page.get_by_role("dialog")
    for text in ("alpha at local", "none needed", "$1.00 in, $10.00 out", "100k tokens", "gemma-4-31b-it free"):
        expect(dialog).to_contain_text(text)
    expect_address(page, "#models?search=first&model=alpha")
    judge(page, "a model")
    page.locator("[data-key=model-alpha]").evaluate("link => link.dataset.isOld = true")
    served.env.write_text("AI_CHAT_MODEL=lab/beta\n")  # which draws the list anew
    expect(page.locator("[data-key=model-alpha]:not([data-is-old])")).to_be_attached()
    served.env.unlink()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(link).to_be_focused()
    expect(page).to_have_url(f"{served.url}/#models?search=first")
    link.click()
    expect(dialog).to_contain_text("alpha at local")
    page.go_back()
    expect(dialog).to_have_count(0)
    visit(page, served, "costs?task=chat&model=claude-3-haiku-20240307")
    expect(dialog).to_contain_text("claude-3-haiku-20240307")
    dialog.get_by_role("button", name="Compare its cost").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_label("Compared with")).to_have_value("claude-3-haiku-20240307")
    expect(page.locator(".headline")).to_contain_text("Compared with claude-3-haiku-20240307")
    expect(row(page, "claude-3-haiku-20240307")).to_contain_text("retired")
    visit(page, served, "models?model=alpha")
    expect(dialog).to_contain_text("alpha at local")
    visit(page, served, "models?model=nobody")
    expect(dialog).to_have_count(1)
    expect(dialog.get_by_role("alert")).to_contain_text("nobody")
    dialog.get_by_role("button", name="Close").click()
    expect(page).to_have_url(f"{served.url}/#models")
