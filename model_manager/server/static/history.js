// The history of a task in its dialog: who changed it when, from what to what; and its last change taken back.

import { ask, Refusal } from "./api.js";
import { h, plural, problemBox, swap } from "./dom.js";

/** How many changes are listed; the command line has all. */
const FEW = 20;

/**
 * A disclosure that reads the history when it is opened.
 *
 * `undone` is called with the answer of the server when the last change was taken back.
 */
export function taskHistory(name, isReadOnly, undone) {
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
    undo.hidden = isReadOnly || !canUndo;
    undo.disabled = false;
  }

  async function takeBack() {
    undo.disabled = true;
    swap(refusal);
    try {
      undone((await ask("POST", `${path}/undo`, { etag })).document);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      swap(refusal, problemBox(error.problem));
      await load(); // whatever it was, what is listed may be old
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

function line(change, history) {
  const moment = new Date(change.at);
  const isOther = history.some((other) => other.variable !== change.variable);
  return [
    h("time", { datetime: change.at, title: change.at }, moment.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" })),
    change.undone ? h("span", { class: "badge" }, "undone") : null,
    change.undoes ? h("span", { class: "badge" }, "undo") : null,
    h("div", {}, isOther ? [h("code", {}, change.variable), ": "] : null, value(change.old), " \u2192 ", value(change.new)),
    h("div", { class: "quiet" }, `by ${change.by}${change.via === "cli" ? "" : ` (${change.via})`}, in ${change.file}`),
  ];
}

function value(text) {
  return text === null ? "not set" : h("code", {}, text);
}
