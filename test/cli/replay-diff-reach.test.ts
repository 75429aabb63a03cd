// What `wf replay-diff` reaches: fixtures in both formats, many runs at once, finished loops, values that are assumed,
// code of packages, another module, a terminal in which it watches.

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Screen } from "./support/screen.ts";
import { Workspace } from "./support/wf.ts";

const flow = `
import { Loop, type WorkflowContext } from "dotworkflows";
export default async function order(ctx: WorkflowContext) {
  await ctx.step("quote", () => new Date(0));
  await ctx.loop({ name: "tries", state: 0, run: async (turn, n) => {
    await turn.step("try", () => n);
    return n < 2 ? Loop.continue(n + 1) : Loop.break(n);
  } });
  await ctx.queue.next("approval", { names: ["approve"] });
  await ctx.step("ship", () => undefined);
}`;
const other = `
export default async function greet(ctx) {
  await ctx.step("hello", () => "hi");
}`;

describe.skipIf(process.platform === "win32")("wf replay-diff", () => {
  let place: Workspace;

  beforeAll(async () => {
    place = new Workspace({
      "order.ts": flow,
      "greet.js": other,
      "fixtures/.keep": "",
      "node_modules/clocky/package.json": '{"name":"clocky","type":"module","main":"index.js"}',
      "node_modules/clocky/index.js": "export const today = () => Date.now();\n",
    });
    await place.wf(["run", "order.ts", "--id", "order-1", "--no-wait"]);
    await place.wf(["run", "greet.js", "--id", "greet-1"]);
    for (const ending of ["cbor", "json"])
      await place.wf(["export", "order-1", "--output", `fixtures/order.${ending}`]);
  });

  afterAll(() => {
    place.remove();
  });

  it.each(["cbor", "json"])("compares a fixture in %s", async (ending) => {
    place.write("order.ts", flow);
    const same = await place.json("replay-diff", `fixtures/order.${ending}`);
    expect(same).toMatchObject({ compatible: true, exitCode: 0, differences: [], run: `fixtures/order.${ending}` });
    place.write("order.ts", flow.replace('"quote"', '"offer"'));
    const renamed = await place.json("replay-diff", `fixtures/order.${ending}`);
    expect(renamed).toMatchObject({ compatible: false, exitCode: 5, differences: [{ verdict: "renamed?" }] });
  });

  it.each(["cbor", "json"])("refuses a damaged fixture in %s with exit code 7", async (ending) => {
    place.write("order.ts", flow);
    const bytes = readFileSync(path.join(place.folder, `fixtures/order.${ending}`));
    writeFileSync(path.join(place.folder, `fixtures/bad.${ending}`), bytes.subarray(0, bytes.length - 9));
    const { stderr, exitCode } = await place.wf(["replay-diff", `fixtures/bad.${ending}`]);
    expect(stderr).toContain(`fixtures/bad.${ending} is no history that can be read`);
    expect(exitCode).toBe(7);
    expect(await place.json("replay-diff", `fixtures/bad.${ending}`)).toMatchObject({ ok: false, exitCode: 7 });
  });

  it("has the worst exit code of many: 7 before 5, 5 before 4, and names each", async () => {
    place.write("order.ts", flow.replace('"quote"', '"offer"'));
    place.write(
      "lost/order.json",
      readFileSync(path.join(place.folder, "fixtures/order.json"), "utf8").replaceAll("order.ts", "gone.ts"),
    );
    const codeOf = async (...files: string[]): Promise<unknown> => (await place.wf(["replay-diff", ...files])).exitCode;
    expect(await codeOf("lost/order.json")).toBe(4);
    expect(await codeOf("lost/order.json", "fixtures/order.json")).toBe(5);
    const { stdout, exitCode } = await place.wf([
      "replay-diff",
      "lost/order.json",
      "fixtures/order.cbor",
      "fixtures/bad.json",
      "greet-1",
    ]);
    expect(exitCode).toBe(7);
    expect(stdout).toMatch(/✗ lost\/order\.json {2}the module of lost\/order\.json is not to be found/);
    expect(stdout).toMatch(/✗ fixtures\/order\.cbor {2}1 difference\n/);
    expect(stdout).toMatch(/✗ fixtures\/bad\.json {2}fixtures\/bad\.json is no history/);
    expect(stdout).toMatch(/✓ greet-1 {2}no differences\n/);
    expect(stdout).toContain("exit 7");
  });

  it("takes the module that it is given, with an export of it", async () => {
    place.write("order.ts", "export default 1;");
    place.write("moved/orders.ts", flow.replace("export default async function order", "export async function placed"));
    const moved = await place.wf(["replay-diff", "order-1", "--module", "moved/orders.ts#placed"]);
    expect(moved.exitCode).toBe(0);
    expect(moved.stdout).toMatch(/recorded with order\.ts@\w{4}… {2}against moved\/orders\.ts \(edited\)\n/);
    expect((await place.wf(["replay-diff", "lost/order.json", "--module", "moved/orders.ts#placed"])).exitCode).toBe(0);
    expect((await place.wf(["replay-diff", "order-1", "--module", "moved/none.ts"])).exitCode).toBe(4);
  });

  it("compares all runs, of a state or of a workflow, and forgives finished ones unless it is strict", async () => {
    place.write("order.ts", flow);
    place.write("greet.js", other.replace('"hello"', '"hey"'));
    const names = async (...flags: string[]): Promise<unknown> => {
      const { runs, exitCode } = await place.json("replay-diff", "--all", ...flags);
      return [
        (runs as { run: string; compatible: boolean }[]).map(({ run, compatible }) => `${run} ${compatible}`),
        exitCode,
      ];
    };
    expect(await names()).toEqual([["greet-1 true", "order-1 true"], 0]);
    expect(await names("--status", "sleeping")).toEqual([["order-1 true"], 0]);
    expect(await names("--status", "completed", "--status", "sleeping")).toEqual([["greet-1 true", "order-1 true"], 0]);
    expect(await names("--workflow", "greet")).toEqual([["greet-1 true"], 0]);
    expect(await names("--workflow", "greet", "--strict")).toEqual([["greet-1 false"], 5]);
    expect((await place.wf(["replay-diff", "--all", "--status", "failed"])).exitCode).toBe(4);
    const { stdout } = await place.wf(["replay-diff", "--all"]);
    expect(stdout).toContain("✓ greet-1  no differences, 1 note  (finished: will not resume)\n");
    expect(stdout).toMatch(/· ! hello → hey +step +renamed\? +greet\.js:3:13\n +│ recorded as "hello", now "hey"\n/);
    expect(stdout).not.toContain("refused");
    expect((await place.wf(["replay-diff", "greet-1"])).exitCode).toBe(5);
  });

  it("says the same of runs with short names once, and leaves other words alone", async () => {
    place.write("gone.ts", other);
    for (const id of ["o", "i", "t"]) await place.wf(["run", "gone.ts", "--id", id]);
    rmSync(path.join(place.folder, "gone.ts"));
    const { stdout } = await place.wf(["replay-diff", "o", "i", "t"]);
    expect(stdout).toContain("✗ 3 runs  the module of run … is not there any more\n");
    expect(stdout).toContain("\n    o, i, t\n");
    expect(stdout).toContain("\nnothing compared · ");
    const some = await place.wf(["replay-diff", "o", "order-1"]);
    expect(some.stdout).toContain("\nno differences, 1 run not compared · ");
  });

  it("says of a failed run that it goes on with wf retry only", async () => {
    const fails =
      'export default (ctx) => ctx.step({ name: "hello", maxRetries: 0, run() { throw new Error("no"); } });';
    place.write("fails.js", fails);
    await place.wf(["run", "fails.js", "--id", "f-1"]);
    place.write("fails.js", fails.replace("hello", "hey"));
    const { stdout, exitCode } = await place.wf(["replay-diff", "--all", "--workflow", "fails"]);
    expect(stdout).toContain("✓ f-1  no differences, 1 note  (failed: goes on with wf retry only)\n");
    expect(exitCode).toBe(0);
  });

  it("says that finished loops are not walked, and walks them with --deep", async () => {
    place.write("order.ts", flow.replace('"try"', '"attempt"'));
    const plain = await place.wf(["replay-diff", "order-1"]);
    expect(plain.stdout).toContain("finished loops not walked; --deep does");
    expect(plain.exitCode).toBe(0);
    const deep = await place.wf(["replay-diff", "order-1", "--deep"]);
    expect(deep.stdout).toMatch(/tries\[0\.\.2\]\/try → attempt\s+step\s+renamed\?, 3 times/);
    expect(deep.stdout).toContain("3 notes");
    expect(deep.stdout).not.toContain("not walked");
    expect(deep.exitCode).toBe(0);
    expect((await place.wf(["replay-diff", "order-1", "--deep", "--strict"])).exitCode).toBe(5);
    place.write("greet.js", other);
    expect((await place.wf(["replay-diff", "greet-1"])).stdout).not.toContain("not walked");
  });

  it("says of a finished run that it will not resume, and counts what differs since it was asked for", async () => {
    place.write("greet.js", other.replace('"hello"', '"hi"'));
    const { stdout, exitCode } = await place.wf(["replay-diff", "greet-1"]);
    expect(stdout).toContain("finished: will not resume; it was asked for, so what differs counts");
    expect(stdout).toContain('recorded as "hello", now "hi"');
    expect(stdout).not.toContain("would be refused");
    expect(stdout).toContain("1 difference · ");
    expect(exitCode).toBe(5);
    const both = await place.wf(["replay-diff", "greet-1", "order-1"]);
    expect(both.stdout).toContain("✗ greet-1  1 difference  (finished: will not resume)");
    expect(both.stdout).not.toContain("would be refused");
    place.write("greet.js", other);
    expect((await place.wf(["replay-diff", "greet-1"])).stdout).not.toContain("will not resume");
  });

  it("goes on with assumed values, and lists the places that could take one", async () => {
    place.write(
      "order.ts",
      flow.replace(
        "  await ctx.queue.next(",
        '  const risk = await ctx.step("fraud check", () => 1);\n  if (risk > 5) await ctx.step("call", () => 1);\n  await ctx.queue.next(',
      ),
    );
    const verdicts = async (...flags: string[]): Promise<string[]> => {
      const { differences } = await place.json("replay-diff", "order-1", ...flags);
      return (differences as { verdict: string; location: string[] }[]).map(
        (each) => `${each.verdict} ${each.location.join("/")}`,
      );
    };
    expect(await verdicts()).toEqual(["inserted fraud check"]);
    expect(await verdicts("--assume", '"fraud check"=1')).toEqual(["inserted fraud check"]);
    expect(await verdicts("--assume", '["fraud check"]=9')).toEqual(["inserted fraud check", "inserted call"]);
    expect(await verdicts("--assume", '["fraud check"]=9', "--assume", "call=1")).toEqual([
      "inserted fraud check",
      "inserted call",
    ]);
    const changed = await place.wf(["replay-diff", "order-1", "--assume", '"fraud check"={"id":9007199254740993}']);
    expect([changed.exitCode, changed.stderr]).toEqual([
      2,
      expect.stringContaining(
        '--assume "fraud check": the number 9007199254740993 would become 9007199254740992\n',
      ) as string,
    ]);
    const unknown = await place.wf(["replay-diff", "order-1", "--assume", "fraud=1"]);
    expect(unknown.exitCode).toBe(2);
    expect(unknown.stderr).toContain("--assume: nothing at fraud needs a value");
    expect(unknown.stderr).toContain(`these could take one:\n         --assume '"fraud check"=…'`);
    place.write("order.ts", flow);
    const none = await place.wf(["replay-diff", "greet-1", "--assume", "fraud=1"]);
    expect([none.exitCode, none.stderr]).toEqual([
      2,
      expect.stringContaining("all that the code asks for is recorded"),
    ]);
  });

  it("spells what is to be pasted with the name that the context has there", async () => {
    const safely = (context: string): string => `
export default async function greet(${context === "deps.ctx" ? "ctx" : context}) {
  ${context === "deps.ctx" ? "const deps = { ctx };" : ""}
  await ${context}.try("safely", async (inner) => {
    await inner.step("hello", () => "hi");
  });
  await ${context}.sleep("rest", 1_000_000);
}`;
    const block = (context: string): string => `await ${context}.try("safely", async (inner) => {
    await inner.step("hello", () => "hi");
  });`;
    for (const [context, name] of [
      ["context", "context"],
      ["deps.ctx", "ctx"],
    ] as const) {
      place.write("named.js", safely(context));
      const run = `named-${name}`;
      await place.wf(["run", "named.js", "--id", run, "--no-wait"]);
      place.write("named.js", safely(context).replace(block(context), ""));
      const gone = await place.wf(["replay-diff", run]);
      expect(gone.stdout).toContain(
        `await ${context}.try("safely", async (${name}) => { await ${name}.removed("hello", "step"); });`,
      );
      place.write("named.js", safely(context).replace(block(context), `await ${context}.step("hello", () => "hi");`));
      const out = await place.wf(["replay-diff", run]);
      if (context === "context") expect(out.stdout).toContain("run: (context) => … })");
      else expect(out.stdout).toContain("deps.ctx cannot be a parameter's name");
    }
  });

  it("points the probe's warnings at the user's line, though a package made the call, unless it is allowed", async () => {
    const calling = flow
      .replace("\nimport", '\nimport { today } from "clocky";\nimport')
      .replace("  await ctx.queue.next(", "  today();\n  today(); // wf-allow\n  await ctx.queue.next(");
    place.write("order.ts", calling);
    const { warnings, compatible, exitCode } = await place.json("replay-diff", "order-1");
    expect(warnings).toEqual([
      {
        call: "Date.now",
        instead: "ctx.now()",
        site: { file: path.join(place.folder, "order.ts"), line: 10, column: 3 },
      },
    ]);
    expect([compatible, exitCode]).toEqual([true, 0]);
    const { stdout } = await place.wf(["replay-diff", "order-1"]);
    expect(stdout).toContain("Date.now outside of a step: use ctx.now()  order.ts:10:3");
    expect((await place.wf(["replay-diff", "order-1", "--strict"])).exitCode).toBe(5);
    expect((await place.wf(["replay-diff", "order-1", "--strict", "--no-probe"])).exitCode).toBe(0);
  });

  it("watches in a terminal: again on every save, until Ctrl-C", { timeout: 30_000 }, async () => {
    place.write("order.ts", flow);
    const screen = new Screen(["replay-diff", "order-1", "--watch"], { folder: place.folder, columns: 80 });
    await screen.shows("watching: compares again on every save  (Ctrl-C ends it)");
    expect(await screen.lines()).toContainEqual(expect.stringContaining("no differences · 0 steps executed"));
    place.write("order.ts", flow.replace('"quote"', '"offer"'));
    const lines = await screen.shows("1 difference · 0 steps executed");
    expect(lines).toContainEqual(expect.stringMatching(/^~ ✗ quote → offer +step +renamed\? +order\.ts:4:13$/));
    expect(screen.raw).toContain("\u001B[");
    place.write("order.ts", "export default async function order(ctx) {\n  await ctx.step(\n}");
    await screen.shows("order.ts:3:1");
    screen.press("\u0003");
    expect(await screen.ended).toBe(130);
  });
});
