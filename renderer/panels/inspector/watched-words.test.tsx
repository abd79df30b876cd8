import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { InspectorError } from '#shared/contract/errors.ts';
import type { WatchedWord } from '#shared/contract/words.ts';
import { selectPage } from '../../stores/selection-store.ts';
import { frameOf, vmaOf } from '../../testing/memory.ts';
import { fillJsdom, openState, TestWindow } from '../../testing/window.tsx';
import { WatchedWords } from './watched-words.tsx';

beforeAll(fillJsdom);
let test: TestWindow;
afterEach(() => test.close());

const place = { module: '/bin/game', offset: 16n, file: '/src/game.cc', line: 42 };
const WORD: WatchedWord = {
  ...{
    id: '1',
    address: 0x1000_010n,
    size: 8,
    writes: 12,
    unknown: 2,
    pauses: 0,
    ended: null,
    limitation: null,
  },
  writers: [
    {
      ...{ tid: 7, thread: 'physics', writes: 10, values: { before: 1n, after: 0xffn } },
      stack: [
        { ...place, function: 'game::hit()' },
        { ...place, function: 'game::step()', line: 50 },
      ],
    },
  ],
};
type Answers = NonNullable<ConstructorParameters<typeof TestWindow>[0]>;

async function open(answers: Answers, able = {}): Promise<void> {
  test = new TestWindow({ 'session.state': () => openState(able), ...answers });
  await test.show(<WatchedWords page={0x1000} />);
  await test.frame(frameOf([vmaOf(0x1000, 0x1010, { name: '[heap]', kind: 'heap' })], []));
  await test.act(() => selectPage(test.model.selection, 0x1000, 0x15));
}
const button = (name: RegExp): HTMLElement => {
  const found = [...test.host.querySelectorAll('button')].find((one) =>
    name.test(one.getAttribute('aria-label') ?? one.textContent),
  );
  if (!found) throw new Error(`no ${String(name)}`);
  return found;
};

describe('watched words', () => {
  it('are watched from the byte at the cursor, shown with their writers, and stopped', async () => {
    await open(
      { 'words.watch': () => ({ words: [WORD] }), 'words.stop': () => ({ words: [] }) },
      { words: true },
    );
    await test.act(() => button(/^Watch writes to this word$/).click());
    expect(test.calls.findLast(({ name }) => name === 'words.watch')?.payload).toEqual({
      address: 0x1000_010n,
      size: 8,
    });
    expect(test.host.textContent).toContain('8 bytes at 0x1000010 12 writes · of 2 the code is unknown');
    expect([...test.host.querySelectorAll('tbody tr')].map((row) => row.textContent)).toEqual([
      'game::hit()game.cc:42physics (7)1 callergame::step()100xffbefore 0x1',
    ]);
    await test.act(() => button(/^Stop watching 8 bytes/).click());
    expect(test.calls.findLast(({ name }) => name === 'words.stop')?.payload).toEqual({ id: '1' });
    expect(test.host.querySelector('table')).toBeNull();
  });

  it('cannot be more than four, and a refusal is shown with its remedy', async () => {
    const four = ['1', '2', '3', '4'].map((id) => ({ ...WORD, id }));
    let words: readonly WatchedWord[] | null = null;
    const answer = () => {
      if (words === null) throw new InspectorError('already-traced', 'In use.', 'Stop the other tracer.');
      return { words };
    };
    await open({ 'words.watch': answer }, { words: true });
    await test.act(() => button(/^Watch writes/).click());
    expect(test.host.textContent).toContain('In use.');
    expect(test.host.textContent).toContain('Stop the other tracer.');
    words = four;
    await test.act(() => button(/^Watch writes/).click());
    expect(test.host.textContent).not.toContain('In use.');
    expect((button(/^Watch writes/) as HTMLButtonElement).disabled).toBe(true);
  });

  it('are not offered if single words cannot be watched', async () => {
    await open({});
    expect(test.host.textContent).toBe('');
  });
});
