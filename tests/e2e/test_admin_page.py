"""The admin page in a real browser, with real servers behind it: what a person sees, does and is told."""

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from ledger_calls import a_context, a_reply, write_records
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from serving import CATALOGUE, TOKEN, Served, serving

from model_manager.errors import ProviderError
from model_manager.ledger.records import CallRecord, record_of_error, record_of_reply

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
VIEWS = ("Overview", "Tasks", "Models", "Test", "Timeline", "Costs")
#: Models that nobody can reach.
NOWHERE = CATALOGUE.format(url="http://127.0.0.1:9")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
        running = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield running
        running.close()


@pytest.fixture
def served(work: Path) -> Iterator[Served]:
    (work / "models.toml").write_text(NOWHERE)
    (work / ".env").write_text("# mine\nAI_CHAT_MODEL=alpha\n")
    with serving(work) as running:
        yield running


Open = Callable[..., Page]
#: A busy machine takes its time.
expect.set_options(timeout=15_000)


@pytest.fixture
def open_page(browser: Browser, served: Served) -> Iterator[Open]:
    """Opens the page, logged in; afterwards nothing may have gone wrong in it, and nothing been asked of another host."""
    contexts, complaints = [], []

    def opened(view: str = "Tasks", width: int = 1280, **options: object) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 800}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if _is_complaint(line.text) else None)
        page.on(
            "request",
            lambda request: complaints.append(request.url) if not request.url.startswith(served.url) else None,
        )
        page.goto(f"{served.url}/login?token={TOKEN}")
        expect(page.locator("#connection")).to_have_attribute("data-kind", re.compile("live|stale"))
        if view != "Overview":
            show(page, view)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """Somebody who visits a server of the test's own, which may complain."""
    context = browser.new_context()
    yield context
    context.close()


@contextmanager
def visiting(work: Path, page: Page, catalogue: str = NOWHERE, **options: Any) -> Iterator[None]:
    """A server that the page is logged in to, as long as this lasts."""
    (work / "models.toml").write_text(catalogue)
    with serving(work, **options) as served:
        page.goto(f"{served.url}/login?token={TOKEN}")
        show(page, "Tasks")
        yield


def _is_complaint(text: str) -> bool:
    """Whether the browser complains of the page: refusals by the API that the page shows are none."""
    return "Failed to load resource" not in text


def show(page: Page, view: str) -> None:
    page.get_by_role("navigation").get_by_role("link", name=view).click()
    expect(page.get_by_role("heading", level=1, name=view)).to_be_visible()


def card(page: Page, task: str):
    return page.get_by_role("article", name=task)


def test_what_a_task_really_did(open_page, clean_machine):
    """A card has the measured figures beside the profile's cost, and a profile to paste where they are far off."""
    ledger = clean_machine / "state" / "model-manager" / "ledger" / "ledger.db"
    ledger.parent.mkdir(parents=True)
    contexts = [a_context(moment=datetime.now(UTC) - timedelta(hours=hours)) for hours in range(20)]
    write_records(ledger, [record_of_reply(one, a_reply(one)) for one in contexts], project="work")
    page = open_page()
    chat = card(page, "chat")
    expect(chat).to_contain_text("$60.00 per month")
    expect(chat).to_contain_text("$0.90 per month, 20 calls per day, p50")
    chat.get_by_role("button", name="chat", exact=True).click()
    chat.get_by_text("The profile is off by a factor of two").click()
    expect(chat.locator("pre")).to_contain_text("[tasks.chat.profile]\nrequests_per_day = 20\n")
    judge(page, "measured")
    expect(card(page, "listening")).not_to_contain_text("Measured")


