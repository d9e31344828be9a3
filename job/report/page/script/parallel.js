// Parallel coordinates of the trials: an axis for each dimension and for the score, a line for each trial.

const MARGIN = { top: 28, bottom: 30, left: 26, right: 62 };
const LEAST_SPACING = 66; // pixels between two axes: room for the numbers along one
const MANY = 80; // trials: their lines are thinner, or one could not see through them
const N_SHADES = 8; // as many as the style sheet has

function showParallel(report, selection, bodies) {
  const box = document.getElementById("chart");
  const svg = box.querySelector("svg");
  const axes = report.columns.map((column, index) => ({ ...column, index })).filter((column) => column.is_axis);
  svg.classList.toggle("many", report.trials.length > MANY);
  const chart = { report, selection, bodies, svg, axes, lines: new Map(), widthOf: measureWith(svg) };
  new ResizeObserver(() => drawWithin(chart, box.clientWidth, box.clientHeight)).observe(box);
  selection.whenChanged(() => updateChart(chart));
  for (const [trial, body] of bodies) {
    body.addEventListener("pointerenter", () => point(chart, trial));
    body.addEventListener("pointerleave", () => point(chart, null));
  }
}

function drawWithin(chart, available, height) {
  const least = MARGIN.left + MARGIN.right + LEAST_SPACING * (chart.axes.length - 1);
  const width = Math.max(available, least);
  if (chart.width === width && chart.height === height) return;
  Object.assign(chart, { width, height, spacing: (width - MARGIN.left - MARGIN.right) / Math.max(chart.axes.length - 1, 1) });
  chart.top = MARGIN.top + LINE_HEIGHT * Math.max(...chart.axes.map((axis) => labelLines(chart, axis).length));
  chart.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  chart.svg.setAttribute("width", width);
  chart.svg.setAttribute("height", height);
  placeChoices(chart);
  const trials = chart.report.trials.toReversed(); // the best is drawn last, over the others
  chart.lines = new Map(trials.map((trial) => [trial, lineOf(chart, trial)]));
  chart.svg.replaceChildren(...chart.lines.values(), ...chart.axes.map((axis, nth) => axisOf(chart, axis, nth)));
  updateChart(chart);
}

// Returns how many pixels a text takes as the name of an axis.
function measureWith(svg) {
  const context = document.createElement("canvas").getContext("2d");
  const { fontFamily, fontSize } = getComputedStyle(svg);
  context.font = `600 ${fontSize} ${fontFamily}`; // the weight that the style sheet gives them
  return (text) => context.measureText(text).width;
}

function updateChart(chart) {
  for (const [trial, line] of chart.lines) line.classList.toggle("out", !chart.selection.has(trial));
  for (const axis of chart.axes) axis.update();
}

// Marks a trial in the chart and in the table, and says in words what its line shows.
function point(chart, trial) {
  for (const each of [chart.pointed, trial].filter(Boolean)) {
    chart.lines.get(each)?.classList.toggle("pointed", each === trial);
    chart.bodies.get(each).classList.toggle("pointed", each === trial);
  }
  chart.pointed = trial;
  document.getElementById("pointed").textContent = trial ? describeTrial(chart, trial) : "";
}

function describeTrial(chart, trial) {
  const known = chart.axes.filter((axis) => axis.index === chart.report.score || trial.values[axis.index] !== null);
  const values = known.map((axis) => `${axis.name} ${describeValue(axis, trial.values[axis.index])}`);
  return `Trial ${trial.number}: ${values.join(", ")}`;
}

function describeValue(axis, value) {
  if (value === null) return "–";
  return axis.choices ? axis.choices[value] : `${formatNumber(toDigits(value, 4))} ${axis.unit}`.trimEnd();
}

function lineOf(chart, trial) {
  const points = chart.axes.map((axis, nth) => `${axisX(chart, nth)} ${yOf(chart, axis, trial)}`);
  const path = `M${points.join("L")}`;
  // The wide one cannot be seen: it is there to be hit.
  const line = make(chart, "g", { class: `line ${shadeOf(chart, trial)}` }, [
    make(chart, "path", { d: path, class: "target" }),
    make(chart, "path", { d: path, class: "stroke" }),
  ]);
  line.classList.toggle("best", trial.number === chart.report.best);
  line.classList.toggle("early", chart.bodies.get(trial).classList.contains("stopped"));
  line.addEventListener("pointerenter", () => point(chart, trial));
  line.addEventListener("pointerleave", () => point(chart, null));
  line.addEventListener("click", () => chart.bodies.get(trial).scrollIntoView({ block: "nearest" }));
  return line;
}

function shadeOf(chart, trial) {
  const { score, direction, columns } = chart.report;
  if (trial.values[score] === null) return "unscored";
  const place = placeOf(trial.values[score], columns[score].scale);
  const quality = direction === "max" ? place : 1 - place;
  return `shade-${Math.min(Math.floor(quality * N_SHADES), N_SHADES - 1)}`;
}

function axisX(chart, nth) {
  return MARGIN.left + nth * chart.spacing;
}

// Trials of one category are spread over its band, so that each can be followed.
function placeChoices(chart) {
  for (const axis of chart.axes.filter((each) => each.choices)) {
    axis.places = new Map();
    axis.choices.forEach((_, choice) => {
      const members = chart.report.trials.filter((trial) => trial.values[axis.index] === choice);
      members.forEach((trial, nth) => {
        const within = 0.5 + 0.7 * (0.5 - (nth + 0.5) / members.length);
        axis.places.set(trial, (choice + within) / axis.choices.length);
      });
    });
  }
}

// What has no score, and the value of an inactive dimension, lies below the axis.
function yOf(chart, axis, trial) {
  const value = trial.values[axis.index];
  if (value === null) return belowAxes(chart);
  return yAt(chart, axis.choices ? axis.places.get(trial) : placeOf(value, axis.scale));
}

function belowAxes(chart) {
  return chart.height - MARGIN.bottom + 18;
}

function yAt(chart, place) {
  return Number((chart.height - MARGIN.bottom - place * (chart.height - chart.top - MARGIN.bottom)).toFixed(1));
}

function placeAt(chart, y) {
  return (chart.height - MARGIN.bottom - y) / (chart.height - chart.top - MARGIN.bottom);
}

function make(chart, name, attributes, children = []) {
  const element = document.createElementNS(chart.svg.namespaceURI, name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  element.append(...children);
  return element;
}
