// The module loader on real files: what TypeScript, CommonJS, ES modules, packages and tsconfigs do in users' projects,
// as ES module and as CommonJS package, and where its errors point.

import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadModule, type LoadOptions } from "../../src/cli/load-module/index.ts";
import { LoadError } from "../../src/cli/load-module/load-error.ts";

let root: string;
let restoreStacks: () => void;

beforeAll(() => {
  const before = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace") ?? { value: undefined };
  restoreStacks = () => Object.defineProperty(Error, "prepareStackTrace", { ...before, configurable: true });
  root = realpathSync(mkdtempSync(path.join(tmpdir(), "wf-load-")));
});

afterAll(() => {
  restoreStacks();
  rmSync(root, { recursive: true, force: true });
});

function write(file: string, text: string): string {
  const target = path.join(root, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, text);
  return target;
}

async function exportsOf(file: string, options?: LoadOptions): Promise<Readonly<Record<string, unknown>>> {
  return (await loadModule(path.join(root, file), options)).exports;
}

async function failureOf(file: string): Promise<LoadError> {
  const error: unknown = await loadModule(path.join(root, file)).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(LoadError);
  return error as LoadError;
}

/** Modules that export `ok: true` when all went as it should. */
const fixtures: Readonly<Record<string, string>> = {
  "paths.ts": 'import { util } from "@lib/util"; export const ok = util === "util";',
  "base-url.ts": 'import { rel } from "src/rel"; export const ok = rel === 1;',
  "no-ending.ts": 'import { rel } from "./rel"; export const ok = rel === 1;',
  "js-means-ts.ts": 'import { x } from "./was-ts.js"; export const ok = x === "was-ts";',
  "json.ts": 'import d from "./d.json" with { type: "json" }; export const ok = d.k === "json";',
  "enum.ts": `enum E { A = 1, B } namespace N { export const v = 7 } class P { constructor(public a: number) {} }
    export const ok = E.B === 2 && N.v === 7 && new P(3).a === 3;`,
  "decorators.ts": `const log: string[] = []; function d(t: any, k?: any, de?: any): any { log.push(k ?? "class") }
    function p(t: any, k: any, i: number) { log.push("p" + i) }
    @d class A { @d x = 1; @d m(@p a: number) { return a } }
    export const ok = new A().m(2) === 2 && log.join() === "x,p0,m,class";`,
  "await.ts": "export const v = await Promise.resolve(3); export const ok = v === 3;",
  "meta.ts": `export const ok = import.meta.url.startsWith("file:") && import.meta.url.endsWith("src/meta.ts") &&
    import.meta.filename!.endsWith("meta.ts") && import.meta.dirname!.endsWith("src");`,
  "esm-package.ts": 'import d, { v } from "esm-only"; export const ok = v === "esm-only" && d === 5;',
  "cjs-package.ts": 'import f from "cjs-only"; export const ok = f() === "called";',
  "cjs-names.ts": 'import { named } from "cjs-only"; export const ok = (named as any) === "named";',
  "workspace.ts": 'import { ws } from "@ws/lib"; export const ok = ws === "deep-wa";',
  "imports-field.ts": 'import { int } from "#int"; export const ok = int === "int";',
  "types.ts": `import { T, rel } from "./exports-type"; import type { Q } from "nope"; export const a: T = 1;
    export const ok = rel === 1;`,
  "own-dirname.ts": `import p from "node:path"; import { fileURLToPath } from "node:url";
    const __filename = fileURLToPath(import.meta.url); const __dirname = p.dirname(__filename);
    export const ok = __dirname.endsWith("src");`,
  "cycle.ts":
    'import { b } from "./cycle-2"; export const a = "a"; export const f = () => a + b(); export const ok = f() === "aa!";',
  "alias.ts": 'import { who } from "dotworkflows"; export const ok = who === "own";',
  "dynamic.ts": 'const m = await import("./" + "rel"); export const ok = m.rel === 1;',
  "view.tsx": `/** @jsxImportSource fake-react */
    export const v = <p a={1}>x</p>; export const ok = (v as any).t === "p";`,
  "a.mts": 'import { rel } from "./rel.js"; export const ok = rel === 1;',
  "b.cts": `import type { X } from "./exports-type"; const { rel } = require("./rel"); const fs = require("node:fs");
    module.exports = { ok: rel === 1 && !!fs.readFileSync && __filename.endsWith("b.cts") && __dirname.endsWith("src") };`,
  "c.cts": 'import p = require("node:path"); export = { ok: !!p.join };',
  "d.cts": 'exports.later = () => import("./rel"); exports.ok = true;',
  "m.mjs": 'import { rel } from "./rel.js"; export const ok = rel === 1;',
  "n.cjs": 'exports.ok = __filename.endsWith("n.cjs") && !!require("node:fs").statSync;',
  "esm-syntax.js": 'import { rel } from "./rel"; export const ok = rel === 1;',
  "stack.ts": `import { step } from "dotworkflows";
interface A {
  a: string;
}
enum E { A }
export const   s: A | any =   step(); const e: any =    new Error("x"); export const st: string = e.stack!;
export const ok = /stack\\.ts:6:57/.test(st) && /stack\\.ts:6:31/.test(String(s));`,
};

