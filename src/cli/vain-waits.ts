/** What comparisons that are made together learn of code that lets them wait: none waits long for what one has not got. */
import type { FoundWorkflow } from "./find-workflow.ts";
import { isNeverLoaded } from "./slow-load.ts";

/** Of the comparisons of one command. */
export class VainWaits {
  readonly #places = new Map<string, Set<string>>();
  readonly #unloadable = new Map<string, unknown>();

  /** Where the code of a workflow has been waited for in vain. */
  placesIn({ file, exportName }: Pick<FoundWorkflow, "file" | "exportName">): Set<string> {
    const key = `${file}#${exportName}`;
    const known = this.#places.get(key) ?? new Set();
    this.#places.set(key, known);
    return known;
  }

  /** Does what loads a module, unless that has not finished loading before. @throws what it threw then */
  async loading<T>(file: string, work: () => Promise<T>): Promise<T> {
    if (this.#unloadable.has(file)) throw this.#unloadable.get(file);
    try {
      return await work();
    } catch (error) {
      if (isNeverLoaded(error)) this.#unloadable.set(file, error);
      throw error;
    }
  }
}
