// What the versions of Node do differently, with the real binary: their warnings, their globals, their module loaders.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { order } from "./support/modules.ts";
import { Workspace } from "./support/wf.ts";

let workspace: Workspace;

beforeEach(() => {
  workspace = new Workspace();
});

afterEach(() => {
  workspace.remove();
});

describe("a warning of Node's", () => {
  const env = { NODE_OPTIONS: "--throw-deprecation --pending-deprecation --trace-warnings" };

  it("is called up by no command", { timeout: 60_000 }, async () => {
    workspace.write("order.ts", order);
    const commands: readonly (readonly [string, number])[] = [
      ["run order.ts --id o --no-wait", 3],
      ["list", 0],
      ["inspect o", 0],
      ["inspect o --step quote", 0],
      ["replay-diff o", 0],
      ["send o approve --field by=ann", 0],
      ["resume o", 0],
      ["export o --output o.json", 0],
      ["import o.json --id copy", 0],
      ["fork o --from approval --id f", 0],
      ["wake f", 1],
      ["cancel f", 0],
      ["retry f", 1],
      ["doctor", 0],
      ["prune --yes", 0],
      ["init project --template hello", 0],
      ["completion bash", 0],
    ];
    for (const [command, expected] of commands) {
      const { exitCode, stderr } = await workspace.wf(command.split(" "), { env });
      expect({ command, exitCode, stderr }).toEqual({
        command,
        exitCode: expected,
        stderr: expect.not.stringMatching(/Warning|\(node:/) as string,
      });
    }
  });
});

describe("a module", () => {
  const flow = (before: string, statement: string): string =>
    `${before}\nexport default async function flow(ctx: any) {\n  ${statement}\n  return ctx.step("only", () => 1);\n}`;

  const warningsOf = async (): Promise<unknown> => (await workspace.json("replay-diff"))["warnings"];

  it("is not blamed for what Node itself asks while it imports a package", async () => {
    workspace.write("node_modules/late/package.json", '{"type":"module","exports":"./late.js"}');
    workspace.write("node_modules/late/late.js", "export const loadedAt = Date.now();");
    workspace.write("flow.ts", flow("", 'await import("late");'));
    expect((await workspace.wf(["run", "flow.ts"])).exitCode).toBe(0);
    expect(await warningsOf()).toEqual([]);
  });

  it("is told of the clock of Temporal outside of a step, where Node has it", async () => {
    workspace.write("shim.ts", "globalThis.Temporal ??= { Now: { instant: () => ({ epochMilliseconds: 0 }) } };");
    workspace.write("flow.ts", flow('import "./shim.ts";', "Temporal.Now.instant().epochMilliseconds;"));
    expect((await workspace.wf(["run", "flow.ts"])).exitCode).toBe(0);
    expect(await warningsOf()).toMatchObject([{ call: "Temporal.Now", instead: "ctx.now()", site: { line: 3 } }]);
  });

  it("imports JSON from a package, with the attribute that Node wants and without", async () => {
    workspace.write("node_modules/data/package.json", '{"version":"1.2.3"}');
    const imports = 'import a from "data/package.json" with { type: "json" }; import b from "data/package.json";';
    workspace.write("flow.ts", flow(imports, "return [a.version, b.version];"));
    expect(await workspace.wf(["run", "flow.ts"], { env: { NODE_OPTIONS: "--trace-warnings" } })).toMatchObject({
      stdout: '[\n  "1.2.3",\n  "1.2.3"\n]\n',
      stderr: expect.not.stringContaining("Warning") as string,
    });
  });

  it("may use `using`, which Node 24 is the first to know", async () => {
    const uses = `
const log: unknown[] = [];
const r = (name: string, fails = false) => ({
  [Symbol.dispose]() { log.push(name); if (fails) throw new Error(name); },
  [Symbol.asyncDispose]: async () => { await null; log.push("later " + name); },
});
{ using a = r("a"), none = null, b = r("b"); log.push("in"); }
const later = async () => { await using c = r("c"); using d = r("d"); return "value"; };
log.push(await later());
try { using x = r("x", true); throw new Error("block"); }
catch (e: any) { log.push(e.name, e.error.message, e.suppressed.message); }
try { using x = {} as any; } catch (e: any) { log.push(e.name); }`;
    workspace.write("flow.ts", flow(uses, "return log.join();"));
    expect((await workspace.wf(["run", "flow.ts"])).stdout).toBe(
      '"in,b,a,d,later c,value,x,SuppressedError,x,block,TypeError"\n',
    );
  });
});
