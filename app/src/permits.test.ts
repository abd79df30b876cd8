import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { PermitSubject } from '#shared/contract/permit.ts';
import { SignedPermits } from '../../main/session/server/permits.ts';
import { questionOf, type Question } from './permit-questions.ts';
import { createPermits } from './permits.ts';

function start(answers: readonly boolean[] = []) {
  let key = randomBytes(32);
  const asked: Question[] = [];
  const permits = createPermits({
    key: () => key,
    ask: (question) => {
      asked.push(question);
      return Promise.resolve(answers[asked.length - 1] ?? false);
    },
    recent: () => Promise.resolve([{ path: '/home/ada/recent.mcap' }]),
    recordings: '/home/ada/recordings',
    where: null,
  });
  const valid = (subject: PermitSubject, permit: string | null): boolean => {
    try {
      new SignedPermits(key).require([subject], permit === null ? [] : [permit]);
      return true;
    } catch {
      return false;
    }
  };
  return { permits, asked, valid, restartEngine: () => (key = randomBytes(32)) };
}

const attach: PermitSubject = { kind: 'attach', pid: process.pid };
const read = (path: string): PermitSubject => ({ kind: 'read', path });

describe('permits', () => {
  it('asks for what the user did not select; after a refusal it asks again', async () => {
    const { permits, asked, valid } = start([false, true]);
    expect(await permits.request(attach)).toBe(null);
    expect(valid(attach, await permits.request(attach))).toBe(true);
    expect(valid(attach, await permits.request(attach))).toBe(true);
    expect(asked).toHaveLength(2);
  });

  it('does not ask for files selected outside of the page, in the recent list or in our own folder', async () => {
    const { permits, asked, valid } = start();
    permits.allow(attach);
    permits.allow({ kind: 'write', path: '/tmp/new.mcap' });
    const known = ['/home/ada/recent.mcap', '/home/ada/recordings/today.mcap', '/tmp/new.mcap'].map(read);
    for (const subject of [attach, ...known]) {
      expect(valid(subject, await permits.request(subject))).toBe(true);
    }
    expect(asked).toEqual([]);
  });

  it('a file that may be read may not be written, nor one beside it read', async () => {
    const { permits } = start();
    permits.allow(read('/tmp/a.mcap'));
    expect(await permits.request({ kind: 'write', path: '/tmp/a.mcap' })).toBe(null);
    expect(await permits.request(read('/tmp/b.mcap'))).toBe(null);
    expect(await permits.request(read('/home/ada/recordings/../.ssh/id.mcap'))).toBe(null);
  });

  it('a permit of an earlier engine is invalid', async () => {
    const { permits, valid, restartEngine } = start([true]);
    const permit = await permits.request(attach);
    restartEngine();
    expect(valid(attach, permit)).toBe(false);
    expect(valid(attach, await permits.request(attach))).toBe(true);
  });
});

describe('questions', () => {
  it('name the program that is attached to', async () => {
    expect((await questionOf(attach, null)).message).toContain(
      `process ${process.pid} (${process.execPath})`,
    );
  });

  it('name the other machine instead of a process of this one', async () => {
    const { message } = await questionOf(attach, 'ssh://console');
    expect(message).toBe(`Attach to process ${process.pid} on ssh://console?`);
  });

  it('show a whole command with its hidden characters', async () => {
    const subject: PermitSubject = {
      kind: 'launch',
      command: '/bin/sh',
      args: ['-c', 'a\nb\u202e'],
      cwd: '/tmp',
      env: { LD_PRELOAD: '/x.so' },
    };
    const { detail } = await questionOf(subject, null);
    expect(detail).toBe('/bin/sh -c a\\u{a}b\\u{202e}\nWorking folder: /tmp\nLD_PRELOAD=/x.so');
  });
});
