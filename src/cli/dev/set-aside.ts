/** Pauses a run that nobody has, so that it is taken up by whoever asks for it, and not by chance. */
import type { Store } from "../../fs-driver/index.ts";
import { foldHistory } from "../../engine/history/history.ts";

/** @param by why, as it is recorded */
export async function setAside(store: Store, run: string, by: string): Promise<void> {
  const driver = await store.open(run).catch(() => undefined);
  if (driver === undefined) return; // somebody has it after all
  try {
    const { lastSeq, lastAt } = foldHistory(await driver.load());
    await driver.commit([{ type: "run.paused", by, seq: lastSeq + 1, at: Math.max(lastAt, Date.now()) }]);
  } finally {
    await driver.close();
  }
}
