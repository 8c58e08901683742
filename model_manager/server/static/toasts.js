// Short messages at the edge of the screen, for what happens elsewhere than where somebody looks.

import { h } from "./dom.js";

/** How long one stays, unless somebody points at it or is in it. */
const STAY_MS = 8_000;
/** More than that cover the page. */
const MOST = 3;

/** Show a message; `action` is a button as `{text, run}`. It is not read aloud: who shows it announces it too. */
export function toast(text, { kind = "info", action = null } = {}) {
  const place = document.getElementById("toasts");
  const element = h("div", { class: `toast ${kind}` }, h("span", {}, text),
    action ? h("button", { type: "button", class: "plain", onclick: () => { element.remove(); action.run(); } }, action.text) : null,
    h("button", { type: "button", class: "plain icon", "aria-label": "Close the message", onclick: () => element.remove() }, "\u00d7"));
  for (const old of [...place.children].slice(0, Math.max(0, place.children.length - MOST + 1))) old.remove();
  place.append(element);
  let timer = null;
  const wait = () => { timer = setTimeout(() => element.remove(), STAY_MS); };
  const hold = () => clearTimeout(timer);
  for (const name of ["mouseenter", "focusin"]) element.addEventListener(name, hold);
  for (const name of ["mouseleave", "focusout"]) element.addEventListener(name, wait);
  wait();
}
