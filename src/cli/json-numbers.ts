/**
 * JSON text in which no number is changed by reading it. Pure.
 *
 * A number is kept when all of its digits are: written out to as many digits as the text has, what JavaScript holds is
 * what the text says. So `0.1` is kept, and so is any number that a program printed, to however many digits; `1.10` is
 * 1.1.
 */

/** What a text has in which a number may be changed: most have none. */
const DOUBTFUL = /[\d.]{16}|\d[eE]/;
/** An escaped character of a string, the end or beginning of one, a number or digits of a string. */
const TOKEN = /\\.|"|-?\d[\d.eE+-]*/g;
/** The most digits that JavaScript writes out. */
const MOST_DIGITS = 100;

/** The first number of a valid JSON text that JavaScript cannot hold as it is written; undefined: there is none. */
export function changedNumber(json: string): string | undefined {
  if (!DOUBTFUL.test(json)) return undefined;
  let isInString = false;
  for (const [token] of json.matchAll(TOKEN)) {
    if (token === '"') isInString = !isInString;
    else if (!isInString && isChanged(token)) return token;
  }
  return undefined;
}

function isChanged(token: string): boolean {
  const value = Number(token);
  if (String(value) === token) return false;
  const written = decimalOf(token);
  if (written.digits === "") return false; // zero, however it is written
  if (!Number.isFinite(value) || written.digits.length > MOST_DIGITS) return true;
  const held = decimalOf(value.toPrecision(written.digits.length));
  return held.digits !== written.digits || held.exponent !== written.exponent;
}

/** The digits of a number from the first to the last that is not 0, and the power of ten of that last one. */
function decimalOf(text: string): { readonly digits: string; readonly exponent: number } {
  const [mantissa = "", power = "0"] = text.toLowerCase().split("e");
  const [whole = "", fraction = ""] = mantissa.replace("-", "").split(".");
  const all = (whole + fraction).replace(/^0+/, "");
  const digits = all.replace(/0+$/, "");
  return { digits, exponent: Number(power) - fraction.length + (all.length - digits.length) };
}

/** What is said of such a number, and what to write instead. */
export function describeChangedNumber(token: string): { readonly message: string; readonly hint: string } {
  const short = token.length > 40 ? `${token.slice(0, 40)}…` : token;
  const value = Number(token);
  const message = `the number ${short} would become ${String(value)}`;
  const asString = `write it as a string, "${short}"`;
  if (/^-?\d+$/.test(token)) return { message, hint: `${asString}, or as {"$bigint":"${short}"}` };
  const isNear = Number.isFinite(value) && value !== 0;
  return { message, hint: isNear ? `${asString}, or as the number that is kept, ${String(value)}` : asString };
}

/** Whether a text is exactly what JavaScript prints for a number, and a whole number is a safe one: `1.5`, not `1.10`. */
export function isPlainNumber(text: string): boolean {
  const value = Number(text);
  return Number.isFinite(value) && String(value) === text && (!Number.isInteger(value) || Number.isSafeInteger(value));
}
