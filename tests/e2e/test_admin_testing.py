"""The admin page's live tests in a real browser, with a server that streams: bars, answers, repetitions and probes."""

import json
import threading
import time
from collections.abc import Iterator

import pytest
from admin_page import admin_page, expect_address, judge_everywhere, visit
from model_server import Answer, Request, by_model, model_server, refusing
from playwright.sync_api import Locator, Page, expect
from serving import CATALOGUE, Served, serving

HOSTILE = "<img src=x onerror=alert(1)><b>bold</b> & \x1b[31mred"
MORE = "".join(f'[models.{name}]\nprovider = "local"\ncapabilities = ["chat"]\n' for name in ("broken", "fast"))
#: Lets what is slow go on.
GO = threading.Event()


def slow(_: Request, answer: Answer) -> None:
    """Two words, and a third one when a test lets it go."""
    answer.piece("One ", "alpha")
    answer.piece("two ", "alpha")
    GO.wait(20)
    answer.piece("three.", "alpha")
    answer.end(model="alpha")


def fast(_: Request, answer: Answer) -> None:
    """Very many words, and the end when a test lets it go."""
    for _ in range(2000):
        answer.piece("word ", "fast")
    GO.wait(20)
    answer.end(model="fast")


def hostile(request: Request, answer: Answer) -> None:
    answer.say(request, HOSTILE)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    work, home = tmp_path_factory.mktemp("work"), tmp_path_factory.mktemp("home")
    answers = by_model({"alpha": slow, "lab/beta": hostile, "broken": refusing(401, "wrong key"), "fast": fast})
    with model_server(answers) as models:
        (work / "models.toml").write_text(CATALOGUE.format(url=models.url) + MORE)
        with serving(work, home=home) as running:
            yield running
            GO.set()


@pytest.fixture(scope="module")
def opened(served: Served) -> Iterator[Page]:
    with admin_page(served) as page:
        yield page


@pytest.fixture
def page(opened: Page) -> Page:
    GO.clear()
    return opened


def bars_of(page: Page, model: str) -> Locator:
    return page.locator("table.comparison tbody tr").filter(has=page.get_by_text(model, exact=True))


def test_answers_as_bars_and_side_by_side(page, served):
    """Several models answer at once: times and costs as bars of one scale, the words as they come below; text stays text."""
    visit(page, served, "test?models=alpha,lab/beta")
    page.get_by_label("Add a model").fill("broken")
    page.get_by_label("Prompt", exact=True).fill("Count to three.")
    page.get_by_role("button", name="Run").click()
    alpha, beta, broken = (page.get_by_role("article", name=name) for name in ("alpha", "lab/beta", "broken"))
    expect(alpha.locator(".answer")).to_have_text("One two ")
    expect(bars_of(page, "alpha")).to_contain_text("answering")
    expect(bars_of(page, "alpha").locator("td").first).to_contain_text("about")
    GO.set()
    expect(alpha.locator(".answer")).to_have_text("One two three.")
    expect(beta.locator(".answer")).to_have_text(HOSTILE)
    expect(beta.locator("img, b")).to_have_count(0)
    expect(alpha).to_contain_text("tokens/s")
    expect(bars_of(page, "alpha").locator("td").last).to_contain_text("$0.00006")
    expect(bars_of(page, "lab/beta").locator("td").last).to_contain_text("cheapest")
    widths = page.locator(".comparison td:last-child .bar").evaluate_all(
        "bars => bars.map(bar => bar.style.inlineSize)"
    )
    assert widths == ["100%", "10%"]
    expect(bars_of(page, "broken")).to_contain_text("failed: auth")
    expect(broken).to_contain_text("wrong key")
    expect(page.locator("#announcer")).to_have_text("2 of 3 models answered.")
    expect(page.get_by_text("spent in the last hour")).to_contain_text("$0.000066 of $5.00")
    expect_address(page, "#test?models=alpha%2Clab%2Fbeta%2Cbroken")  # and no word of the prompt
    judge_everywhere(page, "answers, one of them none")


