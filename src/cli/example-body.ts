/**
 * A body that a schema takes, for people to type over: found by asking the schema itself what is wrong with one, since
 * that is all that every Standard Schema can do. Where it can also describe itself as JSON Schema, as newer ones do,
 * that says which values of a list, or of a format, are taken.
 *
 * Invariant: it ends, whatever the schema says: each place has so many candidates, and there are at most
 * {@link MOST_TRIES} tries. A schema that answers later (it may ask a server) is not asked.
 */
import type { StandardSchema, Workflow } from "../engine/define-workflow.ts";

/** A body to begin with. */
export interface ExampleBody {
  readonly body: unknown;
  /** The schema takes it as it is. */
  readonly passes: boolean;
}

type Path = readonly PropertyKey[];
type Shape = Readonly<Record<string, unknown>>;

const MOST_TRIES = 100;
/** In the order in which they are tried; the first stands where none is taken. */
const CANDIDATES: readonly unknown[] = ["…", 1, true, {}, [], ["…"]];
const BY_TYPE: Readonly<Record<string, unknown>> = { array: [], object: {}, number: 1, integer: 1, boolean: true };
const BY_FORMAT: Readonly<Record<string, string>> = {
  email: "you@example.com",
  uri: "https://example.com",
  uuid: "00000000-0000-4000-8000-000000000000",
  date: "2030-01-31",
  "date-time": "2030-01-31T12:00:00Z",
};

/** Bodies as JSON, to be typed over: `{}` where nothing is known. Each is looked for once. */
export function bodiesOf(workflow: Workflow): (name: string) => string {
  const known = new Map<string, string>();
  return (name) => {
    const example = known.get(name) ?? JSON.stringify(exampleBody(workflow, name)?.body ?? {});
    known.set(name, example);
    return example;
  };
}

/** An example of a message's body; undefined where the workflow declares none, or nothing can be said. */
export function exampleBody(workflow: Workflow, name: string): ExampleBody | undefined {
  const schema = typeof workflow === "function" ? undefined : workflow.messages?.[name];
  try {
    return schema === undefined ? undefined : exampleOf(schema);
  } catch {
    return undefined; // it is the user's code
  }
}

function exampleOf(schema: StandardSchema): ExampleBody | undefined {
  const shape = shapeOf(schema);
  const tried = new Map<string, number>();
  let body: unknown = {};
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const path = firstIssue(schema, body, (each) => (tried.get(keyOf(each)) ?? 0) <= candidatesAt(shape, each).length);
    if (path === "later") return undefined;
    if (path === "none" || path === "given up") return { body, passes: path === "none" };
    const key = keyOf(path);
    const nth = tried.get(key) ?? 0;
    const candidates = candidatesAt(shape, path);
    tried.set(key, nth + 1);
    body = withValue(body, path, structuredClone(nth < candidates.length ? candidates[nth] : candidates[0]));
  }
  return { body, passes: false };
}

/** The first place that something is wrong with and that has not been given up. */
function firstIssue(
  schema: StandardSchema,
  body: unknown,
  isOpen: (path: Path) => boolean,
): Path | "none" | "given up" | "later" {
  const result = schema["~standard"].validate(structuredClone(body));
  if (result instanceof Promise) {
    result.catch(() => undefined);
    return "later";
  }
  if (result.issues === undefined) return "none";
  const paths = result.issues.map(({ path = [] }) => path.map((part) => (typeof part === "object" ? part.key : part)));
  return paths.find(isOpen) ?? "given up";
}

function keyOf(path: Path): string {
  return JSON.stringify(path.map(String));
}

function withValue(body: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  const index = typeof key === "symbol" ? key.toString() : key;
  if (Array.isArray(body)) {
    const items: unknown[] = [...(body as readonly unknown[])];
    items[Number(index)] = withValue(items[Number(index)], rest, value);
    return items;
  }
  const fields = typeof body === "object" && body !== null ? (body as Shape) : {};
  return { ...fields, [index]: withValue(fields[index], rest, value) };
}

/** What the schema says of itself, by the Standard JSON Schema interface; empty where it does not. */
function shapeOf(schema: StandardSchema): Shape {
  const { jsonSchema } = schema["~standard"] as { jsonSchema?: { input?: (options: object) => unknown } };
  try {
    return asShape(jsonSchema?.input?.({ target: "draft-2020-12" }));
  } catch {
    return {}; // not everything can be described
  }
}

function candidatesAt(shape: Shape, path: Path): readonly unknown[] {
  let at = oneOf(shape);
  for (const key of path)
    at = oneOf(asShape(typeof key === "number" ? at["items"] : asShape(at["properties"])[String(key)]));
  const { const: only, default: usual, examples, enum: values, format, minimum, type } = at;
  const known = [BY_FORMAT[String(format)], minimum, BY_TYPE[String(type)]];
  const listed = [usual, only, ...asList(examples), ...asList(values), ...known];
  return [...listed.filter((value) => value !== undefined), ...CANDIDATES];
}

/** Of several shapes, the first. */
function oneOf(shape: Shape): Shape {
  const [first] = [...asList(shape["anyOf"]), ...asList(shape["oneOf"])];
  return first === undefined ? shape : asShape(first);
}

function asShape(value: unknown): Shape {
  return typeof value === "object" && value !== null ? (value as Shape) : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}
