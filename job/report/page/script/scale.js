// Where a number lies along the axis of its column, from 0 at its low end to 1 at its high one, and back.

const FORMS = {
  linear: { forth: (value) => value, back: (place) => place },
  log: { forth: (value) => Math.log10(value), back: (place) => 10 ** place },
  error: {
    forth: (value, scale) => -Math.log10(scale.ceiling - value),
    back: (place, scale) => scale.ceiling - 10 ** -place,
  },
};

function placeOf(value, scale) {
  const { forth } = FORMS[scale.form];
  const [low, high] = [forth(scale.low, scale), forth(scale.high, scale)];
  return (forth(value, scale) - low) / (high - low);
}

// A reader cannot place anything more exactly than to three digits.
function valueAt(place, scale) {
  if (place <= 0) return scale.low;
  if (place >= 1) return scale.high;
  const { forth, back } = FORMS[scale.form];
  const [low, high] = [forth(scale.low, scale), forth(scale.high, scale)];
  const value = rounded(back(low + place * (high - low), scale), scale);
  return Math.min(Math.max(value, scale.low), scale.high);
}

function rounded(value, scale) {
  if (scale.whole) return Math.round(value);
  if (scale.form === "error") return Number((scale.ceiling - toDigits(scale.ceiling - value, 3)).toFixed(6));
  // The digits that count are those of the range: one from 1000 to 1001 needs more of them.
  const finest = scale.form === "log" ? value : scale.high - scale.low;
  return Number(value.toFixed(Math.min(Math.max(2 - Math.floor(Math.log10(Math.abs(finest))), 0), 20)));
}

function toDigits(value, digits) {
  return Number(value.toPrecision(digits));
}

function formatNumber(value) {
  const short = toDigits(value, 6);
  return short !== 0 && Math.abs(short) < 1e-3 ? short.toExponential() : String(short);
}
