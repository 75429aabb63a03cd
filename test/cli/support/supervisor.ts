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

  /** Saves until the watcher has seen it; the same again is told of once. */
  async saveUntil(file: string, text: string | ((tries: number) => string), said: string): Promise<void> {
    let tries = 0;
    const saving = setInterval(() => this.write(file, typeof text === "string" ? text : text(tries++)), 300);
    await this.#dev?.says(said);
    clearInterval(saving);
  }

  async end(): Promise<void> {
    this.#dev?.child.kill("SIGINT");
    this.#dev?.child.kill("SIGINT");
    await this.#dev?.ended;
    this.remove();
  }
}
