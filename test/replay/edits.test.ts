// A table of edits to workflows with recorded runs: what the comparison makes of each, where it points, and that what
// it says is true: an incompatible edit is refused before anything runs, and each fix, pasted by a program, makes the
// comparison clean and the run go on without doing anything twice, unless its text says so.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatLocation } from "dotworkflows";
import type { ReplayEntry, ReplayReport, Verdict } from "dotworkflows/testing";
import { applyFix } from "./support/apply-fix.ts";
import type { EditCase } from "./support/edit-case.ts";
import { branchEdits } from "./support/edits-of-branches.ts";
import { fileEdits } from "./support/edits-of-files.ts";
import { finishedEdits } from "./support/edits-of-finished.ts";
import { otherEdits } from "./support/edits-of-others.ts";
import { kindEdits } from "./support/edits-of-kinds.ts";
import { wordEdits } from "./support/edits-with-words.ts";
import { nameEdits } from "./support/edits-of-names.ts";
import { loopEdits } from "./support/edits-of-loops.ts";
import { plainEdits } from "./support/edits-plain.ts";
import { NOTHING, Project, type Recorded } from "./support/project.ts";

const PRELUDE = 'import { Loop, CriticalError, type WorkflowContext } from "dotworkflows";\n';
const REFUSED = ["history_diverged", "entry_in_progress", "message_not_completed"];

let restoreStacks: () => void;

beforeAll(() => {
  const before = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace") ?? { value: undefined };
  restoreStacks = () => Object.defineProperty(Error, "prepareStackTrace", { ...before, configurable: true });
});

afterAll(() => {
  restoreStacks();
});

const cases: readonly EditCase[] = [
  ...plainEdits,
  ...otherEdits,
  ...loopEdits,
  ...branchEdits,
  ...fileEdits,
  ...finishedEdits,
  ...kindEdits,
  ...wordEdits,
  ...nameEdits,
];

const VERDICTS: readonly Verdict[] = [
  "inserted",
  "missing",
  "kind",
  "renamed?",
  "rescoped?",
  "duplicate",
  "not awaited",
  "changed",
  "moved",
  "branches",
  "threw",
  "result",
  "unreached",
];

describe("an edit", () => {
  it.each(cases)("$title", async (row) => {
    const project = new Project(filesOf(row), mainOf(row));
    try {
      await checkRow(row, project);
    } finally {
      project.remove();
    }
  });

  it("is in a table of at least a hundred, in which each verdict comes", () => {
    expect(cases.length).toBeGreaterThanOrEqual(100);
    const seen = new Set(cases.flatMap((row) => row.expect.map(([verdict]) => verdict)));
    expect(VERDICTS.filter((verdict) => !seen.has(verdict))).toEqual([]);
  });
});

async function checkRow(row: EditCase, project: Project): Promise<void> {
  const recorded = await project.run(row.script ?? NOTHING);
  expect(recorded.error === undefined || recorded.events.at(-1)?.type === "run.failed").toBe(true);
  const options = { deep: row.deep === true };
  expect((await project.compare(recorded.events, options)).differences).toEqual([]);
  for (const edit of row.edits) {
    const [file, from, to] = edit.length === 3 ? edit : [mainOf(row), ...edit];
    project.edit(file, from, to);
  }
  const report = await project.compare(recorded.events, options);
  expect(report.differences.map((entry) => [entry.verdict, formatLocation(entry.location)])).toEqual(
    row.expect.map(([verdict, location]) => [verdict, location]),
  );
  row.expect.forEach(([, , site], at) => {
    if (site !== undefined) expect(textAt(project, report.differences[at])).toBe(site);
  });
  expect(report.compatible).toBe(row.compatible ?? report.differences.every((entry) => entry.level === "note"));
  expect(report.stepsExecuted).toBe(0);
  const pasteable = report.differences.flatMap((entry) => entry.fix ?? []).filter((fix) => fix.edits.length > 0);
  expect(pasteable.length, JSON.stringify(report.differences, undefined, 1)).toBe(row.fixes);
  if (!isOver(recorded)) await checkResume(report, project, recorded);
  if (row.isAskedLater !== true) await checkFixes(report, project, recorded, options);
  if (row.byHand !== undefined) await checkByHand(row, report, project, recorded);
}

