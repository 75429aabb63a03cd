/**
 * The order in which waits that became ready together go on. Outside of races they all go on at once; inside of one
 * the order decides who wins, so there each goes on only when the one before it has come to its next primitive, its next
 * wait or its end.
 */
import type { Fiber } from "./fibers.ts";
import type { Wait } from "./wait.ts";

/** Lets the waits go on. @param settle false: the wait is over already */
export function settleInOrder(waits: readonly Wait[], settle: (wait: Wait) => boolean): void {
  const lanes = new Map<Fiber, Wait[]>();
  for (const wait of waits) {
    const { race } = wait.request.fiber;
    const lane = race === undefined ? undefined : lanes.get(race);
    if (lane !== undefined) lane.push(wait);
    else if (race === undefined) settle(wait);
    else lanes.set(race, [wait]);
  }
  for (const lane of lanes.values()) goOn(lane, 0, settle);
}

function goOn(lane: readonly Wait[], from: number, settle: (wait: Wait) => boolean): void {
  for (let index = from; index < lane.length; index++) {
    const wait = lane[index];
    if (wait === undefined || !settle(wait)) continue;
    wait.request.fiber.onceMoved(() => goOn(lane, index + 1, settle));
    return;
  }
}
