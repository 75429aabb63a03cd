/** A user's project in a temporary folder, whose workflow is recorded, edited, compared, mended and resumed. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type HistoryEvent, runWorkflow, type Workflow, type WorkflowResult } from "dotworkflows";
import {
  InMemoryDriver,
  ManualClock,
  replayHistory,
  type ReplayOptions,
  type ReplayReport,
} from "dotworkflows/testing";
import { adaptFixes } from "../../../src/cli/fix-text.ts";
import { loadModule } from "../../../src/cli/load-module/index.ts";

const engine = path.resolve(import.meta.dirname, "../../../src/engine/index.ts");

/** Messages to send, in order: each when the run waits for it. */
export type Script = readonly (readonly [name: string, body: unknown])[];

/** What a run came to. */
export interface Recorded {
  readonly events: readonly HistoryEvent[];
  /** Step bodies that ran, by the name they gave. */
  readonly hits: readonly string[];
  readonly result?: WorkflowResult;
  readonly error?: Error;
}

/** The project. */
export class Project {
  readonly folder: string = realpathSync(mkdtempSync(path.join(tmpdir(), "wf-replay-")));
  readonly main: string;
  #hits: string[] = [];

  constructor(files: Readonly<Record<string, string>>, main: string) {
    this.main = path.join(this.folder, main);
    this.write("package.json", '{"type":"module"}');
    for (const [file, text] of Object.entries(files)) this.write(file, text);
  }

  write(file: string, text: string): void {
    const target = path.resolve(this.folder, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text);
  }

  read(file: string): string {
    return readFileSync(path.resolve(this.folder, file), "utf8");
  }

  /** Replaces text that must be there. */
  edit(file: string, from: string, to: string): void {
    const text = this.read(file);
    if (!text.includes(from)) throw new Error(`${file} does not contain ${from}`);
    this.write(
      file,
      text.replace(from, () => to),
    );
  }

  /** The workflow as the files are now. */
  async load(): Promise<Workflow> {
    Object.assign(globalThis, { hit: (name: string, value: unknown) => (this.#hits.push(name), value) });
    const loaded = await loadModule(this.main, { aliases: { dotworkflows: engine } });
    return loaded.exports["default"] as Workflow;
  }

  /** Compares a history with the workflow as the files are now. */
  async compare(events: readonly HistoryEvent[], options?: ReplayOptions): Promise<ReplayReport> {
    this.#hits = [];
    const report = await replayHistory(await this.load(), structuredClone(events), options);
    if (this.#hits.length > 0) throw new Error(`the comparison ran ${this.#hits.join(", ")}`);
    // As people get them: spelt for where they go.
    return adaptFixes(report);
  }

  /** Runs the workflow, over a history where there is one, up to where the script ends; times pass by themselves. */
  async run(script: Script, from: readonly HistoryEvent[] = [], input?: unknown): Promise<Recorded> {
    this.#hits = [];
    const driver = new InMemoryDriver();
    driver.append(structuredClone(from));
    const clock = new ManualClock(Math.max(Date.UTC(2026, 0, 1), (from.at(-1)?.at ?? 0) + 1));
    const left = [...script];
    const workflow = await this.load();
    let result: WorkflowResult | undefined;
    try {
      for (;;) {
        result = await clock.advanceUntil(runWorkflow("run-1", workflow, input as never, driver, { clock }).result);
        const { sleepUntil, waitingForMessages = [] } = result;
        if (result.state !== "sleeping") break;
        const at = left.findIndex(([name]) => waitingForMessages.includes(name));
        const [message] = at === -1 ? [] : left.splice(at, 1);
        if (message !== undefined) {
          const [name, body] = message;
          await driver.inbox.add({ id: `m${String(Math.random())}`, name, body, sentAt: clock.now() });
        } else if (sleepUntil !== undefined && script !== NOTHING) {
          clock.set(Math.max(sleepUntil, clock.now()));
        } else break;
      }
      return { events: driver.events, hits: this.#hits, result };
    } catch (error) {
      return { events: driver.events, hits: this.#hits, error: error as Error };
    }
  }

  /** Runs on to the end, answering every wait, whatever it waits for. */
  async finish(from: readonly HistoryEvent[]): Promise<Recorded> {
    return this.run(EVERYTHING, from);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Nothing is sent and no time passes. */
export const NOTHING: Script = [];

const EVERYTHING: Script = Array.from({ length: 40 }, () => [
  ["go", {}] as const,
  ["approve", { by: "ann" }] as const,
  ["next", 1] as const,
]).flat();
