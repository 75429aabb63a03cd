// What can go wrong with one operation, and when.

import type { Operation } from "./machine.ts";

export const DISK_FAULTS = ["ENOSPC", "EIO", "EROFS", "EACCES", "short"] as const;

export type Fault = (typeof DISK_FAULTS)[number] | "kill-before" | "kill-after" | "skip";

export interface FaultPlan {
  /** The fault that the last of these operations meets. */
  faultAt(operations: readonly Operation[]): Fault | undefined;
}

/** The n-th operation, or it and all after it. */
export function planAt(at: number, fault: Fault, forEver: boolean): FaultPlan {
  return {
    faultAt: ({ length }) => (length === at || (forEver && length > at) ? fault : undefined),
  };
}
