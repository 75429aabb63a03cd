/**
 * What tests of workflows need: a driver in memory and a clock moved by hand.
 *
 * @module
 */
export { ManualClock } from "./manual-clock.ts";
export { InMemoryDriver } from "./memory-driver.ts";
