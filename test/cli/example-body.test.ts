// The body that is suggested for a message which the workflow declares.

import { defineWorkflow, type StandardSchema } from "dotworkflows";
import { afterEach, describe, expect, it } from "vitest";
import { exampleBody } from "../../src/cli/example-body.ts";
import { Screen } from "./support/screen.ts";
import { Workspace } from "./support/wf.ts";

type Validate = StandardSchema["~standard"]["validate"];
type Issues = { message: string; path: (string | number)[] }[];

function exampleOf(validate: Validate, more: object = {}): unknown {
  const schema: StandardSchema = { "~standard": { version: 1, vendor: "test", validate, ...more } };
  return exampleBody(defineWorkflow({ messages: { m: schema }, run: async () => undefined }), "m");
}

/** Complains of each of these places that is not of its type; a list is of objects that have an id. */
const needs =
  (types: Readonly<Record<string, string>>): Validate =>
  (value) => {
    if (typeof value !== "object" || value === null) return { issues: [{ message: "expected an object" }] };
    const issues: Issues = Object.entries(types).flatMap(([key, type]) => {
      const found = (value as Record<string, unknown>)[key];
      if (type !== "list") return typeof found === type ? [] : [{ message: type, path: [key] }];
      if (!Array.isArray(found) || found.length === 0) return [{ message: "a list", path: [key] }];
      const item: unknown = found[0];
      if (typeof item !== "object") return [{ message: "an object", path: [key, 0] }];
      return typeof (item as { id?: unknown }).id === "number" ? [] : [{ message: "id", path: [key, 0, "id"] }];
    });
    return issues.length === 0 ? { value } : { issues };
  };

describe("an example of a body", () => {
  it("has what is required, of the right types, as far as the schema says what is wrong", () => {
    expect(exampleOf(needs({}))).toEqual({ body: {}, passes: true });
    expect(exampleOf(needs({ by: "string", amount: "number", ok: "boolean", to: "object", items: "list" }))).toEqual({
      body: { by: "…", amount: 1, ok: true, to: {}, items: [{ id: 1 }] },
      passes: true,
    });
    expect(exampleOf((value) => (value === true ? { value } : { issues: [{ message: "expected true" }] }))).toEqual({
      body: true,
      passes: true,
    });
  });

  it("takes listed values and formats from a schema that describes itself", () => {
    const input = (): object => ({
      properties: { how: { enum: ["card", "cash"] }, at: { type: "string", format: "date" } },
    });
    const validate: Validate = (value) => {
      const { how, at } = value as { how?: string; at?: string };
      const issues: Issues = [
        ...(how === "card" || how === "cash" ? [] : [{ message: "card or cash", path: ["how"] }]),
        ...(at !== undefined && /^\d{4}-\d\d-\d\d$/.test(at) ? [] : [{ message: "a date", path: ["at"] }]),
      ];
      return issues.length === 0 ? { value } : { issues };
    };
    const body = { how: "card", at: "2030-01-31" };
    expect(exampleOf(validate, { jsonSchema: { input } })).toEqual({ body, passes: true });
    expect(exampleOf(validate)).toEqual({ body: { how: "…", at: "…" }, passes: false });
  });

  it("ends for a schema that takes nothing, answers later, or throws", () => {
    let deeper: string[] = [];
    const never: Validate = () => {
      deeper = [...deeper, "in"];
      return { issues: [{ message: "no", path: deeper }] };
    };
    expect(exampleOf(never)).toMatchObject({ passes: false });
    expect(exampleOf(async (value) => ({ value }))).toBeUndefined();
    const failing: Validate = () => {
      throw new Error("not mine");
    };
    expect(exampleOf(failing)).toBeUndefined();
  });
});

describe("what to type next", () => {
  const pays = `
import { defineWorkflow } from "dotworkflows";
const validate = (value) =>
  typeof value.by === "string" ? { value } : { issues: [{ message: "expected a string", path: ["by"] }] };
const decision = { "~standard": { version: 1, vendor: "test", validate } };
export default defineWorkflow({
  messages: { approve: decision },
  run: async (ctx) => (await ctx.queue.next("decision", { names: ["approve"] })).body,
});`;
  let workspace: Workspace;

  afterEach(() => {
    workspace.remove();
  });

  it("has a body that the workflow takes, at the end of a run and in the refusal of one that does not fit", async () => {
    workspace = new Workspace({ "pays.ts": pays });
    const { stderr } = await workspace.wf(["run", "pays.ts", "--id", "p", "--no-wait"]);
    expect(stderr).toContain(`wf send p approve '{"by":"…"}' --resume\n`);
    const refused = await workspace.wf(["send", "p", "approve", "{}"]);
    expect(refused).toMatchObject({ exitCode: 2 });
    expect(refused.stderr).toContain(`nothing was written; this would pass:\n       wf send p approve '{"by":"…"}'\n`);
    const sent = await workspace.wf(["send", "p", "approve", '{"by":"…"}', "--resume"]);
    expect(JSON.parse(sent.stdout)).toEqual({ by: "…" });
  });

  it("has it on the screen, and the key s shows it, and asks for one of its kind", async () => {
    workspace = new Workspace({ "pays.ts": pays });
    const screen = new Screen(["run", "pays.ts", "--id", "p"], { folder: workspace.folder, columns: 80 });
    expect(await screen.shows("s send a message")).toContain(`│  wf send p approve '{"by":"…"}'`);
    screen.press("s");
    await screen.shows("Body of approve");
    screen.press("\r");
    await screen.shows(`a body is needed, such as {"by":"…"}`);
    screen.press('{"by":"ann"}\r');
    expect(await screen.ended).toBe(0);
    expect(await workspace.json("inspect", "p")).toMatchObject({ output: { by: "ann" } });
  });
});
