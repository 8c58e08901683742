// The page: its views, what they share, and what keeps them up to date.

import { addressOf, addressView, lastAddress, tellAddress } from "./address.js";
import { read, readAgain, Refusal } from "./api.js";
import { announce, closeNow, problemBox, swap } from "./dom.js";
import { costsView } from "./costs.js";
import { modelsView } from "./models.js";
import { overviewView } from "./overview.js";
import { connection, loginAgain } from "./session.js";
import { tasksView } from "./tasks.js";
import { testView } from "./testing.js";
import { timelineView } from "./timeline.js";
import { toast } from "./toasts.js";

/**
 * What all views know: `server`, `catalogue` (every model) and `tasks`, as the API has them, null until read; and
 * whether the last reading failed, which is said above the views.
 */
const state = { server: null, catalogue: null, tasks: null, isBroken: false };
const views = { overview: overviewView, tasks: tasksView, models: modelsView, test: testView, costs: costsView, timeline: timelineView };
const made = {};

const shared = {
  state,
  /** Show a view, with something it is to begin with, in the state of its address that `values` gives. */
  show(name, given, values = {}) {
    view(name)?.begin?.(given);
    location.hash = addressOf(name, values);
  },
  /** Read everything again. */
  refresh: load,
  /** The tasks that this page is writing: their changes are told where they are made. */
  own: new Set(),
};

function view(name) {
  if (!made[name]) made[name] = views[name](document.getElementById(`view-${name}`), shared);
  return made[name];
}

/** The view that is shown; a change of its state alone moves neither the focus nor the page. */
let present = null;

function navigate() {
  if (!Object.hasOwn(views, addressView())) history.replaceState(history.state, "", "#overview");
  const name = addressView();
  const isOther = name !== present;
  if (isOther) for (const dialog of document.querySelectorAll("dialog[open]:not(.login)")) closeNow(dialog); // those of the view that is left
  present = name;
  for (const other of Object.keys(views)) {
    document.getElementById(`view-${other}`).hidden = other !== name;
  }
  for (const link of document.querySelectorAll("#tabs a")) {
    if (link.dataset.view === name) {
      link.setAttribute("aria-current", "page");
      link.scrollIntoView({ block: "nearest", inline: "nearest" }); // a narrow screen has room for some of the tabs
    } else link.removeAttribute("aria-current");
    link.href = link.dataset.view === name ? `#${name}` : lastAddress(link.dataset.view);
  }
  document.title = `${name[0].toUpperCase()}${name.slice(1)} - model-manager`;
  const shown = view(name);
  tellAddress(name);
  if (isOther) shown.update();
  return isOther;
}

/** What was read last of each path: a large catalogue is not made anew where it is the same. */
const kept = new Map();
/** How many readings have begun, and which of them is shown: one that is overtaken by a later one would bring back the past. */
let begun = 0;
let newest = 0;

async function load() {
  const banner = document.getElementById("banner");
  const mine = ++begun;
  try {
    const found = await Promise.all([
      read("api/ai/server"),
      readAgain("api/ai/models?all=true", kept),
      readAgain("api/ai/tasks", kept).then((answer) => answer.tasks),
    ]);
    if (mine < newest) return;
    newest = mine;
    [state.server, state.catalogue, state.tasks] = found;
    state.isBroken = false;
    swap(banner);
    stand();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (mine < newest) return;
    newest = mine;
    state.isBroken = true;
    if (error.problem.kind !== "auth") swap(banner, problemBox(error.problem, load));
    stand();
    for (const one of Object.values(made)) one.broken?.(); // two boxes would say the same
    if (!state.tasks) for (const one of Object.values(made)) one.update(); // nothing is loading any more
    return;
  }
  document.getElementById("directory").textContent = state.server.directory;
  document.getElementById("read-only").hidden = !state.server.read_only;
  for (const one of Object.values(made)) one.update();
}

// One connection tells of changes. A page that nobody looks at gives it back: browsers have few for each server.
let events = null;
/** Whether something may have changed that no event told of: between the first reading and the first connection, too. */
let wasLost = true;
let lostTimes = 0;
let isLoggedOut = false;

