// A field for a model's name: words find it among any number of models, with prices, by mouse or keys.

import { h, plural, rate, swap, tokens, usd } from "./dom.js";

/** Models that are listed at once: a browser takes seconds for thousands, and nobody reads them. */
const MOST = 50;
/** States of a model that are worth a word. */
const NOTED = new Set(["preview", "legacy", "deprecated", "retired"]);
let count = 0;

/**
 * A combobox of models.
 *
 * `models()` are those to choose from, the best first, each with `id`, `name`, `provider`, `aliases`, `price`; `notes(model)`
 * is what else is to be said of one, as `{text, isBad}` or null; `cost(model)` its cost a month in US dollars, null where
 * it is unknown and undefined where nobody asks. `chosen` is called with the name when one was chosen or typed.
 */
export function modelPicker({ label, value = "", models, notes = () => null, cost = () => undefined, chosen }) {
  const id = `picker-${++count}`;
  let known = value;
  let sought = "";
  let found = [];
  let active = -1;
  const list = h("ul", { id, class: "options", role: "listbox", "aria-label": `${label}: models`, popover: "manual" });
  const total = h("span", { class: "visually-hidden", role: "status" });
  const input = h("input", { type: "text", role: "combobox", value, "aria-label": label, "aria-controls": id, "aria-expanded": "false",
    "aria-autocomplete": "list", autocomplete: "off", autocapitalize: "none", spellcheck: "false", placeholder: "Search models",
    oninput: () => open(input.value), onclick: () => isOpen() || open(""), onkeydown: key, onblur: leave });
  const element = h("div", { class: "model-picker" }, input, list, total);

  const isOpen = () => input.getAttribute("aria-expanded") === "true";

  function open(text) {
    sought = text;
    found = search(models(), text);
    active = text && found.length ? 0 : found.findIndex((model) => model.id === known);
    draw();
    if (!isOpen()) {
      list.showPopover();
      input.setAttribute("aria-expanded", "true");
      window.addEventListener("scroll", place, true);
      window.addEventListener("resize", place);
    }
    place();
    mark();
  }

  function draw() {
    const more = found.length - MOST;
    if (active >= MOST) active = -1;
    swap(list, found.slice(0, MOST).map((model, at) => option(model, at)),
      more > 0 ? h("li", { class: "quiet more", role: "presentation" }, `and ${more.toLocaleString("en")} more: type to narrow them down`) : null,
      found.length ? null : h("li", { class: "quiet more", role: "presentation" }, "No model has these words."));
    total.textContent = plural(found.length, "model");
  }

  function option(model, at) {
    const monthly = cost(model);
    const note = notes(model);
    return h("li", { id: `${id}-${at}`, role: "option", "aria-selected": "false", class: model.status === "retired" ? "retired" : null,
      onmousedown: (event) => { event.preventDefault(); take(model.id); } },
    h("span", { class: "option-name" }, h("code", {}, model.id), NOTED.has(model.status) ? h("span", { class: `badge ${model.status}` }, model.status) : null,
      note ? h("span", { class: `badge ${note.isBad ? "retired" : ""}` }, note.text) : null),
    h("span", { class: "option-facts" }, model.summary ?? [model.provider ? `${model.provider} \u00b7 ` : "", price(model), model.context_window ? ` \u00b7 ${tokens(model.context_window)}` : ""]),
    monthly === undefined ? null : h("span", { class: "money option-cost" }, monthly === null ? "cost unknown" : monthly === 0 ? "free" : `${usd(monthly)} a month`));
  }

  /** Below the field, or above it where there is more room; in the top layer, so that no dialog cuts it off. */
  function place() {
    const box = input.getBoundingClientRect();
    const below = innerHeight - box.bottom - 8;
    const room = Math.max(below, box.top - 8);
    const width = Math.min(Math.max(box.width, 448), innerWidth - 16);
    Object.assign(list.style, {
      left: `${Math.max(8, Math.min(box.left, innerWidth - width - 8))}px`, width: `${width}px`, maxHeight: `${Math.min(room, 360)}px`,
      top: below >= Math.min(room, 240) ? `${box.bottom + 2}px` : "auto", bottom: below >= Math.min(room, 240) ? "auto" : `${innerHeight - box.top + 2}px`,
    });
  }

  function mark() {
    for (const item of list.querySelectorAll('[aria-selected="true"]')) item.setAttribute("aria-selected", "false");
    const item = active >= 0 ? document.getElementById(`${id}-${active}`) : null;
    if (!item) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    item.setAttribute("aria-selected", "true");
    item.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", item.id);
  }

  function close() {
    if (!isOpen()) return;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    list.hidePopover();
    window.removeEventListener("scroll", place, true);
    window.removeEventListener("resize", place);
  }

  function key(event) {
    const last = Math.min(found.length, MOST) - 1;
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };
    if (event.key in steps) {
      event.preventDefault();
      if (!isOpen()) open("");
      else active = Math.max(0, Math.min(last, active + steps[event.key]));
      mark();
    } else if (event.key === "Enter") {
      event.preventDefault(); // no form is sent by a choice
      take(isOpen() && active >= 0 ? found[active].id : input.value.trim());
    } else if (event.key === "Escape" && isOpen()) {
      event.preventDefault(); // the dialog stays
      event.stopPropagation();
      input.value = known;
      close();
    }
  }

  function take(name) {
    close();
    if (!name) {
      input.value = known;
      return;
    }
    input.value = name;
    if (name === known) return;
    known = name;
    chosen(name);
  }

  function leave() {
    if (isOpen() || input.value !== known) take(input.value.trim());
  }

  return {
    element, input,
    /** More is known of the models: draw those that are listed anew, with the same one marked. */
    refresh() {
      if (!isOpen()) return;
      const marked = found[active]?.id;
      found = search(models(), sought);
      active = found.findIndex((model) => model.id === marked);
      draw();
      place();
      mark();
    },
    set(name) {
      known = name;
      if (document.activeElement !== input) input.value = name;
    },
  };
}

/** The models that have all words in their id, name, provider or aliases; those whose id begins with the text come first. */
export function search(models, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return models;
  const found = models.filter((model) => {
    const place = words_of(model);
    return words.every((word) => place.includes(word));
  });
  const start = words.join(" ");
  const rank = (model) => (model.id === start || model.aliases.includes(start) ? 0 : model.id.startsWith(start) ? 1 : 2);
  return found.map((model) => [rank(model), model]).toSorted((a, b) => a[0] - b[0]).map((pair) => pair[1]);
}

const texts = new WeakMap();

function words_of(model) {
  let text = texts.get(model);
  if (text === undefined) {
    text = [model.id, model.name, model.provider, ...model.aliases].join(" ").toLowerCase();
    texts.set(model, text);
  }
  return text;
}

/** The price of a model in short: per million tokens in and out. */
export function price(model) {
  if (!model.price) return "price unknown";
  if (model.price.input === 0 && model.price.output === 0) return "free";
  return `${rate(model.price.input)} in, ${rate(model.price.output)} out`;
}