def recorded(number: int, now: datetime) -> CallRecord:
    """A call of one of eight tasks in the last hours; every tenth fails."""
    context = a_context(
        task=f"task{number % 8}", moment=now - timedelta(minutes=number), arm="alpha" if number % 8 == 1 else None
    )
    if number % 10 == 3:
        return record_of_error(context, ProviderError("timeout", "too late"))
    return record_of_reply(context, a_reply(context, cost_usd=Decimal(8 - number % 8)))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_overview_tells_where_the_money_goes(open_page, clean_machine, scheme):
    """Sums, six tasks and the others, models, the latest calls; charts for eye, keys and ear; a call comes by itself."""
    ledger, now = clean_machine / "state" / "model-manager" / "ledger" / "ledger.db", datetime.now(UTC)
    ledger.parent.mkdir(parents=True)
    write_records(ledger, [recorded(number, now) for number in range(200)])
    page = open_page("Overview", width=360 if scheme == "dark" else 1280, color_scheme=scheme)
    page.get_by_text("24 hours", exact=True).click()
    tasks = page.get_by_role("region", name="Tasks by cost").locator("tbody tr")
    expect(tasks).to_have_count(7)
    expect(tasks.first).to_contain_text("task0")
    expect(tasks.last).to_contain_text("2 other tasks")
    expect(page.get_by_role("region", name="Models compared")).to_contain_text("claude-haiku-5-5")
    failed = page.locator(".tile", has_text="Failed, 24 hours")
    expect(failed).to_contain_text("20 of 200 calls")
    expect(page.get_by_role("region", name="Latest calls").locator("tbody tr")).to_have_count(12)
    cursor = page.get_by_role("slider", name="Cost by task: period")
    cursor.focus()
    page.keyboard.press("Home")
    expect(cursor).to_have_attribute("aria-valuenow", "0")
    cost = page.locator("figure", has=page.get_by_role("heading", name="Cost by task"))
    expect(cost.locator(".readout")).to_have_text(cursor.get_attribute("aria-valuetext"))
    cost.locator("summary").click()
    expect(cost.locator("tbody tr")).to_have_count(24)
    judge(page, "Overview")
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    write_records(ledger, [recorded(0, datetime.now(UTC))])
    expect(failed).to_contain_text("20 of 201 calls")


def tile(page: Page, name: str):
    return page.locator(".tile", has=page.get_by_role("heading", name=name))


@pytest.fixture
def ledger(clean_machine: Path) -> Path:
    path = clean_machine / "state" / "model-manager" / "ledger" / "ledger.db"
    path.parent.mkdir(parents=True)
    return path


def test_an_overview_of_a_ledger_that_cannot_be_read(open_page, ledger):
    """A broken ledger is told in the place of its numbers with what mends it, and no tile says that nothing was spent."""
    ledger.write_text("no database" * 200)
    page = open_page("Overview")
    expect(page.get_by_role("alert")).to_contain_text("ledger.db cannot be read")
    expect(page.get_by_role("alert")).to_contain_text("move it away to start a new one")
    expect(page.locator("figure").first).to_be_hidden()
    for name in ("Spent today", "Spent this month", "Calls, 7 days", "Failed, 7 days"):
        expect(tile(page, name)).to_have_text(f"{name}\u2013cannot be read")


def test_an_overview_without_a_ledger(visitor, work, monkeypatch):
    """Where nothing is recorded no tile says that nothing was spent, or that there is no budget."""
    monkeypatch.setenv("MODEL_MANAGER_LEDGER", "off")
    page = visitor.new_page()
    with visiting(work, page, f'{NOWHERE}[budgets.all]\nlimit = 5\nper = "day"\n'):
        show(page, "Overview")
        expect(page.get_by_text("MODEL_MANAGER_LEDGER is off")).to_be_visible()
        expect(tile(page, "Spent this month")).to_have_text("Spent this month\u2013not recorded")


def test_an_overview_that_is_slow_and_then_refused(open_page):
    """The page says that it reads, and no longer once that has failed; empty frames of charts do not stay."""
    page = open_page("Costs")
    asked = threading.Event()
    page.route("**/api/ai/overview*", lambda route: asked.set() if not asked.is_set() else route.continue_())
    page.goto(page.url.partition("#")[0])  # begins anew at the overview
    expect(page.get_by_text("Reading the ledger")).to_be_visible()
    page.unroute("**/api/ai/overview*")
    page.route("**/api/ai/overview*", lambda route: route.abort())
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    expect(page.get_by_text("Reading the ledger")).to_have_count(0)
    expect(page.locator("#view-overview")).to_have_attribute("aria-busy", "false")
    expect(page.locator("figure").first).to_be_hidden()
    again = page.get_by_role("button", name="Try again")
    with page.expect_request("**/api/ai/overview*"):
        again.click()
    expect(again).to_be_visible()  # refused once more
    page.unroute("**/api/ai/overview*")
    again.evaluate_all("buttons => buttons.forEach(button => button.click())")  # the page may have asked by itself
    expect(page.get_by_text("No calls are recorded yet.")).to_be_visible()


