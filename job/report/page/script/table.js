// The table of trials: sorted by the column that a reader asks for, with the rows of those that the selection has.

function showTable(report, selection) {
  const table = document.getElementById("trials");
  const bodies = new Map([...table.tBodies].map((body, index) => [report.trials[index], body]));
  for (const [trial, body] of bodies) trial.text = body.textContent.toLowerCase();
  makeSortable(table, report, bodies);
  selection.whenChanged(() => {
    for (const [trial, body] of bodies) body.hidden = !selection.has(trial);
  });
  return bodies;
}

function makeSortable(table, report, bodies) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => sortBy(index));
  });
  headings[0].ariaSort = "ascending";

  function sortBy(index) {
    const heading = headings[index];
    const direction = heading.ariaSort ? opposite(heading.ariaSort) : report.columns[index].first;
    for (const each of headings) each.ariaSort = null;
    heading.ariaSort = direction;
    const sorted = report.trials.toSorted(comparison(index, direction === "descending"));
    table.append(...sorted.map((trial) => bodies.get(trial)));
  }
}

function opposite(direction) {
  return direction === "ascending" ? "descending" : "ascending";
}

// Whichever way the others go, the trials without a value come last.
function comparison(column, descending) {
  return (one, other) => {
    const [a, b] = [one.values[column], other.values[column]];
    if (a === null || b === null) return (a === null) - (b === null);
    return descending ? b - a : a - b;
  };
}
