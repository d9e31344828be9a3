// The axes of the chart, and how a reader asks for a part of one: by dragging along it, by moving the handles at its ends
// with a finger or the arrow keys, or by choosing values.

const HANDLE = 24; // pixels, for a finger
const KEY_STEPS = { ArrowUp: 0.02, ArrowRight: 0.02, ArrowDown: -0.02, ArrowLeft: -0.02, PageUp: 0.1, PageDown: -0.1 };
const LINE_HEIGHT = 13; // pixels, of the names of the axes
const MOST_LINES = 3; // of the name of one axis
const GAP = 6; // pixels between the names of two axes
const CLICK = 4; // pixels within which a drag is none

function axisOf(chart, axis, nth) {
  const group = make(chart, "g", { class: "axis", transform: `translate(${axisX(chart, nth)} 0)` }, [labelOf(chart, axis, nth)]);
  if (axis.choices) drawChoices(chart, axis, group);
  else drawRange(chart, axis, group);
  if (axis.index !== chart.report.score && chart.report.trials.some((trial) => trial.values[axis.index] === null)) {
    const text = make(chart, "text", { x: 8, y: belowAxes(chart) + 9, class: "tick" });
    text.textContent = "—"; // of the trials in which the dimension is inactive
    group.append(text);
  }
  return group;
}

function labelOf(chart, axis, nth) {
  const lines = labelLines(chart, axis);
  const edge = { start: -MARGIN.left + 2, middle: 0, end: MARGIN.right - 2 };
  const anchor = nth === 0 ? "start" : nth === chart.axes.length - 1 ? "end" : "middle";
  const spans = lines.map((line, row) => {
    const y = chart.top - 20 - LINE_HEIGHT * (lines.length - 1 - row);
    const span = make(chart, "tspan", { x: edge[anchor], y });
    span.textContent = line;
    return span;
  });
  return make(chart, "text", { class: "label", "text-anchor": anchor }, spans);
}

// Long names are folded where they have an underscore or a space.
function labelLines(chart, axis) {
  const room = chart.spacing - GAP;
  const lines = [];
  for (const word of [axis.name, axis.unit].filter(Boolean).join(", ").split(/(?<=[_\s])/)) {
    const joined = (lines.at(-1) ?? "") + word;
    if (lines.length && chart.widthOf(joined.trim()) <= room) lines[lines.length - 1] = joined;
    else lines.push(word);
  }
  const shown = lines.slice(0, MOST_LINES);
  if (lines.length > MOST_LINES) shown[MOST_LINES - 1] += "…";
  return shown.map((line) => shortened(chart, line, room));
}

function shortened(chart, text, room) {
  let kept = text.replace(/…$/, "");
  let short = text;
  while (kept.length > 1 && chart.widthOf(short.trim()) > room) {
    kept = kept.slice(0, -1);
    short = `${kept}…`;
  }
  return short;
}

function drawChoices(chart, axis, group) {
  const height = (yAt(chart, 0) - yAt(chart, 1)) / axis.choices.length;
  const bands = axis.choices.map((choice, index) => {
    const y = yAt(chart, (index + 1) / axis.choices.length);
    const text = make(chart, "text", { x: 8, y: y + height / 2, class: "tick" });
    text.textContent = shortened(chart, choice, Math.min(chart.spacing, 2 * MARGIN.right) - 12);
    const rect = make(chart, "rect", { x: -7, y: y + 2, width: 14, height: Math.max(height - 4, 1), rx: 3 });
    const role = { class: "band", role: "checkbox", tabindex: 0, "aria-label": `${axis.name} ${choice}` };
    const band = make(chart, "g", role, [rect, text]);
    whenActivated(band, () => chart.selection.toggle(axis.index, index));
    return band;
  });
  group.append(...bands);
  axis.update = () =>
    bands.forEach((band, index) => (band.ariaChecked = String(chart.selection.isChosen(axis.index, index))));
}

function whenActivated(element, act) {
  element.addEventListener("click", act);
  element.addEventListener("keydown", (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    act();
  });
}

function drawRange(chart, axis, group) {
  const [top, bottom] = [yAt(chart, 1), yAt(chart, 0)];
  const area = make(chart, "rect", { class: "area", x: -14, y: top, width: 28, height: bottom - top });
  const rule = make(chart, "line", { class: "rule", y1: top, y2: bottom });
  const brush = make(chart, "rect", { class: "brush", x: -6, width: 12 });
  const handles = { low: handleOf(chart, axis, "low"), high: handleOf(chart, axis, "high") };
  group.append(area, rule, ...ticksOf(chart, axis), brush, handles.low, handles.high);
  brushWith(chart, axis, area);
  axis.update = () => {
    const { low, high } = placesOf(chart, axis);
    brush.setAttribute("y", yAt(chart, high));
    brush.setAttribute("height", Math.max(yAt(chart, low) - yAt(chart, high), 0));
    group.classList.toggle("brushed", low > 0 || high < 1);
    moveHandle(chart, axis, handles.low, low);
    moveHandle(chart, axis, handles.high, high);
  };
}