#: Names that are no good neighbours in a table, in HTML and in a shell.
LONG = "generated.from.a.class.path." * 5
NASTY = "<script>alert(1)</script>'$(id)"


def nasty_call(number: int, moment: datetime) -> CallRecord:
    """A call of a task whose name is long or hostile."""
    name = (LONG, NASTY)[number % 2]
    context = a_context(task=name, model=name, model_id=name, moment=moment)
    return record_of_reply(context, a_reply(context, cost_usd=Decimal("0.000001")))


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_names_that_are_long_or_hostile_hide_no_number(open_page, ledger, width):
    """Whatever tasks and models are called, every table fits its place, and tells its numbers on a phone as well."""
    now = datetime.now(UTC)
    write_records(ledger, [nasty_call(number, now - timedelta(minutes=number)) for number in range(20)])
    page = open_page("Overview", width=width)
    tasks = page.get_by_role("region", name="Tasks by cost")
    expect(tasks.get_by_role("row", name=LONG)).to_contain_text("$0.00001")
    expect(tasks.get_by_role("row", name=NASTY)).to_contain_text("$0.00001")
    for table in page.locator("#view-overview details").all():
        table.locator("summary").click()
    sizes = "places => places.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.ariaLabel)"
    assert page.locator("#view-overview .scroll:has(.compact)").evaluate_all(sizes) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    judge(page, "tables")
    # Marks of an axis differ, however little has been spent.
    marks = page.locator("figure.stack .value").all_text_contents()
    assert len(marks) == len(set(marks)) > 2


def test_a_command_to_copy_is_one_for_a_shell(open_page, ledger):
    """The command that ends an experiment has a task's name as a word that no shell expands."""
    document = {
        "schema": 1, "task": NASTY, "since": None, "until": None, "sample_ratio": {"p": 0.5, "ok": True},
        "arms": [{"arm": "alpha", "model": "alpha", "percent": 100, "users": 1, "calls": 1, "failures": 0, "cost_usd": 1,
                  "cost_per_call_usd": 1, "latency_ms": {"p50": 1, "p95": 1}, "scores": {}, "difference": None}],
        "notes": [], "verdict": {"winner": "alpha", "text": "alpha wins", "users_needed": 0, "assign": "alpha"},
    }  # fmt: skip
    moment = datetime.now(UTC) - timedelta(minutes=1)
    write_records(
        ledger, [record_of_reply(one, a_reply(one)) for one in [a_context(task=NASTY, arm="alpha", moment=moment)]]
    )
    page = open_page("Costs")
    page.route("**/api/ai/arms/*", lambda route: route.fulfill(json=document))
    page.reload()
    show(page, "Overview")
    quoted = "'" + NASTY.replace("'", "'\\''") + "'"
    expect(page.get_by_text("To end it:")).to_contain_text(f"model-manager assign {quoted} alpha")


def test_a_table_keeps_the_focus_when_a_call_comes(open_page, ledger):
    """Who reads a table with the keyboard stays in it while calls are recorded."""
    write_records(ledger, [recorded(1, datetime.now(UTC))])
    page = open_page("Overview")
    calls = page.get_by_role("region", name="Latest calls")
    calls.focus()
    write_records(ledger, [recorded(2, datetime.now(UTC))])
    expect(calls.locator("tbody tr")).to_have_count(2)
    expect(calls).to_be_focused()


def test_times_are_those_of_the_visitor(open_page, ledger):
    """Days, periods and calls are in the visitor's time zone, which is named; days of budgets are said to be of UTC."""
    moment = datetime.now(UTC)
    write_records(ledger, [record_of_reply(one, a_reply(one)) for one in [a_context(moment=moment)]])
    with (ledger.parents[3] / "work" / "models.toml").open("a") as file:
        file.write('[budgets.all]\nlimit = 5\nper = "month"\n')
    page = open_page("Overview", timezone_id="Pacific/Chatham")  # twelve hours and three quarters, or one more
    expect(page.get_by_text("Times: Pacific/Chatham")).to_be_visible()
    local = moment.astimezone(ZoneInfo("Pacific/Chatham"))
    expect(page.get_by_role("region", name="Latest calls")).to_contain_text(
        f"{local:%b} {local.day}, {local:%H:%M}:"
    )
    expect(tile(page, "Spent this month")).to_contain_text("of $5.00 a month (UTC)")
    readout = page.locator("figure.stack .readout")
    expect(readout).to_have_text(re.compile(r"\d\d:00\u2013\d\d:00: "))
    page.get_by_text("24 hours", exact=True).click()
    later = local + timedelta(hours=1)  # the hour may end meanwhile
    expect(readout).to_have_text(re.compile(f", ({local:%H}:00\u2013({local:%H}|{later:%H})|{later:%H}:00\u2013)"))


