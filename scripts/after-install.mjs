// After an install: builds dist/ and links the project into its own node_modules, so that the templates, which are
// projects with a package.json of their own, and `npx wf` meet this clone. It is npm's script `dependencies`, which runs
// in the clone only: of `prepare`, npm would warn whoever installs a tarball of the package.

import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import path from "node:path";
import "./build.mjs";

const modules = path.resolve(import.meta.dirname, "../node_modules");
const links = [
  ["dotworkflows", ".."],
  [".bin/wf", "../../bin/wf.js"],
  [".bin/dotworkflows", "../../bin/wf.js"],
];

mkdirSync(path.join(modules, ".bin"), { recursive: true });
for (const [name = "", target = ""] of links) {
  const link = path.join(modules, name);
  // Windows needs no right for a junction, and has no use for a link to a script.
  if (process.platform === "win32" && name.startsWith(".bin")) continue;
  if (!existsSync(link))
    symlinkSync(process.platform === "win32" ? path.resolve(modules, target) : target, link, "junction");
}
