// R7: eight processes send to a run whose receiver is killed again and again: nothing lost, nothing twice, each sender's
// messages in order.

import path from "node:path";
import { openStore } from "../../../src/fs-driver/index.ts";
import { count, type Row, type RowOptions, type RowResult, Tally } from "../row.ts";
import { randomFrom } from "../sim/random.ts";
import { delay, inFolder, projectRoot, start, wf } from "./processes.ts";

const SENDERS = 8;

const COLLECT = `
import { Loop, type WorkflowContext } from "dotworkflows";
export default async function collect(ctx: WorkflowContext, input: { total: number }) {
  return ctx.loop({
    name: "all",
    state: { got: [] as string[] },
    run: async (ctx, state) => {
      if (state.got.length >= input.total) return Loop.break(state.got);
      const batch = await ctx.queue.nextBatch<string>("some", { names: ["count"], count: 200 });
      return Loop.continue({ got: [...state.got, ...batch.map(({ body }) => body)] });
    },
  });
}`;

/** The library as it is installed, in a process of its own. */
const sender = (index: string): string => `
import { openStore } from ${JSON.stringify(index)};
const [, , dir, name, total] = process.argv;
const store = await openStore({ dir });
for (let number = 0; number < Number(total); number++) await store.send("c", "count", name + ":" + number);
`;

async function run(options: RowOptions): Promise<RowResult> {
  const tally = new Tally(options);
  const each = options.isFull ? 1_000 : 15;
  const wanted = options.isFull ? 20 : 2;
  let kills = 0;
  await tally.check("senders", async () => {
    const index = `file://${path.join(projectRoot(), "dist/fs-driver/index.js")}`;
    return inFolder({ "collect.ts": COLLECT, "sender.mjs": sender(index) }, async (folder) => {
      const random = randomFrom(options.seed);
      const input = JSON.stringify({ total: SENDERS * each });
      const begun = await wf(["run", "collect.ts", "--id", "c", "--no-wait", "--input", input], folder).ended;
      if (begun.exitCode !== 3) return [`it does not begin: ${begun.stderr}`];
      const dir = path.join(folder, ".workflows");
      const senders = Array.from({ length: SENDERS }, (_, number) =>
        start(process.execPath, ["sender.mjs", dir, `s${number}`, String(each)], folder),
      );
      while (kills < wanted) {
        const life = wf(["resume", "c"], folder);
        await delay(120 + random.below(options.isFull ? 450 : 600));
        if (life.child.exitCode !== null) break;
        life.child.kill("SIGKILL");
        kills++;
        await life.ended;
      }
      for (const { ended } of senders)
        if ((await ended).exitCode !== 0) return [`a sender failed: ${(await ended).stderr}`];
      const last = await wf(["resume", "c"], folder).ended;
      if (last.exitCode !== 0) return [`it ends with ${last.exitCode}: ${last.stderr}`];
      return judge(JSON.parse(last.stdout) as string[], each, dir);
    });
  });
  return {
    figure: `${SENDERS} senders × ${count(each)} messages, receiver killed ${kills} times`,
    violations: tally.violations,
  };
}

async function judge(got: readonly string[], each: number, dir: string): Promise<string[]> {
  const wrong: string[] = [];
  if (new Set(got).size !== got.length) wrong.push(`${got.length - new Set(got).size} messages were received twice`);
  for (let sender = 0; sender < SENDERS; sender++) {
    const own = got.filter((body) => body.startsWith(`s${sender}:`)).map((body) => Number(body.split(":")[1]));
    if (own.length !== each) wrong.push(`of sender ${sender} ${own.length} messages were received`);
    if (own.some((number, index) => number !== index)) wrong.push(`sender ${sender} is out of order`);
  }
  const store = await openStore({ dir });
  // A kill between the end of the run and the end of its process leaves files that the next owner removes.
  await (await store.open("c")).close();
  const { messages, quarantined } = store.examine("c");
  if (messages.length > 0) wrong.push(`${messages.length} received messages are still in the inbox`);
  if (quarantined.length > 0) wrong.push(`set aside: ${quarantined.join(", ")}`);
  return wrong;
}

export const senders: Row = { id: "R7", title: "many senders, a receiver that dies", run };
