// Tasks: a dense list with what is wrong first; each with its route, what it costs and its share of all, the rest on demand.

import { addressState, changeAddress, leaveAddress, onAddress } from "./address.js";
import { h, plural, swap, usd } from "./dom.js";
import { editTask } from "./editor.js";
import { severityOf, taskRow } from "./task_row.js";

/** Fewer tasks need no search. */
const FEW = 6;
const ORDER = { error: 0, warning: 1, fine: 2 };

export function tasksView(root, shared) {
  const list = h("div", { class: "tasks" }, [1, 2, 3].map(() => h("div", { class: "skeleton", "aria-hidden": "true" })));
  const summary = h("p", { class: "quiet" });
  const none = h("div");
  const search = h("input", { type: "search", id: "find-task", placeholder: "name, purpose or model", maxlength: "200",
    oninput: () => { changeAddress({ q: search.value.trim() }); filter(); } });
  const finder = h("form", { class: "finder", role: "search", "aria-label": "Tasks", hidden: true, onsubmit: (event) => event.preventDefault() },
    h("label", { for: "find-task" }, "Find a task"), search, h("kbd", { "aria-hidden": "true" }, "/"));
  const rows = new Map();
  let told = null;
  let editor = null;
  root.append(h("div", { class: "title-row" }, h("div", {}, h("h1", { id: "title-tasks" }, "Tasks"), summary), finder), list, none);

  function edit(task) {
    changeAddress({ edit: task.task }, { push: true });
    open(task);
  }

  function open(task) {
    editor = editTask(task, shared, (saved) => {
      editor = null;
      if (addressState().get("edit") === task.task) leaveAddress("edit"); // else it leads elsewhere already
      if (saved) tell(task.task, saved);
      list.querySelector(`[data-key="change-${CSS.escape(task.task)}"]`)?.focus();
    });
  }

  const taskOf = (name) => shared.state.tasks?.find((one) => one.task === name);
  const tagOf = (name) => taskOf(name)?.etag;

  /** Say what was written in the row that it was written for, until it holds no more. */
  function tell(name, text) {
    if (told) rows.get(told.name)?.tell("");
    told = { name, etag: tagOf(name) };
    rows.get(name)?.tell(text);
  }

  /** The rows that the search finds. */
  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const [name, row] of rows) {
      const task = taskOf(name);
      const text = [task.task, task.purpose, task.route, task.model, task.env].join(" ").toLowerCase();
      row.element.hidden = !words.every((word) => text.includes(word));
      if (!row.element.hidden) count++;
    }
    swap(none, rows.size && !count ? h("div", { class: "empty" }, h("p", {}, "No task matches."),
      h("button", { type: "button", onclick: () => { search.value = ""; changeAddress({ q: null }); filter(); search.focus(); } }, "Show all tasks")) : null);
  }

  function draw() {
    const { tasks, server } = shared.state;
    const sum = tasks.reduce((total, task) => total + (task.monthly_usd ?? 0), 0);
    const most = Math.max(0, ...tasks.map((task) => task.monthly_usd ?? 0));
    const given = { sum, most, isReadOnly: server.read_only };
    for (const name of rows.keys()) if (!taskOf(name)) rows.delete(name);
    for (const task of tasks) {
      if (!rows.has(task.task)) rows.set(task.task, taskRow(task.task, { edit, opened, show: shared.show }));
      rows.get(task.task).update(task, given);
    }
    const sorted = tasks.toSorted((a, b) => ORDER[severityOf(a)] - ORDER[severityOf(b)] || (b.monthly_usd ?? -1) - (a.monthly_usd ?? -1));
    const elements = sorted.map((task) => rows.get(task.task).element);
    if (elements.length !== list.children.length || elements.some((one, place) => one !== list.children[place])) swap(list, elements);
    finder.hidden = tasks.length <= FEW && !search.value;
    filter();
  }

  function opened(name, isOpen) {
    changeAddress({ task: isOpen ? name : null });
  }

  /** What the address says: words that are searched, the task that is open, and the one that is edited. */
  function follow(state) {
    if (!shared.state.tasks) return;
    search.value = state.get("q") ?? "";
    finder.hidden = shared.state.tasks.length <= FEW && !search.value;
    filter();
    const row = rows.get(state.get("task"));
    if (row) {
      row.open();
      row.element.scrollIntoView({ block: "nearest" });
    }
    const wanted = taskOf(state.get("edit"));
    if (editor && editor.name !== wanted?.task) editor.close();
    if (wanted && !editor) open(wanted);
  }

  onAddress("tasks", follow);
  let isFollowed = false;

  return {
    update() {
      const { tasks, isBroken } = shared.state;
      root.setAttribute("aria-busy", String(!tasks && !isBroken));
      if (!tasks) {
        swap(summary, isBroken ? "" : "Loading the tasks\u2026");
        if (isBroken) swap(list);
        return;
      }
      swap(summary, tasks.length ? total(tasks) : "");
      if (told && tagOf(told.name) !== told.etag) {
        rows.get(told.name)?.tell("");
        told = null;
      }
      if (tasks.length) draw();
      else {
        rows.clear();
        swap(list, nothing());
        swap(none);
      }
      editor?.revive();
      if (!isFollowed && !root.hidden) {
        isFollowed = true;
        follow(addressState());
      }
    },
    changed(names) {
      editor?.changed(names);
    },
  };
}

function total(tasks) {
  const known = tasks.filter((task) => task.monthly_usd !== null);
  const sum = known.reduce((amount, task) => amount + task.monthly_usd, 0);
  const unknown = tasks.length - known.length;
  const advice = tasks.some((task) => task.profile) ? "" : ": add a profile to each";
  if (!known.length) return `${plural(tasks.length, "task")}. Their cost is unknown${advice}.`;
  return `${plural(tasks.length, "task")}, ${usd(sum)} per month${unknown ? `, and ${plural(unknown, "task")} of unknown cost` : ""}.`;
}

function nothing() {
  return h("div", { class: "empty" },
    h("p", {}, h("strong", {}, "The catalogue has no tasks.")),
    h("p", {}, "Let ", h("code", {}, "model-manager init"), " propose some from your application, or add one to models.toml; this page updates by itself:"),
    h("pre", {}, '[tasks.chat]\npurpose = "Main user conversations"\nmodel = "claude-sonnet-5-5"\nrequires = ["chat", "streaming"]'));
}
