/** Who is in charge of a driver: calls of one process may have the same one in their hands. */
import type { EngineDriver } from "../driver.ts";

/** What there is to know of one driver. `R`: what executes a run. */
export class Charge<R> {
  /** Who loaded last; no reference, so that it can go before the driver does. */
  holder: symbol | undefined;
  /** Has the run in its hands until its result is there. */
  executing: R | undefined;
  /** Settles when no verb is recording anything. */
  quiet: Promise<unknown> = Promise.resolve();

  /** A verb that may record something is under way. */
  note(verb: Promise<unknown>): void {
    this.quiet = Promise.allSettled([this.quiet, verb]);
  }
}

/** All drivers of the process. */
export class Charges<R> {
  readonly #all = new WeakMap<EngineDriver, Charge<R>>();

  of(driver: EngineDriver): Charge<R> {
    const charge = this.#all.get(driver) ?? new Charge<R>();
    this.#all.set(driver, charge);
    return charge;
  }
}
