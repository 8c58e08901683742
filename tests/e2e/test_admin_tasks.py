"""The admin page's tasks in a real browser: the list, the editor of a route, and where a call goes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from admin_page import admin_page, expect_address, judge, judge_everywhere, visit
from playwright.sync_api import Locator, Page, Route, expect
from serving import CATALOGUE, TOKEN, Served, serving

NOWHERE = CATALOGUE.format(url="http://127.0.0.1:9")
PROFILE = "profile = {{ requests_per_day = {}, input_tokens = 1000, output_tokens = 100 }}\n"
MORE = f"""
[tasks.chat.preferences]
fast = "lab/beta"
[tasks.chat.auto]
simple = "lab/beta"
complex = "alpha"
[tasks.titles]
purpose = "A title for each conversation"
model = "alpha"
{PROFILE.format(500)}
"""
#: What the files of the server have before each test.
MODELS, ENV = NOWHERE + MORE, "# mine\nAI_CHAT_MODEL=alpha\nAI_TITLES_MODEL=alpha\n"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server in whose environment the model of the task `titles` is set."""
    work, home = tmp_path_factory.mktemp("work"), tmp_path_factory.mktemp("home")
    _lay(work)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AI_TITLES_MODEL", "lab/beta")
        with serving(work, home=home) as running:
            yield running


@pytest.fixture(scope="module")
def browsing(served: Served) -> Iterator[Page]:
    with admin_page(served) as opened:
        yield opened


@pytest.fixture
def page(browsing: Page, served: Served) -> Page:
    """The list of tasks as it is at first."""
    _lay(served.directory)
    browsing.goto("about:blank")
    visit(browsing, served, "tasks")
    expect(row(browsing, "chat")).to_contain_text("$60.00 per month")
    expect(browsing.locator("#connection")).to_have_text("Up to date")
    return browsing


def _lay(work: Path) -> None:
    (work / "models.toml").write_text(MODELS)
    (work / ".env").write_text(ENV)


def row(page: Page, task: str) -> Locator:
    return page.get_by_role("article", name=task, exact=True)


def change(page: Page, task: str) -> Locator:
    """Open the editor of a task."""
    row(page, task).get_by_role("button", name="Change").click()
    dialog = page.get_by_role("dialog", name=f"Change {task}")
    expect(dialog.locator(".impact")).to_be_visible()
    return dialog


def names(page: Page) -> Locator:
    return page.get_by_role("article").get_by_role("heading", level=2)


def test_the_list_says_what_matters_first(page, served):
    """Errors come first, then what costs most; each row has model, source, cost and share, the rest when it is opened."""
    chat = row(page, "chat")
    for text in ("Main conversations", "AI_CHAT_MODEL in .env:2", "$60.00 per month", "95% of all"):
        expect(chat.locator(".task-line")).to_contain_text(text)
    expect(page.get_by_text("3 tasks, $63.00 per month, and 1 task of unknown cost.")).to_be_visible()
    titles = row(page, "titles")
    expect(titles.locator(".task-line")).to_contain_text("Not in effect: alpha from AI_TITLES_MODEL in .env:3")
    expect(names(page)).to_have_text(["chat", "titles", "listening"])
    (served.directory / ".env").write_text("AI_LISTENING_MODEL=lab/beta\n")
    expect(row(page, "listening").locator(".task-line")).to_contain_text("Error: lab/beta lacks audio")
    expect(names(page)).to_have_text(["listening", "chat", "titles"])
    chat.get_by_role("button", name="chat", exact=True).click()
    expect(chat.locator(".task-more")).to_contain_text("Preference fastlab/beta")
    expect(chat.locator(".task-more")).to_contain_text(
        "claude-haiku-5-5 (default_model of the embedded catalogue)"
    )
    judge_everywhere(page, "the list of tasks")


def test_where_a_call_goes_and_why(page, served):
    """An opened task explains which model a call would go to: of a user, by a preference, for a prompt."""
    (served.directory / ".env").write_text("AI_CHAT_MODEL=50:alpha+50:lab/beta,auto\n")
    expect(row(page, "chat").locator(".task-route > .route")).to_have_text(
        "50% alpha50% lab/betaif that fails\u2192auto"
    )
    visit(page, served, "tasks?task=chat")
    panel = page.get_by_role("region", name="Where a call of chat goes")
    tries = panel.get_by_role("list", name="Models in the order of the route").get_by_role("listitem")
    expect(tries).to_have_count(3)
    expect(tries.first).to_have_text("alpha 50%: called")
    panel.get_by_label("User").fill("somebody-2")
    expect(panel.locator(".why p").first).to_contain_text("user")
    panel.get_by_label("Preference").select_option("fast")
    expect(panel.locator(".why p").first).to_contain_text("A call goes to lab/beta: ")
    expect(tries).to_have_count(1)


