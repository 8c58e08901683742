// Live tests: one prompt, several models, their answers side by side as they come.

import { follow, Refusal } from "./api.js";
import { announce, duration, field, h, named, plural, problemBox, swap, usd } from "./dom.js";

const MOST = 8;

export function testView(root, shared) {
  const chosen = [];
  let running = null;
  const chips = h("ul", { class: "chips", "aria-label": "Models to test" });
  const name = h("input", { id: "test-model", list: "model-names", autocomplete: "off", autocapitalize: "none", spellcheck: "false",
    onchange: () => add(name.value), onkeydown: (event) => { if (event.key === "Enter") { event.preventDefault(); add(name.value); } } });
  const tasks = h("select", { id: "test-task", onchange: () => { pick(tasks.value); tasks.value = ""; } });
  const prompt = h("textarea", { id: "test-prompt", rows: "3", maxlength: "100000", required: true }, "Say hello in one short sentence.");
  const system = h("textarea", { id: "test-system", rows: "2", maxlength: "100000" });
  const limit = h("input", { id: "test-limit", type: "number", min: "1", max: "1000000", step: "1", inputmode: "numeric" });
  const warmth = h("input", { id: "test-warmth", type: "number", min: "0", max: "2", step: "0.1", inputmode: "decimal" });
  const run = h("button", { type: "submit", class: "primary" }, "Run");
  const stop = h("button", { type: "button", hidden: true, onclick: () => running?.abort() }, "Stop");
  const spending = h("span", { class: "quiet" });
  const message = h("div");
  const answers = h("div", { class: "answers" });
  const form = h("form", { class: "panel", onsubmit: (event) => { event.preventDefault(); start(); } },
    h("div", { class: "row" }, field("Add a model", name), field("Or all models of a task", tasks)), chips,
    field("Prompt", prompt),
    h("details", {}, h("summary", {}, "More"), field("System prompt", system),
      h("div", { class: "row" }, field("Maximum output tokens", limit), field("Temperature", warmth))),
    h("div", { class: "actions" }, run, stop, spending));
  root.append(h("h1", { id: "title-test" }, "Test"),
    h("p", { class: "quiet" }, "Makes live calls with the server's keys. They cost money."), form, message, answers);

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
    return true;
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
        onclick: () => { chosen.splice(chosen.indexOf(id), 1); show(); name.focus(); } }, "\u00d7"))));
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
    const body = { models: [...chosen], prompt: prompt.value };
    if (system.value.trim()) body.system = system.value;
    if (limit.value) body.max_tokens = Number(limit.value);
    if (warmth.value) body.temperature = Number(warmth.value);
    const columns = chosen.map((id) => column(id));
    swap(answers, columns.map((one) => one.element));
    swap(message);
    running = new AbortController();
    const hadFocus = document.activeElement === run;
    [run.disabled, stop.hidden] = [true, false];
    if (hadFocus) stop.focus();
    try {
      await follow("api/ai/models/test", body, (event, found) => tell(event, found, columns), running.signal);
      columns.forEach((one) => one.end());
    } catch (error) {
      if (error.name === "AbortError") {
        columns.forEach((one) => one.end("stopped"));
        announce("Stopped");
      } else {
        columns.forEach((one) => one.end("failed"));
        swap(message, problemBox(error instanceof Refusal ? error.problem : { detail: "The connection was lost." }));
      }
    } finally {
      running = null;
      const isLeft = document.activeElement === stop;
      [run.disabled, stop.hidden] = [false, true];
      if (isLeft) run.focus();
    }
  }

  function tell(event, found, columns) {
    if (event === "done") {
      announce(`${found.passed} of ${plural(found.results.length, "model")} answered.`);
      praise(columns);
    } else if (event === "problem") swap(message, problemBox(found.error));
    else columns[found.index]?.[event]?.(found);
  }

  show();
  return {
    begin(models) {
      models.forEach(add);
    },
    spent() {
      const found = shared.state.server.spending;
      spending.textContent = found.limit_usd === null ? "" : `${found.spent_usd ? usd(found.spent_usd) : "Nothing"} of ${usd(found.limit_usd)} spent in the last hour`;
    },
    update() {
      if (!shared.state.tasks) return;
      swap(tasks, h("option", { value: "" }, "choose"), shared.state.tasks.filter((task) => task.route).map((task) => h("option", { value: task.task }, task.task)));
      this.spent();
    },
  };
}

