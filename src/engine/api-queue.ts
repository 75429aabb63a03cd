/** The types of the queue that users see. */

/** Message bodies by message name, where the workflow does not declare them. */
export type AnyMessages = Record<string, unknown>;

/** What to receive. */
export interface QueueOptions<N extends string = string> {
  /** Message names; none given: any. */
  names?: readonly N[];
  /** Longest wait, ms. Default: for ever. */
  timeout?: number;
  /** The message must be completed with `complete` before the next receive in this scope. Default false. */
  completable?: boolean;
}

/** What to receive, and how many. */
export interface QueueBatchOptions<N extends string = string> extends QueueOptions<N> {
  /** Most messages to take at once. Default 1. */
  count?: number;
}

/** A received message. */
export interface QueueMessage<T = unknown, N extends string = string> {
  id: string;
  name: N;
  body: T;
  /** When it was sent, ms since 1970. */
  createdAt: number;
  /** Present on completable messages: answers the sender, once. */
  complete?(response?: unknown): Promise<void>;
}

/** A received message that must be completed. */
export interface CompletableMessage<T = unknown, N extends string = string> extends QueueMessage<T, N> {
  complete(response?: unknown): Promise<void>;
}

type Completable = { completable: true };

/** The queue of a workflow that does not declare its messages. */
export interface WorkflowQueue {
  /** Waits for the next message. Throws {@link QueueTimeoutError} when `timeout` runs out. */
  next<T = unknown>(name: string, options: QueueOptions & Completable): Promise<CompletableMessage<T>>;
  next<T = unknown>(name: string, options?: QueueOptions): Promise<QueueMessage<T>>;
  /** Takes the messages that are there, up to `count`; waits only while there is none, `[]` when `timeout` runs out. */
  nextBatch<T = unknown>(name: string, options: QueueBatchOptions & Completable): Promise<CompletableMessage<T>[]>;
  nextBatch<T = unknown>(name: string, options?: QueueBatchOptions): Promise<QueueMessage<T>[]>;
  /** Sends a message to this run's own inbox, exactly once. */
  send(name: string, body: unknown): Promise<void>;
}

type MessageIn<M, N extends keyof M & string> = { [K in N]: QueueMessage<M[K], K> }[N];
type CompletableIn<M, N extends keyof M & string> = { [K in N]: CompletableMessage<M[K], K> }[N];

/** The queue of a workflow that declares its messages: bodies are typed by message name. */
export interface TypedQueue<M> {
  next<N extends keyof M & string>(name: string, options: QueueOptions<N> & Completable): Promise<CompletableIn<M, N>>;
  next<N extends keyof M & string>(name: string, options?: QueueOptions<N>): Promise<MessageIn<M, N>>;
  nextBatch<N extends keyof M & string>(
    name: string,
    options: QueueBatchOptions<N> & Completable,
  ): Promise<CompletableIn<M, N>[]>;
  nextBatch<N extends keyof M & string>(name: string, options?: QueueBatchOptions<N>): Promise<MessageIn<M, N>[]>;
  send<N extends keyof M & string>(name: N, body: M[N]): Promise<void>;
}