def test_a_route_is_built_of_boxes_and_text(page, served):
    """Boxes and text stay in step: a model is searched, traffic split and moved, a fallback added; then it is written."""
    dialog = change(page, "chat")
    text = dialog.get_by_label("Route", exact=True)
    expect(text).to_be_focused()
    expect(dialog).to_contain_text(".env already has this.")
    expect(dialog.get_by_role("button", name="Write")).to_be_disabled()
    dialog.get_by_role("button", name="Option 1: split").click()
    second = dialog.get_by_role("combobox", name="Option 1, share 2: model")
    expect(second).to_be_focused()
    page.keyboard.type("beta lab")
    options = page.get_by_role("listbox").get_by_role("option")
    expect(options.first).to_contain_text("$6.00 a month")
    page.keyboard.press("Enter")
    expect(text).to_have_value("90:alpha+10:lab/beta")
    dialog.get_by_role("slider", name="share 2").fill("25")
    expect(text).to_have_value("75:alpha+25:lab/beta")
    expect(dialog.locator(".impact")).to_contain_text("$46.50 a month")
    dialog.get_by_role("button", name="Add a fallback").click()
    expect(options).to_have_count(0)
    expect(dialog.get_by_role("combobox").last).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(options).to_have_count(50)  # of the many models of the catalogue
    expect(page.locator(".options .more")).to_contain_text("more: type to narrow them down")
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    page.keyboard.type("auto")
    judge(page, "a list of models")
    page.keyboard.press("Enter")
    expect(text).to_have_value("75:alpha+25:lab/beta,auto")
    expect(dialog.locator(".chain-option").last).to_contain_text("simple lab/betacomplex alpha")
    dialog.get_by_label("Equal shares").check()
    expect(text).to_have_value("alpha+lab/beta,auto")
    dialog.get_by_role("button", name="Option 2: earlier").click()
    expect(text).to_have_value("auto,alpha+lab/beta")
    text.fill("lab/beta,alpha")
    expect(dialog.get_by_role("combobox")).to_have_count(2)
    expect(dialog.get_by_role("combobox").first).to_have_value("lab/beta")
    expect(dialog.locator(".diff")).to_contain_text("-AI_CHAT_MODEL=alpha\n+AI_CHAT_MODEL=lab/beta,alpha")
    expect(dialog.locator(".impact")).to_contain_text("\u2212$54.00 a month")
    assert served.env.read_text() == ENV
    judge_everywhere(page, "the editor")
    dialog.get_by_role("button", name="Write").click()
    expect(dialog).to_be_hidden()
    assert "AI_CHAT_MODEL=lab/beta,alpha\n" in served.env.read_text()
    news = row(page, "chat").get_by_role("status")
    expect(news).to_have_text("chat is lab/beta,alpha now, in .env.")
    expect(row(page, "chat").get_by_role("button", name="Change")).to_be_focused()
    served.env.write_text("AI_CHAT_MODEL=alpha\n")
    expect(news).to_have_text("")  # it holds no more


def test_costs_that_come_late_are_in_the_list_that_is_open(page):
    """Who looks for a model before the page knows what each would cost sees it in the list as soon as it does."""
    held: list[Route] = []
    page.route("**/api/ai/costs", lambda route: held.append(route))  # noqa: PLW0108 - playwright marks its handlers
    dialog = change(page, "chat")
    dialog.get_by_role("combobox").fill("beta lab")
    option = page.get_by_role("listbox").get_by_role("option").first
    expect(option).to_have_text("lab/betalocal \u00b7 $0.10 in, $1.00 out")
    held[0].continue_()
    expect(option).to_have_text("lab/betalocal \u00b7 $0.10 in, $1.00 out$6.00 a month")
    page.unroute("**/api/ai/costs")


