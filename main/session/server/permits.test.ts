import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { permitSubjects, type PermitSubject } from '#shared/contract/permit.ts';
import { SignedPermits, signPermit } from './permits.ts';
import { ServedWindow } from '../testing/test-window.ts';

const key = randomBytes(32);
const attach: PermitSubject = { kind: 'attach', pid: 7 };

function permit(subject: PermitSubject, by = key): string {
  const nonce = randomBytes(16).toString('hex');
  return `${nonce}.${signPermit(by, nonce, subject)}`;
}

describe('SignedPermits', () => {
  it('accepts a permit for its subject, once', () => {
    const permits = new SignedPermits(key);
    const one = permit(attach);
    permits.require([attach], [one]);
    expect(() => permits.require([attach], [one])).toThrow('permission');
    permits.require([], []);
  });

  it.each([
    ['none', []],
    ['one for another process', [permit({ kind: 'attach', pid: 8 })]],
    ['one for another kind', [permit({ kind: 'read', path: '/7' })]],
    ['one of another key', [permit(attach, randomBytes(32))]],
    ['an invalid permit', ['x']],
    ['a signature alone', [`.${permit(attach).split('.')[1]}`]],
  ])('refuses %s', (_, given) => {
    expect(() => new SignedPermits(key).require([attach], given)).toThrow('Attaching to a process needs');
  });

  it('a refused command leaves its permits usable', () => {
    const permits = new SignedPermits(key);
    const other: PermitSubject = { kind: 'read', path: '/tmp/a.mcap' };
    const [one, two] = [permit(attach), permit(other)];
    expect(() => permits.require([attach, other], [one])).toThrow();
    permits.require([attach, other], [one, two]);
  });

  it('binds every word of a command, and its environment in any order', () => {
    const launch: PermitSubject = {
      kind: 'launch',
      command: '/bin/true',
      args: ['a', 'b'],
      cwd: null,
      env: { A: '1', B: '2' },
    };
    const given = () => [permit(launch)];
    new SignedPermits(key).require([{ ...launch, env: { B: '2', A: '1' } }], given());
    const changes: Partial<typeof launch>[] = [
      { command: '/bin/false' },
      { args: ['a'] },
      { args: ['a b'] },
      { cwd: '/' },
      { env: { A: '1' } },
      { env: { A: '1', B: '3' } },
    ];
    for (const change of changes) {
      expect(() => new SignedPermits(key).require([{ ...launch, ...change }], given())).toThrow('permission');
    }
  });
});

describe('permitSubjects', () => {
  it('names what needs a permit, and nothing else', () => {
    expect(permitSubjects('source.open', { kind: 'demo' })).toEqual([]);
    expect(permitSubjects('source.open', { kind: 'native', pid: 7 })).toEqual([attach]);
    expect(permitSubjects('recording.start', { path: null })).toEqual([]);
    expect(permitSubjects('recording.start', { path: '/a.mcap' })).toEqual([
      { kind: 'write', path: '/a.mcap' },
    ]);
    const range = (path: string | null) => ({ path, startNs: 0, endNs: 1 });
    expect(permitSubjects('compare.ranges', { a: range('/a'), b: range('/a') })).toHaveLength(1);
    expect(permitSubjects('compare.ranges', { a: range('/a'), b: range('/b') })).toHaveLength(2);
    expect(permitSubjects('compare.ranges', { a: range(null), b: range(null) })).toEqual([]);
  });
});

describe('a served window', () => {
  it('opens nothing that needs a permit without one, and with one', async () => {
    const opened: string[] = [];
    const window = new ServedWindow((what) => {
      opened.push(what.kind);
      return Promise.reject(new Error('opened'));
    }, new SignedPermits(key));
    const source = { kind: 'native', pid: 7 };
    await expect(window.call('source.open', source)).rejects.toMatchObject({ kind: 'not-permitted' });
    await expect(window.call('source.open', source, [permit(attach)])).rejects.toThrow('opened');
    await expect(window.call('source.open', { kind: 'demo' })).rejects.toThrow('opened');
    expect(opened).toEqual(['native', 'demo']);
    await window.close();
  });

  it('refuses paths that are not absolute', async () => {
    const window = new ServedWindow();
    await expect(window.call('source.open', { kind: 'recording', path: 'a.mcap' })).rejects.toMatchObject({
      kind: 'bad-request',
    });
    await expect(window.call('recording.start', { path: 'a.mcap' })).rejects.toMatchObject({
      kind: 'bad-request',
    });
    await window.close();
  });
});
