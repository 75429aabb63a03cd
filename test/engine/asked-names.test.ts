import type { WorkflowContext } from "dotworkflows";
import fc from "fast-check";
import { expect, test } from "vitest";
import { AskedNames } from "../../src/engine/execution/asked-names.ts";
import { emptyPlace, type Place } from "../../src/engine/history/entries.ts";
import { Bench } from "./support/harness.ts";

const NAMES = ["a", "b", "c", "d", "e", "f"] as const;

function childrenOf(names: readonly string[]): Map<string | number, Place> {
  const root = emptyPlace("", undefined, 0);
  return new Map(names.map((name, at) => [name, emptyPlace(name, root, 3 + at)]));
}

test("gives each name its recorded child once, in whatever order the code asks", () => {
  const recorded = fc.shuffledSubarray([...NAMES]);
  const asked = fc.array(fc.constantFrom(...NAMES), { maxLength: 12 });
  fc.assert(
    fc.property(recorded, asked, (names, asks) => {
      const children = childrenOf(names);
      const asking = new AskedNames(children);
      const before = new Set<string>();
      for (const name of asks) {
        expect(asking.has(name)).toBe(before.has(name));
        expect(asking.ask(name)).toBe(before.has(name) ? "again" : children.get(name));
        before.add(name);
        for (const each of NAMES) expect(asking.has(each)).toBe(before.has(each));
      }
    }),
  );
});

test.each([undefined, "", 7, { name: "a" }])("refuses %j for a name, whatever asks with it", async (name) => {
  const none = name as string;
  const asks: ((ctx: WorkflowContext) => Promise<unknown>)[] = [
    (ctx) => ctx.sleep(none, 5),
    (ctx) => ctx.queue.next(none),
    (ctx) => ctx.join(none, {}),
    (ctx) => ctx.rollbackCheckpoint(none),
    (ctx) => ctx.removed(none, "step"),
    (ctx) => ctx.getVersion(none, 2),
  ];
  for (const ask of asks) {
    const error = await new Bench().failure(ask);
    expect(error.message).toContain("a name must be a string that is not empty, not ");
  }
});

test("a child that is recorded after its name was asked for is not given again", () => {
  const children = childrenOf(["a"]);
  const asking = new AskedNames(children);
  expect(asking.ask("new")).toBeUndefined();
  children.set("new", emptyPlace("new", undefined, 9));
  expect(asking.ask("a")).toBe(children.get("a"));
  expect(asking.ask("new")).toBe("again");
  expect(new AskedNames(undefined).ask("a")).toBeUndefined();
});
