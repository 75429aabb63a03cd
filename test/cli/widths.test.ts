// What every command prints fits the terminal that it is printed on: no line is broken by the terminal itself.

import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failing, one, order } from "./support/modules.ts";
import { declared, flaky, parcels, sleepy } from "./support/modules-more.ts";
import { Screen } from "./support/screen.ts";
import { Workspace } from "./support/wf.ts";

const LONG = "a-run-with-a-rather-long-id";
const SIZES = [60, 80, 120].flatMap((columns) => [
  { columns, style: "in colour", env: {} },
  { columns, style: "without colour", env: { NO_COLOR: "1" } },
]);

let workspace: Workspace;

beforeAll(async () => {
  workspace = new Workspace({
    "one.ts": one,
    "order.ts": order,
    "failing.ts": failing,
    "flaky.ts": flaky,
    "declared.ts": declared,
    "sleepy.ts": sleepy,
    "parcels.ts": parcels,
  });
  await Promise.all(
    ["one", "order", "failing", "flaky", "declared", "sleepy", "parcels"].map((name) =>
      workspace.wf(["run", `${name}.ts`, "--id", `${LONG}-${name}`, "--no-wait"]),
    ),
  );
  await workspace.wf(["run", "one.ts", "--id", "damaged"]);
  const file = path.join(workspace.folder, ".workflows/damaged/history.cbor");
  const bytes = readFileSync(file);
  const at = bytes.indexOf("step.started");
  bytes[at] = (bytes[at] ?? 0) ^ 4;
  writeFileSync(file, bytes);
}, 60_000);

afterAll(() => {
  workspace.remove();
});

/** Commands, and how each ends. */
const COMMANDS: readonly (readonly [command: string, exitCode: number])[] = [
  ["list", 0],
  ["list --status waiting", 0],
  [`inspect ${LONG}-sleepy`, 0],
  [`inspect ${LONG}-failing`, 0],
  [`inspect ${LONG}-declared`, 0],
  [`inspect ${LONG}-flaky --step b`, 0],
  [`inspect ${LONG}-parcels --step charge`, 0],
  ["inspect damaged", 7],
  ["doctor", 7],
  ["doctor damaged --repair --dry-run", 7],
  ["prune --dry-run", 7],
  [`run failing.ts --id ${LONG}-failing`, 1],
  [`run sleepy.ts --id ${LONG}-sleepy --no-wait`, 3],
  [`run flaky.ts --id ${LONG}-once-more`, 1],
  [`retry ${LONG}-one`, 1],
  [`cancel ${LONG}-one`, 1],
  [`wake ${LONG}-one`, 1],
  [`fork ${LONG}-one --from nothing`, 4],
  [`send ${LONG}-declared aprove`, 2],
  [`send ${LONG}-order aprove --id same`, 0],
  [`export ${LONG}-one --output ${LONG}.txt`, 2],
  ["import nothing.json", 2],
  ["run declared.ts#nothing", 4],
  ["run one.ts --env nothing.env", 2],
  ["run one.ts --durability maybe", 2],
  ["dev nowhere", 2],
  ["init --template helo", 2],
  ["completion tcsh", 2],
  ["replay-diff --all", 7],
];

describe.each(SIZES)("at $columns columns $style", { timeout: 60_000 }, ({ columns, env }) => {
  it.each(COMMANDS)("wf %s", async (command, exitCode) => {
    const args = command.split(" ");
    const id = args.indexOf(`${LONG}-once-more`);
    if (id >= 0) args[id] = `${LONG}-${columns}-${"NO_COLOR" in env ? "plain" : "colored"}`;
    const screen = new Screen(args, { folder: workspace.folder, columns, env });
    expect(await screen.ended).toBe(exitCode);
    expect(await screen.breakable()).toEqual([]);
    if ("NO_COLOR" in env) expect(screen.raw).not.toMatch(/\[\d+m/);
  });
});
