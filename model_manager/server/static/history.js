// What was assigned: the history of a task in its dialog, with its last change taken back; and that of all tasks together.

import { ask, read, Refusal } from "./api.js";
import { h, plural, problemBox, swap } from "./dom.js";
import { dataTable } from "./tables.js";

/** How many changes are listed; the command line has all. */
const FEW = 20;
/** Changes of all tasks together, and tasks that are asked for theirs. */
const MOST_CHANGES = 50;
const MOST_TASKS = 40;

/**
 * A disclosure that reads the history when it is opened.
 *
 * `undone` is called with the answer of the server when the last change was taken back; the change is one of the page's own.
 */
export function taskHistory(name, shared, undone) {
  const path = `api/ai/tasks/${encodeURIComponent(name)}`;
  let etag = null;
  let latest = 0;
  const message = h("div", { role: "status" });
  const refusal = h("div");
  const list = h("ol", { class: "history", "aria-label": `Changes of ${name}, the latest first` });
  const undo = h("button", { type: "button", hidden: true, onclick: takeBack }, "Undo the last change");
  const element = h("details", { ontoggle: () => element.open && load() },
    h("summary", {}, "History"), message, list, undo, refusal);

  async function load() {
    const mine = ++latest;
    element.setAttribute("aria-busy", "true");
    try {
      const found = await ask("GET", `${path}/history`);
      if (mine === latest) show(found);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (mine !== latest) return;
      undo.hidden = true;
      swap(message, problemBox(error.problem, load));
    } finally {
      if (mine === latest) element.setAttribute("aria-busy", "false");
    }
  }

  function show(found) {
    const { history, warnings, can_undo: canUndo } = found.document;
    etag = found.etag;
    list.hidden = !history.length;
    swap(list, history.slice(0, FEW).map((change) => h("li", {}, line(change, history))));
    const older = history.length - FEW;
    swap(message, warnings.map((text) => h("p", { class: "warning-box" }, text)),
      h("p", { class: "quiet" }, history.length ? "" : "No changes yet. ", "Changes made in an editor are not listed.",
        older > 0 ? ` ${plural(older, "older change")} not shown.` : ""));
    undo.hidden = shared.state.server.read_only || !canUndo;
    undo.disabled = false;
  }

  async function takeBack() {
    undo.disabled = true;
    swap(refusal);
    shared.own.add(name);
    try {
      await undone((await ask("POST", `${path}/undo`, { etag })).document);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      swap(refusal, problemBox(error.problem));
      await load(); // whatever it was, what is listed may be old
    } finally {
      shared.own.delete(name);
    }
  }

  return {
    element,
    /** Somebody has changed the task: what is listed is old. */
    changed() {
      if (element.open) load();
    },
  };
}

/** The latest changes of all tasks, read when the disclosure is opened; `update` is told the tasks. */
export function assignmentLog() {
  let names = [];
  let latest = 0;
  const place = h("div", { role: "status" });
  const element = h("details", { class: "log", ontoggle: () => element.open && load() }, h("summary", {}, "What was assigned"), place);

  async function load() {
    const mine = ++latest;
    element.setAttribute("aria-busy", "true");
    if (!place.childElementCount) swap(place, h("p", { class: "quiet" }, "Loading the changes\u2026"));
    try {
      const found = await Promise.all(names.slice(0, MOST_TASKS).map((name) => read(`api/ai/tasks/${encodeURIComponent(name)}/history`)));
      if (mine === latest) show(found);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (mine === latest) swap(place, problemBox(error.problem, load));
    } finally {
      if (mine === latest) element.setAttribute("aria-busy", "false");
    }
  }

  function show(found) {
    const changes = found.flatMap((one, index) => one.history.map((change) => ({ ...change, task: names[index] }))).sort((one, other) => other.at.localeCompare(one.at));
    const warnings = [...new Set(found.flatMap((one) => one.warnings))];
    const older = changes.length - MOST_CHANGES;
    const rows = changes.slice(0, MOST_CHANGES).map((change) => [
      when(change), change.task, [value(change.old), " \u2192 ", value(change.new), marks(change)], who(change),
    ]);
    swap(place, warnings.map((text) => h("p", { class: "warning-box" }, text)),
      rows.length ? dataTable("Changes of all tasks, the latest first", ["When", "Task", "Change", "By"], rows, ["When", "Task", "Change", "By"]) : null,
      h("p", { class: "quiet" }, rows.length ? "" : "No changes yet. ", "Changes made in an editor are not listed.",
        older > 0 ? ` ${plural(older, "older change")} not shown.` : "", names.length > MOST_TASKS ? ` Only those of the first ${MOST_TASKS} tasks.` : ""));
  }

  return {
    element,
    update(fresh) {
      names = fresh;
      if (element.open) load();
    },
  };
}

function when(change) {
  return h("time", { datetime: change.at, title: change.at }, new Date(change.at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }));
}

function marks(change) {
  return [change.undone ? h("span", { class: "badge" }, "undone") : null, change.undoes ? h("span", { class: "badge" }, "undo") : null];
}

function who(change) {
  return `${change.by}${change.via === "cli" ? "" : ` (${change.via})`}, in ${change.file}`;
}

function line(change, history) {
  const isOther = history.some((other) => other.variable !== change.variable);
  return [
    when(change), marks(change),
    h("div", { class: "change" }, isOther ? [h("code", {}, change.variable), ": "] : null, value(change.old), " \u2192 ", value(change.new)),
    h("div", { class: "quiet" }, `by ${who(change)}`),
  ];
}

function value(text) {
  return text === null ? "not set" : h("code", {}, text);
}
