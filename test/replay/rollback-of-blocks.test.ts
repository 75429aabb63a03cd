// A try block in a finished iteration: a rollback goes through it to its end.

import { CriticalError, Loop, runWorkflow, type WorkflowContext } from "dotworkflows";
import { InMemoryDriver, ManualClock, replayHistory } from "dotworkflows/testing";
import { expect, it } from "vitest";

const flow =
  (isGone: boolean, isDown = false) =>
  async (ctx: WorkflowContext): Promise<void> => {
    await ctx.rollbackCheckpoint("start");
    await ctx.loop("once", async (turn) => {
      await turn.try("block", async (block) => {
        if (!isGone) await block.step("plain", () => 1);
        await block.step({
          name: "reserve",
          run: () => 1,
          rollback: () => {
            if (isDown) throw new Error("no answer");
          },
        });
      });
      return Loop.break(1);
    });
    await ctx.step("mail", () => {
      throw new CriticalError("down");
    });
  };

it("counts a step that is gone from a block with something to undo, as the rollback is refused for it", async () => {
  const driver = new InMemoryDriver();
  const clock = new ManualClock();
  const take = (isGone: boolean, isDown: boolean): Promise<unknown> =>
    clock
      .advanceUntil(runWorkflow("r", flow(isGone, isDown), undefined as never, driver, { clock }).result)
      .catch((e: unknown) => e);
  await take(false, true);
  expect(driver.events.at(-1)?.type).toBe("step.rollback_failed");
  const report = await replayHistory(flow(true), driver.events);
  expect(report.differences).toMatchObject([
    { verdict: "missing", level: "difference", location: ["once", 0, "block", "plain"] },
  ]);
  expect(await take(true, false)).toMatchObject({ code: "history_diverged" });
  expect(await take(false, false)).toMatchObject({ message: "down" });
});
