// The editor of a task: shows what would be written and what it would cost before it writes, and never over another's change.

import { ask, read, Refusal, withQuery } from "./api.js";
import { calm, delta, field, h, problemBox, swap } from "./dom.js";
import { taskHistory } from "./history.js";

/** Open the editor; `done` is called when it closes, with a sentence about what was written, or null. */
export function editTask(given, shared, done) {
  let task = given;
  let saved = null;
  let asked = 0;
  let isStuck = false;
  const soon = calm(() => preview());
  const path = `api/ai/tasks/${encodeURIComponent(task.task)}`;
  const names = h("datalist", { id: "able-models" });
  const input = h("input", { id: "route", name: "route", list: "able-models", value: task.route ?? "", autocomplete: "off",
    autocapitalize: "none", spellcheck: "false", required: true, oninput: () => { asked++; save.disabled = true; soon(); } });
  const force = h("input", { type: "checkbox", id: "force", onchange: () => preview() });
  const forced = h("label", { class: "tick", hidden: true }, force, " Write it anyway");
  const notice = h("div", { "aria-live": "assertive" });
  const shown = h("div", { class: "planned", "aria-live": "polite" });
  const current = h("p", {});
  const save = h("button", { type: "submit", class: "primary", disabled: true }, "Write");
  const unset = h("button", { type: "button", onclick: () => write(null) });
  const history = taskHistory(task.task, shared.state.server.read_only, undone);
  const dialog = h("dialog", { "aria-labelledby": "editor-title" },
    h("form", { method: "dialog", onsubmit: (event) => { event.preventDefault(); if (!save.disabled) write(input.value.trim()); } },
      h("h2", { id: "editor-title" }, `Change ${task.task}`),
      current,
      field("Route", input, "A model, or several: a,b tries b when a fails; 90:a+10:b splits the traffic."),
      names, notice, shown, forced,
      h("div", { class: "actions" }, save, unset, h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"))),
    history.element);

  function describe() {
    swap(current, "Currently ", h("code", {}, task.route ?? "nothing"), task.source ? ` from ${task.source.text}.` : ".");
    const isSet = task.source && task.source.kind === "file" && task.source.variable === task.env;
    unset.hidden = !isSet || shared.state.server.read_only;
    unset.textContent = `Remove ${task.env}`;
  }

  async function preview() {
    const mine = ++asked;
    isStuck = false;
    const route = input.value.trim();
    save.disabled = true;
    if (!route) {
      swap(shown, h("p", { class: "quiet" }, "Enter a model."));
      return;
    }
    try {
      const { document: found } = await ask("PUT", path, { body: { route, dry_run: true, force: force.checked } });
      if (mine !== asked) return;
      swap(shown, change(found, route === task.route));
      forced.hidden = !force.checked;
      save.disabled = shared.state.server.read_only || found.diff === null;
      if (shared.state.server.read_only) shown.append(h("p", { class: "quiet" }, "This server is read-only: nothing can be written."));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (mine !== asked) return;
      refused(error.problem);
      forced.hidden = error.problem.kind !== "refused";
    }
  }

  async function write(route) {
    save.disabled = true;
    try {
      const { document: found } = route === null
        ? await ask("DELETE", path, { etag: task.etag })
        : await ask("PUT", path, { etag: task.etag, body: { route, force: force.checked } });
      saved = route === null ? `${task.env} was removed from ${found.file}.` : `${task.task} is ${route} now, in ${found.file}.`;
      await shared.refresh();
      dialog.close();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.problem.kind === "changed") await again();
      else refused(error.problem);
    }
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
    isStuck = (problem.status ?? 503) >= 500;
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

  async function offer() {
    try {
      const able = await read(withQuery("api/ai/models", { task: task.task, sort: "price" }));
      swap(names, able.models.map((model) => h("option", { value: model.id }, model.name)));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error; // without suggestions it works as well
    }
  }

  dialog.addEventListener("close", () => {
    dialog.remove();
    done(saved);
  });
  describe();
  document.body.append(dialog);
  dialog.showModal();
  input.select();
  preview();
  offer();
  return {
    /** Everything was read again: what could not be done then may be possible now. */
    revive() {
      if (isStuck) preview();
    },
    changed(names) {
      if (!names.includes(task.task) || saved !== null) return;
      again();
      history.changed();
    },
  };
}

/** What a change would do: money, lines of the file, warnings. */
function change(found, isSame) {
  const monthly = isSame ? 0 : found.monthly_delta_usd;
  return h("div", {},
    found.diff === null
      ? h("p", { class: "quiet" }, `${found.file} already has this.`)
      : [
        h("p", {}, "Monthly difference: ", h("strong", { class: monthly > 0 ? "costlier" : monthly < 0 ? "cheaper" : "" }, delta(monthly))),
        h("pre", { class: "diff", role: "region", "aria-label": `What changes in ${found.file}`, tabindex: "0" }, lines(found.diff)),
      ],
    found.warnings.length ? h("ul", { class: "findings" }, found.warnings.map((text) => h("li", { class: "warning" }, text))) : null);
}

function lines(diff) {
  return diff.trimEnd().split("\n").map((line) => h("span", {
    class: line.startsWith("+") && !line.startsWith("+++") ? "added" : line.startsWith("-") && !line.startsWith("---") ? "removed" : "",
  }, `${line}\n`));
}