function ticksOf(chart, axis) {
  return axis.scale.ticks.map((tick) => {
    const y = yAt(chart, placeOf(tick, axis.scale));
    const text = make(chart, "text", { x: 9, y, class: "tick" });
    text.textContent = formatNumber(tick);
    return make(chart, "g", {}, [make(chart, "line", { class: "rule", x1: -4, x2: 4, y1: y, y2: y }), text]);
  });
}

function placesOf(chart, axis) {
  const { low, high } = chart.selection.range(axis.index);
  const clamped = (value) => placeOf(Math.min(Math.max(value, axis.scale.low), axis.scale.high), axis.scale);
  return { low: low === null ? 0 : clamped(low), high: high === null ? 1 : clamped(high) };
}

// An end of the axis is an open one, so that rounding leaves no trial out.
function setPlaces(chart, axis, low, high) {
  const [from, to] = [low <= 0 ? null : valueAt(low, axis.scale), high >= 1 ? null : valueAt(high, axis.scale)];
  chart.selection.setRange(axis.index, from, to);
}

function handleOf(chart, axis, end) {
  const isLow = end === "low";
  const role = { role: "slider", tabindex: 0, "aria-orientation": "vertical" };
  const limits = { "aria-valuemin": axis.scale.low, "aria-valuemax": axis.scale.high };
  const label = { "aria-label": `${axis.name}, ${isLow ? "from" : "to"}` };
  const handle = make(chart, "g", { class: "handle", ...role, ...limits, ...label }, [
    make(chart, "rect", { x: -HANDLE / 2, y: isLow ? 0 : -HANDLE, width: HANDLE, height: HANDLE }),
    make(chart, "path", { d: `M0 0L7 ${isLow ? 10 : -10}H-7Z` }),
  ]);
  const place = () => placesOf(chart, axis)[end];
  const moveTo = (wanted) => {
    const { low, high } = placesOf(chart, axis);
    if (isLow) setPlaces(chart, axis, Math.min(wanted, high), high);
    else setPlaces(chart, axis, low, Math.max(wanted, low));
  };
  handle.addEventListener("keydown", (event) => moveByKey(event, axis, place(), moveTo));
  whenDragged(handle, () => yAt(chart, place()), (y) => moveTo(placeAt(chart, y)));
  return handle;
}

function moveHandle(chart, axis, handle, place) {
  const value = valueAt(place, axis.scale);
  handle.setAttribute("transform", `translate(0 ${yAt(chart, place)})`);
  handle.ariaValueNow = String(value);
  handle.ariaValueText = formatNumber(value);
}

function moveByKey(event, axis, place, moveTo) {
  const ends = { Home: 0, End: 1 };
  if (!(event.key in KEY_STEPS) && !(event.key in ends)) return;
  event.preventDefault();
  moveTo(ends[event.key] ?? stepped(place, KEY_STEPS[event.key], axis.scale));
}

// A step between two whole numbers is at least one of them.
function stepped(place, step, scale) {
  const value = valueAt(place, scale);
  if (!scale.whole || valueAt(place + step, scale) !== value) return place + step;
  return placeOf(Math.min(Math.max(value + Math.sign(step), scale.low), scale.high), scale);
}

// Tells `act` where what was at `start()` has been dragged to.
function whenDragged(element, start, act) {
  let offset = 0;
  // Or else the page would scroll: browsers differ in whether the parts of a drawing have a touch-action.
  element.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
  element.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    offset = start() - event.clientY;
    element.focus();
    element.setPointerCapture(event.pointerId);
  });
  element.addEventListener("pointermove", (event) => {
    if (element.hasPointerCapture(event.pointerId)) act(event.clientY + offset);
  });
}

// A finger along an axis scrolls the page: it has the handles.
function brushWith(chart, axis, area) {
  let from = null;
  area.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch") return;
    from = yOfPointer(chart, event);
    area.setPointerCapture(event.pointerId);
  });
  area.addEventListener("pointermove", (event) => {
    if (from === null) return;
    const places = [placeAt(chart, from), placeAt(chart, yOfPointer(chart, event))].sort((a, b) => a - b);
    setPlaces(chart, axis, ...places);
  });
  area.addEventListener("pointerup", (event) => {
    if (from !== null && Math.abs(yOfPointer(chart, event) - from) < CLICK) chart.selection.setRange(axis.index, null, null);
    from = null;
  });
  area.addEventListener("pointercancel", () => (from = null));
}

function yOfPointer(chart, event) {
  return event.clientY - chart.svg.getBoundingClientRect().top;
}
