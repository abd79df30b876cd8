/** Where a program that is stopped waits for `go`: its memory is about to be replaced, or to be lost. */
export type Held =
  | { readonly kind: 'replacing' | 'exiting' }
  /** It called exec; `errno` is not 0 if its new address space could not be prepared. */
  | { readonly kind: 'exec'; readonly errno: number };

/** A process that the program started, with its name at that time. */
export interface StartedProcess {
  readonly pid: number;
  readonly name: string;
}

/** How a program ended. */
export interface ProgramEnd {
  /** The reason as a sentence. */
  readonly text: string;
  readonly code: number | null;
  readonly signal: string | null;
}

export interface ProgramEvents {
  output(stream: 'stdout' | 'stderr', text: string): void;
  end(how: ProgramEnd): void;
  held?(what: Held): void;
  /** It started a process; null: processes that ended already, it is not known which. */
  child?(process: StartedProcess | null): void;
}

/** A program that we started. It is a separate process: it continues when we end, however that happens. */
export interface RunningProgram {
  readonly pid: number;
  /** How it ended; null while it runs. */
  readonly ended: ProgramEnd | null;
  /** Whether it is held at exec, with none of its instructions run, until `go`. */
  readonly armed: boolean;
  /** Whether exec and exit are still held. */
  readonly traced: boolean;
  /** Resumes a program that is held. */
  go(): void;
  /** Resolves when nothing traces it, so that others can. */
  untraced(): Promise<void>;
  kill(): void;
  /** Stops listening; the program continues. */
  release(): void;
}

export function programEnd(code: number | null, signal: string | null): ProgramEnd {
  const text = signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`;
  return { text, code, signal };
}
