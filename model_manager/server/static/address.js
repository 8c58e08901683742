// The state of a view in the page's address, as a query in its hash (`#costs?task=chat`): a link opens it, Back goes back.

const listeners = new Map();
/** Keys that open something on top of a view: a way back to the view by its tab does not open it again. */
const passing = new Set();
/** The query that each view had when it was left. */
const remembered = new Map();
/** How long going back is waited for: it may be stopped, and nobody tells the page. */
const MOST_BACK_MS = 1000;
/** Fulfilled when the browser has gone back, while it does: until then the address is still that of what was closed. */
let leaving = null;

/** The name of the present view; empty where the address has none. */
export function addressView() {
  return location.hash.slice(1).split("?", 1)[0];
}

/** The state of the present view. */
export function addressState() {
  return new URLSearchParams(location.hash.split("?").slice(1).join("?"));
}

/** The hash of a view in a state; what is null or empty is left out. */
export function addressOf(view, values = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== "") query.set(name, String(value));
  }
  return hash(view, query);
}

/**
 * Write the state of the present view: each key that is given, null or empty takes it out. No listener is called.
 *
 * `push` makes an entry of the history, for what people take back with Back (a dialog, a page of its own);
 * without it the present entry changes, as for each letter of a search.
 */
export function changeAddress(changes, { push = false } = {}) {
  if (leaving) {
    leaving.then(() => changeAddress(changes, { push })); // an entry made now would be the one that is left
    return;
  }
  const query = addressState();
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === "") query.delete(name);
    else query.set(name, String(value));
    if (push) passing.add(name);
  }
  const next = hash(addressView(), query);
  if (next === location.hash) return;
  if (push) history.pushState({ isPushed: true }, "", next);
  else history.replaceState(history.state, "", next);
  remember();
}

/** Take back what `changeAddress` pushed: Back where this page made the entry, else the keys are taken out. */
export function leaveAddress(...keys) {
  if (leaving) {
    leaving.then(() => leaveAddress(...keys)); // Back twice would leave the page
    return;
  }
  if (!keys.some((key) => addressState().has(key))) return;
  if (history.state?.isPushed) goBack();
  else changeAddress(Object.fromEntries(keys.map((key) => [key, null])));
}

function goBack() {
  leaving = new Promise((resolve) => {
    window.addEventListener("popstate", resolve, { once: true });
    setTimeout(resolve, MOST_BACK_MS);
  }).then(() => { leaving = null; });
  history.back();
}

/** Call `listener` with the state of a view when its address changes from outside: Back, Forward, a link, a tab. */
export function onAddress(view, listener) {
  listeners.set(view, listener);
}

/** The hash that leads back to a view as it was left, without what was open on top of it. */
export function lastAddress(view) {
  return hash(view, remembered.get(view) ?? new URLSearchParams());
}

/** Tell a view of its address. The frame of the page calls it, once it shows that view. */
export function tellAddress(view) {
  remember();
  listeners.get(view)?.(addressState());
}

function remember() {
  const query = addressState();
  for (const name of passing) query.delete(name);
  remembered.set(addressView(), query);
}

function hash(view, query) {
  const text = query.toString();
  return text ? `#${view}?${text}` : `#${view}`;
}