def test_budgets_that_burn_come_first(open_page, ledger):
    """A tile has the budgets that are used up most, and says how many there are besides; alarms say which are over."""
    with (ledger.parents[3] / "work" / "models.toml").open("a") as file:
        for number in range(5):
            file.write(f'[budgets.b{number}]\nlimit = {10 ** (2 - number)}\nper = "month"\n')
    context = a_context(moment=datetime.now(UTC))
    write_records(ledger, [record_of_reply(context, a_reply(context, cost_usd=Decimal("0.09")))], project="work")
    page = open_page("Overview")
    month = tile(page, "Spent this month")
    expect(month.locator(".budget")).to_have_count(3)
    expect(month.locator(".budget").first).to_contain_text("b4 $0.09 of $0.01 a month, exceeded")
    expect(month).to_contain_text("and 2 more budgets")
    expect(page.get_by_text("Error: Budget b4 is exceeded: $0.09 of $0.01 spent")).to_be_visible()
    expect(page.get_by_text("Warning: Budget b3 is near its limit: $0.09 of $0.10 spent")).to_be_visible()


def test_thousands_of_models_are_fifty(open_page, ledger):
    """The page compares the models that cost most, and says how many there are besides."""
    contexts = [a_context(model=f"m{number}", moment=datetime.now(UTC)) for number in range(60)]
    write_records(
        ledger,
        [record_of_reply(one, a_reply(one, cost_usd=Decimal(place + 1))) for place, one in enumerate(contexts)],
    )
    page = open_page("Overview")
    rows = page.get_by_role("region", name="Models compared").locator("tbody tr")
    expect(rows).to_have_count(50)
    expect(rows.first).to_contain_text("m59")
    expect(page.get_by_text("and 10 models that cost less")).to_be_visible()


def test_forced_colours_win_over_a_chosen_theme(open_page, ledger):
    """With a dark high-contrast theme of the system, the text of charts is not dark because light was chosen here."""
    write_records(ledger, [recorded(1, datetime.now(UTC))])
    page = open_page("Overview", forced_colors="active", color_scheme="dark")
    page.get_by_label("Theme").select_option("light")
    scheme = page.evaluate("getComputedStyle(document.documentElement).colorScheme")
    fill = page.locator("figure.stack .value").first.evaluate("it => getComputedStyle(it).fill")
    ink = page.evaluate("getComputedStyle(document.body).color")
    assert (scheme, fill) == ("light dark", ink)


def test_a_profile_is_asked_for_only_where_there_is_none(open_page, served):
    """Where no cost is known, the page asks for profiles only if no task has one."""
    page = open_page()
    models = served.directory / "models.toml"
    catalogue = models.read_text()
    (served.directory / ".env").write_text("AI_CHAT_MODEL=nobody\n")
    expect(page.get_by_text("2 tasks. Their cost is unknown.", exact=True)).to_be_visible()
    models.write_text(re.sub("(?m)^profile.*$", "", catalogue))
    expect(page.get_by_text("2 tasks. Their cost is unknown: add a profile to each.")).to_be_visible()


@pytest.mark.parametrize(
    ("view", "field", "value"), [("Models", "Search", "beta"), ("Costs", "Prompt tokens", "77")]
)
def test_what_is_broken_is_said_once(open_page, work, view, field, value):
    """A broken catalogue is told above the views, and not once more in the one that asks for something meanwhile."""
    page = open_page(view)
    models = work / "models.toml"
    catalogue = models.read_text()
    models.write_text(f"{catalogue}\n[models.alpha.prise]\nx = 1\n")
    page.get_by_label(field).fill(value)  # asks before the page has heard
    expect(page.locator("#banner .error")).to_be_visible()
    show(page, "Tasks")
    with page.expect_response(lambda answer: answer.status == 503):
        show(page, view)
    expect(page.locator("main [aria-busy=true]:visible")).to_have_count(0)  # it has heard the refusal
    expect(page.get_by_role("alert")).to_have_count(1)
    models.write_text(catalogue)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator("table:visible")).to_have_count(1)