def test_what_the_environment_hides_is_not_in_effect(page, served):
    """Where the environment overrides the file, the editor says so before and after, and nothing as done."""
    held: list[Route] = []
    page.route("**/api/ai/costs", lambda route: held.append(route))  # noqa: PLW0108 - playwright marks its handlers
    dialog = change(page, "titles")
    expect(dialog.get_by_text("Not in effect: what is written here")).to_be_visible()
    dialog.get_by_label("Route", exact=True).fill("lab/beta,alpha")
    expect(dialog.locator(".diff")).to_contain_text("+AI_TITLES_MODEL=lab/beta,alpha")
    expect(dialog.locator(".impact")).to_contain_text("unknown")
    planned: list[str] = []
    page.on("request", lambda asked: planned.append(asked.url) if asked.method == "PUT" else None)
    for late in held:
        late.continue_()
    page.unroute("**/api/ai/costs")
    expect(dialog.locator(".impact")).to_have_text("Cost$3.00 a month")
    assert planned == []  # drawn with the costs, not asked for again: Write would be off for that long
    dialog.get_by_role("button", name="Write").click()
    expect(row(page, "titles").get_by_role("status")).to_have_text(
        "Not in effect: AI_TITLES_MODEL=lab/beta,alpha is in .env, but AI_TITLES_MODEL in the environment overrides it."
    )
    assert "AI_TITLES_MODEL=lab/beta,alpha\n" in served.env.read_text()


def test_links_and_back(page, served):
    """An editor has an address: a link opens it, Back closes it, and leads through views as they were."""
    change(page, "chat")
    expect_address(page, "#tasks?edit=chat")
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect_address(page, "#tasks")
    visit(page, served, "tasks?edit=listening")
    expect(page.get_by_role("dialog", name="Change listening")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    row(page, "titles").get_by_role("button", name="titles", exact=True).click()
    row(page, "titles").get_by_role("button", name="Compare its cost").click()
    expect(page.get_by_role("heading", level=1, name="Costs")).to_be_visible()
    expect_address(page, "#costs?task=titles")
    page.go_back()
    expect(page.get_by_role("heading", level=1, name="Tasks")).to_be_visible()
    expect_address(page, "#tasks?task=titles")
    page.get_by_role("link", name="Models").click()
    expect(page.get_by_role("heading", level=1, name="Models")).to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_label("Search", exact=True)).to_be_focused()


