// Elements and numbers. Text only ever becomes text: nothing here, or anywhere on the page, parses HTML.

/** An element: properties that start with "on" listen, `class` and the rest are attributes, false and null leave out. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Put other content in place; what had the focus keeps it, if it is still there under its `data-key`. */
export function swap(place, ...content) {
  const key = place.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  place.replaceChildren(...content.flat(Infinity).filter(Boolean));
  if (key) place.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
}

/** Take a dialog that is closed off the page and call `ended`, once. */
export function onClose(dialog, ended) {
  dialog.addEventListener("close", () => {
    if (!dialog.isConnected) return;
    dialog.remove();
    ended();
  });
}

/** Close a dialog at once: the browser's own event comes later, when the address may name the next dialog. */
export function closeNow(dialog) {
  dialog.close();
  dialog.dispatchEvent(new Event("close"));
}

/** Tell who cannot see it. */
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}

/** Run a function when nothing has called for it any more for a moment. */
export function calm(work, milliseconds = 250) {
  let timer;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...given), milliseconds);
  };
}

/** US dollars: as many digits as tell something; unknown is no zero. */
export function usd(amount) {
  if (amount === null || amount === undefined) return "?";
  if (amount === 0) return "free";
  const sign = amount < 0 ? "\u2212" : "";
  const size = Math.abs(amount);
  const digits = size >= 1 ? 2 : Math.min(8, 2 - Math.floor(Math.log10(size)));
  return `${sign}$${size.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: digits })}`;
}

/** A difference in money, with its sign. */
export function delta(amount) {
  if (amount === null || amount === undefined) return "unknown";
  if (amount === 0) return "no difference";
  return `${amount > 0 ? "+" : ""}${usd(amount)}`;
}

/** A price per million tokens. */
export function rate(amount) {
  if (amount === null || amount === undefined) return "?";
  return amount === 0 ? "free" : `$${amount.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 6 })}`;
}

/** A number of tokens, short: 200k, 1M. */
export function tokens(count) {
  if (count === null || count === undefined) return "?";
  if (count >= 1e6) return `${Number((count / 1e6).toFixed(2))}M`;
  if (count >= 1e3) return `${Number((count / 1e3).toFixed(1))}k`;
  return String(count);
}

/** A duration in milliseconds. */
export function duration(ms) {
  if (ms === null || ms === undefined) return "?";
  if (ms > 0 && ms < 1) return "<1 ms";
  return ms >= 1000 ? `${(ms / 1000).toFixed(2)} s` : `${Math.round(ms)} ms`;
}

/** How a cost compares with another. */
export function times(relative) {
  if (relative === null || relative === undefined) return "";
  if (relative === 0) return "free";
  if (Math.abs(relative - 1) < 0.005) return "the same";
  const ratio = relative < 1 ? 1 / relative : relative;
  const shown = ratio >= 10 ? Math.round(ratio).toLocaleString("en") : ratio.toFixed(1).replace(/\.0$/, "");
  if (shown === "1") return "about the same";
  return `${shown}\u00d7 ${relative < 1 ? "cheaper" : "as expensive"}`;
}

/** "1 model", "3 models". */
export function plural(count, word) {
  return `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
}

/** What this page calls the fields of a request that messages name in backticks. */
const LABELS = { force: "\u201cWrite it anyway\u201d", max_tokens: "\u201cMaximum output tokens\u201d", timeout: "the timeout" };

/** A message of the server with this page's names of fields. */
export function named(text) {
  return text?.replace(/`(\w+)`/g, (whole, name) => LABELS[name] ?? whole);
}

/** The problem details of a refusal as a box: what is wrong, where, and how to fix it. */
export function problemBox(problem, retry = null) {
  return h("div", { class: "error", role: "alert" },
    h("p", {}, h("strong", {}, named(problem.detail ?? problem.message) ?? "Something went wrong.")),
    problem.hint ? h("p", {}, named(problem.hint)) : null,
    problem.problems?.length
      ? h("ul", {}, problem.problems.map((item) => h("li", {}, place(item), item.message, item.hint ? ` (${item.hint})` : "")))
      : null,
    problem.kind === "auth" ? h("p", {}, h("a", { href: "login" }, "Log in")) : null,
    retry ? h("button", { type: "button", onclick: retry }, "Try again") : null);
}

function place(item) {
  const file = item.file ? `${item.file}${item.line ? `:${item.line}` : ""} ` : "";
  return `${file}${item.key ? `${item.key}: ` : ""}`;
}

/** What is wrong with a task or a model: a word for the severity, not only a colour. */
export function findings(list) {
  if (!list.length) return null;
  const words = { error: "Error", warning: "Warning", info: "Note" };
  return h("ul", { class: "findings" },
    list.map((item) => h("li", { class: item.severity }, h("strong", {}, `${words[item.severity]}: `), item.message)));
}

/** The first number of a form that is none: its label and what is wrong, or null. Not reported: that takes the focus. */
export function mistakeIn(form) {
  const wrong = form.querySelector("input:invalid");
  return wrong && `${wrong.labels[0].textContent}: ${wrong.validationMessage}`;
}

/** A field with its label. */
export function field(label, control, help = null) {
  const id = control.id || `field-${label.toLowerCase().replace(/[^a-z]+/g, "-")}`;
  control.id = id;
  if (help) control.setAttribute("aria-describedby", `${id}-help`);
  return h("div", { class: "field" }, h("label", { for: id }, label), control,
    help ? h("p", { class: "help", id: `${id}-help` }, help) : null);
}

/** A box to tick, with its label. */
export function tick(label, name, checked, onchange) {
  const box = h("input", { type: "checkbox", name, onchange });
  box.checked = checked;
  return h("label", { class: "tick" }, box, ` ${label}`);
}
