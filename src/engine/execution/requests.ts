/**
 * Requests in the inbox to the owner of the run. Owns when they are carried out and let go of; what they do is the
 * run's business.
 *
 * Invariants:
 * 1. The inbox lets go of a request when what it brought about is durable.
 * 2. While the run is being paused, wakes stay in the inbox: the fibers concerned have ended, and the next owner has
 *    them again.
 */
import { type EngineDriver, type Message, REQUESTS } from "../driver.ts";
import type { Fibers } from "./fibers.ts";

/** What the requests are made of. */
export interface RequestsParts {
  readonly driver: EngineDriver;
  readonly fibers: Fibers;
  /** Resolves when what was requested is on record; of a wake, when it is with the fibers concerned. */
  readonly onRequest: (name: string, body: unknown) => Promise<void>;
}

/** The requests of one pass. */
export class Requests {
  readonly #parts: RequestsParts;
  /** Settles when those in hand are carried out. */
  #atRest: Promise<void> = Promise.resolve();

  constructor(parts: RequestsParts) {
    this.#parts = parts;
  }

  /** Resolves when none is in hand. */
  get atRest(): Promise<void> {
    return this.#atRest;
  }

  /** Carries out those that are there. */
  async obey(): Promise<void> {
    const { driver, fibers } = this.#parts;
    const names = fibers.draining ? [REQUESTS.cancel] : Object.values(REQUESTS);
    const requests = await driver.inbox.peek(names, 100);
    if (requests.length === 0) return;
    const obeyed = this.#carryOut(requests);
    this.#atRest = obeyed.catch(() => undefined);
    await obeyed;
  }

  async #carryOut(requests: readonly Message[]): Promise<void> {
    const { driver, onRequest } = this.#parts;
    for (const { name, body } of requests) await onRequest(name, body);
    if (requests.some(({ name }) => name === REQUESTS.wake)) {
      // A fiber that is woken hands over its record in the tick in which it goes on, which is this one.
      await Promise.resolve();
      await driver.commit([]);
    }
    await driver.inbox.remove(requests.map(({ id }) => id));
  }
}
