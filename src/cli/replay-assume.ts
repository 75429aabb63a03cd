/** `--assume`: the values with which a comparison goes on past what is not recorded. */
import { formatLocation, type Location } from "../engine/history/location.ts";
import type { ReplayEntry, ReplayReport } from "../engine/replay/report.ts";
import { CliError } from "./cli-error.ts";
import { escapeLine } from "./escape.ts";
import { EXIT } from "./exit-codes.ts";
import { readJson } from "./input.ts";

const EXAMPLE = `for example: --assume 'orders[12]/charge={"paid":true}'`;

/** Values by formatted location. */
export type Assumed = ReadonlyMap<string, { readonly value: unknown }>;

/** Kinds whose value nobody has while they are not recorded. */
const VALUED: readonly string[] = ["step", "message", "loop", "join", "race"];

/** `orders[12]/charge=JSON`, or the location as a JSON array. @throws CliError for anything else */
export function readAssumptions(texts: readonly string[]): Assumed {
  return new Map(
    texts.map((text) => {
      const [, location, json] = /^(\[.*?\](?==)|(?:"(?:[^"\\]|\\.)*"|[^"=])+)=(.*)$/s.exec(text) ?? [];
      if (location === undefined || json === undefined) throw badAssumption(text, "it has no =");
      return [keyOf(location, text), { value: readJson(json, `--assume ${location}`, EXAMPLE) }];
    }),
  );
}

function keyOf(location: string, text: string): string {
  if (!location.startsWith("[")) return location;
  try {
    return formatLocation(JSON.parse(location) as Location);
  } catch (error) {
    throw badAssumption(text, error instanceof Error ? error.message : String(error));
  }
}

/** Refuses values for locations at which no comparison could take one. @throws CliError that lists those that could */
export function checkAssumptions(assumed: Assumed, reports: readonly ReplayReport[]): void {
  const open = new Set(reports.flatMap(placesForValues));
  const unknown = [...assumed.keys()].filter((location) => !open.has(location));
  if (unknown.length === 0 || reports.length === 0) return;
  const list = [...open].map((location) => `\n  --assume '${escapeLine(location)}=…'`).join("");
  throw new CliError(`--assume: nothing at ${unknown.map(escapeLine).join(", ")} needs a value`, {
    code: "usage",
    exitCode: EXIT.usage,
    hint: open.size === 0 ? "all that the code asks for is recorded, or known" : `these could take one:${list}`,
  });
}

/** Where a comparison could take a value, as formatted locations. */
export function placesForValues({ entries }: ReplayReport): string[] {
  return entries.filter(takesValue).map(locationOf);
}

/** Asked for and not recorded as such: the comparison ends there without a value. */
function takesValue({ verdict, asked }: ReplayEntry): boolean {
  return ["inserted", "next", "kind"].includes(verdict) && VALUED.includes(asked?.kind ?? "");
}

function locationOf({ location }: ReplayEntry): string {
  return formatLocation(location);
}

function badAssumption(text: string, why: string): CliError {
  return new CliError(`--assume takes location=json, not ${text}: ${why}`, {
    code: "usage",
    exitCode: EXIT.usage,
    hint: EXAMPLE,
  });
}
