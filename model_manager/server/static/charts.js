// Charts as SVG: stacked bars, bars, lines, and intervals. Each is a picture with a title and a description, a cursor
// that the pointer and the arrow keys move over its periods, and a table with the same numbers.

import { h, swap } from "./dom.js";
import { dataTable } from "./tables.js";

const HEIGHT = 220;
const TOP = 10;
const BOTTOM = 26;
const RIGHT = 10;
/** How wide a character of a label is at most, and how far labels of the time are apart at least. */
const CHARACTER = 7;
const LABEL_GAP = 18;
let charts = 0;

/** An element of SVG. */
export function s(tag, properties = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/**
 * A chart over periods of time; `update` draws other numbers in its place.
 *
 * `kind` is stack, bars or lines. Numbers: `periods` (of each a `short` label for the axis and a `long` one for the
 * readout, and `extra` words), `series` (a `name`, a `tone` for its colour, `values` with null for none), `format` for a
 * value (with the step of the axis: for a mark on it), `summary` in words.
 */
export function chart({ kind, title, legend = true }) {
  const id = `chart-${++charts}`;
  const svg = s("svg", { role: "img", "aria-labelledby": `${id}-title ${id}-desc`, height: HEIGHT, class: "plot" });
  const cursor = h("div", {
    class: "cursor", role: "slider", tabindex: "0", "aria-label": `${title}: period`, "aria-orientation": "horizontal",
    onkeydown: keys, onpointermove: follow, onpointerdown: follow, onpointerleave: rest, onblur: rest,
  });
  const summary = h("p", { class: "quiet summary" });
  const readout = h("p", { class: "readout" });
  const names = h("ul", { class: "legend" });
  const place = h("div", { class: "scroll", role: "region", "aria-label": `${title}: table`, tabindex: "0" });
  const table = h("details", { ontoggle: () => tabulate() }, h("summary", {}, "Table"), place);
  const element = h("figure", { class: `figure ${kind}`, "aria-labelledby": `${id}-name` },
    h("figcaption", {}, h("h2", { id: `${id}-name` }, title), summary),
    legend ? names : null, h("div", { class: "stage" }, svg, cursor), readout, table);
  let data = null;
  let at = null;
  let width = 0;
  let layout = null;
  new ResizeObserver(([entry]) => {
    const now = Math.floor(entry.contentRect.width);
    if (now === width) return;
    width = now;
    if (data) draw();
  }).observe(element);

  function draw() {
    if (!width) return;
    const { periods, series, format } = data;
    const sums = periods.map((_, index) => {
      const values = series.map((one) => one.values[index]).filter((value) => value !== null);
      return kind === "stack" ? values.reduce((sum, value) => sum + value, 0) : Math.max(0, ...values);
    });
    const { most, ticks } = scale(Math.max(0, ...sums), data.least ?? 0);
    const labels = ticks.map((tick) => format(tick, ticks[1]));
    const left = Math.ceil(Math.max(...labels.map((label) => label.length)) * CHARACTER) + 10;
    const step = (width - left - RIGHT) / Math.max(periods.length, 1);
    layout = { left, step, y: (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / most) };
    svg.setAttribute("width", width);
    svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    svg.replaceChildren(
      s("title", { id: `${id}-title` }, title),
      s("desc", { id: `${id}-desc` }, description()),
      ...grid(ticks, labels, left),
      ...times(periods),
      s("rect", { class: "at", x: 0, y: TOP, width: step, height: HEIGHT - TOP - BOTTOM, visibility: "hidden" }),
      ...(kind === "lines" ? lines(series) : bars(series)),
      ...(sums.some(Boolean) ? [] : [s("text", { class: "nothing", x: (left + width) / 2, y: HEIGHT / 2 }, data.nothing)]));
    mark();
  }

  function grid(ticks, labels, left) {
    return ticks.map((tick, index) => s("g", {},
      s("line", { class: tick ? "grid" : "base", x1: left, x2: width - RIGHT, y1: layout.y(tick), y2: layout.y(tick) }),
      s("text", { class: "value", x: left - 6, y: layout.y(tick) + 4 }, labels[index])));
  }

  /** As many labels as there is room for; a period without a short label has none. */
  function times(periods) {
    const longest = Math.max(1, ...periods.map((period) => period.short.length)) * CHARACTER + LABEL_GAP;
    const marked = periods.map((period, index) => index).filter((index) => periods[index].short);
    const apart = marked.length > 1 ? (marked.at(-1) - marked[0]) / (marked.length - 1) : 1;
    const every = Math.max(1, Math.ceil(longest / (layout.step * apart)));
    return marked.filter((_, place) => place % every === 0).map((index) => {
      const middle = layout.left + layout.step * (index + 0.5);
      const half = (periods[index].short.length * CHARACTER) / 2;
      const x = Math.min(Math.max(middle, layout.left + half - 6), width - half);
      return s("text", { class: "time", x, y: HEIGHT - 8 }, periods[index].short);
    });
  }

  function bars(series) {
    const gap = Math.min(4, Math.max(1, layout.step * 0.2));
    const heights = new Array(data.periods.length).fill(0);
    return series.map((one) => s("g", { class: `tone-${one.tone}` }, one.values.map((value, index) => {
      if (!value) return null;
      const base = kind === "stack" ? heights[index] : 0;
      heights[index] = base + value;
      const top = layout.y(base + value);
      return s("rect", { x: layout.left + layout.step * index + gap / 2, y: top, width: Math.max(1, layout.step - gap), height: Math.max(0.5, layout.y(base) - top) });
    })));
  }

  function lines(series) {
    const x = (index) => layout.left + layout.step * (index + 0.5);
    return series.map((one) => {
      const path = one.values.map((value, index) => {
        if (value === null) return "";
        const goesOn = index > 0 && one.values[index - 1] !== null;
        return `${goesOn ? "L" : "M"}${x(index).toFixed(1)} ${layout.y(value).toFixed(1)}`;
      }).join("");
      const dots = one.values.map((value, index) => (value === null ? null : s("circle", { cx: x(index), cy: layout.y(value), r: 2.5 })));
      return s("g", { class: `tone-${one.tone} line ${one.dashed ? "dashed" : ""}` }, s("path", { d: path }), dots);
    });
  }

  function description() {
    const peak = data.series.map((one) => {
      const known = one.values.filter((value) => value !== null);
      return known.length ? `${one.name}: at most ${data.format(Math.max(...known))}` : null;
    }).filter(Boolean);
    return `${data.summary} ${data.periods.length} periods from ${data.periods[0]?.long ?? "?"} to ${data.periods.at(-1)?.long ?? "?"}. ${peak.join("; ")}. The table below has all numbers.`;
  }

  function said(index) {
    const known = data.series.map((one) => [one, one.values[index]]).filter(([, value]) => value !== null && (value || kind !== "stack"));
    const words = known.map(([one, value]) => `${one.name} ${data.format(value)}`);
    const total = kind === "stack" && known.length > 1 ? [`total ${data.format(known.reduce((sum, [, value]) => sum + value, 0))}`] : [];
    const extra = data.periods[index].extra;
    return `${data.periods[index].long}: ${[...total, ...words, ...(extra ? [extra] : [])].join(", ") || data.nothing}`;
  }

  function mark() {
    const last = data.periods.length - 1;
    if (at !== null && at > last) at = last;
    const shown = at ?? last;
    cursor.setAttribute("aria-valuemin", "0");
    cursor.setAttribute("aria-valuemax", String(Math.max(last, 0)));
    cursor.setAttribute("aria-valuenow", String(Math.max(shown, 0)));
    if (last >= 0) cursor.setAttribute("aria-valuetext", said(shown));
    readout.textContent = last >= 0 ? said(shown) : "";
    const band = svg.querySelector(".at");
    band.setAttribute("visibility", at === null ? "hidden" : "visible");
    if (at !== null) band.setAttribute("x", layout.left + layout.step * at);
  }

  function move(index) {
    at = Math.min(Math.max(index, 0), data.periods.length - 1);
    mark();
  }

  function keys(event) {
    const last = data ? data.periods.length - 1 : -1;
    if (last < 0) return;
    const now = at ?? last;
    const places = { ArrowLeft: at === null ? last : now - 1, ArrowDown: now - 1, ArrowRight: now + 1, ArrowUp: now + 1, Home: 0, End: last };
    if (!(event.key in places)) return;
    event.preventDefault();
    move(places[event.key]);
  }

  function follow(event) {
    if (!data?.periods.length || !layout) return;
    const x = event.clientX - svg.getBoundingClientRect().left - layout.left;
    move(Math.floor(x / layout.step));
  }

  function rest() {
    if (at === null || !data) return;
    at = null;
    mark();
  }

  function tabulate() {
    if (!table.open || !data) return;
    const { periods, series, format } = data;
    const hasTotal = kind === "stack" && series.length > 1;
    const hasExtra = periods.some((period) => period.extra);
    const headers = ["Period", ...(hasTotal ? ["Total"] : []), ...series.map((one) => one.name), ...(hasExtra ? ["Calls"] : [])];
    swap(place, dataTable(title, headers, periods.map((period, index) => {
      const values = series.map((one) => one.values[index]);
      const total = values.reduce((sum, value) => sum + (value ?? 0), 0);
      return [period.long, ...(hasTotal ? [format(total)] : []), ...values.map((value) => (value === null ? "" : format(value))), ...(hasExtra ? [period.extra ?? "none"] : [])];
    })));
  }

  return {
    element,
    update(fresh) {
      data = fresh;
      summary.textContent = fresh.summary;
      swap(names, fresh.series.map((one) => h("li", {}, h("span", { class: `swatch tone-${one.tone} ${one.dashed ? "dashed" : ""}`, "aria-hidden": "true" }), one.name)));
      draw();
      tabulate();
    },
  };
}

/** The end of an axis and its marks: round numbers, at least to `least`. */
function scale(highest, least) {
  const wanted = Math.max(highest, least) || 1;
  const size = 10 ** Math.floor(Math.log10(wanted / 4));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * size).find((one) => one * 4 >= wanted * 0.9999);
  const count = Math.ceil((wanted * 0.9999) / step);
  const ticks = Array.from({ length: count + 1 }, (_, index) => step * index);
  return { most: step * count, ticks };
}

/** A change beside zero with its interval: a picture for the eye, whose numbers stand beside it as text. */
export function interval({ relative, low, high }, reach, isGood) {
  const [width, height] = [240, 22];
  const x = (value) => width / 2 + (Math.min(Math.max(value, -reach), reach) / reach) * (width / 2 - 6);
  return s("svg", { class: `interval ${isGood === null ? "" : isGood ? "good" : "bad"}`, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
    s("line", { class: "base", x1: width / 2, x2: width / 2, y1: 0, y2: height }),
    s("line", { class: "range", x1: x(low), x2: x(high), y1: height / 2, y2: height / 2 }),
    s("circle", { cx: x(relative), cy: height / 2, r: 4.5 }));
}
