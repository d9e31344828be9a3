// The form above the trials. It shows what is asked for, whether that was asked for here or in the chart.

function showFilters(report, selection) {
  const form = document.getElementById("filters");
  const words = document.getElementById("words");
  form.addEventListener("submit", (event) => event.preventDefault());
  words.addEventListener("input", () => selection.setWords(words.value));
  for (const field of form.querySelectorAll("fieldset")) {
    const column = Number(field.dataset.column);
    if (report.columns[column].scale) linkRange(field, column, selection);
    else linkChoices(field, column, selection);
  }
  document.getElementById("reset").addEventListener("click", () => {
    words.value = "";
    selection.clear();
    words.focus();
  });
  selection.whenChanged(() => showMatching(report, selection));
  showMatching(report, selection);
}

function linkRange(field, column, selection) {
  const ends = [...field.querySelectorAll("input")];
  const asNumber = (input) => (Number.isFinite(input.valueAsNumber) ? input.valueAsNumber : null);
  field.addEventListener("input", () => selection.setRange(column, ...ends.map(asNumber)));
  selection.whenChanged(() => {
    const range = selection.range(column);
    for (const input of ends) {
      const wanted = range[input.dataset.end];
      // Writing into a field that already says so would move the caret of whoever types in it.
      if (asNumber(input) !== wanted) input.value = wanted === null ? "" : formatNumber(wanted);
    }
  });
}

function linkChoices(field, column, selection) {
  field.addEventListener("change", (event) => selection.toggle(column, Number(event.target.value)));
  selection.whenChanged(() => {
    for (const input of field.querySelectorAll("input")) input.checked = selection.isChosen(column, Number(input.value));
  });
}

function showMatching(report, selection) {
  const n = report.trials.length;
  const matching = report.trials.filter((trial) => selection.has(trial)).length;
  document.getElementById("matching").textContent = selection.isEmpty
    ? `${n} ${n === 1 ? "trial" : "trials"}`
    : `${matching} of ${n} trials: ${selection.describe()}`;
  document.getElementById("reset").disabled = selection.isEmpty;
}