def test_each_model_several_times(page, served):
    """Repeated calls become a median with its range and the number that answered; a number too large is not sent."""
    GO.set()
    visit(page, served, "test?models=lab/beta,broken&repeat=3")
    page.get_by_role("button", name="Run").click()
    expect(bars_of(page, "lab/beta")).to_contain_text("3 of 3 answered")
    expect(bars_of(page, "broken")).to_contain_text("0 of 3 answered")
    expect(page.locator("#announcer")).to_have_text("3 of 6 calls answered.")
    expect(bars_of(page, "lab/beta").locator("td").last).to_contain_text("$0.000006")
    expect(page.get_by_role("article", name="broken").locator(".findings li")).to_have_count(1)  # said once
    page.get_by_label("Repeat").fill("21")
    page.get_by_role("button", name="Run").click()
    assert page.get_by_label("Repeat").evaluate("input => input.validity.rangeOverflow")
    visit(page, served, "test?repeat=99")
    expect(page.get_by_label("Repeat")).to_have_value("1")


def test_what_models_can_do(page, served):
    """Probes show how far they are, then a table beside the catalogue's words, the evidence, and lines to paste."""
    GO.set()
    visit(page, served, "test?kind=probe&models=lab/beta,broken")
    expect(page.get_by_label("Prompt", exact=True)).to_be_hidden()
    expect(page.get_by_label("Repeat")).to_be_hidden()
    page.get_by_role("button", name="Run").click()
    table = page.get_by_role("table", name="Capabilities of each model")
    chat = table.get_by_role("row").filter(has=page.get_by_role("rowheader", name="chat"))
    expect(chat).to_contain_text("yes")
    vision = table.get_by_role("row").filter(has=page.get_by_role("rowheader", name="vision"))
    expect(vision).to_contain_text("the catalogue says yes")
    expect(vision).to_contain_text("unknown")
    beta = page.get_by_role("article", name="lab/beta")
    expect(beta).to_contain_text("To put into models.toml:")
    beta.get_by_text("Evidence").click()
    expect(beta).to_contain_text("answered")
    expect(page.get_by_role("article", name="broken")).to_contain_text("auth: local answered HTTP 401")
    expect(page.locator("#announcer")).to_have_text("2 models probed.")
    judge_everywhere(page, "findings of probes")


def test_a_test_is_stopped(page, served):
    """Stop ends the calls by the keyboard alone; what has come stays, thousands of pieces as one text."""
    visit(page, served, "test?models=fast")
    page.get_by_label("Or all models of a task").select_option("chat")
    page.get_by_role("button", name="Run").focus()
    page.keyboard.press("Enter")
    answer, many = (page.get_by_role("article", name=name) for name in ("alpha", "fast"))
    expect(answer.locator(".answer")).to_have_text("One two ")
    expect(many.locator(".answer")).to_have_text("word " * 2000)
    assert many.locator(".answer").evaluate("it => it.childNodes.length") == 1
    expect(page.get_by_role("button", name="Stop")).to_be_focused()
    page.keyboard.press("Enter")
    expect(answer.locator(".state")).to_have_text("stopped")
    expect(bars_of(page, "alpha")).to_contain_text("stopped")
    expect(page.get_by_role("button", name="Run")).to_be_focused()
    expect(answer.locator(".answer")).to_have_text("One two ")
    runner = served.serving.app.state.server.tests
    deadline = time.monotonic() + 15
    while runner.count and time.monotonic() < deadline:
        time.sleep(0.02)
    assert runner.count == 0


def test_what_cannot_be_tested(page, served):
    """An unknown name is not passed over, none at all is told, and a refusal of the server is shown in its words."""
    GO.set()
    visit(page, served, "test")
    expect(page.get_by_text("At most")).to_have_count(0)
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("alert")).to_contain_text("No model to test.")
    name = page.get_by_label("Add a model")
    name.fill("lab/beta")
    name.press("Enter")
    name.fill("nobody")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("alert")).to_contain_text('There is no model "nobody".')
    expect(name).to_be_focused()
    refusal = json.dumps({"detail": "16 tests are already running", "kind": "rate_limit", "status": 429})
    page.route("**/api/ai/models/test", lambda route: route.fulfill(status=429, body=refusal))
    name.fill("")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("alert")).to_contain_text("16 tests are already running")
    expect(bars_of(page, "lab/beta")).to_contain_text("failed")
    page.unroute("**/api/ai/models/test")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("article", name="lab/beta").locator(".answer")).to_have_text(HOSTILE)
    expect(page.get_by_role("alert")).to_have_count(0)
