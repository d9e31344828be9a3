// What a reader asks for: ranges and choices by the index of their column, and words. Asked for nothing, it has every trial.

class Selection {
  #listeners = [];
  #words = [];
  #ranges = new Map();
  #choices = new Map();

  constructor(columns) {
    this.columns = columns;
  }

  whenChanged(listener) {
    this.#listeners.push(listener);
  }

  // null leaves an end open.
  setRange(column, low, high) {
    if (low === null && high === null) this.#ranges.delete(column);
    else this.#ranges.set(column, { low, high });
    this.#tell();
  }

  range(column) {
    return this.#ranges.get(column) ?? { low: null, high: null };
  }

  toggle(column, choice) {
    const chosen = this.#choices.get(column) ?? new Set();
    if (!chosen.delete(choice)) chosen.add(choice);
    if (chosen.size) this.#choices.set(column, chosen);
    else this.#choices.delete(column);
    this.#tell();
  }

  isChosen(column, choice) {
    return this.#choices.get(column)?.has(choice) ?? false;
  }

  setWords(text) {
    this.#words = text.toLowerCase().split(/\s+/).filter(Boolean);
    this.#tell();
  }

  clear() {
    this.#words = [];
    this.#ranges.clear();
    this.#choices.clear();
    this.#tell();
  }

  get isEmpty() {
    return this.#words.length + this.#ranges.size + this.#choices.size === 0;
  }

  has(trial) {
    return (
      this.#words.every((word) => trial.text.includes(word)) &&
      [...this.#choices].every(([column, chosen]) => chosen.has(trial.values[column])) &&
      [...this.#ranges].every(([column, range]) => isWithin(trial.values[column], range))
    );
  }

  describe() {
    const parts = this.#words.map((word) => `“${word}”`);
    for (const [column, { low, high }] of this.#ranges) {
      const { name, unit } = this.columns[column];
      const ends = [low === null ? "" : ` from ${formatNumber(low)}`, high === null ? "" : ` to ${formatNumber(high)}`];
      parts.push(`${name}${ends.join("")} ${unit}`.trimEnd());
    }
    for (const [column, chosen] of this.#choices) {
      const { name, choices } = this.columns[column];
      parts.push(`${name} ${[...chosen].map((choice) => choices[choice]).join(" or ")}`);
    }
    return parts.join(", ");
  }

  #tell() {
    for (const listener of this.#listeners) listener();
  }
}

function isWithin(value, { low, high }) {
  return value !== null && (low === null || value >= low) && (high === null || value <= high);
}
