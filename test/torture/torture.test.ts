// Every row of the torture suite in its short form, with a seed of its own each day; `npm run torture` has the full
// figures, and a violation here is repeated with the line that it prints.

import { describe, expect, it } from "vitest";
import { arguments_ } from "./real/arguments.ts";
import { realDisks } from "./real/disks.ts";
import { kills as realKills } from "./real/kills.ts";
import { owners as realOwners } from "./real/owners.ts";
import { senders } from "./real/senders.ts";
import { cuts, flips } from "./rows/bytes.ts";
import { diskErrors } from "./rows/disk-errors.ts";
import { kills } from "./rows/kills.ts";
import { clocks, sizes } from "./rows/limits.ts";
import { malformed } from "./rows/malformed.ts";
import { models } from "./rows/models.ts";
import { owners } from "./rows/owners.ts";
import { planted } from "./rows/planted.ts";
import { power } from "./rows/power.ts";
import { secondLibrary, values } from "./rows/values.ts";

const seed = Math.floor(Date.now() / 86_400_000);

describe("torture, in short", { timeout: 90_000 }, () => {
  it.each([
    kills,
    realKills,
    cuts,
    flips,
    power,
    diskErrors,
    realDisks,
    senders,
    owners,
    realOwners,
    clocks,
    malformed,
    arguments_,
    values,
    sizes,
    secondLibrary,
    models,
    planted,
  ])("$id: $title", async ({ id, run }) => {
    const { violations } = await run({ isFull: false, seed });
    const again = violations.map(
      (violation) => `${violation.what}\n  npm run torture -- ${id} --short --seed ${seed} --case '${violation.case}'`,
    );
    expect(again).toEqual([]);
  });
});