const onlyFor: Readonly<Record<"module" | "commonjs", Readonly<Record<string, string>>>> = {
  module: {
    "require.ts": `import { createRequire } from "node:module"; const r = createRequire(import.meta.url);
      export const ok = r("cjs-only")() === "called";`,
    "j.js": 'import r from "./n.cjs"; export const ok = r.ok;',
  },
  commonjs: {
    "interop.ts": 'import x from "es-interop"; export const ok = x === "dflt";',
    "require.ts": 'const { rel } = require("./rel"); exports.ok = rel === 1 && __dirname.endsWith("src");',
    "import-in-cjs.ts": 'exports.ok = typeof require === "function"; exports.later = () => import("./rel");',
    "j.js": 'const r = require("./n.cjs"); exports.ok = r.ok;',
  },
};

function writeProject(type: "module" | "commonjs"): void {
  const src = `${type}/src/`;
  const packages = `${type}/node_modules/`;
  write(`${type}/package.json`, JSON.stringify({ name: `user-${type}`, type, imports: { "#int": "./src/int.ts" } }));
  write(
    `${type}/cfg/base.json`,
    `{ // base
      "compilerOptions": { "baseUrl": "..", "paths": { "@lib/*": ["src/lib/*"], }, "experimentalDecorators": true, "emitDecoratorMetadata": true, "jsx": "react-jsx" },
    }`,
  );
  write(`${type}/tsconfig.json`, '{ "extends": "./cfg/base", "compilerOptions": { /* x */ "strict": true } }');
  write(`${packages}esm-only/package.json`, '{"name":"esm-only","type":"module","exports":{"import":"./i.js"}}');
  write(`${packages}esm-only/i.js`, 'export const v = "esm-only"; export default 5;');
  write(`${packages}cjs-only/package.json`, '{"name":"cjs-only","main":"i.js"}');
  write(
    `${packages}cjs-only/i.js`,
    'const o = { dynamic: 1 }; module.exports = Object.assign(function () { return "called" }, o, { ["na" + "med"]: "named" });',
  );
  write(`${packages}es-interop/package.json`, '{"name":"es-interop"}');
  write(
    `${packages}es-interop/index.js`,
    'Object.defineProperty(exports, "__esModule", { value: true }); exports.default = "dflt"; exports.n = 1;',
  );
  write(
    `${packages}fake-react/package.json`,
    '{"name":"fake-react","type":"module","exports":{"./jsx-runtime":"./j.js"}}',
  );
  write(
    `${packages}fake-react/j.js`,
    "export const jsx = (t, p) => ({ t, p }); export const jsxs = jsx, Fragment = 0;",
  );
  write("ws/lib/package.json", '{"name":"@ws/lib","type":"module","exports":{".":{"import":"./src/index.ts"}}}');
  write(
    "ws/lib/src/index.ts",
    'import { deep } from "./deep"; export enum W { A = "wa" }\nexport const ws = deep + W.A;',
  );
  write("ws/lib/src/deep.ts", 'export const deep: string = "deep-";');
  mkdirSync(path.join(root, packages, "@ws"), { recursive: true });
  symlinkSync(path.join(root, "ws/lib"), path.join(root, packages, "@ws/lib"));
  write(`${src}lib/util.ts`, 'export const util: string = "util";');
  write(`${src}rel.ts`, "export const rel: number = 1;");
  write(`${src}was-ts.ts`, 'export const x: string = "was-ts";');
  write(`${src}d.json`, '{"k":"json"}');
  write(`${src}int.ts`, 'export const int = "int";');
  write(`${src}exports-type.ts`, 'export type T = number; export { rel } from "./rel";');
  write(`${src}cycle-2.ts`, 'import { a } from "./cycle"; export const b = () => a + "!";');
  for (const [file, text] of Object.entries({ ...fixtures, ...onlyFor[type] })) write(src + file, text);
}

