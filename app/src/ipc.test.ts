import type { IpcMain, IpcMainInvokeEvent, WebContents } from 'electron';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createIpc, senderProblem } from './ipc.ts';

const good = { origin: 'app://inspector', isMainFrame: true, isWindow: true };

describe('senderProblem', () => {
  it('takes the main frame of our window at our origin', () => {
    expect(senderProblem(good)).toBeNull();
  });

  it.each([
    [{ ...good, origin: null }, 'frame is gone'],
    [{ ...good, origin: 'https://example.org' }, 'https://example.org'],
    [{ ...good, origin: 'app://inspector.example' }, 'app://inspector.example'],
    [{ ...good, origin: 'null' }, 'origin is null'],
    [{ ...good, isMainFrame: false }, 'frame inside'],
    [{ ...good, isWindow: false }, 'not from the inspector window'],
  ])('refuses %j', (sender, words) => {
    expect(senderProblem(sender)).toContain(words);
  });
});

describe('createIpc', () => {
  type Handler = (event: IpcMainInvokeEvent, ...args: unknown[]) => unknown;
  const handlers = new Map<string, Handler>();
  const ipcMain: Pick<IpcMain, 'handle'> = {
    handle: (channel, handler) => void handlers.set(channel, handler),
  };
  const contents = { id: 1, mainFrame: { frameTreeNodeId: 7 } } as WebContents;
  const stranger = { id: 2, mainFrame: { frameTreeNodeId: 7 } } as WebContents;
  const event = (origin: string, sender: WebContents = contents, frameTreeNodeId = 7): IpcMainInvokeEvent =>
    ({ sender, senderFrame: { origin, frameTreeNodeId } }) as IpcMainInvokeEvent;

  let refused: string[] = [];
  beforeEach(() => {
    refused = [];
    const ipc = createIpc(
      ipcMain,
      () => contents,
      (sentence) => refused.push(sentence),
    );
    ipc.answer('ask', () => 42);
    ipc.answerWith('increment', z.object({ x: z.number() }).strict(), ({ x }) => x + 1);
  });

  it('answers our window', () => {
    expect(handlers.get('ask')?.(event('app://inspector'))).toBe(42);
    expect(refused).toEqual([]);
  });

  it('refuses frames inside the window', () => {
    expect(() => handlers.get('ask')?.(event('app://inspector', contents, 8))).toThrow('frame inside');
  });

  it('refuses other origins and other contents, and reports it', () => {
    expect(() => handlers.get('ask')?.(event('https://example.org'))).toThrow('refused');
    expect(() => handlers.get('ask')?.(event('app://inspector', stranger))).toThrow('refused');
    expect(refused).toEqual([
      'A message on ask was refused: its origin is https://example.org.',
      'A message on ask was refused: it is not from the inspector window.',
    ]);
  });

  it('refuses unexpected data', () => {
    expect(() => handlers.get('ask')?.(event('app://inspector'), { x: 1 })).toThrow('carries data');
  });

  it('hands on the data that a message is for, and refuses all that do not fit', () => {
    const increment = handlers.get('increment');
    expect(increment?.(event('app://inspector'), { x: 1 })).toBe(2);
    for (const args of [[], [{}], [{ x: '1' }], [{ x: 1, y: 2 }], [{ x: 1 }, { x: 1 }]]) {
      expect(() => increment?.(event('app://inspector'), ...args)).toThrow('its data do not fit');
    }
    expect(() => increment?.(event('https://example.org'), { x: 1 })).toThrow('its origin is');
  });
});