function listen() {
  if (events || document.hidden || isLoggedOut) return;
  events = new EventSource("api/ai/events");
  events.onopen = () => {
    stand();
    if (wasLost) load();
    [wasLost, lostTimes] = [false, 0];
  };
  events.onerror = () => {
    if (isLoggedOut) return;
    connection("lost", "Reconnecting", "The server cannot be reached; what is shown may be old");
    wasLost = true;
    if (++lostTimes === 2) { // the first time may be a restart
      swap(document.getElementById("banner"), problemBox({ detail: "The server cannot be reached.",
        hint: "Check that it is still running. This page tries again by itself; what it shows may be old." }));
    }
    if (events?.readyState === EventSource.CLOSED) {
      leave();
      load(); // says why: perhaps the server was started anew, which ends logins
      setTimeout(() => isLoggedOut || listen(), 3000);
    }
  };
  events.addEventListener("assignments", async (event) => {
    const { tasks } = JSON.parse(event.data);
    const before = heard();
    const own = new Set(shared.own);
    await load();
    const after = heard();
    // That a line has moved, or what the page has written itself, is no news for the ear.
    const news = tasks.filter((task) => !own.has(task) && before.get(task) !== after.get(task));
    if (news.length) tellOf(news);
    for (const one of Object.values(made)) one.changed?.(tasks);
  });
  events.addEventListener("catalogue", load);
  events.addEventListener("problem", load);
  events.addEventListener("ledger", () => made.overview?.recorded());
  events.addEventListener("test", async () => {
    try {
      state.server = await read("api/ai/server");
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return; // the connection says what is wrong
    }
    for (const one of Object.values(made)) one.spent?.();
  });
}

/** How the page stands with its server, where there is a connection. */
function stand() {
  if (events?.readyState !== EventSource.OPEN) return;
  if (state.isBroken) connection("stale", "Not up to date", "The server is there, but its files cannot be used");
  else connection("live", "Up to date", "Changes are shown as they happen");
}

/** What is told of each task to who does not see it: its route and what is wrong with it. */
function heard() {
  return new Map((state.tasks ?? []).map((task) => [task.task, JSON.stringify([task.route, task.problems])]));
}

/** Tasks were changed by somebody else, or on disk. */
function tellOf(tasks) {
  const text = `Changed: ${tasks.join(", ")}`;
  announce(text);
  const isSeen = present === "tasks" || document.querySelector("dialog[open]");
  toast(text, isSeen ? {} : { action: { text: "Show", run: () => { location.hash = addressOf("tasks", { task: tasks[0] }); } } });
}

// Whatever is refused for want of a login asks for one, once; asking the server again would not help.
const login = loginAgain(() => {
  isLoggedOut = false;
  document.getElementById("log-in").hidden = true;
  document.getElementById("log-out").hidden = false;
  connection("", "Connecting");
  wasLost = true; // something may have changed meanwhile
  listen();
});

document.addEventListener("logged-out", () => {
  leave();
  connection("lost", "Login ended", "What is shown changes no more");
  document.getElementById("log-in").hidden = false;
  document.getElementById("log-out").hidden = true;
  if (!isLoggedOut) login.open();
  isLoggedOut = true;
});
document.getElementById("log-in").addEventListener("click", () => login.open());

function leave() {
  events?.close();
  events = null;
}

function chooseTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  document.getElementById("theme").value = theme;
}

document.getElementById("theme").addEventListener("change", (event) => {
  localStorage.setItem("theme", event.target.value);
  chooseTheme(event.target.value);
});
document.getElementById("log-out").addEventListener("click", async () => {
  try {
    await fetch("logout", { method: "POST" });
  } catch {
    announce("Logging out failed: the server cannot be reached.");
    toast("Logging out failed: the server cannot be reached.", { kind: "error" });
    return;
  }
  location.href = "login";
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // its address would be that of another view
  document.getElementById("main").focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const field = document.querySelector('main section:not([hidden]) input[type="search"]');
  if (!field?.checkVisibility()) return;
  event.preventDefault();
  field.focus();
  field.select();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    leave();
    wasLost = true;
  } else listen();
});
window.addEventListener("hashchange", () => {
  if (!navigate()) return;
  document.getElementById("main").focus({ preventScroll: true });
  window.scrollTo(0, 0);
});
chooseTheme(localStorage.getItem("theme") ?? "");
navigate();
await load();
listen();
