import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { MessagePortMain } from 'electron';
import { describe, expect, it } from 'vitest';
import { type EngineLocation, HERE } from '#shared/contract/engine-location.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import type { HostStatus } from '#shared/contract/shell.ts';
import { SignedPermits } from '../../main/session/server/permits.ts';
import { makePipes } from '../../main/link/terminal-pipes.ts';
import { createEngineChoice } from './engine-choice.ts';
import type { Question } from './permit-questions.ts';

const ssh: EngineLocation = { kind: 'ssh', user: null, host: 'console', port: null };
const unreachable = new InspectorError('link-lost', 'Connection refused.', 'Start it.');

/** A shell whose engines are the test’s: `reachable` decides whether a connection is made. */
function start(answers: readonly boolean[] = [true], initial: EngineLocation = HERE) {
  const questions: Question[] = [];
  const statuses: HostStatus[] = [];
  const connections: { location: EngineLocation; key: Buffer; lose: () => void; pipes: string }[] = [];
  const machine = { reachable: true };
  const keyHere = randomBytes(32);
  const copied: string[] = [];
  const choice = createEngineChoice({
    host: {
      status: () => ({ status: 'running' }),
      start: () => Promise.resolve(),
      connect: (location, onLost, pipes = '') => {
        if (location.kind !== 'here' && !machine.reachable) return Promise.reject(unreachable);
        const key = randomBytes(32);
        connections.push({ location, key, lose: () => onLost(unreachable), pipes });
        return Promise.resolve({ port: {} as MessagePortMain, key, keyHere });
      },
    },
    ask: (question) => {
      questions.push(question);
      return Promise.resolve(answers[questions.length - 1] ?? false);
    },
    recent: () => Promise.resolve([]),
    makePipes,
    copy: (text) => copied.push(text),
    recordings: '/home/ada/recordings',
    initial,
    sendPort: () => undefined,
    sendStatus: (status) => statuses.push(status),
  });
  return { choice, questions, statuses, connections, machine, keyHere, copied };
}

describe('the engine that the window uses', () => {
  it('is another one only after the user saw the command that connects with it, once', async () => {
    const { choice, questions, connections } = start([false, true]);
    await choice.connect();
    expect(await choice.use(ssh)).toEqual({ status: 'cancelled' });
    expect(connections.map(({ location }) => location.kind)).toEqual(['here']);
    expect(await choice.use(ssh)).toEqual({ status: 'connected' });
    expect(await choice.use(HERE)).toEqual({ status: 'connected' });
    expect(await choice.use(ssh)).toEqual({ status: 'connected' });
    expect(questions).toHaveLength(2);
    expect(questions[1]).toMatchObject({ message: 'Use the engine on ssh://console?' });
    expect(questions[1]?.detail).toContain('-- console soft-dirty serve --stdio');
  });

  it('needs no question if the command line named it', async () => {
    const { choice, questions, statuses } = start([], ssh);
    await choice.connect();
    expect(questions).toEqual([]);
    expect(statuses.at(-1)).toEqual({ status: 'running', where: 'ssh://console' });
  });

  it('elsewhere is not lost when a page that is loaded again closes its connection', async () => {
    const { choice, connections, statuses } = start([], ssh);
    await choice.connect();
    choice.pageLeft();
    connections[0]?.lose();
    await choice.connect();
    expect(statuses.map(({ status }) => status)).toEqual(['starting', 'running', 'starting', 'running']);
    connections[1]?.lose();
    expect(statuses.at(-1)?.status).toBe('died');
  });

  it('what is allowed on one machine is not allowed on another', async () => {
    const { choice, questions, connections } = start([true, false]);
    await choice.connect();
    const attach = { kind: 'attach', pid: 7 } as const;
    choice.permitsOf(HERE).allow(attach);
    const here = await choice.present().request(attach);
    await choice.use(ssh);
    expect(await choice.present().request(attach)).toBeNull();
    expect(questions[1]?.message).toBe('Attach to process 7 on ssh://console?');
    const there = new SignedPermits(connections[1]?.key ?? Buffer.alloc(0));
    expect(() => there.require([attach], here === null ? [] : [here])).toThrow('permission');
  });

  it('elsewhere can record to files of this machine, by permits of this machine', async () => {
    const { choice, connections, keyHere } = start([true, true]);
    await choice.connect();
    await choice.use(ssh);
    const file = { kind: 'write', path: '/home/ada/a.mcap', here: true } as const;
    const permit = await choice.permitsOf(HERE).request(file);
    const given = permit === null ? [] : [permit];
    expect(() => new SignedPermits(keyHere).require([file], given)).not.toThrow();
    const there = new SignedPermits(connections[1]?.key ?? Buffer.alloc(0));
    expect(() => there.require([file], given)).toThrow('permission');
  });

  it('is started by a command in a terminal, which is copied once the user agrees, another one each time', async () => {
    const { choice, questions, connections, copied } = start([false, true, true]);
    await choice.connect();
    expect(await choice.use({ kind: 'terminal' })).toEqual({ status: 'cancelled' });
    expect(copied).toEqual([]);
    for (let time = 0; time < 2; time++) {
      expect(await choice.use({ kind: 'terminal' })).toEqual({ status: 'connected' });
      const pipes = connections.at(-1)?.pipes ?? '';
      expect(copied.at(-1)).toBe(`sudo soft-dirty serve --stdio <${pipes}/to-engine >${pipes}/from-engine`);
      expect(questions.at(-1)?.detail).toContain(copied.at(-1));
      expect(existsSync(pipes)).toBe(false);
    }
    expect(copied[0]).not.toBe(copied[1]);
  });

  it('stays the present one if the other is out of reach, and its loss is still reported', async () => {
    const { choice, statuses, connections, machine } = start([true, true]);
    await choice.use(ssh);
    machine.reachable = false;
    const other: EngineLocation = { kind: 'command', words: ['docker', 'exec', '-i', 'a'] };
    expect(await choice.use(other)).toEqual({ status: 'failed', error: unreachable.toData() });
    expect(choice.isPresent(ssh)).toBe(true);
    connections[0]?.lose();
    expect(statuses.at(-1)).toEqual({
      status: 'died',
      detail: 'Connection refused. Start it.',
      where: 'ssh://console',
    });
    machine.reachable = true;
    await choice.restart();
    expect(choice.status()).toEqual({ status: 'running', where: 'ssh://console' });
  });

  it('reports of an earlier connection are ignored', async () => {
    const { choice, connections } = start();
    await choice.use(ssh);
    await choice.use(HERE);
    connections[0]?.lose();
    expect(choice.status()).toEqual({ status: 'running' });
  });
});
