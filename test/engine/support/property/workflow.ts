// What a plan does: the workflow that it stands for, and the messages that it needs from outside.
import {
  CriticalError,
  Loop,
  RollbackError,
  type StepArgument,
  type StepConfig,
  type WorkflowContext,
} from "dotworkflows";
import type { Message } from "../../../../src/engine/driver.ts";
import { type Conduct, LOSER_SLEEP, type Plan, type PlanNode } from "./plan.ts";
import type { Life } from "./world.ts";

/** When the plan's runs begin, ms since 1970. */
export const START = Date.UTC(2026, 0, 1);

/** The workflow of a plan, in one life of a process. */
export function workflowOf(plan: Plan, life: Life): (ctx: WorkflowContext) => Promise<unknown> {
  const interpreter = new Interpreter(plan, life);
  return (ctx) => interpreter.root(ctx);
}

/** Where a node stands: the way to it, and how many races there are around it. */
interface Place {
  readonly path: string;
  readonly races: number;
  /** In a loop without state nobody outside can know how many messages are needed. */
  readonly uncounted: boolean;
}

const ROOT: Place = { path: "", races: 0, uncounted: false };

class Interpreter {
  readonly #plan: Plan;
  readonly #life: Life;

  constructor(plan: Plan, life: Life) {
    this.#plan = plan;
    this.#life = life;
  }

