// The editor of a task: shows what would be written and what it would cost before it writes, and never over another's change.

import { ask, read, Refusal } from "./api.js";
import { candidates } from "./candidates.js";
import { chainEditor, tiers } from "./chain.js";
import { calm, closeNow, field, h, onClose, plural, problemBox, swap } from "./dom.js";
import { taskHistory } from "./history.js";
import { aMonth, change, monthlyOf, monthlyWith } from "./preview.js";
import { parseRoute, routePicture, routeText } from "./routes.js";

/** Open the editor; `done` is called when it closes, with a sentence about what was written, or null. */
export function editTask(given, shared, done) {
  let task = given;
  let saved = null;
  let asked = 0;
  let isStuck = false;
  /** Draw what the server has planned for the present text, which it has not been asked of where this is null. */
  let draw = null;
  const soon = calm(() => preview());
  const path = `api/ai/tasks/${encodeURIComponent(task.task)}`;
  const models = candidates(task, shared.state.catalogue);
  const input = h("input", { id: "route", name: "route", value: task.route ?? "", autocomplete: "off", autocapitalize: "none", spellcheck: "false",
    required: true, oninput: typed });
  const chain = chainEditor({ task, ...models, changed: (options) => { input.value = routeText(options); chain.element.classList.remove("unread"); later(); } });
  const force = h("input", { type: "checkbox", id: "force", onchange: () => preview() });
  const forced = h("label", { class: "tick", hidden: true }, force, " Write it anyway");
  const notice = h("div", { "aria-live": "assertive" });
  const hidden = h("div");
  const shown = h("div", { class: "planned", "aria-live": "polite" });
  /** The same in a word beside the buttons, for a screen on which all of it is further down. */
  const brief = h("span", { class: "brief quiet", "aria-hidden": "true" });
  const current = h("p", {});
  const save = h("button", { type: "submit", class: "primary", disabled: true }, "Write");
  const unset = h("button", { type: "button", class: "plain", onclick: () => write(null) });
  const history = taskHistory(task.task, shared, undone);
  const dialog = h("dialog", { "aria-labelledby": "editor-title", class: "editor" },
    h("form", { method: "dialog", onsubmit: (event) => { event.preventDefault(); if (!save.disabled) write(input.value.trim()); } },
      h("h2", { id: "editor-title" }, `Change ${task.task}`),
      h("div", { class: "current" }, current, unset), hidden,
      h("div", { class: "editor-columns" },
        h("div", {}, field("Route", input, "Text and boxes say the same: a,b tries b when a fails; 90:a+10:b splits the traffic."), chain.element, presets(task, use)),
        h("div", { class: "effect" }, h("h3", {}, "With this change"), notice, shown, forced)),
      h("div", { class: "actions sticky" }, save, h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"), brief)),
    history.element);

  function later() {
    asked++;
    draw = null;
    save.disabled = true;
    soon();
  }

  /** The boxes follow the text, as long as it is a route. */
  function typed() {
    const options = parseRoute(input.value);
    if (options) chain.show(options);
    chain.element.classList.toggle("unread", !options);
    later();
  }

  function use(route) {
    input.value = route;
    typed();
    input.focus();
  }

  function describe() {
    swap(current, "Currently ", h("code", {}, task.route ?? "nothing"), task.source ? ` from ${task.source.text}.` : ".");
    const isSet = task.source && task.source.kind === "file" && task.source.variable === task.env;
    unset.hidden = !isSet || shared.state.server.read_only;
    unset.textContent = `Remove ${task.env}`;
    swap(hidden, isHidden() ? h("p", { class: "warning-box" }, h("strong", {}, "Not in effect: "),
      `what is written here does not count while ${task.source.variable} is set in the server's environment. Unset it there.`) : null);
  }

  /** Whether the environment overrides all files. */
  function isHidden() {
    return task.source?.kind === "environment";
  }

  const costOf = (name) => { const model = models.find(name); return model ? models.cost(model) : null; };

  async function preview() {
    const mine = ++asked;
    draw = null;
    isStuck = false;
    const route = input.value.trim();
    save.disabled = true;
    if (!route) {
      swap(shown, h("p", { class: "quiet" }, "Choose a model."));
      return;
    }
    try {
      const { document: found } = await ask("PUT", path, { body: { route, dry_run: true, force: force.checked } });
      if (mine !== asked) return;
      draw = () => planned(found, route);
      draw();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (mine !== asked) return;
      refused(error.problem);
      forced.hidden = error.problem.kind !== "refused";
    }
  }

  function planned(found, route) {
    const estimate = monthlyOf(parseRoute(route), costOf);
    swap(shown, change(found, task, route === task.route, estimate));
    const monthly = monthlyWith(found, task, route === task.route, estimate);
    brief.textContent = [monthly === null ? null : aMonth(monthly), found.warnings.length ? plural(found.warnings.length, "warning") : null].filter(Boolean).join(", ");
    forced.hidden = !force.checked;
    save.disabled = shared.state.server.read_only || found.diff === null;
    if (shared.state.server.read_only) shown.append(h("p", { class: "quiet" }, "This server is read-only: nothing can be written."));
  }

  async function write(route) {
    draw = null;
    save.disabled = true;
    shared.own.add(task.task);
    try {
      const { document: found } = route === null
        ? await ask("DELETE", path, { etag: task.etag })
        : await ask("PUT", path, { etag: task.etag, body: { route, force: force.checked } });
      saved = "Written."; // from here on a change that is told is our own
      await shared.refresh();
      saved = written(found, route);
      dialog.close();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.problem.kind === "changed") await again();
      else refused(error.problem);
    } finally {
      shared.own.delete(task.task);
    }
  }

  /** What was written, and whether it counts: something else may override the file. */
  function written(found, route) {
    const fresh = shared.state.tasks.find((one) => one.task === task.task);
    const plain = (text) => (text ?? "").replace(/\s/g, "");
    if (route === null) return `${task.env} was removed from ${found.file}.`;
    const given = found.changes[0]?.new ?? route; // with ids for aliases
    if (plain(fresh?.route) === plain(given)) return `${task.task} is ${given} now, in ${found.file}.`;
    return `Not in effect: ${task.env}=${given} is in ${found.file}, but ${fresh?.source?.text ?? "another source"} overrides it.`;
  }

  /** The last change was taken back. */
  async function undone(found) {
    const values = found.changes.map((one) => `${one.variable} is ${one.new ?? "not set"} again`).join(", ");
    saved = `Undone in ${found.file}: ${values}.`;
    await shared.refresh();
    dialog.close();
  }

  /** Say what is wrong; what may pass by itself (the server is away, a file is broken) can be tried again. */
  function refused(problem) {
    isStuck = (problem.status ?? 503) >= 500 || problem.kind === "auth";
    brief.textContent = "Cannot be written";
    swap(shown, problemBox(problem, isStuck ? preview : null));
  }

  /** Somebody else has changed the task: say to what, and look at the change anew. */
  async function again() {
    try {
      const fresh = (await read("api/ai/tasks")).tasks.find((one) => one.task === task.task);
      if (!fresh) throw new Refusal({ detail: `There is no task ${task.task} any more.` });
      if (fresh.etag === task.etag) return;
      task = fresh;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      swap(notice, problemBox(error.problem));
      return;
    }
    describe();
    swap(notice, h("p", { class: "warning-box" }, h("strong", {}, "Changed in the meantime: "), `${task.task} was set to `,
      h("code", {}, task.route ?? "nothing"), ". Your input is kept; check the difference again before you write."));
    await preview();
  }

  onClose(dialog, () => done(saved));
  describe();
  chain.show(parseRoute(input.value) ?? []);
  document.body.append(dialog);
  dialog.showModal();
  input.select();
  preview();
  models.load().then(() => {
    if (!dialog.open) return;
    chain.priced();
    if (isHidden()) draw?.(); // not asked again: Write would be off for that long
  });
  return {
    name: task.task,
    close: () => closeNow(dialog),
    /** Everything was read again: what could not be done then may be possible now. */
    revive() {
      if (isStuck) preview();
    },
    changed(names) {
      if (!names.includes(task.task) || saved !== null || shared.own.has(task.task)) return;
      again();
      history.changed();
    },
  };
}

/** The routes that the catalogue has by name, to start from, and how `auto` chooses. */
function presets(task, use) {
  const named = Object.entries(task.preferences);
  if (!named.length && !task.auto) return null;
  return h("details", { class: "presets" }, h("summary", {}, "Preferences and auto"),
    h("p", { class: "help" }, "Set in models.toml. A call may ask for a preference; a route may have auto in the place of a model."),
    h("dl", {},
      named.map(([name, route]) => [h("dt", {}, name), h("dd", {}, routePicture(route), " ",
        h("button", { type: "button", class: "plain", "aria-label": `Start from ${name}`, onclick: () => use(route) }, "Start from this"))]),
      task.auto ? [h("dt", {}, "auto"), h("dd", {}, tiers(task.auto), " ",
        h("button", { type: "button", class: "plain", "aria-label": "Start from auto", onclick: () => use("auto") }, "Start from this"))] : null));
}
