/** JSON text in which no number is changed by reading it. Pure. */

/** What a text has in which a number may be changed: most have none. */
const DOUBTFUL = /\d{16}|\d[eE]/;
/** An escaped character of a string, the end or beginning of one, a number or digits of a string. */
const TOKEN = /\\.|"|-?\d[\d.eE+-]*/g;

/**
 * The first number of a valid JSON text that JavaScript cannot hold: a whole number that would become another one, or
 * one beyond all numbers. Undefined where each is read as it is written; `1.10` is 1.1.
 */
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
  if (!Number.isFinite(value)) return true;
  return /^-?\d{16,}$/.test(token) && String(value) !== token && BigInt(token) !== BigInt(value);
}

/** What is said of such a number, and what to write instead. */
export function describeChangedNumber(token: string): { readonly message: string; readonly hint: string } {
  const short = token.length > 40 ? `${token.slice(0, 40)}…` : token;
  const isWhole = /^-?\d+$/.test(token);
  return {
    message: `the number ${short} would become ${String(Number(token))}`,
    hint: isWhole
      ? `write it as a string, "${short}", or as {"$bigint":"${short}"}`
      : `write it as a string, "${short}"`,
  };
}

/** Whether a text is exactly what JavaScript prints for a number, and a whole number is a safe one: `1.5`, not `1.10`. */
export function isPlainNumber(text: string): boolean {
  const value = Number(text);
  return Number.isFinite(value) && String(value) === text && (!Number.isInteger(value) || Number.isSafeInteger(value));
}
