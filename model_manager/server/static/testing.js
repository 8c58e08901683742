// Live tests: one prompt to several models, once or repeatedly, compared as bars; or probes of what they can do.

import { addressState, addressView, changeAddress, onAddress } from "./address.js";
import { answerCard } from "./answers.js";
import { follow, read, Refusal } from "./api.js";
import { comparison } from "./comparison.js";
import { announce, duration, field, h, plural, problemBox, swap, usd } from "./dom.js";
import { probePanel } from "./probes.js";

const MOST = 8;
const MOST_REPETITIONS = 20;
const MOST_SUGGESTIONS = 40;

export function testView(root, shared) {
  const chosen = [];
  let running = null;
  let isRead = false;
  let given = null;
  const chips = h("ul", { class: "chips", "aria-label": "Models to test" });
  const name = h("input", { id: "test-model", list: "test-models", autocomplete: "off", autocapitalize: "none", spellcheck: "false",
    oninput: () => suggest(), onchange: () => add(name.value), onkeydown: (event) => { if (event.key === "Enter") { event.preventDefault(); add(name.value); } } });
  const names = h("datalist", { id: "test-models" });
  const tasks = h("select", { id: "test-task", onchange: () => { pick(tasks.value); tasks.value = ""; } });
  const kind = h("select", { id: "test-kind", onchange: () => { remember(); dress(); } }, h("option", { value: "" }, "answers to a prompt"), h("option", { value: "probe" }, "what the models can do"));
  const repeat = h("input", { id: "test-repeat", type: "number", min: "1", max: MOST_REPETITIONS, step: "1", value: "1", required: true, inputmode: "numeric", onchange: () => remember() });
  const prompt = h("textarea", { id: "test-prompt", rows: "3", maxlength: "100000", required: true }, "Say hello in one short sentence.");
  const system = h("textarea", { id: "test-system", rows: "2", maxlength: "100000" });
  const limit = h("input", { id: "test-limit", type: "number", min: "1", max: "1000000", step: "1", inputmode: "numeric" });
  const warmth = h("input", { id: "test-warmth", type: "number", min: "0", max: "2", step: "0.1", inputmode: "decimal" });
  const run = h("button", { type: "submit", class: "primary" }, "Run");
  const stop = h("button", { type: "button", hidden: true, onclick: () => running?.abort() }, "Stop");
  const spending = h("span", { class: "quiet" });
  const message = h("div");
  const bars = comparison();
  const probes = probePanel();
  const answers = h("div", { class: "answers" });
  const empty = h("div", { class: "empty" });
  const asked = h("div", { class: "asked" }, field("Prompt", prompt),
    h("details", {}, h("summary", {}, "More"), field("System prompt", system), h("div", { class: "row" }, field("Maximum output tokens", limit), field("Temperature", warmth))));
  const times = field("Repeat", repeat, "calls of each model");
  const form = h("form", { class: "panel", onsubmit: (event) => { event.preventDefault(); start(); } },
    h("div", { class: "row" }, field("Find out", kind), field("Add a model", name), names, field("Or all models of a task", tasks), times), chips, asked,
    h("div", { class: "actions" }, run, stop, spending));
  root.append(h("h1", { id: "title-test" }, "Test"),
    h("p", { class: "quiet" }, "Makes live calls with the server's keys. They cost money."), form, message, empty, bars.element, probes.element, answers);

  /** Choose a model. False: there is none of this name, or no room for it, and a message says so. */
  function add(text) {
    const { catalogue } = shared.state;
    const wanted = text.trim();
    if (!wanted || !catalogue) return true;
    const model = catalogue.models.find((one) => one.id === wanted || one.aliases.includes(wanted));
    if (!model) {
      swap(message, problemBox({ detail: `There is no model "${wanted}".`, hint: "Choose one from the list." }));
      return false;
    }
    const isNew = !chosen.includes(model.id);
    const hasRoom = chosen.length < MOST;
    if (isNew && hasRoom) chosen.push(model.id);
    swap(message, chosen.length >= MOST ? h("p", { class: "quiet" }, `At most ${MOST} models at a time.`) : null);
    if (isNew && !hasRoom) return false;
    name.value = "";
    show();
    remember();
    return true;
  }

  /** The models of this name, as many as anybody reads: a browser is slow with a list of thousands. */
  function suggest() {
    const words = name.value.toLowerCase().split(/\s+/).filter(Boolean);
    const isLike = (model) => words.every((word) => [model.id, model.name, ...model.aliases].some((text) => text.toLowerCase().includes(word)));
    const found = [];
    for (const model of shared.state.catalogue?.models ?? []) {
      if (model.status !== "retired" && isLike(model)) found.push(model);
      if (found.length === MOST_SUGGESTIONS) break;
    }
    swap(names, found.map((model) => h("option", { value: model.id }, model.name)));
  }

  function pick(taskName) {
    const task = shared.state.tasks.find((one) => one.task === taskName);
    for (const word of (task?.route ?? "").split(/[,+]/)) {
      const model = word.trim().replace(/^\d+\s*:\s*/, "");
      if (model && model !== "auto") add(model);
    }
  }

  function show() {
    swap(chips, chosen.map((id) => h("li", {}, h("code", {}, id),
      h("button", { type: "button", class: "plain", "aria-label": `Remove ${id}`, "data-key": `remove-${id}`,
        onclick: () => { chosen.splice(chosen.indexOf(id), 1); show(); remember(); name.focus(); } }, "\u00d7"))));
  }

  /** The models and the kind of test are in the address, what is asked is not: a prompt may be confidential. */
  function remember() {
    if (addressView() === "test") changeAddress({ models: chosen.join(","), kind: kind.value, repeat: repeat.value === "1" ? null : repeat.value });
  }

  function followAddress() {
    isRead = true;
    const state = addressState();
    kind.value = state.get("kind") === "probe" ? "probe" : "";
    const number = Number(state.get("repeat") ?? 1);
    repeat.value = Number.isInteger(number) && number >= 1 && number <= MOST_REPETITIONS ? number : 1;
    const wanted = given ?? (state.get("models") ?? "").split(",").filter(Boolean);
    if (!given) chosen.length = 0;
    given = null;
    show();
    for (const id of wanted) if (!add(id)) break;
    dress();
  }

  function dress() {
    const isProbe = kind.value === "probe";
    [asked.hidden, times.hidden] = [isProbe, isProbe];
    for (const input of [prompt, repeat]) input.disabled = isProbe; // a hidden field must not keep the form from being sent
    if (!bars.element.hidden || answers.childElementCount || probes.element.childElementCount) return;
    swap(empty, isProbe
      ? h("p", {}, "A few small calls to each model show whether it streams, follows a system prompt, writes JSON by a schema, calls functions, sees pictures and takes a temperature. The findings stand beside what the catalogue says.")
      : h("p", {}, "Choose up to eight models and run: their times and costs appear here as bars, with the answers below."));
  }

  async function start() {
    if (!add(name.value)) {
      name.focus();
      return;
    }
    if (!chosen.length) {
      swap(message, problemBox({ detail: "No model to test.", hint: "Add at least one model, or those of a task." }));
      name.focus();
      return;
    }
    swap(message);
    empty.hidden = true;
    const test = kind.value === "probe" ? probing() : answering();
    running = new AbortController();
    const hadFocus = document.activeElement === run;
    [run.disabled, stop.hidden] = [true, false];
    if (hadFocus) stop.focus();
    try {
      await follow(test.path, test.body, (event, found) => (event === "problem" ? swap(message, problemBox(found.error)) : test.tell(event, found)), running.signal);
      test.end("failed");
    } catch (error) {
      if (error.name === "AbortError") {
        test.end("stopped");
        announce("Stopped");
      } else {
        test.end("failed");
        swap(message, problemBox(error instanceof Refusal ? error.problem : { detail: "The connection was lost." }));
      }
    } finally {
      running = null;
      const isLeft = document.activeElement === stop;
      [run.disabled, stop.hidden] = [false, true];
      if (isLeft) run.focus();
    }
  }

  function probing() {
    const models = [...chosen];
    swap(answers);
    bars.update([]);
    probes.begin(models);
    let isDone = false;
    return {
      path: "api/ai/models/probe",
      body: { models },
      tell(event, found) {
        if (event !== "done") {
          probes.tell(event, found);
          return;
        }
        isDone = true;
        probes.show(found);
        announce(`${plural(found.probes.length, "model")} probed.`);
        respend();
      },
      end(word) {
        if (!isDone) probes.end(word);
      },
    };
  }

  function answering() {
    const runs = Number(repeat.value);
    const body = { models: [...chosen], prompt: prompt.value };
    if (runs > 1) body.repeat = runs;
    if (system.value.trim()) body.system = system.value;
    if (limit.value) body.max_tokens = Number(limit.value);
    if (warmth.value) body.temperature = Number(warmth.value);
    const rows = chosen.map((id) => ({ id, results: [], known: {}, state: "waiting", kind: "", began: 0, card: answerCard(id, runs) }));
    probes.clear();
    swap(answers, rows.map((row) => row.card.element));
    bars.update(rows);
    return { path: "api/ai/models/test", body, tell: (event, found) => told(event, found, rows, runs), end: (word) => ended(word, rows, runs) };
  }

  function told(event, found, rows, runs) {
    if (event === "done") {
      announce(`${found.passed} of ${runs > 1 ? plural(found.results.length, "call") : plural(found.results.length, "model")} answered.`);
      return;
    }
    const [row, number] = [rows[Math.floor(found.index / runs)], (found.index % runs) + 1];
    if (event === "started") {
      Object.assign(row, { began: performance.now(), state: runs > 1 ? `called, ${number} of ${runs}` : "called" });
      row.card.started(number);
    } else if (event === "text") {
      row.card.text(found.text);
      if (row.known.ttft_ms !== undefined) return;
      Object.assign(row, { state: "answering", known: { ttft_ms: performance.now() - row.began } });
    } else if (event === "notice") {
      row.card.notice(found);
      return;
    } else {
      row.results.push(found);
      const passed = row.results.filter((one) => one.ok).length;
      row.card.finished(found, number, passed);
      if (number === runs) {
        row.state = runs > 1 ? `${passed} of ${runs} answered` : found.ok ? `answered in ${duration(found.latency_ms)}` : `failed: ${found.error.kind}`;
        row.kind = passed === runs ? "good" : "bad";
      }
    }
    bars.update(rows);
  }

  function ended(word, rows, runs) {
    for (const row of rows) {
      row.card.end(word);
      if (row.results.length < runs) Object.assign(row, { state: word, kind: "bad" });
    }
    bars.update(rows);
  }

  /** What was spent: of probes no event tells. */
  async function respend() {
    try {
      shared.state.server = await read("api/ai/server");
      spent();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }

  function spent() {
    const found = shared.state.server.spending;
    spending.textContent = found.limit_usd === null ? "" : `${found.spent_usd ? usd(found.spent_usd) : "Nothing"} of ${usd(found.limit_usd)} spent in the last hour`;
  }

  show();
  dress();
  onAddress("test", () => {
    if (isRead) followAddress(); // the first time, when it is shown
  });
  return {
    /** Models to add to those that are chosen, once the view is shown. */
    begin(models) {
      given = models;
    },
    spent,
    update() {
      if (!shared.state.tasks) return;
      swap(tasks, h("option", { value: "" }, "choose"), shared.state.tasks.filter((task) => task.route).map((task) => h("option", { value: task.task }, task.task)));
      if (!isRead && addressView() === "test") followAddress();
      suggest();
      spent();
    },
  };
}