describe.each(["module", "commonjs"] as const)("in a project of type %s", (type) => {
  let options: LoadOptions;
  beforeAll(() => {
    writeProject(type);
    const own = write("own/index.mjs", 'export const who = "own"; export const step = () => new Error("s").stack;');
    options = { aliases: { dotworkflows: own } };
  });

  it.each(Object.keys({ ...fixtures, ...onlyFor[type] }))("loads %s", async (file) => {
    const exports = await exportsOf(`${type}/src/${file}`, options);
    const fallback = exports["default"] as { ok?: unknown } | undefined;
    expect(exports["ok"] ?? fallback?.ok).toBe(true);
  });

  it("writes nothing into the project", () => {
    expect(readdirSync(path.join(root, type)).toSorted()).toEqual([
      "cfg",
      "node_modules",
      "package.json",
      "src",
      "tsconfig.json",
    ]);
  });
});

describe("a module that cannot be loaded", () => {
  it("names the file that is not there", async () => {
    expect(await failureOf("none.ts")).toMatchObject({ code: "not-found", file: path.join(root, "none.ts") });
  });

  it.each([
    { what: "a syntax error", text: 'const a = 1;\nconst é = "日本"; let x: = 3;\n', at: [2, 24], code: "syntax" },
    {
      what: "a name declared twice",
      text: "const a: number = 1;\nconst a = 2; export { a };",
      at: [2, 7],
      code: "syntax",
    },
    { what: "a missing file", text: 'import "./here";\nimport y from "./gone"; y;', at: [2, 15], code: "not-found" },
    { what: "a missing package", text: '\nimport y from "no-pkg"; y;', at: [2, 15], code: "not-found" },
    {
      what: "an error thrown at its top level",
      text: 'interface A {\n  a: string;\n}\nenum E { A }\nfunction boom(x: number): never {\n  const y: number = x;   throw new   Error("b" + y);\n}\nboom(1 as number);\n',
      at: [6, 32],
      code: "threw",
    },
  ])("points at $what in the user's own line and column", async ({ text, at, code }) => {
    write("errors/here.ts", "export const here = 1;");
    write("errors/it.ts", text);
    const file = path.join(root, "errors/it.ts");
    expect(await failureOf("errors/it.ts")).toMatchObject({ code, file, line: at[0], column: at[1] });
  });

  it("points at the dependency that does not parse", async () => {
    write("errors/bad.ts", "let x: = 3;");
    write("errors/imports-bad.ts", '\n import "./bad";');
    expect(await failureOf("errors/imports-bad.ts")).toMatchObject({ file: path.join(root, "errors/bad.ts"), line: 1 });
    write("errors/bad.json", '{\n "a": }');
    write("errors/imports-json.ts", 'import "./bad.json";');
    expect(await failureOf("errors/imports-json.ts")).toMatchObject({
      code: "syntax",
      file: path.join(root, "errors/bad.json"),
    });
  });

  it("calls an imported name by the name the user gave it", async () => {
    write("errors/here.ts", "export const here = 1;");
    write("errors/call.ts", 'import { nope } from "./here";\n\nexport const q = (nope as any)();');
    expect(await failureOf("errors/call.ts")).toMatchObject({
      code: "threw",
      line: 3,
      message: "nope is not a function",
    });
  });

  it("reports a thrown value that is no error", async () => {
    write("errors/string.ts", 'throw "just text";');
    expect(await failureOf("errors/string.ts")).toMatchObject({ code: "threw", message: "just text" });
  });
});