/** One model's answer. */
function column(id) {
  const began = performance.now();
  const state = h("p", { class: "state" }, "waiting");
  const words = document.createTextNode("");
  const text = h("pre", { class: "answer", tabindex: "0", role: "region", "aria-label": `Answer of ${id}` }, words);
  const facts = h("dl", { class: "facts" });
  const notes = h("ul", { class: "findings" });
  const badges = h("span");
  let first = null;
  let isOver = false;
  let waiting = "";
  let frame = 0;
  /** Show what has come since the last frame: a layout for each piece of a fast stream would stop the page. */
  function flush() {
    cancelAnimationFrame(frame);
    frame = 0;
    if (!waiting) return;
    words.appendData(waiting);
    waiting = "";
    text.scrollTop = text.scrollHeight;
  }
  const fact = (name, value) => [h("dt", {}, name), h("dd", {}, value)];
  const measured = (ttft, speed, cost) => swap(facts, fact("First token", ttft), fact("Speed", speed), fact("Cost", cost));
  measured("\u2013", "\u2013", "\u2013");
  const element = h("article", { class: "card answer-card", "aria-label": id },
    h("div", { class: "card-head" }, h("h2", {}, h("code", {}, id)), badges), state, facts, text, notes);
  return {
    element, badges, result: null,
    started() {
      state.textContent = "called";
    },
    text(found) {
      if (first === null) {
        first = performance.now() - began;
        measured(`about ${duration(first)}`, "\u2013", "\u2013");
        state.textContent = "answering";
      }
      waiting += found.text;
      if (!frame) frame = requestAnimationFrame(flush);
    },
    notice(found) {
      notes.append(h("li", { class: "info" }, found.text));
    },
    finished(found) {
      isOver = true;
      flush();
      this.result = found;
      state.textContent = found.ok ? `answered in ${duration(found.latency_ms)}` : `failed: ${found.error.kind}`;
      state.classList.add(found.ok ? "good" : "bad");
      if (found.text !== null) words.data = found.text;
      measured(duration(found.ttft_ms), found.tokens_per_second === null ? "?" : `${Math.round(found.tokens_per_second)} tokens/s`,
        found.cost_usd !== null ? usd(found.cost_usd) : found.ok || found.text ? "unknown" : "\u2013");
      const { input_tokens: into, output_tokens: out } = found.usage;
      if (into !== null || out !== null) facts.append(...fact("Tokens", `${into ?? "?"} in, ${out ?? "?"} out`));
      for (const call of found.tool_calls) notes.append(h("li", { class: "info" }, `calls ${call.name}(${JSON.stringify(call.arguments)})`));
      for (const warning of found.warnings) notes.append(h("li", { class: "warning" }, warning));
      if (found.error) notes.append(h("li", { class: "error" }, found.error.message, found.error.hint ? ` \u2013 ${named(found.error.hint)}` : ""));
    },
    end(word = "failed") {
      if (isOver) return;
      isOver = true;
      flush();
      state.textContent = word;
      state.classList.add("bad");
    },
  };
}

/** Say who was first, fastest and cheapest, where there was a contest. */
function praise(columns) {
  const passed = columns.filter((one) => one.result?.ok);
  if (passed.length < 2) return;
  const best = (value, word, sign) => {
    const known = passed.filter((one) => one.result[value] !== null);
    const top = known.toSorted((a, b) => sign * (a.result[value] - b.result[value]))[0];
    if (top) top.badges.append(h("span", { class: "badge good" }, word));
  };
  best("ttft_ms", "first", 1);
  best("tokens_per_second", "fastest", -1);
  best("cost_usd", "cheapest", 1);
}
