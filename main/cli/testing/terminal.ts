import { readFileSync } from 'node:fs';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const PTY = fileURLToPath(new URL('on_terminal.py', import.meta.url));
/** A control sequence, or a character. */
// oxlint-disable-next-line no-control-regex -- a terminal's sequences begin with the control character ESC
const TOKENS = /\x1b\[([?\d;]*)([A-Za-z])|[^]/gu;

/** A command on its own terminal (Python's pty), and what one would see there. */
export class Terminal {
  readonly finished: Promise<number | null>;
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly listeners = new Set<() => void>();
  private text = '';

  constructor(rows: number, columns: number, command: readonly string[], term = 'xterm-256color') {
    this.child = spawn('python3', [PTY, String(rows), String(columns), ...command], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, TERM: term },
    });
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.text += text;
      for (const listener of this.listeners) listener();
    });
    this.finished = new Promise((resolve) => this.child.once('close', (code) => resolve(code)));
  }

  /** Everything that was written to the terminal. */
  get written(): string {
    return this.text;
  }

  /** Process ID of the command. */
  get pid(): number {
    const { pid = 0 } = this.child;
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim());
  }

  /** Whether the command is stopped by a signal. */
  get isStopped(): boolean {
    return /^State:\tT/m.test(readFileSync(`/proc/${this.pid}/status`, 'latin1'));
  }

  resize(rows: number, columns: number): void {
    this.child.stdin.write(`size ${rows} ${columns}\n`);
  }

  /** Types `text`; `\\x03` is Ctrl+C. */
  type(text: string): void {
    this.child.stdin.write(`key ${text}\n`);
  }

  /** Closes the terminal as closing its window does: the command gets SIGHUP, and nothing more can be written. */
  close(): void {
    this.child.stdin.write('close\n');
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  /** Resolves when `condition` holds of what was written. */
  async until(condition: (written: string) => boolean): Promise<void> {
    let ended = false;
    void this.finished.then(() => {
      ended = true;
      for (const listener of this.listeners) listener();
    });
    while (!condition(this.text)) {
      if (ended) throw new Error(`The command ended: ${this.text}`);
      await new Promise<void>((resolve) => {
        const listener = () => {
          this.listeners.delete(listener);
          resolve();
        };
        this.listeners.add(listener);
      });
    }
  }
}

/** What a terminal of `rows` × `columns` without wrapping shows after `written`; throws if that scrolls its alternate screen. */
export function screenOf(written: string, rows: number, columns: number): string[] {
  let lines = Array.from({ length: rows }, () => '');
  let row = 0;
  let column = 0;
  for (const [token, parameters, command] of written.matchAll(TOKENS)) {
    if (command === undefined) {
      if (token === '\r') column = 0;
      else if (token === '\n') row++;
      else if (column < columns) {
        lines[row] = lines[row].slice(0, column).padEnd(column) + token + lines[row].slice(column + 1);
        column++;
      }
      if (row >= rows) throw new Error('The screen scrolls.');
    } else if (command === 'H') {
      const [y = 1, x = 1] = parameters.split(';').map(Number);
      [row, column] = [y - 1, x - 1];
    } else if (command === 'K') {
      lines[row] = lines[row].slice(0, column);
    } else if (command === 'J') {
      lines = lines.map(() => '');
    } else if (command !== 'h' && command !== 'l') {
      throw new Error(`Unexpected control sequence: ${JSON.stringify(token)}`);
    }
  }
  return lines.map((line) => line.trimEnd());
}
