import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { selectRange } from '../../stores/selection-store.ts';
import { fillJsdom, openState, TestWindow } from '../../testing/window.tsx';
import { Operations } from './operations.tsx';

beforeAll(fillJsdom);
let test: TestWindow;
afterEach(() => test.close());

const success = (ret: number, pairs: number[], next: number | null = null) => ({
  ok: true,
  ret,
  runs: Float64Array.from(pairs),
  next,
  durationNs: 1200,
  notes: [],
});
const result = (): string => document.querySelector('[data-testid="operation-result"]')?.textContent ?? '';
const sent = () => test.calls.filter(({ name }) => name === 'operation.run').map(({ payload }) => payload);

describe('the operations panel', () => {
  it('takes the range from the selection, runs, and shows what came', async () => {
    test = await new TestWindow({ 'operation.run': () => success(3, [0x1000, 2, 0x1005, 1]) }).show(
      <Operations />,
    );
    await test.act(() => selectRange(test.model.selection, { start: 0x1000, end: 0x1010 }));
    await test.press('GET');
    expect(sent()).toEqual([{ op: 'GET', start: 0x1000000n, len: 0x10000n, vecLen: 16, flags: 0 }]);
    expect(result()).toContain('ret 3');
    expect(result()).toContain('3 pages in 2 runs');
    expect(result()).toContain('0x1005000');
    expect(result()).toContain('1.2 µs');
  });

  it('continues where a full vec stopped, to the end of the same range', async () => {
    let calls = 0;
    test = await new TestWindow({
      'operation.run': () => (calls++ === 0 ? success(2, [0x1000, 2], 0x1002) : success(0, [])),
    }).show(<Operations />);
    await test.type('start', '0x1000000');
    await test.type('len', '0x10000');
    await test.type('vec_len', '2');
    await test.press('GET_AND_CLEAR');
    await test.press('Continue from 0x1002000');
    expect(sent()[1]).toEqual({ op: 'GET_AND_CLEAR', start: 0x1002000n, len: 0xe000n, vecLen: 2, flags: 0 });
    expect(document.querySelectorAll('.oplog__entry')).toHaveLength(2);
  });

  it('names the wrong field and sends nothing', async () => {
    test = await new TestWindow().show(<Operations />);
    await test.type('start', 'somewhere');
    await test.press('CLEAR');
    expect(sent()).toEqual([]);
    expect(document.body.textContent).toContain('An address such as');
    expect(document.querySelectorAll('input[aria-invalid="true"]')).toHaveLength(2);
  });

  it('explains an errno, and a failure with its remedy', async () => {
    const refused = {
      ok: false,
      errno: 'EINVAL',
      message: 'start is not at a page.',
      durationNs: 5,
      notes: ['B3'],
    };
    let calls = 0;
    test = await new TestWindow({
      'operation.run': () => {
        if (calls++ === 0) return refused;
        throw { kind: 'program-ended', message: 'The program ended.', remedy: 'Attach again.' };
      },
    }).show(<Operations />);
    await test.type('start', '0x1001');
    await test.type('len', '4096');
    await test.press('GET');
    expect(result()).toContain('EINVAL');
    expect(result()).toContain('start is not at a page.');
    expect(result()).toContain('B3');
    await test.press('GET');
    expect(result()).toContain('The program ended.');
    expect(result()).toContain('Attach again.');
  });

  it('logs a request as typed, with vec_len and flags by name', async () => {
    test = await new TestWindow({ 'operation.run': () => success(3, [0x1000, 3]) }).show(<Operations />);
    await test.type('start', '0x1000fff');
    await test.type('len', '16KiB');
    await test.act(() => document.querySelector<HTMLElement>('input[type="checkbox"]')?.click());
    await test.press('GET');
    const logged = () => [...document.querySelectorAll('.oplog__entry')].map((one) => one.textContent);
    expect(logged()[0]).toContain('GET0x1000fff len 16KiB vec_len 4 NO_REUSED_REGIONS3');
    await test.act(
      () => void test.model.operations.run({ op: 'CLEAR', start: 4097n, len: -1n, vecLen: 0, flags: 6 }),
    );
    expect(logged()[0]).toContain('CLEAR0x1001 len -0x1 vec_len 0 0x63');
  });

  it('is off once the program has ended or the engine has; its fields do not outlive the source', async () => {
    test = await new TestWindow({
      'session.state': () => openState({}, { ended: 'Process 7 ended.', endReason: 'exit' }),
    }).show(<Operations />);
    const off = () =>
      ['GET', 'CLEAR', 'GET_AND_CLEAR', 'clear_refs'].map((name) => test.button(name).disabled);
    expect(off()).toEqual([true, true, true, true]);
    await test.act(() => test.model.sync.adopt(openState()));
    expect(off()).toEqual([false, false, false, false]);
    await test.act(() => test.model.session.setState({ host: { status: 'died', detail: '' } }));
    expect(off()).toEqual([true, true, true, true]);
    await test.type('start', '0x1000');
    await test.act(() => test.model.frames.reset());
    expect(test.model.operations.store.getState().form.start).toBe('');
  });

  it('lists what happened to the program, the latest first', async () => {
    test = await new TestWindow().show(<Operations />);
    await test.act(() => {
      test.model.timeline.happened({
        timeNs: 1e9,
        kind: 'exec',
        pid: 7,
        message: 'Process 7 called exec.',
      });
      test.model.timeline.happened({ timeNs: 2e9, kind: 'exit', pid: 7, message: 'Process 7 ended.' });
    });
    expect([...document.querySelectorAll('.oplog__event')].map((one) => one.textContent)).toEqual([
      '0:02.0exit7 Process 7 ended.',
      '0:01.0exec7 Process 7 called exec.',
    ]);
  });

  it('leaves out and explains what the source cannot do', async () => {
    const state = openState({ clear: false, getAndClear: 'none', noReusedRegions: false, clearRefs: false });
    test = await new TestWindow({ 'session.state': () => state }).show(<Operations />);
    expect(test.button('GET').disabled).toBe(false);
    expect(test.button('CLEAR').disabled).toBe(true);
    expect(test.button('GET_AND_CLEAR').disabled).toBe(true);
    expect(document.body.textContent).toContain('cannot read and clear at once');
    expect(document.body.textContent).not.toContain('clear_refs');
    expect(document.querySelector<HTMLInputElement>('input[type="checkbox"]')?.disabled).toBe(true);
  });
});
