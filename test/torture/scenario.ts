// The workflow that is tortured: steps, a retry, sleeps, messages of every kind, a join, a race, and a loop long enough
// to be compacted. What it does to the world outside goes through `World`, which keeps the books.

import { Loop, type WorkflowContext } from "dotworkflows";
import type { World } from "./world.ts";

/** Iterations of the loop; the first six each take a message. */
const ROUNDS = 10;
const ITEMS = 5;

export interface Mail {
  readonly id?: string;
  readonly name: string;
  readonly body: unknown;
}

/** What the senders send, in this order. Those with an id are sent again until acknowledged. */
export const MAIL: readonly [Mail, ...Mail[]] = [
  { name: "note", body: "n0" },
  { id: "go-1", name: "go", body: { speed: 3 } },
  { name: "note", body: "n1" },
  { id: "ask/1", name: "ask", body: "how many?" },
  { name: "note", body: "n2" },
  ...Array.from({ length: ITEMS }, (_, n) => ({ id: `item-${n}`, name: "item", body: { n, zero: -0 } })),
];

interface Sum {
  readonly round: number;
  readonly total: number;
  readonly items: readonly unknown[];
}

const NOTHING: Sum = { round: 0, total: 0, items: [] };

/** The workflow, in a world. Its output is the same however often it was interrupted. */
export function scenario(world: World): (ctx: WorkflowContext, input: { start: number }) => Promise<unknown> {
  const step = async <T>(ctx: WorkflowContext, name: string, at: string, make: () => T): Promise<T> => {
    const [value, key] = await ctx.step(name, ({ idempotencyKey, attempt }) => {
      world.ran(at, idempotencyKey);
      if (name === "flaky" && attempt === 1) throw new Error("once is not enough");
      return [make(), idempotencyKey] as const;
    });
    world.acknowledged(`step ${at}`, [value, key]);
    return value;
  };
  const receive = async (ctx: WorkflowContext, entry: string, at: string, name: string): Promise<unknown> => {
    const { id, body } = await ctx.queue.next(entry, { names: [name] });
    world.acknowledged(`message ${at}`, [id, body]);
    return body;
  };

  const round = async (ctx: WorkflowContext, sum: Sum): Promise<Sum> => {
    const at = `rounds[${sum.round}]`;
    const item = sum.round < ITEMS ? [await receive(ctx, "item", `${at}/item`, "item")] : [];
    await ctx.queue.send("ping", sum.round);
    const ping = await receive(ctx, "ping", `${at}/ping`, "ping");
    const padding = "p".repeat(1500);
    const worth = await step(ctx, "work", `${at}/work`, () => ({ worth: sum.round * 7, ping, padding }));
    world.acknowledged(`state ${at}`, sum);
    world.onRound(sum.round);
    return {
      round: sum.round + 1,
      total: sum.total + worth.worth + Number(worth.ping) * 1000,
      items: [...sum.items, ...item],
    };
  };

  return async (ctx, input) => {
    const quote = await step(ctx, "quote", "quote", () => ({ price: input.start, at: new Date(7), none: undefined }));
    const flaky = await step(ctx, "flaky", "flaky", () => 5n);
    await ctx.queue.send("self", { hello: "me" });
    const own = await receive(ctx, "own", "own", "self");
    await ctx.sleep("cool-off", 1_000);
    const joined = await ctx.join("both", {
      quick: { run: (inner) => step(inner, "left", "both/left", () => "left") },
      slow: {
        run: async (inner) => {
          await inner.sleep("nap", 500);
          return step(inner, "right", "both/right", () => "right");
        },
      },
      told: { run: (inner) => receive(inner, "go", "both/go", "go") },
    });
    const won = await ctx.race("first", [
      { name: "winner", run: (inner) => step(inner, "sprint", "first/sprint", () => "won") },
      { name: "loser", run: (inner) => inner.sleep("forever", 10_000_000) },
    ]);
    const question = await ctx.queue.next<string>("question", { names: ["ask"], completable: true });
    world.acknowledged("message question", [question.id, question.body]);
    await question.complete({ answer: 42 });
    world.acknowledged("answered ask/1", { answer: 42 });
    const sum = await ctx.loop({
      name: "rounds",
      state: NOTHING,
      historyPruneInterval: 1,
      run: async (inner, state) =>
        state.round === ROUNDS ? Loop.break(state) : Loop.continue(await round(inner, state)),
    });
    const notes = await ctx.queue.nextBatch("notes", { names: ["note"], count: 100, timeout: 0 });
    world.received(notes.map(({ id, body }) => ({ id, body })));
    return { quote, flaky, own, joined, won: won.value, asked: question.body, sum };
  };
}