/** What the words say can be done, and mends it. */
async function checkByHand(row: EditCase, report: ReplayReport, project: Project, recorded: Recorded): Promise<void> {
  const { says = "", edits = [] } = row.byHand ?? {};
  const fixes = report.differences.flatMap((entry) => entry.fix ?? []);
  expect(fixes.map(({ title, code }) => `${title} ${code}`).join("\n")).toContain(says);
  for (const [from, to] of edits) project.edit(mainOf(row), from, to);
  expect((await project.compare(recorded.events)).compatible).toBe(true);
  if (isOver(recorded)) return;
  const { error } = await project.finish(recorded.events);
  expect(REFUSED).not.toContain((error as { code?: string } | undefined)?.code);
}

/** What it says of a resume is what a resume does. */
async function checkResume(report: ReplayReport, project: Project, recorded: Recorded): Promise<void> {
  const { error, hits } = await project.finish(recorded.events);
  const code = (error as { code?: string } | undefined)?.code;
  if (report.compatible) {
    expect(REFUSED).not.toContain(code);
    expect(hits.filter((hit) => recorded.hits.includes(hit))).toEqual([]);
  } else {
    expect([code, hits]).toEqual([expect.toSatisfy((each: string) => REFUSED.includes(each)), []]);
  }
}

async function checkFixes(
  report: ReplayReport,
  project: Project,
  recorded: Recorded,
  options: { deep: boolean },
): Promise<void> {
  const files = new Map<string, string>();
  for (const difference of report.differences)
    for (const fix of difference.fix ?? [])
      for (const edit of fix.edits) files.set(edit.site.file, project.read(edit.site.file));
  for (const difference of report.differences) {
    for (const fix of difference.fix ?? []) {
      if (fix.edits.length === 0) continue;
      for (const [file, text] of files) project.write(file, text);
      applyFix(project, fix);
      let again = fix.runsAgain;
      let now = await project.compare(recorded.events, options);
      const isLeft = now.differences.some((other) => isSame(other, difference));
      expect([fix.title, isLeft, project.read(fix.edits[0]?.site.file ?? "")]).toEqual([
        fix.title,
        false,
        expect.anything(),
      ]);
      for (let round = 0; round < 6 && !now.compatible; round++) {
        const next = now.differences
          .find((each) => each.level === "difference")
          ?.fix?.find((each) => each.edits.length > 0);
        if (next === undefined) break;
        applyFix(project, next);
        again ||= next.runsAgain;
        now = await project.compare(recorded.events, options);
      }
      expect(now.differences.filter((each) => each.level === "difference")).toEqual([]);
      if (isOver(recorded)) continue;
      const { error, hits } = await project.finish(recorded.events);
      expect(REFUSED).not.toContain((error as { code?: string } | undefined)?.code);
      if (!again) expect(hits.filter((hit) => recorded.hits.includes(hit))).toEqual([]);
    }
  }
  for (const [file, text] of files) project.write(file, text);
}

function isSame(a: ReplayEntry, b: ReplayEntry): boolean {
  return a.verdict === b.verdict && a.level === b.level && formatLocation(a.location) === formatLocation(b.location);
}

function isOver({ events }: Recorded): boolean {
  return ["run.completed", "run.failed"].includes(events.at(-1)?.type ?? "");
}

function mainOf({ ending = "ts" }: EditCase): string {
  return `main.${ending}`;
}

function filesOf(row: EditCase): Readonly<Record<string, string>> {
  if (typeof row.before !== "string") return row.before;
  const isTyped = (row.ending ?? "ts") !== "js";
  const prelude = isTyped ? PRELUDE : PRELUDE.replace(", type WorkflowContext", "");
  const context = isTyped ? "ctx: WorkflowContext" : "ctx";
  return { [mainOf(row)]: `${prelude}export default async function flow(${context}) {\n${row.before}\n}\n` };
}

/** The source from a site on, up to the end of the call's name argument. */
function textAt(project: Project, entry: ReplayEntry | undefined): string | undefined {
  if (entry?.site === undefined) return undefined;
  const { file, line, column } = entry.site;
  const text = project.read(file).split("\n")[line - 1] ?? "";
  return /^(?:\w+\.)*(\w+\((?:\{ name: )?"[^"]*"|\w+)/.exec(text.slice(column - 1))?.[1];
}