def test_one_editor_follows_another(page):
    """Where the address goes from the editor of one task to that of another, that one opens and stays, also at once."""
    change(page, "chat")
    page.evaluate("location.hash = '#tasks?edit=titles'")
    expect(page.get_by_role("dialog", name="Change titles")).to_be_visible()
    page.evaluate(
        """() => {
          const leave = () => { location.hash = "#tasks"; window.dispatchEvent(new Event("hashchange")); };
          leave();
          location.hash = "#tasks?edit=listening";
          window.dispatchEvent(new Event("hashchange"));
        }"""
    )
    expect(page.get_by_role("dialog", name="Change listening")).to_be_visible()
    expect(page.get_by_role("dialog", name="Change listening").locator(".impact")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(1)
    expect_address(page, "#tasks?edit=listening")


def test_an_editor_opens_while_the_page_goes_back_from_another(page):
    """Who closes an editor and opens the next one at once gets it, with its own entry in the history."""
    change(page, "chat")
    page.evaluate(
        """() => {
          const dialog = document.querySelector("dialog[open]");
          dialog.addEventListener("close", () => document.querySelector("[data-key=change-titles]").click());
          dialog.close();
        }"""
    )
    expect(page.get_by_role("dialog", name="Change titles").locator(".impact")).to_be_visible()
    expect_address(page, "#tasks?edit=titles")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect_address(page, "#tasks")


def test_going_back_that_is_stopped(page):
    """Where the browser does not go back, the page's address follows what is done next all the same."""
    change(page, "chat")
    page.evaluate("history.back = () => {}")
    page.keyboard.press("Escape")
    row(page, "titles").get_by_role("button", name="titles", exact=True).click()
    expect_address(page, "&task=titles")


def test_many_tasks_are_searched(page, served):
    """With many tasks there is a search: its key is "/", its words are in the address, and none left is told."""
    tasks = "".join(
        f'[tasks.{"search" if number == 0 else f"extra{number}"}]\nmodel = "alpha"\n' for number in range(9)
    )
    (served.directory / "models.toml").write_text(MODELS + tasks)
    expect(page.get_by_role("article")).to_have_count(12)
    expect(row(page, "search")).to_be_visible()  # a task may be called like a part of the page
    page.keyboard.press("/")
    expect(page.get_by_label("Find a task")).to_be_focused()
    page.keyboard.type("conversations main")
    expect(page.get_by_role("article")).to_have_count(1)
    expect_address(page, "#tasks?q=conversations+main")
    page.get_by_label("Find a task").fill("nothing of this")
    page.get_by_role("button", name="Show all tasks").click()
    expect(page.get_by_role("article")).to_have_count(12)


def test_a_change_that_is_refused(page, served):
    """What `assign` refuses is told with its reason and can be forced; what does not parse cannot, nor move the boxes."""
    dialog = change(page, "chat")
    text = dialog.get_by_label("Route", exact=True)
    text.fill("claude-3-haiku")
    expect(dialog.get_by_role("alert")).to_contain_text("retired")
    judge(page, "a refusal")
    dialog.get_by_label("Write it anyway").check()
    expect(dialog.locator(".diff")).to_contain_text("+AI_CHAT_MODEL=claude-3-haiku")
    dialog.get_by_label("Write it anyway").uncheck()
    text.fill("alpha,,")
    expect(dialog.get_by_role("alert")).to_contain_text("position 7")
    expect(dialog.get_by_text("The text is no route yet")).to_be_visible()
    expect(dialog.get_by_role("combobox")).to_have_value("claude-3-haiku")
    expect(dialog.get_by_label("Write it anyway")).to_be_hidden()
    expect(dialog.get_by_role("button", name="Write")).to_be_disabled()
    assert served.env.read_text() == ENV


def test_a_value_is_removed(page, served):
    """The task's own line can be taken away; what is below it counts."""
    change(page, "chat").get_by_role("button", name="Remove AI_CHAT_MODEL").click()
    expect(row(page, "chat").get_by_role("status")).to_have_text("AI_CHAT_MODEL was removed from .env.")
    expect(row(page, "chat").locator(".source")).to_contain_text("tasks.chat.model in ")
    assert served.env.read_text() == "# mine\nAI_TITLES_MODEL=alpha\n"


def test_changes_of_others_come_by_themselves(page, served):
    """A change on disk or by another client is shown without a reload; only news is said aloud, and shown where one looks."""
    aloud, toasts = page.locator("#announcer"), page.get_by_role("region", name="Messages")
    served.env.write_text("\n\n\nAI_CHAT_MODEL=alpha\n")
    expect(row(page, "chat")).to_contain_text("AI_CHAT_MODEL in .env:4")
    expect(aloud).to_have_text("")
    expect(toasts).to_have_text("")
    page.get_by_role("link", name="Costs").click()
    expect(page.get_by_role("heading", level=1, name="Costs")).to_be_visible()
    route = {"route": "lab/beta", "force": True}
    assert served.send("PUT", "/api/ai/tasks/listening", route).status_code == 200
    expect(toasts).to_contain_text("Changed: listening")
    expect(aloud).to_have_text("Changed: listening")
    judge(page, "a message")
    toasts.get_by_role("button", name="Show").click()
    expect(row(page, "listening").locator(".task-more")).to_be_visible()
    expect(row(page, "listening")).to_contain_text("AI_LISTENING_MODEL in .env:5")


def test_a_reading_that_comes_late_brings_nothing_old_back(page, served):
    """Where the answers to two readings change places, the page shows the later one."""
    held: list[Route] = []
    page.route("**/api/ai/tasks", lambda route: route.continue_() if held else held.append(route))
    with page.expect_request("**/api/ai/tasks"):
        served.env.write_text("AI_CHAT_MODEL=lab/beta\n")
    answer = served.get("/api/ai/tasks")
    served.env.write_text("AI_CHAT_MODEL=lab/beta,alpha\n")
    expect(row(page, "chat").locator(".task-route .names")).to_have_count(2)
    with page.expect_request_finished(lambda request: request == held[0].request):
        held[0].fulfill(json=answer.json())
    page.evaluate("() => new Promise(done => setTimeout(done, 100))")
    expect(row(page, "chat").locator(".task-route .names")).to_have_count(2)
    page.unroute("**/api/ai/tasks")


def test_a_change_before_the_page_listens_is_shown(page, served):
    """What changes after the page has read, and before it hears of changes, is shown all the same."""

    def late(route: Route) -> None:
        with served.client() as client, client.stream("GET", "/api/ai/events") as stream:
            lines = stream.iter_lines()
            next(lines)  # it has begun
            served.env.write_text("AI_CHAT_MODEL=lab/beta\n")
            assert "event: assignments" in lines
        route.continue_()

    page.route("**/api/ai/events", late)
    page.reload()
    expect(row(page, "chat").locator(".task-route")).to_contain_text("lab/beta")
    page.unroute("**/api/ai/events")


def test_what_the_page_writes_is_told_once(page, served):
    """The task's own note says what was written, and no message does, though the change is heard of before the answer."""

    def late(route):
        answer = route.fetch()
        if route.request.method == "PUT" and "dry_run" not in (route.request.post_data or ""):
            expect(row(page, "chat")).to_contain_text("lab/beta")
        route.fulfill(response=answer)

    def undone_late(route):
        answer = route.fetch()
        expect(row(page, "chat")).to_contain_text("$60.00 per month")
        route.fulfill(response=answer)

    page.route("**/api/ai/tasks/chat", late)
    page.route("**/api/ai/tasks/chat/undo", undone_late)
    page.evaluate("""window.told = 0;
        const tell = (changes) => { window.told += changes.flatMap((one) => [...one.addedNodes])
          .filter((node) => node.className === "warning-box" || node.parentNode?.id === "toasts").length; };
        new MutationObserver(tell).observe(document.body, {childList: true, subtree: true})""")
    dialog = change(page, "chat")
    dialog.get_by_label("Route", exact=True).fill("lab/beta")
    dialog.get_by_role("button", name="Write").click()
    expect(row(page, "chat").get_by_role("status")).to_have_text("chat is lab/beta now, in .env.")
    assert "AI_CHAT_MODEL=lab/beta\n" in served.env.read_text()
    change(page, "chat")
    dialog.get_by_text("History", exact=True).click()
    dialog.get_by_role("button", name="Undo the last change").click()
    expect(row(page, "chat").get_by_role("status")).to_have_text("Undone in .env: AI_CHAT_MODEL is alpha again.")
    assert page.evaluate("window.told") == 0
    for path in ("chat", "chat/undo"):
        page.unroute(f"**/api/ai/tasks/{path}")


def test_the_history_and_its_undo(page, served):
    """The dialog tells who changed the task from what to what, by which interface, and takes the last change back."""
    (served.directory / "models.toml").write_text(MODELS.replace("tasks.titles", "tasks.names"))
    for route in ("lab/beta", "alpha"):
        assert served.send("PUT", "/api/ai/tasks/names", {"route": route}).status_code == 200
    expect(row(page, "names").locator(".task-route")).to_have_text("alphaAI_NAMES_MODEL in .env:4")
    dialog = change(page, "names")
    dialog.get_by_label("Route", exact=True).fill("alpha,lab/beta")
    dialog.get_by_role("button", name="Write").click()
    expect(dialog).to_be_hidden()
    change(page, "names")
    page.get_by_text("History", exact=True).click()
    changes = dialog.get_by_role("list", name="Changes of names").get_by_role("listitem")
    expect(changes).to_have_count(3)
    expect(changes.nth(0)).to_contain_text("alpha \u2192 alpha,lab/beta")
    expect(changes.nth(0)).to_contain_text("by API client 127.0.0.1 (page), in .env")
    expect(changes.nth(1)).to_contain_text("lab/beta \u2192 alpha")
    judge(page, "history")
    dialog.get_by_role("button", name="Undo the last change").click()
    expect(dialog).to_be_hidden()
    expect(row(page, "names").get_by_role("status")).to_have_text("Undone in .env: AI_NAMES_MODEL is alpha again.")
    expect(row(page, "names").get_by_role("button", name="Change")).to_be_focused()
    change(page, "names")
    page.get_by_text("History", exact=True).click()
    expect(changes).to_have_count(4)
    expect(changes.nth(0)).to_contain_text("undo")
    expect(changes.nth(1)).to_contain_text("undone")
    undo = dialog.get_by_role("button", name="Undo the last change")
    expect(undo).to_be_hidden()
    assert served.send("PUT", "/api/ai/tasks/names", {"route": "lab/beta"}).status_code == 200
    expect(undo).to_be_visible()

    def come_between(route):
        served.env.write_text("AI_NAMES_MODEL=lab/beta,alpha\n")
        route.continue_()

    page.route("**/undo", come_between)
    undo.click()
    expect(dialog.get_by_text("has changed since it was read")).to_be_visible()
    page.unroute("**/undo")
    assert served.env.read_text() == "AI_NAMES_MODEL=lab/beta,alpha\n"


def test_two_people_edit_the_same_task(page, served):
    """Who writes second hears what the first has written, keeps the text, and overwrites only knowingly."""
    first = page.context.browser.new_page()
    first.goto(f"{served.url}/login?token={TOKEN}")
    expect(first.locator("#connection")).to_have_text("Up to date")
    visit(first, served, "tasks")
    for each, route in ((page, "lab/beta"), (first, "lab/beta,alpha")):
        change(each, "chat").get_by_label("Route", exact=True).fill(route)
        expect(each.locator(".diff")).to_be_visible()
    first.get_by_role("button", name="Write").click()
    expect(first.get_by_role("dialog")).to_have_count(0)
    first.close()
    expect(page.get_by_text("chat was set to lab/beta,alpha")).to_be_visible()
    expect(page.get_by_label("Route", exact=True)).to_have_value("lab/beta")
    expect(page.locator(".diff")).to_contain_text("-AI_CHAT_MODEL=lab/beta,alpha\n+AI_CHAT_MODEL=lab/beta")
    page.get_by_role("button", name="Write").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert "AI_CHAT_MODEL=lab/beta\n" in served.env.read_text()


def test_files_that_cannot_be_used(page, served):
    """Broken files are told with every place while what is shown stays; mended, the page and its editor go on."""
    models, banner = served.directory / "models.toml", page.locator("#banner .error")
    dialog = change(page, "chat")
    models.write_text(f"{MODELS}\n[models.alpha.prise]\nx = 1\n")
    dialog.get_by_label("Route", exact=True).fill("lab/beta")
    expect(dialog.get_by_role("button", name="Try again")).to_be_visible()
    expect(banner).to_contain_text("prise")
    expect(banner).to_have_count(1)
    expect(page.locator("#connection")).to_have_text("Not up to date")
    models.write_text(MODELS.replace("input = 1,", "input = 2,"))
    expect(dialog.get_by_role("button", name="Write")).to_be_enabled()
    page.keyboard.press("Escape")
    expect(row(page, "chat")).to_contain_text("$90.00 per month")
    expect(banner).to_have_count(0)
    expect(page.locator("#connection")).to_have_text("Up to date")
    models.write_text(NOWHERE.partition("[tasks")[0].replace("\n", "\nextends = false\n", 1))
    expect(page.get_by_text("The catalogue has no tasks.")).to_be_visible()
    judge_everywhere(page, "no tasks")


def test_a_login_that_ends_is_asked_for_in_place(page):
    """A page whose login counts no more says so and why, asks for the token, and goes on with what somebody has typed."""
    dialog = change(page, "chat")
    page.context.clear_cookies()
    dialog.get_by_label("Route", exact=True).fill("lab/beta")
    login = page.get_by_role("dialog", name="Your login has ended")
    expect(login).to_contain_text("A restart of the server ends every login")
    expect(page.locator("#connection")).to_have_text("Login ended")
    login.get_by_label("Token").fill("wrong")
    page.keyboard.press("Enter")
    expect(login.get_by_role("alert")).to_contain_text("Wrong token.")
    judge(page, "login in place")
    login.get_by_role("button", name="Not now").click()
    page.keyboard.press("Escape")
    page.get_by_role("banner").get_by_role("button", name="Log in").click()
    login.get_by_label("Token").fill(TOKEN)
    page.keyboard.press("Enter")
    expect(login).to_be_hidden()
    expect(page.locator("#connection")).to_have_text("Up to date")
    change(page, "chat")
    page.context.clear_cookies()
    dialog.get_by_label("Route", exact=True).fill("lab/beta,alpha")
    login.get_by_label("Token").fill(TOKEN)
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="Write")).to_be_enabled()
    expect(dialog.get_by_label("Route", exact=True)).to_have_value("lab/beta,alpha")


def test_the_keyboard_is_enough(page, served):
    """From the first Tab to a written change without a mouse."""
    page.reload()
    expect(row(page, "chat")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(row(page, "chat").get_by_role("button", name="chat", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    expect(row(page, "chat").get_by_role("button", name="Change")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Route", exact=True)).to_be_focused()
    page.keyboard.type("lab/beta")
    expect(page.locator(".diff")).to_contain_text("+AI_CHAT_MODEL=lab/beta")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert "AI_CHAT_MODEL=lab/beta\n" in served.env.read_text()
