// R2: the installed command line is killed with kill -9 at random moments, and resumed each time, until the run is over.

import { readFileSync } from "node:fs";
import path from "node:path";
import { openStore } from "../../../src/fs-driver/index.ts";
import { type Row, type RowOptions, type RowResult, Tally } from "../row.ts";
import { randomFrom } from "../sim/random.ts";
import { delay, inFolder, wf } from "./processes.ts";

const ORDERS = 12;
/** No life is longer than this before it is killed, ms; a process takes about 100 ms to begin. */
const LIFE = 500;

/** The shape of templates/orders, quicker, and with its effects in a file. */
const WORKFLOW = `
import { appendFileSync } from "node:fs";
import { Loop, type WorkflowContext } from "dotworkflows";
export default async function orders(ctx: WorkflowContext) {
  return ctx.loop({
    name: "orders",
    state: { count: 0, total: 0, seen: [] as string[] },
    run: async (ctx, sold) => {
      if (sold.count === ${ORDERS}) return Loop.break(sold);
      const { body } = await ctx.queue.next<{ id: string; amount: number }>("next", { names: ["order"] });
      await ctx.step({ name: "charge", retryBackoffBase: 5, run: ({ attempt }) => { if (attempt === 1) throw new Error("no answer"); return body.amount; } });
      await ctx.sleep("pack", 10);
      await ctx.step("ship", () => { appendFileSync("shipped", body.id + "\\n"); });
      await ctx.step("done", () => { appendFileSync("acknowledged", body.id + "\\n"); });
      return Loop.continue({ count: sold.count + 1, total: sold.total + body.amount, seen: [...sold.seen, body.id] });
    },
  });
}`;

async function run(options: RowOptions): Promise<RowResult> {
  const tally = new Tally(options);
  const wanted = options.isFull ? 200 : 4;
  let kills = 0;
  for (let round = 0; kills < wanted && !tally.isEnough; round++)
    await tally.check(`run-${round}`, async () => {
      const { killed, wrong } = await oneRun(options.seed + round, Math.min(25, wanted - kills));
      kills += killed;
      return wrong;
    });
  return { figure: `${kills} kills of ${tally.cases} runs`, violations: tally.violations };
}

async function oneRun(seed: number, most: number): Promise<{ killed: number; wrong: string[] }> {
  const random = randomFrom(seed);
  return inFolder({ "orders.ts": WORKFLOW }, async (folder) => {
    let killed = 0;
    const first = wf(["run", "orders.ts", "--id", "o", "--no-wait"], folder);
    if ((await first.ended).exitCode !== 3)
      return { killed, wrong: [`it does not begin: ${(await first.ended).stderr}`] };
    const store = await openStore({ dir: path.join(folder, ".workflows") });
    for (let number = 0; number < ORDERS; number++)
      await store.send("o", "order", { id: `A${number}`, amount: number }, { id: `order-${number}` });
    for (;;) {
      const life = wf(["resume", "o"], folder);
      if (killed >= most) {
        const { exitCode, stdout, stderr } = await life.ended;
        if (exitCode !== 0) return { killed, wrong: [`it ends with ${exitCode}: ${stderr}`] };
        return { killed, wrong: judge(folder, JSON.parse(stdout) as Sold) };
      }
      await Promise.race([delay(60 + random.below(LIFE)), life.ended]);
      if (life.child.exitCode === null) {
        life.child.kill("SIGKILL");
        killed++;
      }
      const { exitCode, stdout, stderr } = await life.ended;
      if (exitCode === 0) return { killed, wrong: judge(folder, JSON.parse(stdout) as Sold) };
      if (exitCode !== null) return { killed, wrong: [`it ends with ${exitCode}: ${stderr}`] };
    }
  });
}

interface Sold {
  readonly count: number;
  readonly total: number;
  readonly seen: readonly string[];
}

/** Each order once, in order; and a step whose follower ran was on record, so it did not run again. */
function judge(folder: string, { count, total, seen }: Sold): string[] {
  const expected = Array.from({ length: ORDERS }, (_, number) => `A${number}`);
  const wrong: string[] = [];
  if (count !== ORDERS || total !== (ORDERS * (ORDERS - 1)) / 2) wrong.push(`${count} orders, ${total} in all`);
  if (seen.join() !== expected.join()) wrong.push(`received ${seen.join()}`);
  const shipped = readFileSync(path.join(folder, "shipped"), "utf8").trim().split("\n");
  if ([...new Set(shipped)].join() !== expected.join()) wrong.push(`shipped ${shipped.join()}`);
  if (shipped.length > ORDERS + 40) wrong.push(`shipped ${shipped.length} times`);
  return wrong;
}

export const kills: Row = { id: "R2", title: "kill -9 of the installed command line", run };
