// Equal differences over many rounds, branches or runs: one row each for people, and all of them for programs.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Screen } from "./support/screen.ts";
import { Workspace } from "./support/wf.ts";

const parcels = `
import { Loop } from "dotworkflows";
export default async function parcels(ctx, input) {
  return ctx.loop({ name: "orders", state: 0, run: async (ctx, n) => {
    await ctx.step("charge", () => n);
    await ctx.step("mail", () => n);
    if (n === (input?.stop ?? 11)) await ctx.queue.next("approval", { names: ["approve"] });
    return n < 99 ? Loop.continue(n + 1) : Loop.break(n);
  } });
}`;
const shops = `
export default async function shops(ctx) {
  const branch = { run: async (ctx) => {
    await ctx.step("ask", () => 1);
    await ctx.queue.next("answer", { names: ["answer"] });
  } };
  await ctx.join("prices", { corner: branch, market: branch, "the mall": branch, harbour: branch, station: branch });
}`;
const mixed = `
export default async function mixed(ctx) {
  const branch = (kind) => ({ run: async (ctx) => {
    await ctx.step(kind, () => 1);
    await ctx.queue.next("answer", { names: ["answer"] });
  } });
  await ctx.join("prices", { a: branch("ask"), b: branch("ask"), c: branch("ask"), d: branch("beg") });
}`;

const letters = `
export default async function letters(ctx, input) {
  await ctx.step("stamp", () => 1);
  for (let i = 0; i < input.n; i++) await ctx.step(\`mail-\${i}\`, () => i);
  await ctx.queue.next("answer", { names: ["answer"] });
}`;

let place: Workspace;

beforeEach(() => {
  place = new Workspace({ "parcels.ts": parcels, "shops.ts": shops, "mixed.ts": mixed, "letters.ts": letters });
});

afterEach(() => {
  place.remove();
});

const renamed = (text: string, from: string, to: string): string => text.replaceAll(`"${from}"`, `"${to}"`);

describe("wf replay-diff of many rounds", () => {
  it("shows a step that was renamed in each iteration as one row with one mending, and all of them as JSON", async () => {
    await place.wf(["run", "parcels.ts", "--id", "p", "--no-wait"]);
    place.write("parcels.ts", renamed(parcels, "charge", "pay"));
    const { stdout } = await place.wf(["replay-diff", "p", "--deep"]);
    expect(stdout).toMatch(/^· ! orders\[0\.\.10\]\/charge → pay +step +renamed\?, 11 times +parcels\.ts:5:15$/m);
    expect(stdout).toMatch(/^~ ✗ orders\[11\]\/charge → pay +step +renamed\? +parcels\.ts:5:15$/m);
    expect(stdout).toMatch(/^ {2}✓ orders\[0\.\.11\]\/mail +step +12 times$/m);
    expect(stdout.match(/keep the recorded name/g)).toHaveLength(2);
    expect(stdout).toContain("1 difference, 11 notes");
    const { differences } = await place.json("replay-diff", "p", "--deep");
    expect(differences).toHaveLength(12);
  });

  it("folds what stands in many branches, and spells out which where they are few", async () => {
    await place.wf(["run", "shops.ts", "--id", "s", "--no-wait"]);
    place.write("shops.ts", renamed(shops, "ask", "inquire"));
    const { stdout, exitCode } = await place.wf(["replay-diff", "s"]);
    expect(stdout).toMatch(/^~ ✗ prices\/\{corner, market, "the mall" … station\}\/ask → inquire .* 5 times/m);
    expect(stdout.match(/keep the recorded name/g)).toHaveLength(1);
    expect(stdout).toContain("5 differences");
    expect(exitCode).toBe(5);
  });

  it("shows what one call asks for under computed names as one row, with words that hold for all", async () => {
    await place.wf(["run", "letters.ts", "--id", "l", "--no-wait", "--input", '{"n":30}']);
    place.write("letters.ts", letters.replace("mail-", "post-"));
    const { stdout, exitCode } = await place.wf(["replay-diff", "l"]);
    expect(stdout).toMatch(/^~ ✗ mail-0 … mail-29 → post-0 … post-29 +step +renamed\?, 30 times +letters\.ts:4:47$/m);
    expect(stdout).toContain('recorded as "mail-0" … "mail-29"; as "post-0" … "post-29" a resume would be refused');
    expect(stdout.match(/keep the name as it was computed before/g)).toHaveLength(1);
    expect(stdout).not.toContain("mail-1 ");
    expect(stdout).toContain("30 differences · ");
    expect(exitCode).toBe(5);
    const { differences } = await place.json("replay-diff", "l");
    expect(differences).toHaveLength(30);
  });

  it("keeps apart what is not equal", async () => {
    await place.wf(["run", "mixed.ts", "--id", "m", "--no-wait"]);
    place.write("mixed.ts", renamed(renamed(mixed, "ask", "inquire"), "beg", "implore"));
    const { stdout } = await place.wf(["replay-diff", "m"]);
    expect(stdout).toMatch(/^~ ✗ prices\/\{a, b, c\}\/ask → inquire .* 3 times/m);
    expect(stdout).toMatch(/^~ ✗ prices\/d\/beg → implore +step +renamed\? /m);
  });

  it("is refused on a resume with the same few lines", async () => {
    await place.wf(["run", "shops.ts", "--id", "s", "--no-wait"]);
    place.write("shops.ts", renamed(shops, "ask", "inquire"));
    const { stderr } = await place.wf(["resume", "s"]);
    expect(stderr.match(/keep the recorded name/g)).toHaveLength(1);
    expect(stderr).toContain("5 differences");
  });
});

