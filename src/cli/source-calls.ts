/**
 * Where a user's files ask for entries by name, as literals: `ctx.step("charge", …)`, `ctx.loop({ name: "items", … })`.
 * It reads text, not syntax trees: what it cannot make out counts as a computed name, which may be any.
 */
import { readFileSync } from "node:fs";
import type { EntryKind } from "../engine/history/events.ts";
import type { Source } from "../engine/replay/whereabouts.ts";
import type { Site } from "../engine/replay/report.ts";
import { isTopLevel, meetingsIn } from "./source-callers.ts";
import { type SourceText, sourceText } from "./source-text.ts";

/** Which kind of entry a method asks for. */
const KINDS: Readonly<Record<string, EntryKind>> = {
  step: "step",
  tryStep: "step",
  loop: "loop",
  sleep: "sleep",
  sleepUntil: "sleep",
  next: "message",
  nextBatch: "message",
  join: "join",
  race: "race",
  rollbackCheckpoint: "rollback_checkpoint",
  getVersion: "version_check",
  removed: "removed",
};

const METHODS = Object.keys(KINDS).join("|");
/** A method of that name and the beginning of its call, up to the name where there is one. */
const CALL = new RegExp(String.raw`\.\s*(${METHODS})\s*(?:(?:<[^()]*?>)?\s*\(\s*(?:\{[^{}()]*?\bname\s*:\s*)?|<)`, "g");
/** A method that is taken, and maybe called by another name or in another way: `ctx["step"]`, `ctx.step?.(…)`. */
const TAKEN = new RegExp(String.raw`\.\s*(${METHODS})\b(?!\s*[(<])`, "g");
const TAKEN_BY_NAME = new RegExp(String.raw`\[\s*["'\x60](${METHODS})["'\x60]\s*\]`, "g");
const LITERAL = /^(?:"((?:[^"\\\n])*)"|'((?:[^'\\\n])*)'|`((?:[^`\\$])*)`)\s*[,)}]/;

/** The calls in some files, which are read when they are first asked for. */
export function sourceOf(files: readonly string[]): Source {
  let calls: Calls | undefined;
  return {
    callsOf: (name, kind) => lookUp((calls ??= callsIn(files)), name, kind),
    callsBeside: (name, kind, near) => beside((calls ??= callsIn(files)), keyOf(name, kind), near),
    mayMeet: (one, other) => (calls ??= callsIn(files)).mayMeet(one, other),
  };
}

/** The calls in the file that is in question, for who does not know all of them. */
export function sourceAround(): Source {
  const known = new Map<string, Calls>();
  const callsAround = ({ file }: Site): Calls => {
    let calls = known.get(file);
    if (calls === undefined) known.set(file, (calls = callsIn([file])));
    return calls;
  };
  return {
    callsOf: (name, kind, near) => (near === undefined ? undefined : lookUp(callsAround(near), name, kind)),
    callsBeside: (name, kind, near) => beside(callsAround(near), keyOf(name, kind), near),
    mayMeet: (one, other) => callsAround(one).mayMeet(one, other),
  };
}

/** Those of the same context, in the same function of the module. */
function beside({ named, codes }: Calls, key: string, near: Site): Site[] {
  const lines = codes.get(near.file)?.split("\n") ?? [];
  const receiver = receiverAt(lines, near);
  const first = lines.slice(0, near.line).findLastIndex(isTopLevel);
  const next = lines.findIndex((line, at) => at >= near.line && isTopLevel(line));
  return (named.get(key) ?? []).filter((site) => {
    const isWithin = site.file === near.file && site.line > first && (next === -1 || site.line <= next);
    return isWithin && receiver !== "" && receiverAt(lines, site) === receiver;
  });
}

/** What a method is called of at a place: the first name of `ctx.queue.next`. */
function receiverAt(lines: readonly string[], { line, column }: Site): string {
  const text = lines[line - 1] ?? "";
  const before = /[\w$.]*$/.exec(text.slice(0, column - 1))?.[0] ?? "";
  return (before + (/^[\w$]+/.exec(text.slice(column - 1))?.[0] ?? "")).split(".")[0] ?? "";
}

function lookUp({ named, computed }: Calls, name: string, kind: EntryKind): readonly Site[] | undefined {
  return named.get(keyOf(name, kind)) ?? (computed.has(kind) ? undefined : []);
}

interface Calls {
  readonly named: Map<string, Site[]>;
  /** Kinds that are asked for under computed names, too. */
  readonly computed: Set<EntryKind>;
  /** Of the files, without comments and what stands in strings. */
  readonly codes: Map<string, string>;
  readonly mayMeet: Source["mayMeet"];
}

function callsIn(files: readonly string[]): Calls {
  const codes = new Map<string, string>();
  const calls: Calls = { named: new Map(), computed: new Set(), codes, mayMeet: meetingsIn(codes) };
  for (const file of files) {
    const source = textOf(file);
    // What cannot be read may ask for anything.
    if (source === undefined) for (const kind of Object.values(KINDS)) calls.computed.add(kind);
    const parts = sourceText(source ?? "");
    codes.set(file, parts.code);
    addCalls(calls, file, parts);
  }
  return calls;
}

function addCalls({ named, computed }: Calls, file: string, { text, code }: SourceText): void {
  for (const [, method = ""] of [...code.matchAll(TAKEN), ...text.matchAll(TAKEN_BY_NAME)]) {
    const kind = KINDS[method];
    if (kind !== undefined) computed.add(kind);
  }
  const siteOf = sitesOf(file, text);
  for (const match of code.matchAll(CALL)) {
    const [before, method = ""] = match;
    const kind = KINDS[method];
    if (kind === undefined) continue;
    const rest = text.slice(match.index + before.length, match.index + before.length + 500);
    const [literal, ...names] = LITERAL.exec(rest) ?? [];
    if (literal === undefined) {
      // `iterator.next()` and `Promise.race([…])` ask for nothing.
      if (!/^[)[]/.test(rest)) computed.add(kind);
      continue;
    }
    const key = keyOf(names.find((name) => name !== undefined) ?? "", kind);
    const site = siteOf(match.index + before.indexOf(method));
    const sites = named.get(key);
    if (sites === undefined) named.set(key, [site]);
    else sites.push(site);
  }
}

/** The places of offsets, which are asked for in their order. */
function sitesOf(file: string, text: string): (offset: number) => Site {
  let line = 1;
  let start = 0;
  return (offset) => {
    for (let end = text.indexOf("\n", start); end !== -1 && end < offset; end = text.indexOf("\n", start)) {
      line++;
      start = end + 1;
    }
    return { file, line, column: offset - start + 1 };
  };
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function keyOf(name: string, kind: EntryKind): string {
  return `${kind} ${name}`;
}
