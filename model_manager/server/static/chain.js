// A route as people change it: each option a box with its shares as segments, and the boxes tried one after another.

import { h, swap, usd } from "./dom.js";
import { modelPicker, price } from "./picker.js";
import { AUTO, percent, segments, setPercent, tone } from "./routes.js";

/** The part that a new share of an option gets. */
const NEW_PERCENT = 10;

/**
 * The boxes of a route.
 *
 * `task` has the tiers of `auto`; `models()` what can be chosen, `find(name)` one by its name, `notes(model)` and
 * `cost(model)` are what the list of models says of each; `changed` is called with the options after each change.
 */
export function chainEditor({ task, models, find, notes, cost, changed }) {
  let options = [];
  /** Draw what is known of the model of each share. */
  let describing = [];
  const list = h("ol", { class: "chain", "aria-label": "Options, tried from first to last" });
  const element = h("div", { class: "chain-editor" }, h("p", { class: "stale" }, "The text is no route yet; these boxes are of the last one."), list,
    h("button", { type: "button", class: "add", onclick: () => add(options.length, [{ name: "", percent: null }]) }, "+ Add a fallback"));

  function draw() {
    describing = [];
    swap(list, options.map(box));
  }

  function tell() {
    changed(options);
  }

  function add(place, shares) {
    options.splice(place, 0, shares);
    draw();
    list.children[place].querySelector("input").focus();
  }

  function split(shares, place) {
    shares.push({ name: "", percent: null });
    if (shares.length === 2) shares[0].percent = null;
    const isBalanced = shares.length > 2 && shares[0].percent === null;
    if (!isBalanced) {
      if (shares.length === 2) [shares[0].percent, shares[1].percent] = [100, 0];
      setPercent(shares, shares.length - 1, NEW_PERCENT);
    }
    draw();
    [...list.children[place].querySelectorAll("input[role]")].at(-1).focus();
  }

  function remove(place, at) {
    const shares = options[place];
    const gone = shares.splice(at, 1)[0];
    if (!shares.length) options.splice(place, 1);
    else if (shares.length === 1) shares[0].percent = null;
    else if (gone.percent !== null) setPercent(shares, 0, shares[0].percent + Math.round((gone.percent * shares[0].percent) / Math.max(1, 100 - gone.percent)));
    draw();
    (list.children[Math.min(place, options.length - 1)] ?? element).querySelector("input, button")?.focus();
    tell();
  }

  function move(place, by) {
    [options[place], options[place + by]] = [options[place + by], options[place]];
    draw();
    list.children[place + by].querySelector(`[data-key="move-${by}"]:not(:disabled), [data-key^="move"]:not(:disabled)`)?.focus();
    tell();
  }

  function box(shares, place) {
    const bar = h("div");
    const rows = [];
    const isSplit = shares.length > 1;
    const isBalanced = isSplit && shares.every((one) => one.percent === null);
    const refresh = () => {
      swap(bar, isSplit ? segments(shares) : null);
      rows.forEach((row) => row());
    };
    const items = shares.map((one, at) => {
      const row = shareRow(shares, place, at, { isSplit, isBalanced, refresh });
      rows.push(row.refresh);
      return row.element;
    });
    refresh();
    const position = `Option ${place + 1}`;
    return h("li", { class: "chain-option" },
      h("div", { class: "chain-head" }, h("strong", {}, place ? "If that fails" : isSplit ? "Split between" : "Call"),
        isSplit ? balance(shares, isBalanced) : null,
        h("button", { type: "button", class: "plain", onclick: () => split(shares, place), "aria-label": `${position}: split` }, isSplit ? "Add a share" : "Split"),
        options.length > 1 ? [
          h("button", { type: "button", class: "plain icon", "data-key": "move--1", disabled: place === 0, "aria-label": `${position}: earlier`, title: "Earlier", onclick: () => move(place, -1) }, "\u2191"),
          h("button", { type: "button", class: "plain icon", "data-key": "move-1", disabled: place === options.length - 1, "aria-label": `${position}: later`, title: "Later", onclick: () => move(place, 1) }, "\u2193"),
        ] : null),
      bar, h("ul", { class: "shares" }, items));
  }

  function balance(shares, isBalanced) {
    const equal = h("input", { type: "checkbox", onchange: () => {
      if (equal.checked) shares.forEach((one) => { one.percent = null; });
      else setPercent(shares, 0, Math.ceil(100 / shares.length));
      draw();
      tell();
    } });
    equal.checked = isBalanced;
    return h("label", { class: "tick", title: "A share that fails is replaced by the next one at once" }, equal, " Equal shares");
  }

  function shareRow(shares, place, at, { isSplit, isBalanced, refresh }) {
    const one = shares[at];
    const name = `Option ${place + 1}${isSplit ? `, share ${at + 1}` : ""}`;
    const facts = h("div", { class: "share-facts quiet" });
    const picker = modelPicker({ label: `${name}: model`, value: one.name, models, notes, cost, chosen(chosen) {
      one.name = chosen;
      draw();
      list.children[place]?.querySelectorAll("input[role]")[at]?.focus();
      tell();
    } });
    const slider = isSplit && !isBalanced ? h("input", { type: "range", min: "0", max: "100", step: "1", "aria-label": `${name}: percent`, oninput: () => {
      setPercent(shares, at, Number(slider.value));
      refresh();
      tell();
    } }) : null;
    const shown = isSplit ? h("output", { class: "share-percent" }) : null;
    const tellFacts = () => swap(facts, describe(one.name, isSplit));
    tellFacts();
    describing.push(tellFacts, picker.refresh);
    return {
      element: h("li", { class: isSplit ? "share" : "share alone" }, isSplit ? h("span", { class: `swatch ${tone(at)}`, "aria-hidden": "true" }) : null, picker.element,
        isSplit ? h("div", { class: "share-part" }, slider, shown) : null,
        shares.length > 1 || options.length > 1
          ? h("button", { type: "button", class: "plain icon", "aria-label": `${name}: remove`, title: "Remove", onclick: () => remove(place, at) }, "\u00d7") : null,
        facts),
      refresh() {
        if (slider) slider.value = one.percent;
        slider?.setAttribute("aria-valuetext", `${one.percent}%`);
        if (shown) shown.textContent = percent(shares, at);
      },
    };
  }

  /** A line of what is known of a model: price, cost a month, and what speaks against it. */
  function describe(name, isPart) {
    if (!name) return "Choose a model.";
    if (name === AUTO) return tiers(task.auto);
    const model = find(name);
    if (!model) return "Not in the catalogue.";
    const monthly = cost(model);
    const note = notes(model);
    return [model.id === name ? null : [h("code", {}, model.id), ": "], price(model), monthly ? [", ", h("strong", {}, `${usd(monthly)} a month`), isPart ? " for all calls" : null] : null,
      note ? [" ", h("span", { class: `badge ${note.isBad ? "retired" : ""}` }, note.text)] : null];
  }

  draw();
  return {
    element,
    /** The costs of the models are known now. */
    priced() {
      for (const one of describing) one();
    },
    /** Show other options, such as those of a text. */
    show(next) {
      options = next;
      draw();
    },
  };
}

/** The models that `auto` chooses from, by complexity. */
export function tiers(auto) {
  if (!auto) return "Chooses by the query's complexity; this task has no [auto] table yet.";
  return h("span", { class: "tiers" }, Object.entries(auto.models ?? auto).filter(([, model]) => typeof model === "string")
    .map(([tier, model]) => h("span", { class: "tier" }, h("span", { class: "quiet" }, `${tier} `), h("code", {}, model))));
}
