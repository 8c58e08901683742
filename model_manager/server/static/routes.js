// Routes: their text, the options and shares that it says, and how shares are moved. The grammar is the server's.

import { h } from "./dom.js";

const SHARE = /^(?:(\d{1,3})\s*:\s*)?([A-Za-z0-9][A-Za-z0-9._:/@-]*)$/;
/** Stands for "choose by the query's complexity". */
export const AUTO = "auto";
/** Colours of shares before they repeat. */
const TONES = 6;

/** The options of a route, each a list of `{name, percent}`; null where the text is none. */
export function parseRoute(text) {
  const options = text.split(",").map((option) => option.split("+").map(share));
  return options.every((shares) => shares.every(Boolean) && isWhole(shares)) ? options : null;
}

function share(text) {
  const found = SHARE.exec(text.trim());
  return found && { name: found[2], percent: found[1] === undefined ? null : Number(found[1]) };
}

function isWhole(shares) {
  const known = shares.filter((one) => one.percent !== null);
  return !known.length || (known.length === shares.length && known.reduce((sum, one) => sum + one.percent, 0) === 100);
}

/** The text of a route; a share that has no model yet is left out, and its part goes to the others. */
export function routeText(options) {
  return options.map((shares) => {
    const named = shares.filter((one) => one.name);
    const isSplit = named.some((one) => one.percent !== null) && named.length > 1;
    const percents = named.length === shares.length ? named.map((one) => one.percent) : spread(named.map((one) => one.percent ?? 1), 100);
    return named.map((one, place) => (isSplit ? `${percents[place]}:${one.name}` : one.name)).join("+");
  }).filter(Boolean).join(",");
}

/** Give a share another part; the others keep their proportions. */
export function setPercent(shares, place, percent) {
  const others = shares.filter((_, other) => other !== place);
  const parts = spread(others.map((one) => one.percent ?? 1), 100 - percent);
  shares[place].percent = percent;
  others.forEach((one, other) => { one.percent = parts[other]; });
}

/** Parts of a whole in these proportions, as whole numbers; equal ones where all are zero. */
function spread(weights, whole) {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const exact = weights.map((weight) => (whole * (sum ? weight : 1)) / (sum || weights.length));
  const parts = exact.map(Math.floor);
  const order = exact.map((part, place) => place).toSorted((a, b) => exact[b] % 1 - (exact[a] % 1) || a - b);
  for (let left = whole - parts.reduce((total, part) => total + part, 0), next = 0; left > 0; left--) parts[order[next++]]++;
  return parts;
}

/** The part of an option's traffic that a share has, from 0 to 1. */
export function part(shares, place) {
  return shares[place].percent === null ? 1 / shares.length : shares[place].percent / 100;
}

/** Parts of the traffic as a bar: one segment for each share. The words beside it say the same. */
export function segments(shares) {
  return h("span", { class: "segments", "aria-hidden": "true" }, shares.map((_, place) => {
    const segment = h("span", { class: `segment ${tone(place)}` });
    segment.style.flexGrow = part(shares, place);
    return segment;
  }));
}

/** The colour of a share, by its place in its option. */
export function tone(place) {
  return `tone-${place % TONES}`;
}

/** A route to look at: shares as segments, fallbacks behind arrows; what is no route is its text. */
export function routePicture(text) {
  const options = parseRoute(text);
  if (!options) return h("code", {}, text);
  return h("span", { class: "route" }, options.map((shares, place) => [
    place ? h("span", { class: "arrow" }, h("span", { class: "visually-hidden" }, "if that fails"), h("span", { "aria-hidden": "true" }, "\u2192")) : null,
    h("span", { class: "option" }, shares.length > 1 ? segments(shares) : null,
      h("span", { class: "names" }, shares.map((one, at) => h("span", { class: "name" },
        shares.length > 1 ? [h("span", { class: `swatch dot ${tone(at)}`, "aria-hidden": "true" }), `${percent(shares, at)} `] : null, h("code", {}, one.name))))),
  ]));
}

/** The part of a share in words. */
export function percent(shares, place) {
  return `${Math.round(part(shares, place) * 100)}%`;
}
