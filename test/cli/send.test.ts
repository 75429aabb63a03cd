// wf send with the real binary: what it does, and what it says of a run that is not there to hear it.

import { renameSync, rmSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answers, one, order } from "./support/modules.ts";
import { Workspace } from "./support/wf.ts";

let workspace: Workspace;

beforeEach(() => {
  workspace = new Workspace({ "answers.ts": answers, "one.ts": one, "order.ts": order });
});

afterEach(() => {
  workspace.remove();
});

describe("wf send", () => {
  it("prints the response with --wait", async () => {
    const running = workspace.start(["run", "answers.ts", "--id", "a"]);
    await running.says("wf send a ask");
    const sent = await workspace.wf(["send", "a", "ask", '{"n":1}', "--wait"]);
    expect(JSON.parse(sent.stdout)).toEqual({ answer: { n: 1 } });
    expect((await running.ended).stdout).toBe('"over"\n');
  });

  it("sends once what has the same --id, also when the run is over", async () => {
    await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait"]);
    const send = (): Promise<Record<string, unknown>> =>
      workspace.json("send", "o", "approve", '{"by":"ann"}', "--id", "m-1");
    expect(await send()).toMatchObject({ schema: "wf.send/1", ok: true, message: "m-1", isNew: true });
    expect(await send()).toMatchObject({ isNew: false, exitCode: 0 });
    await workspace.wf(["resume", "o"]);
    const again = await workspace.wf(["send", "o", "approve", '{"by":"ann"}', "--id", "m-1"]);
    expect(again).toMatchObject({ exitCode: 0, stderr: "already sent approve to o  (message m-1)\n" });
    expect(await workspace.wf(["send", "o", "approve", '{"by":"ann"}'])).toMatchObject({ exitCode: 1 });
  });

  it("continues the run with --resume", async () => {
    await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait"]);
    const { stdout, exitCode } = await workspace.wf(["send", "o", "approve", "-f", "by=eve", "--resume"]);
    expect(JSON.parse(stdout)).toMatchObject({ by: "eve" });
    expect(exitCode).toBe(0);
  });

  it("says with --wait that the run was deleted meanwhile", async () => {
    await workspace.wf(["run", "answers.ts", "--id", "a", "--no-wait"]);
    const waiting = workspace.start(["send", "a", "ask", "1", "--wait"]);
    await waiting.says("waiting for the response");
    rmSync(path.join(workspace.folder, ".workflows/a"), { recursive: true });
    const { exitCode, stderr } = await waiting.ended;
    expect(stderr).toMatch(/error {2}run a was deleted before it answered\n {7}wf list .*\n$/);
    expect(exitCode).toBe(4);
  });

  it("prints the response with --wait also where --resume gives it, and says when the run gave none", async () => {
    await workspace.wf(["run", "answers.ts", "--id", "a", "--no-wait"]);
    const both = ["--wait", "--resume"];
    const sent = await workspace.wf(["send", "a", "ask", '{"n":1}', ...both]);
    expect(JSON.parse(sent.stdout)).toEqual({ answer: { n: 1 } });
    expect(sent.exitCode).toBe(0);
    await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait"]);
    const unanswered = await workspace.json("send", "o", "approve", '{"by":"ann"}', ...both);
    expect(unanswered).toMatchObject({ ok: false, error: { code: "not_answered" }, run: "o", exitCode: 1 });
  });

  it("refuses a run that is over, a bare word and a name of its own", async () => {
    await workspace.wf(["run", "one.ts", "--id", "done"]);
    expect(await workspace.wf(["send", "done", "approve"])).toMatchObject({ exitCode: 1 });
    const bare = await workspace.wf(["send", "done", "approve", "yes"]);
    expect(bare.exitCode).toBe(2);
    expect(bare.stderr).toContain("--text yes");
    expect(await workspace.wf(["send", "done", "wf:cancel"])).toMatchObject({ exitCode: 2 });
  });

  it("says when nothing waits for a message of that name, and keeps it all the same", async () => {
    await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait"]);
    const { stderr, exitCode } = await workspace.wf(["send", "o", "aprove", "{}"]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('no wait named "aprove" yet: it waits for "approve" — did you mean that?\n');
    const doubtful = await workspace.json("send", "o", "aprove", "{}");
    expect(doubtful).toMatchObject({ ok: true, isAwaited: false, suggestion: "approve", exitCode: 0 });
    const { suggestion, ...meant } = await workspace.json("send", "o", "approve", "{}");
    expect(meant).toMatchObject({ ok: true, isAwaited: true });
    expect(suggestion).toBeUndefined();
    expect((await workspace.wf(["send", "o", "approve", "{}"])).stderr).not.toContain("no wait named");
  });

  it("says what to type where nobody has the run, and nothing where somebody has", async () => {
    await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait"]);
    const { stderr } = await workspace.wf(["send", "o", "approve", '{"by":"ann"}']);
    expect(stderr).toMatch(
      /^sent approve to o .*\nnobody has the run now: a running wf dev takes it up, or type:\n {2}wf resume o\n$/,
    );
    expect(await workspace.json("send", "o", "approve", "{}")).toMatchObject({ isOwned: false });
    const running = workspace.start(["run", "order.ts", "--id", "p"]);
    await running.says("wf send p approve");
    expect(await workspace.json("send", "p", "other", "{}")).toMatchObject({ isOwned: true });
    expect((await workspace.wf(["send", "p", "approve", '{"by":"ann"}'])).stderr).not.toContain("nobody");
    await running.ended;
  });

  it("does not say that the run goes on where nothing takes the message, or it was paused", async () => {
    await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait"]);
    const { stderr } = await workspace.wf(["send", "o", "aprove", "{}"]);
    expect(stderr).toMatch(/the message is kept: a later wait may take it\n$/);
    expect(stderr).not.toContain("wf resume");
    workspace.write(
      "nap.ts",
      `export default async (ctx) => { await ctx.queue.next("a", { names: ["a"] }); await ctx.sleep("nap", 3_600_000); }`,
    );
    await workspace.wf(["run", "nap.ts", "--id", "n", "--no-wait"]);
    await workspace.wf(["send", "n", "a", "--resume", "--no-wait"]);
    const asleep = await workspace.wf(["send", "n", "a"]);
    expect(asleep.stderr).toMatch(/\nnothing waits for it now; the message is kept: a later wait may take it\n$/);
    await workspace.wf(["fork", "n", "--from", "nap", "--id", "f"]);
    const paused = await workspace.wf(["send", "f", "b"]);
    expect(paused.stderr).toMatch(/\nthe run is paused, this goes on with it:\n {2}wf resume f\n$/);
  });

  it("refuses an empty name, and says where it belongs", async () => {
    await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait"]);
    const { stderr, exitCode } = await workspace.wf(["send", "o", ""]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("the name of the message is empty\n       wf send RUN MESSAGE '{}'\n");
  });

  it("with --resume goes on with a module that was moved, and only as far as the next wait with --no-wait", async () => {
    workspace.write(
      "two.ts",
      `export default async function two(ctx) {
        const first = await ctx.queue.next("first", { names: ["a"] });
        const second = await ctx.queue.next("second", { names: ["b"] });
        return [first.body, second.body];
      }`,
    );
    await workspace.wf(["run", "two.ts", "--id", "t", "--no-wait"]);
    renameSync(path.join(workspace.folder, "two.ts"), path.join(workspace.folder, "moved.ts"));
    const first = await workspace.wf(["send", "t", "a", "1", "--resume", "--no-wait", "--module", "moved.ts"]);
    expect(first).toMatchObject({ exitCode: 3 });
    expect(first.stderr).not.toContain("nobody has");
    expect(await workspace.wf(["send", "t", "b", "2", "--resume"])).toMatchObject({ exitCode: 0 });
  });

  it("says nothing of it when the run is busy, or waited for that name before", async () => {
    workspace.write(
      "twice.ts",
      `export default async function twice(ctx) {
        await ctx.queue.next("a", { names: ["order"] });
        await ctx.sleep("nap", 3_600_000);
        await ctx.queue.next("b", { names: ["pay"] });
      }`,
    );
    await workspace.wf(["run", "twice.ts", "--id", "t", "--no-wait"]);
    await workspace.wf(["send", "t", "order", "1"]);
    await workspace.wf(["resume", "t", "--no-wait"]);
    expect((await workspace.wf(["send", "t", "elsewhere", "1"])).stderr).not.toContain("no wait named");
    await workspace.wf(["wake", "t"]);
    await workspace.wf(["resume", "t", "--no-wait"]);
    expect((await workspace.wf(["send", "t", "order", "2"])).stderr).not.toContain("no wait named");
    expect((await workspace.wf(["send", "t", "elsewhere", "1"])).stderr).toContain('it waits for "pay"');
  });

  it("leaves what nobody receives for wf inspect to show, with what was probably meant; a fork leaves it behind", async () => {
    await workspace.wf(["run", "order.ts", "--id", "o", "--no-wait"]);
    await workspace.wf(["send", "o", "aprove", '{"by":"ann\\u001b[2J"}']);
    await workspace.wf(["send", "o", "elsewhere"]);
    const { stdout } = await workspace.wf(["inspect", "o"]);
    expect(stdout).toMatch(
      /in the inbox, not received yet:\n {4}"aprove" {5}\S.* {2}\{"by":"ann\\u001b\[2J"\}\n {6}nothing has waited for that name yet; did you mean "approve"\?\n {4}"elsewhere" {2}\S+.*\n {6}nothing has waited for that name yet\n {2}→ wf send o approve/,
    );
    const document = await workspace.json("inspect", "o");
    expect(document).toMatchObject({
      inbox: ["aprove", "elsewhere"],
      inboxMessages: [
        { message: expect.any(String) as string, name: "aprove", body: { by: "ann\u001b[2J" } },
        { name: "elsewhere", sentAt: expect.any(Number) as number },
      ],
    });
    await workspace.wf(["fork", "o", "--from", "approval", "--id", "anew"]);
    expect(await workspace.json("inspect", "anew")).not.toHaveProperty("inboxMessages");
    await workspace.wf(["send", "o", "approve", '{"by":"eve"}', "--resume"]);
    const over = await workspace.wf(["inspect", "o"]);
    expect(over.stdout).toMatch(/output .*\n\n {2}sent, and never received:\n {4}"aprove" /);
    expect(over.stdout).not.toContain("did you mean");
  });
});
