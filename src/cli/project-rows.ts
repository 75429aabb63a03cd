/** The rows of the commands that concern a project as a whole. */
import { type CommandRow, ENV } from "./command-row.ts";

export const PROJECT_ROWS: readonly CommandRow[] = [
  {
    usage: "init [dir]",
    summary: "make a project from a template",
    options: [
      ["--template <name>", "hello, approval, orders or guarded (default: asks)"],
      ["--yes", "asks nothing: the simplest template"],
    ],
    examples: [
      ["wf init my-flows --template hello", "in a folder of its own"],
      ["wf init --yes", "here, with the simplest"],
    ],
    load: async () => (await import("./commands/init.ts")).init,
  },
  {
    usage: "dev [dir]",
    hasNoDocument: true,
    summary: "supervise all runs: take up what is due, got a message or was interrupted, and reload on save",
    options: [["--jobs <count>", "at most so many at once (default: one per processor, at least 2)"], ...ENV],
    examples: [
      ["wf dev", "the runs of this project, until Ctrl-C"],
      ["wf dev --jobs 1", "one after the other"],
    ],
    load: async () => (await import("./commands/dev.ts")).dev,
  },
  {
    usage: "completion <shell>",
    hasInnerArguments: true,
    summary: "print a completion script: bash, zsh or fish",
    options: [],
    examples: [
      ["wf completion bash >> ~/.bashrc", "also completes run ids and message names"],
      ["wf completion zsh > ~/.zfunc/_wf", "for zsh, in a folder of its fpath"],
      ["wf completion fish > ~/.config/fish/completions/wf.fish", "for fish"],
    ],
    load: async () => (await import("./commands/completion.ts")).completion,
  },
];
