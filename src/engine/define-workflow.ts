/**
 * `defineWorkflow`: optional sugar around a workflow function. Input and messages may be described by a Standard Schema
 * (zod, valibot, arktype …): values are checked at the door, when a run is started and when a message is sent.
 */
import type { WorkflowContext, WorkflowFunction } from "./api.ts";
import type { AnyMessages } from "./api-queue.ts";
import { SchemaError } from "./errors.ts";

const DEFINITION: unique symbol = Symbol.for("dotworkflows.workflow") as never;

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

type SchemaResult<O> = { readonly value: O; readonly issues?: undefined } | { readonly issues: readonly Issue[] };

/** What we use of a schema: the Standard Schema interface, version 1. */
export interface StandardSchema<I = unknown, O = I> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<O> | Promise<SchemaResult<O>>;
    readonly types?: { readonly input: I; readonly output: O } | undefined;
  };
}

type OutputOf<S> = S extends StandardSchema<infer _I, infer O> ? O : never;
type Schemas = Record<string, StandardSchema>;
type Bodies<M extends Schemas> = { [N in keyof M]: OutputOf<M[N]> };

/** A workflow with what it declares about itself. */
export interface WorkflowDefinition<I = never, O = unknown> {
  readonly [DEFINITION]: true;
  readonly name: string | undefined;
  readonly input: StandardSchema | undefined;
  readonly messages: Schemas | undefined;
  readonly run: (ctx: WorkflowContext, input: I) => Promise<O>;
}

/** What `runWorkflow` takes: a plain function is just as good as a definition. */
export type Workflow<I = never, O = unknown> = WorkflowFunction<I, O> | WorkflowDefinition<I, O>;

/** Describes a workflow; input and message bodies are typed from their schemas. */
export function defineWorkflow<S extends StandardSchema, O, M extends Schemas = Record<never, never>>(definition: {
  name?: string;
  input: S;
  messages?: M;
  run: (ctx: WorkflowContext<keyof M extends never ? AnyMessages : Bodies<M>>, input: OutputOf<S>) => Promise<O>;
}): WorkflowDefinition<OutputOf<S>, O>;
export function defineWorkflow<I, O, M extends Schemas = Record<never, never>>(definition: {
  name?: string;
  messages?: M;
  run: (ctx: WorkflowContext<keyof M extends never ? AnyMessages : Bodies<M>>, input: I) => Promise<O>;
}): WorkflowDefinition<I, O>;
export function defineWorkflow(definition: {
  name?: string;
  input?: StandardSchema;
  messages?: Schemas;
  run: (ctx: never, input: never) => Promise<unknown>;
}): WorkflowDefinition {
  const { name, input, messages, run } = definition;
  if (typeof run !== "function") throw new TypeError("defineWorkflow needs a run function");
  return { [DEFINITION]: true, name, input, messages, run: run as WorkflowDefinition["run"] };
}

/** Whether a value was made by `defineWorkflow` (of any copy of this package). */
export function isWorkflowDefinition(value: unknown): value is WorkflowDefinition<unknown> {
  return typeof value === "object" && value !== null && DEFINITION in value;
}

/** The function of a workflow, however it was written. */
export function functionOf<I, O>(workflow: Workflow<I, O>): (ctx: WorkflowContext, input: I) => Promise<O> {
  return typeof workflow === "function" ? workflow : workflow.run;
}

/** The run's input as the workflow declares it. @throws SchemaError when it does not fit */
export async function parseInput(workflow: Workflow, input: unknown): Promise<unknown> {
  if (typeof workflow === "function" || workflow.input === undefined) return input;
  return parse(workflow.input, input, "input");
}

/**
 * A message's body as the workflow declares it; undeclared names pass.
 * @throws SchemaError when it does not fit
 */
export async function parseMessage(workflow: Workflow, name: string, body: unknown): Promise<unknown> {
  const schema = typeof workflow === "function" ? undefined : workflow.messages?.[name];
  return schema === undefined ? body : parse(schema, body, `message "${name}"`);
}

async function parse(schema: StandardSchema, value: unknown, what: string): Promise<unknown> {
  const result = await schema["~standard"].validate(value);
  if (result.issues === undefined) return result.value;
  const issues = result.issues.map((issue) => `${pathOf(what, issue)}: ${issue.message}`);
  throw new SchemaError(issues.join("; "));
}

function pathOf(what: string, issue: Issue): string {
  const keys = (issue.path ?? []).map((part) => (typeof part === "object" ? part.key : part));
  return [what, ...keys.map(String)].join(".");
}
