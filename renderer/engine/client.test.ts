import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ToEngine, ToWindow } from '#shared/contract/wire.ts';
import { EngineClient, type EngineEvent } from './client.ts';

/** The engine's end of a real port: answers as the test gives it. */
function connect(answer: (message: ToEngine, post: (message: unknown) => void) => void) {
  const { port1, port2 } = new MessageChannel();
  const received = { frames: 0, events: [] as EngineEvent[], problems: [] as string[], lost: [] as string[] };
  port1.onmessage = (event) => answer(event.data as ToEngine, (message) => port1.postMessage(message));
  const client = new EngineClient(port2, {
    frame: () => received.frames++,
    event: (event) => received.events.push(event),
    problem: (error) => received.problems.push(error.message),
    lost: (error) => received.lost.push(error.kind),
  });
  open.push(() => (port1.close(), port2.close()));
  return { client, received, engine: port1 };
}
const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
  vi.useRealTimers();
});

const state = { source: null, ended: null, mode: 'hold', hz: 20, paused: false, recording: null } as const;
const reply = (message: ToEngine, payload: unknown): ToWindow => ({
  type: 'reply',
  id: message.type === 'request' ? message.id : -1,
  result: { ok: true, payload },
});

describe('the client of the contract', () => {
  it('sends the command as it is and resolves with the parsed reply', async () => {
    const seen: ToEngine[] = [];
    const { client } = connect((message, post) => (seen.push(message), post(reply(message, state))));
    await expect(client.call('session.configure', { hz: 5 })).resolves.toEqual(state);
    expect(seen).toEqual([{ type: 'request', id: 1, name: 'session.configure', payload: { hz: 5 } }]);
  });

  it('gives each caller its own reply, in any order', async () => {
    const waiting: ToEngine[] = [];
    const { client } = connect((message, post) => {
      waiting.push(message);
      if (waiting.length < 2) return;
      for (const [i, one] of waiting.entries()) post(reply(one, { ...state, hz: i + 1 }));
    });
    const both = [client.call('session.state', {}), client.call('session.state', {})];
    await expect(Promise.all(both)).resolves.toMatchObject([{ hz: 1 }, { hz: 2 }]);
  });

  it('carries big numbers and typed arrays', async () => {
    const { client } = connect((message, post) => {
      if (message.type !== 'request') return;
      const { start } = message.payload as { start: bigint };
      const runs = new Float64Array([Number(start >> 12n), 2]);
      post(reply(message, { ok: true, ret: 2, runs, next: null, durationNs: 1, notes: [] }));
    });
    const request = { op: 'GET', start: 0x7fff_ffff_f000n, len: 8192n, vecLen: 2, flags: 0 } as const;
    const result = await client.call('operation.run', request);
    expect(result).toMatchObject({ ok: true, ret: 2 });
    expect(result.ok && [...result.runs]).toEqual([0x7ffffffff, 2]);
  });

  it('rejects with the engine’s own error', async () => {
    const error = { kind: 'no-such-process', message: 'There is no process 7.', remedy: 'Check the number.' };
    const { client } = connect((message, post) => {
      if (message.type === 'request') post({ type: 'reply', id: message.id, result: { ok: false, error } });
    });
    await expect(client.call('source.open', { kind: 'native', pid: 7 })).rejects.toMatchObject(error);
  });

  it('rejects a reply that does not fit, and names the field', async () => {
    const { client } = connect((message, post) => post(reply(message, { ...state, hz: 'fast' })));
    await expect(client.call('session.state', {})).rejects.toMatchObject({
      kind: 'internal',
      message: expect.stringContaining('hz') as unknown,
    });
  });

  it('rejects what is pending when the port closes, and every call after', async () => {
    const { client, received, engine } = connect(() => engine.close());
    await expect(client.call('session.state', {})).rejects.toMatchObject({ kind: 'host-died' });
    await expect(client.call('session.state', {})).rejects.toMatchObject({ kind: 'host-died' });
    expect(received.lost).toEqual(['host-died']);
  });

  it('rejects a call without a reply after its timeout', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { client } = connect(() => undefined);
    const call = client.call('session.state', {});
    const outcome = expect(call).rejects.toMatchObject({ kind: 'busy' });
    vi.advanceTimersByTime(60_000);
    await outcome;
  });

  it('parses events, and reports unknown messages without closing', async () => {
    const { client, received } = connect((message, post) => {
      post({ type: 'event', name: 'source.notice', payload: { message: 'hello' } });
      post({ type: 'event', name: 'source.notice', payload: { message: 7 } });
      post({ type: 'event', name: 'toString', payload: {} });
      post('nonsense');
      post({ type: 'frame', buffer: new ArrayBuffer(8) });
      post(reply(message, state));
    });
    await client.call('session.state', {});
    expect(received.events).toEqual([{ name: 'source.notice', payload: { message: 'hello' } }]);
    expect(received.problems).toHaveLength(3);
    expect(received.frames).toBe(1);
  });
});