  async root(ctx: WorkflowContext): Promise<unknown> {
    if (this.#plan.checkpoint) await ctx.rollbackCheckpoint("first");
    const results = await this.#all(ctx, this.#plan.nodes, ROOT);
    if (this.#plan.doomed) throw new Error("doomed");
    return { results, id: ctx.uuid(), at: ctx.now() };
  }

  async #all(ctx: WorkflowContext, nodes: readonly PlanNode[], place: Place): Promise<unknown[]> {
    const results: unknown[] = [];
    for (const [index, node] of nodes.entries()) {
      const inner = { ...place, path: `${place.path}/${index}` };
      const caught = "caught" in node && node.caught;
      try {
        results.push(await this.#one(ctx, node, `n${index}`, inner));
      } catch (error) {
        if (!caught || !(error instanceof Error)) throw error;
        results.push({ caught: `${error.name}: ${error.message}` });
      }
    }
    return results;
  }

  async #one(ctx: WorkflowContext, node: PlanNode, name: string, place: Place): Promise<unknown> {
    switch (node.type) {
      case "step":
        return ctx.step({ ...this.#step(name, node.conduct, node.rollback), ephemeral: node.ephemeral });
      case "tryStep": {
        const result = await ctx.tryStep(this.#step(name, node.conduct, node.rollback));
        return result.ok ? result : { kind: result.failure.kind, message: result.failure.error.message };
      }
      case "sleep":
        return ctx.sleep(name, node.ms);
      case "receive":
        return this.#receive(ctx, node, name, place);
      case "send":
        return ctx.queue.send(`sent:${place.path}`, { from: place.path });
      case "version":
        return ctx.getVersion(name, 3);
      case "checkpoint":
        return ctx.rollbackCheckpoint(name);
      case "try": {
        const result = await ctx.try(name, (inner) => this.#all(inner, node.nodes, place));
        return result.ok ? result : { source: result.failure.source, name: result.failure.name };
      }
      case "loop":
        return this.#loop(ctx, node, name, place);
      case "join":
        return this.#join(ctx, node.branches, name, place);
      case "race":
        return this.#race(ctx, node, name, place);
    }
  }

  #step(name: string, conduct: Conduct, rollback: boolean): StepConfig<unknown> {
    const life = this.#life;
    const run = async (step: StepArgument): Promise<unknown> => {
      const { failures } = await life.runs(step.idempotencyKey);
      if (conduct === "exhausted" || (conduct === "flaky" && failures < 2)) throw new Error(`failure ${failures}`);
      if (conduct === "critical") throw new CriticalError("critical");
      if (conduct === "refused") throw new RollbackError("refused");
      return { key: step.idempotencyKey };
    };
    const config = { name, run, maxRetries: conduct === "exhausted" ? 1 : 2, retryBackoffBase: 1 };
    if (!rollback || !this.#plan.checkpoint) return config;
    const undo = async (_: unknown, output: unknown): Promise<void> => life.undoes((output as { key: string }).key);
    return { ...config, rollback: undo };
  }

  async #receive(
    ctx: WorkflowContext,
    node: Extract<PlanNode, { type: "receive" }>,
    name: string,
    place: Place,
  ): Promise<unknown> {
    const how = place.uncounted && node.how !== "never" ? "self" : node.how;
    const wanted = `${how}:${place.path}`;
    if (how === "self") await ctx.queue.send(wanted, { at: ctx.now() });
    const timeout = how === "never" ? { timeout: 3 } : {};
    const options = { names: [wanted], ...timeout };
    if (node.batch) return (await ctx.queue.nextBatch(name, { ...options, count: 1 })).map(shown);
    if (!node.completable) return shown(await ctx.queue.next(name, options));
    const message = await ctx.queue.next(name, { ...options, completable: true });
    await message.complete({ done: message.id });
    return shown(message);
  }

  #loop(ctx: WorkflowContext, node: Extract<PlanNode, { type: "loop" }>, name: string, place: Place): Promise<unknown> {
    const pruning = { historyPruneInterval: node.keep, historySize: node.keep - 1 };
    if (!node.stateful) {
      const inner = { ...place, uncounted: true };
      return ctx.loop({
        name,
        ...pruning,
        run: async (iteration) => {
          const results = await this.#all(iteration, node.nodes, inner);
          return iteration.random() < 0.5 ? Loop.break(results) : Loop.continue(undefined);
        },
      });
    }
    return ctx.loop({
      name,
      ...pruning,
      state: { round: 1, results: [] as unknown[] },
      run: async (iteration, state) => {
        state.results.push(await this.#all(iteration, node.nodes, place));
        if (state.round === node.iterations) return Loop.break(state);
        return Loop.continue({ ...state, round: state.round + 1 });
      },
    });
  }

  #join(
    ctx: WorkflowContext,
    branches: readonly (readonly PlanNode[])[],
    name: string,
    place: Place,
  ): Promise<unknown> {
    const runs = branches.map((nodes, index) => {
      const inner = { ...place, path: `${place.path}:${index}` };
      return [`b${index}`, { run: (branch: WorkflowContext) => this.#all(branch, nodes, inner) }] as const;
    });
    return ctx.join(name, Object.fromEntries(runs));
  }

  #race(ctx: WorkflowContext, node: Extract<PlanNode, { type: "race" }>, name: string, place: Place): Promise<unknown> {
    const candidate = candidateOf(node);
    const long = LOSER_SLEEP[place.races] ?? 0;
    const branches = node.branches.map((plan, index) => ({
      name: `b${index}`,
      run: async (branch: WorkflowContext): Promise<unknown> => {
        const inner = { ...place, path: `${place.path}:${index}`, races: place.races + 1 };
        const early = await branch.try("quick", (quick) => this.#all(quick, plan.quick, inner));
        await branch.sleep("first", index === candidate ? 1 : long * (index + 1));
        return [early, await this.#all(branch, plan.nodes, inner)];
      },
    }));
    return ctx.race(name, branches);
  }
}

function candidateOf(node: Extract<PlanNode, { type: "race" }>): number {
  return node.candidate % node.branches.length;
}

function shown(message: { id: string; name: string; body: unknown }): unknown {
  return { id: message.id, name: message.name, body: message.body };
}

/** The messages that a plan's workflow receives from outside, each to be sent at its `sentAt`. */
export function messagesFor(plan: Plan): Message[] {
  const messages: Message[] = [];
  const visit = (nodes: readonly PlanNode[], path: string, times: number): void => {
    for (const [index, node] of nodes.entries()) {
      const at = `${path}/${index}`;
      switch (node.type) {
        case "receive":
          if (node.how !== "before" && node.how !== "later") break;
          for (let round = 0; round < times; round++) {
            const name = `${node.how}:${at}`;
            const sentAt = node.how === "before" ? START : START + 4 + 3 * round + (messages.length % 5);
            messages.push({ id: `${name}#${round}`, name, body: { round }, sentAt });
          }
          break;
        case "try":
          visit(node.nodes, at, times);
          break;
        case "loop":
          visit(node.nodes, at, node.stateful ? times * node.iterations : 0);
          break;
        case "join":
          for (const [branch, inner] of node.branches.entries()) visit(inner, `${at}:${branch}`, times);
          break;
        case "race":
          for (const [branch, inner] of node.branches.entries()) visit(inner.nodes, `${at}:${branch}`, times);
          break;
        case "step":
        case "tryStep":
        case "sleep":
        case "send":
        case "version":
        case "checkpoint":
      }
    }
  };
  visit(plan.nodes, "", 1);
  return messages.toSorted((a, b) => a.sentAt - b.sentAt);
}
