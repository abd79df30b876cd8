import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { DEFAULT_MACHINE, type MachineSettings, type Step } from '../../scenarios/steps.ts';
import { validateScenario } from '../../scenarios/validate.ts';
import { SOFT } from '../mm/tile.ts';
import { VM_SOFTDIRTY } from '../mm/vma-flags.ts';
import { ScenarioProgram } from './scenario-program.ts';
import { sharedPage } from './shared-page.ts';
import { StepPlayer } from './step-player.ts';
import { writtenChain } from './why.ts';

const ADDRESS = 0x40000000n;
const PAGE = 0x40000;
const at = (page: number, pages = 1): { addr: bigint; len: bigint } => ({
  addr: ADDRESS + BigInt(page) * 4096n,
  len: BigInt(pages) * 4096n,
});
const map = (pages: number): Step => ({ op: 'mmap', ...at(0, pages), prot: 'rw', kind: 'anon-private' });
const clear: Step = { op: 'clear_refs' };

function played(steps: readonly Step[], machine: MachineSettings = DEFAULT_MACHINE): StepPlayer {
  const scenario = {
    name: 't',
    description: '',
    machine,
    fullVec: false,
    steps: steps.map((step) => ({ step })),
  };
  const player = new StepPlayer(new ScenarioProgram(scenario));
  player.move({ to: 'end' });
  return player;
}

/** Cause and effect of each link. */
const chain = (player: StepPlayer, page: number): string[] =>
  writtenChain(player, PAGE + page).links.map(({ cause, effect, bit }) =>
    `${bit}: ${cause} ${effect}`.trim(),
  );

describe('why a page is written', () => {
  it('a new mapping, untouched', () => {
    expect(chain(played([map(4)]), 1)).toEqual(['set: Its VMA is new +VM_SOFTDIRTY']);
  });

  it('a write after a clear; what came before the clear is left out', () => {
    const player = played([map(4), { op: 'write', ...at(1) }, clear, { op: 'write', ...at(1) }]);
    expect(writtenChain(player, PAGE + 1).since).toBe('call 3, clear_refs');
    expect(chain(player, 1)).toEqual([
      'cleared: Its VMA changed −VM_SOFTDIRTY',
      'cleared: The bits were cleared −RW −SD',
      'set: Its entry changed +RW +SD',
    ]);
    // Each link names the sub-step in which it happened.
    const [, , link] = writtenChain(player, PAGE + 1).links;
    expect(player.subStep(link?.number ?? 0).function).toBe('wp_page_reuse()');
  });

  it('a merge with new memory makes clean memory count', () => {
    const beside: Step = { op: 'mmap', ...at(4, 4), prot: 'rw', kind: 'anon-private' };
    const player = played([map(4), clear, beside], { ...DEFAULT_MACHINE, profile: 'sticky-merge' });
    expect(chain(player, 1).at(-1)).toMatch(/^set: Its VMA .*\+VM_SOFTDIRTY$/);
  });

  it('a huge page that is written elsewhere, then split', () => {
    const player = played([
      map(PAGES_PER_TILE),
      { op: 'madvise', ...at(0, PAGES_PER_TILE), advice: 'hugepage' },
      { op: 'write', ...at(0) },
      clear,
      { op: 'write', ...at(0) },
      { op: 'madvise', ...at(0), advice: 'dontneed' },
    ]);
    const links = chain(player, 7);
    expect(links).toContain('set: The entry of its huge page changed +RW +SD');
    expect(links.at(-1)).toContain('The huge page was split');
  });

  it('a page of a child goes back into the parent', () => {
    const player = played([map(4), { op: 'write', ...at(0) }, { op: 'fork' }]);
    const causes = writtenChain(player, PAGE).links.map(({ cause }) => cause);
    expect(causes[0]).toBe('Its VMA is new');
    expect(causes).toContain('fork() of process 0');
    const shared = player.program.machine.mms.map((mm) => sharedPage(mm, PAGE));
    expect(shared[0]?.frame).not.toBeNull();
    expect(shared[1]).toMatchObject({ process: 1, parent: 0, frame: shared[0]?.frame, users: 2 });
  });
});

describe('kernel traces', () => {
  const folder = new URL('../../scenarios/fixtures/directed/', import.meta.url);
  it.each(readdirSync(folder).filter((name) => name.endsWith('.json')))(
    '%s: every sub-step has its texts, and every page that counts its causes',
    (name) => {
      const scenario = validateScenario(JSON.parse(readFileSync(new URL(name, folder), 'utf8')), name);
      const player = new StepPlayer(new ScenarioProgram(scenario));
      player.move({ to: 'end' });
      for (const { sentence, function: functionName, number } of player.list(0, player.known).subSteps) {
        expect(functionName, `sub-step ${number}`).toMatch(/^(processor|\w+\(\))$/);
        expect(sentence, `sub-step ${number}`).toMatch(/^\S.*\.$/);
        expect(sentence).not.toMatch(/undefined|NaN|null/);
      }
      player.move({ to: 'start' });
      while (player.move({ to: 'next-call' })) {
        const { mm } = player;
        for (const vma of mm.vmas.all()) {
          for (const page of new Set([vma.start, vma.end - 1])) {
            const tile = mm.table.find(page);
            const soft = tile !== null && (tile.entry(page - tile.base) & SOFT) !== 0;
            const fresh = (vma.flags & VM_SOFTDIRTY) !== 0;
            const { links } = writtenChain(player, page);
            // Nothing counts without a link that set it, unless it was moved or copied here with the bit.
            if (soft || fresh)
              expect(
                links.some(({ bit }) => bit !== 'cleared'),
                `page ${page}`,
              ).toBe(true);
          }
        }
      }
    },
  );
});
