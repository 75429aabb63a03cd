// The rows of the torture suite, in the order in which they are shown: for `npm run torture` and for the tests.

import { arguments_ } from "./real/arguments.ts";
import { realClocks } from "./real/clocks.ts";
import { realDisks } from "./real/disks.ts";
import { kills as realKills } from "./real/kills.ts";
import { owners as realOwners } from "./real/owners.ts";
import { senders } from "./real/senders.ts";
import type { Row } from "./row.ts";
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

export const ROWS: readonly Row[] = [
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
  realClocks,
  malformed,
  arguments_,
  values,
  sizes,
  secondLibrary,
  models,
  planted,
];