def test_files_that_cannot_be_used_from_the_beginning(open_page, work):
    """Whoever opens the page on a broken catalogue is told that, not that something is loading; mended, all is there."""
    catalogue = (work / "models.toml").read_text()
    (work / "models.toml").write_text(f"{catalogue}\n[models.alpha.prise]\nx = 1\n")
    page = open_page()
    expect(page.get_by_role("alert").first).to_contain_text("prise")
    for view in VIEWS:
        show(page, view)
        expect(page.get_by_role("heading", name=view, exact=True)).to_be_visible()
        expect(page.get_by_text("Loading")).to_have_count(0)
    (work / "models.toml").write_text(catalogue)
    expect(page.locator("table.costs")).to_be_visible()
    show(page, "Tasks")
    expect(card(page, "chat")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_anybody_s_way(open_page, scheme):
    """By axe there is nothing serious in the overview and the tasks, in either colours, with the editor open."""
    page = open_page("Overview", color_scheme=scheme)
    expect(page.get_by_text("No calls are recorded yet.")).to_be_visible()
    judge(page, "Overview")
    show(page, "Tasks")
    judge(page, "Tasks")
    card(page, "chat").get_by_role("button", name="Change").click()
    page.get_by_label("Route", exact=True).fill("claude-3-haiku")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    judge(page, "editor")
    page.keyboard.press("Escape")


def judge(page: Page, where: str) -> None:
    violations = Axe().run(page).response["violations"]
    serious = [
        (one["id"], [node["html"] for node in one["nodes"]][:3])
        for one in violations
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == [], where


def test_the_login_form_stands_in_nobody_s_way(browser, served):
    """Who is not logged in gets a form that works, and that axe accepts."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(served.url)
    judge(page, "login")
    page.get_by_label("Token").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text("Wrong token")
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1, name="Overview")).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Token")).to_be_visible()
    context.close()


@pytest.mark.parametrize("width", [360, 1920])
def test_it_fits(open_page, width):
    """From 360 pixels on, no view is wider than the screen, and the tab of the view is wholly on it."""
    page = open_page(width=width)
    for view in VIEWS:
        show(page, view)
        expect(page.locator("main > section:not([hidden])")).to_have_attribute(
            "aria-busy", "false"
        ) if view != "Test" else None
        assert page.evaluate("document.documentElement.scrollWidth") <= width, view
        expect(page.locator("#tabs [aria-current]")).to_be_in_viewport(ratio=0.99)
    show(page, "Tasks")
    card(page, "chat").get_by_role("button", name="Change").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.get_by_role("dialog").bounding_box()["width"] <= width


def test_colours_are_remembered(open_page):
    """The choice of colours outlives a reload."""
    page = open_page(color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_label("Theme").select_option("dark")
    dark = page.evaluate(ground)
    page.reload()
    expect(card(page, "chat")).to_be_visible()
    assert (page.evaluate(ground), light != dark) == (dark, True)


def test_the_skip_link_stays_in_the_view(open_page):
    """Who skips to the content of a view is not taken to another one."""
    page = open_page("Costs")
    page.get_by_role("link", name="Skip to content").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    expect(page.get_by_role("heading", level=1, name="Costs")).to_be_visible()


def test_a_server_that_goes_away(visitor, work):
    """Without the server the page says that it tries again; nothing is lost of what is shown."""
    page = visitor.new_page()
    with visiting(work, page):
        expect(page.get_by_role("status").first).to_have_text("Up to date")
    expect(page.get_by_role("status").first).to_have_text("Reconnecting")
    expect(card(page, "chat")).to_be_visible()


def test_a_server_that_only_reads(visitor, work):
    """`--read-only`: the page says so, lets people try a change, and offers no way to write it."""
    page = visitor.new_page()
    with visiting(work, page, read_only=True):
        expect(page.get_by_text("read-only", exact=True)).to_be_visible()
        card(page, "chat").get_by_role("button", name="Try a change").click()
        page.get_by_label("Route", exact=True).fill("lab/beta")
        expect(page.locator(".diff")).to_be_visible()
        expect(page.get_by_text("This server is read-only")).to_be_visible()
        expect(page.get_by_role("button", name="Write")).to_be_disabled()
