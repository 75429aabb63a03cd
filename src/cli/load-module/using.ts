/**
 * What a block with `using` or `await using` runs as on every Node: oxc makes `babelHelpers.usingCtx()` of it and calls
 * what is here by these names.
 *
 * Invariant: resources are disposed in reverse order, each once, also when the block or another disposal threw; with
 * nothing that is to be awaited, at once.
 */

interface Resource {
  readonly isAwaited: boolean;
  readonly dispose: () => unknown;
}

type Disposable = { readonly [key in symbol]?: () => unknown };

const NOTHING = Symbol("nothing was thrown");

/** The resources of one block. */
export class Using {
  /** What the block threw. */
  e: unknown = NOTHING;
  readonly #resources: Resource[] = [];

  /** `using` */
  u<T>(value: T): T {
    return this.#keep(value, false);
  }

  /** `await using` */
  a<T>(value: T): T {
    return this.#keep(value, true);
  }

  /** The end of the block. @throws what the block or a disposal threw */
  d(): void | Promise<void> {
    if (this.#resources.some(({ isAwaited }) => isAwaited)) return this.#disposeInTurn();
    for (let resource = this.#resources.pop(); resource !== undefined; resource = this.#resources.pop()) {
      try {
        resource.dispose();
      } catch (error) {
        this.#threw(error);
      }
    }
    this.#finish();
  }

  async #disposeInTurn(): Promise<void> {
    for (let resource = this.#resources.pop(); resource !== undefined; resource = this.#resources.pop()) {
      try {
        const disposed = resource.dispose();
        if (resource.isAwaited) await disposed;
      } catch (error) {
        this.#threw(error);
      }
    }
    this.#finish();
  }

  #keep<T>(value: T, isAwaited: boolean): T {
    if (value === null || value === undefined) {
      if (isAwaited) this.#resources.push({ isAwaited, dispose: () => undefined });
      return value;
    }
    const own = value as Disposable;
    const method = (isAwaited ? own[Symbol.asyncDispose] : undefined) ?? own[Symbol.dispose];
    if (typeof method !== "function") throw new TypeError("what `using` is given cannot be disposed of");
    this.#resources.push({ isAwaited, dispose: () => method.call(value) });
    return value;
  }

  #threw(error: unknown): void {
    this.e = this.e === NOTHING ? error : suppressed(error, this.e);
  }

  #finish(): void {
    if (this.e !== NOTHING) throw this.e;
  }
}

type SuppressedErrorClass = new (error: unknown, suppressed: unknown, message: string) => Error;

function suppressed(error: unknown, before: unknown): Error {
  const { SuppressedError: Native } = globalThis as { SuppressedError?: SuppressedErrorClass }; // Node >= 24
  const message = "An error was suppressed during disposal.";
  if (Native !== undefined) return new Native(error, before, message);
  return Object.assign(new Error(message), { name: "SuppressedError", error, suppressed: before });
}
