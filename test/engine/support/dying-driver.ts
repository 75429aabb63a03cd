/** A driver whose process dies: at the n-th commit, before or after it is durable, or at a call to the inbox. */
import type { HistoryEvent, Inbox } from "dotworkflows";
import { InMemoryDriver } from "dotworkflows/testing";

/** What the process dies of. */
class Death extends Error {
  override name = "Death";
}

/** Where it dies. */
export interface DeathPlan {
  /** The commit that is never durable, counted from 1. */
  beforeCommit?: number;
  /** The commit that is durable, but whose caller never hears of it. */
  afterCommit?: number;
  /** The first call of this method of the inbox that does nothing. */
  inbox?: "add" | "remove" | "respond";
}

/** As {@link InMemoryDriver}, until it dies. `revive` makes it usable again, by a new process. */
export class DyingDriver extends InMemoryDriver {
  commits = 0;
  #plan: DeathPlan;
  #dead = false;

  constructor(plan: DeathPlan) {
    super();
    this.#plan = plan;
    this.#guard("add");
    this.#guard("remove");
    this.#guard("respond");
  }

  get died(): boolean {
    return this.#dead;
  }

  /** A new process; it dies no more. */
  revive(plan: DeathPlan = {}): void {
    this.#dead = false;
    this.commits = 0;
    this.#plan = plan;
  }

  override append(events: readonly HistoryEvent[]): void {
    if (this.#dead) throw new Death();
    super.append(events);
  }

  override async commit(events: readonly HistoryEvent[]): Promise<void> {
    if (this.#dead) throw new Death();
    this.commits++;
    if (this.commits === this.#plan.beforeCommit) return this.#die();
    await super.commit(events);
    if (this.commits === this.#plan.afterCommit) return this.#die();
  }

  #die(): Promise<never> {
    this.#dead = true;
    return Promise.reject(new Death());
  }

  #guard(method: "add" | "remove" | "respond"): void {
    const inbox: Inbox = this.inbox;
    const call = inbox[method].bind(inbox) as (...args: unknown[]) => Promise<void>;
    Object.defineProperty(inbox, method, {
      value: (...args: unknown[]) => {
        if (this.#dead || this.#plan.inbox === method) return this.#die();
        return call(...args);
      },
    });
  }
}