describe("wf replay-diff of many runs", () => {
  beforeEach(async () => {
    await Promise.all(
      [3, 4, 4, 6].map((stop, at) =>
        place.wf(["run", "parcels.ts", "--id", `p${at}`, "--no-wait", "--input", `{"stop":${stop}}`]),
      ),
    );
    await place.wf(["run", "mixed.ts", "--id", "m", "--no-wait"]);
  });

  it("tells of runs with the same difference at once, with one mending, and of each as JSON", async () => {
    place.write("parcels.ts", renamed(parcels, "charge", "pay"));
    const { stdout, exitCode } = await place.wf(["replay-diff", "--all"]);
    expect(stdout).toMatch(
      /^✗ 4 runs {2}1 difference each\n {4}(?:p\d(?:, )?){4}\n~ ✗ orders\[3, 4, 6\]\/charge → pay/m,
    );
    expect(stdout.match(/keep the recorded name/g)).toHaveLength(1);
    expect(stdout).toContain("✓ m  no differences");
    expect(stdout).toContain("4 differences · 0 steps");
    expect(exitCode).toBe(5);
    const { runs } = await place.json("replay-diff", "--all");
    const counts = (runs as { differences: unknown[] }[]).map(({ differences }) => differences.length);
    expect(counts.toSorted((a, b) => a - b)).toEqual([0, 1, 1, 1, 1]);
  });

  it("says once what two runs have in common, where the rows around it differ", async () => {
    for (const n of [1, 2])
      await place.wf(["run", "letters.ts", "--id", `l${n}`, "--no-wait", "--input", `{"n":${n}}`]);
    place.write("letters.ts", renamed(letters, "stamp", "seal").replace("mail-", "post-"));
    const { stdout } = await place.wf(["replay-diff", "l1", "l2"]);
    expect(stdout.match(/recorded as "stamp"/g)).toHaveLength(1);
    expect(stdout).toMatch(
      /✗ l2 {2}3 differences\n~ ✗ stamp → seal +step +renamed\? .*\n +└ as in l1\n~ ✗ mail-0 → post-0/,
    );
    expect(stdout).toContain('recorded as "mail-1"');
  });

  it("tells of those that fit at once, too, and keeps one whose difference is another apart", async () => {
    expect((await place.wf(["replay-diff", "--all"])).stdout).toMatch(/^✓ 5 runs {2}no differences\n {4}\S/);
    place.write("mixed.ts", renamed(mixed, "ask", "inquire"));
    const { stdout } = await place.wf(["replay-diff", "--all"]);
    expect(stdout).toMatch(/^✗ m {2}3 differences$/m);
    expect(stdout).toMatch(/^✓ 4 runs {2}no differences$/m);
  });

  it("hears every word that is typed, or says that it does not", async () => {
    expect((await place.wf(["replay-diff", "--all", "--status", "waiting"])).stdout).toContain("✓ 5 runs");
    for (const args of [
      ["p0", "--status", "failed"],
      ["--workflow", "parcels"],
      ["--all", "p0"],
      ["--all", "--status", "slepping"],
    ])
      expect(await place.wf(["replay-diff", ...args])).toMatchObject({ exitCode: 2, stdout: "" });
    expect(await place.wf(["inspect", "p0", "--output", "p0.json"])).toMatchObject({ exitCode: 2, stdout: "" });
  });

  it("says once that a module is gone", async () => {
    place.write("parcels.ts", "export const nothing = 1;");
    const { stdout, exitCode } = await place.wf(["replay-diff", "--all"]);
    expect(stdout.match(/^✗ 4 runs {2}.*parcels\.ts/gm)).toHaveLength(1);
    expect(exitCode).toBe(4);
  });

  it.each([60, 80, 120])("breaks no line of them at %i columns", async (columns) => {
    place.write("parcels.ts", renamed(parcels, "charge", "pay"));
    for (const args of [["--all"], ["--all", "--deep"], ["p3", "--deep"]]) {
      const screen = new Screen(["replay-diff", ...args], { folder: place.folder, columns });
      expect(await screen.ended).toBe(5);
      expect(await screen.wrapped()).toEqual([]);
    }
  });
});
