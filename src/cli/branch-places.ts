/** Where in the user's files the branches of a join or a race threw. Pure. */
import { userFrames, userPlace } from "./user-stack.ts";

/** Most errors of a chain of causes that are looked at. */
const DEEPEST = 20;
/** Most branches that are told of. */
const MOST = 5;

/** A line for each branch that failed, where its place is known: `x: at fl.ts:6:108`. */
export function branchPlaces(error: unknown): string[] {
  const places = placesIn(error, "", 0);
  const more = places.length > MOST ? [`and ${places.length - MOST} more`] : [];
  return [...places.slice(0, MOST), ...more];
}

/** The stack of the error underneath: where the user's code threw first. */
export function deepestStack(error: unknown): string | undefined {
  let stack: string | undefined;
  for (let at = error, depth = 0; at instanceof Error && depth < DEEPEST; at = at.cause, depth++)
    if (userFrames(at.stack).length > 0) stack = at.stack;
  return stack;
}

function placesIn(error: unknown, path: string, depth: number): string[] {
  if (!(error instanceof Error) || depth > DEEPEST) return [];
  const branches = branchesOf(error);
  if (branches.length === 0) return placesIn(error.cause, path, depth + 1);
  return branches.flatMap(([name, cause]) => {
    const branch = path === "" ? name : `${path}/${name}`;
    const inner = placesIn(cause, branch, depth + 1);
    const place = userPlace(deepestStack(cause));
    if (inner.length > 0) return inner;
    return place === undefined ? [] : [`${branch}: at ${place}`];
  });
}

/** What the branches failed with: a join has them by name, a race in a list. */
function branchesOf(error: Error): [name: string, error: unknown][] {
  const { code, errors } = error as { code?: unknown; errors?: unknown };
  if (typeof errors !== "object" || errors === null) return [];
  if (code === "join_failed") return Object.entries(errors);
  if (code !== "race_failed" || !Array.isArray(errors)) return [];
  return (errors as { name: string; cause: unknown }[]).map(({ name, cause }) => [name, cause]);
}
