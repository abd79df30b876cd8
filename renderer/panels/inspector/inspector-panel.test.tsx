import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PageWalk } from '#shared/source/page-walk.ts';
import { ActionsContext } from '../../actions/context.ts';
import { ActionRegistry } from '../../actions/registry.ts';
import { frameOf, vmaOf } from '../../testing/memory.ts';
import { fillJsdom, openState, TestWindow } from '../../testing/window.tsx';
import { selectPage } from '../../stores/selection-store.ts';
import { inspectorActions } from './actions.ts';
import { InspectorPanel } from './inspector-panel.tsx';

beforeAll(fillJsdom);
let test: TestWindow;
afterEach(() => test.close());

const WALK: PageWalk = {
  page: 0x1002,
  steps: [
    { level: 'PGD', index: 0, entry: 0x67n, target: 'table', bits: ['P', 'RW'] },
    { level: 'PUD', index: 0, entry: 0x67n, target: 'table', bits: ['P', 'RW'] },
    { level: 'PMD', index: 8, entry: 0n, target: 'nothing', bits: [] },
  ],
  pagemap: 1n << 55n,
  reason: 'Counts as written because its VMA is new.',
  causes: [
    { title: 'Its own entry', holds: false, counts: true, detail: 'The bit of the PTE.' },
    { title: 'Its VMA', holds: true, counts: true, detail: 'VM_SOFTDIRTY.' },
    { title: 'Something else', holds: null, counts: false, detail: '' },
  ],
  events: [
    { number: 1, cause: 'mmap()', effect: 'the VMA is new', bit: 'set' },
    { number: 2, cause: 'Write of this page', effect: 'SD 0 → 1', bit: 'set' },
  ],
};

async function show(answers: ConstructorParameters<typeof TestWindow>[0]): Promise<void> {
  test = new TestWindow(answers);
  const actions = new ActionRegistry(inspectorActions, [], test.model, test.map);
  await test.show(
    <ActionsContext value={actions}>
      <InspectorPanel />
    </ActionsContext>,
  );
}

async function open(answers: ConstructorParameters<typeof TestWindow>[0], able = {}): Promise<void> {
  await show({ 'session.state': () => openState(able), ...answers });
  const heap = vmaOf(0x1000, 0x1010, { name: '[heap]', kind: 'heap', flags: 'rd wr sd' });
  await test.frame(frameOf([heap], [0x1002]));
  await test.act(() => selectPage(test.model.selection, 0x1002));
  // The engine is asked in an animation frame.
  await test.act(() => void test.model.inspection.frame(performance.now() + 1000));
  await test.act(() => undefined);
}
const panel = (): string => document.querySelector('section[aria-label="Inspector"]')?.textContent ?? '';
const choose = (name: string): Promise<void> =>
  test.act(() => {
    const tab = [...document.querySelectorAll<HTMLElement>('[role="tab"]')].find(
      (one) => one.textContent === name,
    );
    tab?.dispatchEvent(new MouseEvent('mousedown', { bubbles: true }));
    tab?.click();
  });

describe('the inspector', () => {
  it('explains what to do while no page is selected', async () => {
    await show({});
    expect(panel()).toContain('No page selected');
  });

  it('shows the state, every cause with a name, the mapping and the events', async () => {
    await open({ 'page.walk': () => WALK });
    expect(panel()).toContain('0x1002000');
    expect(panel()).toContain(WALK.reason);
    const causes = [...document.querySelectorAll('.causes li')].map((item) => item.textContent);
    expect(causes[0]).toMatch(/^Its own entry no/);
    expect(causes[1]).toMatch(/^Its VMA yes/);
    expect(causes[2]).toMatch(/^Something else not known/);
    expect(panel()).toContain('[heap]');
    expect(panel()).toContain('rd wr sd');
    const events = [...document.querySelectorAll('.events li')].map((item) => item.textContent);
    expect(events).toEqual(['2Write of this page SD 0 → 1', '1mmap() the VMA is new']);
  });

  it('shows an error of the engine with its remedy, once', async () => {
    const ended = () => {
      throw { kind: 'program-ended', message: 'The program ended.', remedy: 'Attach again.' };
    };
    await open({ 'page.walk': ended, 'page.objects': ended }, { objects: true });
    expect(panel().split('The program ended.')).toHaveLength(2);
    expect(panel()).toContain('Attach again.');
  });

  it('draws the walk and the bits of pagemap', async () => {
    await open({ 'page.walk': () => WALK });
    await choose('Tables');
    const rows = [...document.querySelectorAll('.walk tbody tr')].map((row) => row.textContent);
    expect(rows).toEqual([
      'PGD47:390PRW→ PUD',
      'PUD38:300PRW→ PMD',
      'PMD29:218empty',
      'PTE20:122not reached',
    ]);
    expect(document.querySelector('[data-testid="pagemap-entry"]')?.textContent).toBe('0x0080000000000000');
    expect(document.querySelectorAll('.pagemap__bit--on')).toHaveLength(1);
  });

  it('explains missing bytes and tables if the source has none', async () => {
    await open({}, { bytes: false, walk: 'none' });
    await choose('Bytes');
    expect(panel()).toContain('its pages have no contents');
    await choose('Tables');
    expect(panel()).toContain('no page tables');
    await choose('Page');
    expect(panel()).toContain('a simulated program has neither symbols nor a heap');
    expect(test.calls.filter(({ name }) => name.startsWith('page.'))).toEqual([]);
  });

  it('lists variables and heap blocks, and a click shows the bytes of one', async () => {
    const objects = [
      { kind: 'symbol', name: 'g_world', start: 0x1001ff0n, bytes: 64 },
      { kind: 'symbol', name: 'g_score', start: 0x1002040n, bytes: 8 },
      { kind: 'heap-block', start: 0x1002100n, bytes: 1000, inUse: false },
    ];
    const bytes = new Uint8Array(4096);
    await open(
      {
        'page.walk': () => WALK,
        'page.bytes': () => ({ bytes }),
        'page.objects': (payload) => ({
          ...(payload as { page: number }),
          objects,
          more: 2,
          thread: { tid: 7, name: 'io' },
          limits: [],
        }),
      },
      { objects: true },
    );
    const list = (): string[] =>
      [...document.querySelectorAll('ul[aria-label="Variables and heap blocks"] li')].map(
        (row) => row.textContent ?? '',
      );
    expect(list()).toEqual([
      '←g_world from 0x1001ff064 bytes',
      '+0x040g_score8 bytes',
      '+0x100heap block, free1,000 bytes',
    ]);
    expect(panel()).toContain('Stack of thread 7 (io)');
    expect(panel()).toContain('2 further ones not listed');
    await test.act(() => document.querySelectorAll<HTMLElement>('.objects__row')[1]?.click());
    await test.act(() => void test.model.inspection.frame(performance.now() + 1000));
    await test.act(() => undefined);
    const at = document.querySelector('[data-testid="object-at-byte"]');
    expect(at?.textContent).toBe('0x1002040 g_score+0x0 of 8 bytes');
  });

  it.each(['Bytes', 'Writers'])(
    'says in tab %s that no source is open, of which only the last picture is there',
    async (name) => {
      await open({ 'session.state': () => openState({}, { source: null }) });
      await choose(name);
      expect(document.querySelector('[role="tabpanel"]')?.textContent).toBe('No source is open.');
    },
  );
});
