/**
 * The one place where messages of the window are received: the sender's origin, window and frame are checked here and
 * nowhere else. A message carries nothing, or one value that is parsed by its schema; all others are refused.
 */
import type { IpcMain, IpcMainInvokeEvent, WebContents } from 'electron';
import type { z } from 'zod';
import { ORIGIN } from './protocol-path.ts';

/** The sender of a message of any kind. */
export interface Sender {
  /** Origin of the frame; null if the frame is gone. */
  readonly origin: string | null;
  readonly isMainFrame: boolean;
  /** Whether the message came from our own window's contents. */
  readonly isWindow: boolean;
}

/** Why a message must not be answered, or null if it may. */
export function senderProblem(sender: Sender): string | null {
  if (sender.origin === null) return 'its frame is gone';
  if (!sender.isWindow) return 'it is not from the inspector window';
  if (!sender.isMainFrame) return 'it is from a frame inside the window';
  if (sender.origin !== ORIGIN) return `its origin is ${sender.origin}`;
  return null;
}

function senderOf(event: IpcMainInvokeEvent, contents: WebContents | null): Sender {
  const frame = event.senderFrame;
  return {
    origin: frame === null ? null : frame.origin,
    // By its place in the tree: a page's first messages can arrive while its frame is still replacing the previous one.
    isMainFrame: frame !== null && frame.frameTreeNodeId === event.sender.mainFrame.frameTreeNodeId,
    isWindow: contents !== null && event.sender === contents,
  };
}

export interface Ipc {
  /** Answers a request that carries nothing. */
  answer(channel: string, reply: () => unknown): void;
  /** Answers a request that carries one value of `schema`. */
  answerWith<T>(channel: string, schema: z.ZodType<T>, reply: (value: T) => unknown): void;
}

/**
 * @param contents gives our window's contents at the time of a message; null if there is no window
 * @param report is called for every refused message, with one sentence
 */
export function createIpc(
  ipcMain: Pick<IpcMain, 'handle'>,
  contents: () => WebContents | null,
  report: (sentence: string) => void,
): Ipc {
  const refuse = (channel: string, problem: string): never => {
    const sentence = `A message on ${channel} was refused: ${problem}.`;
    report(sentence);
    throw new Error(sentence);
  };
  const checkSender = (channel: string, event: IpcMainInvokeEvent): void => {
    const problem = senderProblem(senderOf(event, contents()));
    if (problem !== null) refuse(channel, problem);
  };
  return {
    answer(channel, reply) {
      ipcMain.handle(channel, (event, ...args: unknown[]) => {
        checkSender(channel, event);
        if (args.length > 0) refuse(channel, 'it carries data');
        return reply();
      });
    },
    answerWith(channel, schema, reply) {
      ipcMain.handle(channel, (event, ...args: unknown[]) => {
        checkSender(channel, event);
        const parsed = schema.safeParse(args[0]);
        if (args.length !== 1 || !parsed.success) return refuse(channel, 'its data do not fit');
        return reply(parsed.data);
      });
    },
  };
}