describe("what is loaded", () => {
  it("is new on every load, through every kind of dependency", async () => {
    const versions = (version: number): void => {
      write("reload/deep.ts", `export const b = "b${version}" as const;`);
      write("reload/m.mjs", `export const m = "m${version}";`);
      write("reload/c.cjs", `exports.c = "c${version}";`);
      write("reload/j.json", `{"k":"j${version}"}`);
    };
    write("reload/package.json", "{}");
    write("reload/b.ts", 'export * from "./deep";');
    write(
      "reload/a.ts",
      'import { b } from "./b"; import { m } from "./m.mjs"; import j from "./j.json"; const c = require("./c.cjs"); export const v: string = [b, m, j.k, c.c].join();',
    );
    versions(1);
    const first = await loadModule(path.join(root, "reload/a.ts"));
    expect(first.exports["v"]).toBe("b1,m1,j1,c1");
    const names = first.files.map((file) => path.basename(file)).toSorted();
    expect(names).toEqual(["a.ts", "b.ts", "c.cjs", "deep.ts", "j.json", "m.mjs"]);
    versions(2);
    expect((await exportsOf("reload/a.ts"))["v"]).toBe("b2,m2,j2,c2");
  });

  it("shows the user's lines in stacks of functions that are called later", async () => {
    write("later/step.mjs", "export const step = () => new Error().stack;");
    write(
      "later/flow.ts",
      'import { step } from "./step.mjs";\ntype T = {\n a: 1 };\nexport default async function run(): Promise<unknown> {\n   await null;\n   const q: T | unknown =  step();\n  return q }',
    );
    const run = (await exportsOf("later/flow.ts"))["default"] as () => Promise<string>;
    expect(await run()).toMatch(/flow\.ts:6:28/);
  });

  it("uses an alias only where the project has no such package", async () => {
    const mine = write("aliases/mine.mjs", 'export const who = "mine";');
    write("aliases/package.json", "{}");
    write("aliases/it.ts", 'import { who } from "dotworkflows"; export { who };');
    const options = { aliases: { dotworkflows: mine } };
    expect((await exportsOf("aliases/it.ts", options))["who"]).toBe("mine");
    write("aliases/node_modules/dotworkflows/package.json", '{"type":"module","exports":"./i.js"}');
    write("aliases/node_modules/dotworkflows/i.js", 'export const who = "users";');
    expect((await exportsOf("aliases/it.ts", options))["who"]).toBe("users");
  });

  it("may require what is written as an ES module, start with a hash-bang, and import in parallel", async () => {
    write("mixed/package.json", "{}");
    write("mixed/b.ts", 'export const b = "b";');
    write("mixed/q2.ts", 'import { b } from "./b"; export const v = b; export default function () { return "!" }');
    write("mixed/q.ts", '#!/usr/bin/env node\nconst x = require("./q2"); exports.v = x.v + x.default();');
    expect((await exportsOf("mixed/q.ts"))["v"]).toBe("b!");
    write("mixed/y1.ts", 'import { g } from "./y2"; export const f = () => "f" + g(); export const z = f();');
    write("mixed/y2.ts", 'import { f } from "./y1"; export const g = () => typeof f;');
    write(
      "mixed/both.ts",
      'const [x, y] = await Promise.all([import("./y1"), import("./y2")]); export const ok = x.z && y.g();',
    );
    expect((await exportsOf("mixed/both.ts"))["ok"]).toBe("function");
  });
});
