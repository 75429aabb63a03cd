import { renameSync } from "node:fs";
import path from "node:path";
import { type Started, Workspace } from "./wf.ts";

/** A workspace with a `wf dev` in it, which ends with it. */
export class Supervised extends Workspace {
  #dev: Started | undefined;

  /** Starts `wf dev`; resolves once it supervises. */
  async supervise(...args: readonly string[]): Promise<Started> {
    this.#dev = this.start(["dev", ...args]);
    await this.#dev.says("supervising .workflows");
    return this.#dev;
  }

  /** Saves, each time in one step, until the watcher has seen it; the same again is told of once. */
  async saveUntil(file: string, text: string | ((tries: number) => string), said: string): Promise<void> {
    let tries = 0;
    const saving = setInterval(() => {
      this.write(`${file}.new`, typeof text === "string" ? text : text(tries++));
      renameSync(path.join(this.folder, `${file}.new`), path.join(this.folder, file));
    }, 300);
    await this.#dev?.says(said);
    clearInterval(saving);
  }

  async end(): Promise<void> {
    this.#dev?.child.kill("SIGINT");
    // Two at the same moment may be heard as one.
    const again = setInterval(() => this.#dev?.child.kill("SIGINT"), 50);
    await this.#dev?.ended;
    clearInterval(again);
    this.remove();
  }
}
