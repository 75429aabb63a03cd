// R2: the installed command line runs templates/orders, is killed with kill -9 at random moments, and resumed each time,
// until the run is over. The workflow is the template's own file; only the shop beside it is another, which keeps books.

import { readFileSync } from "node:fs";
import path from "node:path";
import { openStore } from "../../../src/fs-driver/index.ts";
import { type Row, type RowOptions, type RowResult, Tally } from "../row.ts";
import { randomFrom } from "../sim/random.ts";
import { delay, inFolder, wf } from "./processes.ts";

const ORDERS = 12;
/** No life is longer than this before it is killed, ms; a process takes about 100 ms to begin. */
const LIFE = 500;

/** The shop of templates/orders, quicker, on a bad day for every third order, and with its effects in a file. */
const SHOP = `
import { appendFileSync } from "node:fs";
export async function charge(order, attempt) {
  if (attempt === 1 && order.amount % 3 === 0) throw new Error("no answer");
  return "payment-" + order.id;
}
export async function ship(order) {
  appendFileSync("shipped", order.id + "\\n");
  return "parcel-" + order.id;
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
  const orders = readFileSync("templates/orders/orders.ts", "utf8");
  return inFolder({ "orders.ts": orders, "shop.ts": SHOP }, async (folder) => {
    let killed = 0;
    const first = wf(["run", "orders.ts", "--id", "o", "--no-wait"], folder);
    if ((await first.ended).exitCode !== 3)
      return { killed, wrong: [`it does not begin: ${(await first.ended).stderr}`] };
    const store = await openStore({ dir: path.join(folder, ".workflows") });
    for (let number = 0; number < ORDERS; number++)
      await store.send("o", "order", { id: `A${number}`, amount: number }, { id: `order-${number}` });
    await store.send("o", "close", undefined, { id: "close" });
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
}

/** Each order once, in order; and a step whose follower ran was on record, so it did not run again. */
function judge(folder: string, { count, total }: Sold): string[] {
  const expected = Array.from({ length: ORDERS }, (_, number) => `A${number}`);
  const wrong: string[] = [];
  if (count !== ORDERS || total !== (ORDERS * (ORDERS - 1)) / 2) wrong.push(`${count} orders, ${total} in all`);
  const shipped = readFileSync(path.join(folder, "shipped"), "utf8").trim().split("\n");
  // An order that was on its way when the process died goes once more, at once; none after a later one has gone.
  const changes = shipped.filter((order, index) => order !== shipped[index - 1]);
  if (changes.join() !== expected.join()) wrong.push(`shipped ${shipped.join()}`);
  if (shipped.length > ORDERS + 40) wrong.push(`shipped ${shipped.length} times`);
  return wrong;
}

export const kills: Row = { id: "R2", title: "kill -9 of the installed command line", run };
