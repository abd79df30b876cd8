/** What attaching can change, determined in advance: on real programs, and every rule on its facts. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { EFFECTS, preflightSchema, type EffectId, type PreflightFacts } from '#shared/contract/preflight.ts';
import { SYS } from '../syscalls/constants.ts';
import { buildScripts, type BuiltScripts } from '../testing/built-scripts.ts';
import { HugeProgramBuild } from '../testing/huge-program.ts';
import { Target } from '../testing/target.ts';
import { effectsOf, type Situation } from './effects.ts';
import { hugePages } from './facts.ts';
import { preflight } from './preflight.ts';

let scripts: BuiltScripts;
beforeAll(async () => {
  scripts = await buildScripts('native/testing/test-target.ts');
});

const NOTHING: PreflightFacts = {
  threads: 4,
  vmas: 100,
  maxVmas: 65530,
  hugePages: 0,
  sharedMappings: 0,
  seccomp: 0,
  tracer: 0,
  userfaultfds: 0,
  ioUrings: 0,
  softDirtyFiles: 0,
};
const effects = (facts: Partial<PreflightFacts>, more: Partial<Situation> = {}) =>
  effectsOf({
    facts: { ...NOTHING, ...facts },
    backend: 'write-protect',
    huge: 'split',
    mayRestore: true,
    movesMany: true,
    ...more,
  });
const effect = (id: EffectId, facts: Partial<PreflightFacts>, more: Partial<Situation> = {}) =>
  effects(facts, more).find((one) => one.id === id);

describe('preflight of a real program', () => {
  it('counts its huge pages and mappings, and does not touch it', async () => {
    const build = new HugeProgramBuild();
    const program = await build.start(6);
    try {
      const found = await preflight(program.pid, { backend: 'write-protect' });
      expect(preflightSchema.parse(found)).toEqual(found);
      expect(found).toMatchObject({ name: 'huge-program', backend: 'write-protect' });
      const lines = readFileSync(`/proc/${program.pid}/maps`, 'latin1').trimEnd().split('\n');
      expect(found.facts).toMatchObject({ hugePages: 6, threads: 1, vmas: lines.length, userfaultfds: 0 });
      expect(found.effects[0]).toMatchObject({
        id: 'huge-pages',
        severity: 'caution',
        title: '6 huge pages will be split when written',
      });
    } finally {
      program.kill();
      build.remove();
    }
  });

  it('finds its own userfaultfd, its soft-dirty files and its filter', async () => {
    const target = await Target.start(scripts.path('test-target'));
    try {
      const before = await preflight(target.pid);
      expect(before.facts).toMatchObject({ userfaultfds: 0, softDirtyFiles: 0, seccomp: 0 });
      // UFFD_USER_MODE_ONLY
      expect(await target.call(SYS.userfaultfd, 1)).toBeGreaterThan(2);
      await target.send({ op: 'open', path: '/proc/self/pagemap', writable: false });
      await target.send({ op: 'seccomp' });
      const { facts, effects: found } = await preflight(target.pid, { backend: 'soft-dirty' });
      expect(facts).toMatchObject({ userfaultfds: 1, softDirtyFiles: 1, seccomp: 2 });
      const warnings = found.filter(({ severity }) => severity === 'warning').map(({ id }) => id);
      expect(warnings.sort()).toEqual(['filtered', 'soft-dirty-bits']);
    } finally {
      await target.kill();
    }
  });

  it('is of the backend that will be used: contents are compared if its calls are filtered', async () => {
    const target = await Target.start(scripts.path('test-target'));
    try {
      await target.send({ op: 'seccomp' });
      const found = await preflight(target.pid);
      const ids = found.effects.map(({ id }) => id);
      expect(found.backend).not.toBe('write-protect');
      expect(ids).toContain('filtered');
      expect(ids).not.toContain('stop');
      const usual = found.backend === 'compare' ? 'compared-contents' : 'soft-dirty-bits';
      expect(ids).toContain(usual);
    } finally {
      await target.kill();
    }
  });

  it('of a missing process has the reason', async () => {
    await expect(preflight(2 ** 22 - 1)).rejects.toMatchObject({ kind: 'no-such-process' });
  });
});

describe('the effects', () => {
  it('adds up huge pages of every kind', () => {
    const rollup =
      'AnonHugePages:   4096 kB\nShmemPmdMapped:  2048 kB\nFilePmdMapped:   2048 kB\nLocked: 8 kB\n';
    expect(hugePages(rollup)).toBe(4);
  });

  it('have the number of huge pages, and whether they can be restored', () => {
    const many = effect('huge-pages', { hugePages: 1024 });
    expect(many?.title).toBe('1,024 huge pages will be split when written');
    expect(many?.detail).toContain('restored after detaching (about 11 seconds)');
    expect(effect('huge-pages', { hugePages: 1 }, { mayRestore: false })?.detail).toContain('CAP_SYS_NICE');
    expect(effect('huge-pages', { hugePages: 9 }, { huge: 'leave' })?.title).toBe('9 huge pages are kept');
    expect(effect('huge-pages', {})).toBeUndefined();
    expect(effect('huge-pages', { hugePages: 1024 }, { backend: 'compare' })).toBeUndefined();
  });

  it('warn of mappings near their limit, and bound what is added', () => {
    expect(effect('added-vmas', {})).toMatchObject({ severity: 'note', title: 'Up to 1,000 extra mappings' });
    expect(effect('added-vmas', { vmas: 65000 })).toMatchObject({
      severity: 'warning',
      title: 'Up to 53 extra mappings',
    });
  });

  it('name what depends on the method and the kernel', () => {
    const ids = (more: Partial<Situation>) => effects({}, more).map(({ id }) => id);
    expect(ids({ movesMany: false })).not.toContain('mremap-many');
    expect(ids({})).toEqual(
      expect.arrayContaining(['stop', 'first-write', 'finite-waits', 'mremap-grown', 'madv-collapse']),
    );
    expect(ids({ backend: 'soft-dirty' }).sort()).toEqual(['first-write', 'soft-dirty-bits']);
    expect(ids({ backend: 'compare' })).toEqual(['compared-contents']);
    expect(ids({ backend: null })).toEqual([]);
  });

  it('have warnings first', () => {
    const severities = effects({ tracer: 7, ioUrings: 1, hugePages: 3 }).map(({ severity }) => severity);
    expect(severities.slice(0, 4)).toEqual(['warning', 'warning', 'caution', 'note']);
  });

  it('are all in README', () => {
    const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
    for (const id of EFFECTS) expect(readme, id).toContain(`\`${id}\``);
  });
});
