// P10: what an installation weighs, as `npm run package:check` finds it.

import { execFileSync } from "node:child_process";
import path from "node:path";

/** P10: installed size with production dependencies, and their number. */
export async function p10() {
  const script = path.resolve(import.meta.dirname, "../../scripts/package-check.mjs");
  let text = "";
  try {
    text = execFileSync(process.execPath, [script], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    text = String(/** @type {{ stdout?: unknown }} */ (error).stdout);
  }
  const [, megabytes = "NaN", packages = "NaN"] = /installed: ([\d.]+) MB in (\d+) packages/.exec(text) ?? [];
  return [
    {
      id: "P10",
      work: "installed size, production dependencies",
      value: `${megabytes} MB, ${packages} packages`,
      reference: "the packed tarball in an empty folder",
      goal: "≤ 15 MB, ≤ 55 packages",
      met: Number(megabytes) <= 15 && Number(packages) <= 55,
      figures: { megabytes: Number(megabytes), packages: Number(packages) },
    },
  ];
}
