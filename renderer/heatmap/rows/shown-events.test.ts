import { describe, expect, it } from 'vitest';
import type { Frame } from '#shared/frame/frame.ts';
import { WORDS_PER_TILE } from '#shared/memory/page.ts';
import { frameOf, vmaOf } from '../../testing/memory.ts';
import { FrameStore } from '../../data/frame-store.ts';

const vmas = [vmaOf(0, 2048)];
type Planes = NonNullable<Parameters<typeof frameOf>[2]>;

/** A store to which key frames of one mode are applied at given times. */
class Session {
  readonly store = new FrameStore();
  private sequence = 0;
  private readonly mode: Frame['mode'];

  constructor(mode: Frame['mode']) {
    this.mode = mode;
    this.store.recorded = this.store.rewinds = true;
  }

  frame(time: number, planes: Planes = {}, written: readonly number[] = []): void {
    const sequence = this.sequence++;
    this.store.apply({ ...frameOf(vmas, written, { ...planes, time, sequence }), mode: this.mode }, 0);
  }

  /** Which of the events page `page` shows. */
  shown(page: number): string {
    const words = this.store.events.of(this.store.table.find(Math.floor(page / 512)));
    return ['touched', 'hot', 'gone']
      .filter(
        (_, i) => (((words?.[i * WORDS_PER_TILE + ((page % 512) >>> 5)] ?? 0) >>> (page & 31)) & 1) === 1,
      )
      .join(' ');
  }
}

describe('events as the map shows them', () => {
  it.each(['touched', 'hot', 'gone'] as const)('of mode interval stay for a second or two: %s', (event) => {
    for (const began of [1000, 1500, 1999]) {
      const session = new Session('interval');
      session.frame(began, { [event]: [[700, 701]] });
      for (let time = began; time <= began + 1000; time += 50) {
        session.frame(time);
        expect(session.shown(700)).toBe(event);
        expect(session.shown(701)).toBe('');
      }
      session.frame(began + 2000);
      expect(session.shown(700)).toBe('');
    }
  });

  it('mark the tile as changed when they pass', () => {
    const session = new Session('interval');
    session.frame(1000, { hot: [[700, 701]] });
    session.frame(1050);
    const { table } = session.store;
    const before = table.versions[table.find(1)] ?? 0;
    session.frame(3000);
    expect(table.versions[table.find(1)]).toBeGreaterThan(before);
  });

  it('of mode hold are those of the frame, without delay', () => {
    const session = new Session('hold');
    session.frame(1000, { touched: [[5, 6]] });
    session.frame(60_000, { touched: [[5, 6]] });
    expect(session.shown(5)).toBe('touched');
    session.frame(60_050);
    expect(session.shown(5)).toBe('');
  });

  it('are dropped when time goes back or jumps ahead', () => {
    for (const time of [500, 9000]) {
      const session = new Session('interval');
      session.frame(1500, { hot: [[5, 6]] });
      session.frame(time);
      expect(session.shown(5)).toBe('');
    }
  });

  it('do not show a page as gone that is there again, nor as touched or hot one that is gone', () => {
    const session = new Session('interval');
    session.frame(1000, { gone: [[5, 7]], hot: [[8, 9]], touched: [[9, 10]] });
    session.frame(1050, { present: [[5, 6]], gone: [[8, 10]] });
    expect([5, 6, 8, 9].map((page) => session.shown(page))).toEqual(['', 'gone', 'gone', 'gone']);
    session.frame(1100, {}, [6]);
    expect(session.shown(6)).toBe('');
  });
});

describe('a page that was given back', () => {
  it('no longer has a time, unless it was written in the same interval', () => {
    const session = new Session('interval');
    session.frame(1000, {}, [5, 6, 7]);
    session.frame(1050, { gone: [[5, 7]] }, [6]);
    expect([5, 6, 7].map((page) => session.store.ageOf(page, 1050))).toEqual([null, 0, 50]);
  });

  it('has none though all pages of its tile were written at one time', () => {
    const session = new Session('interval');
    session.frame(
      1000,
      {},
      Array.from({ length: 1024 }, (_, page) => page),
    );
    session.frame(1050, { gone: [[5, 100]] });
    expect([4, 5, 99, 100, 517].map((page) => session.store.ageOf(page, 1050))).toEqual([
      50,
      null,
      null,
      50,
      50,
    ]);
  });
});
