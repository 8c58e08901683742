// Axes of tables whose last columns are drawn: where a value lies, the marks above, and the lines behind the rows.

import { h } from "./dom.js";

const DAY = 86_400_000;

/** An axis of amounts from 0 to `highest`: `at` has the place of a value, from 0 to 1, `marks` the values to write. */
export function linear(highest) {
  const most = highest || 1;
  const size = 10 ** Math.floor(Math.log10(most / 4));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * size).find((one) => one * 5 >= most * 0.9999);
  const marks = Array.from({ length: Math.floor((most * 1.0001) / step) + 1 }, (_, index) => index * step);
  return { at: (value) => Math.min(1, value / most), marks, step };
}

/** A logarithmic axis that begins at the power of ten below the least amount. */
export function logarithmic(least, highest) {
  const from = Math.floor(Math.log10(least * 0.9999));
  const reach = Math.log10(highest) - from;
  const powers = Array.from({ length: Math.floor(reach + 1e-9) + 1 }, (_, index) => from + index);
  const every = Math.ceil(powers.length / 6);
  const factors = powers.length <= 2 ? [1, 2, 5] : powers.length <= 4 ? [1, 3] : [1];
  const marks = powers.filter((_, index) => index % every === 0).flatMap((power) => factors.map((factor) => factor * 10 ** power));
  return { at: (value) => Math.min(1, Math.max(0, (Math.log10(value) - from) / reach)), marks: marks.filter((mark) => mark <= highest * 1.0001) };
}

/** An axis of time between two moments in milliseconds, with a mark at the first day of a month. */
export function months(from, to) {
  const marks = [];
  const first = new Date(from);
  const count = (to - from) / (30 * DAY);
  const every = Math.max(1, Math.ceil(count / 8));
  for (let month = first.getUTCMonth() + 1; ; month += every) {
    const moment = Date.UTC(first.getUTCFullYear(), month, 1);
    if (moment > to) break;
    marks.push(moment);
  }
  return { at: (moment) => Math.min(1, Math.max(0, (moment - from) / (to - from))), marks };
}

/** The marks in words above their places; `flag` is one more, of a line of its own: its place and its words. */
export function axisHead(axis, write, flag = null) {
  const marks = axis.marks.map((value) => placed(h("span", { class: "mark" }, write(value)), axis.at(value)));
  return h("div", { class: `axis ${flag ? "flagged" : ""}`, "aria-hidden": "true" }, marks,
    flag ? placed(h("span", { class: "flag" }, flag.words), flag.at) : null);
}

/** Draw the lines of an axis behind all cells of a table that have the class "bars"; `line` is where one more goes. */
export function drawLines(table, axis, line = null) {
  const images = axis.marks.map((value) => `linear-gradient(var(--line), var(--line)) ${percents(axis.at(value))} 0 / 1px 100% no-repeat`);
  table.style.setProperty("--grid", images.join(", ") || "none");
  table.style.setProperty("--flag", percents(line ?? 0));
  table.classList.toggle("flagged", line !== null);
}

/** A bar from the beginning of the axis to a place. */
export function barTo(place, kind = "") {
  const drawn = h("div", { class: `bar ${kind}` });
  drawn.style.inlineSize = percents(place);
  return drawn;
}

/** An element at a place, on the side of it where there is room. */
function placed(element, place) {
  element.style.insetInlineStart = percents(place);
  element.dataset.side = place > 0.8 ? "before" : place < 0.08 ? "after" : "middle";
  return element;
}

function percents(place) {
  return `${Number((place * 100).toFixed(2))}%`;
}
