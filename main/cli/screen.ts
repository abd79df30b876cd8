import { writeSync } from 'node:fs';
import type { OutputStream } from './command.ts';
import { PacedWriter } from './paced-writer.ts';

/** The alternate screen, without cursor, without wrapping: a character wider than its cell moves no other line. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l';
/** Terminals with synchronized updates show everything between the two at once; others ignore them. */
const BEGIN_UPDATE = '\x1b[?2026h';
const END_UPDATE = '\x1b[?2026l';

/**
 * The alternate screen of a terminal; only lines that changed are written. The terminal is restored on every exit of the
 * process but SIGKILL, and while it is stopped by Ctrl+Z.
 */
export class Screen {
  private readonly stream: OutputStream;
  private readonly writer: PacedWriter;
  private readonly resized: () => void;
  /** The lines on the screen; null: unknown. */
  private shown: readonly string[] | null = null;
  private open = false;

  /** `resized` is called when the terminal has another size, or has to be painted again. */
  constructor(stream: OutputStream, resized: () => void) {
    this.stream = stream;
    this.writer = new PacedWriter(stream);
    this.resized = resized;
  }

  /** Whether a terminal that can be painted on is behind `stream`. */
  static possible(stream: OutputStream): boolean {
    return stream.isTTY === true && process.env['TERM'] !== 'dumb';
  }

  get columns(): number {
    return this.stream.columns || 80;
  }

  get rows(): number {
    return this.stream.rows || 24;
  }

  /** Whether the last write is complete. */
  get ready(): boolean {
    return this.writer.ready;
  }

  enter(): void {
    this.open = true;
    this.stream.on('resize', this.repaint);
    process.on('exit', this.restore);
    process.on('SIGTSTP', this.stop);
    process.on('SIGCONT', this.resume);
    this.writer.write(ENTER);
  }

  /** Shows `lines`, each shorter than the screen is wide; those below the last row are left out. */
  paint(lines: readonly string[]): void {
    const visible = lines.slice(0, this.rows);
    const before = this.shown ?? [];
    const changes: string[] = this.shown === null ? ['\x1b[2J'] : [];
    for (let i = 0; i < Math.max(visible.length, before.length); i++) {
      const line = visible[i] ?? '';
      if (line !== (before[i] ?? '')) changes.push(`\x1b[${i + 1};1H${line}\x1b[K`);
    }
    this.shown = visible;
    if (changes.length > 0) this.writer.write(`${BEGIN_UPDATE}${changes.join('')}${END_UPDATE}`);
  }

  /** Restores the terminal, and writes `text` to it. */
  async leave(text: string): Promise<void> {
    await this.writer.idle();
    this.release();
    this.writer.write(`${this.open ? LEAVE : ''}${text}`);
    this.open = false;
    await this.writer.idle();
  }

  private release(): void {
    this.stream.off('resize', this.repaint);
    process.off('exit', this.restore);
    process.off('SIGTSTP', this.stop);
    process.off('SIGCONT', this.resume);
  }

  private readonly repaint = (): void => {
    this.shown = null;
    this.resized();
  };

  private readonly stop = (): void => {
    this.restore();
    process.kill(process.pid, 'SIGSTOP');
  };

  private readonly resume = (): void => {
    this.open = true;
    this.writer.write(ENTER);
    this.repaint();
  };

  /** Written synchronously: the process may end with the next instruction. */
  private readonly restore = (): void => {
    if (!this.open) return;
    this.open = false;
    try {
      writeSync(this.stream.fd ?? 1, LEAVE);
    } catch {
      // The terminal is gone.
    }
  };
}
