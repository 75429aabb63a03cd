/** Tells when the user has saved one of some files. */
import { watch } from "chokidar";
import { hashCode } from "./code-hash.ts";

/** Editors save in several steps, ms. */
const SETTLING = 60;

/** A watch, until it is stopped. */
export interface Edits {
  /** Resolves with the first change. */
  readonly happened: Promise<void>;
  stop(): void;
}

/** Watches the files of a module that was loaded as `hash`; a change since then counts, too. */
export function watchFiles(module: string, files: readonly string[], hash = hashCode(module, files)): Edits {
  let resolve: () => void = () => undefined;
  const happened = new Promise<void>((done) => {
    resolve = done;
  });
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (hashCode(module, files) !== hash) resolve();
    }, SETTLING);
  };
  const watcher = watch([...files], { ignoreInitial: true });
  watcher.on("all", look).on("ready", look);
  watcher.on("error", () => undefined);
  return {
    happened,
    stop: () => {
      clearTimeout(timer);
      void watcher.close();
    },
  };
}
