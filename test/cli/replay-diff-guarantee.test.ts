// The guarantee of `wf replay-diff`, by bytes and by system calls: no step body runs, nothing under the store is written
// nor opened for writing, no owner's lock is taken, and a live run goes on meanwhile.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { binary, Workspace } from "./support/wf.ts";

const flow = `
import { appendFileSync } from "node:fs";
import { Loop } from "dotworkflows";
const hit = (name) => () => appendFileSync("effects", name + "\\n");
export default async function order(ctx) {
  await ctx.step("quote", hit("quote"));
  await ctx.loop({ name: "tries", state: 0, run: async (turn, n) => {
    await turn.step("try", hit("try"));
    return n < 2 ? Loop.continue(n + 1) : Loop.break(n);
  } });
  await ctx.join("both", { left: { run: (left) => left.step("cut", hit("cut")) } });
  await ctx.queue.next("approval", { names: ["approve"] });
  await ctx.step("ship", hit("ship"));
}`;
const edits: readonly (readonly [what: string, from: string, to: string])[] = [
  ["nothing", "quote", "quote"],
  ["a rename", '"quote"', '"offer"'],
  ["an insertion", "  await ctx.loop", '  await ctx.step("new", hit("new"));\n  await ctx.loop'],
  [
    "a step at the frontier",
    '  await ctx.step("ship"',
    '  await ctx.step("pack", hit("pack"));\n  await ctx.step("ship"',
  ],
  ["a throw", "  await ctx.loop", '  if (true) throw new Error("no");\n  await ctx.loop'],
];
const hasStrace = process.platform === "linux" && spawnSync("strace", ["-V"]).status === 0;

describe.skipIf(process.platform === "win32")("wf replay-diff", () => {
  let place: Workspace;

  beforeEach(() => {
    place = new Workspace({ "order.js": flow });
  });

  afterEach(() => {
    place.remove();
  });

  it("runs no body and leaves every byte and every time of the store, whatever was edited", async () => {
    await place.wf(["run", "order.js", "--id", "order-1", "--no-wait"]);
    await place.wf(["send", "order-1", "early", "{}"]);
    const before = [effects(), fingerprint()];
    expect(before[0]).toBe("quote\ntry\ntry\ntry\ncut\n");
    for (const [what, from, to] of edits) {
      place.write(
        "order.js",
        flow.replace(from, () => to),
      );
      for (const flags of [[], ["--deep"], ["--all"], ["--json", "--strict"]]) {
        const { exitCode } = await place.wf(["replay-diff", ...flags]);
        expect([0, 5]).toContain(exitCode);
        expect([what, ...flags, effects(), fingerprint()]).toEqual([what, ...flags, ...before]);
      }
    }
  }, 60_000);

  it("compares in a store that may not be written at all", async () => {
    await place.wf(["run", "order.js", "--id", "order-1", "--no-wait"]);
    const store = path.join(place.folder, ".workflows");
    expect(spawnSync("chmod", ["-R", "a-w", store]).status).toBe(0);
    try {
      expect(await place.json("replay-diff")).toMatchObject({ compatible: true, exitCode: 0 });
    } finally {
      spawnSync("chmod", ["-R", "u+w", store]);
    }
  });

  it("takes no lock: a live run holds it meanwhile, and goes on to its end", { timeout: 30_000 }, async () => {
    const live = place.start(["run", "order.js", "--id", "order-1", "--no-keys"]);
    await live.says("waiting for");
    const before = effects();
    place.write("order.js", flow.replace('"quote"', '"offer"'));
    const compared = await Promise.all([0, 1, 2].map(() => place.json("replay-diff", "order-1")));
    for (const each of compared) expect(each).toMatchObject({ compatible: false, exitCode: 5, stepsExecuted: 0 });
    expect(effects()).toBe(before);
    expect((await place.wf(["send", "order-1", "approve", "{}"])).exitCode).toBe(0);
    expect((await live.ended).exitCode).toBe(0);
    expect(effects()).toBe(`${before}ship\n`);
  });

  it.runIf(hasStrace)(
    "asks the system for no lock that an owner would, and opens nothing in the store for writing",
    { timeout: 60_000 },
    async () => {
      await place.wf(["run", "order.js", "--id", "order-1", "--no-wait"]);
      place.write("order.js", flow.replace('"quote"', '"offer"'));
      const writes =
        "open,openat,creat,flock,fcntl,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,ftruncate,truncate,link,linkat,utimensat,fsync,fdatasync";
      const args = ["-f", "-y", "-qq", "-o", "calls", "-e", `trace=${writes}`, process.execPath, binary, "replay-diff"];
      expect(spawnSync("strace", args, { cwd: place.folder }).status).toBe(5);
      const calls = readFileSync(path.join(place.folder, "calls"), "utf8").split("\n");
      const inStore = calls.filter((call) => call.includes(".workflows"));
      // It was seen at work: the history was opened and read.
      expect(inStore.some((call) => /openat?\(.*history\.cbor".*O_RDONLY/.test(call))).toBe(true);
      const isReading = / openat?\(.*O_RDONLY/;
      // Whether somebody owns the run is asked of the kernel with a reader's probe, which every owner waits out.
      const isProbe = / fcntl\(.*F_OFD_SETLK, \{l_type=F_RDLCK,/;
      expect(inStore.filter((call) => !isReading.test(call) && !isProbe.test(call))).toEqual([]);
      expect(calls.filter((call) => /flock\(|F_WRLCK|F_(?:OFD_)?SETLKW/.test(call))).toEqual([]);
    },
  );

  function effects(): string {
    return readFileSync(path.join(place.folder, "effects"), "utf8");
  }

  /** Every file and folder of the store, with its content, its mode, its number and its times. */
  function fingerprint(): string {
    const store = path.join(place.folder, ".workflows");
    const hash = createHash("sha256");
    for (const name of ["", ...readdirSync(store, { recursive: true, encoding: "utf8" }).sort()]) {
      const file = path.join(store, name);
      const facts = statSync(file);
      const { size, mtimeMs, ctimeMs, ino, mode } = facts;
      hash.update(`${name} ${size} ${mtimeMs} ${ctimeMs} ${ino} ${mode}`);
      if (facts.isFile()) hash.update(readFileSync(file));
    }
    return hash.digest("hex");
  }
});
