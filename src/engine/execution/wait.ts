/** One fiber's wait: what it asks for and how it can end. */
import type { Message } from "../driver.ts";
import type { Deadline } from "./deadlines.ts";
import type { Location } from "../history/location.ts";
import type { Fiber } from "./fibers.ts";

/** What a fiber waits for. */
export interface WaitRequest {
  readonly fiber: Fiber;
  /** `probe`: asks for messages that are there now, and is answered at once. */
  readonly kind: "sleep" | "backoff" | "message" | "probe";
  readonly until?: number;
  /** The entry of a sleep or a backoff, for whoever wakes it. */
  readonly location?: Location;
  /** For messages: the names wanted; undefined: any. */
  readonly names?: readonly string[] | undefined;
  /** Most messages to take. */
  readonly count?: number;
}

/** How a wait ended. `none`: a probe found nothing. */
export type WaitResult =
  | { readonly how: "elapsed" | "woken" | "none" }
  | { readonly how: "messages"; readonly messages: readonly Message[] };

/** A parked wait. */
export interface Wait extends Deadline {
  readonly request: WaitRequest;
  readonly resolve: (result: WaitResult) => void;
  readonly unlink: () => void;
  readonly taken: Message[];
}
