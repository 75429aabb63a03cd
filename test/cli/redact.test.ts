// wf export --redact with the real binary: what was to go is not in the file.

import { readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { order } from "./support/modules.ts";
import { Workspace } from "./support/wf.ts";

let workspace: Workspace;

beforeEach(() => {
  workspace = new Workspace({
    "order.ts": order,
    "cards.ts": `
import { CriticalError, Loop } from "dotworkflows";
export default async function cards(ctx) {
  await ctx.loop({ name: "orders", state: 0, historySize: 1, historyPruneInterval: 1, run: async (ctx, n) => {
    await ctx.step("charge", () => "CARD" + n);
    await ctx.step("mail", () => "MAIL" + n);
    return n < 5 ? Loop.continue(n + 1) : Loop.break();
  } });
  await ctx.step("refund", () => { throw new CriticalError("no CARD9"); });
}`,
  });
});

afterEach(() => {
  workspace.remove();
});

const exported = (): string => readFileSync(path.join(workspace.folder, "out.json"), "utf8");

it("takes the data out of every entry of a name, wherever it stands, and says of how many", async () => {
  await workspace.wf(["run", "cards.ts", "--id", "c"]);
  const { stderr } = await workspace.wf(["export", "c", "--redact", "charge", "--output", "out.json"]);
  expect(stderr).toMatch(/^exported \d+ events of run c; without the data of 6 entries; it holds /);
  expect(exported()).not.toMatch(/CARD[0-5]/);
  expect(exported()).toMatch(/MAIL0.*(?:\n.*)+MAIL5/);
  await workspace.wf(["export", "c", "--redact", "refund", "--output", "out.json", "--force"]);
  expect(exported()).not.toContain("CARD9");
  await workspace.wf(["export", "c", "--redact", "orders[5]/charge", "--output", "out.json", "--force"]);
  expect(exported()).toContain("CARD4");
  expect(exported()).not.toContain("CARD5");
});

it("all takes out the reasons, too, that people and processes gave", async () => {
  await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait"]);
  await workspace.wf(["cancel", "o", "--reason", "SECRET of Ann"]);
  await workspace.wf(["export", "o", "--redact", "all", "--output", "out.json"]);
  expect(exported()).toMatch(/"type":"run\.cancelled".*"reason":"\[redacted\]"/);
  expect(exported()).not.toContain("SECRET");
  await workspace.wf(["import", "out.json", "--id", "shape"]);
  expect(await workspace.json("inspect", "shape")).toMatchObject({ state: "cancelled", workflow: "order" });
});
