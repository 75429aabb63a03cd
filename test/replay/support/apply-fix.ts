/** Applies a fix to the user's source as a person would: by its words, at its site. */
import { parseSync } from "rolldown/utils";
import type { Edit, Fix } from "dotworkflows/testing";
import type { Project } from "./project.ts";

type Node = { readonly type: string; readonly start: number; readonly end: number } & Readonly<Record<string, unknown>>;

/** Carries out all edits of a fix: at one site the name first, then what stands around, then what stands before. */
export function applyFix(project: Pick<Project, "read" | "write">, fix: Fix): void {
  // From the bottom up, so that sites above stay right; at one site, what stands around last.
  const rank = { rename: 0, wrap: 1, before: 2 };
  const edits = [...fix.edits].sort(
    (a, b) => b.site.line - a.site.line || b.site.column - a.site.column || rank[a.action] - rank[b.action],
  );
  for (const edit of edits) project.write(edit.site.file, applyEdit(project.read(edit.site.file), edit));
}

/** One edit of a source text. */
function applyEdit(source: string, { action, code, site }: Edit): string {
  const offset = offsetOf(source, site.line, site.column);
  const path = pathTo(parseSync(site.file, source).program as unknown as Node, offset);
  const call = path.findLast((node) => node.type === "CallExpression" && holds(node["callee"] as Node, offset));
  if (action === "before") return pasteBefore(source, path, code, call);
  if (call === undefined) throw new Error(`no call at ${site.file}:${site.line}:${site.column}`);
  const callText = source.slice(call.start, call.end);
  const own = spelled(code, source, call);
  switch (action) {
    case "rename": {
      const name = nameLiteral((call["arguments"] as Node[])[0]);
      return splice(source, name.start, name.end, own);
    }
    case "wrap":
      return splice(
        source,
        call.start,
        call.end,
        own.replace("…", () => callText),
      );
  }
}

/** Before the statement of a call; of what was put around the call, where that happened already. */
function pasteBefore(source: string, path: readonly Node[], code: string, call: Node | undefined): string {
  const target = call ?? path.at(-1);
  if (target === undefined) throw new Error(`nothing stands where ${code} is to go`);
  const own = call === undefined ? code : spelled(code, source, call);
  const arrow = path.findLast((node) => node.type === "ArrowFunctionExpression" && node.end >= target.end);
  const body = arrow?.["body"] as Node | undefined;
  if (arrow !== undefined && body !== undefined && body.type !== "BlockStatement" && body.type !== "FunctionBody") {
    const text = splice(source, body.start, body.end, `{ ${own} return ${source.slice(body.start, body.end)}; }`);
    return arrow["async"] === true ? text : splice(text, arrow.start, arrow.start, "async ");
  }
  const statement = path.findLast((node) => /Statement$|Declaration$/.test(node.type) && node.end >= target.end);
  const block = path[path.indexOf(statement as Node) - 1];
  if (statement === undefined || !/BlockStatement|FunctionBody|Program/.test(String(block?.type)))
    throw new Error(`no statement around ${source.slice(target.start, target.end)}`);
  return splice(source, statement.start, statement.start, `${own} `);
}

/** With the name that the context has at a call. */
function spelled(code: string, source: string, call: Node): string {
  return code.replaceAll(/\bctx(?=[.)])/g, receiverOf(source, call));
}

function nameLiteral(argument: Node | undefined): Node {
  if (argument?.type === "Literal") return argument;
  const property = (argument?.["properties"] as Node[] | undefined)?.find(
    (each) => (each["key"] as Node | undefined)?.["name"] === "name",
  );
  const value = property?.["value"] as Node | undefined;
  if (value?.type !== "Literal") throw new Error("the name is no literal");
  return value;
}

function receiverOf(source: string, call: Node): string {
  let object = (call["callee"] as Node)["object"] as Node;
  if ((object["property"] as Node | undefined)?.["name"] === "queue") object = object["object"] as Node;
  return source.slice(object.start, object.end);
}

function holds(node: Node, offset: number): boolean {
  return node.start <= offset && offset < node.end;
}

function pathTo(root: Node, offset: number): Node[] {
  const path: Node[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    else if (typeof value === "object" && value !== null) {
      const node = value as Node;
      const isNode = typeof node.type === "string" && typeof node.start === "number";
      if (isNode && !holds(node, offset)) return;
      if (isNode) path.push(node);
      visit(Object.values(node));
    }
  };
  visit(root);
  return path;
}

function offsetOf(source: string, line: number, column: number): number {
  const lines = source.split("\n");
  return lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
}

function splice(text: string, start: number, end: number, insert: string): string {
  return text.slice(0, start) + insert + text.slice(end);
}
